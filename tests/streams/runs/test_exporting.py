"""A run as CSV: what is in it, and that it streams and ends as it should."""

import csv
import gc
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from accounts import downloads, tokens
from accounts import services as accounts
from fairness.games import limbo, pump
from fairness.rounds import Seeds, play
from streams.runs import exporting, queries
from tests.streams.runs.bodies import CLIENT_SEED, HASH, SERVER_SEED, finished_run, make_run

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

# A download reads over a connection of its own, so what it reads has to be committed.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_left():
    tokens.cache.clear()
    yield
    gc.collect()
    assert downloads.places.taken == 0
    tokens.cache.clear()


class Answer:
    """What a WSGI server gets to see of an answer."""

    def __init__(self, path, method="GET"):
        token = accounts.create_token(label="test", scopes=("read",), by=None, at=AT)[1]
        request = RequestFactory().generic(method, path, headers={"Authorization": f"Bearer {token}"})
        self.body = WSGIHandler()(request.environ, self._start)

    def _start(self, status, headers):
        self.status = int(status.split()[0])
        self.headers = dict(headers)

    def read(self):
        try:
            return b"".join(self.body).decode()
        finally:
            self.body.close()

    def rows(self):
        assert (self.status, self.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
        return list(csv.reader(io.StringIO(self.read())))


def test_every_round_of_pump():
    run_id = make_run(end=1200, targets=[])
    answer = Answer(f"/runs/{run_id}/export/full.csv")
    name = f"run_{HASH[:10]}_1-1200_full.csv"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    header, *rows = answer.rows()
    assert header == ["nonce", "max_pumps", "max_multiplier", "pop_point"]
    assert [int(row[0]) for row in rows] == list(range(1, 1201))
    for nonce in (1, 2, 3, 10, 100, 1000):
        played = play(pump.GAME, Seeds(SERVER_SEED, CLIENT_SEED, nonce), {"difficulty": "expert"}).outcome
        _, pumps, multiplier, pop_point = rows[nonce - 1]
        assert (int(pumps), Decimal(multiplier), int(pop_point)) == (
            played.safe_pumps,
            played.multiplier,
            played.pop_point,
        )


def test_every_round_of_another_game():
    run_id = make_run(game="limbo", difficulty=None, start=0, end=9, targets=[])
    header, *rows = Answer(f"/runs/{run_id}/export/full.csv").rows()
    assert header == ["nonce", "result", "outcome"]
    for nonce, result, outcome in rows:
        played = play(limbo.GAME, Seeds(SERVER_SEED, CLIENT_SEED, int(nonce)), {})
        assert Decimal(result) == played.result
        assert Decimal(json.loads(outcome)["multiplier"]) == played.result
    assert len(rows) == 10


def test_hits():
    run_id = finished_run(targets=[{"op": "ge", "value": "1066.73"}, "1066.73", "11200.65"])
    header, *rows = Answer(f"/runs/{run_id}/export/hits.csv").rows()
    assert header == ["nonce", "max_multiplier"]
    assert ["5663", "11200.65"] in rows
    assert len(rows) == len({nonce for nonce, _ in rows})
    assert [int(nonce) for nonce, _ in rows] == sorted(int(nonce) for nonce, _ in rows)


def test_distances():
    run_id = finished_run(targets=["1066.73", {"op": "ge", "value": "1066.73"}])
    header, *rows = Answer(f"/runs/{run_id}/distances.csv?multiplier=1066.73").rows()
    assert header == ["from_nonce", "distance"]
    hits = [nonce for nonce, result in Answer(f"/runs/{run_id}/export/hits.csv").rows()[1:] if result == "1066.73"]
    assert [(int(nonce), int(nonce) + int(distance)) for nonce, distance in rows] == [
        (int(nonce), int(following)) for nonce, following in zip(hits, hits[1:], strict=False)
    ]
    assert len(rows) == 2


def test_a_head_computes_nothing(monkeypatch):
    monkeypatch.setattr(exporting.subprocess, "Popen", None)
    answer = Answer(f"/runs/{make_run(targets=[])}/export/full.csv", method="HEAD")
    assert (answer.status, answer.read()) == (200, "")


def test_the_first_bytes_come_at_once_and_the_child_ends_with_its_reader(monkeypatch):
    children, popen = [], exporting.subprocess.Popen
    monkeypatch.setattr(
        exporting.subprocess, "Popen", lambda *args, **options: children.append(popen(*args, **options)) or children[0]
    )
    run = queries.find_run(make_run(end=10**9, targets=[]))
    chunks = exporting.every_round(run).chunks
    assert next(chunks) == b"nonce,max_pumps,max_multiplier,pop_point\n"
    assert children == []
    assert b"".join(islice(chunks, 3)).startswith(b"1,")
    chunks.close()
    assert children[0].returncode is not None
    assert SERVER_SEED not in str(children[0].args)


def test_a_child_that_fails_breaks_the_answer_off(monkeypatch):
    run = queries.find_run(make_run(targets=[]))
    monkeypatch.setattr(exporting.sys, "executable", "/bin/false")
    with pytest.raises((RuntimeError, BrokenPipeError)):
        list(exporting.every_round(run).chunks)


def test_no_more_downloads_than_there_are_places(settings):
    settings.DOWNLOADS_PER_WORKER = 0
    answer = Answer(f"/runs/{make_run(targets=[])}/export/full.csv")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    answer.read()
