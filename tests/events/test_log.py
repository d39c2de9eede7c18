"""Events get their numbers in the order of the commits, without a gap, whoever appends at once."""

import hashlib
import threading
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from events import words
from events.log import Appended, NewEvent, append
from events.models import Event, Head
from events.queries import last_seq, replay

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def tell(*events: NewEvent, digest: bytes | None = None) -> Appended:
    with transaction.atomic(), connection.cursor() as cursor:
        return append(cursor, events, at=AT, digest=digest)


def on(stream: str, count: int = 1) -> list[NewEvent]:
    return [NewEvent(stream, "thing.happened", {"n": number}) for number in range(count)]


@pytest.mark.django_db
def test_it_works():
    assert tell(*on("player:1", 2), *on("public:rounds")) == Appended(1, 3, 0, bytes(32), bytes(32))
    assert tell(*on("player:1"))[:2] == (4, 4)
    assert list(Event.objects.order_by("seq").values_list("seq", "stream")) == [
        *((1, "player:1"), (2, "player:1")),
        *((3, "public:rounds"), (4, "player:1")),
    ]


@pytest.mark.django_db
def test_what_is_rolled_back_gives_its_numbers_back():
    with transaction.atomic(), connection.cursor() as cursor:
        assert append(cursor, on("player:1", 5), at=AT).last_seq == 5
        transaction.set_rollback(True)
    assert last_seq() == 0
    assert tell(*on("player:1")).first_seq == 1


@pytest.mark.django_db
def test_sealed_commits_make_a_chain():
    digests = [hashlib.sha256(text).digest() for text in (b"one", b"two", b"three")]
    before = bytes(32)
    for number, digest in enumerate(digests, start=1):
        told = tell(*on("player:1", number - 1), digest=digest)
        assert (told.journal_no, told.hash_before) == (number, before)
        before = hashlib.sha256(before + digest).digest()
        assert told.hash_after == before
    unsealed = tell(*on("player:1"))
    assert (unsealed.journal_no, unsealed.hash_after) == (3, before)


@pytest.mark.django_db
def test_a_commit_without_events_can_be_sealed():
    told = tell(digest=bytes(32))
    assert (told.first_seq, told.last_seq, told.journal_no) == (1, 0, 1)


@pytest.mark.parametrize("stream", ["", "Wallet:1", "player:", "wallet 1", "player:1\n", "x" * 101, "wälle", ":1", "1"])
@pytest.mark.django_db
def test_a_stream_needs_a_name(stream):
    with pytest.raises(ValueError, match="stream"):
        tell(NewEvent(stream, "thing.happened", {}))
    assert not words.is_stream(stream)


@pytest.mark.parametrize("type_", ["", "Thing", "thing.", "thing happened", "thing.happened\n", "x" * 61])
@pytest.mark.django_db
def test_a_type_needs_a_name(type_):
    with pytest.raises(ValueError, match="type"):
        tell(NewEvent("player:1", type_, {}))


@pytest.mark.parametrize(
    "body", [{"n": float("nan")}, {"n": float("inf")}, {"n": "\0"}, {"n": "\ud800"}, {"n": "x" * 9_000}], ids=str
)
def test_a_body_that_cannot_be_kept_is_refused(body):
    with pytest.raises(ValueError, match=r".+"):
        words.json_text(body)


@pytest.mark.django_db
@given(st.dictionaries(st.text(max_size=5), st.text(max_size=40) | st.integers() | st.none(), max_size=5))
def test_a_body_comes_back_as_it_was_or_is_refused(body):
    try:
        words.json_text(body)
    except ValueError:
        return
    with transaction.atomic():
        told = tell(NewEvent("player:1", "thing.happened", body))
        (event,) = replay(["player:1"], after=told.first_seq - 1).events
        assert event.body == body
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE events_event SET body = '{}'", "DELETE FROM events_event"])
def test_the_database_keeps_what_was_told(statement):
    tell(*on("player:1"))
    kept = pytest.raises(DatabaseError, match=r"never changed|still kept")
    with kept, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_there_is_one_head():
    with pytest.raises(DatabaseError), transaction.atomic():
        Head.objects.create(id=2)


@pytest.mark.django_db(transaction=True)
def test_six_writers_and_a_reader_that_goes_on_from_its_last_number_misses_none():
    """Numbers that a sequence gives out early and commits late would be jumped over by this reader."""
    seen: list[int] = []
    done = threading.Event()
    errors: list[BaseException] = []

    def write(writer: int) -> None:
        try:
            for number in range(60):
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(random() * 0.002)")
                    append(cursor, on(f"player:{writer}", 1 + number % 3), at=AT)
                    if number % 7 == 0:
                        transaction.set_rollback(True)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    def read() -> None:
        try:
            after, last_look = 0, False
            while True:
                last_look = done.is_set()
                found = replay([f"player:{writer}" for writer in range(6)], after=after, limit=50)
                seen.extend(event.seq for event in found.events)
                after = found.events[-1].seq if len(found.events) == 50 else found.last_seq
                if last_look and not found.events:
                    return
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    reader.join(60)
    assert not errors
    told = Event.objects.count()
    assert seen == list(range(1, told + 1))
    assert last_seq() == told
