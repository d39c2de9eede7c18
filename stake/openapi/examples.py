"""What the addresses below /stake are asked and answer, by example. Pure data; a test holds each to its schema."""

from typing import Any, Final

from streams.openapi import examples as streams

SESSION_ID: Final = "7b1f0c1e-52a6-4a55-8f0d-2d5d9e1c4a01"
INTENT_ID: Final = "7b1f0c1e-52a6-4a55-8f0d-2d5d9e1c4a02"
HASH: Final = streams.HASH
NEXT_HASH: Final = "0f1c9b7ae94db3b5b0e7ed9b7f4f0e7b7f1d8a34c6a2f5c1f0b0d6a9f7c3e2d1"
NOON: Final = "2026-11-21T12:00:00Z"

NEW_SESSION: dict[str, Any] = {
    "label": "Main account",
    "host": "simulator",
    "currency": "usdt",
    "token": "what-the-cookie-named-session-holds",
}
NEW_BET: dict[str, Any] = {
    "session": SESSION_ID,
    "game": "pump",
    "amount": "0.002",
    "currency": "usdt",
    "options": {"difficulty": "expert", "pumps": 12},
    "client_ref": "2026-11-21-0001",
}
ROTATE: dict[str, Any] = {"session": SESSION_ID, "client_seed": streams.CLIENT_SEED}
RECONCILE: dict[str, Any] = {"session": SESSION_ID}
IMPORT: dict[str, Any] = {"session": SESSION_ID, "pages": 4}
TO_VAULT: dict[str, Any] = {"session": SESSION_ID, "currency": "usdt", "amount": "25", "client_ref": "vault-1"}
NEW_LIMIT: dict[str, Any] = {
    "session": SESSION_ID,
    "currency": "usdt",
    "max_wager": "1",
    "daily_loss": "20",
    "stop_loss": "50",
    "take_profit": "100",
    "bets_per_minute": 60,
    "confirm_above": "0.5",
}
NEW_PAUSE: dict[str, Any] = {"session": SESSION_ID, "kind": "cool_off", "ends_at": "2026-11-22T12:00:00Z"}

SESSION: dict[str, Any] = {
    "id": SESSION_ID,
    "label": "Main account",
    "host": "stake.com",
    "simulated": False,
    "live": False,
    "currency": "usdt",
    "account": {"id": "5f0c0a2e-3d6b-4c8e-9c3a-9b7d3f1c7e21", "name": "somebody"},
    "token": {"hint": "9f3a", "unreadable": False},
    "clearance": {"set": True, "hint": "Qm1w", "expires_at": "2026-11-21T14:00:00Z", "state": None},
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "created_at": NOON,
    "created_by": "owner",
    "last_verified_at": NOON,
    "trouble": None,
    "pair": {
        "server_seed_hashed": HASH,
        "client_seed": streams.CLIENT_SEED,
        "next_server_seed_hashed": NEXT_HASH,
        "nonce": 5663,
        "read_at": NOON,
    },
}
BALANCE: dict[str, Any] = {"currency": "usdt", "available": 118.4, "vault": 25, "captured_at": NOON}
LIMIT: dict[str, Any] = {
    "session": SESSION_ID,
    "currency": "usdt",
    "max_wager": 1,
    "daily_loss": 20,
    "stop_loss": 50,
    "take_profit": 100,
    "bets_per_minute": 60,
    "confirm_above": 0.5,
    "counted_from": NOON,
    "changed_at": NOON,
    "changed_by": "owner",
}
SESSION_DETAIL: dict[str, Any] = {**SESSION, "balances": [BALANCE], "currencies": ["usdt"], "limits": [LIMIT]}
INTENT: dict[str, Any] = {
    "id": INTENT_ID,
    "session": SESSION_ID,
    "simulated": False,
    "client_ref": "2026-11-21-0001",
    "state": "recorded",
    "game": "pump",
    "amount": 0.002,
    "currency": "usdt",
    "options": {"difficulty": "expert", "pumps": 12},
    "expected_loss": 0.00004,
    "asked_at": NOON,
    "asked_by": "laptop",
    "decided_at": NOON,
    "error": None,
    "provider_bet_id": streams.BET_MESSAGE["id"],
    "iid": "house:123456789",
    "nonce": 5663,
    "payout": 22.4013,
    "stream_id": streams.STREAM_ID,
    "bet_id": 1,
    "checks": 0,
    "checked_at": None,
    "candidates": [],
}
UNKNOWN: dict[str, Any] = {
    **INTENT,
    "state": "unknown",
    "decided_at": None,
    "error": {"code": "transient", "message": "The venue did not answer in time."},
    "provider_bet_id": None,
    "iid": None,
    "nonce": None,
    "payout": None,
    "stream_id": None,
    "bet_id": None,
}
DRY_RUN: dict[str, Any] = {**UNKNOWN, "state": "dry_run", "decided_at": NOON, "error": None}
PLACED: dict[str, Any] = {**streams.STREAM_DETAIL, "stake": INTENT}
ROTATION: dict[str, Any] = {
    "id": "7b1f0c1e-52a6-4a55-8f0d-2d5d9e1c4a03",
    "session": SESSION_ID,
    "state": "done",
    "asked_at": NOON,
    "asked_by": "owner",
    "rotated_at": NOON,
    "error": None,
    "previous": {
        "server_seed_hashed": HASH,
        "client_seed": "the one before",
        "nonce": 5663,
        "stream_id": streams.STREAM_ID,
        "server_seed": None,
        "revealed_at": None,
    },
    "announced_server_seed_hashed": NEXT_HASH,
    "promise_kept": True,
    "next": {"server_seed_hashed": NEXT_HASH, "client_seed": streams.CLIENT_SEED, "stream_id": None},
}
ROTATION_UNKNOWN: dict[str, Any] = {
    **ROTATION,
    "state": "unknown",
    "rotated_at": None,
    "promise_kept": None,
    "next": None,
}
DEPOSIT: dict[str, Any] = {
    "id": "7b1f0c1e-52a6-4a55-8f0d-2d5d9e1c4a04",
    "session": SESSION_ID,
    "state": "done",
    "currency": "usdt",
    "amount": 25,
    "asked_at": NOON,
    "asked_by": "owner",
    "decided_at": NOON,
    "error": None,
}
PAUSE: dict[str, Any] = {
    "id": "7b1f0c1e-52a6-4a55-8f0d-2d5d9e1c4a05",
    "session": SESSION_ID,
    "kind": "cool_off",
    "begins_at": NOON,
    "ends_at": "2026-11-22T12:00:00Z",
    "created_by": "owner",
}
LIMITS: dict[str, Any] = {"session": SESSION_ID, "limits": [LIMIT], "pauses": [PAUSE]}
VENUE_BET: dict[str, Any] = {
    "provider_bet_id": streams.BET_MESSAGE["id"],
    "iid": "house:123456789",
    "game": "limbo",
    "nonce": 5664,
    "amount": 0.002,
    "payout": 0.004,
    "payout_multiplier": 2,
    "currency": "usdt",
    "active": False,
    "placed_at": NOON,
    "client_seed": streams.CLIENT_SEED,
    "server_seed_hashed": HASH,
    "server_seed": None,
    "state": {"result": 3.1415, "multiplierTarget": 2},
    "stream_id": streams.STREAM_ID,
    "asked_at": NOON,
}
RECONCILED: dict[str, Any] = {
    "session": SESSION_ID,
    "done": False,
    "pending": [UNKNOWN],
    "rotations": [],
    "deposits": [],
}
IMPORTED: dict[str, Any] = {
    "seen": 50,
    "new": 3,
    "known": 47,
    "conflicts": 0,
    "left_out": 0,
    "whole": True,
    "streams": [streams.STREAM_ID],
}
