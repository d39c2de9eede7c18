"""Bets of the venue as rows of streams: a fair one is a match, and each is as bots send it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from fairness.rounds import Seeds
from fairness.verify import Match, verify
from stake import games, normalise
from stake.values import VenueBet
from streams import wire
from streams.queries.verification import StoredRow
from streams.verification.options import options_of, stored_of
from tests.stake.playing import CLIENT_SEED, SERVER_SEED, order_of, played_bet

NONCES = range(60)


def row_of(message: wire.BetMessage) -> StoredRow:
    """The row that such a message becomes."""
    assert message.nonce is not None
    return StoredRow(
        *(message.nonce, 1, message.game, message.difficulty, message.round_result),
        *(message.amount, message.payout, message.round_target, message.extra),
    )


@pytest.mark.parametrize("game", games.GAMES)
def test_a_fair_bet_is_a_match_once_its_seed_is_known(game: str) -> None:
    order = order_of(game)
    for nonce in NONCES:
        message = normalise.message_of(played_bet(order, nonce))
        row = row_of(message)
        answer = verify(row.game, Seeds(SERVER_SEED, CLIENT_SEED, nonce), options_of(row), stored_of(row))
        assert isinstance(answer, Match), (nonce, answer)
        assert "payout" in answer.compared
        assert ("result" in answer.compared) == (game not in ("pump", "chicken"))


@pytest.mark.parametrize("game", games.GAMES)
def test_a_bet_whose_state_says_nothing_is_a_match_with_its_order(game: str) -> None:
    order = order_of(game)
    for nonce in range(10):
        message = normalise.message_of(replace(played_bet(order, nonce), state={}), order)
        row = row_of(message)
        answer = verify(row.game, Seeds(SERVER_SEED, CLIENT_SEED, nonce), options_of(row), stored_of(row))
        assert isinstance(answer, Match), (nonce, answer)


def test_a_pump_bet_is_as_bots_send_it() -> None:
    bet = played_bet(order_of("pump"), 3)
    message = normalise.message_of(replace(bet, iid="house:123"))
    assert (message.provider, message.provider_bet_id, message.game) == ("stake", "bet-3", "pump")
    assert (message.difficulty, message.round_target, message.round_result) == ("medium", Decimal("1.46"), None)
    assert message.cell is None
    assert message.extra["iid"] == "house:123"
    assert message.extra["state"]["_popPoint"] == bet.state["_popPoint"]
    assert message.extra["payoutMultiplier"] == bet.multiplier
    assert message.placed_at == bet.placed_at


def test_a_dice_bet_is_as_bots_send_it() -> None:
    bet = played_bet(order_of("dice"), 3)
    message = normalise.message_of(bet)
    assert (message.round_target, message.round_result) == (Decimal("50.5"), bet.state["result"])
    assert message.extra["condition"] == "above"


def test_a_round_that_goes_on_has_no_result_yet() -> None:
    message = normalise.message_of(replace(played_bet(order_of("dragon_tower"), 3), active=True))
    assert message.round_result is None
    assert message.extra["active"] is True


def test_decimals_of_a_double_are_kept_to_eighteen() -> None:
    bet = replace(played_bet(order_of("limbo"), 3), payout=Decimal("1.2345678901234567e-7"))
    assert normalise.message_of(bet).payout == Decimal("1.23456789012e-7")


def test_a_state_too_large_is_left_out_and_said_so() -> None:
    bet = replace(played_bet(order_of("limbo"), 3), state={"result": 2, "log": "x" * 9000})
    message = normalise.message_of(bet, order_of("limbo"))
    assert message.extra["stateOmitted"] is True
    assert "state" not in message.extra


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"client_seed": None}, "clientSeed"),
        ({"server_seed_hash": None}, "serverSeedHashed"),
        ({"nonce": None}, "nonce"),
        ({"currency": "averylongcurrency"}, "currency"),
    ],
)
def test_it_rejects_a_bet_that_cannot_be_kept(change: dict[str, Any], field: str) -> None:
    bet: VenueBet = replace(played_bet(order_of("limbo"), 3), **change)
    with pytest.raises(wire.InvalidMessage) as refusal:
        normalise.message_of(bet)
    assert list(refusal.value.fields) == [field]
