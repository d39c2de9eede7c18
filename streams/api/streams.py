"""Streams: the list, one of them, its notes, archiving and deleting."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.http import ApiRequest, Invalid, api, by_method
from streams import present, queries, services, wire
from streams.api.common import answer, parse_id, read_object, text_of
from streams.params import Params
from streams.tasks import remove_deleted_soon

RECENT_BETS = 10
_YES_NO_ANY = {"false": False, "true": True, "any": None}


@api(scope="read", methods=("GET",))
def stream_list(request: ApiRequest) -> HttpResponse:
    params = Params(request.GET)
    limit = params.whole("limit", 50, low=1, high=100)
    offset = params.whole("offset", 0)
    archived = _YES_NO_ANY[params.choice("archived", "false", _YES_NO_ANY)]
    simulated = _YES_NO_ANY[params.choice("simulated", "any", _YES_NO_ANY)]
    activity = params.choice("activity", "", ("", "live", "recent", "idle"))
    wanted = queries.StreamFilter(
        search=params.text("search", longest=wire.SEED_MAX),
        game=params.text("game", longest=wire.GAME_MAX),
        activity=activity or None,  # type: ignore[arg-type]
        archived=archived,
        simulated=simulated,
    )
    order = params.choice("order", "last_seen", queries.STREAM_ORDERS)
    params.check(status=400)
    page = queries.list_streams(wanted=wanted, limit=limit, offset=offset, order=order, at=timezone.now())
    return answer(
        {
            "streams": [present.stream(row) for row in page.streams],
            "total": page.total,
            "limit": limit,
            "offset": offset,
        }
    )


@api(scope="read", methods=("GET",))
def get_stream(request: ApiRequest, stream_id: str) -> HttpResponse:
    return _detail(parse_id(stream_id))


def _detail(stream_id: UUID) -> HttpResponse:
    stream = queries.get_stream(stream_id)
    recent = queries.list_bets(stream, order="nonce_desc", limit=RECENT_BETS).bets
    return answer(present.stream_detail(stream, recent))


@api(scope="write", methods=("PUT",))
def put_stream(request: ApiRequest, stream_id: str) -> HttpResponse:
    """Replace the notes; null or absent changes nothing, "" clears. `If-Match` with their version never overwrites."""
    key = parse_id(stream_id)
    notes = _notes(read_object(request))
    if notes is not None:
        try:
            services.set_notes(stream_id=key, notes=notes, version=_version(request))
        except services.NotesChanged as error:
            return answer(
                {
                    "error": {"code": "conflict", "message": str(error), "fields": {"notes": "changed meanwhile."}},
                    "detail": str(error),
                    "current": error.current,
                    "current_version": error.version,
                    "yours": notes,
                },
                status=409,
            )
    return _detail(key)


def _notes(body: dict[str, Any]) -> str | None:
    notes = body.get("notes")
    if notes is None:
        return None
    return text_of({"notes": notes.strip() if isinstance(notes, str) else notes}, "notes", longest=wire.NOTES_MAX)


def _version(request: HttpRequest) -> int | None:
    text = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if text in ("", "*"):
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid({"If-Match": "must be the notes_version that the edit is of."})
    return int(text)


@api(scope="write", methods=("DELETE",))
def delete_stream(request: ApiRequest, stream_id: str) -> HttpResponse:
    key = parse_id(stream_id)
    bets = services.delete(stream_id=key, at=timezone.now())
    remove_deleted_soon()
    return answer({"deleted": True, "stream_id": key, "bets_deleted": bets})


stream = by_method(GET=get_stream, PUT=put_stream, DELETE=delete_stream)


@api(scope="write", methods=("PUT", "DELETE"))
def archive(request: ApiRequest, stream_id: str) -> HttpResponse:
    """PUT puts the stream away, DELETE brings it back."""
    key = parse_id(stream_id)
    if request.method == "PUT":
        services.archive(stream_id=key, at=timezone.now())
    else:
        services.unarchive(stream_id=key)
    return _detail(key)
