"""A whole StakePro of a test's own: `manage.py up` with its own home, database and port."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from stakepro.embedded import layout
from tests.cluster import passable_parent
from tests.ports import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(CHECKOUT / "manage.py")]
SECONDS = 60


class Installation:
    """One home with its port, and the `up` that runs there."""

    def __init__(self, top: Path) -> None:
        self.home = top / "home"
        self.port, self.gateway_port = free_port(), free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("STAKEPRO_", "DATABASE_URL"))},
            "STAKEPRO_IGNORE_DOTENV": "1",
            "STAKEPRO_HOME": str(self.home),
            layout.BASE_VARIABLE: str(top / "base"),
            "STAKEPRO_LOG_LEVEL": "WARNING",
            "PORT": str(self.port),
            "GATEWAY_PORT": str(self.gateway_port),
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

    def gateway_serves(self) -> bool:
        """Whether the gateway answers."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.gateway_port}/healthz", timeout=5).status_code == 200
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
        marks = {"web": " -m stakepro.web ", "gateway": " -m stakepro.gateway ", "worker": "manage.py worker"}
        return {name: pid for name, mark in marks.items() for pid, words in mine if mark in words}


@contextmanager
def installed() -> Iterator[Installation]:
    """Give an installation that is not started yet; afterwards end it and remove everything of it."""
    top = Path(tempfile.mkdtemp(prefix="sp-", dir=passable_parent()))
    top.chmod(0o711)
    made = Installation(top)
    try:
        yield made
    finally:
        if made.process is not None:
            made.end()
        shutil.rmtree(top)
