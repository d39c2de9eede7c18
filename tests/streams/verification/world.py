"""Streams of the recorded, revealed pair: what its rounds really gave, and what went wrong on the way to us."""

from decimal import Decimal
from typing import Any

from fairness.games import pump
from fairness.rounds import Seeds, play
from streams.example import CLIENT_SEED, SERVER_SEED, SERVER_SEED_HASHED
from streams.ingest import ingest
from streams.models import Stream
from streams.wire import Message
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, heartbeat

PAIR = {"serverSeedHashed": SERVER_SEED_HASHED, "clientSeed": CLIENT_SEED}


def result_at(nonce: int, difficulty: str = "expert") -> Any:
    """What the pair gives at a nonce."""
    return play(pump.GAME, Seeds(SERVER_SEED, CLIENT_SEED, nonce), {"difficulty": difficulty}).result


def true_bet(nonce: int, **changes: Any) -> Message:
    """A bet that tells the truth: its target lost or won as the round says."""
    result = result_at(nonce)
    payout = "3.26" if result >= Decimal("1.63") else 0
    told = {"roundResult": result, "roundTarget": "1.63", "amount": 2, "payout": payout}
    return bet(nonce, **PAIR, **{**told, **changes})


def true_heartbeat(nonce: int, **changes: Any) -> Message:
    """A heartbeat that tells the truth."""
    return heartbeat(nonce, **PAIR, **{"roundResult": result_at(nonce), "difficulty": "expert", **changes})


def arrive(*messages: Message) -> Stream:
    """The messages come in; their one stream."""
    ingest(messages, at=NOON)
    return Stream.objects.get(server_seed_hashed=messages[0].server_seed_hashed)
