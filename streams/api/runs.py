"""Runs: ask for one, list them, read what they found, cancel and delete."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from accounts.http import ApiError, ApiRequest, Invalid, api, by_method
from streams import downloads, exactjson, wire
from streams.api.common import answer, parse_id, read_body
from streams.params import Params
from streams.runs import exporting, hits, present, queries, services, waiting
from streams.runs.tasks import remove_deleted_runs_soon, work_off_runs_soon
from streams.runs.wanted import InvalidRun, RangeTooLarge, Wanted
from streams.runs.wanted import read_body as read_wanted

TOLERANCE = Decimal("1e-9")


def parse_run_id(text: str) -> UUID:
    """A run's name from its address."""
    return parse_id(text, "run_id")


@api(scope="read", methods=("GET",))
def get_runs(request: ApiRequest) -> HttpResponse:
    params = Params(request.GET)
    limit = params.whole("limit", 50, low=1, high=200)
    offset = params.whole("offset", 0)
    after = params.text("after", longest=60)
    wanted = queries.RunFilter(
        search=params.text("search", longest=wire.SEED_MAX),
        game=params.text("game", longest=wire.GAME_MAX),
        difficulty=params.text("difficulty", longest=wire.DIFFICULTY_MAX),
        status=params.choice("status", "", ("", *queries.STATUSES)),
    )
    params.check()
    try:
        page = queries.list_runs(wanted=wanted, limit=limit, offset=offset, after=after)
    except queries.BadCursor as error:
        raise Invalid({"after": str(error)}) from error
    return answer(
        {
            "runs": [present.run(row) for row in page.runs],
            "total": page.total,
            "limit": limit,
            "offset": offset,
            "next_after": page.next_after or None,
        }
    )


@api(scope="write", methods=("POST",))
def post_run(request: ApiRequest) -> HttpResponse:
    """Ask for a run, and wait a little for the worker: 201 with what it found, or with `status` running."""
    run_id = services.create(wanted=_wanted(request), by=request.actor.user, at=timezone.now())
    work_off_runs_soon()
    waiting.wait_for(run_id)
    return answer(present.run_detail(queries.get_run(run_id, with_seed=True)), status=201)


def _wanted(request: HttpRequest) -> Wanted:
    # As much as a batch of bets may have: above the longest body that could be meant, a field is still named.
    try:
        body = exactjson.loads(read_body(request, most=settings.BATCH_BODY_BYTES_MAX))
    except exactjson.NotJson as error:
        raise Invalid({"body": str(error)}) from error
    if not isinstance(body, dict):
        raise Invalid({"body": "must be a JSON object."})
    try:
        return read_wanted(body, most=settings.MAX_NONCES)
    except InvalidRun as error:
        raise Invalid(error.fields, " ".join(f"{name} {text}" for name, text in error.fields.items())) from error
    except RangeTooLarge as error:
        raise ApiError(413, "RANGE_TOO_LARGE", str(error), {"end": "is too far from start."}) from error


runs = by_method(GET=get_runs, POST=post_run)


@api(scope="read", methods=("GET",))
def get_run(request: ApiRequest, run_id: str) -> HttpResponse:
    """All a run found so far; its server seed for those who may write."""
    return _detail(request, parse_run_id(run_id))


def _detail(request: ApiRequest, run_id: UUID) -> HttpResponse:
    return answer(present.run_detail(queries.get_run(run_id, with_seed=request.actor.can("write"))))


@api(scope="write", methods=("DELETE",))
def delete_run(request: ApiRequest, run_id: str) -> HttpResponse:
    key = parse_run_id(run_id)
    services.delete(run_id=key, at=timezone.now())
    remove_deleted_runs_soon()
    return answer({"deleted": True, "run_id": key})


run = by_method(GET=get_run, DELETE=delete_run)


@api(scope="write", methods=("POST",))
def cancel(request: ApiRequest, run_id: str) -> HttpResponse:
    """End a run that waits, ask the worker to end one that runs; 409 when it has ended in another way."""
    key = parse_run_id(run_id)
    try:
        services.cancel(run_id=key, at=timezone.now())
    except services.RunEnded as error:
        raise ApiError(409, "run_ended", str(error)) from error
    return _detail(request, key)


# --- Hits and distances ---------------------------------------------------------------------------


@api(scope="read", methods=("GET",))
def hit_list(request: ApiRequest, run_id: str) -> HttpResponse:
    params = Params(request.GET)
    wanted = hits.HitFilter(
        min_result=params.number_or_none("min_multiplier"), target=params.whole_or_none("target", high=32_767)
    )
    limit = params.whole("limit", 100, low=1, high=10_000)
    offset = params.whole("offset", 0)
    after = params.whole_or_none("after")
    distance = params.choice("include_distance", "", ("", *hits.DISTANCES))
    params.check()
    row = queries.find_run(parse_run_id(run_id))
    page = hits.list_hits(
        row,
        wanted=wanted,
        limit=limit,
        offset=offset,
        after=after,
        distance=distance or None,  # type: ignore[arg-type]
    )
    rows = [present.hit(each) for each in page.rows]
    return answer(
        {"total": page.total, "rows": rows, "next_after": page.next_after, "hits_truncated": row.hits_truncated}
    )


def _multiplier(request: HttpRequest) -> dict[str, Any]:
    params = Params(request.GET)
    params.required("multiplier")
    multiplier = params.number_or_none("multiplier") or Decimal(0)
    tolerance = params.number_or_none("tol")
    params.check()
    return {"multiplier": multiplier, "tolerance": TOLERANCE if tolerance is None else tolerance}


@api(scope="read", methods=("GET",))
def distances(request: ApiRequest, run_id: str) -> HttpResponse:
    """How far the hits of one result are from each other."""
    wanted = _multiplier(request)
    found = hits.distances(queries.find_run(parse_run_id(run_id)), **wanted)
    return answer(present.distances(found, stats=hits.distance_stats(found.distances), **wanted))


@api(scope="read", methods=("GET",))
def distances_csv(request: ApiRequest, run_id: str) -> HttpResponseBase:
    wanted = _multiplier(request)
    row = queries.find_run(parse_run_id(run_id))
    return downloads.respond(exporting.distances(row, **wanted), method=request.method)


@api(scope="read", methods=("GET",))
def hits_csv(request: ApiRequest, run_id: str) -> HttpResponseBase:
    row = queries.find_run(parse_run_id(run_id))
    return downloads.respond(exporting.hits(row), method=request.method)


@api(scope="read", methods=("GET",))
def full_csv(request: ApiRequest, run_id: str) -> HttpResponseBase:
    """Every round of the run, recomputed while it is sent."""
    row = queries.find_run(parse_run_id(run_id))
    return downloads.respond(exporting.every_round(row), method=request.method)
