"""Whether a stored round is what its seeds give. There are four answers, and none of them is an exception:

* `Match`: everything that was stored and can be recomputed agrees;
* `Mismatch`: something does not; both values are there, and every step to the recomputed one;
* `NotYet`: the server seed is not revealed, so nobody but the venue can recompute the round;
* `Cannot`: something else is missing: an option of the round, a known game, or anything to compare.

What is compared: the round's result, and what the bet returned, where the options or the stored target say what the
bet was. Venues print results in more than one way, so a stored result agrees when it is

* Limbo: the recomputed one once floored to two decimals, or what the venue's page for checking prints instead (the
  answer then says so);
* Pump and Chicken: the listed multiplier to within 0.01, or the number of safe steps itself, which some bots send;
* elsewhere: the recomputed one, or more digits of it.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from hmac import digest
from typing import Any, ClassVar, Final, Literal

from fairness.draws import check_nonce
from fairness.errors import InvalidInput
from fairness.games import chicken, pump, registry
from fairness.games.base import Game, SeedGame
from fairness.options import Params
from fairness.rounds import FLOATS_PER_BLOCK, Explained, Link, Played, Seeds, explain, play
from fairness.seeds import check_client_seed, check_server_seed

CENT: Final = Decimal("0.01")
# The smallest part of a coin that venues keep; what they pay is rounded to it.
SMALLEST_UNIT: Final = Decimal("0.00000001")
# A venue pays by the exact multiplier, a bot may multiply by the listed one; they differ by half a cent at most.
LISTED_TOLERANCE: Final = CENT
# Multipliers elsewhere come through a double, which holds fifteen digits.
DOUBLE_TOLERANCE: Final = Decimal("1e-12")

LEAST_LIMBO: Final = Decimal(1)

# Games whose results are cells of a table: the option that a target stands for, and the table.
TABLES: Final[Mapping[str, tuple[str, Mapping[str, tuple[Decimal, ...]]]]] = {
    "pump": ("pumps", pump.PAYOUTS),
    "chicken": ("lanes", chicken.PAYOUTS),
}

_DIGITS: Final = Context(prec=60)
_NAME_SHOWN: Final = 40  # characters of an unknown game


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept of a round and its bet. None is what was not told; `target` is the result the bet aimed at."""

    result: Decimal | None = None
    amount: Decimal | None = None
    payout: Decimal | None = None
    target: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two values that should be one; `what` is result or payout."""

    what: Literal["result", "payout"]
    stored: Decimal
    recomputed: Decimal


@dataclass(frozen=True, slots=True)
class Match:
    """All that was compared agrees. `form` names the other form of a result, where only that one agrees."""

    compared: tuple[str, ...]
    form: str = ""
    status: ClassVar[str] = "match"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What differs, and how the recomputed values come about."""

    differences: tuple[Difference, ...]
    explained: Explained | None = None  # `verify` gives it; a `Verifier` of many rounds leaves it to whoever looks
    status: ClassVar[str] = "mismatch"


@dataclass(frozen=True, slots=True)
class NotYet:
    """The server seed is still hidden."""

    reason: str = "The server seed is not revealed yet; rotate the seed pair at the venue, then it can be checked."
    status: ClassVar[str] = "not_yet"


@dataclass(frozen=True, slots=True)
class Cannot:
    """Why this round cannot be checked; `field` names what is missing or wrong."""

    field: str
    reason: str
    status: ClassVar[str] = "cannot"


Answer = Match | Mismatch | NotYet | Cannot


def verify(game: str, source: Seeds | Link | None, given: Params, stored: Stored) -> Answer:
    """Recompute one round and compare it with what was stored; `source` is None while the server seed is hidden."""
    if source is None:
        return NotYet()
    try:
        known = find_game(game)
        options = options_of_bet(known, given, stored)
        answer = compare(known, play(known, source, options), stored)
        if isinstance(answer, Mismatch):
            return Mismatch(answer.differences, explain(known, source, options))
    except InvalidInput as error:
        return Cannot(error.field, str(error))
    return answer


def find_game(name: str) -> Game[Any, Any]:
    """The game of this name, ours or a venue's. Raises `InvalidInput`, in fewer words than a list of all games."""
    slug = registry.slug_of(name)
    if slug is None:
        raise InvalidInput("game", f"{name[:_NAME_SHOWN]!r} is not known, so its rounds cannot be recomputed")
    return registry.game(slug)


def compare(game: Game[Any, Any], played: Played, stored: Stored) -> Match | Mismatch | Cannot:
    """What a recomputed round says of the stored one."""
    compared: list[str] = []
    differences: list[Difference] = []
    form = ""
    if stored.result is not None and played.result is not None:
        compared.append("result")
        if stored.result != played.result and not _is_shown_as(game, played, stored.result):
            form = _other_form(played, stored.result)
            if not form:
                differences.append(Difference("result", stored.result, played.result))
    paid = _payout_difference(game, played, stored)
    if paid is not None:
        compared.append("payout")
        differences.extend(paid)
    if differences:
        return Mismatch(tuple(differences))
    return Match(tuple(compared), form) if compared else _nothing_to_compare(game, played, stored)


def _nothing_to_compare(game: Game[Any, Any], played: Played, stored: Stored) -> Cannot:
    if played.result is None and stored.result is not None:
        absent = [info.name for info in game.option_infos if getattr(played.options, info.name, True) is None]
        if absent:
            return Cannot(absent[0], f"{absent[0]} is missing: without it the round has no {game.result_name}.")
        why = game.unsourced or f"{game.title} has no single result to compare."
        return Cannot("result", why)
    return Cannot("result", "No result was stored for this round.")


# --- Results --------------------------------------------------------------------------------------


def _is_shown_as(game: Game[Any, Any], played: Played, stored: Decimal) -> bool:
    """Whether a stored result is the recomputed one in another way of writing it."""
    result = played.result
    assert result is not None
    if game.name in TABLES:
        table = TABLES[game.name][1][played.options.difficulty]
        # A count of safe steps where the table has no such multiplier.
        return abs(stored - result) <= CENT or (stored not in table and cell_of(table, stored) == table.index(result))
    if game.name == "limbo":
        return max(LEAST_LIMBO, _to_cents(stored, ROUND_FLOOR)) == result
    return _to_cents(stored, ROUND_FLOOR) == result or _to_cents(stored, ROUND_HALF_UP) == _to_cents(
        result, ROUND_HALF_UP
    )


def _other_form(played: Played, stored: Decimal) -> str:
    """The name of another form of the result that the stored one has; Limbo alone has one."""
    page_form = getattr(played.outcome, "page_form", None)
    return "page" if page_form is not None and _to_cents(stored, ROUND_FLOOR) == page_form else ""


def _to_cents(value: Decimal, rounding: str) -> Decimal:
    return value.quantize(CENT, rounding=rounding, context=_DIGITS)


def cell_of(table: tuple[Decimal, ...], shown: Decimal) -> int | None:
    """The step of a table that a number means: the listed multiplier to within 0.01, else the count itself."""
    nearest = min(range(len(table)), key=lambda cell: abs(table[cell] - shown))
    if abs(table[nearest] - shown) <= CENT:
        return nearest
    return int(shown) if shown == int(shown) and 0 <= shown < len(table) else None


# --- Payouts --------------------------------------------------------------------------------------


def _payout_difference(game: Game[Any, Any], played: Played, stored: Stored) -> tuple[Difference, ...] | None:
    """How the bet's payout differs from what its round paid; None where that cannot be said, empty where it agrees."""
    if not stored.amount or stored.payout is None:
        return None  # A bet of nothing returns nothing, whatever the round was.
    if played.payout is None:
        return _lost_or_won(game, played, stored)
    exact = _DIGITS.divide(Decimal(played.payout.numerator), Decimal(played.payout.denominator))
    expected = _DIGITS.multiply(stored.amount, exact)
    share = LISTED_TOLERANCE if game.name in TABLES else exact * DOUBLE_TOLERANCE
    allowed = max(SMALLEST_UNIT, _DIGITS.multiply(stored.amount, share)) if exact else Decimal(0)
    if abs(expected - stored.payout) <= allowed:
        return ()
    return (Difference("payout", stored.payout, _in_units(expected)),)


def _lost_or_won(game: Game[Any, Any], played: Played, stored: Stored) -> tuple[Difference, ...] | None:
    """For a target between two cells of a table: what it pays is unknown, but not whether it was reached."""
    if game.name not in TABLES or stored.target is None or played.result is None or stored.payout is None:
        return None
    reached = played.result >= stored.target
    if reached == (stored.payout > 0):
        return ()
    assert stored.amount is not None
    recomputed = _DIGITS.multiply(stored.amount, stored.target) if reached else Decimal(0)
    return (Difference("payout", stored.payout, _in_units(recomputed)),)


def _in_units(payout: Decimal) -> Decimal:
    """What a venue would have paid out: whole smallest units, without zeros behind them."""
    return payout.quantize(SMALLEST_UNIT, rounding=ROUND_HALF_UP, context=_DIGITS).normalize(_DIGITS)


def options_of_bet(game: Game[Any, Any], given: Params, stored: Stored) -> Params:
    """The options, with the bet's target among them where the game has one and the options do not name it.

    An option of the bet that the game cannot read is left out: the round is what it is, whatever was bet on it.
    """
    options = dict(given)
    if stored.target is not None:
        name, value = _target_option(game, given, stored.target)
        if name and value is not None:
            options.setdefault(name, value)
    optional = {info.name for info in game.option_infos if info.optional}
    while True:
        try:
            game.read_options(options)
            return options
        except InvalidInput as error:
            if error.field not in optional or error.field not in options:
                raise
            del options[error.field]


def _target_option(game: Game[Any, Any], given: Params, target: Decimal) -> tuple[str, int | Decimal | None]:
    if game.name in TABLES:
        name, tables = TABLES[game.name]
        table = tables.get(str(given.get("difficulty")))
        return name, None if table is None else cell_of(table, target) or None
    return ("target", target) if any(info.name == "target" for info in game.option_infos) else ("", None)


# --- Many rounds of one pair ----------------------------------------------------------------------

_EIGHT: Final = struct.Struct(">8I")
_ONE: Final = 2.0**32
_REMEMBERED_MAX: Final = 10_000


@dataclass(slots=True)
class _Reading:
    """What the options of a round came to, kept for the rounds that have the same."""

    game: SeedGame[Any, Any]
    options: Any
    floats_needed: int


class Verifier:
    """Verifies many rounds of one seed pair, as `verify` does, at several times its pace.

    The seeds are checked once, equal options are read once, and floats are made a block at a time.
    """

    def __init__(self, server_seed: str, client_seed: str) -> None:
        """Raises `InvalidInput`."""
        check_server_seed(server_seed)
        check_client_seed(client_seed)
        self._key = server_seed.encode("ascii")
        self._client_seed = client_seed
        self._readings: dict[object, _Reading | Cannot] = {}

    def verify(
        self, game: str, nonce: int, given: Params, stored: Stored, *, key: object = None
    ) -> Match | Mismatch | Cannot:
        """Compare one round; a `key` that is equal wherever game, options and target are saves reading them again."""
        try:
            reading = self._readings.get(key) if key is not None else None
            if reading is None:
                reading = self._remember(key, self._read(game, given, stored))
            if isinstance(reading, Cannot):
                return reading
            check_nonce(nonce)
            known, options = reading.game, reading.options
            outcome = known.play(self._floats(nonce, reading.floats_needed), options)
            result = known.result(outcome, options)
            payout = known.payout(outcome, options) if stored.amount else None
        except InvalidInput as error:
            return Cannot(error.field, str(error))
        return compare(known, Played(known.name, options, outcome, result, payout, {}), stored)

    def _read(self, game: str, given: Params, stored: Stored) -> _Reading | Cannot:
        try:
            known = find_game(game)
            options = known.read_options(options_of_bet(known, given, stored))
        except InvalidInput as error:
            return Cannot(error.field, str(error))
        if not isinstance(known, SeedGame):
            return Cannot("game_hash", f"{known.title} is played from a chain of hashes, not from a seed pair.")
        return _Reading(known, options, known.floats_needed(options))

    def _remember(self, key: object, reading: _Reading | Cannot) -> _Reading | Cannot:
        if key is not None:
            if len(self._readings) >= _REMEMBERED_MAX:
                self._readings.clear()
            self._readings[key] = reading
        return reading

    def _floats(self, nonce: int, needed: int) -> list[float]:
        found: list[float] = []
        for block in range(-(-needed // FLOATS_PER_BLOCK)):
            made = digest(self._key, f"{self._client_seed}:{nonce}:{block}".encode(), "sha256")
            found += [word / _ONE for word in _EIGHT.unpack(made)]
        return found[:needed]
