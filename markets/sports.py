"""What is known of each sport's margins and totals: models, push tables, key numbers, and where from. Pure.

The figures are files in `sport_models/`, made by `scripts/fit_sport_models.py` and read here once. A sport without a
file, or a market without a model in it, has none: prices at different lines cannot be compared there, and nothing here
pretends that they can.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from markets.margins import LineModel, WholeNormal

_FOLDER: Final = Path(__file__).resolve().parent / "sport_models"


class Frequency(NamedTuple):
    """How often something was seen."""

    seen: int
    games: int

    @property
    def share(self) -> float:
        """The part of the games; 0 of none."""
        return self.seen / self.games if self.games else 0.0


@dataclass(frozen=True, slots=True)
class SportModel:
    """One sport. A market without a model is None, and `why_none` says why.

    `pushes` counts, for each whole number k, the games with a closing spread within half a point of k, and those of
    them that the favourite won by exactly k. `key_numbers` are the margins worth knowing, with that share.
    """

    sport: str
    spreads: LineModel | None = None
    totals: LineModel | None = None
    key_numbers: Mapping[float, float] = field(default_factory=dict)
    pushes: Mapping[int, Frequency] = field(default_factory=dict)
    why_none: Mapping[str, str] = field(default_factory=dict)
    fitted: str | None = None  # the date


class Kind(StrEnum):
    """How a line moved over a key number."""

    ONTO = "onto"
    OFF = "off"
    THROUGH = "through"


class Crossing(NamedTuple):
    """A key number that a line came to, left, or passed.

    `value` is what that is worth to the side it helps: expected profit of a wager of 1 at even odds. Onto or off, a
    push takes the place of a loss or a win: the push probability. Through, a loss becomes a win: twice that.
    """

    number: float
    kind: Kind
    value: float


def crossings(model: SportModel, line: float, to: float) -> tuple[Crossing, ...]:
    """The key numbers between two handicaps of the same side, ends included, in the order the line meets them."""
    low, high = min(line, to), max(line, to)
    numbers = {sign * number for number in model.key_numbers for sign in (-1, 1)}
    met = sorted((number for number in numbers if low <= number <= high), reverse=to < line)
    if low == high:
        return ()
    found = []
    for number in met:
        kind = Kind.ONTO if number == to else Kind.OFF if number == line else Kind.THROUGH
        push = model.key_numbers[abs(number)]
        found.append(Crossing(abs(number), kind, 2 * push if kind is Kind.THROUGH else push))
    return tuple(found)


@cache
def for_sport(sport: str) -> SportModel:
    """What is known of a sport, by the provider's key: basketball_nba. An unknown one has no models."""
    held = _files().get(sport)
    return _read(held) if held is not None else SportModel(sport)


@cache
def known_sports() -> tuple[str, ...]:
    """The sports that something is known of, by name."""
    return tuple(sorted(_files()))


@cache
def _files() -> Mapping[str, Mapping[str, Any]]:
    # Looked up by what the files say, so that no sport's name ever becomes a path.
    held = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(_FOLDER.glob("*.json")))
    return {each["sport"]: each for each in held}


def _read(held: Mapping[str, Any]) -> SportModel:
    markets = {name: held[name] for name in ("spreads", "totals")}
    return SportModel(
        sport=held["sport"],
        spreads=_model(markets["spreads"], rising=False),
        totals=_model(markets["totals"], rising=True),
        key_numbers={float(number): share for number, share in held["key_numbers"].items()},
        pushes={int(number): Frequency(*counted) for number, counted in held["pushes"].items()},
        why_none={name: market["none"] for name, market in markets.items() if "none" in market},
        fitted=held["fitted"],
    )


def _model(held: Mapping[str, Any], *, rising: bool) -> LineModel | None:
    if "none" in held:
        return None
    return WholeNormal(
        name=held["name"],
        sd=held["sd"],
        rising=rising,
        factors={int(number): factor for number, factor in held.get("factors", {}).items()},
        provenance=held["provenance"],
        market_implied=held["market_implied"],
    )
