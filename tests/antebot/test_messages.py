"""What the bot script makes of a bet: the fields of the wire contract, for every kind of game."""

from typing import Any

import pytest

from tests.antebot.bot import CLIENT_SEED, SCRIPT, SERVER_SEED_HASHED, needs_node, pump_bet, run_bot
from tests.antebot.standin import StandIn, serve

ROUND = {"clientSeed": CLIENT_SEED, "serverSeedHashed": SERVER_SEED_HASHED}


def sent(*bets: dict[str, Any], **plan: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The messages that arrive for these bets, in order, and the bot's report."""
    with serve(StandIn()) as standin:
        report = run_bot(standin.url, list(bets), **plan)
        return list(standin.kept.values()), report


@needs_node
def test_it_works() -> None:
    messages, report = sent(pump_bet(7))
    assert messages == [
        ROUND
        | {
            "type": "bet",
            "id": "bet-7",
            "iid": "house:7",
            "dateTime": "2026-08-08T19:15:29.123Z",
            "nonce": 7,
            "amount": 0.002,
            "payout": 0,
            "currency": "usdt",
            "game": "pump",
            "difficulty": "expert",
            "roundTarget": 11200.65,
            "roundResult": 1.63,
        },
        ROUND | {"type": "heartbeat", "nonce": 7, "game": "pump", "difficulty": "expert", "roundResult": 1.63},
    ]
    assert (report["counts"]["accepted"], report["counts"]["rounds"]) == (2, 1)
    assert report["settings_touched"] == []


@needs_node
def test_it_leaves_the_hook_that_plays_hands_alone() -> None:
    _, report = sent(pump_bet(1))
    assert report["hooks"] == ["onBetPlaced", "onBettingStopped"]


@needs_node
def test_a_round_below_the_threshold_is_a_heartbeat() -> None:
    bets = [pump_bet(1, 33.99), pump_bet(2, 34), pump_bet(3, 34.68), pump_bet(4)]
    messages, _ = sent(*bets, settings={"minimumResult": 34})
    assert [(message["type"], message["nonce"]) for message in messages] == [
        ("heartbeat", 1),
        ("bet", 2),
        ("bet", 3),
        ("heartbeat", 4),
    ]
    assert messages[0] == ROUND | {
        "type": "heartbeat",
        "game": "pump",
        "nonce": 1,
        "roundResult": 33.99,
        "difficulty": "expert",
    }


@needs_node
def test_bets_alone_say_now_and_then_that_no_round_is_left_out() -> None:
    rotated = [pump_bet(nonce, clientSeed="after rotation") for nonce in (301, 302)]
    messages, _ = sent(*[pump_bet(nonce) for nonce in range(1, 205)], *rotated)
    beats = [(message["clientSeed"], message["nonce"]) for message in messages if message["type"] == "heartbeat"]
    seed = pump_bet(1)["clientSeed"]
    assert beats == [(seed, 1), (seed, 101), (seed, 201), ("after rotation", 301)]
    assert sum(message["type"] == "bet" for message in messages) == 206


@needs_node
def test_without_heartbeats_only_bets_are_sent() -> None:
    messages, report = sent(
        *[pump_bet(nonce, result) for nonce, result in [(1, 1), (2, 73.21), (3, 1)]],
        settings={"minimumResult": 34, "heartbeats": False},
    )
    assert [message["nonce"] for message in messages] == [2]
    assert report["counts"]["rounds"] == 3


STATES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "limbo": (
        {"game": "limbo", "state": {"result": 39.07902141536203, "multiplierTarget": 2}},
        {"game": "limbo", "roundResult": 39.07902141536203, "roundTarget": 2},
    ),
    "chicken under the bot's own name": (
        {
            "game": "crossover",
            "state": {
                "difficulty": "expert",
                "roundTarget": 3,
                "roundTargetMultiplier": 9.08,
                "roundResult": 9,
                "roundResultMultiplier": 16460.08,
            },
        },
        {"game": "chicken", "difficulty": "expert", "roundResult": 16460.08, "roundTarget": 9.08},
    ),
    "dice": (
        {"game": "dice", "state": {"result": 12.34, "target": 50.5, "multiplierTarget": 2, "condition": "above"}},
        {
            "game": "dice",
            "roundResult": 12.34,
            "roundTarget": 50.5,
            "state": {"result": 12.34, "target": 50.5, "multiplierTarget": 2, "condition": "above"},
        },
    ),
    "keno": (
        {
            "game": "keno",
            "payoutMultiplier": 3.5,
            "state": {"drawnNumbers": [1, 2], "selectedNumbers": [2], "risk": "medium"},
        },
        {
            "game": "keno",
            "roundResult": 3.5,
            "roundTarget": None,
            "state": {"drawnNumbers": [1, 2], "selectedNumbers": [2], "risk": "medium"},
        },
    ),
    "difficulty in capitals": (
        {"state": {"difficulty": "EASY", "roundResultMultiplier": 1.02}},
        {"difficulty": "easy", "roundTarget": None, "roundResult": 1.02},
    ),
    "difficulty only in the bot's settings": (
        {"state": {"roundResultMultiplier": 1.63}},
        {"difficulty": "expert", "roundResult": 1.63},
    ),
    "no state": ({"state": None}, {"roundResult": None, "roundTarget": None}),
    "game only in the bot's settings": ({"game": None}, {"game": "pump"}),
    "no id": ({"id": None}, {"id": "house:1"}),
    "numeric id": ({"id": 123456789012}, {"id": "123456789012"}),
    "no time": ({"dateTime": None}, {"dateTime": None}),
    "numbers as text": ({"amount": "0.5", "payout": "1"}, {"amount": 0.5, "payout": 1}),
    # 21 decimals would be refused; 18 are kept.
    "more decimals than are kept": ({"amount": 1.2345678901234567e-5}, {"amount": 0.000012345678901235}),
    "dust": ({"amount": 1e-8, "payout": 1e-18}, {"amount": 1e-8, "payout": 1e-18}),
    "observing": ({"amount": 0, "payout": 0}, {"amount": 0, "payout": 0}),
}


@needs_node
@pytest.mark.parametrize("name", STATES)
def test_it_reads_every_kind_of_bet(name: str) -> None:
    changes, expected = STATES[name]
    (message, _), _ = sent(pump_bet(1, **changes))
    assert {field: message[field] for field in expected} == expected


@needs_node
def test_a_large_state_does_not_cost_the_bet() -> None:
    (message, _), _ = sent(pump_bet(1, game="mines", payoutMultiplier=1.1, state={"rounds": ["x" * 100] * 80}))
    assert message["stateOmitted"] is True
    assert "state" not in message
    assert message["roundResult"] == 1.1


@needs_node
def test_simulated_and_unreadable_rounds_are_counted_not_sent() -> None:
    simulated = pump_bet(1, serverSeedHashed=None, serverSeed="never send this")
    messages, report = sent(simulated, {}, pump_bet(2))
    assert {message["nonce"] for message in messages} == {2}
    assert report["counts"]["withoutSeeds"] == 2
    assert any("simulation mode" in line for line in report["logs"])
    assert "never send this" not in str(report)


@needs_node
def test_it_never_sends_a_server_seed() -> None:
    messages, _ = sent(pump_bet(1, serverSeed="secret until rotation"))
    assert "secret until rotation" not in str(messages)


def test_the_page_finds_what_it_fills_in() -> None:
    source = SCRIPT.read_text()
    assert source.count('"PASTE_TOKEN_HERE"') == 1
    assert source.count('"http://127.0.0.1:8000"') == 1
