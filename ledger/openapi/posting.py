"""Moving money, as OpenAPI operations. Pure data."""

from accounts.openapi import Schema, answer, json_body, operation, ref
from ledger.openapi import examples
from ledger.openapi import parameters as own

_GATEWAY = "Also served by the gateway, with the same tokens and answers, at many times the rate."
_WALLET = "/api/v1/wallets/{wallet_id}"


def paths() -> dict[str, Schema]:
    """By address."""
    return {**_wagers(), **_money(), **_batches()}


def _posting(
    name: str,
    *,
    tag: str,
    summary: str,
    takes: str,
    example: object,
    description: str = "",
    hold: bool = False,
) -> dict[str, Schema]:
    made = operation(
        name,
        tag=tag,
        summary=summary,
        scope="ledger",
        description=description,
        parameters=(own.WALLET_ID, own.HOLD) if hold else (own.WALLET_ID,),
        body=json_body(ref(takes), example),
        answers={200: answer(ref("LedgerPosted"), examples.POSTED, description="Done."), **own.OF_THE_LEDGER},
    )
    return {"post": made}


def _wagers() -> dict[str, Schema]:
    ends = f"{_WALLET}/holds/{{hold}}"
    return {
        f"{_WALLET}/holds": _posting(
            "placeWager",
            tag=own.SETTLING,
            summary="Hold a wager",
            takes="LedgerAmount",
            example=examples.WAGER,
            description=f"Moves the amount from available to locked until the hold ends. {_GATEWAY}",
        ),
        f"{ends}/win": _posting(
            "winWager",
            tag=own.SETTLING,
            summary="End a wager, and pay",
            takes="LedgerWin",
            example=examples.WIN,
            hold=True,
            description="The wager goes to the house, and the payout comes from there. A hold ends once.",
        ),
        f"{ends}/lose": _posting(
            "loseWager",
            tag=own.SETTLING,
            summary="End a wager in favour of the house",
            takes="LedgerEnd",
            example=examples.END,
            hold=True,
        ),
        f"{ends}/void": _posting(
            "voidWager",
            tag=own.SETTLING,
            summary="End a wager, and give it back",
            takes="LedgerEnd",
            example=examples.END,
            hold=True,
        ),
    }


def _money() -> dict[str, Schema]:
    withdrawal = f"{_WALLET}/withdrawals/{{hold}}"
    return {
        f"{_WALLET}/deposits": _posting(
            "deposit",
            tag=own.POSTING,
            summary="Money comes in",
            takes="LedgerAmount",
            example=examples.DEPOSIT,
        ),
        f"{_WALLET}/withdrawals": _posting(
            "beginWithdrawal",
            tag=own.POSTING,
            summary="Hold what is to leave",
            takes="LedgerAmount",
            example=examples.DEPOSIT,
        ),
        f"{withdrawal}/settle": _posting(
            "settleWithdrawal",
            tag=own.POSTING,
            summary="It has left",
            takes="LedgerEnd",
            example=examples.END,
            hold=True,
        ),
        f"{withdrawal}/reject": _posting(
            "rejectWithdrawal",
            tag=own.POSTING,
            summary="It stays, and is available again",
            takes="LedgerEnd",
            example=examples.END,
            hold=True,
        ),
        f"{_WALLET}/transfers": _posting(
            "transfer",
            tag=own.POSTING,
            summary="Move money to another wallet",
            takes="LedgerTransfer",
            example=examples.TRANSFER,
        ),
        f"{_WALLET}/reversals": _posting(
            "reverse",
            tag=own.POSTING,
            summary="Undo a deposit, a transfer or an adjustment",
            takes="LedgerReversal",
            example=examples.REVERSAL,
            description="Once, and only if what is taken back is there. Nothing is edited: the reversal is a posting "
            "of its own that names what it undoes.",
        ),
    }


def _batches() -> dict[str, Schema]:
    rule = (
        "Up to 1,000 requests, read whole before any is done: a field that cannot be read refuses all of them, and is "
        "named with its place, as in `{0}.17.amount`. Then each is decided for itself, in the order of the list, and "
        "all that are taken are committed together."
    )
    return {
        f"{_WALLET}/holds:batch": {
            "post": _batch(
                "placeWagersOfWallet",
                summary="Hold many wagers of one wallet",
                takes="LedgerWalletHolds",
                example=examples.WALLET_HOLDS,
                description=f"{rule.format('holds')} {_GATEWAY}",
                parameters=(own.WALLET_ID,),
            )
        },
        "/api/v1/holds:batch": {
            "post": _batch(
                "placeWagers",
                summary="Hold many wagers",
                takes="LedgerHolds",
                example=examples.HOLDS,
                description=f"{rule.format('holds')} {_GATEWAY}",
            )
        },
        "/api/v1/operations:batch": {
            "post": _batch(
                "postOperations",
                summary="Many requests of every kind",
                takes="LedgerOperations",
                example=examples.OPERATIONS,
                description=rule.format("operations"),
            )
        },
    }


def _batch(
    name: str, *, summary: str, takes: str, example: object, description: str, parameters: tuple[Schema, ...] = ()
) -> Schema:
    return operation(
        name,
        tag=own.BATCHES,
        summary=summary,
        scope="ledger",
        description=description,
        parameters=parameters,
        body=json_body(ref(takes), example),
        answers={200: answer(ref("LedgerAnswers"), examples.ANSWERS, description="What became of each.")},
    )
