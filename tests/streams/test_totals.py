"""Whatever comes, in whatever order and batches, the totals equal the rows."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams import sql
from streams.ingest import ingest
from streams.models import Stream
from streams.wire import Message, parse_message
from tests.streams.api.client import archived
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, bet_record, heartbeat, heartbeat_record
from tests.streams.recomputed import assert_totals_are_true, rows

pytestmark = pytest.mark.django_db

as_much_as_it_takes = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
RESULTS = st.sampled_from([None, "0", "1", "1.63", "4.95", "3203384.8"])


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    sql.forget_streams()
    yield
    sql.forget_streams()


def start_again() -> None:
    Stream.objects.all().delete()
    sql.forget_streams()


def in_batches(messages: Sequence[Message], cuts: Random) -> None:
    """Ingest in order, cut into batches at random."""
    start = 0
    while start < len(messages):
        size = cuts.randint(1, len(messages) - start)
        ingest(messages[start : start + size], at=NOON)
        start += size


def _message(draw: Any) -> Message:
    nonce = draw(st.integers(0, 6))
    seed = draw(st.sampled_from(["a", "b"]))
    result = draw(RESULTS)
    if draw(st.booleans()):
        level = draw(st.sampled_from([None, "expert"]))
        return parse_message(heartbeat_record(nonce, clientSeed=seed, roundResult=result, difficulty=level))
    message = parse_message(
        bet_record(
            nonce,
            clientSeed=seed,
            roundResult=result,
            id=f"bet-{draw(st.integers(0, 6))}",
            amount=draw(st.sampled_from(["0", "0.000000000000000001", "2", "99999999999999999999"])),
            payout=draw(st.sampled_from(["0", "7.5"])),
            currency=draw(st.sampled_from([None, "btc", "usdt"])),
        )
    )
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return archived(message, nonce=None)
    return archived(message) if kind == 1 else message


messages = st.lists(st.composite(_message)(), max_size=25)


@as_much_as_it_takes
@given(messages=messages, cuts=st.randoms(use_true_random=False))
def test_any_messages_leave_true_totals(messages, cuts):
    start_again()
    in_batches(messages, cuts)
    assert_totals_are_true()
    start_again()


# What is left of a stream, less what tells the order of arrival apart: bets' numbers and times.
_STATE = (
    "SELECT server_seed_hashed, client_seed, games, bets, rounds, conflicts, results, result_sum, highest_result, "
    "lowest_result, first_nonce, last_nonce FROM streams_stream ORDER BY 1, 2",
    "SELECT currency, bets, wagered, returned FROM streams_streammoney ORDER BY 1, 2, 3, 4",
    "SELECT nonce, provider_bet_id, game, amount, payout, currency, difficulty, round_result, cell FROM streams_bet "
    "ORDER BY 1, 2",
    "SELECT stream_id IS NULL, nonce, game, difficulty, result, cell FROM streams_round ORDER BY 1, 2, 3, 4, 5, 6",
)


def state() -> list[list[tuple[Any, ...]]]:
    return [rows(statement) for statement in _STATE]


@st.composite
def true_reports(draw: Any) -> list[Message]:
    """Reports of the same few rounds, none contradicting another: each may come as a bet, a heartbeat, or both."""
    reports: list[Message] = []
    for nonce in draw(st.sets(st.integers(0, 20), max_size=10)):
        result = draw(st.sampled_from(["1", "1.63", "4.95"]))
        wagers = {"amount": draw(st.sampled_from(["1", "0.1"])), "currency": draw(st.sampled_from([None, "btc"]))}
        # A heartbeat may lack the result, the difficulty, or both.
        for _ in range(draw(st.integers(0, 3))):
            told = draw(st.sampled_from([result, None]))
            reports.append(heartbeat(nonce, roundResult=told, difficulty=draw(st.sampled_from([None, "expert"]))))
        known = draw(st.sampled_from([result, None]))  # what the bet says, the same in each of its copies
        for _ in range(draw(st.integers(0, 2))):
            reports.append(bet(nonce, roundResult=known, **wagers))
    return reports


@as_much_as_it_takes
@given(reports=true_reports(), order=st.randoms(use_true_random=False))
def test_any_order_of_true_reports_leaves_the_same(reports, order):
    start_again()
    ingest(reports, at=NOON)
    assert_totals_are_true()
    first = state()
    for _ in range(2):
        start_again()
        order.shuffle(reports)
        in_batches(reports, order)
        assert_totals_are_true()
        assert state() == first
    start_again()


@as_much_as_it_takes
@given(messages=messages, cuts=st.randoms(use_true_random=False))
def test_sending_everything_again_adds_nothing(messages, cuts):
    start_again()
    in_batches(messages, cuts)
    before = state()
    in_batches(messages, cuts)
    # A message that contradicted may only be counted on its row; nothing is stored of one that was known.
    assert state() == before
    assert_totals_are_true()
    start_again()


def test_what_two_heartbeats_and_a_bet_tell_together_is_one_round():
    ingest([heartbeat(1, roundResult="4.95"), bet(1, roundResult=None)], at=NOON)
    [(_, _, _, difficulty, result, cell)] = rows(_STATE[3])
    assert (difficulty, str(result.normalize()), cell) == ("expert", "4.95", 3)
    assert_totals_are_true()


def test_a_contradiction_is_one_though_it_comes_to_contradict_more():
    reports = [heartbeat(1, roundResult="4.95"), bet(1, roundResult="1"), bet(1, id="true", roundResult=None, amount=5)]
    ingest(reports, at=NOON)
    ingest(reports, at=NOON)
    assert rows("SELECT conflicts, bets FROM streams_stream") == [(1, 1)]
    assert rows("SELECT reason, times FROM streams_conflict") == [("result", 2)]
