"""What the addresses of the ledger are asked and answer, by example. Pure data; a test holds each to its schema."""

from typing import Any, Final

CLIENT_ID: Final = "0b2f6c1e-9f0d-4f4a-8a2b-6a3c2f1d0e9c"
OTHER_ID: Final = "2c8c4f5e-6f0b-4a55-8f0d-2d5d9e1c4a02"
NOON: Final = "2026-11-21T12:00:00Z"

DEPOSIT: dict[str, Any] = {"client_id": CLIENT_ID, "amount": "25.00", "ref_type": "bank", "ref_id": "2026-11-21/17"}
WAGER: dict[str, Any] = {
    "client_id": CLIENT_ID,
    "amount": "10.00",
    "expected_version": 1,
    "ref_type": "round",
    "ref_id": "4711",
}
WIN: dict[str, Any] = {"client_id": OTHER_ID, "payout": "19.80"}
END: dict[str, Any] = {"client_id": OTHER_ID}
TRANSFER: dict[str, Any] = {"client_id": CLIENT_ID, "to": 18, "amount": "2.50", "reason": "a present"}
REVERSAL: dict[str, Any] = {"client_id": OTHER_ID, "undone": CLIENT_ID, "reason": "sent twice by the bank"}
ADJUSTMENT: dict[str, Any] = {"client_id": CLIENT_ID, "amount": "-2.50", "reason": "paid twice in round 4711"}
NEW_WALLET: dict[str, Any] = {"owner": "ann", "currency": "USDT"}
WALLET_HOLDS: dict[str, Any] = {
    "holds": [{"client_id": CLIENT_ID, "amount": "10.00"}, {"client_id": OTHER_ID, "amount": "99.00"}]
}
HOLDS: dict[str, Any] = {
    "holds": [
        {"wallet_id": 17, "client_id": CLIENT_ID, "amount": "10.00"},
        {"wallet_id": 17, "client_id": OTHER_ID, "amount": "99.00"},
    ]
}
OPERATIONS: dict[str, Any] = {
    "operations": [
        {"kind": "deposit", "wallet_id": 17, "client_id": CLIENT_ID, "amount": "25.00"},
        {"kind": "place", "wallet_id": 17, "client_id": OTHER_ID, "amount": "99.00"},
    ]
}

POSTED: dict[str, Any] = {
    "wallet_id": 17,
    "client_id": CLIENT_ID,
    "currency": "USDT",
    "available": "15.000000",
    "locked": "10.000000",
    "version": 2,
    "replayed": False,
}


def _refused(code: str, message: str, client_id: str = CLIENT_ID, **details: Any) -> dict[str, Any]:
    error = {"code": code, "message": message, "fields": {}, **details}
    return {"error": error, "detail": message, "wallet_id": 17, "client_id": client_id, "replayed": False}


SHORT: dict[str, Any] = _refused(
    "INSUFFICIENT_FUNDS",
    "This needs 99.000000 USDT; 15.000000 USDT is available.",
    OTHER_ID,
    need="99.000000",
    have="15.000000",
)
NO_WALLET: dict[str, Any] = _refused("NOT_FOUND", "There is no such wallet.", which="wallet")
MOVED_ON: dict[str, Any] = _refused("VERSION_CONFLICT", "The wallet is at version 2, not 1.", expected=1, actual=2)
BELOW_LEAST: dict[str, Any] = _refused(
    "LIMIT", "The least that one operation moves is 0.010000 USDT.", which="least", allowed="0.010000"
)
BUSY: dict[str, Any] = _refused("BUSY", "Too many requests are waiting; nothing was done, send it again in a moment.")
BROKEN: dict[str, Any] = _refused(
    "INTERNAL", "Something went wrong on our side; nothing was done, and the log has the details."
)
ANSWERS: dict[str, Any] = {"answers": [{"status": 200, **POSTED}, {"status": 402, **SHORT}]}

WALLET: dict[str, Any] = {
    "id": 17,
    "owner": "ann",
    "currency": "USDT",
    "kind": "user",
    "available": "15.000000",
    "locked": "10.000000",
    "version": 2,
    "opened_at": NOON,
}
ENTRY: dict[str, Any] = {
    "version": 2,
    "kind": "place",
    "recorded_at": NOON,
    "available_change": "-10.000000",
    "locked_change": "10.000000",
    "available": "15.000000",
    "locked": "10.000000",
    "client_id": CLIENT_ID,
    "ref_type": "round",
    "ref_id": "4711",
    "reason": "",
    "journal": 3,
}
ENTRIES: dict[str, Any] = {"wallet_id": 17, "currency": "USDT", "entries": [ENTRY], "next_after_version": None}
CURRENCIES: dict[str, Any] = {"currencies": [{"code": "USDT", "scale": 6, "least": "0.010000", "most": None}]}
WAITING: dict[str, Any] = {
    "id": CLIENT_ID,
    "wallet_id": 17,
    "owner": "ann",
    "currency": "USDT",
    "amount": "-2.500000",
    "reason": "paid twice in round 4711",
    "status": "waiting",
    "asked_by": "support desk",
    "asked_at": NOON,
    "decided_by": None,
    "decided_at": None,
}
APPROVED: dict[str, Any] = {**WAITING, "status": "approved", "decided_by": "olga", "decided_at": NOON}
REFUSED: dict[str, Any] = {**APPROVED, "status": "refused"}
EVENTS: dict[str, Any] = {
    "events": [
        {
            "seq": 3,
            "prev": 2,
            "stream": "wallet:17",
            "type": "wallet.changed",
            "at": NOON,
            "body": {"available": "15000000", "locked": "10000000", "version": 2},
        }
    ],
    "last_seq": 3,
    "gone": False,
}
