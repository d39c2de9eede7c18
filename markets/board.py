"""The pairs of one market of one event, kept so that its consensus is quick to ask again. Pure.

The answers are those of `markets.consensus.consensus`, to the digit. What it saves: a voice is moved to the reference
line once, not at every question, and leaving one family out looks at the others' places only. No sum is carried from
one change to the next, so what a board says depends on what stands and not on how it came about.
"""

import math
from collections.abc import Iterable

from markets.consensus import (
    MIN_FAMILIES,
    Consensus,
    Pair,
    Shifts,
    consensus,
    is_enough,
    mean_of,
    moved,
    reference_line,
    speaks_before,
)
from markets.quotes import Market, Micros
from markets.weights import Weights


class MarketBoard:
    """What stands in one market of one event."""

    __slots__ = ("_line", "_market", "_minimum", "_model", "_pairs", "_places", "_unmoved", "_voices", "_weights")

    def __init__(self, market: Market, model: Shifts | None, weights: Weights, minimum: int = MIN_FAMILIES) -> None:
        self._market = market
        self._model = model
        self._weights = weights
        self._minimum = minimum
        self._pairs: dict[str, Pair] = {}
        self._voices: dict[str, Pair] = {}
        self._line: float | None = None
        # Of every voice that can be put at `_line`: the canonical side's probability there, and its log-odds.
        self._places: dict[str, tuple[float, float]] = {}
        self._unmoved: set[str] = set()  # families whose place is not known yet

    @property
    def pairs(self) -> Iterable[Pair]:
        """What stands, one a book."""
        return self._pairs.values()

    def pair(self, book: str) -> Pair | None:
        """What stands of a book."""
        return self._pairs.get(book)

    def put(self, one: Pair) -> None:
        """A book quotes this now."""
        self._pairs[one.book] = one
        self._elect(one.family)

    def drop(self, book: str) -> None:
        """A book quotes nothing now that can be used; nothing happens where it did not before."""
        one = self._pairs.pop(book, None)
        if one is not None:
            self._elect(one.family)

    def consensus(self, at: Micros, without: str | None = None) -> Consensus | None:
        """What `consensus()` says of these pairs, with a family left out where one is named."""
        self._settle()
        other_line = without in self._voices and self._line_without(without) != self._line
        if other_line or self._with_draw():
            return consensus(
                self._pairs.values(),
                self._market,
                self._model,
                self._weights,
                at=at,
                without=without,
                minimum=self._minimum,
            )
        places = [(family, place) for family, place in self._places.items() if family != without]
        if len(self._voices) - (without in self._voices) < self._minimum or not is_enough(len(places), self._minimum):
            return None
        shares = None
        if not self._weights.equal:
            shares = [self._weights.of(family, at - self._voices[family].changed) for family, _ in places]
        books = len(places)
        if len(self._pairs) != len(self._voices):
            books = sum(1 for one in self._pairs.values() if one.family in self._places and one.family != without)
        return mean_of(self._line, [place[0] for _, place in places], [place[1] for _, place in places], shares, books)

    def _elect(self, family: str) -> None:
        """Find who speaks for a family now."""
        before = self._voices.pop(family, None)
        voice: Pair | None = None
        for one in self._pairs.values():
            if one.family == family and (voice is None or speaks_before(one, voice)):
                voice = one
        if voice is not None:
            self._voices[family] = voice
        if voice != before:
            self._places.pop(family, None)
            self._unmoved.add(family)

    def _settle(self) -> None:
        """Put the voices that changed at the reference line, and all of them where that is another one."""
        if not self._unmoved:
            return
        line = self._line_without(None)
        if line != self._line:
            self._line = line
            self._places.clear()
            self._unmoved.update(self._voices)
        for family in self._unmoved:
            voice = self._voices.get(family)
            fair = None if voice is None else moved(voice, line, self._model)
            if fair is not None:
                self._places[family] = fair[0], math.log(fair[0] / fair[1])
        self._unmoved.clear()

    def _line_without(self, family: str | None) -> float | None:
        points = [one.point for one in self._voices.values() if one.point is not None and one.family != family]
        return reference_line(points) if points else None

    def _with_draw(self) -> bool:
        return self._market is Market.H2H and any(len(one.fair) > 2 for one in self._voices.values())
