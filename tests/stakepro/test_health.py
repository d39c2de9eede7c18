"""What machines ask: /healthz, /readyz and /metrics."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from accounts import services
from ledger import gauges
from stakepro import health
from tests.accounts.conftest import NOON


def worker(silent_for):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [timezone.now() - silent_for])


def test_healthz_asks_nobody(client):
    response = client.get("/healthz")  # This test has no database.
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
def test_readyz_is_ok_when_all_is_there(client):
    worker(silent_for=timedelta(seconds=20))
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "worker": "ok"},
    }


@pytest.mark.django_db
def test_readyz_names_a_silent_worker(client):
    worker(silent_for=timedelta(minutes=2))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "not ok",
        "checks": {"database": "ok", "migrations": "ok", "worker": "not ok"},
    }


@pytest.mark.django_db
def test_readyz_names_missing_migrations(client):
    worker(silent_for=timedelta(0))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")
    response = client.get("/readyz")
    assert (response.status_code, response.json()["checks"]["migrations"]) == (503, "not ok")


def test_readyz_says_not_ok_and_no_more_when_the_database_is_away(client, monkeypatch, caplog):
    def away(at):
        raise OperationalError("connection to 10.0.0.5 refused")

    monkeypatch.setattr(health, "CHECKS", dict.fromkeys(health.CHECKS, away))
    response = client.get("/readyz")
    assert response.status_code == 503
    assert set(response.json()["checks"].values()) == {"not ok"}
    assert "10.0.0.5" not in response.content.decode()
    assert "10.0.0.5" in caplog.text


@pytest.fixture
def elsewhere():
    return Client(REMOTE_ADDR="192.168.1.9")


def test_metrics_are_shown_to_this_machine(client, monkeypatch):
    # This test has no database; what is read from there is left out.
    monkeypatch.setattr(gauges, "connection", Mock(cursor=Mock(side_effect=OperationalError)))
    client.get("/healthz")
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    assert 'stakepro_http_requests_total{method="GET",route="healthz",status="2xx"}' in response.content.decode()


@pytest.mark.parametrize("headers", [{"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, {"HTTP_AUTHORIZATION": "Bearer wrong"}])
def test_metrics_are_not_shown_to_strangers(client, elsewhere, db, headers):
    assert client.get("/metrics", **headers).status_code == 401
    assert elsewhere.get("/metrics", **headers).status_code == 401


@pytest.mark.parametrize(("scope", "status"), [("read", 200), ("admin", 200), ("ingest", 403)])
def test_metrics_are_shown_elsewhere_to_readers(elsewhere, db, scope, status):
    _, text = services.create_token(label="prometheus", scopes=[scope], by=None, at=NOON)
    assert elsewhere.get("/metrics", HTTP_AUTHORIZATION=f"Bearer {text}").status_code == status


def test_metrics_are_shown_elsewhere_to_signed_in_readers(elsewhere, db):
    elsewhere.force_login(services.ensure_owner(at=NOON))
    assert elsewhere.get("/metrics").status_code == 200


def test_healthz_asks_nobody_even_with_a_session(client, db, django_assert_num_queries):
    client.force_login(services.ensure_owner(at=NOON))
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200
