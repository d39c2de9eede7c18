"""`manage.py up` from end to end, each time with a home and a port of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from stakepro.embedded import layout
from stakepro.embedded.processes import command_line
from tests.cluster import passable_parent

CHECKOUT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(CHECKOUT / "manage.py")]
SECONDS = 60


class Installation:
    """One home with its port, and the `up` that runs there."""

    def __init__(self, top: Path) -> None:
        self.home = top / "home"
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("STAKEPRO_", "DATABASE_URL"))},
            "STAKEPRO_IGNORE_DOTENV": "1",
            "STAKEPRO_HOME": str(self.home),
            layout.BASE_VARIABLE: str(top / "base"),
            "STAKEPRO_LOG_LEVEL": "WARNING",
            "PORT": str(self.port),
            "STAKEPRO_WEB_WORKERS": "1",
        }
        self.log = top / "log"
        self.process: subprocess.Popen[str] | None = None

    def start(self, command: str = "up") -> None:
        """Start it in a process group of its own."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [*MANAGE, command],
                cwd="/",
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                process_group=0,
            )

    def start_up(self) -> str:
        """Start `up`; returns the line it prints when it serves."""
        self.start()
        assert self.process is not None
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        return line

    def serves(self) -> bool:
        """Whether the web server answers."""
        try:
            return self.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal the whole group, as a service manager or a terminal does; returns the exit code of `up`."""
        assert self.process is not None
        assert self.process.stdout is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        self.process.stdout.close()
        return self.process.wait(SECONDS)

    def manage(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run another command with the same home."""
        return subprocess.run(
            [*MANAGE, *words],
            cwd="/",
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def get(self, path: str) -> httpx.Response:
        """What the web server answers."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)

    def children(self) -> dict[str, int]:
        """Process ids of the web server and the worker."""
        assert self.process is not None
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
        )
        rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
        mine = [(int(pid), words) for pid, parent, words in rows if int(parent) == self.process.pid]
        marks = {"web": " -m stakepro.web ", "worker": "manage.py worker"}
        return {name: pid for name, mark in marks.items() for pid, words in mine if mark in words}


@pytest.fixture
def installation() -> Iterator[Installation]:
    top = Path(tempfile.mkdtemp(prefix="sp-", dir=passable_parent()))
    top.chmod(0o711)
    made = Installation(top)
    yield made
    if made.process is not None:
        made.end()
    shutil.rmtree(top)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


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


def test_it_works(installation: Installation) -> None:
    line = installation.start_up()
    assert installation.get("/healthz").json() == {"status": "ok"}
    wait_until(lambda: installation.get("/readyz").status_code == 200)

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


def test_a_busy_port_is_refused_before_anything_is_made(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.port)):
        refused = installation.manage("up")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"Cannot listen on 127.0.0.1:{installation.port}" in refused.stderr
    assert "set PORT" in refused.stderr
    assert not (installation.home / "postgres.json").exists()


def test_a_command_alone_starts_and_stops_the_server(installation: Installation) -> None:
    shown = installation.manage("shell", "-v", "0", "-c", "from django.db import connection as c; print(c.pg_version)")
    assert (shown.returncode, shown.stdout.strip()[:2]) == (0, "18"), shown.stderr
    folder = Path(str(layout.read_pointer(installation.home)["folder"]))
    assert not (folder / "data" / "postmaster.pid").exists()


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
