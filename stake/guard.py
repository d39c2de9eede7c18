"""Whether a wager keeps within the limits a person set. Pure: the sums are given, the answer is a sentence or nothing.

A bet counts as its whole wager lost until its outcome is known, and the wager at hand is taken as lost too: a limit
holds even if everything goes wrong that still can.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from streams.exactjson import plain


class LimitReached(Exception):
    """The bet would go over a limit. `code` names which; the text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NeedsConfirmation(LimitReached):
    """The wager is above what may be placed without being confirmed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person set for one currency; None is no such limit."""

    max_wager: Decimal | None = None
    daily_loss: Decimal | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    bets_per_minute: int | None = None
    confirm_above: Decimal | None = None  # a wager above it has to be confirmed


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits, and whose they are, as in "this session"."""

    whose: str
    currency: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Standing:
    """What the limits are compared with, in their currency. A result is payouts less wagers: a loss is below zero."""

    result_today: Decimal
    result_counted: Decimal  # since the limits were set, or counted anew
    at_risk: Decimal  # wagers whose outcome is not known yet
    bets_last_minute: int


def check(rules: Rules, standing: Standing, *, wager: Decimal, confirmed: bool) -> None:
    """Raise `LimitReached` for the first limit that this wager would break.

    Raises `NeedsConfirmation` where all that is missing is a confirmation.
    """
    for code, breaks in _LIMITS.items():
        if sentence := breaks(rules, standing, wager):
            raise LimitReached(code, sentence)
    if rules.limits.confirm_above is not None and wager > rules.limits.confirm_above and not confirmed:
        above = _money(rules.limits.confirm_above, rules)
        raise NeedsConfirmation(
            "confirmation", f"A wager above {above} has to be confirmed; this one is {_money(wager, rules)}."
        )


def _max_wager(rules: Rules, standing: Standing, wager: Decimal) -> str:
    if rules.limits.max_wager is None or wager <= rules.limits.max_wager:
        return ""
    return f"The wager of {_money(wager, rules)} is above the limit of {_limit(rules.limits.max_wager, rules)}."


def _bets_per_minute(rules: Rules, standing: Standing, wager: Decimal) -> str:
    if rules.limits.bets_per_minute is None or standing.bets_last_minute < rules.limits.bets_per_minute:
        return ""
    placed, most = standing.bets_last_minute, rules.limits.bets_per_minute
    return f"{placed} bets were placed within the last minute; the limit is {most} for {rules.whose}."


def _daily_loss(rules: Rules, standing: Standing, wager: Decimal) -> str:
    if rules.limits.daily_loss is None or _worst(standing.result_today, standing, wager) >= -rules.limits.daily_loss:
        return ""
    so_far = f"Today's result is {_result(standing.result_today, rules)}"
    return f"{so_far}; {_if_lost(standing)}, it passes the daily loss of {_limit(rules.limits.daily_loss, rules)}."


def _stop_loss(rules: Rules, standing: Standing, wager: Decimal) -> str:
    if rules.limits.stop_loss is None or _worst(standing.result_counted, standing, wager) >= -rules.limits.stop_loss:
        return ""
    so_far = f"The result counted is {_result(standing.result_counted, rules)}"
    return f"{so_far}; {_if_lost(standing)}, it passes the stop-loss of {_limit(rules.limits.stop_loss, rules)}."


def _take_profit(rules: Rules, standing: Standing, wager: Decimal) -> str:
    if rules.limits.take_profit is None or standing.result_counted < rules.limits.take_profit:
        return ""
    so_far = f"The result counted is {_result(standing.result_counted, rules)}"
    return f"{so_far}; it has reached the take-profit of {_limit(rules.limits.take_profit, rules)}."


# In the order in which a person would want to hear of them.
_LIMITS: Final[Mapping[str, Callable[[Rules, Standing, Decimal], str]]] = {
    "max_wager": _max_wager,
    "bets_per_minute": _bets_per_minute,
    "daily_loss": _daily_loss,
    "stop_loss": _stop_loss,
    "take_profit": _take_profit,
}


def _worst(result: Decimal, standing: Standing, wager: Decimal) -> Decimal:
    """What a result may still become."""
    return result - standing.at_risk - wager


def _if_lost(standing: Standing) -> str:
    return "if this bet and those still open are lost" if standing.at_risk else "if this bet is lost"


def _limit(amount: Decimal, rules: Rules) -> str:
    return f"{_money(amount, rules)} for {rules.whose}"


def _money(amount: Decimal, rules: Rules) -> str:
    return f"{plain(amount)} {rules.currency}"


def _result(amount: Decimal, rules: Rules) -> str:
    return f"{'+' if amount > 0 else ''}{_money(amount, rules)}"
