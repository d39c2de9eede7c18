"""What a reader gets that was away: all it missed on its streams, or the word that a part of it is gone."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from events import retention
from events.bell import APPLICATION, Bell
from events.log import NewEvent, append
from events.models import Event, Head
from events.queries import replay

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def tell(*streams: str, at: datetime = AT) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        return append(cursor, [NewEvent(stream, "thing.happened", {}) for stream in streams], at=at).last_seq


def seqs(*streams: str, after: int = 0, limit: int = 500) -> list[int]:
    return [event.seq for event in replay(streams, after=after, limit=limit).events]


@pytest.mark.django_db
def test_only_the_streams_asked_for_come_in_order():
    tell("player:1", "player:2", "public:rounds", "player:1")
    assert seqs("player:1") == [1, 4]
    assert seqs("public:rounds", "player:1") == [1, 3, 4]
    assert seqs("player:1", "player:1") == [1, 4]
    assert seqs() == seqs("player:3") == []


@pytest.mark.django_db
def test_pages_join_without_gap_or_repeat():
    for number in range(30):
        tell(*(f"player:{number % 3}" for _ in range(number % 4)))
    everything = seqs("player:0", "player:1", "player:2")
    after, paged = 0, []
    while page := seqs("player:0", "player:1", "player:2", after=after, limit=7):
        paged += page
        after = page[-1]
    assert paged == everything == list(range(1, len(everything) + 1))


@pytest.mark.django_db
def test_each_event_names_the_one_before_it_on_its_stream():
    tell("player:1", "player:2", "player:1", "player:1")
    events = replay(["player:1"], after=1).events
    assert [(event.seq, event.prev) for event in events] == [(3, 1), (4, 3)]
    assert replay(["player:2"], after=0).events[0].prev is None


@pytest.mark.django_db
@pytest.mark.parametrize(("after", "gone"), [(0, True), (1, True), (2, False), (4, False), (5, True), (10**15, True)])
def test_what_is_not_kept_is_said_to_be_gone(after, gone):
    tell("player:1", "player:1", at=AT - timedelta(days=2))
    tell("player:1", "player:1")
    assert retention.prune(at=AT) == 2
    found = replay(["player:1"], after=after)
    assert (found.gone, found.last_seq) == (gone, 4)
    assert [event.seq for event in found.events] == ([] if gone else list(range(after + 1, 5)))


@pytest.mark.django_db
def test_retention_keeps_the_newest_by_number_and_by_age():
    for hours in (30, 25, 23, 1):
        tell("player:1", "player:1", at=AT - timedelta(hours=hours))
    assert retention.prune(at=AT) == 4
    assert retention.prune(at=AT) == 0
    assert retention.prune(at=AT, kept_at_most=1) == 3
    assert list(Event.objects.values_list("seq", flat=True)) == [8]
    assert (Head.objects.get().first_seq, Head.objects.get().event_seq) == (8, 8)
    assert retention.prune(at=AT + timedelta(days=9)) == 1
    assert Head.objects.get().first_seq == 9
    assert tell("player:1") == 9
    assert seqs("player:1", after=8) == [9]


@pytest.mark.django_db
def test_retention_removes_more_than_a_chunk(monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 3)
    tell(*["player:1"] * 10, at=AT - timedelta(days=2))
    assert retention.prune(at=AT) == 10


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_for_what_another_connection_told():
    bell = Bell()
    try:
        assert bell.wait_until_listening(10)
        assert bell.wait(after=0, timeout=0) == 0
        heard: list[int] = []
        waiting = threading.Thread(target=lambda: heard.append(bell.wait(after=0, timeout=30)))
        waiting.start()
        tell("player:1", "player:1")
        waiting.join(30)
        assert heard == [2]
        assert bell.wait(after=1, timeout=30) == 2
    finally:
        bell.close()


@pytest.mark.django_db(transaction=True)
def test_what_was_told_while_the_bell_was_away_is_heard_when_it_is_back():
    bell = Bell()
    try:
        assert bell.wait_until_listening(10)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = %s",
                [APPLICATION],
            )
            assert len(cursor.fetchall()) == 1
        tell("player:1")
        assert bell.wait(after=0, timeout=30) == 1
    finally:
        bell.close()


@pytest.mark.django_db(transaction=True)
def test_closing_lets_everybody_go():
    bell = Bell()
    waiting = threading.Thread(target=lambda: bell.wait(after=10**9, timeout=60))
    waiting.start()
    begun = time.monotonic()
    bell.close()
    waiting.join(30)
    assert not waiting.is_alive()
    assert time.monotonic() - begun < 60
