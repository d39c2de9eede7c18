"""Sessions: storing one, changing it, going live, as OpenAPI operations. Pure data."""

from typing import Any

from accounts.openapi import Schema, answer, array, json_body, operation, record, ref
from stake.openapi import examples
from stake.openapi import parameters as own
from stake.openapi.parameters import OF_OURS, OF_THE_VENUE
from stake.openapi.schemas import FLAG, UUID

_SESSION = {200: answer(ref("StakeSessionDetail"), examples.SESSION_DETAIL)}


def paths() -> dict[str, Schema]:
    """By address."""
    return {
        "/stake/session": {"get": _list(), "post": _store()},
        "/stake/session/{session_id}": {"get": _show(), "put": _change(), "delete": _remove()},
        "/stake/session/{session_id}/verify": {"post": _verify()},
        "/stake/session/{session_id}/live": {"put": _go_live(), "delete": _go_dry()},
    }


def _list() -> Schema:
    listed = record({"sessions": array(ref("StakeSession"))})
    return operation(
        "listStakeSessions",
        tag=own.SESSIONS,
        summary="List sessions, newest first",
        scope="read",
        answers={200: answer(listed, {"sessions": [examples.SESSION]})},
    )


def _store() -> Schema:
    return operation(
        "storeStakeSession",
        tag=own.SESSIONS,
        summary="Verify a token and store its session",
        scope="sessions",
        description="The venue is asked whose token it is; a token that it does not know is not stored. The "
        "answer tells the account and its currencies, and no secret. A new session is in dry run.",
        body=json_body(ref("NewStakeSession"), examples.NEW_SESSION),
        answers={
            201: answer(ref("StakeSessionDetail"), examples.SESSION_DETAIL, description="Stored."),
            **OF_THE_VENUE,
        },
    )


def _of_one(name: str, summary: str, answers: dict[int, Schema], *, scope: str = "sessions", **more: Any) -> Schema:
    """An operation on the session that its address names."""
    return operation(
        name,
        tag=own.SESSIONS,
        summary=summary,
        scope=scope,
        parameters=(own.SESSION_ID,),
        answers=answers,
        **more,
    )


def _show() -> Schema:
    return _of_one("getStakeSession", "One session, with its balances and limits", _SESSION, scope="read")


def _change() -> Schema:
    return _of_one(
        "changeStakeSession",
        "Change a session",
        {**_SESSION, **OF_THE_VENUE},
        description="Secrets that are left out stay as they are. Another host needs the token again and takes "
        "the clearance away. A simulated session stays with the simulator.",
        body=json_body(ref("NewStakeSession"), examples.NEW_SESSION),
    )


def _remove() -> Schema:
    removed = answer(record({"removed": FLAG, "session": UUID}), {"removed": True, "session": examples.SESSION_ID})
    return _of_one(
        "removeStakeSession",
        "Remove a session",
        {200: removed, **OF_OURS},
        description="Its secrets are gone at once; its bets and rotations stay. Refused while something of it "
        "is not decided.",
    )


def _verify() -> Schema:
    return _of_one(
        "verifyStakeSession",
        "Ask the venue again whose session it is",
        {**_SESSION, **OF_THE_VENUE},
        description="Also reads its balances and the seed pair in use.",
    )


def _go_live() -> Schema:
    return _of_one(
        "goLive",
        "Bet with real money from now on",
        {**_SESSION, **OF_OURS},
        description="Needs limits for the session's currency (`no_limits`).",
    )


def _go_dry() -> Schema:
    return _of_one("goDry", "Back to dry run", {**_SESSION, **OF_OURS})
