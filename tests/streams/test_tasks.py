"""The background tasks: each does its work, and only one of its kind waits."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Token
from streams import example, services, tasks
from streams.ingest import ingest
from streams.models import Bet, Stream
from tests.streams.messages import bet


def waiting(task: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'", [task])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize("ask", [tasks.remove_deleted_soon, tasks.feed_example_soon])
def test_one_request_waits_however_often_it_is_made(ask):
    ask()
    ask()
    assert waiting(f"streams.{ask.__name__.removesuffix('_soon')}") == 1


@pytest.mark.django_db(transaction=True)
def test_deleted_rows_are_removed():
    [kept, gone] = ingest([bet(1), bet(1, clientSeed="to delete")], at=timezone.now())
    services.delete(stream_id=gone.stream_id, at=timezone.now())
    assert tasks.remove_deleted() > 0
    assert Stream.objects.get().public_id == kept.stream_id
    assert Bet.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_example_is_posted_until_the_worker_ends(live_server, settings, monkeypatch):
    settings.PORT = int(live_server.url.rpartition(":")[2])
    monkeypatch.setattr(tasks, "EXAMPLE_PER_SECOND", 1000.0)
    asked = iter([False] * 3)
    tasks.feed_example(SimpleNamespace(should_abort=lambda: next(asked, True)))
    posted = list(Bet.objects.order_by("seq").values_list("provider_bet_id", flat=True))
    assert posted == [f"example:{example.FIRST_NONCE + index}" for index in range(len(posted))]
    assert 1 <= len(posted) < tasks.EXAMPLE_ROUNDS
    assert Token.objects.get(label="example feed").revoked_at is not None
