"""How much each family's price counts in a consensus. Pure.

Equal by default. A dated document may say otherwise: weights measured on past games (`markets.fitting`). It names the
games it was measured on, and who replays a period can only read one whose games all started before it: what weighs a
replay's prices must not have seen how the replayed games closed.

A weight may also fade with the age of the quote, by half every `half_life`; it does not by default, because it does not
help. On the recordings (moneylines, spreads and totals of 60 WNBA, 210 NFL and 110 MLB games) the consensus 6 h and 1 h
before the start missed the closing one by as much with half-lives of 3 h to 3 days as without: within 3 % either way,
now better and now worse. With shorter ones it missed by more in the WNBA and the NFL: a book that has not moved is
mostly a book that agrees. NFL moneyline an hour before, root mean square in percentage points: no decay 0.66, 24 h
0.66, 3 h 0.66, 1 h 0.68, 10 min 0.81.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from markets.quotes import SECOND, Micros, from_micros, to_micros

FORMAT: Final = "stakepro-book-weights-1"
CHARACTERS_MOST: Final = 1_000_000
FAMILIES_MOST: Final = 1_000
WEIGHT_LEAST: Final = 0.01
WEIGHT_MOST: Final = 100.0
HALF_LIFE_MOST: Final = 365 * 24 * 3600  # seconds

_FAMILY: Final = re.compile(r"[a-z0-9_]{1,64}")


class BadWeights(ValueError):
    """A weights document cannot be used; the message is a sentence that names what is wrong."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights by family; one that was not measured weighs 1, which is the mean of those that were.

    `half_life` in microseconds, none where age does not count. `provenance` says where the weights come from.
    """

    families: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    half_life: Micros | None = None
    provenance: str = "equal"

    @property
    def equal(self) -> bool:
        """Whether every quote counts the same."""
        return not self.families and self.half_life is None

    def of(self, family: str, age: Micros) -> float:
        """The weight of a family's quote that changed `age` microseconds ago; a quote of the future is new."""
        weight = self.families.get(family, 1.0)
        if self.half_life is not None and age > 0:
            weight *= 0.5 ** (age / self.half_life)
        return weight


EQUAL: Final = Weights()


def read_weights(text: str, *, sport: str, before: Micros) -> Weights:
    """The weights of a document, for a sport, in what begins at `before`: the first replayed poll, or now.

    Raises `BadWeights`: it is no such document, of another sport, or of a game that had not started before then.
    """
    held = _document(text)
    if held.get("sport") != sport:
        raise BadWeights(f"sport must be {sport}.")
    games = held.get("games")
    if isinstance(games, bool) or not isinstance(games, int) or not 1 <= games <= 10**6:
        raise BadWeights("games must be how many games were measured.")
    first, last = _moment(held, "first_start"), _moment(held, "last_start")
    if first > last:
        raise BadWeights("first_start must not be after last_start.")
    if last >= before:
        raise BadWeights(
            f"last_start must be before {from_micros(before):%Y-%m-%d %H:%M} UTC, where the use of these weights "
            "begins: they would know how its games closed."
        )
    source = held.get("source")
    if not isinstance(source, str) or not 1 <= len(source) <= 500 or not source.isprintable():
        raise BadWeights("source must say in up to 500 characters where the games are from.")
    half_life = held.get("half_life_seconds")
    if half_life is not None:
        half_life = round(_number(half_life, "half_life_seconds", 1, HALF_LIFE_MOST) * SECOND)
    provenance = f"{games} games, {from_micros(first):%Y-%m-%d} to {from_micros(last):%Y-%m-%d}: {source}"
    return Weights(MappingProxyType(_families(held.get("families"))), half_life, provenance)


def _document(text: str) -> dict[str, Any]:
    if len(text) > CHARACTERS_MOST:
        raise BadWeights(f"The document must have at most {CHARACTERS_MOST} characters.")
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise BadWeights("The document must be JSON.") from None
    if not isinstance(held, dict) or held.get("format") != FORMAT:
        raise BadWeights(f"format must be {FORMAT}.")
    return held


def _families(held: object) -> dict[str, float]:
    if not isinstance(held, dict) or not 1 <= len(held) <= FAMILIES_MOST:
        raise BadWeights(f"families must be 1 to {FAMILIES_MOST} families, each with its weight.")
    found = {}
    for family, measured in held.items():
        if not _FAMILY.fullmatch(family):
            raise BadWeights("families must have names of small letters, digits and underscores.")
        if not isinstance(measured, dict):
            raise BadWeights(f"families.{family} must have a weight.")
        found[family] = _number(measured.get("weight"), f"families.{family}.weight", WEIGHT_LEAST, WEIGHT_MOST)
    return found


def _number(value: object, name: str, least: float, most: float) -> float:
    # Compared before it is made a float: a whole number can be too large for one. NaN is within no bounds.
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadWeights(f"{name} must be a number from {least:g} to {most:g}.")
    return float(value)


def _moment(held: Mapping[str, Any], name: str) -> Micros:
    value = held.get(name)
    try:
        at = to_micros(datetime.fromisoformat(value)) if isinstance(value, str) else -1
    except ValueError:
        at = -1
    if at < 0:
        raise BadWeights(f"{name} must be a moment since 1970 with a time zone, such as 2026-07-14T23:10:00+00:00.")
    return at
