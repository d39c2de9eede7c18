"""Every JSON address below /stake, as its OpenAPI operations. Pure data."""

from accounts.openapi import Schema, answer, array, json_body, operation, parameter, record, ref
from stake.openapi import examples
from stake.openapi import parameters as own
from stake.openapi.parameters import NO_SUCH, OF_OURS, OF_THE_VENUE
from stake.openapi.schemas import UUID, WHOLE
from streams.openapi import parameters as p

_FLAG: Schema = {"type": "boolean"}
_STOPPED = {200: answer(record({"stopped": _FLAG}), {"stopped": False})}
_SESSION = {200: answer(ref("StakeSessionDetail"), examples.SESSION_DETAIL)}


def paths() -> dict[str, Schema]:
    """By address."""
    return {**_sessions(), **_one_session(), **_bets(), **_finding_out(), **_account(), **_vault(), **_guards()}


def _sessions() -> dict[str, Schema]:
    listed = record({"sessions": array(ref("StakeSession"))})
    return {
        "/stake/session": {
            "get": operation(
                "listStakeSessions",
                tag=own.SESSIONS,
                summary="List sessions, newest first",
                scope="read",
                answers={200: answer(listed, {"sessions": [examples.SESSION]})},
            ),
            "post": operation(
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
            ),
        }
    }


def _one_session() -> dict[str, Schema]:
    removed = answer(record({"removed": _FLAG, "session": UUID}), {"removed": True, "session": examples.SESSION_ID})

    def switch(name: str, summary: str, description: str = "") -> Schema:
        return operation(
            name,
            tag=own.SESSIONS,
            summary=summary,
            scope="sessions",
            description=description,
            parameters=(own.SESSION_ID,),
            answers={**_SESSION, **OF_OURS},
        )

    return {
        "/stake/session/{session_id}": {
            "get": operation(
                "getStakeSession",
                tag=own.SESSIONS,
                summary="One session, with its balances and limits",
                scope="read",
                parameters=(own.SESSION_ID,),
                answers=_SESSION,
            ),
            "put": operation(
                "changeStakeSession",
                tag=own.SESSIONS,
                summary="Change a session",
                scope="sessions",
                description="Secrets that are left out stay as they are. Another host needs the token again and takes "
                "the clearance away. A simulated session stays with the simulator.",
                parameters=(own.SESSION_ID,),
                body=json_body(ref("NewStakeSession"), examples.NEW_SESSION),
                answers={**_SESSION, **OF_THE_VENUE},
            ),
            "delete": operation(
                "removeStakeSession",
                tag=own.SESSIONS,
                summary="Remove a session",
                scope="sessions",
                description="Its secrets are gone at once; its bets and rotations stay. Refused while something of it "
                "is not decided.",
                parameters=(own.SESSION_ID,),
                answers={200: removed, **OF_OURS},
            ),
        },
        "/stake/session/{session_id}/verify": {
            "post": operation(
                "verifyStakeSession",
                tag=own.SESSIONS,
                summary="Ask the venue again whose session it is",
                scope="sessions",
                description="Also reads its balances and the seed pair in use.",
                parameters=(own.SESSION_ID,),
                answers={**_SESSION, **OF_THE_VENUE},
            )
        },
        "/stake/session/{session_id}/live": {
            "put": switch(
                "goLive", "Bet with real money from now on", "Needs limits for the session's currency (`no_limits`)."
            ),
            "delete": switch("goDry", "Back to dry run"),
        },
    }


def _bets() -> dict[str, Schema]:
    intents = record({"intents": array(ref("StakeIntent")), "limit": WHOLE, "offset": WHOLE})
    return {
        "/stake/bet": {
            "get": operation(
                "listStakeIntents",
                tag=own.BETTING,
                summary="Bets that were asked for, newest first",
                scope="read",
                parameters=(
                    own.OF_SESSION,
                    p.flag("pending", "Only those that may still become a row of a stream."),
                    p.limit(50, 200),
                    parameter("offset", {**WHOLE, "maximum": 1_000_000, "default": 0}, "How many to skip."),
                ),
                answers={200: answer(intents, {"intents": [examples.INTENT], "limit": 50, "offset": 0})},
            ),
            "post": operation(
                "placeStakeBet",
                tag=own.BETTING,
                summary="Place a bet, once",
                scope="bet",
                description="Written down before it is sent, and never sent twice: send the same `client_ref` again "
                "as often as you like, it is the same bet. What was proved not to be placed is answered with the "
                "venue's refusal. 202 is not a refusal: the bet may be placed, and nothing more is sent with the "
                "session until it is known.",
                body=json_body(ref("NewStakeBet"), examples.NEW_BET),
                answers={
                    200: answer(
                        ref("StakePlaced"), {"stake": examples.DRY_RUN}, description="A dry run: nothing was sent."
                    ),
                    201: answer(ref("StakePlaced"), examples.PLACED, description="Placed, and in its stream."),
                    202: answer(
                        ref("StakePlaced"),
                        {"stake": examples.UNKNOWN},
                        description="In flight, not known yet, or placed without its nonce; see `stake.state`.",
                    ),
                    404: NO_SUCH,
                    **OF_THE_VENUE,
                },
            ),
        },
        "/stake/bet/{intent_id}": {
            "get": operation(
                "getStakeIntent",
                tag=own.BETTING,
                summary="What became of a bet",
                scope="read",
                parameters=(own.INTENT_ID,),
                answers={200: answer(ref("StakePlaced"), examples.PLACED)},
            )
        },
        "/stake/bets/{name}": {
            "get": operation(
                "lookUpStakeBet",
                tag=own.BETTING,
                summary="Look a bet up at the venue, anybody's",
                scope="read",
                description="A server seed that the venue shows is kept where a stream waits for it.",
                parameters=(
                    parameter(
                        "name",
                        {"type": "string", "minLength": 1, "maxLength": 500},
                        "Its UUID, `house:123456789`, `house: 123,456,789`, or the venue's link, percent-encoded.",
                        where="path",
                    ),
                    parameter("session", UUID, "The session to ask with; the newest where it is left out."),
                ),
                answers={200: answer(ref("StakeBet"), examples.VENUE_BET), **OF_THE_VENUE},
            )
        },
    }


def _finding_out() -> dict[str, Schema]:
    found = {"anyOf": [ref("StakeReconciled"), ref("StakePlaced"), ref("StakeDeposit")]}
    return {
        "/stake/reconcile": {
            "post": operation(
                "reconcileStake",
                tag=own.BETTING,
                summary="Find out what was never answered, or say it by hand",
                scope="bet",
                description="With `session`, the venue is asked now what became of everything that is open; the "
                "worker does so by itself as well. With `intent` or `deposit`, your word decides.",
                body=json_body(ref("StakeReconcile"), examples.RECONCILE),
                answers={200: answer(found, examples.RECONCILED), 404: NO_SUCH, **OF_THE_VENUE},
            )
        },
        "/stake/import-history": {
            "post": operation(
                "importStakeHistory",
                tag=own.BETTING,
                summary="Bring the account's newest bets into their streams",
                scope="bet",
                description="By pages of 50, newest first; what is here already is not stored again.",
                body=json_body(ref("StakeImport"), examples.IMPORT),
                answers={200: answer(ref("StakeImported"), examples.IMPORTED), 404: NO_SUCH, **OF_THE_VENUE},
            )
        },
    }


def _account() -> dict[str, Schema]:
    rotations = record({"rotations": array(ref("StakeRotation"))})
    balances = record({"session": UUID, "balances": array(ref("StakeBalance"))})
    return {
        "/stake/rotate-seed": {
            "post": operation(
                "rotateStakeSeed",
                tag=own.ACCOUNT,
                summary="Rotate the seed pair",
                scope="bet",
                description="The new hash is compared with the one that was announced, and the old server seed with "
                "its hash; its stream is then verified. Refused while rounds are open, naming the games.",
                body=json_body(ref("StakeRotate"), examples.ROTATE),
                answers={
                    201: answer(ref("StakeRotation"), examples.ROTATION, description="Rotated."),
                    202: answer(
                        ref("StakeRotation"),
                        {
                            **examples.ROTATION,
                            "state": "unknown",
                            "rotated_at": None,
                            "promise_kept": None,
                            "next": None,
                        },
                        description="Not known yet; it is being found out.",
                    ),
                    404: NO_SUCH,
                    **OF_THE_VENUE,
                },
            )
        },
        "/stake/rotations": {
            "get": operation(
                "listStakeRotations",
                tag=own.ACCOUNT,
                summary="Rotations, newest first",
                scope="read",
                parameters=(own.OF_SESSION, p.limit(50, 200)),
                answers={200: answer(rotations, {"rotations": [examples.ROTATION]})},
            )
        },
        "/stake/balance": {
            "get": operation(
                "getStakeBalance",
                tag=own.ACCOUNT,
                summary="What the account has",
                scope="read",
                parameters=(
                    parameter("session", UUID, "The session to ask with.", required=True),
                    p.flag("refresh", "Ask the venue; false answers what was kept last.", default=True),
                ),
                answers={
                    200: answer(balances, {"session": examples.SESSION_ID, "balances": [examples.BALANCE]}),
                    404: NO_SUCH,
                    **OF_THE_VENUE,
                },
            )
        },
    }


def _vault() -> dict[str, Schema]:
    return {
        "/stake/vault": {
            "post": operation(
                "moveToStakeVault",
                tag=own.ACCOUNT,
                summary="Move money into the venue's vault, once",
                scope="bet",
                description="The same `client_ref` again is the same move. Out of the vault it comes at the venue "
                "alone, with a second factor.",
                body=json_body(ref("NewStakeDeposit"), examples.TO_VAULT),
                answers={
                    201: answer(ref("StakeDeposit"), examples.DEPOSIT, description="Moved."),
                    202: answer(
                        ref("StakeDeposit"),
                        {**examples.DEPOSIT, "state": "unknown", "decided_at": None},
                        description="Not known yet; it is being found out.",
                    ),
                    404: NO_SUCH,
                    **OF_THE_VENUE,
                },
            )
        }
    }


def _guards() -> dict[str, Schema]:
    limits = {200: answer(ref("StakeLimits"), examples.LIMITS)}

    def stop(name: str, summary: str, scope: str) -> Schema:
        return operation(name, tag=own.GUARDS, summary=summary, scope=scope, answers=_STOPPED)

    return {
        "/stake/limits": {
            "get": operation(
                "getStakeLimits",
                tag=own.GUARDS,
                summary="Limits and running pauses",
                scope="read",
                parameters=(parameter("session", UUID, "Of this session; else those of all accounts together."),),
                answers={**limits, 404: NO_SUCH},
            ),
            "put": operation(
                "setStakeLimits",
                tag=own.GUARDS,
                summary="Set the limits of one currency",
                scope="sessions",
                description="All of them at once: what is left out is no limit any more.",
                body=json_body(ref("NewStakeLimit"), examples.NEW_LIMIT),
                answers={**limits, 404: NO_SUCH},
            ),
        },
        "/stake/pauses": {
            "post": operation(
                "beginStakePause",
                tag=own.GUARDS,
                summary="Begin a cool-off or a self-exclusion",
                scope="bet",
                description="No bet is placed until it ends. It cannot be shortened or taken back by anybody.",
                body=json_body(ref("NewStakePause"), examples.NEW_PAUSE),
                answers={**limits, 404: NO_SUCH},
            )
        },
        "/stake/stop": {
            "get": stop("getStakeStop", "Whether all betting is stopped", "read"),
            "put": stop("stopStakeBetting", "Stop all betting now", "bet"),
            "delete": stop("allowStakeBetting", "Allow betting again", "bet"),
        },
    }
