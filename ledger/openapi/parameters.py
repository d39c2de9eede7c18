"""Tags, parameters and refusals that operations on the ledger share. Pure data."""

from accounts.openapi import Schema, parameter, ref
from ledger.openapi import examples

POSTING, SETTLING, BATCHES, ADJUSTING, WALLETS = (
    "Ledger: money in and out",
    "Ledger: wagers",
    "Ledger: many at once",
    "Ledger: adjustments",
    "Ledger: wallets",
)
TAGS = [
    {
        "name": SETTLING,
        "description": "A wager holds a part of a wallet; a hold ends once, as a win, a loss or void.",
    },
    {"name": POSTING, "description": "Deposits, withdrawals, transfers, and taking one back. Each once, for ever."},
    {"name": BATCHES, "description": "Up to 1,000 requests in one body, decided in their order."},
    {"name": ADJUSTING, "description": "Corrections: one person asks, with a reason, and another approves."},
    {"name": WALLETS, "description": "Wallets, what they have and had, their statements, and what happens to them."},
]

NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
UUID: Schema = {"type": "string", "format": "uuid"}
MOMENT: Schema = {"type": "string", "format": "date-time"}

WALLET_ID = parameter("wallet_id", NUMBER, "The wallet.", where="path")
HOLD = parameter("hold", UUID, "The client id of the request that began the hold.", where="path")
ADJUSTMENT_ID = parameter("adjustment_id", UUID, "The adjustment: the client id it was asked for with.", where="path")


def whole(name: str, description: str) -> Schema:
    """A whole number of 0 or more."""
    return parameter(name, NUMBER, description)


def limit(default: int, most: int) -> Schema:
    """How many rows at most."""
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return parameter("limit", schema, "How many at most.")


def text(name: str, longest: int, description: str) -> Schema:
    """A line up to a length."""
    return parameter(name, {"type": "string", "minLength": 1, "maxLength": longest}, description)


def choice(name: str, choices: tuple[str, ...], description: str) -> Schema:
    """One of a few words."""
    return parameter(name, {"type": "string", "enum": list(choices)}, description)


def _refusal(description: str, example: object, *, retry: bool = False) -> Schema:
    headers = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds."}} if retry else {}
    either = {"anyOf": [ref("LedgerRefusal"), ref("Error")]}
    made: Schema = {
        "description": description,
        "content": {"application/json": {"schema": either, "example": example}},
    }
    return {**made, "headers": headers} if headers else made


# What the ledger may answer to a posting in place of doing it.
OF_THE_LEDGER: dict[int, Schema] = {
    402: _refusal("`INSUFFICIENT_FUNDS`: `error.need` is not available, `error.have` is.", examples.SHORT),
    404: _refusal(
        "`NOT_FOUND`: no such wallet, hold or earlier request; `error.which` says which.", examples.NO_WALLET
    ),
    409: _refusal(
        "`VERSION_CONFLICT`: the wallet moved on from `error.expected` to `error.actual`. `IDEMPOTENCY_MISMATCH`: the "
        "client id was used for other content. `HOLD_CLOSED`: the hold has ended, or it was reversed already. "
        "`ROUND_CLOSED`: what it belongs to has closed.",
        examples.MOVED_ON,
    ),
    422: _refusal(
        "A field cannot be read; `error.fields` names it, and nothing was done. Or `LIMIT`: the amount is below or "
        "above what `error.which` allows.",
        examples.BELOW_LEAST,
    ),
    500: _refusal("`INTERNAL`: something went wrong on our side, and nothing was done.", examples.BROKEN),
    503: _refusal(
        "`BUSY` or `UNAVAILABLE`, or the database is away. Send the same request again: it is done once.",
        examples.BUSY,
        retry=True,
    ),
}
