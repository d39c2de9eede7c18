"""The recorded evening, served over HTTP and polled, has the signals of the same bodies put straight in."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from django.db import connection

from markets.asking import talk
from markets.models import Poll, Signal
from markets.pipeline import Pipeline
from markets.poller import Poller
from markets.provider.clock import Clock
from markets.provider.configuration import read
from markets.simulator import Account, Provider, Recorded, Simulator
from markets.spool import Spool
from tests.markets.provider.conftest import KEY
from tests.markets.provider.test_configuration import DEFAULTS
from tests.markets.recordings import ODDS_API, needs_recordings

WNBA = "basketball_wnba"
EVENING = ODDS_API / "wnba_2026-08-05_replay.jsonl.gz"
pytestmark = [needs_recordings, pytest.mark.django_db]


def told() -> list[tuple[object, ...]]:
    """Every signal, whole, in its order."""
    fields = ("event__provider_id", "market", "side", "kind", "book__key", "at", "strength", "body")
    rows = Signal.objects.order_by("at", "event__provider_id", "market", "kind", "side", "book__key")
    return [(*row[:-1], json.dumps(row[-1], sort_keys=True)) for row in rows.values_list(*fields)]


@pytest.mark.parametrize("polls", [45, pytest.param(100, marks=pytest.mark.slow)])
def test_live_and_replay_are_one(tmp_path, polls):
    lines = gzip.decompress(EVENING.read_bytes()).splitlines()[:polls]
    file = tmp_path / "evening.jsonl"
    file.write_bytes(b"\n".join(lines) + b"\n")
    ours = [0.0]
    provider = Provider(Recorded([file]), account=Account(KEY, 5000, calls_a_second=None))
    with Simulator(provider) as simulator:
        changed = {
            "ODDS_API_KEY": KEY,
            "ODDS_API_BASE_URL": simulator.base_url,
            "ODDS_API_SPORT_KEYS": WNBA,
            "POLL_INTERVAL_SECONDS": "5",  # a poll of the recording each
        }
        odds = read({**DEFAULTS, **changed})
        clock = Clock(lambda: datetime.now(UTC), lambda: ours[0])
        client, ledger = talk(odds, now=clock.now, sleep=ours.append, daily=None)
        poller = Poller(odds, client, ledger, clock, Spool(tmp_path / "answers"))
        turns = 0
        while not provider.desk.ended(WNBA):
            ours[0] += poller.turn() + 0.05
            turns += 1
            assert turns < 5 * polls
        client.close()
    assert Poll.objects.count() == polls
    live = told()
    assert len(live) > 5
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE markets_poll, markets_event CASCADE")
    pipeline = Pipeline(WNBA, simulated=True)
    for line in lines:
        poll = json.loads(line)
        at = datetime.fromisoformat(poll["fetched_at"])
        pipeline.ingest(json.dumps(poll["payload"]).encode(), at=at, source="simulation")
    assert told() == live
