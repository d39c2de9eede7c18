"""The background tasks of runs, and what asking for them costs the web."""

import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from streams.models import Run
from streams.runs import services, tasks
from streams.runs.work import LANE_LOCK
from tests.streams.api.test_runs import waits
from tests.streams.runs.bodies import finished_run, make_run


@pytest.mark.django_db
@pytest.mark.parametrize("ask", [tasks.work_off_runs_soon, tasks.remove_deleted_runs_soon])
def test_one_request_waits_however_often_it_is_made(ask):
    ask()
    ask()
    assert waits(f"streams.{ask.__name__.removesuffix('_soon')}") == 1


@pytest.mark.django_db(transaction=True)
def test_runs_are_worked_off_until_the_worker_ends():
    make_run()
    tasks.work_off_runs(SimpleNamespace(should_abort=lambda: True))
    assert Run.objects.get().status == "queued"
    tasks.work_off_runs(SimpleNamespace(should_abort=lambda: False))
    assert Run.objects.get().status == "finished"


@pytest.mark.django_db(transaction=True)
def test_where_another_worker_is_at_the_runs_it_looks_again_later():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")  # earlier tests may have left some: nothing empties this table
    make_run()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LANE_LOCK])
        for _ in range(2):
            tasks.work_off_runs(SimpleNamespace(should_abort=lambda: False))
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LANE_LOCK])  # closing alone is noticed a moment later
    finally:
        other.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at > now() FROM procrastinate_jobs WHERE task_name = %s", [tasks.NAME])
        assert cursor.fetchall() == [(True,)]
    # One that is asked for now does not wait for that.
    tasks.work_off_runs_soon()
    assert waits(tasks.NAME) == 2


@pytest.mark.django_db(transaction=True)
def test_deleted_runs_are_removed():
    services.delete(run_id=finished_run(), at=timezone.now())
    assert tasks.remove_deleted_runs() > 1
    assert not Run.objects.exists()


def test_the_web_does_not_load_what_computes():
    look = (
        "import django, sys; django.setup(); import stakepro.urls; "
        "print([name for name in ('numpy', 'numba') if name in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", look], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[]\n"
