"""Many writers at once on a real PostgreSQL: nothing is lost, doubled, skipped or answered with an error."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from accounts import services as account_services
from accounts import tokens
from streams import committer as committing
from streams import services, sql
from streams.committer import Committer
from streams.decide import Outcome
from streams.ingest import Refused, ingest
from streams.models import Bet, Stream
from tests.streams.api.client import Api
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, bet_record
from tests.streams.recomputed import assert_totals_are_true

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_remembered(settings) -> Iterator[None]:
    settings.INGEST_PER_MINUTE = settings.INGEST_PER_PEER = 0
    sql.forget_streams()
    yield
    sql.forget_streams()
    tokens.cache.clear()


@pytest.fixture
def api(db: None) -> Api:
    scopes = ["ingest", "read", "write"]
    return Api(account_services.create_token(label="test", scopes=scopes, by=None, at=NOON)[1])


def together(*works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread of its own, all starting at one moment; what they return, or the first error."""
    results: list[Any] = [None] * len(works)
    barrier = threading.Barrier(len(works))

    def run(index: int) -> None:
        try:
            barrier.wait(timeout=30)
            results[index] = works[index]()
        except BaseException as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[index]) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


# --- Over HTTP ------------------------------------------------------------------------------------


def test_4_identical_bets_40_times(api):
    answers = Counter()
    for nonce in range(40):
        for answer in together(*[lambda nonce=nonce: api.post("/live/ingest", bet_record(nonce))] * 4):
            answers[answer.status, answer.body["accepted"]] += 1
    assert answers == {(200, True): 40, (200, False): 120}
    assert Stream.objects.get().bets == 40
    assert_totals_are_true()


def test_8_first_bets_of_a_new_pair(api):
    for attempt in range(10):
        answers = together(
            *(lambda n=n, a=attempt: api.post("/live/ingest", bet_record(n, clientSeed=f"pair-{a}")) for n in range(8))
        )
        assert [(answer.status, answer.body["accepted"]) for answer in answers] == [(200, True)] * 8
        assert len({answer.body["streamId"] for answer in answers}) == 1
    assert Stream.objects.count() == 10
    assert_totals_are_true()


def test_batches_and_single_bets_over_the_same_streams_in_opposite_orders(api):
    seeds = [f"pair-{n}" for n in range(5)]

    def batches(order: list[str], worker: int) -> list[int]:
        statuses = []
        for start in range(0, 40, 8):
            # Every second message is one that the other workers send too.
            records = [
                bet_record(nonce, clientSeed=seed, id=f"{seed}-{nonce}")
                for seed in order
                for nonce in (*range(start, start + 4), *range(1000 * worker + start, 1000 * worker + start + 4))
            ]
            statuses.append(api.post("/live/ingest/batch", records).status)
        return statuses

    def singles(order: list[str]) -> list[int]:
        return [
            api.post("/live/ingest", bet_record(nonce, clientSeed=seed, id=f"{seed}-{nonce}")).status
            for nonce in range(0, 40, 8)
            for seed in order
        ]

    backwards = seeds[::-1]
    results = together(
        lambda: batches(seeds, 1),
        lambda: batches(backwards, 2),
        lambda: batches(random.Random(1).sample(seeds, 5), 3),
        lambda: singles(seeds),
        lambda: singles(backwards),
    )
    assert {status for statuses in results for status in statuses} == {200}
    # Each stream: 20 shared nonces and 20 of each of three workers.
    assert set(Stream.objects.values_list("bets", "last_seq", "conflicts")) == {(80, 80, 0)}
    assert_totals_are_true()


def test_deleting_a_stream_under_its_writers(api):
    path = api.send(bet_record(0))
    stop = threading.Event()

    def write(worker: int) -> int:
        accepted = 0
        for nonce in range(60):
            answer = api.post("/live/ingest", bet_record(1000 * worker + nonce, id=f"{worker}-{nonce}"))
            assert (answer.status, answer.body["accepted"]) == (200, True)
            accepted += 1
        stop.set()
        return accepted

    def delete() -> int:
        deleted, current = 0, path
        while not stop.is_set():
            answer = api.delete(current)
            assert answer.status in (200, 404)
            deleted += answer.body.get("bets_deleted", 0)
            services.remove_deleted(chunk=7)
            for stream in api.get("/live/streams").body["streams"]:
                current = f"/live/streams/{stream['id']}"
        return deleted

    first, second, deleted = together(lambda: write(1), lambda: write(2), delete)
    services.remove_deleted()
    # Every accepted bet is in a stream that is there, or was in one when it was deleted.
    assert Bet.objects.count() + deleted == 1 + first + second
    assert_totals_are_true()


def test_a_reader_of_the_tail_skips_nothing_under_4_writers(api):
    path = api.send(bet_record(0))
    done = threading.Event()

    def write(worker: int) -> None:
        numbers = random.Random(worker).sample(range(1, 1000), 50)
        for nonce in numbers:
            api.post("/live/ingest", bet_record(1000 * worker + nonce, id=f"{worker}-{nonce}"))

    def write_all() -> None:
        try:
            together(*(lambda worker=worker: write(worker) for worker in range(1, 5)))
        finally:
            done.set()

    def read() -> list[int]:
        seen: list[int] = []
        since = 0
        while True:
            finished = done.is_set()
            page = api.get(f"{path}/tail", since_id=since, limit=7).body
            seen += [row["id"] for row in page["bets"]]
            since = page["last_id"]
            if finished and not page["has_more"]:
                return seen

    _, seen, seen_too = together(write_all, read, read)
    assert seen == seen_too == list(range(1, 202))


def test_two_edits_of_one_version_keep_one(api):
    path = api.send(bet_record(1))
    for version in range(1, 11):
        answers = together(
            *(
                lambda text=text, version=version: api.put(path, {"notes": text}, HTTP_IF_MATCH=str(version))
                for text in (f"left {version}", f"right {version}")
            )
        )
        [won], [lost] = ([answer for answer in answers if answer.status == status] for status in (200, 409))
        assert lost.body["current"] == won.body["notes"]
        assert lost.body["yours"] != won.body["notes"]


# --- The queue of a process -----------------------------------------------------------------------


def gathered(count: int, commit: Callable[..., Any] = ingest) -> Committer:
    """A queue whose first drain waits until `count` messages stand in it."""
    queue = Committer(commit)
    drain = queue._commit_what_waits

    def wait_and_drain() -> None:
        queue._commit_what_waits = drain  # type: ignore[method-assign]
        while len(queue._queue) < count:
            threading.Event().wait(0.01)
        drain()

    queue._commit_what_waits = wait_and_drain  # type: ignore[method-assign]
    return queue


def test_what_waits_together_commits_together():
    commits: list[int] = []
    started, go_on = threading.Event(), threading.Event()

    def commit(messages, *, at):
        if not commits:
            started.set()
            go_on.wait(timeout=30)
        commits.append(len(messages))
        return ingest(messages, at=at)

    queue = Committer(commit)

    def first() -> Any:
        return queue.submit(bet(0), at=NOON)

    def later(nonce: int) -> Any:
        started.wait(timeout=30)
        if nonce == 20:  # the last to come lets the first go on, once all others stand in the queue
            while len(queue._queue) < 19:
                threading.Event().wait(0.01)
            go_on.set()
        return queue.submit(bet(nonce), at=NOON)

    outcomes = together(first, *(lambda nonce=nonce: later(nonce) for nonce in range(1, 21)))
    assert {outcome.accepted for outcome in outcomes} == {True}
    assert commits[0] == 1
    assert commits[1] >= 19
    assert_totals_are_true()


def test_a_poisoned_message_fails_alone_among_those_it_shares_a_commit_with():
    poison = bet(99, id="poison")._replace(amount=Decimal(-1))
    queue = gathered(20)
    outcomes = together(
        *(lambda nonce=nonce: queue.submit(bet(nonce), at=NOON) for nonce in range(19)),
        lambda: queue.submit(poison, at=NOON),
    )
    assert [isinstance(outcome, Refused) for outcome in outcomes] == [False] * 19 + [True]
    assert Stream.objects.get().bets == 19
    assert_totals_are_true()


@pytest.mark.parametrize("error", [RuntimeError("the disk is full"), ValueError("odd")])
def test_an_error_reaches_everyone_who_waited_and_the_next_are_served(error):
    failing = [error]

    def commit(messages, *, at):
        if failing:
            raise failing.pop()
        return ingest(messages, at=at)

    queue = gathered(5, commit)

    def submit(nonce: int) -> Any:
        try:
            return queue.submit(bet(nonce), at=NOON)
        except Exception as raised:
            return str(raised)

    assert together(*(lambda nonce=nonce: submit(nonce) for nonce in range(5))) == [str(error)] * 5
    assert not Stream.objects.exists()
    assert queue.submit(bet(1), at=NOON).accepted


def test_too_few_answers_are_an_error_for_all():
    queue = Committer(lambda messages, *, at: [])
    with pytest.raises(ValueError, match="zip"):
        queue.submit(bet(1), at=NOON)


def test_a_drain_takes_at_most_its_limit(monkeypatch):
    monkeypatch.setattr(committing, "DRAIN_MAX", 3)
    sizes: list[int] = []

    def commit(messages, *, at):
        sizes.append(len(messages))
        return [Outcome(None, True, False)] * len(messages)  # type: ignore[arg-type]

    queue = gathered(10, commit)
    outcomes = together(*(lambda nonce=nonce: queue.submit(bet(nonce), at=NOON) for nonce in range(10)))
    assert len(outcomes) == 10
    assert sizes[0] == 3
    assert max(sizes) == 3
    assert sum(sizes) == 10
