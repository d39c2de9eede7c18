"""Hits of one result, their gaps, and metrics."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.http import ApiRequest, api
from streams import hits, present, queries
from streams.api.common import answer, parse_id
from streams.params import Params

BATCH_BUCKETS_MAX = 20
METRIC_MULTIPLIERS_MAX = 50
RANGES_MAX = 200


def _bucket(params: Params) -> Decimal:
    params.required("bucket")
    return (params.number_or_none("bucket") or Decimal(0)).quantize(Decimal("0.01"))


@api(scope="read", methods=("GET",))
def hit_list(request: ApiRequest, stream_id: str) -> HttpResponse:
    params = Params(request.GET)
    bucket = _bucket(params)
    after = params.whole("after_nonce", 0)
    before = params.whole_or_none("before_nonce")
    limit = params.whole("limit", 500, low=1, high=1000)
    order = params.choice("order", "nonce_asc", ("nonce_asc", "nonce_desc"))
    distances = params.flag("include_distance", default=True)
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    page = hits.list_hits(
        stream,
        bucket=bucket,
        after_nonce=after,
        before_nonce=before,
        limit=limit,
        descending=order == "nonce_desc",
    )
    return answer(
        {
            "hits": [present.hit(row if distances else replace(row, distance=None), bucket) for row in page.hits],
            "prev_nonce_before_range": page.previous_nonce,
            "total_in_range": page.total,
            "has_more": page.has_more,
        }
    )


@api(scope="read", methods=("GET",))
def hit_stats(request: ApiRequest, stream_id: str) -> HttpResponse:
    params = Params(request.GET)
    bucket = _bucket(params)
    ranges = _ranges(request, params)
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    found = hits.gap_stats(stream, bucket=bucket, ranges=ranges or [(0, None)])
    names = [f"{start}-{end}" for start, end in ranges] or [f"0-{stream.last_nonce or 0}"]
    return answer(
        {
            "stats_by_range": [
                {"range": name, "stats": present.gap_stats(row)} for name, row in zip(names, found, strict=True)
            ]
        }
    )


def _ranges(request: HttpRequest, params: Params) -> list[tuple[int, int | None]]:
    """`ranges=0-10000,10000-20000`: start inclusive, end exclusive."""
    ranges: list[tuple[int, int | None]] = []
    for part in request.GET.get("ranges", "").split(","):
        if not part.strip():
            continue
        start, _, end = (piece.strip() for piece in part.partition("-"))
        valid = all(piece.isascii() and piece.isdigit() and len(piece) < 17 for piece in (start, end))
        if not valid or int(start) >= int(end) or len(ranges) == RANGES_MAX:
            params.wrong["ranges"] = f"must be at most {RANGES_MAX} ranges like 0-10000, each start below its end."
            return []
        ranges.append((int(start), int(end)))
    return ranges


@api(scope="read", methods=("GET",))
def hit_stats_global(request: ApiRequest, stream_id: str) -> HttpResponse:
    params = Params(request.GET)
    bucket = _bucket(params)
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    [found] = hits.gap_stats(stream, bucket=bucket, ranges=[(0, None)])
    interval = hits.mean_gap_interval(stream, hits=found.count)
    return answer(
        {
            "global_stats": present.gap_stats(found),
            "theoretical_eta": hits.theoretical_gap(stream, bucket=bucket),
            "confidence_interval": None if interval is None else [present.number(end) for end in interval],
        }
    )


@api(scope="read", methods=("GET",))
def hit_batch(request: ApiRequest, stream_id: str) -> HttpResponse:
    params = Params(request.GET)
    buckets = params.number_list("buckets", most=BATCH_BUCKETS_MAX)
    after = params.whole("after_nonce", 0)
    before = params.whole_or_none("before_nonce")
    limit = params.whole("limit_per_bucket", 500, low=1, high=1000)
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    found: dict[str, Any] = {}
    stats: dict[str, Any] = {}
    for bucket in buckets:
        page = hits.list_hits(stream, bucket=bucket, after_nonce=after, before_nonce=before, limit=limit)
        [row] = hits.gap_stats(stream, bucket=bucket, ranges=[(after, before)])
        # The earlier servers' keys: the number as Python writes a float, 1.0 and 11200.65.
        name = repr(float(bucket))
        found[name] = [present.hit(each, bucket) for each in page.hits]
        stats[name] = present.gap_stats(row)
    return answer({"hits_by_bucket": found, "stats_by_bucket": stats})


@api(scope="read", methods=("GET",))
def metrics(request: ApiRequest, stream_id: str) -> HttpResponse:
    params = Params(request.GET)
    multipliers = params.numbers("multipliers", most=METRIC_MULTIPLIERS_MAX)
    tolerance = params.number_or_none("tolerance")
    bucket_size = params.whole("bucket_size", 1000, low=1)
    peaks = params.whole("top_peaks_limit", 20, low=1, high=100)
    if tolerance == 0:
        params.wrong["tolerance"] = "must be above 0."
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    top = queries.list_bets(stream, order="result_desc", limit=peaks).bets
    return answer(
        {
            "stream_id": stream.id,
            "total_bets": stream.bets,
            "highest_multiplier": stream.highest_result,
            "hit_rate": present.number(hits.bets_per_minute(stream)),
            "multiplier_stats": [
                present.multiplier_stats(
                    hits.multiplier_stats(stream, multiplier=each, tolerance=tolerance or Decimal("1e-9"))
                )
                for each in multipliers
            ],
            "density_buckets": {
                str(number): count for number, count in hits.density(stream, bucket_size=bucket_size).items()
            },
            "top_peaks": [
                {
                    "multiplier": row.round_result,
                    "nonce": row.nonce,
                    "timestamp": row.placed_at or row.received_at,
                    "id": row.seq,
                }
                for row in top
                if row.round_result is not None
            ],
        }
    )
