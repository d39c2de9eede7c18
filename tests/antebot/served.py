"""Our real server as a process of its own, on the test run's database, to be killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlencode

from django.db import connection

from tests.ports import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60


def database_url() -> str:
    """The test run's database, as an address that another process can use; sockets go into the query."""
    found = connection.settings_dict
    credentials = f"{quote(found['USER'], safe='')}:{quote(found['PASSWORD'], safe='')}"
    place = {name.lower(): str(found[name]) for name in ("HOST", "PORT") if found[name]}
    place |= {name: str(value) for name, value in found["OPTIONS"].items() if name in {"host", "port"}}
    return f"postgres://{credentials}@/{quote(found['NAME'], safe='')}?{urlencode(place)}"


class RealServer:
    """`manage.py serve` in a process group of its own. A context manager; leaving it kills what is left."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        environment = os.environ | {
            "DATABASE_URL": database_url(),
            "PORT": str(self.port),
            "STAKEPRO_WEB_WORKERS": "1",
            "STAKEPRO_INGEST_PER_MINUTE": "0",
            "STAKEPRO_INGEST_PER_PEER": "0",
        }
        self._process = subprocess.Popen(
            [sys.executable, str(CHECKOUT / "manage.py"), "serve"],
            cwd=CHECKOUT,
            env=environment,
            start_new_session=True,
        )
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert self._process.poll() is None, f"the server ended with {self._process.returncode}"
            assert time.monotonic() < deadline, "the server did not answer in time"
            time.sleep(0.05)

    def kill(self) -> None:
        """End the whole group with SIGKILL, as a power cut would, and wait until the port is free."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        deadline = time.monotonic() + READY_SECONDS
        while self._answers():
            assert time.monotonic() < deadline, "something still answers at the killed server's port"
            time.sleep(0.02)

    def __enter__(self) -> "RealServer":
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.kill()

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
