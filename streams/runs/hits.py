"""The hits of a run and the distances between them.

A nonce that reached several targets is one row. Distances are by name, as the earlier servers had them:
`per_multiplier` is how far back the previous hit with the same result was, `filtered` how far back the previous row of
the list. Both look back beyond the page.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal, get_args

from django.db import connection

from streams.runs.queries import RunRow

Distance = Literal["per_multiplier", "filtered"]
DISTANCES = get_args(Distance)
DISTANCES_MAX = 100_000


@dataclass(frozen=True, slots=True)
class RunHitRow:
    nonce: int
    result: Decimal
    distance: int | None


@dataclass(frozen=True, slots=True)
class RunHitPage:
    """Hits by nonce; `next_after` is the nonce to go on behind, None at the end."""

    rows: tuple[RunHitRow, ...]
    total: int
    next_after: int | None


@dataclass(frozen=True, slots=True)
class HitFilter:
    """Which hits; None does not narrow."""

    min_result: Decimal | None = None
    target: int | None = None


def list_hits(
    run: RunRow,
    *,
    wanted: HitFilter,
    limit: int,
    offset: int = 0,
    after: int | None = None,
    distance: Distance | None = None,
) -> RunHitPage:
    """A page of hits in the order of nonces, by offset or behind a nonce."""
    where, parameters = _conditions(run, wanted)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT h.nonce) FROM streams_runhit h WHERE {where}", parameters)  # noqa: S608  fixed texts
        total = cursor.fetchone()[0]
        cursor.execute(
            f"SELECT DISTINCT ON (h.nonce) h.nonce, h.result FROM streams_runhit h "  # noqa: S608  fixed texts
            f"WHERE {where} AND h.nonce > %s ORDER BY h.nonce LIMIT %s OFFSET %s",
            [*parameters, -1 if after is None else after, limit + 1, offset],
        )
        found = cursor.fetchall()
    page = found[:limit]
    distances = _distances(run, page, wanted, distance) if page and distance else [None] * len(page)
    rows = tuple(RunHitRow(nonce, result, gap) for (nonce, result), gap in zip(page, distances, strict=True))
    return RunHitPage(rows, total, rows[-1].nonce if len(found) > limit else None)


def _conditions(run: RunRow, wanted: HitFilter) -> tuple[str, list[int | Decimal]]:
    where, parameters = ["h.run_id = %s"], [run.key]
    if wanted.min_result is not None:
        where.append("h.result >= %s")
        parameters.append(wanted.min_result)  # type: ignore[arg-type]
    if wanted.target is not None:
        where.append("h.target = %s")
        parameters.append(wanted.target)
    return " AND ".join(where), parameters  # type: ignore[return-value]


def _distances(
    run: RunRow, page: Sequence[tuple[int, Decimal]], wanted: HitFilter, distance: Distance
) -> list[int | None]:
    if distance == "filtered":
        where, parameters = _conditions(run, wanted)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT max(h.nonce) FROM streams_runhit h WHERE {where} AND h.nonce < %s",  # noqa: S608  fixed texts
                [*parameters, page[0][0]],
            )
            before = [cursor.fetchone()[0], *(nonce for nonce, _ in page)]
        return [None if back is None else nonce - back for back, (nonce, _) in zip(before, page, strict=False)]
    # Within the page a look at what was passed is enough; only the first of each result asks the database.
    last = _last_before(run, {result for _, result in page}, nonce=page[0][0])
    found: list[int | None] = []
    for nonce, result in page:
        back = last.get(result)
        found.append(None if back is None else nonce - back)
        last[result] = nonce
    return found


def _last_before(run: RunRow, results: set[Decimal], *, nonce: int) -> dict[Decimal, int]:
    """For each result the nonce of its last hit below `nonce`: one index probe a result."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.result, (SELECT max(h.nonce) FROM streams_runhit h "
            "WHERE h.run_id = %s AND h.result = r.result AND h.nonce < %s) FROM unnest(%s::numeric[]) AS r(result)",
            [run.key, nonce, list(results)],
        )
        return {result: back for result, back in cursor.fetchall() if back is not None}


# --- The distances of one result ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Distances:
    """The nonces of one result, and how far each is from the one before; one fewer than nonces."""

    nonces: tuple[int, ...]
    distances: tuple[int, ...]
    truncated: bool


def distances(run: RunRow, *, multiplier: Decimal, tolerance: Decimal) -> Distances:
    """The hits whose result is within `tolerance` of `multiplier`; the first DISTANCES_MAX of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT nonce FROM streams_runhit WHERE run_id = %s AND result BETWEEN %s AND %s "
            "ORDER BY nonce LIMIT %s",
            [run.key, multiplier - tolerance, multiplier + tolerance, DISTANCES_MAX + 1],
        )
        nonces = tuple(nonce for (nonce,) in cursor.fetchall())
    truncated = len(nonces) > DISTANCES_MAX
    nonces = nonces[:DISTANCES_MAX]
    gaps = tuple(later - earlier for earlier, later in zip(nonces, nonces[1:], strict=False))
    return Distances(nonces, gaps, truncated)


@dataclass(frozen=True, slots=True)
class DistanceStats:
    """Figures of the distances: percentiles by nearest rank, the deviation of the population."""

    mean: Decimal
    median: Decimal
    min: int
    max: int
    p90: int
    p99: int
    stddev: Decimal
    cv: Decimal


def distance_stats(gaps: Sequence[int]) -> DistanceStats | None:
    """None where there is no distance."""
    if not gaps:
        return None
    ordered = sorted(gaps)
    with localcontext() as context:
        context.prec = 28
        total, squares, count = sum(ordered), sum(gap * gap for gap in ordered), len(ordered)
        mean = Decimal(total) / count
        # Whole numbers until the last step, so that nothing cancels.
        deviation = (Decimal(squares * count - total * total)).sqrt() / count
        return DistanceStats(
            mean=round(mean, 6),
            median=Decimal(str(statistics.median(ordered))),
            min=ordered[0],
            max=ordered[-1],
            p90=ordered[-(-9 * count // 10) - 1],
            p99=ordered[-(-99 * count // 100) - 1],
            stddev=round(deviation, 6),
            cv=round(deviation / mean, 6),
        )
