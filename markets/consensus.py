"""What the books together hold for fair, at one line. Pure.

Each book's two or three prices are de-vigged; books of one operator are one voice (`markets.families`): the one that
changed last, by name where they changed together. The line most families hang is the reference, each voice's fair
probability is moved to it by the sport's model, and the consensus is the weighted mean in log-odds (with a draw: of
the logarithms, renormalised). Without a model the voices at other lines are left out.

Sums are exact before they are rounded (`math.fsum`), so the order of the books changes no digit.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from statistics import median
from typing import Final, NamedTuple, Protocol

from markets.devig import EVEN_WITHIN, CannotDevig, Method, devig
from markets.families import family_of
from markets.odds import PROFIT_LEAST, PROFIT_MOST
from markets.quotes import SIDES, Market, Micros, Quote, Side
from markets.weights import Weights

MIN_FAMILIES: Final = 5  # that quote a market; below it signals have no consensus
MIN_FAMILIES_CLOSE: Final = 3  # a closing price is worth more with fewer books than none
MIN_AT_LINE: Final = 3  # of them, that can be put at one line: fewer, where there is no model to move the others
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


def moved(one: Pair, line: float | None, model: Shifts | None) -> tuple[float, ...] | None:
    """A book's fair probabilities told at another line: what it would hold for fair there.

    None where it hangs another line and there is no model, or the model knows no such line.
    """
    point = one.point
    if point == line or point is None or line is None:
        return one.fair if point == line else None
    if model is None:
        return None
    try:
        shifted = model.shift(one.fair[0], point, line)
    except ValueError:
        return None
    p = min(max(shifted, PROBABILITY_LEAST), 1.0 - PROBABILITY_LEAST)
    return p, 1.0 - p


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

    `pairs` are of different books. None where fewer than `minimum` families quote the market, or fewer than
    `MIN_AT_LINE` of them (`minimum`, if that is less) can be put at one line with the same outcomes: books with and
    books without a draw are two markets, and the one more families quote is meant.
    """
    known = [one for one in pairs if one.family != without]
    heard = list(voices_of(known).values())
    if len(heard) < minimum or not heard:
        return None
    line: float | None = None
    if market is Market.H2H:
        heard = _same_outcomes(heard)
    else:
        line = reference_line([one.point for one in heard if one.point is not None])
    placed = [(one, fair) for one in heard if (fair := moved(one, line, model)) is not None]
    if not is_enough(len(placed), minimum):
        return None
    books = len(placed)
    if len(known) != books:
        families = {one.family for one, _ in placed}
        books = sum(1 for one in known if one.family in families)
    shares = None if weights.equal else [weights.of(one.family, at - one.changed) for one, _ in placed]
    if len(placed[0][1]) == 3:
        return _mean_of_three([fair for _, fair in placed], shares or [1.0] * len(placed), books)
    log_odds = [math.log(fair[0] / fair[1]) for _, fair in placed]
    return mean_of(line, [fair[0] for _, fair in placed], log_odds, shares, books)


def is_enough(placed: int, minimum: int) -> bool:
    """Whether so many voices at one line are a consensus, where at least `minimum` families quote the market."""
    return placed >= max(min(minimum, MIN_AT_LINE), 1)


def voices_of(pairs: Iterable[Pair]) -> dict[str, Pair]:
    """Each family's voice: of its books the one that changed last."""
    voices: dict[str, Pair] = {}
    for one in pairs:
        known = voices.get(one.family)
        if known is None or speaks_before(one, known):
            voices[one.family] = one
    return voices


def speaks_before(one: Pair, other: Pair) -> bool:
    return one.changed > other.changed or (one.changed == other.changed and one.book < other.book)


def _same_outcomes(voices: list[Pair]) -> list[Pair]:
    with_draw = sum(1 for one in voices if len(one.fair) == 3)
    if not with_draw:
        return voices
    outcomes = 3 if 2 * with_draw >= len(voices) else 2
    return [one for one in voices if len(one.fair) == outcomes]


def mean_of(
    line: float | None, probabilities: list[float], log_odds: list[float], shares: list[float] | None, books: int
) -> Consensus | None:
    """The mean in log-odds of the canonical side's probabilities at one line; `shares` None where all weigh the same.

    None where nothing has weight.
    """
    voices = len(probabilities)
    if shares is None:
        whole = effective = float(voices)
        middle = math.fsum(log_odds) / whole
        centre = math.fsum(probabilities) / whole
        squares = math.fsum([(p - centre) ** 2 for p in probabilities])
    else:
        scaled = _scaled(shares)
        if scaled is None:
            return None
        whole, effective = math.fsum(scaled), _effective(scaled)
        middle = math.fsum([w * log for w, log in zip(scaled, log_odds, strict=True)]) / whole
        centre = math.fsum([w * p for w, p in zip(scaled, probabilities, strict=True)]) / whole
        squares = math.fsum([w * (p - centre) ** 2 for w, p in zip(scaled, probabilities, strict=True)])
    against = math.exp(-middle)
    whole_odds = 1.0 + against
    dispersion = math.sqrt(squares / whole) if voices > 1 else None
    return Consensus(line, (1.0 / whole_odds, against / whole_odds), books, voices, effective, dispersion)


def _mean_of_three(fair: list[tuple[float, ...]], shares: list[float], books: int) -> Consensus | None:
    """With a draw: the means of the logarithms of each outcome, renormalised."""
    scaled = _scaled(shares)
    if scaled is None:
        return None
    whole = math.fsum(scaled)
    parts = [
        math.exp(math.fsum([w * math.log(p) for w, p in zip(scaled, column, strict=True)]) / whole)
        for column in zip(*fair, strict=True)
    ]
    total = math.fsum(parts)
    centre = math.fsum([w * one[0] for w, one in zip(scaled, fair, strict=True)]) / whole
    squares = math.fsum([w * (one[0] - centre) ** 2 for w, one in zip(scaled, fair, strict=True)])
    dispersion = math.sqrt(squares / whole) if len(fair) > 1 else None
    joined = tuple(part / total for part in parts)
    return Consensus(None, joined, books, len(fair), _effective(scaled), dispersion)


def _scaled(shares: list[float]) -> list[float] | None:
    """The weights as parts of the largest, so that no square of one vanishes; None where there is no weight."""
    most = max(shares)
    return [w / most for w in shares] if most > 0.0 else None


def _effective(shares: list[float]) -> float:
    return math.fsum(shares) ** 2 / math.fsum([w * w for w in shares])
