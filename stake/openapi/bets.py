"""Bets: placing one, what became of it, finding out, the history, as OpenAPI operations. Pure data."""

from accounts.openapi import Schema, answer, array, json_body, operation, parameter, record, ref
from stake.openapi import examples
from stake.openapi import parameters as own
from stake.openapi.parameters import NO_SUCH, OF_THE_VENUE
from stake.openapi.schemas import UUID, WHOLE
from streams.openapi import parameters as p


def paths() -> dict[str, Schema]:
    """By address."""
    return {
        "/stake/bet": {"get": _list(), "post": _place()},
        "/stake/bet/{intent_id}": {"get": _show()},
        "/stake/bets/{name}": {"get": _look_up()},
        "/stake/reconcile": {"post": _reconcile()},
        "/stake/import-history": {"post": _import()},
    }


def _list() -> Schema:
    intents = record({"intents": array(ref("StakeIntent")), "limit": WHOLE, "offset": WHOLE})
    return operation(
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
    )


def _place() -> Schema:
    placed = ref("StakePlaced")
    return operation(
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
            200: answer(placed, {"stake": examples.DRY_RUN}, description="A dry run: nothing was sent."),
            201: answer(placed, examples.PLACED, description="Placed, and in its stream."),
            202: answer(
                placed,
                {"stake": examples.UNKNOWN},
                description="In flight, not known yet, or placed without its nonce; see `stake.state`.",
            ),
            404: NO_SUCH,
            **OF_THE_VENUE,
        },
    )


def _show() -> Schema:
    return operation(
        "getStakeIntent",
        tag=own.BETTING,
        summary="What became of a bet",
        scope="read",
        parameters=(own.INTENT_ID,),
        answers={200: answer(ref("StakePlaced"), examples.PLACED)},
    )


def _look_up() -> Schema:
    return operation(
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


def _reconcile() -> Schema:
    found = {"anyOf": [ref("StakeReconciled"), ref("StakePlaced"), ref("StakeDeposit")]}
    return operation(
        "reconcileStake",
        tag=own.BETTING,
        summary="Find out what was never answered, or say it by hand",
        scope="bet",
        description="With `session`, the venue is asked now what became of everything that is open; the "
        "worker does so by itself as well. With `intent` or `deposit`, your word decides.",
        body=json_body(ref("StakeReconcile"), examples.RECONCILE),
        answers={200: answer(found, examples.RECONCILED), 404: NO_SUCH, **OF_THE_VENUE},
    )


def _import() -> Schema:
    return operation(
        "importStakeHistory",
        tag=own.BETTING,
        summary="Bring the account's newest bets into their streams",
        scope="bet",
        description="By pages of 50, newest first; what is here already is not stored again.",
        body=json_body(ref("StakeImport"), examples.IMPORT),
        answers={200: answer(ref("StakeImported"), examples.IMPORTED), 404: NO_SUCH, **OF_THE_VENUE},
    )
