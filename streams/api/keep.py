"""Bookmarks and snapshots."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from accounts.http import ApiError, ApiRequest, Invalid, api, by_method
from streams import present, queries, services, wire
from streams.api.common import answer, checked, optional_text_of, parse_id, read_object, text_of
from streams.params import Params


@api(scope="write", methods=("POST",))
def add_bookmark(request: ApiRequest, stream_id: str) -> HttpResponse:
    body = read_object(request)
    try:
        row = services.add_bookmark(
            stream_id=parse_id(stream_id),
            nonce=checked(body, "nonce", wire.check_whole),
            result=checked(body, "multiplier", wire.check_number),
            note=optional_text_of(body, "note", longest=wire.NOTES_MAX),
            at=timezone.now(),
        )
    except services.AlreadyBookmarked as error:
        raise ApiError(409, "exists", str(error)) from error
    return answer(present.bookmark(row))


@api(scope="read", methods=("GET",))
def bookmark_list(request: ApiRequest, stream_id: str) -> HttpResponse:
    stream = queries.find_stream(parse_id(stream_id))
    return answer([present.bookmark(row) for row in queries.list_bookmarks(stream)])


bookmarks = by_method(GET=bookmark_list, POST=add_bookmark)


@api(scope="write", methods=("PUT", "DELETE"))
def bookmark(request: ApiRequest, bookmark_id: int) -> HttpResponse:
    if request.method == "DELETE":
        services.remove_bookmark(bookmark_id=bookmark_id)
        return answer({"deleted": True, "bookmark_id": bookmark_id})
    note = optional_text_of(read_object(request), "note", longest=wire.NOTES_MAX)
    return answer(present.bookmark(services.edit_bookmark(bookmark_id=bookmark_id, note=note)))


# What a snapshot's filter may name, so that every stored one can be shown again.
FILTER_STATE: dict[str, Callable[[object], object]] = {
    "min_multiplier": wire.check_number,
    "difficulty": partial(wire.check_text, longest=wire.DIFFICULTY_MAX),
}


def _filter_state(body: dict[str, Any]) -> dict[str, Any]:
    state = body.get("filter_state")
    if state is None:
        return {}
    if not isinstance(state, dict):
        raise Invalid({"filter_state": "must be a JSON object."})
    wrong = wire.check_extra(state)
    for name, check in FILTER_STATE.items():
        if state.get(name) is not None:
            try:
                check(state[name])
            except ValueError as error:
                wrong[f"filter_state.{name}"] = str(error)
    if wrong:
        raise Invalid(wrong)
    return state


@api(scope="write", methods=("POST",))
def add_snapshot(request: ApiRequest, stream_id: str) -> HttpResponse:
    body = read_object(request)
    key = parse_id(stream_id)
    stream = queries.find_stream(key)
    last_seq = checked(body, "last_id_checkpoint", wire.check_whole)
    if not 1 <= last_seq <= stream.last_seq:
        raise ApiError(400, "no_such_bet", "This stream has no bet of that id.", {"last_id_checkpoint": "has no bet."})
    row = services.add_snapshot(
        stream_id=key,
        name=text_of(body, "name", longest=200, shortest=1),
        filter_state=_filter_state(body),
        last_seq=last_seq,
        at=timezone.now(),
    )
    return answer(present.snapshot(row))


@api(scope="read", methods=("GET",))
def snapshot_list(request: ApiRequest, stream_id: str) -> HttpResponse:
    stream = queries.find_stream(parse_id(stream_id))
    return answer([present.snapshot(row) for row in queries.list_snapshots(stream)])


snapshots = by_method(GET=snapshot_list, POST=add_snapshot)


@api(scope="read", methods=("GET",))
def snapshot_replay(request: ApiRequest, stream_id: str, snapshot_id: int) -> HttpResponse:
    """The bets that a snapshot showed, oldest first, a page at a time."""
    params = Params(request.GET)
    limit = params.whole("limit", 1000, low=1, high=1000)
    after = params.text("after", longest=120)
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    kept = queries.get_snapshot(stream, snapshot_id)
    state = kept.filter_state
    wanted = queries.BetFilter(
        min_result=None if state.get("min_multiplier") is None else wire.check_number(state["min_multiplier"]),
        difficulty=state.get("difficulty") or "",
        seq_to=kept.last_seq,
    )
    try:
        page = queries.list_bets(stream, wanted=wanted, order="id_asc", limit=limit, after=after)
    except queries.BadCursor as error:
        raise Invalid({"after": str(error)}) from error
    return answer(
        {
            "snapshot": present.snapshot(kept),
            "bets": [present.bet(row) for row in page.bets],
            "total": queries.count_bets(stream, wanted),
            "next_after": page.next_after,
            "has_more": page.has_more,
        }
    )


@api(scope="write", methods=("DELETE",))
def snapshot(request: ApiRequest, snapshot_id: int) -> HttpResponse:
    services.remove_snapshot(snapshot_id=snapshot_id)
    return answer({"deleted": True, "snapshot_id": snapshot_id})
