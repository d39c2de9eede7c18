"""Adjustments, as OpenAPI operations. Pure data."""

from accounts.openapi import Schema, answer, array, json_body, nullable, operation, parameter, record, ref, refusal
from ledger.openapi import examples
from ledger.openapi import parameters as own


def paths() -> dict[str, Schema]:
    """By address."""
    return {
        "/api/v1/wallets/{wallet_id}/adjustments": {"post": _ask()},
        "/api/v1/adjustments": {"get": _list()},
        "/api/v1/adjustments/{adjustment_id}/approve": {"post": _approve()},
        "/api/v1/adjustments/{adjustment_id}/refuse": {"post": _refuse()},
    }


def _ask() -> Schema:
    taken = refusal(409, "`IDEMPOTENCY_MISMATCH`: the client id was used for something else.")
    return operation(
        "askForAdjustment",
        tag=own.ADJUSTING,
        summary="Ask for a correction of a balance",
        scope="ledger",
        description="It is posted when a second person approves it, against the house.",
        parameters=(own.WALLET_ID,),
        body=json_body(ref("NewAdjustment"), examples.ADJUSTMENT),
        answers={
            202: answer(ref("Adjustment"), examples.WAITING, description="It waits for a second person."),
            404: own.OF_THE_LEDGER[404],
            409: taken,
        },
    )


def _list() -> Schema:
    page = record({"adjustments": array(ref("Adjustment")), "next_after": nullable(own.UUID)})
    return operation(
        "listAdjustments",
        tag=own.ADJUSTING,
        summary="Adjustments, newest first",
        scope="read",
        parameters=(
            own.choice("status", ("waiting", "approved", "refused"), "Of this status."),
            own.whole("wallet_id", "Of this wallet."),
            parameter("after", own.UUID, "`next_after` of the page before."),
            own.limit(100, 1_000),
        ),
        answers={200: answer(page, {"adjustments": [examples.WAITING], "next_after": None})},
    )


_DECIDED = refusal(409, "It was decided the other way already, or its money has moved.")
_OWN = refusal(403, "The scope is missing; or you asked for it yourself (`own_adjustment`).")


def _approve() -> Schema:
    conflict = {
        **own.OF_THE_LEDGER[409],
        "description": "It was refused already; or the ledger refused the posting: its client id was used before.",
    }
    return operation(
        "approveAdjustment",
        tag=own.ADJUSTING,
        summary="Approve it, which posts it once",
        scope="admin",
        description="Nobody approves what they asked for, nor what a token of theirs did. If the ledger refuses the "
        "posting, the answer is the ledger's, and the adjustment is still waiting.",
        parameters=(own.ADJUSTMENT_ID,),
        answers={
            200: answer(ref("Adjustment"), examples.APPROVED, description="Posted."),
            **own.OF_THE_LEDGER,
            403: _OWN,
            409: conflict,
        },
    )


def _refuse() -> Schema:
    return operation(
        "refuseAdjustment",
        tag=own.ADJUSTING,
        summary="Refuse it, so that it is never posted",
        scope="admin",
        parameters=(own.ADJUSTMENT_ID,),
        answers={200: answer(ref("Adjustment"), examples.REFUSED, description="Refused."), 403: _OWN, 409: _DECIDED},
    )
