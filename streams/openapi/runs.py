"""The operations on runs, and the shapes of what goes in and out of them. Pure data."""

from typing import Any

from accounts.openapi import Schema, answer, array, json_body, nullable, operation, parameter, record, ref
from fairness.scanning.plan import OPS, TARGETS_MAX
from fairness.seeds import SEED_MAX
from streams import wire
from streams.openapi import examples
from streams.openapi import parameters as p
from streams.openapi.schemas import KEYS, MOMENT, MONEY, NONCE, NUMBER, TEXT, UUID, WHOLE
from streams.run_models import RunStatus

RUNS = "Runs"
TAG = {"name": RUNS, "description": "A range of nonces of a revealed seed pair, recomputed by the worker."}

RUN = "/runs/{run_id}"
RUN_ID = parameter("run_id", {"type": "string", "format": "uuid"}, "The run's public name.", where="path")
ONE_RESULT = (
    RUN_ID,
    p.number("multiplier", "The result.", required=True),
    p.number("tol", "How far a result may be from it; 1e-9 where not given."),
)

_SEED: Schema = {"type": "string", "minLength": 1, "maxLength": SEED_MAX}
_STATUS: Schema = {"type": "string", "enum": list(RunStatus.values)}
_TARGET: Schema = record(
    {
        "op": {"type": "string", "enum": list(OPS), "default": "eq"},
        "value": MONEY,
        "upper": {**nullable(MONEY), "description": "For between, and only for it; both bounds count."},
    },
    optional=("op", "upper"),
)
_SHOWN_TARGET: Schema = {
    "anyOf": [NUMBER, record({"op": TEXT, "value": NUMBER, "upper": nullable(NUMBER)})],
    "description": "A number means equality.",
}
_COUNTS: Schema = {
    "type": "object",
    "additionalProperties": WHOLE,
    "description": "Always exact. By `1066.73`, `ge 34.68`, `le 2`, `between 2 3`.",
}

_COMMON: dict[str, Schema] = {
    "id": UUID,
    "created_at": MOMENT,
    "server_seed_sha256": TEXT,
    "client_seed": TEXT,
    "difficulty": nullable(TEXT),
    "nonce_start": WHOLE,
    "nonce_end": WHOLE,
    "duration_ms": {**WHOLE, "description": "Spent computing."},
    "engine_version": {**TEXT, "description": "The back-end that computed it; empty before the first piece."},
    "targets": array(_SHOWN_TARGET),
    "game": TEXT,
    "params": KEYS,
    "status": _STATUS,
    "nonces_done": WHOLE,
    "hits_truncated": {"type": "boolean", "description": "There were more hits of a target than are kept."},
    "error": nullable(TEXT),
    "created_by": nullable(TEXT),
    "started_at": nullable(MOMENT),
    "finished_at": nullable(MOMENT),
    "cancel_requested_at": nullable(MOMENT),
}
_NEW_RUN = record(
    {
        "server_seed": {**_SEED, "description": "Revealed, as text."},
        "client_seed": _SEED,
        "start": {**NONCE, "description": "The first nonce; 0 to 2⁵³−1."},
        "end": {**NONCE, "description": "The last nonce, which belongs to the run."},
        "difficulty": nullable({"type": "string", "maxLength": wire.DIFFICULTY_MAX}),
        "targets": nullable(array({"anyOf": [MONEY, ref("RunTarget")]}, maxItems=TARGETS_MAX)),
        "game": nullable({"type": "string", "maxLength": wire.GAME_MAX, "description": "pump where not given."}),
        "params": nullable({**KEYS, "description": "The options of the game; `difficulty` may stand beside them."}),
    },
    optional=("difficulty", "targets", "game", "params"),
    description="What the earlier servers took, and any other game with its options.",
)
_SUMMARY = record(
    {
        "count": {**WHOLE, "description": "Nonces computed."},
        "duration_ms": WHOLE,
        "difficulty": nullable(TEXT),
        "start": WHOLE,
        "end": WHOLE,
        "targets": array(_SHOWN_TARGET),
        "max_multiplier": nullable(NUMBER),
        "median_multiplier": nullable({**NUMBER, "description": "Null where results are counted between edges."}),
        "counts_by_target": _COUNTS,
        "top_max": {**array(WHOLE), "description": "The first nonces that reached the highest."},
    }
)
_STATS: Schema = record(
    dict.fromkeys(("mean", "median", "min", "max", "p90", "p99", "stddev", "cv"), NUMBER),
    description="Empty with fewer than two hits. Percentiles by nearest rank, the deviation of the population.",
    optional=("mean", "median", "min", "max", "p90", "p99", "stddev", "cv"),
)

SCHEMAS: dict[str, Schema] = {
    "NewRun": _NEW_RUN,
    "RunTarget": _TARGET,
    "Run": record({**_COMMON, "counts_by_target": _COUNTS}),
    "Runs": record(
        {"runs": array(ref("Run")), "total": WHOLE, "limit": WHOLE, "offset": WHOLE, "next_after": nullable(TEXT)}
    ),
    "RunDetail": record(
        {
            **_COMMON,
            "server_seed": {**TEXT, "description": "Only for the scope `write`."},
            "summary": _SUMMARY,
            "distribution": array(record({"result": NUMBER, "count": WHOLE})),
            "distribution_between_edges": {
                "type": "boolean",
                "description": "There are too many results to list: each stands for those from it up to the next.",
            },
        },
        optional=("server_seed",),
    ),
    "RunHits": record(
        {
            "total": WHOLE,
            "rows": array(record({"nonce": WHOLE, "max_multiplier": NUMBER, "distance_prev": nullable(WHOLE)})),
            "next_after": nullable(WHOLE),
            "hits_truncated": {"type": "boolean"},
        }
    ),
    "RunDistances": record(
        {
            "multiplier": NUMBER,
            "tol": NUMBER,
            "count": {**WHOLE, "description": "Of hits."},
            "nonces": array(WHOLE),
            "distances": array(WHOLE),
            "stats": _STATS,
            "truncated": {"type": "boolean"},
        }
    ),
}

_BODY: dict[str, Any] = {
    "server_seed": "564e967b90f03d0153fdcb2d2d1cc5a5057e0df78163611fe3801d6498e681ca",
    "client_seed": examples.CLIENT_SEED,
    "start": 1,
    "end": 100_000,
    "difficulty": "expert",
    "targets": [11200.65, {"op": "ge", "value": 1066.73}],
}
_SHOWN: dict[str, Any] = {
    "id": "5f0d8b1e-3a52-4f5b-9a37-0c2f6d8e4b10",
    "created_at": "2026-11-20T12:00:00Z",
    "server_seed_sha256": examples.HASH,
    "client_seed": examples.CLIENT_SEED,
    "difficulty": "expert",
    "nonce_start": 1,
    "nonce_end": 100_000,
    "duration_ms": 58,
    "engine_version": "numba",
    "targets": [11200.65],
    "game": "pump",
    "params": {"difficulty": "expert"},
    "status": "finished",
    "nonces_done": 100_000,
    "hits_truncated": False,
    "error": None,
    "created_by": "owner",
    "started_at": "2026-11-20T12:00:00.1Z",
    "finished_at": "2026-11-20T12:00:00.2Z",
    "cancel_requested_at": None,
    "counts_by_target": {"11200.65": 9},
}


def _lists() -> dict[str, Schema]:
    listing = (
        p.limit(50, 200),
        p.OFFSET,
        p.text("after", 60, "`next_after` of the page before."),
        p.text("search", wire.SEED_MAX, "Part of a client seed, or the start of a server seed's hash."),
        p.text("game", wire.GAME_MAX, "Of this game."),
        p.text("difficulty", wire.DIFFICULTY_MAX, "Of this difficulty."),
        parameter("status", _STATUS, "In this status."),
    )
    detail = answer(ref("RunDetail"), description="Finished, or still `queued` or `running` after ten seconds.")
    return {
        "/runs": {
            "get": operation(
                "listRuns",
                tag=RUNS,
                summary="Runs, newest first",
                scope="read",
                parameters=listing,
                answers={
                    200: answer(
                        ref("Runs"), {"runs": [_SHOWN], "total": 1, "limit": 50, "offset": 0, "next_after": None}
                    )
                },
            ),
            "post": operation(
                "createRun",
                tag=RUNS,
                summary="Replay a range of nonces",
                scope="write",
                description="Waits up to ten seconds for the worker. More nonces than a run may have are 413 "
                "(`RANGE_TOO_LARGE`).",
                body=json_body(ref("NewRun"), _BODY),
                answers={201: detail},
            ),
        }
    }


def _one() -> dict[str, Schema]:
    detail = {200: answer(ref("RunDetail"))}
    return {
        RUN: {
            "get": operation(
                "getRun", tag=RUNS, summary="What it found", scope="read", parameters=(RUN_ID,), answers=detail
            ),
            "delete": operation(
                "deleteRun",
                tag=RUNS,
                summary="Delete it with its hits",
                scope="write",
                description="Gone at once; a worker on it stops within a second.",
                parameters=(RUN_ID,),
                answers={200: answer({"type": "object"}, {"deleted": True, "run_id": _SHOWN["id"]})},
            ),
        },
        f"{RUN}/cancel": {
            "post": operation(
                "cancelRun",
                tag=RUNS,
                summary="Cancel it",
                scope="write",
                description="At once where it waits; within a second where it runs, whose `status` then is still "
                "`running`. What it has found is kept.",
                parameters=(RUN_ID,),
                answers=detail,
                refuses=(409,),
            )
        },
    }


def _hits() -> dict[str, Schema]:
    parameters = (
        RUN_ID,
        p.number("min_multiplier", "Results from this up."),
        parameter("target", {"type": "integer", "minimum": 0, "maximum": 32_767}, "Of this target, by its place."),
        p.limit(100, 10_000),
        p.OFFSET,
        parameter("after", WHOLE, "`next_after` of the page before."),
        parameter(
            "include_distance",
            {"type": "string", "enum": ["per_multiplier", "filtered"]},
            "To the previous hit of the same result, or to the previous row.",
        ),
        parameter("tol", TEXT, "Ignored, as it always was."),
    )
    return {
        f"{RUN}/hits": {
            "get": operation(
                "listRunHits",
                tag=RUNS,
                summary="Hits by nonce",
                scope="read",
                parameters=parameters,
                answers={200: answer(ref("RunHits"))},
            )
        },
        f"{RUN}/distances": {
            "get": operation(
                "getRunDistances",
                tag=RUNS,
                summary="Distances between hits of one result",
                scope="read",
                parameters=ONE_RESULT,
                answers={200: answer(ref("RunDistances"))},
            )
        },
    }


def _files() -> dict[str, Schema]:
    csv = {
        200: {"description": "The file.", "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}}}
    }
    streamed = "Streamed. A web worker serves two downloads at once; a further one gets 503."

    def file(name: str, summary: str, parameters: tuple[Schema, ...], description: str) -> dict[str, Schema]:
        return {
            "get": operation(
                name,
                tag=RUNS,
                summary=summary,
                scope="read",
                description=f"{description} {streamed}",
                parameters=parameters,
                answers=csv,
            )
        }

    return {
        f"{RUN}/distances.csv": file("runDistancesCsv", "The same as CSV", ONE_RESULT, "`from_nonce,distance`."),
        f"{RUN}/export/hits.csv": file("runHitsCsv", "Hits as CSV", (RUN_ID,), "`nonce,max_multiplier`."),
        f"{RUN}/export/full.csv": file(
            "runFullCsv",
            "Every round as CSV",
            (RUN_ID,),
            "`nonce,max_pumps,max_multiplier,pop_point` for Pump, else `nonce,result,outcome`; recomputed while sent.",
        ),
    }


def paths() -> dict[str, Schema]:
    """By address."""
    return {**_lists(), **_one(), **_hits(), **_files()}
