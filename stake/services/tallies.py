"""What an account's bets came to, whoever reported them: counted on from where the last count ended.

An account's bets are those of the streams whose server seed was its own, so what a bot placed counts as well as what we
placed. Called with the account's lock held.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Sum

from stake.betting_queries import Account
from stake.guard import Standing
from stake.models import AccountPair, AccountTally, TallyPosition
from streams.queries.money import DayLine, money_since

ZERO = Decimal(0)


class Line(NamedTuple):
    """What an account's bets came to in one currency."""

    bets: int
    wagered: Decimal
    returned: Decimal

    @property
    def result(self) -> Decimal:
        return self.returned - self.wagered


def count_on(*account_keys: str) -> None:
    """Count what has come since the last time."""
    for key in account_keys:
        pairs = AccountPair.objects.filter(account_key=key)
        positions = TallyPosition.objects.filter(account_key=key)
        count_from(
            key,
            list(pairs.values_list("server_seed_hashed", flat=True).distinct()),
            dict(positions.values_list("stream_key", "last_seq")),
        )


# Lines of bets that named no currency, and of such that named an empty one, are one here.
_COUNT = """
WITH line AS (
    SELECT %(account)s AS account_key, * FROM unnest(%(streams)s::bigint[], %(currencies)s::text[], %(days)s::date[],
        %(bets)s::bigint[], %(wagered)s::numeric[], %(returned)s::numeric[], %(last)s::bigint[])
        AS line (stream_key, currency, day, bets, wagered, returned, last_seq)
), counted AS (
    INSERT INTO stake_accounttally AS t (account_key, stream_key, currency, day, bets, wagered, returned)
    SELECT account_key, stream_key, currency, day, sum(bets), sum(wagered), sum(returned) FROM line
    GROUP BY account_key, stream_key, currency, day
    ON CONFLICT (account_key, stream_key, currency, day) DO UPDATE SET
        bets = t.bets + EXCLUDED.bets,
        wagered = t.wagered + EXCLUDED.wagered,
        returned = t.returned + EXCLUDED.returned
)
INSERT INTO stake_tallyposition (account_key, stream_key, last_seq)
SELECT account_key, stream_key, max(last_seq) FROM line GROUP BY account_key, stream_key
ON CONFLICT (account_key, stream_key) DO UPDATE SET last_seq = EXCLUDED.last_seq
"""


def count_from(account_key: str, server_seed_hashes: Collection[str], last_seqs: Mapping[int, int]) -> list[DayLine]:
    """Count the bets of the account's seeds behind the last ones that were counted of each stream; what they came to.

    One statement that reads, and one that writes where there is anything new.
    """
    lines = money_since(server_seed_hashes, last_seqs)
    if lines:
        columns: dict[str, list[Any]] = {
            "streams": [line.stream_key for line in lines],
            "currencies": [line.currency or "" for line in lines],
            "days": [line.day for line in lines],
            "bets": [line.bets for line in lines],
            "wagered": [line.wagered for line in lines],
            "returned": [line.returned for line in lines],
            "last": [line.last_seq for line in lines],
        }
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, {"account": account_key, **columns})
    return lines


def totals(account_keys: Iterable[str], currency: str, *, day: date | None = None) -> Line:
    """What was counted in a currency. Bets whose bot named no currency count in every one: a loss is never missed."""
    rows = AccountTally.objects.filter(account_key__in=list(account_keys), currency__in=[currency, ""])
    if day is not None:
        rows = rows.filter(day=day)
    sums = rows.aggregate(bets=Sum("bets"), wagered=Sum("wagered"), returned=Sum("returned"))
    return Line(sums["bets"] or 0, sums["wagered"] or ZERO, sums["returned"] or ZERO)


def standing(accounts: Collection[Account], news: Iterable[DayLine], *, baseline: Decimal, today: date) -> Standing:
    """What a limit over these accounts is compared with: what was counted of them before, and what came since."""
    result_today = sum((account.result_today + account.placed for account in accounts), ZERO)
    result_ever = sum((account.result_ever + account.placed for account in accounts), ZERO)
    for line in news:
        result = line.returned - line.wagered
        result_ever += result
        result_today += result if line.day == today else ZERO
    return Standing(
        result_today=result_today,
        result_counted=result_ever - baseline,
        at_risk=sum((account.at_risk for account in accounts), ZERO),
        bets_last_minute=sum(account.bets_last_minute for account in accounts),
    )
