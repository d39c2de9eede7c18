"""The shape of what people type on the stream pages; what it means is decided in queries and services."""

from decimal import Decimal
from typing import Any, cast

from django import forms

from accounts import filter_form
from streams.queries import BET_ORDERS, STREAM_ORDERS, Activity, BetFilter, StreamFilter
from streams.wire import DIFFICULTY_MAX, GAME_MAX, NONCE_MAX, NOTES_MAX, SEED_MAX

ANY = ("", "Any")
STREAM_SORTS = {
    "last_seen": "Last seen",
    "created": "First seen",
    "bets": "Most bets",
    "rounds": "Most rounds",
    "highest": "Highest result",
}
DIFFICULTIES = ("easy", "medium", "hard", "expert")
NEWEST_FIRST = "id_desc"

assert STREAM_SORTS.keys() == STREAM_ORDERS.keys(), "every order has a name, and every name an order"


class FilterForm(filter_form.FilterForm):
    """A filter whose fields are empty where nothing valid was given."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.is_valid()

    def given(self, name: str) -> Any:
        """The value of a field; its empty value where nothing valid was given."""
        return self.cleaned_data.get(name) or self.fields[name].empty_values[0]


class StreamFilterForm(FilterForm):
    """Which streams to list, and in which order."""

    q = forms.CharField(
        required=False,
        max_length=SEED_MAX,
        label="Search",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Hash, client seed or notes", "spellcheck": "false"}
        ),
    )
    activity = forms.ChoiceField(
        required=False,
        label="Activity",
        choices=[ANY, ("live", "Live, under 5 min"), ("recent", "Recent, under 30 min"), ("idle", "Idle")],
    )
    game = forms.CharField(required=False, max_length=GAME_MAX, label="Game")
    simulated = forms.ChoiceField(
        required=False, label="Simulation", choices=[ANY, ("no", "Real bets only"), ("yes", "Simulated only")]
    )
    sort = forms.ChoiceField(required=False, label="Sort by", choices=[*STREAM_SORTS.items()])
    archived = forms.BooleanField(required=False, label="Archived")

    def __init__(self, data: Any, *, games: list[str]) -> None:
        super().__init__(data)
        self.fields["game"].widget = forms.Select(choices=[ANY, *((game, game) for game in games)])

    def wanted(self) -> StreamFilter:
        return StreamFilter(
            search=self.cleaned_data.get("q", ""),
            game=self.cleaned_data.get("game", ""),
            activity=cast(Activity | None, self.cleaned_data.get("activity") or None),
            archived=self.cleaned_data.get("archived", False),
            simulated={"yes": True, "no": False}.get(self.cleaned_data.get("simulated", "")),
        )

    @property
    def order(self) -> str:
        return self.cleaned_data.get("sort") or "last_seen"

    @property
    def narrows(self) -> bool:
        return self.wanted() != StreamFilter()


def _number(**attrs: str) -> forms.TextInput:
    # Not type=number: browsers round what it holds to a float and swallow what they cannot read.
    return forms.TextInput(attrs={"autocomplete": "off", **attrs})


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S")


class BetFilterForm(FilterForm):
    """Which bets of a stream to show, and in which order."""

    sort = forms.ChoiceField(required=False, choices=[(order, order) for order in BET_ORDERS], widget=forms.HiddenInput)
    min_result = forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_digits=38,
        decimal_places=18,
        label="Result from",
        widget=_number(inputmode="decimal", placeholder="34.68", list="results"),
    )
    nonce_from = forms.IntegerField(
        required=False, min_value=0, max_value=NONCE_MAX, label="Nonce from", widget=_number(inputmode="numeric")
    )
    nonce_to = forms.IntegerField(
        required=False, min_value=0, max_value=NONCE_MAX, label="Nonce to", widget=_number(inputmode="numeric")
    )
    difficulty = forms.CharField(
        required=False,
        max_length=DIFFICULTY_MAX,
        label="Difficulty",
        widget=forms.Select(choices=[ANY, *((word, word) for word in DIFFICULTIES)]),
    )
    game = forms.CharField(required=False, max_length=GAME_MAX, label="Game")
    received_from = forms.DateTimeField(required=False, label="Received from (UTC)", widget=_moment())
    received_to = forms.DateTimeField(required=False, label="to (UTC)", widget=_moment())
    bookmarked = forms.BooleanField(required=False, label="Bookmarked")

    def __init__(self, data: Any, *, games: tuple[str, ...]) -> None:
        super().__init__(data)
        self.fields["game"].widget = (
            forms.Select(choices=[ANY, *((game, game) for game in games)]) if len(games) > 1 else forms.HiddenInput()
        )

    def wanted(self) -> BetFilter:
        given = self.cleaned_data
        return BetFilter(
            min_result=given.get("min_result"),
            nonce_from=given.get("nonce_from"),
            nonce_to=given.get("nonce_to"),
            received_from=given.get("received_from"),
            received_to=given.get("received_to"),
            game=given.get("game", ""),
            difficulty=given.get("difficulty", ""),
            bookmarked=given.get("bookmarked", False),
        )

    @property
    def order(self) -> str:
        return self.cleaned_data.get("sort") or NEWEST_FIRST

    @property
    def narrows(self) -> bool:
        return self.wanted().narrows


class SeqForm(forms.Form):
    """From which bet on a partial is asked for."""

    since = forms.IntegerField(min_value=0, max_value=2**63 - 1)
    version = forms.CharField(required=False, max_length=100)


class NonceForm(forms.Form):
    """Which nonce to go to."""

    at = forms.IntegerField(required=False, min_value=0, max_value=NONCE_MAX, label="Nonce")


class NotesForm(forms.Form):
    """A stream's notes, and which version of them was edited."""

    notes = forms.CharField(
        required=False, max_length=NOTES_MAX, widget=forms.Textarea(attrs={"rows": 8, "autofocus": True})
    )
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)


class ArchiveForm(forms.Form):
    """Whether to archive, or to take out of the archive."""

    archived = forms.TypedChoiceField(choices=[("1", "yes"), ("0", "no")], coerce=lambda value: value == "1")


class BookmarkForm(forms.Form):
    """Whether a bet is bookmarked, and why; without `note` a mark that exists keeps its own."""

    marked = forms.TypedChoiceField(choices=[("1", "yes"), ("0", "no")], coerce=lambda value: value == "1")
    note = forms.CharField(required=False, max_length=NOTES_MAX)
