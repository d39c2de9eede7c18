"""What people type on the Verify page: seeds and the options of a game, which fields follow from the game itself."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms

from fairness.draws import NONCE_MAX
from fairness.errors import InvalidInput
from fairness.games import registry
from fairness.games.base import Game, HashGame, OptionInfo
from fairness.rounds import Explained, Link, Seeds, explain
from streams.exactjson import plain
from streams.wire import ID_MAX

# Longer text is refused by whoever reads it; this much of it is enough to say so.
TEXT_MAX: Final = 1_100
OPTION: Final = "option_"
CHAIN_FIELDS: Final = ("game_hash", "salt")
PAIR_FIELDS: Final = ("server_seed", "client_seed", "nonce")


def _text(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", **attrs})


class RoundForm(forms.Form):
    """One round of one game. What is wrong with a field is said by the library, so that page and API say the same."""

    server_seed = forms.CharField(required=False, strip=False, label="Server seed", widget=_text())
    client_seed = forms.CharField(required=False, strip=False, label="Client seed", widget=_text())
    nonce = forms.CharField(required=False, label="Nonce", widget=_text(inputmode="numeric"))
    game_hash = forms.CharField(required=False, strip=False, label="Game hash", widget=_text())
    salt = forms.CharField(required=False, strip=False, label="Salt", widget=_text())

    def __init__(self, game: Game[Any, Any], data: Mapping[str, str] | None = None, **initial: str) -> None:
        cut = None if data is None else {name: value[:TEXT_MAX] for name, value in data.items()}
        super().__init__(cut, initial=initial, label_suffix="")
        self.game = game
        self.is_chain = isinstance(game, HashGame)
        for info in game.option_infos:
            self.fields[OPTION + info.name] = option_field(info)

    def pair_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in PAIR_FIELDS]

    def chain_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in CHAIN_FIELDS]

    def option_fields(self) -> list[forms.BoundField]:
        return [self[OPTION + info.name] for info in self.game.option_infos]

    def explained(self) -> Explained | None:
        """The round with its steps; None where a field is wrong, which then says so."""
        if not self.is_valid():
            return None
        try:
            return explain(self.game, self._source(), self._options())
        except InvalidInput as error:
            self._blame(error)
            return None

    def _source(self) -> Seeds | Link:
        given = self.cleaned_data
        if self.is_chain:
            return Link(given["game_hash"], given["salt"])
        nonce = given["nonce"].strip()
        if not (nonce.isascii() and nonce.isdigit() and len(nonce) < 20):
            raise InvalidInput("nonce", f"must be a whole number from 0 to {NONCE_MAX}")
        return Seeds(given["server_seed"], given["client_seed"], int(nonce))

    def _options(self) -> dict[str, object]:
        given = ((info.name, self.cleaned_data[OPTION + info.name]) for info in self.game.option_infos)
        return {name: value for name, value in given if value not in ("", None)}

    def _blame(self, error: InvalidInput) -> None:
        name = next((name for name in (error.field, OPTION + error.field) if name in self.fields), None)
        label = self.fields[name].label if name else error.field
        self.add_error(name, f"{label} {error.problem}.")


def option_field(info: OptionInfo) -> forms.Field:
    """How a page asks for an option of a game."""
    default = "" if info.default is None else str(info.default)
    if info.kind == "yes":
        return forms.BooleanField(required=False, label=info.label, initial=bool(info.default))
    help_text = _help_of(info)
    if info.kind == "choice":
        empty = [("", "not told")] if info.optional else []
        widget: forms.Widget = forms.Select(choices=[*empty, *((word, _worded(word)) for word in info.choices)])
        default = default or ("" if info.optional else info.choices[0])
        help_text = ""
    else:
        widget = _text(inputmode="decimal" if info.kind == "number" else "text")
    return forms.CharField(required=False, label=info.label, initial=default, help_text=help_text, widget=widget)


def _worded(choice: str) -> str:
    return choice.replace("_", " ")


def _help_of(info: OptionInfo) -> str:
    bounds = "" if info.low is None or info.high is None else f"{_bound(info.low)} to {_bound(info.high)}"
    parts = [bounds, "with commas between" if info.kind not in ("whole", "number") else ""]
    parts.append("may be left empty" if info.optional else "")
    return ", ".join(part for part in parts if part).capitalize()


def _bound(value: int | Decimal) -> str:
    return plain(value) if isinstance(value, Decimal) else f"{value:,}"


class GameForm(forms.Form):
    """Which game."""

    game = forms.CharField(required=False, max_length=40)

    def chosen(self) -> Game[Any, Any]:
        """The game of this name; Pump where there is none."""
        name = self.cleaned_data["game"] if self.is_valid() else ""
        return registry.game(name if name in registry.SLUGS else "pump")


class BetIdForm(forms.Form):
    """Which stored bet."""

    bet_id = forms.CharField(
        max_length=ID_MAX + 60,
        label="Bet id",
        strip=False,
        widget=_text(placeholder="house:123456789"),
        error_messages={"required": "Bet id is empty.", "max_length": "Bet id is longer than any id."},
    )

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        super().__init__(None if data is None else {"bet_id": data.get("bet_id", "")[:TEXT_MAX]}, label_suffix="")


class RevealForm(forms.Form):
    """A stream's server seed."""

    server_seed = forms.CharField(
        strip=False,
        label="Server seed",
        widget=_text(),
        error_messages={"required": "Server seed is empty."},
    )

    def __init__(self, data: Mapping[str, str] | None = None) -> None:
        cut = None if data is None else {"server_seed": data.get("server_seed", "")[:TEXT_MAX]}
        super().__init__(cut, label_suffix="")
