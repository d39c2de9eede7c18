"""An account: its seed pair, balances and vault, and its limits, as OpenAPI operations. Pure data."""

from accounts.openapi import Schema, answer, array, json_body, operation, parameter, record, ref
from stake.openapi import examples
from stake.openapi import parameters as own
from stake.openapi.parameters import NO_SUCH, OF_THE_VENUE
from stake.openapi.schemas import FLAG, UUID
from streams.openapi import parameters as p

_LIMITS = {200: answer(ref("StakeLimits"), examples.LIMITS), 404: NO_SUCH}


def paths() -> dict[str, Schema]:
    """By address."""
    return {
        "/stake/rotate-seed": {"post": _rotate()},
        "/stake/rotations": {"get": _rotations()},
        "/stake/balance": {"get": _balance()},
        "/stake/vault": {"post": _move_to_vault()},
        "/stake/limits": {"get": _show_limits(), "put": _set_limits()},
        "/stake/pauses": {"post": _begin_pause()},
        "/stake/stop": {
            "get": _stop("getStakeStop", "Whether all betting is stopped", "read"),
            "put": _stop("stopStakeBetting", "Stop all betting now", "bet"),
            "delete": _stop("allowStakeBetting", "Allow betting again", "bet"),
        },
    }


def _done_or_unknown(name: str, done: Schema, *, word: str, unknown: Schema) -> dict[int, Schema]:
    """The answers to what is sent to the venue once: done, in one word, or (`unknown` replaces) not known yet."""
    open_ = {**done, "state": "unknown", **unknown}
    return {
        201: answer(ref(name), done, description=word),
        202: answer(ref(name), open_, description="Not known yet; it is being found out."),
        404: NO_SUCH,
        **OF_THE_VENUE,
    }


def _rotate() -> Schema:
    return operation(
        "rotateStakeSeed",
        tag=own.ACCOUNT,
        summary="Rotate the seed pair",
        scope="bet",
        description="The new hash is compared with the one that was announced, and the old server seed with "
        "its hash; its stream is then verified. Refused while rounds are open, naming the games.",
        body=json_body(ref("StakeRotate"), examples.ROTATE),
        answers=_done_or_unknown(
            "StakeRotation",
            examples.ROTATION,
            word="Rotated.",
            unknown={"rotated_at": None, "promise_kept": None, "next": None},
        ),
    )


def _rotations() -> Schema:
    rotations = record({"rotations": array(ref("StakeRotation"))})
    return operation(
        "listStakeRotations",
        tag=own.ACCOUNT,
        summary="Rotations, newest first",
        scope="read",
        parameters=(own.OF_SESSION, p.limit(50, 200)),
        answers={200: answer(rotations, {"rotations": [examples.ROTATION]})},
    )


def _balance() -> Schema:
    balances = record({"session": UUID, "balances": array(ref("StakeBalance"))})
    return operation(
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


def _move_to_vault() -> Schema:
    return operation(
        "moveToStakeVault",
        tag=own.ACCOUNT,
        summary="Move money into the venue's vault, once",
        scope="bet",
        description="The same `client_ref` again is the same move. Out of the vault it comes at the venue "
        "alone, with a second factor.",
        body=json_body(ref("NewStakeDeposit"), examples.TO_VAULT),
        answers=_done_or_unknown("StakeDeposit", examples.DEPOSIT, word="Moved.", unknown={"decided_at": None}),
    )


def _show_limits() -> Schema:
    return operation(
        "getStakeLimits",
        tag=own.GUARDS,
        summary="Limits and running pauses",
        scope="read",
        parameters=(parameter("session", UUID, "Of this session; else those of all accounts together."),),
        answers=_LIMITS,
    )


def _set_limits() -> Schema:
    return operation(
        "setStakeLimits",
        tag=own.GUARDS,
        summary="Set the limits of one currency",
        scope="sessions",
        description="All of them at once: what is left out is no limit any more.",
        body=json_body(ref("NewStakeLimit"), examples.NEW_LIMIT),
        answers=_LIMITS,
    )


def _begin_pause() -> Schema:
    return operation(
        "beginStakePause",
        tag=own.GUARDS,
        summary="Begin a cool-off or a self-exclusion",
        scope="bet",
        description="No bet is placed until it ends. It cannot be shortened or taken back by anybody.",
        body=json_body(ref("NewStakePause"), examples.NEW_PAUSE),
        answers=_LIMITS,
    )


def _stop(name: str, summary: str, scope: str) -> Schema:
    stopped = answer(record({"stopped": FLAG}), {"stopped": False})
    return operation(name, tag=own.GUARDS, summary=summary, scope=scope, answers={200: stopped})
