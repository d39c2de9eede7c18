"""How much of a bankroll to wager: Kelly for one bet, several at once, and outcomes that exclude each other. Pure.

Wagers are fractions of the bankroll. Odds are decimal; an edge is decided on exact numbers, so a bet without one gets 0
and not a rounding error. Kelly takes the given probabilities as true; as they never are, a quarter is the default.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from markets import checked
from markets.checked import BadNumber, Number

DEFAULT_FRACTION: Final = 0.25
TOGETHER_MAX: Final = 8  # independent bets at once: with pushes their outcomes are 3**8 = 6,561
LOSE_MIN: Final = Fraction(1, 1_000)  # of each bet at once: surer ones bring floats to their limits
EXCLUSIVE_MAX: Final = 1_000  # outcomes of one market
GROWTH_TOLERANCE: Final = 1e-10  # growth per round that `kelly_together` may leave unfound, proved for each answer
_ROUNDS: Final = 200
_STILL: Final = 1e-13  # no wager moves by more: Newton's method has arrived


class NotSolved(ArithmeticError):
    """The best wagers were not found within `GROWTH_TOLERANCE`; none are given instead of wrong ones."""


@dataclass(frozen=True, slots=True)
class Bet:
    """One bet as it is judged: decimal odds, and the probabilities that it wins and that its wager comes back.

    Raises `BadNumber` for odds not above 1, probabilities outside 0 to 1, or more than 1 together.
    """

    odds: Number
    win: Number
    push: Number = 0

    def __post_init__(self) -> None:
        checked.odds(self.odds)
        if checked.share(self.win, "win") + checked.share(self.push, "push") > 1 + checked.SLACK:
            raise BadNumber("win and push must be at most 1 together.")

    @property
    def profit(self) -> Fraction:
        """What a winning wager of 1 earns."""
        return checked.odds(self.odds) - 1

    @property
    def chance(self) -> Fraction:
        """The probability that it wins."""
        return checked.share(self.win, "win")

    @property
    def lose(self) -> Fraction:
        """The probability that the wager is lost."""
        return max(Fraction(0), 1 - self.chance - checked.share(self.push, "push"))

    @property
    def edge(self) -> Fraction:
        """The expected profit of a wager of 1."""
        return self.chance * self.profit - self.lose


def expected_value(bet: Bet) -> float:
    """The expected profit of a wager of 1: win * odds + push - 1."""
    return float(bet.edge)


def expected_growth(bet: Bet, wager: Number) -> float:
    """The expected logarithm of what the bankroll is multiplied by; minus infinity where all of it can be lost."""
    part = checked.share(wager, "wager")
    return _log_sum([(float(bet.chance), float(part * bet.profit)), (float(bet.lose), -float(part))])


def kelly(bet: Bet, *, fraction: Number = DEFAULT_FRACTION, cap: Number = 1) -> float:
    """The wager that grows a bankroll fastest, times `fraction`, at most `cap`; 0 without an edge.

    With pushes it is (win * profit - lose) / ((win + lose) * profit): a push leaves the bankroll as it was, so it
    changes how often something happens and not how much to risk when it does.
    """
    return float(min(checked.share(cap, "cap"), checked.share(fraction, "fraction") * _full(bet)))


def kelly_together(
    bets: Sequence[Bet], *, fraction: Number = DEFAULT_FRACTION, cap: Number = 1, cap_all: Number = 1
) -> list[float]:
    """Wagers on independent bets that stand at the same time, in their order; growth is maximal over all outcomes.

    Method: damped Newton on the expected logarithm over every combination of win, push and loss. A bet enters only
    when it has an edge of its own: at a wager of 0 its derivative is its edge times a positive number, whatever the
    other bets are. The answer's growth is proved to be within `GROWTH_TOLERANCE` of the best by the duality gap.
    Then `fraction` scales all, `cap` limits each, and `cap_all` scales all down until they are at most that together.

    Raises `BadNumber` for more than `TOGETHER_MAX` bets, or several with an edge of which one loses less often than
    `LOSE_MIN` (nearly all of the bankroll would go there), `NotSolved` if the numbers are too extreme for floats.
    """
    if len(bets) > TOGETHER_MAX:
        raise BadNumber(f"At most {TOGETHER_MAX} bets can be weighed at once.")
    entering = [i for i, bet in enumerate(bets) if bet.edge > 0]
    if len(entering) > 1 and any(bets[i].lose < LOSE_MIN for i in entering):
        raise BadNumber("Each bet weighed beside others must lose with a probability of 0.001 or more.")
    wagers = [0.0] * len(bets)
    for i, wager in zip(entering, _fastest([bets[i] for i in entering]), strict=True):
        wagers[i] = wager
    return _limited(wagers, fraction, cap, cap_all)


def growth_together(bets: Sequence[Bet], wagers: Sequence[Number]) -> float:
    """The expected growth of wagers on independent bets at once; minus infinity where all can be lost."""
    if len(bets) > TOGETHER_MAX:
        raise BadNumber(f"At most {TOGETHER_MAX} bets can be weighed at once.")
    parts = _together(bets, wagers)
    return _log_sum([(chance, _dot(returns, parts)) for chance, returns in _combinations(bets)])


def kelly_exclusive(
    bets: Sequence[Bet], *, fraction: Number = DEFAULT_FRACTION, cap: Number = 1, cap_all: Number = 1
) -> list[float]:
    """Wagers on outcomes of one market of which at most one wins, in their order; exact before the limits.

    Method (Smoczynski and Tomkins, 2010): outcomes by win * odds, the largest first; each enters while that exceeds
    the reserve rate R = (1 - sum of win) / (1 - sum of 1/odds) of those that are in; the wager is win - R / odds. So an
    outcome without an edge may get a wager: it pays when the others fail. Win probabilities within 1e-9 of 1 together
    are scaled to it. Limits as in `kelly_together`.

    Raises `BadNumber` for pushes, probabilities above 1 together, or more than `EXCLUSIVE_MAX` outcomes.
    """
    chances = _exclusive(bets)
    prices = [bet.profit + 1 for bet in bets]
    reserve, left, room = Fraction(1), Fraction(1), Fraction(1)
    entering = set()
    for i in sorted(range(len(bets)), key=lambda i: chances[i] * prices[i], reverse=True):
        if chances[i] * prices[i] <= reserve:
            break
        # `room` stays above 0: entering means chance * room > left / odds, and left >= chance.
        entering.add(i)
        left -= chances[i]
        room -= 1 / prices[i]
        reserve = left / room
    wagers = [float(chances[i] - reserve / prices[i]) if i in entering else 0.0 for i in range(len(bets))]
    return _limited(wagers, fraction, cap, cap_all)


def growth_exclusive(bets: Sequence[Bet], wagers: Sequence[Number]) -> float:
    """The expected growth of wagers on outcomes of which at most one wins; what they leave open loses all of them."""
    chances, parts = _exclusive(bets), _together(bets, wagers)
    spent = math.fsum(parts)
    cases = [
        (float(chance), part * float(bet.profit + 1) - spent)
        for bet, chance, part in zip(bets, chances, parts, strict=True)
    ]
    return _log_sum([*cases, (float(1 - sum(chances)), -spent)])


def amount(wager: Number, bankroll: Decimal, step: Decimal) -> Decimal:
    """A wager as money: that part of the bankroll, rounded down to the currency's step. Raises `BadNumber`."""
    unit = checked.step(step)
    part = checked.share(wager, "wager") * checked.money(bankroll, "bankroll")
    return checked.times(checked.steps_in(part, unit), unit)


def _full(bet: Bet) -> Fraction:
    """All of Kelly for one bet, exactly."""
    if bet.edge <= 0:
        return Fraction(0)
    return bet.edge / ((bet.chance + bet.lose) * bet.profit)


def _limited(wagers: list[float], fraction: Number, cap: Number, cap_all: Number) -> list[float]:
    """The wagers after the three limits that a person sets."""
    scale, most = float(checked.share(fraction, "fraction")), float(checked.share(cap, "cap"))
    most_all = float(checked.share(cap_all, "cap_all"))
    held = [min(most, scale * wager) for wager in wagers]
    spent = math.fsum(held)
    return [wager * most_all / spent for wager in held] if spent > most_all else held


def _exclusive(bets: Sequence[Bet]) -> list[Fraction]:
    """The win probabilities of one market's outcomes, checked, and scaled to 1 if they are that but for rounding."""
    if len(bets) > EXCLUSIVE_MAX:
        raise BadNumber(f"A market may have {EXCLUSIVE_MAX} outcomes.")
    if any(bet.push for bet in bets):
        raise BadNumber("push must be 0 where outcomes exclude each other.")
    chances = [bet.chance for bet in bets]
    total = sum(chances, Fraction(0))
    if total > 1 + checked.SLACK:
        raise BadNumber("win must be at most 1 over all outcomes together.")
    return [chance / total for chance in chances] if total >= 1 - checked.SLACK else chances


def _together(bets: Sequence[Bet], wagers: Sequence[Number]) -> list[float]:
    """The wagers, checked: one a bet, at most the bankroll together."""
    if len(wagers) != len(bets):
        raise BadNumber("wagers must be one for each bet.")
    parts = [checked.share(wager, "wager") for wager in wagers]
    if sum(parts) > 1 + checked.SLACK:
        raise BadNumber("wagers must be at most 1 together.")
    return [float(part) for part in parts]


def _log_sum(cases: Sequence[tuple[float, float]]) -> float:
    """The expected logarithm of 1 + return over (probability, return)."""
    if any(chance > 0 and back <= -1 for chance, back in cases):
        return -math.inf
    return math.fsum(chance * math.log1p(back) for chance, back in cases if chance > 0)


Case = tuple[float, tuple[float, ...]]  # the probability of a combination, and each bet's return for a wager of 1


def _combinations(bets: Sequence[Bet]) -> list[Case]:
    """Every combination of results that can happen."""
    results = []
    for bet in bets:
        push = 1 - bet.chance - bet.lose
        ways = [(bet.chance, bet.profit), (bet.lose, Fraction(-1)), (push, Fraction(0))]
        results.append([(float(chance), float(back)) for chance, back in ways if chance > 0])
    return [
        (math.prod(chance for chance, _ in combination), tuple(back for _, back in combination))
        for combination in itertools.product(*results)
    ]


def _dot(left: Sequence[float], right: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _fastest(bets: Sequence[Bet]) -> list[float]:
    """The wagers of fastest growth, for bets that all have an edge and can lose."""
    if not bets:
        return []
    if len(bets) == 1:
        return [float(_full(bets[0]))]
    cases = _combinations(bets)
    # Inside the domain: each is below 1, so together they are too. That all bets lose has a probability above 0,
    # so the logarithm itself keeps the sum below 1 from here on.
    wagers = [float(_full(bet)) / len(bets) for bet in bets]
    for _ in range(_ROUNDS):
        slope, curve = _derivatives(cases, wagers)
        move = _solved(curve, slope)
        following = _moved(cases, wagers, move, gain=_dot(slope, move))
        furthest = max(abs(a - b) for a, b in zip(wagers, following, strict=True))
        wagers = following
        if furthest <= _STILL:
            break
    wagers = [max(0.0, wager) for wager in wagers]
    slope, _ = _derivatives(cases, wagers)
    # A concave function lies below its tangent: nothing among "wagers of 0 or more, 1 together" grows faster by more.
    if not max(0.0, *slope) - _dot(slope, wagers) <= GROWTH_TOLERANCE:
        raise NotSolved("The best wagers on these bets cannot be told closely enough.")
    return wagers


def _derivatives(cases: Sequence[Case], wagers: Sequence[float]) -> tuple[list[float], list[list[float]]]:
    """The slope of the growth, and minus its second derivatives."""
    size = range(len(wagers))
    slope, curve = [0.0 for _ in size], [[0.0 for _ in size] for _ in size]
    for chance, returns in cases:
        wealth = 1 + _dot(returns, wagers)
        pulls = [back / wealth for back in returns]
        for i in size:
            weighed = chance * pulls[i]
            slope[i] += weighed
            row = curve[i]
            for j in range(i + 1):
                row[j] += weighed * pulls[j]
    for i in size:
        for j in range(i):
            curve[j][i] = curve[i][j]
    return slope, curve


def _solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The solution of a small system by elimination with pivots. Raises `NotSolved` where there is none."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        if rows[i][i] == 0:
            raise NotSolved("The best wagers on these bets cannot be told apart.")
        for k in range(i + 1, size):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    found = [0.0] * size
    for i in reversed(range(size)):
        found[i] = (rows[i][size] - _dot(rows[i][i + 1 : size], found[i + 1 :])) / rows[i][i]
    return found


def _moved(cases: Sequence[Case], wagers: list[float], move: Sequence[float], *, gain: float) -> list[float]:
    """The wagers after as much of Newton's step as stays possible and grows; unmoved where no part of it does."""
    growth = _log_sum([(chance, _dot(returns, wagers)) for chance, returns in cases])
    part = 1.0
    while part > 1e-12:
        tried = [wager + part * by for wager, by in zip(wagers, move, strict=True)]
        reached = _log_sum([(chance, _dot(returns, tried)) for chance, returns in cases])
        # Below 1e-10 the gain drowns in the rounding of the logarithms; there the full step is right.
        if reached >= growth + 1e-4 * part * gain or (gain < 1e-10 and reached > -math.inf):
            return tried
        part /= 2
    return wagers
