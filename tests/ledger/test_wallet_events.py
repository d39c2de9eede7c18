"""A wallet's changes are events of the log without rows of their own: in its order, with no gap, from any number on."""

import random
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction

from events import retention, sources
from events.log import NewEvent, append
from events.models import Head
from events.queries import replay
from ledger import checks
from ledger.models import Journal
from ledger.operations import Done, Kind, Op
from ledger.poster import Poster
from ledger.wallet_events import first_since, wallet_of
from tests.ledger.conftest import AT, connect

Opener = Callable[..., int]


def deposit(wallet: int, amount: int) -> Op:
    return Op(Kind.DEPOSIT, wallet, uuid4(), amount)


def test_a_wallet_that_changed_is_told_once_a_batch(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    poster.post([deposit(ann, 100), *(Op(Kind.PLACE, ann, uuid4(), amount) for amount in (10, 20))], at=AT)
    poster.post([deposit(ann, 5)], at=AT)
    first, second = replay([f"wallet:{ann}"], after=0).events
    assert (first.type, first.prev, second.prev, first.at) == ("wallet.changed", None, first.seq, AT)
    assert first.body == {"currency": "PTS", "available": "0.70", "locked": "0.30", "version": 3}
    assert second.body == {"currency": "PTS", "available": "0.75", "locked": "0.30", "version": 4}


@pytest.mark.parametrize("seed", range(3))
def test_from_every_number_on_nothing_is_missing_and_nothing_double(wallet: Opener, poster: Poster, seed: int) -> None:
    drawn = random.Random(seed)
    wallets = [wallet(f"w{number}") for number in range(3)]
    for _ in range(25):
        poster.post([deposit(drawn.choice(wallets), 1) for _ in range(drawn.randint(1, 4))], at=AT)
        if drawn.random() < 0.3:
            with connect() as raw, raw.transaction(), raw.cursor() as cursor:
                append(cursor, [NewEvent("public:rounds", "round.began", {})], at=AT)
    streams = [*(f"wallet:{each}" for each in wallets), "public:rounds"]
    everything = replay(streams, after=0).events
    seqs = [event.seq for event in everything]
    assert seqs == sorted(set(seqs))
    for after in range(seqs[-1] + 1):
        left = [seq for seq in seqs if seq > after]
        assert [event.seq for event in replay(streams, after=after).events] == left
        assert [event.seq for event in replay(streams, after=after, limit=4).events] == left[:4]
    for stream in streams:
        own = [event for event in everything if event.stream == stream]
        assert [event.prev for event in own] == [None, *(event.seq for event in own)][: len(own)]


def test_another_wallet_s_history_does_not_matter(wallet: Opener, poster: Poster) -> None:
    ann, ben = wallet("ann"), wallet("ben")
    for _ in range(40):
        poster.post([deposit(ben, 1)], at=AT)
    (answer,) = poster.post([deposit(ann, 1)], at=AT)
    assert isinstance(answer, Done)
    (event,) = replay([f"wallet:{ann}"], after=0).events
    assert replay([f"wallet:{ann}", f"wallet:{ben}"], after=event.seq - 1).events == (event,)
    assert replay([f"wallet:{ben}", f"wallet:{ann}"], after=event.seq).events == ()


@pytest.mark.parametrize("stream", ["wallet", "wallet:", "wallet:x", "wallet:9", "wallet:" + "9" * 30, "wallet:1:2"])
def test_a_stream_of_nobody_has_no_events(ledger: None, stream: str) -> None:
    assert replay([stream], after=0).events == ()


def test_nobody_stores_an_event_on_a_wallet_s_stream(ledger: None) -> None:
    assert sources.is_told("wallet:7")
    with connect() as raw, raw.cursor() as cursor, pytest.raises(ValueError, match="rows of their own"):
        append(cursor, [NewEvent("wallet:7", "wallet.changed", {})], at=AT)


@pytest.mark.parametrize(
    ("stream", "wallet_id"), [("wallet:7", 7), ("wallet:", None), ("wallet:٧", None), ("wallets:7", None)]
)
def test_the_wallet_of_a_stream(stream: str, wallet_id: int | None) -> None:
    assert wallet_of(stream) == wallet_id


def test_what_is_rolled_back_is_not_told(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    poster.post([deposit(ann, 1)], at=AT)
    with transaction.atomic():
        before = replay([f"wallet:{ann}"], after=0).last_seq
    broken = Op(Kind.DEPOSIT, ann, uuid4(), 1, ref_id="x" * 101)  # longer than the column
    with pytest.raises(Exception, match="too long"):
        poster.post([broken], at=AT)
    poster.post([deposit(ann, 1)], at=AT)
    # The deposit also changes the world's wallet, so it is two numbers.
    assert replay([f"wallet:{ann}"], after=0).last_seq == before + 2


def test_wallets_events_are_kept_as_long_as_all_others(wallet: Opener, poster: Poster) -> None:
    ann = wallet("ann")
    stream = f"wallet:{ann}"
    times = [AT + timedelta(hours=hours) for hours in (0, 1, 2, 30)]
    for at in times:
        poster.post([deposit(ann, 1)], at=at)
    seqs = [event.seq for event in replay([stream], after=0).events]
    retention.prune(at=AT + timedelta(minutes=10))
    assert [event.seq for event in replay([stream], after=0).events] == seqs
    # A day after the third, the first two are too old.
    retention.prune(at=times[2] + retention.KEPT_FOR)
    assert replay([stream], after=0).gone
    first_kept = Head.objects.get().first_seq
    assert seqs[1] < first_kept <= seqs[2]
    assert [event.seq for event in replay([stream], after=first_kept - 1).events] == seqs[2:]
    retention.prune(at=times[3] + 2 * retention.KEPT_FOR)
    assert replay([stream], after=seqs[3] - 1).gone
    assert checks.check() == []


@pytest.mark.parametrize("hours", range(-1, 6))
def test_the_first_change_since_a_time(wallet: Opener, poster: Poster, hours: int) -> None:
    ann = wallet("ann")
    for hour in range(5):
        poster.post([deposit(ann, 1)], at=AT + timedelta(hours=hour))
    firsts = list(Journal.objects.order_by("no").values_list("first_event", flat=True))
    with connect() as raw, raw.cursor() as cursor:
        assert first_since(cursor, AT + timedelta(hours=hours)) == (None if hours > 4 else firsts[max(hours, 0)])
