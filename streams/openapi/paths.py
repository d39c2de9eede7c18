"""Every JSON address of streams, as its OpenAPI operations. Pure data."""

from accounts.openapi import Schema, answer, array, json_body, operation, parameter, ref
from streams import wire
from streams.openapi import bets, examples, kept, verification
from streams.openapi import parameters as p
from streams.openapi.schemas import MESSAGE

_RATE_HEADERS: Schema = {
    name: {"schema": {"type": "string"}, "description": description}
    for name, description in (
        ("X-RateLimit-Limit", "Messages a minute, this web worker's share; absent where no limit is set."),
        ("X-RateLimit-Remaining", "How many are left in this minute."),
        ("X-RateLimit-Reset", "Seconds to the next minute."),
    )
}


def _posting() -> dict[str, Schema]:
    many: Schema = {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [array(MESSAGE, maxItems=10_000), MESSAGE]},
                "example": [examples.BET_MESSAGE, examples.HEARTBEAT_MESSAGE],
            }
        },
    }
    return {
        "/live/ingest": {
            "post": operation(
                "ingestOne",
                tag=p.INGEST,
                summary="Post one bet or heartbeat",
                scope="ingest",
                description="Answered once it is durable. The same bet again is 200 with `accepted: false`, so sending "
                "again after a failure is always safe. A bet that contradicts a known one is kept apart as a conflict.",
                body=json_body(MESSAGE, examples.BET_MESSAGE),
                answers={200: {**answer(ref("Outcome"), examples.OUTCOME), "headers": _RATE_HEADERS}},
                refuses=(429,),
            )
        },
        "/live/ingest/batch": {
            "post": operation(
                "ingestBatch",
                tag=p.INGEST,
                summary="Post up to 10,000 messages",
                scope="ingest",
                description="A JSON array, one object, or NDJSON (one object a line); up to 16 MB. One result a "
                "message, in order. An invalid message is refused alone; the others are stored.",
                body=many,
                answers={200: {**answer(ref("Batch"), examples.BATCH), "headers": _RATE_HEADERS}},
                refuses=(429,),
            )
        },
    }


_DETAIL = {200: answer(ref("StreamDetail"), examples.STREAM_DETAIL)}


def _list() -> dict[str, Schema]:
    orders = ["last_seen", "created", "bets", "rounds", "highest"]
    parameters = (
        p.limit(50, 100),
        p.OFFSET,
        p.choice("order", orders, "Largest or latest first."),
        p.text("search", wire.SEED_MAX, "Part of a seed hash, a client seed or notes."),
        p.text("game", wire.GAME_MAX, "With bets of this game."),
        parameter(
            "activity",
            {"type": "string", "enum": ["live", "recent", "idle"]},
            "Last seen under 5 minutes, under 30, or longer ago.",
        ),
        p.choice("archived", ["false", "true", "any"], "Whether put away."),
        p.choice("simulated", ["any", "true", "false"], "Whether a simulated venue dealt them."),
    )
    return {
        "/live/streams": {
            "get": operation(
                "listStreams",
                tag=p.STREAMS,
                summary="List streams",
                scope="read",
                parameters=parameters,
                description="A wrong parameter is 400 here, as the earlier servers answered.",
                answers={200: answer(ref("Streams"), examples.STREAMS)},
                refuses=(400,),
            )
        }
    }


def _one() -> dict[str, Schema]:
    if_match = parameter(
        "If-Match",
        {"type": "string", "pattern": "^[0-9]{1,9}$"},
        "The `notes_version` this edit is of.",
        where="header",
    )
    changed = {
        "description": "Somebody else changed the notes meanwhile; both texts.",
        "content": {"application/json": {"schema": ref("NotesConflict")}},
    }
    deleted = {"deleted": True, "stream_id": examples.STREAM_ID, "bets_deleted": 1}
    return {
        p.STREAM: {
            "get": operation(
                "getStream",
                tag=p.STREAMS,
                summary="One stream",
                scope="read",
                parameters=(p.STREAM_ID,),
                answers=_DETAIL,
            ),
            "put": operation(
                "editStream",
                tag=p.STREAMS,
                summary="Edit its notes",
                scope="write",
                description="With If-Match an edit never overwrites another; without, the last one wins.",
                parameters=(p.STREAM_ID, if_match),
                body=json_body(ref("NotesChange"), {"notes": "good seed"}),
                answers={**_DETAIL, 409: changed},
            ),
            "delete": operation(
                "deleteStream",
                tag=p.STREAMS,
                summary="Delete it with its bets",
                scope="write",
                description="Gone at once; its rows are removed in the background. Its seed pair is free again.",
                parameters=(p.STREAM_ID,),
                answers={200: answer({"type": "object"}, deleted)},
            ),
        }
    }


def _archive() -> dict[str, Schema]:
    return {
        f"{p.STREAM}/archive": {
            "put": operation(
                "archiveStream",
                tag=p.STREAMS,
                summary="Put it away",
                scope="write",
                description="Out of the list, all rows kept. A bet that arrives later brings it back.",
                parameters=(p.STREAM_ID,),
                answers=_DETAIL,
            ),
            "delete": operation(
                "unarchiveStream",
                tag=p.STREAMS,
                summary="Bring it back",
                scope="write",
                parameters=(p.STREAM_ID,),
                answers=_DETAIL,
            ),
        }
    }


PATHS: dict[str, Schema] = {
    **_posting(),
    **_list(),
    **_one(),
    **_archive(),
    **bets.paths(),
    **kept.paths(),
    **verification.paths(),
}
