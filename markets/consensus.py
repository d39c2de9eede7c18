"""What the books together hold for fair, at one line. Pure.

Each book's two or three prices are de-vigged; books of one operator are one voice (`markets.families`): the one that
changed last, by name where they changed together. The line most families hang is the reference, each voice's fair
probability is moved to it by the sport's model, and the consensus is the weighted mean in log-odds (with a draw: of
the logarithms, renormalised). Without a model the voices at other lines are left out.

Sums are exact before they are rounded (`math.fsum`), so the order of the books changes no digit.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from statistics import median
from typing import Final, NamedTuple, Protocol

from markets.devig import EVEN_WITHIN, CannotDevig, Method, devig
from markets.families import family_of
from markets.odds import PROFIT_LEAST, PROFIT_MOST
from markets.quotes import SIDES, Market, Micros, Quote, Side
from markets.weights import Weights

MIN_FAMILIES: Final = 5  # below it signals have no consensus
MIN_FAMILIES_CLOSE: Final = 3  # a closing price is worth more with fewer books than none
PROBABILITY_LEAST: Final = 1e-9  # what a model may move a probability to: log-odds of 0 and 1 are none

_PRICE_LEAST: Final = float(1 + PROFIT_LEAST)
_PRICE_MOST: Final = float(1 + PROFIT_MOST)
_PRICES_KEPT: Final = 1 << 16


class Shifts(Protocol):
    """What a consensus needs of a line model: a fair probability of the canonical side at `line`, told at `to`."""

    def shift(self, p: float, line: float, to: float) -> float: ...


class Pair(NamedTuple):
    """A book's market without its margin."""

    book: str
    family: str
    point: float | None  # the canonical side's; None in h2h
    fair: tuple[float, ...]  # in the order of `SIDES`: home, away and draw if there is one; over, under
    changed: Micros  # when the latest of its quotes changed; 0 where the provider did not say
    margin: float  # booksum − 1


class Consensus(NamedTuple):
    """What the books together hold for fair."""

    line: float | None  # the canonical side's; None in h2h
    fair: tuple[float, ...]  # as in `Pair`, at `line`
    books: int  # that stand behind it, twins counted each
    families: int
    effective: float  # (Σw)²/Σw²: how many equal voices the weighted ones are worth
    dispersion: float | None  # weighted standard deviation of the voices' canonical probability; None of one voice


def pair(book: str, market: Market, quotes: Mapping[Side, Quote], method: Method) -> Pair | None:
    """A book's standing quotes of one market as fair probabilities.

    None where a side is missing or stale, the points of both sides do not mirror each other, or the prices cannot be
    de-vigged (no margin, or a probability outside 0 to 1).
    """
    sides = SIDES[market]
    first, second = quotes.get(sides[0]), quotes.get(sides[1])
    if first is None or second is None or first.stale or second.stale:
        return None
    point = first.point
    changed = max(first.updated or 0, second.updated or 0)
    if market is Market.H2H:
        point = None
        draw = quotes.get(Side.DRAW)
        if draw is not None:
            if draw.stale:
                return None
            solved = _three(first.price, second.price, draw.price, method)
            changed = max(changed, draw.updated or 0)
        else:
            solved = _two(first.price, second.price, method)
    else:
        if point is None or second.point is None:
            return None
        if point != (-second.point if market is Market.SPREADS else second.point):
            return None
        point += 0.0  # no negative zero
        solved = _two(first.price, second.price, method)
    if solved is None:
        return None
    return Pair(book, family_of(book), point, solved[0], changed, solved[1])


Solved = tuple[tuple[float, ...], float] | None


@lru_cache(_PRICES_KEPT)
def _two(first: float, second: float, method: Method) -> Solved:
    """Fair probabilities of two prices, and their margin: `devig`'s own numbers, for its default on a short way."""
    if method is not Method.MULTIPLICATIVE:
        return _any((first, second), method)
    if not (_PRICE_LEAST <= first <= _PRICE_MOST and _PRICE_LEAST <= second <= _PRICE_MOST):
        return None
    p, q = 1.0 / first, 1.0 / second
    book = p + q
    margin = book - 1.0
    if margin < -EVEN_WITHIN:
        return None
    if margin > EVEN_WITHIN:
        share = 1.0 / book
        p, q = p * share, q * share
    last = 1.0 / (p + q)
    return (p * last, q * last), margin


@lru_cache(_PRICES_KEPT)
def _three(first: float, second: float, third: float, method: Method) -> Solved:
    return _any((first, second, third), method)


def _any(prices: tuple[float, ...], method: Method) -> Solved:
    try:
        fair = devig(prices, method)
    except CannotDevig:
        return None
    return (fair.probabilities, fair.margin) if fair.usable else None


def reference_line(points: Sequence[float]) -> float:
    """The line most of them hang; of several the nearest to their median, then to 0, then the lower."""
    counts: dict[float, int] = {}
    for point in points:
        counts[point] = counts.get(point, 0) + 1
    most = max(counts.values())
    modal = [point for point, count in counts.items() if count == most]
    if len(modal) == 1:
        return modal[0]
    middle = median(points)
    return min(modal, key=lambda point: (abs(point - middle), abs(point), point))


def consensus(
    pairs: Iterable[Pair],
    market: Market,
    model: Shifts | None,
    weights: Weights,
    *,
    at: Micros,
    without: str | None = None,
    minimum: int = MIN_FAMILIES,
) -> Consensus | None:
    """The consensus of one event's market at `at`, a family left out where `without` names one.

    `pairs` are of different books. None where fewer than `minimum` families are left that can be put at one line, with
    the same outcomes: books with and books without a draw are two markets, and the one more families quote is meant.
    """
    known = list(pairs)
    return _of_voices(
        known, _voices(known, without), market, None if model is None else model.shift, weights, at, minimum
    )


def _voices(pairs: Iterable[Pair], without: str | None) -> dict[str, Pair]:
    """Each family's voice: of its books the one that changed last."""
    voices: dict[str, Pair] = {}
    for one in pairs:
        known = voices.get(one.family)
        if one.family != without and (known is None or _speaks_before(one, known)):
            voices[one.family] = one
    return voices


def _speaks_before(one: Pair, other: Pair) -> bool:
    return one.changed > other.changed or (one.changed == other.changed and one.book < other.book)


Shift = Callable[[float, float, float], float]


def _of_voices(
    pairs: Sequence[Pair],
    voices: dict[str, Pair],
    market: Market,
    shift: Shift | None,
    weights: Weights,
    at: Micros,
    minimum: int,
) -> Consensus | None:
    heard: list[Pair] = list(voices.values())
    if len(heard) < max(minimum, 1):
        return None
    line: float | None = None
    if market is Market.H2H:
        heard = _same_outcomes(heard)
        fair = [one.fair for one in heard]
    else:
        line = reference_line([one.point for one in heard if one.point is not None])
        if shift is None:
            heard = [one for one in heard if one.point == line]
        fair = [_moved(one, line, shift) for one in heard]
    if len(heard) < minimum:
        return None
    shares = [1.0] * len(heard) if weights.equal else [weights.of(one.family, at - one.changed) for one in heard]
    books = len(heard)
    if len(pairs) != books:
        families = {one.family for one in heard}
        books = sum(1 for one in pairs if one.family in families)
    return _mean(line, fair, shares, books)


def _same_outcomes(voices: list[Pair]) -> list[Pair]:
    with_draw = sum(1 for one in voices if len(one.fair) == 3)
    if not with_draw:
        return voices
    outcomes = 3 if 2 * with_draw >= len(voices) else 2
    return [one for one in voices if len(one.fair) == outcomes]


def _moved(one: Pair, line: float, shift: Shift | None) -> tuple[float, ...]:
    point = one.point
    if shift is None or point is None or point == line:
        return one.fair
    p = min(max(shift(one.fair[0], point, line), PROBABILITY_LEAST), 1.0 - PROBABILITY_LEAST)
    return p, 1.0 - p


def _mean(line: float | None, fair: list[tuple[float, ...]], shares: list[float], books: int) -> Consensus | None:
    """The weighted mean in log-odds of probabilities at one line. None where nothing has weight."""
    most = max(shares)
    if not most > 0.0:
        return None
    if most != 1.0:
        shares = [w / most for w in shares]  # so that squares of small weights stay above 0
    whole = math.fsum(shares)
    if len(fair[0]) == 2:
        logs = [w * math.log(p / q) for w, (p, q) in zip(shares, fair, strict=True)]
        odds = math.exp(-math.fsum(logs) / whole)
        joined: tuple[float, ...] = (1.0 / (1.0 + odds), odds / (1.0 + odds))
    else:
        parts = [
            math.exp(math.fsum([w * math.log(p) for w, p in zip(shares, column, strict=True)]) / whole)
            for column in zip(*fair, strict=True)
        ]
        total = math.fsum(parts)
        joined = tuple(part / total for part in parts)
    dispersion = None
    if len(fair) > 1:
        centre = math.fsum([w * one[0] for w, one in zip(shares, fair, strict=True)]) / whole
        squares = math.fsum([w * (one[0] - centre) ** 2 for w, one in zip(shares, fair, strict=True)])
        dispersion = math.sqrt(squares / whole)
    effective = whole * whole / math.fsum([w * w for w in shares])
    return Consensus(line, joined, books, len(fair), effective, dispersion)
