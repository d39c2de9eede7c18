"""A whole StakePro of the benchmark's own: `manage.py up` in a temporary home, durable, with limits off."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stakepro.embedded import django_database
from stakepro.embedded.layout import BASE_VARIABLE

CHECKOUT = Path(__file__).resolve().parent.parent
READY_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Served:
    """Where the server listens, and a token that may do everything measured here."""

    port: int
    gateway_port: int
    token: str
    home: Path
    pid: int
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """Run a management command against this server; its standard output."""
        command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def database(self) -> dict[str, Any]:
        """How psycopg reaches the server's own PostgreSQL."""
        where = django_database(self.home)
        return {"host": where["HOST"], "dbname": where["NAME"], "user": where["USER"], "password": where["PASSWORD"]}

    def get(self, path: str) -> Any:
        """A JSON answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def web_processes(self) -> list[int]:
        """The processes that answer requests."""
        found = []
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            try:
                arguments = (folder / "cmdline").read_bytes()
                group = os.getpgid(int(folder.name))
            except (OSError, ProcessLookupError):
                continue
            if group == os.getpgid(self.pid) and b"stakepro.web" in arguments:
                found.append(int(folder.name))
        return found


@contextmanager
def served() -> Iterator[Served]:
    """Start, give, and stop with everything it made."""
    top = Path(tempfile.mkdtemp(prefix="stakepro-bench-"))
    top.chmod(0o711)  # run as root, the database below is nobody's
    home = top / "home"
    port, gateway_port = free_port(), free_port()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("STAKEPRO_") and name != "DATABASE_URL"
    } | {
        "STAKEPRO_HOME": str(home),
        BASE_VARIABLE: str(top / "base"),
        "PORT": str(port),
        "GATEWAY_PORT": str(gateway_port),
        "STAKEPRO_INGEST_PER_MINUTE": "0",
        "STAKEPRO_INGEST_PER_PEER": "0",
        "STAKEPRO_LOG_LEVEL": "WARNING",
        "STAKEPRO_IGNORE_DOTENV": "1",
    }
    server = subprocess.Popen(
        [sys.executable, str(CHECKOUT / "manage.py"), "up"],
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_until_ready(port, server)
        probe = Served(port, gateway_port, "", home, server.pid, environment)
        token = probe.manage(
            "create_token", "benchmark", *(f"--scope={each}" for each in ("ingest", "read", "write", "ledger"))
        )
        yield Served(port, gateway_port, token, home, server.pid, environment)
    finally:
        server.terminate()
        server.wait(timeout=60)
        shutil.rmtree(top)


def free_port() -> int:
    """A port of this machine that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"The server ended with {server.returncode} before it was ready.")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise SystemExit("The server was not ready in time.")
