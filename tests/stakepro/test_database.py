"""Which databases we refuse."""

from types import SimpleNamespace

import pytest
from django.db import connection

from stakepro import database
from stakepro.refusals import Refused


@pytest.mark.parametrize(("number", "name"), [(140_012, "14"), (90_624, "9")])
def test_it_refuses_an_old_postgresql(monkeypatch: pytest.MonkeyPatch, number: int, name: str) -> None:
    old = SimpleNamespace(info=SimpleNamespace(server_version=number))
    fake = SimpleNamespace(ensure_connection=lambda: None, connection=old)
    monkeypatch.setattr(database, "connection", fake)
    with pytest.raises(Refused, match=f"is PostgreSQL {name}; StakePro needs PostgreSQL 15 or later"):
        database.check_server()


@pytest.mark.django_db
def test_it_takes_this_one() -> None:
    database.check_server()
    database.check_not_newer()


@pytest.mark.django_db
@pytest.mark.parametrize(("app", "refused"), [("accounts", True), ("streams", True), ("axes", False)])
def test_it_refuses_a_database_of_a_newer_stakepro(app: str, refused: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES (%s, '9999_ahead', now())", [app])
    assert database.unknown_migrations() == ([f"{app}.9999_ahead"] if refused else [])
    if refused:
        with pytest.raises(Refused, match=f"newer StakePro .it has {app}.9999_ahead"):
            database.migrate()
