"""Every round arrives exactly once, whatever the server does; and the betting never waits for it."""

import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest

from tests.antebot.bot import finish_bot, needs_node, pump_bet, run_bot, start_bot
from tests.antebot.standin import StandIn, serve
from tests.ports import free_port, refusing_address

ROUNDS = 40
SPEED = 50

pytestmark = needs_node


def bets(count: int = ROUNDS) -> list[dict[str, Any]]:
    """Rounds of which every fourth is worth a bet at a threshold of 34."""
    return [pump_bet(nonce, 73.21 if nonce % 4 == 0 else 1.63) for nonce in range(1, count + 1)]


def keys(count: int = ROUNDS) -> set[str]:
    """How the rounds of `bets` are known, at a threshold of 34."""
    return {f"bet bet-{nonce}" if nonce % 4 == 0 else f"heartbeat {nonce}" for nonce in range(1, count + 1)}


def deliver(standin: StandIn, **plan: Any) -> dict[str, Any]:
    """Play all rounds against this server, wait until the queue is empty, stop."""
    plan = {"round_ms": 3, "drain_ms": 20_000, "settings": {}} | plan
    plan["settings"] = {"minimumResult": 34} | plan["settings"]
    with serve(standin):
        return run_bot(standin.url, bets(), **plan)


def test_it_works() -> None:
    standin = StandIn()
    report = deliver(standin)
    assert set(standin.kept) == keys()
    assert set(standin.posted.values()) == {1}
    assert [message["nonce"] for message in standin.kept.values()] == list(range(1, ROUNDS + 1))
    assert standin.paths == {"/live/ingest/batch"}
    assert {headers["x-ingest-token"] for headers in standin.headers} == {"sp_test"}
    assert len(standin.batches) < ROUNDS
    assert report["counts"] == {
        "rounds": ROUNDS,
        "accepted": ROUNDS,
        "duplicates": 0,
        "conflicts": 0,
        "refused": 0,
        "droppedHeartbeats": 0,
        "droppedBets": 0,
        "unreadable": 0,
        "withoutSeeds": 0,
        "waiting": 0,
    }
    assert report["logs"] == ["StakePro: 40 rounds: 40 accepted, 0 already known."]


@pytest.mark.parametrize(
    "faults",
    [
        [500],
        [500, 502, 503],
        [(503, {"Retry-After": "1"})],
        [(429, {"Retry-After": "2"})],
        [(429, {})],
        ["drop before"],
        ["drop after"],
        ["drop after", 500, "drop after", "drop before", (429, {"Retry-After": "1"})],
        [401, 401],
        [403],
        [400],
        [404, 405],
        ["html"],
        [(302, {"Location": "/login"})],
    ],
    ids=str,
)
def test_every_round_arrives_once(faults: list[Any]) -> None:
    standin = StandIn(faults=list(faults))
    report = deliver(standin)
    assert standin.faults == []
    assert set(standin.kept) == keys()
    assert standin.at_once_max == 1
    counts = report["counts"]
    assert counts["accepted"] + counts["duplicates"] == ROUNDS
    assert (counts["duplicates"] > 0) == ("drop after" in faults)
    assert counts["refused"] == counts["waiting"] == counts["droppedBets"] == counts["droppedHeartbeats"] == 0
    assert "sp_test" not in json.dumps(report)


def test_it_waits_for_a_server_that_is_not_there_yet() -> None:
    port = free_port()
    bot = start_bot(f"http://127.0.0.1:{port}", bets(), settings={"minimumResult": 34}, drain_ms=20_000, speed=SPEED)
    standin = StandIn()
    came_up = threading.Event()
    # The bot has been refused at least once before the server comes up.
    assert not came_up.wait(0.6)
    with serve(standin, port=port):
        report = finish_bot(bot)
    assert set(standin.kept) == keys()
    assert any("cannot reach" in line for line in report["logs"])
    assert any("reached again" in line for line in report["logs"])


def test_it_waits_as_long_as_it_is_asked_to() -> None:
    standin = StandIn(faults=[(429, {"Retry-After": "20"})])
    deliver(standin)
    first, second = standin.arrivals[:2]
    assert second - first >= 20 / SPEED


def test_it_waits_until_the_date_it_is_given() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=120), usegmt=True)
    standin = StandIn(faults=[(429, {"Retry-After": date})])
    report = deliver(standin)
    assert 30_000 < retry_delays(report)[0] < 122_000
    assert set(standin.kept) == keys()


def test_it_never_waits_longer_than_ten_minutes() -> None:
    standin = StandIn(faults=[(429, {"Retry-After": "86400"})])
    report = deliver(standin, speed=1000)
    assert 600_000 <= retry_delays(report)[0] <= 601_000
    assert set(standin.kept) == keys()


def test_stopping_does_not_break_the_silence_it_was_asked_for() -> None:
    standin = StandIn(faults=[(429, {"Retry-After": "100"})])
    report = deliver(standin, drain_ms=0)
    assert standin.arrivals[1] - standin.arrivals[0] >= 100 / SPEED
    assert report["before_stop"]["waiting"] == ROUNDS
    assert set(standin.kept) == keys()


def retry_delays(report: dict[str, Any]) -> list[float]:
    """The pauses between requests: each request arms its own 30-second limit, and the next timer is the pause."""
    return [after for before, after in pairwise(report["delays"]) if before == 30_000]


def test_it_backs_off_further_each_time_and_not_in_step() -> None:
    standin = StandIn(faults=[500] * 8)
    report = deliver(standin, round_ms=0, speed=500)
    pauses = retry_delays(report)[:8]
    for failures, pause in enumerate(pauses, start=1):
        most = min(60_000, 500 * 2**failures)
        assert most / 2 <= pause <= most
    assert len({pause / min(60_000, 500 * 2**failures) for failures, pause in enumerate(pauses, start=1)}) > 1


def test_a_wrong_token_keeps_the_queue_and_says_so() -> None:
    standin = StandIn(faults=[401, 401])
    report = deliver(standin)
    assert set(standin.kept) == keys()
    assert sum("the token is wrong" in line for line in report["logs"]) == 1
    assert all(pause >= 30_000 for pause in retry_delays(report)[:2])


def test_without_a_token_no_header_is_sent() -> None:
    standin = StandIn()
    deliver(standin, settings={"token": ""})
    assert all("x-ingest-token" not in headers for headers in standin.headers)


def test_a_forgotten_token_is_noticed_at_the_start() -> None:
    standin = StandIn()
    report = deliver(standin, settings={"token": "PASTE_IT"})
    assert "no token yet" in report["logs"][0]


def test_a_refused_message_is_reported_and_dropped_alone() -> None:
    standin = StandIn(refuse_ids={"bet-8", "bet-12"})
    report = deliver(standin)
    assert set(standin.kept) == keys() - {"bet bet-8", "bet bet-12"}
    assert report["counts"]["refused"] == 2
    assert any("nonce 8 was refused and dropped: amount must not be negative." in line for line in report["logs"])
    assert "2 refused" in report["logs"][-1]


def test_a_batch_too_large_is_split() -> None:
    standin = StandIn(too_large_above=3)
    report = deliver(standin, round_ms=0)
    assert set(standin.kept) == keys()
    assert report["counts"]["refused"] == 0


def test_a_batch_above_the_limit_of_a_minute_is_cut_to_it() -> None:
    standin = StandIn(per_minute=7)
    deliver(standin, round_ms=0)
    assert standin.batches == [ROUNDS, 7, 7, 7, 7, 7, 5]
    assert set(standin.kept) == keys()


def test_one_message_too_large_is_dropped_and_the_rest_arrive() -> None:
    standin = StandIn(faults=[(413, {})])
    with serve(standin):
        report = run_bot(standin.url, bets(3), settings={"batchSize": 1, "heartbeats": False}, drain_ms=20_000)
    assert report["counts"]["refused"] == 1
    assert report["counts"]["accepted"] == 2


def test_batches_keep_to_their_size() -> None:
    standin = StandIn()
    deliver(standin, round_ms=0, settings={"batchSize": 7})
    assert set(standin.kept) == keys()
    assert max(standin.batches) == 7
    assert len(standin.batches) == 6


def test_a_full_queue_drops_the_oldest_heartbeats_first() -> None:
    with refusing_address() as nowhere:
        report = run_bot(nowhere, bets(), after_stop_ms=0, settings={"minimumResult": 34, "queueLimit": 12})
    counts = report["counts"]
    assert counts["waiting"] == 12
    assert counts["droppedHeartbeats"] + counts["droppedBets"] == ROUNDS - 12
    assert counts["droppedBets"] == 0
    assert any("the queue is full; dropped 1 heartbeat" in line for line in report["logs"])
    assert any("dropped 28 heartbeats and 0 bets" in line for line in report["logs"])


def test_a_queue_full_of_bets_drops_the_oldest_bets() -> None:
    report = run_bot(
        "http://127.0.0.1:9",
        bets(),
        after_stop_ms=0,
        settings={"queueLimit": 12, "batchSize": 1},
        log_to_file=True,
        stop_ms=10_000,
    )
    counts = report["counts"]
    assert (counts["waiting"], counts["droppedBets"]) == (12, 28)
    left = sorted(json.loads(line)["nonce"] for line in report["files"][0]["text"].splitlines())
    # The one message in flight when the queue ran full is the oldest, and stays.
    assert left[-11:] == list(range(30, 41))


def test_what_could_not_be_sent_is_reported_and_written_down() -> None:
    with refusing_address() as nowhere:
        report = run_bot(nowhere, bets(), after_stop_ms=0, settings={"minimumResult": 34}, log_to_file=True)
    assert any("40 messages not sent, nonces 1 to 40: cannot reach" in line for line in report["logs"])
    (file,) = report["files"]
    assert file["name"] == "stakepro-unsent.ndjson"
    messages = [json.loads(line) for line in file["text"].splitlines()]
    assert {message["nonce"] for message in messages} == set(range(1, 41))
    assert "sp_test" not in json.dumps(report)


def test_stopping_sends_what_is_left_at_once() -> None:
    standin = StandIn()
    with serve(standin):
        # Ten minutes between flushes: only the end of betting can send these.
        report = run_bot(standin.url, bets(), settings={"minimumResult": 34, "flushSeconds": 600}, speed=1)
    assert set(standin.kept) == keys()
    assert report["before_stop"]["waiting"] == ROUNDS
    assert report["counts"]["waiting"] == 0


def test_betting_never_waits_for_the_server() -> None:
    standin = StandIn(hold=threading.Event())
    assert standin.hold is not None
    with serve(standin):
        report = run_bot(
            standin.url,
            bets(),
            round_ms=5,
            speed=1,
            settings={"flushSeconds": 0, "stopWaitSeconds": 0, "heartbeats": False},
            after_stop_ms=0,
        )
        standin.hold.set()
    assert standin.at_once_max == 1
    assert report["before_stop"]["rounds"] == report["before_stop"]["waiting"] == ROUNDS
    assert report["hook_ms_max"] < 1000
