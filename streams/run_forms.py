"""The shape of what people type on the run pages; what may be computed is decided in `streams.runs.wanted`."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings

from fairness.errors import InvalidInput
from fairness.games.base import Game, SeedGame
from fairness.games.registry import game as find_game
from fairness.games.registry import games
from fairness.seeds import SEED_MAX
from streams.check_forms import OPTION, option_field
from streams.forms import ANY, FilterForm
from streams.run_models import RunStatus
from streams.runs.queries import RunFilter
from streams.runs.targets import TARGETS_MAX, read_typed
from streams.runs.wanted import GAME_OF_OLD_CLIENTS, InvalidRun, RangeTooLarge, Wanted, read
from streams.wire import DIFFICULTY_MAX, GAME_MAX

# Longer text is refused by whoever reads it; this much of it is enough to say so.
TEXT_MAX: Final = 20_000


class RunFilterForm(FilterForm):
    """Which runs to list."""

    q = forms.CharField(
        required=False,
        max_length=SEED_MAX,
        label="Search",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Client seed, or start of the hash", "spellcheck": "false"}
        ),
    )
    game = forms.CharField(required=False, max_length=GAME_MAX, label="Game")
    difficulty = forms.CharField(required=False, max_length=DIFFICULTY_MAX, label="Difficulty")
    status = forms.ChoiceField(required=False, label="Status", choices=[ANY, *RunStatus.choices])

    def __init__(self, data: Any, *, games: list[str], difficulties: list[str]) -> None:
        super().__init__(data)
        for name, words in (("game", games), ("difficulty", difficulties)):
            choices = [ANY, *((word, word.replace("_", " ")) for word in words)]
            self.fields[name].widget = forms.Select(choices=choices)

    def wanted(self) -> RunFilter:
        return RunFilter(
            search=self.cleaned_data.get("q", ""),
            game=self.cleaned_data.get("game", ""),
            difficulty=self.cleaned_data.get("difficulty", ""),
            status=self.cleaned_data.get("status", ""),
        )

    @property
    def narrows(self) -> bool:
        return self.wanted() != RunFilter()


class HitFilterForm(FilterForm):
    """Which hits of a run to show, and behind which nonce."""

    target = forms.TypedChoiceField(required=False, label="Target", coerce=int, empty_value=None)
    min_result = forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_digits=38,
        decimal_places=18,
        label="Result from",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    after = forms.IntegerField(required=False, min_value=0, max_value=2**53 - 1, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, targets: list[str]) -> None:
        super().__init__(data)
        self.fields["target"].choices = [ANY, *((str(place), label) for place, label in enumerate(targets))]  # type: ignore[attr-defined]
        self.full_clean()

    @property
    def narrows(self) -> bool:
        return any(self.cleaned_data.get(name) is not None for name in ("target", "min_result"))


def runnable_games() -> list[tuple[str, str]]:
    """Games whose rounds come from a seed pair and have one number to compare, by name and title."""
    return [(each.name, each.title) for each in games() if isinstance(each, SeedGame) and _has_results(each)]


def _has_results(game: Game[Any, Any]) -> bool:
    return game.result_name in RESULT_NAMES


# What the results of a game that can be compared are called; others name cards or hands.
RESULT_NAMES: Final = frozenset({"multiplier", "roll", "pocket"})


class ChosenGameForm(forms.Form):
    """Which game a new run is for."""

    game = forms.CharField(required=False, max_length=GAME_MAX)

    def chosen(self, otherwise: str = GAME_OF_OLD_CLIENTS) -> Game[Any, Any]:
        """The game of this name; `otherwise` where there is none."""
        name = self.cleaned_data["game"] if self.is_valid() else ""
        known = {slug for slug, _ in runnable_games()}
        return find_game(name if name in known else otherwise)


def _text(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", **attrs})


SEED_REVEALED: Final = "Revealed: the venue shows it after you rotate the pair."
SEED_OF_ANOTHER: Final = "Leave this empty to use the seed of the run you copy, which is not shown here."


class RunForm(forms.Form):
    """A run of one game. What is wrong is said by `streams.runs.wanted`, so that page and API say the same."""

    server_seed = forms.CharField(required=False, strip=False, label="Server seed", widget=_text())
    client_seed = forms.CharField(required=False, strip=False, label="Client seed", widget=_text())
    start = forms.CharField(required=False, label="First nonce", initial="1", widget=_text(inputmode="numeric"))
    end = forms.CharField(required=False, label="Last nonce", initial="1000000", widget=_text(inputmode="numeric"))
    targets = forms.CharField(
        required=False,
        label="Targets",
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "autocomplete": "off"}),
        help_text="One a line: 1066.73, >= 34.68, <= 2 or 2 to 3.",
    )
    every_result = forms.BooleanField(required=False, label="Every result of the game as a target")
    # The run whose server seed is used when none is typed: so a copied run needs no seed in any page or address.
    seed_of = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, game: Game[Any, Any], data: Mapping[str, str] | None = None, **initial: Any) -> None:
        cut = None if data is None else {name: value[:TEXT_MAX] for name, value in data.items()}
        super().__init__(cut, initial=initial, label_suffix="")
        self.game = game
        self.fields["end"].help_text = f"Up to {settings.MAX_NONCES:,} nonces."
        self.fields["server_seed"].help_text = SEED_OF_ANOTHER if self["seed_of"].value() else SEED_REVEALED
        for info in game.option_infos:
            self.fields[OPTION + info.name] = option_field(info)

    def option_fields(self) -> list[forms.BoundField]:
        return [self[OPTION + info.name] for info in self.game.option_infos]

    def seed_source(self) -> UUID | None:
        """The run to take the server seed of, where none was typed."""
        return None if self.data.get("server_seed") or not self.is_valid() else self.cleaned_data["seed_of"]

    def wanted(self, *, server_seed: str | None) -> Wanted | None:
        """The run that is asked for; None where a field is wrong, which then says so."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        try:
            targets = [*read_typed(given["targets"]), *self._every_result()]
        except ValueError as error:
            self.add_error("targets", str(error))
            return None
        try:
            return read(
                server_seed=given["server_seed"] or server_seed or "",
                client_seed=given["client_seed"],
                game=self.game.name,
                params=self._options(),
                difficulty=None,
                start=given["start"].strip().replace(",", ""),
                end=given["end"].strip().replace(",", ""),
                targets=targets,
                most=settings.MAX_NONCES,
            )
        except InvalidRun as error:
            for name, problem in error.fields.items():
                self._blame(name, problem)
        except RangeTooLarge as error:
            self.add_error("end", str(error))
        return None

    def _options(self) -> dict[str, object]:
        given = ((info.name, self.cleaned_data[OPTION + info.name]) for info in self.game.option_infos)
        return {name: value for name, value in given if value not in ("", None)}

    def _every_result(self) -> list[dict[str, object]]:
        if not self.cleaned_data["every_result"]:
            return []
        try:
            listed = self.game.distribution(self.game.read_options(self._options()))
        except InvalidInput:
            return []  # Said when the options themselves are read.
        if listed is None or len(listed) > TARGETS_MAX:
            raise ValueError(f"{self.game.title} has too many results to make each a target; name some.")
        return [{"op": "eq", "value": result} for result in sorted(listed)]

    def _blame(self, name: str, problem: str) -> None:
        field = name.partition("[")[0]
        option = OPTION + field.removeprefix("params.")
        found = field if field in self.fields else option if option in self.fields else None
        label = str(self.fields[found].label) if found else field.capitalize()
        self.add_error(found, f"{label} {problem}")
