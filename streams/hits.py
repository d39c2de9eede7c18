"""Hits of one result and the gaps between them, and a stream's metrics, as the earlier servers' clients ask for them.

A *hit* of a bucket is a bet whose result, rounded to two decimals, is that bucket. A *gap* is the distance in nonces
from one hit to the next; the gap that leads into a range belongs to the range, so that every address gives one answer.
Plain SQL over the index (stream, result, nonce); statistics are exact.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, sqrt

from django.db import connection

from fairness.games import pump
from streams.queries import StreamSummary

HALF_BUCKET = Decimal("0.005")
# The two-sided 95 % quantile of the normal distribution.
Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Hit:
    nonce: int
    seq: int
    distance: int | None
    placed_at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class HitPage:
    """Hits of a nonce range; `previous_nonce` is that of the last hit before the range."""

    hits: tuple[Hit, ...]
    total: int
    previous_nonce: int | None

    @property
    def has_more(self) -> bool:
        return len(self.hits) < self.total


_BUCKET = "b.stream_id = %s AND b.result_key >= %s AND b.result_key < %s AND b.position >= 0"

_GAPS = f"""
SELECT b.position AS nonce, b.seq, b.position - lag(b.position) OVER (ORDER BY b.position) AS distance,
       b.placed_at, b.received_at
FROM streams_bet b WHERE {_BUCKET}
"""  # noqa: S608  fixed text

_HITS = (
    f"SELECT nonce, seq, distance, placed_at, received_at, count(*) OVER () FROM ({_GAPS}) AS g "  # noqa: S608
    "WHERE nonce >= %s AND (%s::bigint IS NULL OR nonce < %s) ORDER BY nonce {direction} LIMIT %s"
)


def _bucket_range(stream: StreamSummary, bucket: Decimal) -> list[int | Decimal]:
    middle = bucket.quantize(Decimal("0.01"))
    return [stream.key, max(middle - HALF_BUCKET, Decimal(0)), middle + HALF_BUCKET]


def list_hits(
    stream: StreamSummary,
    *,
    bucket: Decimal,
    after_nonce: int = 0,
    before_nonce: int | None = None,
    limit: int,
    descending: bool = False,
) -> HitPage:
    """Hits with `after_nonce` <= nonce < `before_nonce` (None: to the newest), each with the gap that led to it."""
    wanted = _bucket_range(stream, bucket)
    with connection.cursor() as cursor:
        cursor.execute(
            _HITS.format(direction="DESC" if descending else "ASC"),
            [*wanted, after_nonce, before_nonce, before_nonce, limit],
        )
        rows = cursor.fetchall()
        cursor.execute(
            f"SELECT max(b.position) FROM streams_bet b WHERE {_BUCKET} AND b.position < %s",  # noqa: S608  fixed text
            [*wanted, after_nonce],
        )
        previous = cursor.fetchone()[0]
    return HitPage(tuple(Hit(*row[:5]) for row in rows), rows[0][5] if rows else 0, previous)


@dataclass(frozen=True, slots=True)
class GapStats:
    """`count` is of hits; the rest is of the gaps that led to them, None where there is none."""

    count: int
    gaps: int
    median: float | None
    mean: float | None
    min: int | None
    max: int | None


def _gap_stats(hits: int, gaps: Sequence[int]) -> GapStats:
    if not gaps:
        return GapStats(hits, 0, None, None, None, None)
    return GapStats(hits, len(gaps), statistics.median(gaps), sum(gaps) / len(gaps), min(gaps), max(gaps))


def gap_stats(
    stream: StreamSummary, *, bucket: Decimal, ranges: Iterable[tuple[int, int | None]]
) -> tuple[GapStats, ...]:
    """The statistics of each range (start inclusive, end exclusive or None), in one pass over the bucket."""
    _, low, high = _bucket_range(stream, bucket)
    gaps = _gaps_between(stream, low, high)
    found = []
    for start, end in ranges:
        inside = [gap for nonce, gap in gaps if nonce >= start and (end is None or nonce < end)]
        found.append(_gap_stats(len(inside), [gap for gap in inside if gap is not None]))
    return tuple(found)


def _gaps_between(stream: StreamSummary, low: int | Decimal, high: int | Decimal) -> list[tuple[int, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT nonce, distance FROM ({_GAPS}) AS g ORDER BY nonce", [stream.key, low, high])  # noqa: S608
        return [(nonce, gap) for nonce, gap in cursor.fetchall()]


# --- What chance gives ----------------------------------------------------------------------------


def theoretical_gap(stream: StreamSummary, *, bucket: Decimal) -> Decimal | None:
    """The mean gap between hits of exactly this result by the game's odds, 1/P; None where it has no single answer.

    Known for Pump streams of one difficulty, for results of that difficulty's table.
    """
    difficulty = _only_difficulty(stream)
    if difficulty is None:
        return None
    cell = next((k for k, value in enumerate(pump.PAYOUTS[difficulty]) if value == bucket), None)
    if cell is None:
        return None
    beyond = (
        pump.probability_at_least(difficulty, cell + 1) if cell + 1 < len(pump.PAYOUTS[difficulty]) else Fraction(0)
    )
    chance = pump.probability_at_least(difficulty, cell) - beyond
    return Decimal(chance.denominator) / chance.numerator


def _only_difficulty(stream: StreamSummary) -> str | None:
    if stream.games != ("pump",):
        return None
    # Two index-free reads would scan; the first and the last difficulty in order tell whether there is one.
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(difficulty), max(difficulty) FROM streams_bet WHERE stream_id = %s", [stream.key])
        lowest, highest = cursor.fetchone()
    return lowest if lowest == highest else None


def mean_gap_interval(stream: StreamSummary, *, hits: int) -> tuple[float, float] | None:
    """A 95 % interval for the mean gap: Wilson's interval of the share of hits, turned over.

    Its trials are rounds, so it is given only where every round of the span arrived. Source: E. B. Wilson,
    "Probable inference, the law of succession, and statistical inference", 1927.
    """
    rounds = stream.rounds
    if not hits or not rounds or stream.missing:
        return None
    share = hits / rounds
    centre = share + Z_95**2 / (2 * rounds)
    spread = Z_95 * sqrt(share * (1 - share) / rounds + Z_95**2 / (4 * rounds**2))
    scale = 1 + Z_95**2 / rounds
    return scale / (centre + spread), scale / (centre - spread)


# --- Metrics --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MultiplierStats:
    """Hits of one result and their gaps; `deviation` is of the population, `p90` the nearest rank."""

    multiplier: Decimal
    count: int
    last_nonce: int | None
    mean: float | None
    deviation: float | None
    p90: int | None
    max: int | None
    expected: Decimal | None


def multiplier_stats(stream: StreamSummary, *, multiplier: Decimal, tolerance: Decimal) -> MultiplierStats:
    """The statistics of every bet whose result lies within `tolerance` of `multiplier`."""
    # The range is closed at both ends; the next representable result is 1e-18 away.
    with localcontext(prec=60):
        low, high = multiplier - tolerance, multiplier + tolerance + Decimal("1e-18")
    rows = _gaps_between(stream, low, high)
    gaps = sorted(gap for _, gap in rows if gap is not None)
    return MultiplierStats(
        multiplier=multiplier,
        count=len(rows),
        last_nonce=rows[-1][0] if rows else None,
        mean=sum(gaps) / len(gaps) if gaps else None,
        deviation=statistics.pstdev(gaps) if gaps else None,
        p90=gaps[ceil(0.9 * len(gaps)) - 1] if gaps else None,
        max=gaps[-1] if gaps else None,
        expected=theoretical_gap(stream, bucket=multiplier),
    )


def density(stream: StreamSummary, *, bucket_size: int) -> dict[int, int]:
    """How many bets lie in each run of `bucket_size` nonces, by its number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nonce / %s AS bucket, count(*) FROM streams_bet WHERE stream_id = %s AND nonce IS NOT NULL "
            "GROUP BY bucket ORDER BY bucket",
            [bucket_size, stream.key],
        )
        return dict(cursor.fetchall())


def bets_per_minute(stream: StreamSummary) -> float | None:
    """Bets over the minutes from the first arrival to the last; None before two moments are known."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT received_at FROM streams_bet WHERE stream_id = %s ORDER BY seq LIMIT 1), "
            "(SELECT received_at FROM streams_bet WHERE stream_id = %s ORDER BY seq DESC LIMIT 1)",
            [stream.key, stream.key],
        )
        first, last = cursor.fetchone()
    if first is None or last <= first:
        return None
    minutes: float = (last - first).total_seconds() / 60
    return stream.bets / minutes
