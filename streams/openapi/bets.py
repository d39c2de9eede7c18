"""The operations on a stream's bets, and the figures of them. Pure data."""

from accounts.openapi import Schema, answer, array, operation, parameter, ref
from streams import wire
from streams.openapi import examples
from streams.openapi import parameters as p


def paths() -> dict[str, Schema]:
    """By address."""
    return {**_bets(), **_figures()}


def _bets() -> dict[str, Schema]:
    ways = ("nonce", "id", "result", "amount", "payout")
    orders = [f"{name}_{way}" for name in ways for way in ("asc", "desc")]
    since: Schema = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
    known = parameter("If-None-Match", {"type": "string"}, "The ETag of an empty answer.", where="header")
    unchanged: Schema = {"description": "Nothing new; only to a request with If-None-Match."}
    before = parameter("before", since, "Older than this conflict.")
    return {
        f"{p.STREAM}/bets": {
            "get": operation(
                "listBets",
                tag=p.BETS,
                summary="Pages of bets",
                scope="read",
                description="By offset, or by `after`, which stays fast and steady while bets arrive.",
                parameters=(
                    p.STREAM_ID,
                    p.limit(100, 1000),
                    p.OFFSET,
                    p.AFTER,
                    p.choice("order", orders, "Of which column, and which way."),
                    p.flag("include_distance", "Fill `distance_prev_opt`."),
                    p.number("distance_tier", "Fill `distance_prev_tier` for this tier, and the other too."),
                    *p.BET_FILTER,
                ),
                answers={200: answer(ref("Bets"), examples.BETS)},
            )
        },
        f"{p.STREAM}/tail": {
            "get": operation(
                "tailBets",
                tag=p.BETS,
                summary="What came after a bet",
                scope="read",
                description="Ask again with `last_id`: numbers have no gaps and appear in order, so nothing is missed.",
                parameters=(
                    p.STREAM_ID,
                    parameter("since_id", since, "The last number seen; 0 for all.", required=True),
                    p.limit(1000, 1000),
                    p.flag("include_distance", "Fill `distance_prev_opt`."),
                    known,
                ),
                answers={200: answer(ref("Tail"), examples.TAIL), 304: unchanged},
            )
        },
        **_exports(),
        f"{p.STREAM}/holes": {
            "get": operation(
                "listHoles",
                tag=p.BETS,
                summary="Rounds that never arrived",
                scope="read",
                description="The newest ranges; of meaning only where heartbeats report every round.",
                parameters=(p.STREAM_ID, p.limit(100, 1000)),
                answers={200: answer(ref("Holes"), examples.HOLES)},
            )
        },
        f"{p.STREAM}/conflicts": {
            "get": operation(
                "listConflicts",
                tag=p.BETS,
                summary="Messages that contradict",
                scope="read",
                parameters=(p.STREAM_ID, p.limit(100, 1000), before),
                answers={200: answer(ref("Conflicts"), examples.CONFLICTS)},
            )
        },
    }


def _exports() -> dict[str, Schema]:
    columns = p.choice("columns", ["default", "full"], "The earlier servers' columns, or all.")
    formats = {
        "csv": ("text/csv", "CSV"),
        "ndjson": ("application/x-ndjson", "one JSON object a line"),
        "parquet": ("application/vnd.apache.parquet", "Parquet"),
    }
    return {
        f"{p.STREAM}/export.{name}": {
            "get": operation(
                f"export{name.capitalize()}",
                tag=p.BETS,
                summary=f"All bets as {text}",
                scope="read",
                description="Streamed by nonce. A web worker serves two downloads at once; a further one gets 503.",
                parameters=(p.STREAM_ID, columns, *p.BET_FILTER),
                answers={
                    200: {
                        "description": "The file.",
                        "content": {kind: {"schema": {"type": "string", "format": "binary"}}},
                    }
                },
            )
        }
        for name, (kind, text) in formats.items()
    }


def _figures() -> dict[str, Schema]:
    order = p.choice("order", ["nonce_asc", "nonce_desc"], "Which way.")
    ranges = parameter(
        "ranges",
        {"type": "string", "pattern": "^[0-9]{1,15}-[0-9]{1,15}(,[0-9]{1,15}-[0-9]{1,15})*$"},
        "Like 0-10000,10000-20000: start inclusive, end exclusive.",
    )
    buckets = parameter(
        "buckets",
        {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,2})?(,[0-9]{1,9}(\.[0-9]{1,2})?){0,19}$"},
        "1 to 20 results, separated by commas.",
        required=True,
    )
    number: Schema = {"type": "number", "minimum": 0, "exclusiveMaximum": 10**wire.INTEGER_DIGITS_MAX}
    tolerance: Schema = {"type": "number", "exclusiveMinimum": 0, "maximum": 1000, "default": 1e-9}
    size: Schema = {"type": "integer", "minimum": 1, "maximum": wire.NONCE_MAX, "default": 1000}

    def get(
        name: str, summary: str, schema: str, example: object, *parameters: Schema, description: str = ""
    ) -> Schema:
        return {
            "get": operation(
                name,
                tag=p.FIGURES,
                summary=summary,
                scope="read",
                parameters=(p.STREAM_ID, *parameters),
                answers={200: answer(ref(schema), example)},
                description=description,
            )
        }

    return {
        f"{p.STREAM}/hits": get(
            "listHits",
            "Hits of one result",
            "Hits",
            examples.HITS,
            p.BUCKET,
            *p.RANGE,
            p.limit(500, 1000),
            order,
            p.flag("include_distance", "Fill `distance_prev`.", default=True),
        ),
        f"{p.STREAM}/hits/stats": get(
            "hitStats",
            "Gaps between hits, by range",
            "HitStats",
            examples.HIT_STATS,
            p.BUCKET,
            ranges,
            description="The gap that leads into a range belongs to it.",
        ),
        f"{p.STREAM}/hits/stats/global": get(
            "hitStatsGlobal", "Gaps between hits, all of them", "GlobalStats", examples.GLOBAL_STATS, p.BUCKET
        ),
        f"{p.STREAM}/hits/batch": get(
            "hitBatch",
            "Hits of several results",
            "HitBatch",
            examples.HIT_BATCH,
            buckets,
            *p.RANGE,
            p.limit(500, 1000, "limit_per_bucket"),
        ),
        f"{p.STREAM}/metrics": get(
            "metrics",
            "Metrics",
            "Metrics",
            examples.METRICS,
            parameter("multipliers", array(number, maxItems=50), "Results to describe; may be given more than once."),
            parameter("tolerance", tolerance, "How far a result may lie from a multiplier."),
            parameter("bucket_size", size, "Nonces in one bucket of the density."),
            p.limit(20, 100, "top_peaks_limit"),
            description="Rounds are independent: what was due is no more likely to come.",
        ),
    }
