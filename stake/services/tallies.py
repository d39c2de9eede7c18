"""What an account's bets came to, whoever reported them: counted on from where the last count ended.

An account's bets are those of the streams whose server seed was its own, so what a bot placed counts as well as what we
placed. Called with the account's lock held.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, Q, Sum

from stake.guard import Standing
from stake.models import OPEN, AccountPair, AccountTally, BetIntent, IntentState, TallyPosition
from streams.queries.money import money_since

ZERO = Decimal(0)
MINUTE = timedelta(minutes=1)


class Line(NamedTuple):
    """What an account's bets came to in one currency."""

    bets: int
    wagered: Decimal
    returned: Decimal

    @property
    def result(self) -> Decimal:
        return self.returned - self.wagered


def count_on(account_key: str) -> None:
    """Count what has come since the last time."""
    hashes = list(
        AccountPair.objects.filter(account_key=account_key).values_list("server_seed_hashed", flat=True).distinct()
    )
    known = dict(TallyPosition.objects.filter(account_key=account_key).values_list("stream_key", "last_seq"))
    lines = money_since(hashes, known)
    if not lines:
        return
    AccountTally.objects.bulk_create(
        [
            AccountTally(
                account_key=account_key,
                stream_key=line.stream_key,
                currency=line.currency or "",
                day=line.day,
            )
            for line in lines
        ],
        ignore_conflicts=True,
    )
    last: dict[int, int] = {}
    for line in lines:
        AccountTally.objects.filter(
            account_key=account_key, stream_key=line.stream_key, currency=line.currency or "", day=line.day
        ).update(
            bets=F("bets") + line.bets,
            wagered=F("wagered") + line.wagered,
            returned=F("returned") + line.returned,
        )
        last[line.stream_key] = max(last.get(line.stream_key, 0), line.last_seq)
    TallyPosition.objects.bulk_create(
        [TallyPosition(account_key=account_key, stream_key=key, last_seq=seq) for key, seq in last.items()],
        update_conflicts=True,
        unique_fields=["account_key", "stream_key"],
        update_fields=["last_seq"],
    )


def totals(account_keys: Iterable[str], currency: str, *, day: date | None = None) -> Line:
    """What was counted in a currency. Bets whose bot named no currency count in every one: a loss is never missed."""
    rows = AccountTally.objects.filter(account_key__in=list(account_keys), currency__in=[currency, ""])
    if day is not None:
        rows = rows.filter(day=day)
    sums = rows.aggregate(bets=Sum("bets"), wagered=Sum("wagered"), returned=Sum("returned"))
    return Line(sums["bets"] or 0, sums["wagered"] or ZERO, sums["returned"] or ZERO)


class Waiting(NamedTuple):
    """What is asked of the venue and in no stream yet: wagers at risk, and results that are known already."""

    at_risk: Decimal
    placed: Decimal
    bets_last_minute: int


def waiting(account_keys: Iterable[str], currency: str, *, at: datetime) -> Waiting:
    """What the streams of these accounts do not tell yet.

    To be read before the streams are counted on: a bet that gets into its stream in between is then counted twice, and
    a limit errs on the safe side. The other way round it would be in neither.
    """
    intents = BetIntent.objects.filter(account_key__in=list(account_keys))
    asked = intents.filter(currency=currency)
    at_risk = asked.filter(state__in=OPEN).aggregate(sum=Sum("amount"))["sum"]
    placed = asked.filter(state=IntentState.PLACED).aggregate(sum=Sum(F("payout") - F("amount")))["sum"]
    sent = intents.filter(~Q(state__in=[IntentState.DRY_RUN, IntentState.NOT_PLACED]), asked_at__gt=at - MINUTE)
    return Waiting(at_risk or ZERO, placed or ZERO, sent.count())


def standing(
    account_keys: Iterable[str], currency: str, still: Waiting, *, baseline: Decimal, at: datetime
) -> Standing:
    """What the limits are compared with, for these accounts together, counted on by now."""
    keys = list(account_keys)
    today = totals(keys, currency, day=at.astimezone(UTC).date())
    ever = totals(keys, currency)
    return Standing(
        result_today=today.result + still.placed,
        result_counted=ever.result + still.placed - baseline,
        at_risk=still.at_risk,
        bets_last_minute=still.bets_last_minute,
    )


def real_accounts() -> list[str]:
    """The keys of all accounts that hold real money."""
    keys: set[str] = set()
    for rows in (AccountTally.objects, BetIntent.objects):
        real = rows.exclude(account_key__startswith="simulated:")
        keys.update(real.values_list("account_key", flat=True).distinct())
    return sorted(keys)
