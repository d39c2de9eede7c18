"""The bets of a stream: pages, the tail, what is missing, what contradicts."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from accounts.http import ApiRequest, Invalid, api
from streams import present, queries
from streams.api.common import answer, parse_id
from streams.params import Params

HOLES_MAX = 1000


@api(scope="read", methods=("GET",))
def bets(request: ApiRequest, stream_id: str) -> HttpResponse:
    params = Params(request.GET)
    limit = params.whole("limit", 100, low=1, high=1000)
    offset = params.whole("offset", 0)
    order = params.choice("order", "nonce_asc", queries.BET_ORDERS)
    after = params.text("after", longest=120)
    tier = params.number_or_none("distance_tier")
    distances = params.flag("include_distance")
    wanted = params.bet_filter()
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    try:
        page = queries.list_bets(stream, wanted=wanted, order=order, limit=limit, after=after, offset=offset)
    except queries.BadCursor as error:
        raise Invalid({"after": str(error)}) from error
    rows = queries.with_distances(stream, page.bets, tier=tier) if distances or tier is not None else page.bets
    return answer(
        {
            "bets": [present.bet(row) for row in rows],
            "total": queries.count_bets(stream, wanted),
            "limit": limit,
            "offset": offset,
            "stream_id": stream.id,
            "next_after": page.next_after,
            "has_more": page.has_more,
        }
    )


@api(scope="read", methods=("GET",))
def tail(request: ApiRequest, stream_id: str) -> HttpResponse:
    """What came after `since_id`, oldest first; an unchanged stream answers 304 to a request with its ETag."""
    params = Params(request.GET)
    params.required("since_id")
    since = params.whole("since_id", 0, high=2**63 - 1)
    limit = params.whole("limit", 1000, low=1, high=1000)
    distances = params.flag("include_distance")
    params.check()
    stream = queries.find_stream(parse_id(stream_id))
    if stream.last_seq <= since:
        etag = f'"{stream.id}:{stream.last_seq}"'
        if _is_known(request, etag):
            return HttpResponse(status=304, headers={"ETag": etag})
        return answer({"bets": [], "last_id": since, "has_more": False}, headers={"ETag": etag})
    page = queries.tail(stream, since=since, limit=limit)
    rows = queries.with_distances(stream, page.bets) if distances else page.bets
    return answer(
        {
            "bets": [present.bet(row) for row in rows],
            "last_id": rows[-1].seq if rows else since,
            "has_more": page.has_more,
        }
    )


def _is_known(request: HttpRequest, etag: str) -> bool:
    """Whether If-None-Match names the tag; a proxy that compresses makes it weak."""
    known = request.headers.get("If-None-Match", "").strip()
    return known == "*" or etag in (tag.removeprefix("W/") for tag in parse_etags(known))


@api(scope="read", methods=("GET",))
def holes(request: ApiRequest, stream_id: str) -> HttpResponse:
    """The newest ranges of nonces that never arrived; of meaning only where heartbeats report every round."""
    params = Params(request.GET)
    limit = params.whole("limit", 100, low=1, high=HOLES_MAX)
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    return answer(
        {
            "holes": [present.hole(row) for row in queries.list_holes(stream, limit=limit)],
            "missing_rounds": stream.missing if stream.has_heartbeats else None,
            "has_heartbeats": stream.has_heartbeats,
            "coverage": stream.coverage,
        }
    )


@api(scope="read", methods=("GET",))
def conflicts(request: ApiRequest, stream_id: str) -> HttpResponse:
    params = Params(request.GET)
    limit = params.whole("limit", 100, low=1, high=1000)
    before = params.whole_or_none("before", high=2**63 - 1)
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    rows = queries.list_conflicts(stream, limit=limit, before=before)
    return answer({"conflicts": [present.conflict(row) for row in rows], "total": stream.conflicts})
