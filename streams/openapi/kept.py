"""The operations on bookmarks and snapshots. Pure data."""

from accounts.openapi import Schema, answer, array, json_body, operation, parameter, ref
from streams.openapi import examples
from streams.openapi import parameters as p


def paths() -> dict[str, Schema]:
    """By address."""
    number: Schema = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
    bookmark_id = parameter("bookmark_id", number, "The bookmark's id.", where="path")
    snapshot_id = parameter("snapshot_id", number, "The snapshot's id.", where="path")
    one = {200: answer(ref("Bookmark"), examples.BOOKMARK)}

    def edit(name: str, *, deprecated: bool) -> Schema:
        note = "The earlier servers published this address by mistake; clients learned it." if deprecated else ""
        gone = answer({"type": "object"}, {"deleted": True, "bookmark_id": 3})
        common = {"tag": p.KEPT, "scope": "write", "parameters": (bookmark_id,), "description": note}
        return {
            "put": operation(
                f"edit{name}",
                summary="Edit a bookmark's note",
                body=json_body(ref("BookmarkChange"), {"note": "bigger"}),
                answers=one,
                deprecated=deprecated,
                **common,  # type: ignore[arg-type]
            ),
            "delete": operation(
                f"delete{name}",
                summary="Remove a bookmark",
                answers={200: gone},
                deprecated=deprecated,
                **common,  # type: ignore[arg-type]
            ),
        }

    return {
        f"{p.STREAM}/bookmarks": {
            "get": operation(
                "listBookmarks",
                tag=p.KEPT,
                summary="Bookmarks, newest first",
                scope="read",
                parameters=(p.STREAM_ID,),
                answers={200: answer(array(ref("Bookmark")), [examples.BOOKMARK])},
            ),
            "post": operation(
                "addBookmark",
                tag=p.KEPT,
                summary="Bookmark a bet",
                scope="write",
                description="404 unless a bet has this nonce and exactly this result; 409 when it has a bookmark.",
                parameters=(p.STREAM_ID,),
                body=json_body(ref("NewBookmark"), examples.NEW_BOOKMARK),
                answers=one,
                refuses=(409,),
            ),
        },
        "/live/bookmarks/{bookmark_id}": edit("Bookmark", deprecated=False),
        "/live/live/bookmarks/{bookmark_id}": edit("BookmarkOldAddress", deprecated=True),
        f"{p.STREAM}/snapshots": {
            "get": operation(
                "listSnapshots",
                tag=p.KEPT,
                summary="Snapshots, newest first",
                scope="read",
                parameters=(p.STREAM_ID,),
                answers={200: answer(array(ref("Snapshot")), [examples.SNAPSHOT])},
            ),
            "post": operation(
                "addSnapshot",
                tag=p.KEPT,
                summary="Keep a view as of one bet",
                scope="write",
                parameters=(p.STREAM_ID,),
                body=json_body(ref("NewSnapshot"), examples.NEW_SNAPSHOT),
                answers={200: answer(ref("Snapshot"), examples.SNAPSHOT)},
            ),
        },
        f"{p.STREAM}/snapshots/{{snapshot_id}}/replay": {
            "get": operation(
                "replaySnapshot",
                tag=p.KEPT,
                summary="What a snapshot showed",
                scope="read",
                parameters=(p.STREAM_ID, snapshot_id, p.limit(1000, 1000), p.AFTER),
                answers={200: answer(ref("Replay"), examples.REPLAY)},
            )
        },
        "/live/snapshots/{snapshot_id}": {
            "delete": operation(
                "deleteSnapshot",
                tag=p.KEPT,
                summary="Remove a snapshot",
                scope="write",
                parameters=(snapshot_id,),
                answers={200: answer({"type": "object"}, {"deleted": True, "snapshot_id": 4})},
            )
        },
    }
