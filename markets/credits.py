"""The credit ledger: what every request to the provider may cost, is written down before it is sent.

A row is made first, with the most that its call may be charged; the answer's own figure takes its place. A request that
was sent and never answered counts in full, so a process that is killed forgets no credits. Rows are made one at a time
over all processes, so together they stay within the budget. What was asked of a simulator is counted by itself.
The day's budget is polling's: what history costs has a cap of its own, and does not stop the polls of the next day.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import connection, transaction
from django.db.models import Case, F, IntegerField, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from markets.planner import Spending
from markets.provider import errors
from markets.provider.client import Outcome
from markets.provider.contract import Call
from markets.provider.errors import BudgetRefused, Limit
from markets.provider_models import ProviderCall
from markets.quotes import to_micros

DAY: Final = timedelta(days=1)
# Any fixed numbers: they name this lock among the database's advisory locks.
LOCK: Final = 7_030_201
COLUMN_MAX: Final = 2**31 - 1  # of a PositiveIntegerField
UNANSWERED: Final = "UNANSWERED"

# What a row counts for. A refusal is free, and so is what never left this machine.
COUNTED: Final = Coalesce(
    "credits",
    Case(
        When(status__gte=400, then=Value(0)),
        When(error=errors.NOT_CONNECTED, then=Value(0)),
        default=F("expected_credits"),
        output_field=IntegerField(),
    ),
)


class Balance(NamedTuple):
    """Credits, as the provider last told them and as the ledger counts them."""

    remaining: int | None
    used: int | None
    told_at: datetime | None
    counted_day: int  # in the last 24 hours
    counted_month: int  # since the first of the month, UTC, when the provider starts anew
    unanswered: int  # calls of that month of which no answer came


class Ledger:
    """Writes requests down for one run of a command, or for the poller. Not for several threads at once."""

    def __init__(
        self,
        *,
        is_simulated: bool,
        now: Callable[[], datetime],
        daily: int | None = None,
        most: int | None = None,
        least_remaining: int = 0,
    ) -> None:
        """`daily` is the budget of any 24 hours, `most` what this run may spend; None: as much as there is."""
        self._is_simulated, self._now = is_simulated, now
        self._daily, self._most, self._least_remaining = daily, most, least_remaining
        self._open: dict[int, int] = {}
        self.spent = 0  # by this run; what is not answered counts in full
        self.calls = 0

    def before(self, call: Call, attempt: int) -> int:
        """Set the call's credits aside; the number of its row. Raises `BudgetRefused`, and writes nothing then."""
        at = self._now()
        if self._most is not None and self.spent + call.credits > self._most:
            raise BudgetRefused(
                Limit.RUN,
                f"This may cost {call.credits} credits, and {self._most - self.spent} of {self._most} are left.",
            )
        with transaction.atomic():
            if call.credits:
                _lock(self._is_simulated)
                self._check(call.credits, at)
            row = ProviderCall.objects.create(
                at=at,
                is_simulated=self._is_simulated,
                endpoint=call.endpoint,
                sport=call.sport,
                attempt=attempt,
                expected_credits=call.credits,
                error=UNANSWERED,
                milliseconds=0,
            )
        self._open[row.pk] = call.credits
        self.spent += call.credits
        self.calls += 1
        return row.pk

    def after(self, number: int, outcome: Outcome) -> None:
        """Note what came of it; the answer's own figure counts where it has one."""
        told = outcome.usage.last
        ProviderCall.objects.filter(pk=number).update(
            credits=None if told is None else min(told, COLUMN_MAX),
            used=outcome.usage.used,
            remaining=outcome.usage.remaining,
            status=outcome.status,
            error=outcome.error,
            milliseconds=min(outcome.milliseconds, COLUMN_MAX),
        )
        expected = self._open.pop(number)
        free = outcome.error == errors.NOT_CONNECTED or (outcome.status is not None and outcome.status >= 400)
        self.spent += (told if told is not None else 0 if free else expected) - expected

    def _check(self, cost: int, at: datetime) -> None:
        if self._daily is not None:
            spent = _sum(_polling(_calls(at - DAY, at, self._is_simulated)))
            if spent + cost > self._daily:
                left = max(0, self._daily - spent)
                raise BudgetRefused(
                    Limit.DAY, f"This may cost {cost} credits, and {left} of the day's {self._daily} are left."
                )
        remaining = remaining_now(is_simulated=self._is_simulated)
        if remaining is not None and remaining - cost < self._least_remaining:
            kept = f", of which {self._least_remaining} are to remain" if self._least_remaining else ""
            raise BudgetRefused(
                Limit.REMAINING, f"This may cost {cost} credits, and the provider has {remaining} left{kept}."
            )


def counted(since: datetime, now: datetime, *, is_simulated: bool) -> int:
    """Credits of all calls from that moment on."""
    return _sum(_calls(since, now, is_simulated))


def spending(since: datetime, now: datetime, *, is_simulated: bool) -> Spending:
    """The credits of each call of polling from that moment on, as the planner reads them."""
    rows = _polling(_calls(since, now, is_simulated)).filter(expected_credits__gt=0)
    return Spending((to_micros(at), cost) for at, cost in rows.values_list("at", COUNTED) if cost)


def _calls(since: datetime, now: datetime, is_simulated: bool) -> QuerySet[ProviderCall]:
    rows = ProviderCall.objects.filter(is_simulated=is_simulated, at__gte=since)
    # Simulated time begins anew with each simulator: later calls are another one's. Real time may have been set back,
    # and what was spent then is spent.
    return rows.filter(at__lte=now) if is_simulated else rows


def remaining_now(*, is_simulated: bool) -> int | None:
    """What the provider last told to remain, less what was set aside since; None where it never told."""
    told = _last_told(is_simulated)
    if told is None or told.remaining is None:
        return None
    later = ProviderCall.objects.filter(is_simulated=is_simulated, pk__gt=told.pk, remaining=None)
    return max(0, told.remaining - _sum(later))


def balance(at: datetime, *, is_simulated: bool) -> Balance:
    """Where the credits stand."""
    told = _last_told(is_simulated)
    month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return Balance(
        None if told is None else told.remaining,
        None if told is None else told.used,
        None if told is None else told.at,
        counted(at - DAY, at, is_simulated=is_simulated),
        counted(month, at, is_simulated=is_simulated),
        _calls(month, at, is_simulated).filter(status=None).count(),
    )


def _polling(rows: QuerySet[ProviderCall]) -> QuerySet[ProviderCall]:
    return rows.exclude(endpoint__startswith="historical")


def _sum(rows: QuerySet[ProviderCall]) -> int:
    return rows.aggregate(total=Sum(COUNTED))["total"] or 0


def _last_told(is_simulated: bool) -> ProviderCall | None:
    # By number, not by moment: our clock, or a simulator's, may have gone back.
    return ProviderCall.objects.filter(is_simulated=is_simulated, remaining__isnull=False).order_by("-pk").first()


def _lock(is_simulated: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, int(is_simulated)])
