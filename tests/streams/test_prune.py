"""`prune_streams`, and the removal of what was deleted: in short steps that hold nobody up."""

import io
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from streams import services, sql
from streams.ingest import ingest
from streams.management.commands.prune_streams import parse_age
from streams.models import Bet, BetSource, Bookmark, Conflict, Round, Snapshot, Stream, StreamMoney
from tests.streams.messages import bet

OLD = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_remembered():
    sql.forget_streams()
    yield
    sql.forget_streams()


def prune(**options):
    out = io.StringIO()
    call_command("prune_streams", stdout=out, **options)
    return out.getvalue()


def stream(name, *, seen, bets=3):
    ingest([bet(nonce, clientSeed=name) for nonce in range(1, bets + 1)], at=seen)
    return Stream.objects.get(client_seed=name)


@pytest.mark.django_db
def test_it_archives_only_what_is_older():
    old, young = stream("old", seen=OLD), stream("young", seen=timezone.now() - timedelta(days=89))
    said = prune(older_than="90d")
    assert "1 streams with 3 bets archived." in said
    assert f"archived: {old.public_id}" in said
    old.refresh_from_db()
    young.refresh_from_db()
    assert old.archived_at is not None
    assert young.archived_at is None
    assert "0 streams" in prune(older_than="90d")


@pytest.mark.django_db
def test_it_deletes_with_all_that_belongs_to_it():
    old, young = stream("old", seen=OLD, bets=12), stream("young", seen=timezone.now())
    ingest([bet(1, clientSeed="old", id="again"), bet(2, clientSeed="old", amount=99)], at=OLD)
    services.add_bookmark(stream_id=old.public_id, nonce=1, result=None, note="", at=OLD)
    services.add_snapshot(stream_id=old.public_id, name="x", filter_state={}, last_seq=1, at=OLD)
    services.archive(stream_id=old.public_id, at=OLD)
    said = prune(older_than="12h", delete=True)
    assert "1 streams with 12 bets deleted." in said
    assert list(Stream.objects.all()) == [young]
    for model in (Bet, Round, StreamMoney):
        assert set(model.objects.values_list("stream_id", flat=True)) == {young.pk}
    for model in (BetSource, Bookmark, Conflict, Snapshot):
        assert not model.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("delete", [True, False])
def test_a_dry_run_only_says_what_would_be_done(delete):
    old = stream("old", seen=OLD)
    said = prune(older_than="90d", delete=delete, dry_run=True)
    verb = "deleted" if delete else "archived"
    assert f"would be {verb}: {old.public_id}" in said
    assert f"1 streams with 3 bets would be {verb}." in said
    old.refresh_from_db()
    assert (old.archived_at, old.deleted_at) == (None, None)
    assert Bet.objects.count() == 3


@pytest.mark.parametrize(
    ("text", "age"), [("12h", timedelta(hours=12)), ("90d", timedelta(days=90)), ("26w", timedelta(weeks=26))]
)
def test_ages_are_hours_days_or_weeks(text, age):
    assert parse_age(text) == age


@pytest.mark.parametrize("text", ["", "90", "d", "0d", "-1d", "1.5d", "90 d", "3m", "٣d", "999999w"])
def test_it_refuses_other_ages(text):
    with pytest.raises(CommandError, match="--older-than must be"):
        parse_age(text)


@pytest.mark.django_db
def test_removal_goes_in_chunks_and_can_be_cut_short(monkeypatch):
    old = stream("old", seen=OLD, bets=25)
    services.delete(stream_id=old.public_id, at=OLD)
    statements = []
    execute = services._execute

    def counting(statement, parameters):
        statements.append(statement)
        if len(statements) == 8:  # among the bets: findings, verifications, conflicts … come first
            raise ConnectionError
        return execute(statement, parameters)

    monkeypatch.setattr(services, "_execute", counting)
    with pytest.raises(ConnectionError):
        services.remove_deleted(chunk=10)
    assert 0 < Bet.objects.count() < 25
    assert services.remove_deleted(chunk=10) > 0
    assert not Bet.objects.exists()
    assert not Stream.objects.exists()
    assert services.remove_deleted(chunk=10) == 0


@pytest.mark.django_db
def test_a_pair_that_goes_on_gets_a_new_stream_while_the_old_one_is_removed():
    old = stream("same", seen=OLD)
    services.delete(stream_id=old.public_id, at=OLD)
    [outcome] = ingest([bet(1, clientSeed="same")], at=OLD)
    assert outcome.accepted
    assert outcome.stream_id != old.public_id
    services.remove_deleted()
    assert Bet.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_ingest_of_other_streams_goes_on_while_one_is_removed():
    old = stream("old", seen=OLD, bets=6000)
    stream("busy", seen=OLD, bets=1)
    services.delete(stream_id=old.public_id, at=OLD)
    waits, removed, failures = [], threading.Event(), []

    def write():
        try:
            nonce = 1
            while not removed.is_set() or len(waits) < 20:
                nonce += 1
                began = time.monotonic()
                [outcome] = ingest([bet(nonce, clientSeed="busy")], at=OLD)
                assert outcome.accepted
                waits.append(time.monotonic() - began)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    began = time.monotonic()
    services.remove_deleted(chunk=200)
    took = time.monotonic() - began
    removed.set()
    writer.join()
    assert failures == []
    assert len(waits) >= 20
    # No post waited for the removal as a whole: it holds no lock from one chunk to the next.
    assert max(waits) < max(took / 2, 0.5)
    assert Bet.objects.count() == len(waits) + 1
