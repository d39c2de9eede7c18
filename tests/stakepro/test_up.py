"""`manage.py up` from end to end, each time with a home and a port of its own."""

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stakepro.embedded import layout
from stakepro.embedded.locks import FileLock
from stakepro.embedded.processes import command_line
from tests.stakepro.installation import SECONDS, Installation, installed


@pytest.fixture
def installation() -> Iterator[Installation]:
    with installed() as made:
        yield made


def wait_until(holds: Callable[[], object]) -> None:
    """Until it holds; the test's own time limit ends a wait in vain."""
    until = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether it runs; a process that has ended but that nobody has waited for does not."""
    return any(command_line(pid))


def postmaster(installation: Installation) -> int:
    folder = Path(str(layout.read_pointer(installation.home)["folder"]))
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


@contextmanager
def another_user(installation: Installation) -> Iterator[None]:
    """Somebody else who uses the server meanwhile."""
    users = FileLock(Path(str(layout.read_pointer(installation.home)["folder"])) / "users.lock")
    assert users.try_shared()
    try:
        yield
    finally:
        users.close()


def test_it_works(installation: Installation) -> None:
    line = installation.start_up()
    assert installation.get("/healthz").json() == {"status": "ok"}
    wait_until(lambda: installation.get("/readyz").status_code == 200)
    wait_until(installation.gateway_serves)

    link = re.search(r"http://127\.0\.0\.1:\d+(/login/link\?token=\S+)", line)
    assert link is not None
    signed_in = installation.get(link[1])
    assert signed_in.status_code == 302
    assert "stakepro_session" in signed_in.cookies

    second = installation.manage("up")
    assert (second.returncode, second.stdout) == (2, "")
    assert second.stderr.splitlines()[-1].endswith(f"(process {installation.process.pid}).")
    assert installation.manage("showmigrations", "accounts").returncode == 0
    assert installation.get("/healthz").status_code == 200

    server = postmaster(installation)
    children = installation.children()
    began = time.monotonic()
    assert installation.end() == 0
    assert time.monotonic() - began < 15
    assert not any(map(alive, [server, *children.values()]))


def test_it_outlives_its_parts_and_they_do_not_outlive_it(installation: Installation) -> None:
    installation.start_up()
    assert installation.process is not None
    wait_until(lambda: "worker" in installation.children())
    first = installation.children()
    os.kill(first["worker"], signal.SIGKILL)
    wait_until(lambda: installation.children().get("worker", first["worker"]) != first["worker"])

    server, children = postmaster(installation), installation.children()
    with another_user(installation):  # a worker that is up already would stop the server, were it the last to leave
        installation.process.kill()  # `kill -9` of `up` alone
        installation.end()
        wait_until(lambda: not any(map(alive, children.values())))
    assert alive(server)

    installation.start_up()
    assert postmaster(installation) == server  # adopted, with its owner dead
    assert installation.get("/healthz").status_code == 200
    os.kill(installation.children()["web"], signal.SIGKILL)
    assert installation.process.wait(SECONDS) == 1  # without a web server there is nothing to be up
    assert not alive(server)


@pytest.mark.parametrize("setting", ["PORT", "GATEWAY_PORT"])
def test_a_busy_port_is_refused_before_anything_is_made(installation: Installation, setting: str) -> None:
    port = int(installation.environment[setting])
    with socket.create_server(("127.0.0.1", port)):
        refused = installation.manage("up")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"Cannot listen on 127.0.0.1:{port}" in refused.stderr
    assert f"set {setting} to" in refused.stderr
    assert not (installation.home / "postgres.json").exists()


def test_a_command_alone_starts_and_stops_the_server(installation: Installation) -> None:
    shown = installation.manage("shell", "-v", "0", "-c", "from django.db import connection as c; print(c.pg_version)")
    assert (shown.returncode, shown.stdout.strip()[:2]) == (0, "18"), shown.stderr
    folder = Path(str(layout.read_pointer(installation.home)["folder"]))
    assert not (folder / "data" / "postmaster.pid").exists()


@pytest.mark.slow
def test_serve_is_the_web_server_alone(installation: Installation) -> None:
    installation.start("serve")
    wait_until(installation.serves)
    server = postmaster(installation)
    assert set(installation.children()) == {"web"}
    assert installation.end() == 0
    assert not installation.serves()
    assert not alive(server)


def test_a_server_that_does_not_answer_is_one_sentence(installation: Installation) -> None:
    url = f"postgres://someone:hidden@127.0.0.1:{installation.port}/nothing"
    refused = installation.manage("showmigrations", DATABASE_URL=url)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "The database does not answer" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "hidden" not in refused.stderr
    assert not (installation.home / "postgres.json").exists()
