"""Messages for tests, as a bot would send them."""

from typing import Any

from streams.wire import Message, parse_message

HASH = "ab" * 32
CLIENT = "client-1"


def bet_record(nonce: int = 1, **changes: Any) -> dict[str, Any]:
    """A valid bet of Pump expert; `changes` by wire name, None leaves a key out."""
    record: dict[str, Any] = {
        "id": f"bet-{nonce}",
        "dateTime": "2026-01-02T03:04:05.678Z",
        "nonce": nonce,
        "amount": 2,
        "payout": 0,
        "difficulty": "expert",
        "roundTarget": 400,
        "roundResult": 1,
        "clientSeed": CLIENT,
        "serverSeedHashed": HASH,
        **changes,
    }
    return {name: value for name, value in record.items() if value is not None}


def heartbeat_record(nonce: int = 1, **changes: Any) -> dict[str, Any]:
    """A valid heartbeat of the same pair."""
    record = {
        "type": "heartbeat",
        "nonce": nonce,
        "roundResult": 1,
        "clientSeed": CLIENT,
        "serverSeedHashed": HASH,
        **changes,
    }
    return {name: value for name, value in record.items() if value is not None}


def bet(nonce: int = 1, **changes: Any) -> Message:
    return parse_message(bet_record(nonce, **changes))


def heartbeat(nonce: int = 1, **changes: Any) -> Message:
    return parse_message(heartbeat_record(nonce, **changes))
