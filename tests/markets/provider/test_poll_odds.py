"""`manage.py poll_odds` as a process of its own: one at a time, killed, stopped, and told what it needs."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from markets.credits import balance
from markets.models import Cycle, Poll, ProviderCall
from markets.place import LOCK, Place
from markets.quotes import from_micros
from stakepro import up
from tests.markets.provider.conftest import KEY, NBA, turns, wait_until

CHECKOUT = Path(__file__).resolve().parents[3]
# Dies the moment that an answer is to be stored: it is here, paid for and written down, and not committed.
KILLED = """
import os, signal, sys
import django
django.setup()
from django.core.management import call_command
from markets.pipeline import Pipeline
Pipeline.ingest = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
call_command("poll_odds")
"""


def environment(world, home):
    """A child on the test's own database, which asks the test's simulator."""
    base = connection.settings_dict
    where = f"{quote(str(base['HOST']), safe='')}:{base['PORT']}" if base["PORT"] else quote(str(base["HOST"]), safe="")
    signed = f"{quote(str(base['USER']), safe='')}:{quote(str(base['PASSWORD'] or ''), safe='')}"
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("STAKEPRO_", "ODDS_"))},
        "DJANGO_SETTINGS_MODULE": "stakepro.settings",
        "STAKEPRO_IGNORE_DOTENV": "1",
        "STAKEPRO_HOME": str(home),
        "DATABASE_URL": f"postgres://{signed}@{where}/{base['NAME']}",
        "ODDS_API_KEY": KEY,
        "ODDS_API_BASE_URL": world.simulator.base_url,
        "ODDS_API_SPORT_KEYS": NBA,
    }


def started(world, home, *words):
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=CHECKOUT,
        env=environment(world, home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.django_db(transaction=True)
def test_killed_between_answer_and_commit_it_loses_and_doubles_nothing(world, settings, tmp_path):
    killed = started(world, tmp_path, "-c", KILLED)
    output, _ = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, output
    assert not Poll.objects.exists()
    assert ProviderCall.objects.get(endpoint="odds").credits == 3
    at = from_micros(world.provider.clock.now())
    # The next one stores what the killed one had paid for, and goes on polling.
    running = started(world, tmp_path, "manage.py", "poll_odds")
    try:
        wait_until(lambda: Cycle.objects.exists() and Poll.objects.exists())
        with Place() as place:
            assert not place.take()
        settings.ODDS = world.odds()
        with pytest.raises(CommandError, match="Another process is polling"):
            call_command("poll_odds", "--once")
        running.send_signal(signal.SIGTERM)
        output, _ = running.communicate(timeout=30)
    finally:
        running.kill()
        running.communicate()
    assert running.returncode == 0, output
    assert "An answer that was left is stored" in output
    assert KEY not in output
    first = Poll.objects.earliest("at")
    assert (first.at, first.credits) == (at, 3)
    assert Poll.objects.count() == Poll.objects.values("at").distinct().count()
    found = balance(at + timedelta(hours=1), is_simulated=True)  # time stands at the simulator, and not here
    assert found.used == world.provider.account.used == found.counted_day
    with Place() as place:
        assert place.take()


@pytest.mark.django_db
def test_once_makes_the_polls_that_are_due(world, settings):
    settings.ODDS = world.odds()
    call_command("poll_odds", "--once")
    assert Poll.objects.count() == 1
    turns(world.poller())
    assert world.calls("odds") == 1


@pytest.mark.django_db
def test_a_recorder_hears_what_is_polled(world, settings, tmp_path):
    settings.ODDS = world.odds()
    call_command("record_polls", "--once", "--output", str(tmp_path / "polls.jsonl"))
    (file,) = tmp_path.glob("polls-*.jsonl")
    (line,) = file.read_text().splitlines()
    assert len(json.loads(line)["payload"]) > 1
    assert KEY not in line
    assert Poll.objects.count() == 1


def test_without_a_key_it_says_what_to_do():
    with pytest.raises(CommandError, match=r"set ODDS_API_KEY.*odds_simulator"):
        call_command("poll_odds")


def test_up_starts_it_where_there_is_a_key(world, settings):
    child = up.odds_poller_child()
    assert not child.wanted()
    settings.ODDS = world.odds()
    assert child.wanted()
    assert not child.vital
    assert KEY not in " ".join(child.command)


@pytest.mark.django_db
def test_a_place_is_lost_with_its_connection():
    with Place() as place:
        assert not place.is_held()
        assert place.take()
        assert place.is_held()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d ON d.oid = database"
                " WHERE locktype = 'advisory' AND classid = %s AND datname = current_database()",
                [LOCK[0]],
            )
        wait_until(lambda: not place.is_held())
    with Place() as other:
        wait_until(other.take)
