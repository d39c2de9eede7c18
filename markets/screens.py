"""What stands out among the prices of several books: arbitrage, middles, low hold, value against a fair price. Pure.

A screen looks at quotes as they stood at a moment that is passed in, and only at those young enough: on recorded games
the largest "arbitrages" were prices that nobody offered any more. Amounts are decimals. Whether there is an arbitrage
is decided on exact numbers; what a screen promises is what is left after every wager and payout is rounded.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from markets import checked
from markets.checked import BadNumber, Number
from markets.staking import DEFAULT_FRACTION, Bet, expected_value, kelly

OUTCOMES_MAX: Final = 1_000
LINE_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Quote:
    """A book's decimal odds on one outcome, and when the book last said so (aware). Raises `BadNumber`."""

    outcome: str
    book: str
    odds: Number
    at: datetime

    def __post_init__(self) -> None:
        checked.odds(self.odds)
        _aware(self.at)

    @property
    def price(self) -> Fraction:
        """The odds, exactly."""
        return checked.odds(self.odds)


@dataclass(frozen=True, slots=True)
class Market:
    """All outcomes of one market, of which exactly one wins, and the quotes on them.

    The outcomes are named because quotes cannot tell: without the draw a three-way market looks like an arbitrage.
    Raises `BadNumber` for fewer than two outcomes, one named twice, or a quote on another.
    """

    name: str
    outcomes: tuple[str, ...]
    quotes: tuple[Quote, ...]

    def __post_init__(self) -> None:
        if not 2 <= len(self.outcomes) <= OUTCOMES_MAX:
            raise BadNumber(f"outcomes must be 2 to {OUTCOMES_MAX}.")
        if len(set(self.outcomes)) != len(self.outcomes):
            raise BadNumber("outcomes must differ from each other.")
        if any(quote.outcome not in self.outcomes for quote in self.quotes):
            raise BadNumber("quotes must be on the market's outcomes.")


@dataclass(frozen=True, slots=True)
class Best:
    """The best quote on each outcome of a market, in the order of its outcomes, and the oldest one's age."""

    market: str
    quotes: tuple[Quote, ...]
    oldest: timedelta

    @property
    def booksum(self) -> Fraction:
        """The sum of 1/odds: below 1 is an arbitrage."""
        return sum((1 / quote.price for quote in self.quotes), Fraction(0))

    @property
    def hold(self) -> float:
        """What is kept of all wagers when each outcome is paid alike: 1 - 1/booksum; below 0 it is the bettor's."""
        return float(1 - 1 / self.booksum)


@dataclass(frozen=True, slots=True)
class Arbitrage:
    """A division of an amount that pays about the same whatever wins.

    `roi` is the return of the exact division, 1/booksum - 1. `profits` are what each outcome leaves after rounding;
    `guaranteed` is the least of them, of the outcome `worst`. Too coarse a step makes it a loss, and then it says so.
    """

    best: Best
    roi: float
    shares: tuple[float, ...]
    wagers: tuple[Decimal, ...]
    profits: tuple[Decimal, ...]
    guaranteed: Decimal
    worst: str

    @property
    def is_safe(self) -> bool:
        """Whether money is made whatever wins, after rounding."""
        return self.guaranteed > 0


def standing(quotes: Iterable[Quote], *, at: datetime, max_age: timedelta) -> list[Quote]:
    """The quotes that were known at that moment and not older than `max_age`; later ones did not exist yet."""
    _aware(at)
    if max_age < timedelta(0):
        raise BadNumber("max_age must be 0 or more.")
    return [quote for quote in quotes if timedelta(0) <= at - quote.at <= max_age]


def best_prices(market: Market, *, at: datetime, max_age: timedelta) -> Best | None:
    """The best standing quote on each outcome; None if one has none. Of equal odds the youngest, then by book."""
    found: dict[str, Quote] = {}
    for quote in sorted(standing(market.quotes, at=at, max_age=max_age), key=lambda quote: quote.book):
        held = found.get(quote.outcome)
        if held is None or (quote.price, quote.at) > (held.price, held.at):
            found[quote.outcome] = quote
    if len(found) < len(market.outcomes):
        return None
    quotes = tuple(found[outcome] for outcome in market.outcomes)
    return Best(market.name, quotes, oldest=max(at - quote.at for quote in quotes))


def low_holds(markets: Iterable[Market], *, at: datetime, max_age: timedelta, most: Number = 1) -> list[Best]:
    """The markets whose best prices hold at most `most` (0.01 is 1 %), the lowest first, then by name."""
    limit = checked.exact(most, "most")
    found = (best_prices(market, at=at, max_age=max_age) for market in markets)
    low = [best for best in found if best is not None and 1 - 1 / best.booksum <= limit]
    return sorted(low, key=lambda best: (-1 / best.booksum, best.market))


def arbitrage(
    market: Market,
    *,
    total: Decimal,
    step: Decimal,
    at: datetime,
    max_age: timedelta,
    payout_step: Decimal | None = None,
) -> Arbitrage | None:
    """The division of `total` over the best prices if they sum to less than 1, else None.

    Wagers are whole steps that add up to the total rounded down to the step, by largest remainder; payouts are rounded
    down to `payout_step` (the step unless given), as books do. Raises `BadNumber`.
    """
    best = best_prices(market, at=at, max_age=max_age)
    unit = checked.step(step)
    paid_in = checked.step(payout_step, "payout_step") if payout_step is not None else unit
    amount = checked.money(total, "total")
    if best is None or best.booksum >= 1:
        return None
    parts = [1 / quote.price for quote in best.quotes]
    wagers = [checked.times(steps, unit) for steps in checked.split(amount, parts, unit)]
    spent = checked.times(checked.steps_in(amount, unit), unit)
    profits = [
        checked.minus(_paid(wager, quote.price, paid_in), spent)
        for wager, quote in zip(wagers, best.quotes, strict=True)
    ]
    worst = min(range(len(profits)), key=lambda i: profits[i])
    return Arbitrage(
        best=best,
        roi=float(1 / best.booksum - 1),
        shares=tuple(float(part / best.booksum) for part in parts),
        wagers=tuple(wagers),
        profits=tuple(profits),
        guaranteed=profits[worst],
        worst=best.quotes[worst].outcome,
    )


class Chance(NamedTuple):
    """The fair probabilities that an outcome wins and that its wager comes back."""

    win: Number
    push: Number = 0


@dataclass(frozen=True, slots=True)
class Value:
    """A quote above its fair price: the expected profit of a wager of 1, a wager by Kelly, and the quote's age."""

    quote: Quote
    fair: Chance
    expected: float
    wager: float
    age: timedelta


def values(
    market: Market,
    fair: Mapping[str, Chance],
    *,
    at: datetime,
    max_age: timedelta,
    least: Number = 0,
    fraction: Number = DEFAULT_FRACTION,
    cap: Number = 1,
) -> list[Value]:
    """Every standing quote with an expected profit above `least` (0.02 is 2 %), the highest first, then by name.

    Outcomes without a fair probability are left out. `fraction` and `cap` are those of `staking.kelly`.
    Raises `BadNumber`.
    """
    limit = checked.exact(least, "least")
    if limit < 0:
        raise BadNumber("least must be 0 or more.")
    found = []
    for quote in standing(market.quotes, at=at, max_age=max_age):
        if quote.outcome in fair:
            chance = fair[quote.outcome]
            bet = Bet(quote.odds, chance.win, chance.push)
            if bet.edge > limit:
                wager = kelly(bet, fraction=fraction, cap=cap)
                found.append(Value(quote, chance, expected_value(bet), wager, at - quote.at))
    return sorted(found, key=lambda value: (-value.expected, value.quote.outcome, value.quote.book))


class Landing(StrEnum):
    """Where a result lands against the two lines of a middle."""

    BELOW = "below"  # the low line loses, the high line wins
    AT_LOW = "at low"  # the low line pushes, the high line wins
    BETWEEN = "between"  # both win
    AT_HIGH = "at high"  # the low line wins, the high line pushes
    ABOVE = "above"  # the low line wins, the high line loses


@dataclass(frozen=True, slots=True)
class Middle:
    """Over a low line and under a higher one of the same market, with the profit of each landing that can happen.

    `break_even` is the probability of "both win" from which the pair is worth it if no push ever happens and the worse
    side happens otherwise; 0 if no side loses, and None if no whole number lies between the lines, or even "both win"
    loses.
    """

    wagers: tuple[Decimal, Decimal]
    profits: Mapping[Landing, Decimal]
    break_even: float | None

    @property
    def guaranteed(self) -> Decimal:
        """The profit of the worst landing, usually a loss."""
        return min(self.profits.values())


def middle(low: tuple[Number, Number], high: tuple[Number, Number], *, total: Decimal, step: Decimal) -> Middle:
    """What (line, odds) over the low line and (line, odds) under the high line pay, for whole results.

    The total is divided so that both sides pay alike, in whole steps; payouts are rounded down to the step. For a
    spread the results are the favourite's margin: favourite -2.5 and underdog +4.5 are over 2.5 and under 4.5.
    Raises `BadNumber` for lines that are no halves or wholes, or the low one not below the high one.
    """
    low_line, high_line = _line(low[0], "low line"), _line(high[0], "high line")
    if low_line >= high_line:
        raise BadNumber("low line must be below high line.")
    prices = (checked.odds(low[1], "low odds"), checked.odds(high[1], "high odds"))
    unit = checked.step(step)
    steps = checked.split(checked.money(total, "total"), [1 / price for price in prices], unit)
    over, under = (checked.times(each, unit) for each in steps)
    over_paid, under_paid = _paid(over, prices[0], unit), _paid(under, prices[1], unit)
    over_won, under_won = checked.minus(over_paid, over), checked.minus(under_paid, under)
    table = {
        Landing.BELOW: checked.minus(under_won, over),
        Landing.AT_LOW: under_won,
        Landing.BETWEEN: checked.minus(over_won, -under_won),
        Landing.AT_HIGH: over_won,
        Landing.ABOVE: checked.minus(over_won, under),
    }
    possible = _landings(low_line, high_line)
    profits = {landing: profit for landing, profit in table.items() if landing in possible}
    return Middle((over, under), profits, _break_even(profits))


def expected_profit(pair: Middle, chances: Mapping[Landing, Number]) -> float:
    """The expected profit of a middle, in its money. Raises `BadNumber` if the probabilities do not make 1."""
    for landing in chances:
        if landing not in pair.profits:
            raise BadNumber(f"A result cannot land {landing} these lines.")
    weighed = {landing: checked.share(chance, str(landing)) for landing, chance in chances.items()}
    if abs(sum(weighed.values(), Fraction(0)) - 1) > checked.SLACK:
        raise BadNumber("The probabilities of all landings must be 1 together.")
    return float(sum(chance * Fraction(pair.profits[landing]) for landing, chance in weighed.items()))


def hold(odds: Sequence[Number]) -> float:
    """What one book keeps of wagers that it pays alike whatever wins: 1 - 1/booksum. Raises `BadNumber`."""
    if not 2 <= len(odds) <= OUTCOMES_MAX:
        raise BadNumber(f"odds must be of 2 to {OUTCOMES_MAX} outcomes.")
    return float(1 - 1 / sum((1 / checked.odds(each) for each in odds), Fraction(0)))


def _landings(low: Fraction, high: Fraction) -> set[Landing]:
    """The landings that a whole number can have."""
    can = {Landing.BELOW, Landing.ABOVE}
    if low.denominator == 1:
        can.add(Landing.AT_LOW)
    if high.denominator == 1:
        can.add(Landing.AT_HIGH)
    if low // 1 + 1 < high:
        can.add(Landing.BETWEEN)
    return can


def _break_even(profits: Mapping[Landing, Decimal]) -> float | None:
    """The probability of the middle that pays for the worse side."""
    if Landing.BETWEEN not in profits:
        return None
    worse = Fraction(min(profits[Landing.BELOW], profits[Landing.ABOVE]))
    if worse >= 0:
        return 0.0
    both = Fraction(profits[Landing.BETWEEN])
    # Payouts rounded down to a coarse step may lose even when both win; then no probability is enough.
    return float(-worse / (both - worse)) if both > 0 else None


def _paid(wager: Decimal, price: Fraction, unit: Decimal) -> Decimal:
    """What a winning wager pays, its own amount included, rounded down."""
    return checked.times(checked.steps_in(Fraction(wager) * price, unit), unit)


def _line(value: Number, name: str) -> Fraction:
    """A line in whole or half points. Raises `BadNumber`."""
    line = checked.exact(value, name)
    if not -LINE_MAX <= line <= LINE_MAX or (2 * line).denominator != 1:
        raise BadNumber(f"{name} must be in whole or half points, from -{LINE_MAX} to {LINE_MAX}.")
    return line


def _aware(moment: datetime) -> None:
    """Times without a zone cannot be compared. Raises `BadNumber`."""
    if moment.tzinfo is None:
        raise BadNumber("at must be a time with its zone.")
