"""The bot script against our real server, which is killed and started again while bets arrive."""

import time
from typing import Any

import pytest
from django.utils import timezone

from accounts import services
from fairness.games import pump
from streams.models import Bet, Round, Stream
from tests.antebot.bot import CLIENT_SEED, SERVER_SEED_HASHED, finish_bot, needs_node, pump_bet, run_bot, start_bot
from tests.antebot.served import RealServer

ROUNDS = 2000
KILLED_AT = (500, 1200)  # rounds stored by then

pytestmark = [needs_node, pytest.mark.django_db(transaction=True)]


def played(nonce: int) -> dict[str, Any]:
    """A round as Antebot would report it, with a result that Pump has."""
    result = pump.PAYOUTS["expert"][nonce % 9]
    return pump_bet(nonce, float(result), id=f"{nonce:08}-real")


def is_bet(nonce: int) -> bool:
    """Whether the round reaches a threshold of 34."""
    return pump.PAYOUTS["expert"][nonce % 9] >= 34


def make_token() -> str:
    """A token as a person would make it for the bot."""
    _, text = services.create_token(label="bot", scopes=["ingest"], by=None, at=timezone.now())
    return text


def assert_every_round_is_there_once(*, minimum: bool) -> Stream:
    """Compare what was played with the rows and with the stream's own counts."""
    stream = Stream.objects.get(server_seed_hashed=SERVER_SEED_HASHED, client_seed=CLIENT_SEED)
    nonces = range(1, ROUNDS + 1)
    bets = [nonce for nonce in nonces if is_bet(nonce) or not minimum]
    stored = Bet.objects.filter(stream=stream).order_by("nonce").values_list("nonce", "provider_bet_id")
    assert list(stored) == [(nonce, f"{nonce:08}-real") for nonce in bets]
    rounds = Round.objects.filter(stream=stream).order_by("nonce").values_list("nonce", "cell")
    assert list(rounds) == [(nonce, nonce % 9) for nonce in nonces]
    sequence = Bet.objects.filter(stream=stream).order_by("seq").values_list("seq", flat=True)
    assert list(sequence) == list(range(1, len(bets) + 1))
    assert (stream.bets, stream.rounds, stream.conflicts) == (len(bets), ROUNDS, 0)
    assert (stream.first_nonce, stream.last_nonce) == (1, ROUNDS)
    return stream


def wait_until_stored(rounds: int) -> None:
    """Wait for the server to have stored this many rounds."""
    deadline = time.monotonic() + 60
    while Round.objects.count() < rounds:
        assert time.monotonic() < deadline, "the rounds did not arrive"
        time.sleep(0.005)


def test_it_works() -> None:
    with RealServer() as server:
        report = run_bot(
            server.url,
            [played(nonce) for nonce in range(1, ROUNDS + 1)],
            settings={"token": make_token()},
            speed=1,
            stop_ms=30_000,
        )
    assert report["counts"]["accepted"] == ROUNDS
    assert report["counts"]["duplicates"] == ROUNDS // 100  # the heartbeats that go beside bets
    assert report["counts"]["refused"] == report["counts"]["waiting"] == 0
    assert_every_round_is_there_once(minimum=False)


def test_every_round_arrives_once_though_the_server_is_killed() -> None:
    token = make_token()
    with RealServer() as server:
        bot = start_bot(
            server.url,
            [played(nonce) for nonce in range(1, ROUNDS + 1)],
            settings={"token": token, "minimumResult": 34, "batchSize": 50},
            round_ms=2,
            drain_ms=60_000,
            speed=50,
        )
        for rounds in KILLED_AT:
            wait_until_stored(rounds)
            server.kill()
            # It was killed at work, not in a quiet moment afterwards.
            assert Round.objects.count() < ROUNDS
            assert bot.poll() is None
            server.start()
        report = finish_bot(bot, seconds=120)
    counts = report["counts"]
    assert counts["accepted"] + counts["duplicates"] == counts["rounds"] == ROUNDS
    assert counts["refused"] == counts["conflicts"] == counts["waiting"] == 0
    assert counts["droppedBets"] == counts["droppedHeartbeats"] == 0
    assert any("cannot reach" in line for line in report["logs"])
    assert any("reached again" in line for line in report["logs"])
    assert token not in str(report)
    assert_every_round_is_there_once(minimum=True)


def test_a_revoked_token_stores_nothing_and_keeps_the_queue() -> None:
    token, text = services.create_token(label="bot", scopes=["ingest"], by=None, at=timezone.now())
    services.revoke_token(token=token, by=None, at=timezone.now())
    with RealServer() as server:
        report = run_bot(
            server.url,
            [played(nonce) for nonce in range(1, 21)],
            settings={"token": text, "heartbeats": False},
            until_logged="the token is wrong",
            after_stop_ms=0,
        )
    assert report["counts"]["waiting"] == 20
    assert any("the token is wrong" in line for line in report["logs"])
    assert text not in str(report)
    assert not Stream.objects.exists()
