"""What a bet promises before it is placed: its chance, what it pays, what it returns on average. Pure and exact."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from operator import add
from typing import Any, Final

from fairness.exact import WORDS, index_chances
from fairness.games import bars, chicken, dice, drill, limbo, pump, registry, roulette
from fairness.minima import combine, multiplier_words
from stake.values import Order

_DIGITS: Final = Context(prec=28)


@dataclass(frozen=True, slots=True)
class Prospects:
    """The chance to win, what a win pays for one unit, and the average return of one unit.

    A win is the bet's one payout; where it can pay several amounts, any that is more than the wager, and
    `payout_multiplier` is None. `reason` is a sentence, where something is None or in doubt because no source tells.
    """

    win_chance: Fraction | None
    payout_multiplier: Decimal | None
    return_to_player: Fraction | None
    reason: str = ""


def prospects(order: Order) -> Prospects:
    """What a checked order promises."""
    closed = _CLOSED_FORMS.get(order.game)
    return closed(order.options) if closed else _of_distribution(order)


def expected_loss(order: Order) -> Decimal | None:
    """What a bet of this amount loses on average, in its currency; None where no source tells what the game returns."""
    returned = prospects(order).return_to_player
    return None if returned is None else _DIGITS.multiply(order.amount, _decimal(1 - returned))


def _decimal(value: Fraction) -> Decimal:
    return _DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))


def _one_payout(chance: Fraction, multiplier: Fraction) -> Prospects:
    return Prospects(chance, _decimal(multiplier), chance * multiplier)


def _several(payouts: Mapping[Decimal, Fraction], reason: str = "") -> Prospects:
    """The prospects of a bet whose multipliers come up with these chances."""
    paying = [multiplier for multiplier, chance in payouts.items() if multiplier and chance]
    returned = sum((Fraction(multiplier) * chance for multiplier, chance in payouts.items()), Fraction(0))
    if len(paying) == 1:
        return Prospects(payouts[paying[0]], paying[0], returned, reason)
    winning = sum((chance for multiplier, chance in payouts.items() if multiplier > 1), Fraction(0))
    return Prospects(winning, None, returned, reason)


def _of_distribution(order: Order) -> Prospects:
    """For games whose result is what one unit returned."""
    game = registry.game(order.game)
    distribution = game.distribution(game.read_options(order.options))
    if distribution is None:
        return Prospects(None, None, None, game.unsourced or f"No source tells what {game.title} returns.")
    return _several(distribution, game.unsourced)


def _limbo(options: Mapping[str, Any]) -> Prospects:
    target = Fraction(options["target"])
    # The unfloored multiplier decides: a draw k reaches the target where 0.99 × 2^24 / (k + 1) >= target.
    reached = min(limbo.DRAWS, limbo.RETURN * limbo.DRAWS // target)
    return _one_payout(Fraction(reached, limbo.DRAWS), target)


def _dice(options: Mapping[str, Any]) -> Prospects:
    target = Fraction(options["target"])
    if options["condition"] == "above":
        won, chance_percent = 1 - _roll_below(target * 100 // 1 + 1), 100 - target
    else:
        won, chance_percent = _roll_below(-(-target * 100 // 1)), target
    return _one_payout(won, dice.RETURN_PERCENT / chance_percent)


def _roll_below(index: int) -> Fraction:
    """The chance that the roll, in hundredths, is below this number: how many words give such a roll."""
    return Fraction(-(-index * WORDS // dice.ROLLS), WORDS)


def _pump(options: Mapping[str, Any]) -> Prospects:
    chance = pump.probability_at_least(options["difficulty"], options["pumps"])
    return _one_payout(chance, pump.RETURN / chance)


def _chicken(options: Mapping[str, Any]) -> Prospects:
    chance = chicken.probability_at_least(options["difficulty"], options["lanes"])
    return _one_payout(chance, chicken.RETURN / chance)


def _drill(options: Mapping[str, Any]) -> Prospects:
    return _one_payout(drill.chance_at_least(options["target"]), Fraction(options["target"]))


def _roulette(options: Mapping[str, Any]) -> Prospects:
    bet = options["bet"]
    wins = frozenset(options["numbers"]) if bet == roulette.NUMBER else roulette.BETS[bet]
    chances = index_chances(roulette.POCKETS)
    chance = sum((chances[pocket] for pocket in wins), Fraction(0))
    return _one_payout(chance, Fraction(roulette.POCKETS - 1, len(wins)))


def _bars(options: Mapping[str, Any]) -> Prospects:
    # Which tiles are picked makes no difference. The totals are those that are paid, before any is floored.
    tiles = options["tiles"]
    totals = combine([multiplier_words(bars.PAYOUTS[options["difficulty"]])] * tiles, add)
    cases = WORDS**tiles
    returned = sum((Fraction(total) * words for total, words in totals.items()), Fraction(0)) / tiles / cases
    winning = Fraction(sum(words for total, words in totals.items() if total > tiles), cases)
    return Prospects(winning, None, returned)


_CLOSED_FORMS: Final[Mapping[str, Callable[[Mapping[str, Any]], Prospects]]] = {
    "limbo": _limbo,
    "dice": _dice,
    "pump": _pump,
    "chicken": _chicken,
    "drill": _drill,
    "roulette": _roulette,
    "bars": _bars,
}
