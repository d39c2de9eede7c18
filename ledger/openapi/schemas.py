"""The shapes of what goes in and out of the addresses of the ledger. Pure data."""

from accounts.openapi import Schema, array, nullable, record, ref
from ledger.batch_wire import BATCH_MAX
from ledger.openapi.parameters import MOMENT, NUMBER, UUID
from ledger.operations import REASON_MAX, REF_MAX, Code
from ledger.wire import KINDS, STATUS

TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
AMOUNT: Schema = {
    "type": "string",
    "pattern": r"^[0-9]{1,19}(\.[0-9]{1,18})?$",
    "description": "A decimal in the wallet's currency, such as 1.50, with no more decimals than the currency has.",
}
SIGNED: Schema = {**AMOUNT, "pattern": r"^-?[0-9]{1,19}(\.[0-9]{1,18})?$"}
SHOWN: Schema = {"type": "string", "description": "With all the currency's decimals."}
VERSION: Schema = {**NUMBER, "description": "How many changes the wallet has had."}

# --- In -------------------------------------------------------------------------------------------


def _line(longest: int, description: str) -> Schema:
    return {"type": "string", "maxLength": longest, "pattern": r"^[^\x00-\x1f\x7f]*$", "description": description}


_ID: Schema = {**UUID, "description": "Your own name of this request, for ever: the same again is answered again."}
_OPTIONAL: dict[str, Schema] = {
    "expected_version": {**nullable(NUMBER), "description": "Refuse it if the wallet is not at this version."},
    "ref_type": nullable(_line(REF_MAX, "What it belongs to, such as round.")),
    "ref_id": nullable(_line(REF_MAX, "Which one.")),
    "reason": nullable(_line(REASON_MAX, "Why, for people.")),
}
_OF_HOLD: Schema = {**UUID, "description": "The client id of the request that began the hold."}


def _request(**fields: Schema) -> Schema:
    return record({"client_id": _ID, **fields, **_OPTIONAL}, optional=tuple(_OPTIONAL))


_TO: Schema = {**NUMBER, "description": "The other wallet, of the same currency."}
_PAYOUT: Schema = {**AMOUNT, "description": "What the wager returns, itself included; may be 0."}
_UNDONE: Schema = {**UUID, "description": "The client id of the deposit, transfer or adjustment that is undone."}
_ANY: dict[str, Schema] = {
    "kind": {"type": "string", "enum": list(KINDS)},
    "wallet_id": NUMBER,
    "client_id": _ID,
    "amount": AMOUNT,
    "payout": _PAYOUT,
    "hold": _OF_HOLD,
    "to": _TO,
    "undone": _UNDONE,
    **_OPTIONAL,
}
# What clients send; it may hold nothing that is not listed.
SENT: dict[str, Schema] = {
    "LedgerAmount": _request(amount=AMOUNT),
    "LedgerWin": _request(payout=_PAYOUT),
    "LedgerEnd": _request(),
    "LedgerTransfer": _request(to=_TO, amount=AMOUNT),
    "LedgerReversal": _request(undone=_UNDONE),
    "LedgerWalletHolds": record({"holds": array(ref("LedgerAmount"), minItems=1, maxItems=BATCH_MAX)}),
    "LedgerHold": record(
        {"wallet_id": NUMBER, "client_id": _ID, "amount": AMOUNT, **_OPTIONAL}, optional=tuple(_OPTIONAL)
    ),
    "LedgerHolds": record({"holds": array(ref("LedgerHold"), minItems=1, maxItems=BATCH_MAX)}),
    "LedgerOperation": record(
        _ANY,
        description="With the fields of its kind: what takes an amount, a payout, a hold, another wallet.",
        optional=tuple(name for name in _ANY if name not in ("kind", "wallet_id", "client_id")),
    ),
    "LedgerOperations": record({"operations": array(ref("LedgerOperation"), minItems=1, maxItems=BATCH_MAX)}),
    "NewAdjustment": record(
        {
            "client_id": _ID,
            "amount": {**SIGNED, "description": "Below zero it is taken away; not 0."},
            "reason": {**_line(REASON_MAX, "Why, for people; not blank."), "minLength": 1},
        }
    ),
    "NewWallet": record(
        {
            "owner": {**_line(100, "Whose it is, as you call them."), "minLength": 1},
            "currency": {**TEXT, "description": "One of GET /api/v1/currencies."},
            "kind": {
                "type": "string",
                "enum": ["user", "agent", "commission", "dust", "chain"],
                "default": "user",
            },
        },
        optional=("kind",),
    ),
}

# --- Out ------------------------------------------------------------------------------------------

_POSTED: dict[str, Schema] = {
    "wallet_id": NUMBER,
    "client_id": UUID,
    "currency": TEXT,
    "available": {**SHOWN, "description": "What the wallet had after it."},
    "locked": SHOWN,
    "version": VERSION,
    "replayed": {**FLAG, "description": "It was done before, and this is the answer of then."},
}
_DETAILS: dict[str, Schema] = {
    "expected": NUMBER,
    "actual": NUMBER,
    "need": TEXT,
    "have": TEXT,
    "which": TEXT,
    "allowed": TEXT,
}
_REFUSED: dict[str, Schema] = {
    "error": record(
        {
            "code": {"type": "string", "enum": [code.value for code in Code]},
            "message": {**TEXT, "description": "A sentence for people."},
            "fields": {"type": "object", "additionalProperties": TEXT},
            **_DETAILS,
        },
        optional=tuple(_DETAILS),
    ),
    "detail": TEXT,
    "wallet_id": NUMBER,
    "client_id": UUID,
    "replayed": {**FLAG, "description": "It was refused before, and this is the answer of then."},
}
_STATUS: Schema = {
    "type": "integer",
    "enum": sorted(set(STATUS.values())),
    "description": "What its own address would have answered with.",
}
_WALLET: dict[str, Schema] = {
    "id": NUMBER,
    "owner": TEXT,
    "currency": TEXT,
    "kind": TEXT,
    "available": SHOWN,
    "locked": {**SHOWN, "description": "What open wagers and withdrawals hold."},
    "version": VERSION,
    "opened_at": MOMENT,
}
_THEN: Schema = {**nullable(MOMENT), "description": "With `version` or `at`: when it came to have this."}
_ENTRY = record(
    {
        "version": VERSION,
        "kind": TEXT,
        "recorded_at": MOMENT,
        "available_change": SHOWN,
        "locked_change": SHOWN,
        "available": {**SHOWN, "description": "After it."},
        "locked": {**SHOWN, "description": "After it."},
        "client_id": nullable(UUID),
        "ref_type": TEXT,
        "ref_id": TEXT,
        "reason": TEXT,
        "journal": {**NUMBER, "description": "The number of the batch it was committed with."},
    }
)
_ADJUSTMENT = record(
    {
        "id": UUID,
        "wallet_id": NUMBER,
        "owner": TEXT,
        "currency": TEXT,
        "amount": SHOWN,
        "reason": TEXT,
        "status": {"type": "string", "enum": ["waiting", "approved", "refused"]},
        "asked_by": TEXT,
        "asked_at": MOMENT,
        "decided_by": nullable(TEXT),
        "decided_at": nullable(MOMENT),
    }
)
_EVENT = record(
    {
        "seq": NUMBER,
        "prev": {**nullable(NUMBER), "description": "Of the event before it on its stream; null where it is not kept."},
        "stream": TEXT,
        "type": TEXT,
        "at": MOMENT,
        "body": {"type": "object", "additionalProperties": True},
    }
)

SCHEMAS: dict[str, Schema] = {
    **SENT,
    "LedgerPosted": record(_POSTED),
    "LedgerRefusal": record(_REFUSED, description="Why it was not done. The details depend on the code."),
    "LedgerAnswers": record(
        {
            "answers": array(
                {
                    "anyOf": [
                        record({"status": {"type": "integer", "enum": [200]}, **_POSTED}),
                        record({"status": _STATUS, **_REFUSED}),
                    ]
                }
            )
        },
        description="One answer for each request, in their order.",
    ),
    "LedgerWallet": record({**_WALLET, "recorded_at": _THEN}, optional=("recorded_at",)),
    "LedgerWallets": record({"wallets": array(ref("LedgerWallet")), "next_after": nullable(NUMBER)}),
    "LedgerEntry": _ENTRY,
    "LedgerEntries": record(
        {
            "wallet_id": NUMBER,
            "currency": TEXT,
            "entries": array(ref("LedgerEntry")),
            "next_after_version": nullable(NUMBER),
        }
    ),
    "LedgerCurrency": record(
        {
            "code": TEXT,
            "scale": {"type": "integer", "minimum": 0, "maximum": 12, "description": "Decimals of its amounts."},
            "least": {**SHOWN, "description": "The least that one operation moves."},
            "most": {**nullable(TEXT), "description": "The most that one operation moves."},
        }
    ),
    "Adjustment": _ADJUSTMENT,
    "LedgerEvent": _EVENT,
}
