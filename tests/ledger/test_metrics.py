"""What machines are told of the ledger: counts of engines, the state of the books, and the worker's tasks."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY

from accounts import services as people
from ledger import checks, gauges, metrics, tasks
from ledger.models import CheckRun, Seal
from ledger.operations import Kind, Op
from ledger.poster import Poster
from tests.ledger.conftest import AT


@pytest.fixture(autouse=True)
def fresh() -> None:
    checks.forget_health()


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_engines_count() -> None:
    before = {
        name: sample(name)
        for name in ("stakepro_ledger_batch_operations_count", "stakepro_ledger_batch_operations_sum")
    }
    answers, replays = sample("stakepro_ledger_answers_total", code="BUSY"), sample("stakepro_ledger_replays_total")
    metrics.batch(7, 0.003)
    metrics.answered("BUSY", 2)
    metrics.answered("BUSY")
    metrics.replayed(4)
    metrics.queue(9)
    assert sample("stakepro_ledger_batch_operations_count") == before["stakepro_ledger_batch_operations_count"] + 1
    assert sample("stakepro_ledger_batch_operations_sum") == before["stakepro_ledger_batch_operations_sum"] + 7
    assert sample("stakepro_ledger_answers_total", code="BUSY") == answers + 3
    assert sample("stakepro_ledger_replays_total") == replays + 4
    assert sample("stakepro_ledger_queue") == 9
    metrics.queue(0)


def _gauges() -> dict[str, float]:
    lines = gauges.render().decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_the_state_of_the_books(wallet: Callable[..., int], poster: Poster) -> None:
    assert set(_gauges()) == {"stakepro_ledger_journals", "stakepro_events_seq"}
    ann = wallet("ann")
    poster.post([Op(Kind.DEPOSIT, ann, uuid4(), 100), Op(Kind.PLACE, ann, uuid4(), 10)], at=AT)
    checks.run(full=True, at=AT)
    poster.post([Op(Kind.PLACE, ann, uuid4(), 10)], at=AT)
    told = _gauges()
    expected = {
        'stakepro_ledger_drift{currency="PTS"}': 0,
        'stakepro_ledger_negative_wallets{currency="PTS"}': 0,
        'stakepro_ledger_wallets{currency="PTS",kind="house"}': 16,
        'stakepro_ledger_wallets{currency="PTS",kind="user"}': 1,
        "stakepro_ledger_open_holds": 1,
        "stakepro_ledger_journals": 2,
        "stakepro_ledger_unchecked_journals": 1,
        'stakepro_ledger_check_timestamp_seconds{kind="full"}': AT.timestamp(),
        'stakepro_ledger_breaches{invariant="I10"}': 0,
    }
    assert {name: told[name] for name in expected} == pytest.approx(expected)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_wallet DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE ledger_wallet DROP CONSTRAINT wallet_available_not_negative")
        cursor.execute("UPDATE ledger_wallet SET available = -3 WHERE id = %s", [ann])
        assert tasks.check_new() == 3
        told = _gauges()
        assert told['stakepro_ledger_drift{currency="PTS"}'] == -83
        assert told['stakepro_ledger_negative_wallets{currency="PTS"}'] == 1
        assert told['stakepro_ledger_breaches{invariant="I5"}'] == 1
        transaction.set_rollback(True)


def test_a_database_that_is_away_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "connection", _Away())
    assert gauges.render() == b""


class _Away:
    def cursor(self) -> None:
        raise DatabaseError("away")


def test_the_worker_checks_and_seals(ledger: None, tmp_path: Path, settings: Any) -> None:
    settings.STAKEPRO_HOME = tmp_path
    done = sample("stakepro_ledger_checks_total", kind="incremental", result="in_order")
    assert (tasks.check_new(), tasks.check_new(), tasks.check_all()) == (0, 0, 0)
    assert sample("stakepro_ledger_checks_total", kind="incremental", result="in_order") == done + 1
    assert list(CheckRun.objects.order_by("pk").values_list("is_full", flat=True)) == [True, False, True]
    tasks.seal()
    tasks.seal()
    assert Seal.objects.count() == 1
    (tmp_path / "ledger.key").write_text("no key")
    tasks.seal()  # today's is there, so no key is needed
    periodic = {name: task.cron for name, task in _periodic().items()}
    assert periodic == {
        "ledger.check_new": "* * * * *",
        "ledger.check_all": "17 3 * * *",
        "ledger.seal": "*/10 * * * *",
    }


def _periodic() -> dict[str, Any]:
    registered = tasks.app.periodic_registry.periodic_tasks.values()  # type: ignore[attr-defined]
    return {each.task.name: each for each in registered if each.task.name.startswith("ledger.")}


def test_health_over_http(ledger: None) -> None:
    _, reader = people.create_token(label="watcher", scopes=["read"], by=None, at=AT)
    _, writer = people.create_token(label="bot", scopes=["ingest"], by=None, at=AT)

    def ask(token: str) -> tuple[int, dict[str, Any]]:
        answer = Client().get("/api/v1/ledger/health", headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.json()

    assert ask(writer)[0] == 403
    status, body = ask(reader)
    assert (status, body["status"], body["checked_at"]) == (200, "unknown", None)
    checks.run(full=True, at=timezone.now() - timedelta(minutes=2))
    checks.forget_health()
    status, body = ask(reader)
    assert (status, body["status"], body["breaches"]) == (200, "ok", [])
    assert re.fullmatch(r"2\d{3}-\d\d-\d\dT[0-9:.]+Z", body["checked_at"])
    run = CheckRun.objects.get()
    run.results[0]["breaches"] = ["PTS adds up to 5"]
    CheckRun.objects.update(results=run.results, breaches=1)
    checks.forget_health()
    status, body = ask(reader)
    assert (status, body["status"]) == (500, "violated")
    assert body["breaches"] == [{"invariant": "I1", "text": "PTS adds up to 5"}]
    assert body["invariants"] == {**dict.fromkeys(("I2", "I3", "I4", "I5", "I6", "I10", "I11"), "ok"), "I1": "violated"}
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {reader}"})
    assert b"stakepro_ledger_journals 0.0" in answer.content
    assert b"stakepro_http_requests" in answer.content
