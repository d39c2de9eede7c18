"""What every test gets: no socket but to this machine, and a database that can be dropped at the end."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_socket
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from loopback import server as simulator
from tests.emptying import FirstState

LOOPBACK = ["127.0.0.1", "::1", "localhost"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that start a whole installation: the longest should not be what one core ends with."""
    items.sort(key=lambda item: not hasattr(getattr(item, "module", None), "installed"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each core its half in one piece, so that fewer things are made twice; who is done takes from the other."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of every later collection of garbage: half a second each."""
    gc.collect()
    gc.freeze()


def pytest_runtest_setup() -> None:
    """Close sockets to the outside; a test that needs the network is a wrong test."""
    pytest_socket.socket_allow_hosts(LOOPBACK, allow_unix_socket=True)


@pytest.fixture(scope="session", autouse=True)
def _simulators_stop_at_once() -> Iterator[None]:
    """Hundreds of tests stop one, and would each wait for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulator, "POLL_SECONDS", 0.005)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """After each test that commits, bring back what the database held at first.

    At the end, disconnect whoever still uses it: a thread of the live server whose browser is not gone would keep the
    database from being dropped.
    """
    with django_db_blocker.unblock():
        first = FirstState()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: first.restore())
        yield
    with django_db_blocker.unblock():
        connection.close()  # a test may have left it broken
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
