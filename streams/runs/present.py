"""How runs look on the wire: the earlier servers' names, with new fields beside them."""

from decimal import Decimal
from typing import Any

from fairness.scanning.plan import Target
from streams.runs import targets
from streams.runs.hits import Distances, DistanceStats, RunHitRow
from streams.runs.queries import RunDetail, RunRow


def _target(target: Target) -> Decimal | dict[str, Any]:
    """Equality is a number, as the earlier servers had it; the others say what they are."""
    return target.value if target.op == "eq" else targets.stored(target)


def _counts(row: RunRow) -> dict[str, int]:
    return {targets.key(target): count for target, count in zip(row.targets, row.counts, strict=True)}


def _common(row: RunRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "created_at": row.created_at,
        "server_seed_sha256": row.server_seed_sha256,
        "client_seed": row.client_seed,
        "difficulty": row.difficulty,
        "nonce_start": row.start,
        "nonce_end": row.end,
        "duration_ms": row.duration_ms,
        "engine_version": row.engine,
        "targets": [_target(target) for target in row.targets],
        "game": row.game,
        "params": row.params,
        "status": row.status.value,
        "nonces_done": row.done,
        "hits_truncated": row.hits_truncated,
        "error": row.error or None,
        "created_by": row.created_by or None,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "cancel_requested_at": row.cancel_requested_at,
    }


def run(row: RunRow) -> dict[str, Any]:
    """A run as lists show it."""
    return {**_common(row), "counts_by_target": _counts(row)}


def run_detail(found: RunDetail) -> dict[str, Any]:
    """A run as its own address shows it; the server seed only where it was asked for."""
    row = found.row
    seed = {} if found.server_seed is None else {"server_seed": found.server_seed}
    return {
        **_common(row),
        **seed,
        "summary": {
            "count": row.done,
            "duration_ms": row.duration_ms,
            "difficulty": row.difficulty,
            "start": row.start,
            "end": row.end,
            "targets": [_target(target) for target in row.targets],
            "max_multiplier": found.highest,
            "median_multiplier": found.median,
            "counts_by_target": _counts(row),
            "top_max": list(found.top_nonces),
        },
        "distribution": [{"result": result, "count": count} for result, count in found.distribution],
        "distribution_between_edges": found.between_edges,
    }


def hit(row: RunHitRow) -> dict[str, Any]:
    return {"nonce": row.nonce, "max_multiplier": row.result, "distance_prev": row.distance}


def distances(
    found: Distances, *, multiplier: Decimal, tolerance: Decimal, stats: DistanceStats | None
) -> dict[str, Any]:
    """The nonces of one result and their distances."""
    return {
        "multiplier": multiplier,
        "tol": tolerance,
        "count": len(found.nonces),
        "nonces": list(found.nonces),
        "distances": list(found.distances),
        "stats": {}
        if stats is None
        else {name: getattr(stats, name) for name in ("mean", "median", "min", "max", "p90", "p99", "stddev", "cv")},
        "truncated": found.truncated,
    }
