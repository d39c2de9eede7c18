"""What people type on the pages of `stake`: its shape. What it means is decided in the services."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.conf import settings

from fairness.errors import InvalidInput
from fairness.games.base import OptionInfo
from stake import games, hosts
from stake.games import GAMES, PlacedGame
from stake.guard import Limits
from stake.queries import LimitRow, SessionRow
from stake.services import history, rotation, sessions
from stake.values import Order
from streams.check_forms import OPTION, option_field
from streams.exactjson import plain

CURRENCY_MAX: Final = 10
AMOUNT: Final = {"max_digits": 38, "decimal_places": 18}
NO_LOGIN: Final = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
# What the bet card begins with, so that every figure is there at once.
FIRST_OPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "pump": {"difficulty": "easy", "pumps": "1"},
    "limbo": {"target": "2"},
    "dice": {"target": "50.5", "condition": "above"},
    "drill": {"target": "2", "pick": "1"},
    "roulette": {"bet": "red"},
}
FIRST_AMOUNT: Final = "0.001"
PAUSES: Final[Mapping[str, tuple[str, timedelta]]] = {
    "1h": ("1 hour", timedelta(hours=1)),
    "1d": ("24 hours", timedelta(days=1)),
    "3d": ("3 days", timedelta(days=3)),
    "7d": ("1 week", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "182d": ("6 months (182 days)", timedelta(days=182)),
    "365d": ("1 year", timedelta(days=365)),
    "1825d": ("5 years", timedelta(days=365 * 5)),
}
PAUSE_WORD: Final = "no bets"


def new_client_ref() -> str:
    """A name for the next bet, or the next move into the vault; the same name again is the same request."""
    return f"page {uuid4()}"


class StakeForm(forms.Form):
    """A form whose fields say what is wrong with them, whether the form or a service found it."""

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, label_suffix="", **more)

    def blame(self, field: str, message: str) -> None:
        """Say at a field what a service refused; at the form where it has no such field."""
        name = next((name for name in (field, OPTION + field) if name in self.fields), None)
        self.add_error(name, message)


def _text(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={**NO_LOGIN, **attrs})


def _currency_field() -> forms.CharField:
    return forms.RegexField(
        r"^[A-Za-z0-9]+$",
        max_length=CURRENCY_MAX,
        label="Currency",
        widget=_text(placeholder="btc"),
        error_messages={"invalid": "Currency must be a short word such as btc."},
    )


def _amount_field(label: str, **more: Any) -> forms.DecimalField:
    messages = {
        "required": f"{label} is missing.",
        "invalid": f"{label} must be a number.",
        "min_value": f"{label} must be 0 or more.",
    }
    return forms.DecimalField(
        label=label, widget=_text(inputmode="decimal"), error_messages=messages, min_value=0, **{**AMOUNT, **more}
    )


# --- Sessions ---------------------------------------------------------------------------------------


class SessionForm(StakeForm):
    """A session. Secrets are taken, never shown again; empty ones leave what is stored."""

    label = forms.CharField(max_length=sessions.LABEL_MAX, label="Label", help_text="For you alone, such as “main”.")
    host = forms.ChoiceField(label="Host")
    currency = _currency_field()
    token = forms.CharField(
        required=False,
        max_length=sessions.TOKEN_MAX,
        label="Token",
        widget=forms.PasswordInput(render_value=False, attrs={**NO_LOGIN, "autocomplete": "new-password"}),
    )
    clearance = forms.CharField(
        required=False,
        max_length=sessions.CLEARANCE_MAX,
        label="cf_clearance",
        widget=forms.PasswordInput(render_value=False, attrs={**NO_LOGIN, "autocomplete": "new-password"}),
    )
    drop_clearance = forms.BooleanField(required=False, label="Forget the clearance that is stored")
    user_agent = forms.CharField(
        required=False,
        max_length=sessions.USER_AGENT_MAX,
        label="User agent",
        widget=_text(),
        help_text="Of the browser that earned the clearance, to the letter.",
    )
    clearance_expires_at = forms.DateTimeField(
        required=False,
        label="Clearance expires at (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="If you know it; StakePro then warns an hour before.",
    )

    def __init__(self, data: Any = None, *, session: SessionRow | None = None) -> None:
        initial = {"currency": "btc"} if session is None else {name: getattr(session, name) for name in _KEPT}
        super().__init__(data, initial=initial)
        self.session = session
        simulated = session is not None and session.simulated
        allowed = [hosts.SIMULATOR] if simulated else settings.STAKE_ALLOWED_HOSTS
        host: Any = self.fields["host"]
        host.choices = [(name, name) for name in allowed]
        if session is None:
            self.fields["token"].help_text = "The cookie “session” of the venue's page, or its x-access-token."
            del self.fields["drop_clearance"]
        else:
            hint = f", which ends in {session.token_hint}" if session.token_hint else ""
            self.fields["token"].help_text = f"Leave empty to keep the stored one{hint}. Another host needs it again."
            self.fields["clearance"].help_text = (
                "Leave empty to keep the stored one." if session.has_clearance else "None is stored."
            )
            if not session.has_clearance:
                del self.fields["drop_clearance"]

    def entered(self) -> sessions.Entered:
        """The session as the services take it."""
        given = self.cleaned_data
        clearance = given["clearance"] or ("" if given.get("drop_clearance") else None)
        return sessions.Entered(
            label=given["label"],
            host=given["host"],
            currency=given["currency"].lower(),
            token=given["token"] or None,
            clearance=clearance,
            user_agent=given["user_agent"],
            clearance_expires_at=given["clearance_expires_at"],
        )


_KEPT: Final = ("label", "host", "currency", "user_agent", "clearance_expires_at")


class LimitsForm(StakeForm):
    """The limits of one currency; what is left empty is no such limit."""

    currency = _currency_field()
    max_wager = _amount_field("Largest wager", required=False)
    confirm_above = _amount_field("Ask again above", required=False)
    daily_loss = _amount_field("Loss a day", required=False, help_text="A day begins at midnight UTC.")
    stop_loss = _amount_field("Stop-loss", required=False)
    take_profit = _amount_field("Take-profit", required=False)
    bets_per_minute = forms.IntegerField(
        required=False, min_value=1, max_value=100_000, label="Bets a minute", widget=_text(inputmode="numeric")
    )
    count_anew = forms.BooleanField(required=False, label="Count stop-loss and take-profit anew from now")

    def __init__(self, data: Any = None, *, row: LimitRow | None = None, currency: str = "") -> None:
        initial: dict[str, Any] = {"currency": currency}
        if row is not None:
            initial = {name: _typed(getattr(row, name)) for name in ("currency", *LIMIT_NAMES)}
        super().__init__(data, initial=initial, auto_id=f"id_{row.currency if row else 'new'}_%s")
        self.row = row
        if row is not None:
            self.fields["currency"].widget = forms.HiddenInput()

    def values(self) -> Limits:
        """The limits as the services take them."""
        return Limits(**{name: self.cleaned_data[name] for name in LIMIT_NAMES})

    def amount_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in LIMIT_NAMES]


LIMIT_NAMES: Final = ("max_wager", "confirm_above", "daily_loss", "stop_loss", "take_profit", "bets_per_minute")
assert set(LIMIT_NAMES) == set(asdict(Limits())), "every limit has a field"


def _typed(value: Any) -> Any:
    """A number as people type it: no zeros at its end."""
    return plain(value) if isinstance(value, Decimal) else value


class PauseForm(StakeForm):
    """A time without bets. It cannot be shortened, so its beginning is confirmed by typing."""

    kind = forms.ChoiceField(
        label="Kind",
        choices=[("cool_off", "Cool-off"), ("self_exclusion", "Self-exclusion")],
    )
    lasts = forms.ChoiceField(label="Lasts", choices=[(key, title) for key, (title, _) in PAUSES.items()])
    confirm = forms.CharField(
        max_length=50,
        required=False,
        label=f"Type “{PAUSE_WORD}”",
        widget=_text(**{"data-confirm": PAUSE_WORD, "required": "required"}),
    )

    def clean_confirm(self) -> str:
        text: str = self.cleaned_data["confirm"].strip()
        if text != PAUSE_WORD:
            raise forms.ValidationError(f"Type “{PAUSE_WORD}” to begin the pause.")
        return text

    def ends_at(self, at: datetime) -> datetime:
        return at + PAUSES[self.cleaned_data["lasts"]][1]


class DepositForm(StakeForm):
    """Money to be moved into the venue's vault."""

    amount = _amount_field("Amount")
    currency = _currency_field()
    client_ref = forms.CharField(max_length=100, widget=forms.HiddenInput())

    def __init__(self, data: Any = None, *, currency: str) -> None:
        initial = {"currency": currency, "client_ref": new_client_ref()}
        super().__init__(data, initial=initial, auto_id="id_deposit_%s")


class ImportForm(StakeForm):
    """How far back an account's history is read."""

    pages = forms.IntegerField(
        label="Pages of 50 bets",
        min_value=1,
        max_value=history.PAGES_MAX,
        initial=history.PAGES_DEFAULT,
        widget=_text(inputmode="numeric"),
    )


class RotateForm(StakeForm):
    """The client seed of the next pair."""

    client_seed = forms.CharField(
        max_length=rotation.CLIENT_SEED_MAX, strip=False, label="New client seed", widget=_text()
    )


class DecideForm(StakeForm):
    """What a person found at the venue."""

    bet_id = forms.CharField(required=False, max_length=500, label="The bet's id", widget=_text())
    not_placed = forms.BooleanField(required=False)
    looked = forms.BooleanField(
        required=False, label="I looked at the venue's list of my bets, and this one is not there."
    )


class NoteForm(StakeForm):
    """Where to go back to after a press in the page's header."""

    next = forms.CharField(required=False, max_length=2000)
    stopped = forms.TypedChoiceField(choices=[("1", "on"), ("0", "off")], coerce=lambda value: value == "1")


# --- Bets ---------------------------------------------------------------------------------------------


class GameForm(forms.Form):
    """Which game."""

    game = forms.CharField(required=False, max_length=40)

    def chosen(self) -> PlacedGame:
        """The game of this name; Pump where there is none."""
        name = self.cleaned_data["game"] if self.is_valid() else ""
        return GAMES[name if name in GAMES else "pump"]


class BetForm(StakeForm):
    """A bet. What is wrong with an option is said by the game, so that page and API say the same."""

    amount = _amount_field("Amount")
    currency = _currency_field()
    client_ref = forms.CharField(max_length=100, widget=forms.HiddenInput())

    def __init__(self, game: PlacedGame, data: Any = None, *, first: Mapping[str, str]) -> None:
        """`first` is what the fields begin with, where it is not what the game suggests; the currency must be there."""
        options = {OPTION + info.name: _first_option(game, info) for info in game.fields}
        given = {"amount": FIRST_AMOUNT, "client_ref": new_client_ref(), **options, **first}
        super().__init__(data, initial=given, auto_id="id_bet_%s")
        self.game = game
        self.fields["currency"].widget.attrs["list"] = "currencies"
        for info in game.fields:
            self.fields[OPTION + info.name] = option_field(info)

    def option_fields(self) -> list[forms.BoundField]:
        return [self[OPTION + info.name] for info in self.game.fields]

    def order(self) -> Order | None:
        """The bet, checked; None where a field is wrong, which then says so."""
        if not self.is_valid():
            return None
        given = self.cleaned_data
        options = {info.name: given[OPTION + info.name] for info in self.game.fields}
        try:
            order = games.check_order(Order(self.game.slug, given["amount"], given["currency"], options))
            # An amount that does not split over the numbers of a bet cannot be sent at all.
            games.rest_request(order, "")
            return order
        except InvalidInput as error:
            name = next((name for name in (error.field, OPTION + error.field) if name in self.fields), None)
            label = self.fields[name].label if name else error.field
            self.add_error(name, f"{label} {error.problem}.")
            return None

    def again(self) -> "BetForm":
        """The same bet as a new form, with a name of its own."""
        return BetForm(self.game, first={name: self.data[name] for name in self.fields if name != "client_ref"})

    def filled(self) -> "BetForm":
        """This form as if what it begins with had been sent, for the figures beside it."""
        return BetForm(self.game, {**self.initial}, first={})


def _first_option(game: PlacedGame, info: OptionInfo) -> str:
    first = FIRST_OPTIONS.get(game.slug, {}).get(info.name, "")
    if not first and info.kind == "whole" and info.low is not None and not info.optional:
        return str(info.low)
    return first or (info.choices[0] if info.choices and not info.optional else "")
