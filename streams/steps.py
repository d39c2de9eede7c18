"""How a recomputed round came about, for people and for programs: bytes, numbers, picks, outcome. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import zip_longest
from typing import Any, Final

from fairness.draws import BYTES_PER_FLOAT
from fairness.games import registry
from fairness.games.base import Pick
from fairness.rounds import FLOATS_PER_BLOCK, Explained
from streams import exactjson

DRAWS_SHOWN: Final = 60
_DIGITS: Final = Context(prec=40)
_DECIMALS: Final = Decimal(1).scaleb(-18)


# --- For programs ---------------------------------------------------------------------------------


def as_json(explained: Explained) -> dict[str, Any]:
    """The round with its steps, without the key: whoever asks has it."""
    played = explained.played
    game = registry.game(played.game)
    return {
        "game": played.game,
        "title": game.title,
        "result_name": game.result_name,
        "result": played.result,
        "payout": payout_number(played.payout),
        "unsourced": game.unsourced or None,
        "answers": plain_values(played.answers),
        "steps": {
            "digests": [
                {"message": block.message, "sha256_hmac": block.digest.hex(), "first_float": block.first_float}
                for block in explained.blocks
            ],
            "floats": plain_values(explained.floats),
            "picks": [
                {"number": plain_values(pick.number), "formula": pick.formula, "meaning": pick.meaning}
                for pick in explained.picks
            ],
        },
    }


def payout_number(payout: Fraction | None) -> Decimal | None:
    """What one unit returned, to 18 decimals."""
    if payout is None:
        return None
    exact = _DIGITS.divide(Decimal(payout.numerator), Decimal(payout.denominator))
    return exact.quantize(_DECIMALS, context=Context(prec=60))


def plain_values(value: Any) -> Any:
    """The value as exact JSON can hold it: floats become the shortest decimals that mean them."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {str(name): plain_values(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(item) for item in value]
    return value


# --- For people -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draw:
    """Four bytes, the number they are, and what it drew; the last two are empty for a number that nothing used."""

    index: int
    bytes: tuple[str, ...]
    sum: str  # how the bytes become the number
    number: str
    percent: str  # where it lies between 0 and 1
    formula: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One place of a board: its number, what became of it, and at which pick."""

    label: int
    mark: str  # safe, first, hit or empty
    order: int | None
    meaning: str


@dataclass(frozen=True, slots=True)
class Board:
    """The places of a game, in rows as the game shows them."""

    name: str
    columns: int
    tiles: tuple[Tile, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Steps:
    """A round as a picture."""

    game: str
    title: str
    result_name: str
    result: Decimal | None
    payout: Decimal | None
    unsourced: str
    digests: tuple[tuple[str, str], ...]  # message, digest as hex
    draws: tuple[Draw, ...]
    draws_left_out: int
    picks: tuple[Pick, ...]  # those that do not stand beside their own number
    board: Board | None
    answers: tuple[tuple[str, str], ...]
    is_chain: bool


def as_picture(explained: Explained) -> Steps:
    """The steps of a round, as a page draws them."""
    played = explained.played
    game = registry.game(played.game)
    paired = _pairs_up(explained)
    return Steps(
        game=played.game,
        title=game.title,
        result_name=game.result_name,
        result=played.result,
        payout=payout_number(played.payout),
        unsourced=game.unsourced,
        digests=tuple((block.message, block.digest.hex()) for block in explained.blocks),
        draws=_draws(explained, paired=paired),
        draws_left_out=max(len(explained.floats) - DRAWS_SHOWN, 0),
        picks=() if paired else explained.picks[: DRAWS_SHOWN * 2],
        board=_board(played.game, played.answers),
        answers=tuple(
            (name.replace("_", " "), readable(value))
            for name, value in played.answers.items()
            if not (name == game.result_name and value == played.result)
        ),
        is_chain=not explained.floats,
    )


def _pairs_up(explained: Explained) -> bool:
    """Whether each pick is of the number at its own place, so that the two can stand side by side."""
    picks, floats = explained.picks, explained.floats
    return len(picks) <= len(floats) and all(pick.number == number for pick, number in zip(picks, floats, strict=False))


def _draws(explained: Explained, *, paired: bool) -> tuple[Draw, ...]:
    picks = explained.picks if paired else ()
    shown = explained.floats[:DRAWS_SHOWN]
    return tuple(
        _draw(index, explained.blocks[index // FLOATS_PER_BLOCK].digest, number, pick)
        for index, (number, pick) in enumerate(zip_longest(shown, picks[: len(shown)]))
    )


def _draw(index: int, digest: bytes, number: float, pick: Pick | None) -> Draw:
    start = index % FLOATS_PER_BLOCK * BYTES_PER_FLOAT
    four = digest[start : start + BYTES_PER_FLOAT]
    parts = " + ".join(f"{byte}/256{_POWERS[place]}" for place, byte in enumerate(four))
    return Draw(
        index,
        tuple(f"{byte:02x}" for byte in four),
        parts,
        f"{number:.10f}",
        f"{number * 100:.2f}",
        pick.formula if pick else "",
        pick.meaning if pick else "",
    )


_POWERS = ("", "²", "³", "⁴")


def _board(game: str, answers: Mapping[str, Any]) -> Board | None:
    match game:
        case "pump":
            return _road("Balloon", answers["picks"], places=25, columns=5, safe="safe pump", hit="pop")
        case "chicken":
            return _road("Road", answers["picks"], places=20, columns=5, safe="safe lane", hit="deadly lane")
        case "mines":
            mined = answers["mine_positions_0based_draw_order"]
            return _field("Field", mined, first=0, places=25, columns=5, hit="mine")
        case "keno":
            return _field("Numbers", answers["numbers_1based_draw_order"], first=1, places=40, columns=8, hit="drawn")
    return None


def _road(name: str, drawn: Sequence[int], *, places: int, columns: int, safe: str, hit: str) -> Board:
    """Places passed one after the other until the first that was drawn."""
    end = min(drawn)
    tiles = []
    for place in range(1, places + 1):
        order = drawn.index(place) + 1 if place in drawn else None
        if place < end:
            tiles.append(Tile(place, "safe", None, safe))
        elif order is None:
            tiles.append(Tile(place, "empty", None, "not reached"))
        else:
            tiles.append(Tile(place, "first" if place == end else "hit", order, f"{hit}, drawn as number {order}"))
    caption = f"The smallest number drawn is {end}, so {end - 1} came before it: the round allowed {end - 1}."
    return Board(name, columns, tuple(tiles), caption)


def _field(name: str, drawn: Sequence[int], *, first: int, places: int, columns: int, hit: str) -> Board:
    """Places of which some were drawn, in no order that matters."""
    tiles = []
    for place in range(first, first + places):
        order = drawn.index(place) + 1 if place in drawn else None
        meaning = "not drawn" if order is None else f"{hit}, number {order}"
        tiles.append(Tile(place, "empty" if order is None else "hit", order, meaning))
    return Board(name, columns, tuple(tiles), f"{len(drawn)} of {places} were drawn; the small figure is the order.")


def readable(value: Any) -> str:
    """A value of an outcome in words and figures."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return exactjson.plain(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {readable(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        nested = any(isinstance(item, list | tuple | Mapping) for item in value)
        return (" | " if nested else ", ").join(readable(item) for item in value)
    return str(value)
