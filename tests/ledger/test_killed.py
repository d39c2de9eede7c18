"""kill -9 of the database, or of whoever posts, at any moment: what was acknowledged is there, once."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from stakepro import embedded
from stakepro.embedded import django_database, layout
from tests.cluster import passable_parent
from tests.ledger.posting_client import AMOUNT, client_id

CHECKOUT = Path(__file__).resolve().parents[2]
SECONDS = 60
WALLETS = 4
FUNDS = 10**9
MORE = 200  # wagers that are acknowledged before a kill, and behind it
NEVER = 10**9

_OPEN = """
from datetime import UTC, datetime
from uuid import uuid4
from accounts.audit import By
from ledger import posting, services
from ledger.money import Currency
from ledger.operations import Kind, Op
at = datetime.now(UTC)
services.add_currency(Currency("PTS", 2), by=By.command_line(), at=at)
ids = [services.open_wallet(owner=f"player {number}", currency="PTS", at=at) for number in range(%d)]
posting.post([Op(Kind.DEPOSIT, each, uuid4(), %d) for each in ids])
print(*ids)
"""


class Books:
    """An installation's own database, as durable as any, and what was acknowledged in it."""

    def __init__(self, top: Path, start_again: Callable[[], None]) -> None:
        self.home, self.start_again = top / "home", start_again
        self.log = top / "log"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("STAKEPRO_", "DATABASE_URL"))},
            "STAKEPRO_IGNORE_DOTENV": "1",
            "STAKEPRO_LOG_LEVEL": "ERROR",
            "STAKEPRO_HOME": str(self.home),
            layout.BASE_VARIABLE: os.environ[layout.BASE_VARIABLE],
            "DJANGO_SETTINGS_MODULE": "stakepro.settings",
        }
        self.manage("migrate", "--verbosity", "0")
        self.wallets = self.manage("shell", "--verbosity", "0", "-c", _OPEN % (WALLETS, FUNDS)).split()
        self.acknowledged: dict[int, int] = {}  # versions by number
        self.doubtful: list[str] = []

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, str(CHECKOUT / "manage.py"), *words],
            cwd="/",
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def next(self) -> int:
        return max(self.acknowledged, default=0) + 1

    @contextmanager
    def client(self, first: int, last: int = NEVER) -> Iterator[subprocess.Popen[str]]:
        """A program that posts from there on; its answers are noted as they come."""
        with self.log.open("a") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "tests.ledger.posting_client", *self.wallets, str(first), str(last)],
                cwd=CHECKOUT,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        reader = threading.Thread(target=self._read, args=(started,))
        reader.start()
        try:
            yield started
        finally:
            started.kill()
            started.wait(SECONDS)
            reader.join(SECONDS)
            assert started.stdout is not None
            started.stdout.close()

    def _read(self, started: "subprocess.Popen[str]") -> None:
        assert started.stdout is not None
        for line in started.stdout:
            if not line.endswith("\n"):
                return  # it was killed while it wrote
            number, version, replayed = (int(word) for word in line.split())
            known = self.acknowledged.setdefault(number, version)
            if known != version:
                self.doubtful.append(f"wager {number} was answered version {known}, and then {version}")
            if replayed and number not in self.acknowledged:
                self.doubtful.append(f"wager {number} is a replay of nothing")

    def wait_for(self, more: int) -> None:
        wanted, deadline = len(self.acknowledged) + more, time.monotonic() + SECONDS
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, f"nobody answers: {self.log.read_text()}"
            self.start_again()  # where it is gone, as `manage.py up` does
            time.sleep(0.005)

    def kill_the_database(self) -> None:
        """SIGKILL to the postmaster, its group and every other process of it."""
        folder = Path(str(layout.read_pointer(self.home)["folder"]))
        postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        children = [
            int(pid) for pid, parent in (line.split() for line in listed.splitlines()) if int(parent) == postmaster
        ]
        for pid in [postmaster, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:  # it went with its postmaster
                continue

    def check(self) -> None:
        """Every acknowledged wager is there once, at the version that was told; the money is all there."""
        where: dict[str, Any] = django_database(self.home)
        with psycopg.connect(
            host=where["HOST"], dbname=where["NAME"], user=where["USER"], password=where["PASSWORD"]
        ) as raw:
            entries = raw.execute(
                "SELECT client_id, count(*), min(version) FROM ledger_entry WHERE kind = 2 GROUP BY client_id"
            ).fetchall()
            (available, locked, held) = raw.execute(
                "SELECT sum(available)::bigint, sum(locked)::bigint, (SELECT sum(amount)::bigint FROM ledger_hold)"
                " FROM ledger_wallet WHERE kind = 'user'"
            ).fetchone() or (0, 0, 0)
        assert self.doubtful == []
        assert {count for _, count, _ in entries} == {1}
        versions = {found: version for found, _, version in entries}
        lost = [number for number, version in self.acknowledged.items() if versions.get(client_id(number)) != version]
        assert lost == []
        assert held == locked == len(entries) * AMOUNT
        assert available + locked == WALLETS * FUNDS
        self.manage("check_ledger")


@pytest.fixture
def books(monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    top = Path(tempfile.mkdtemp(prefix="sp-", dir=passable_parent()))
    top.chmod(0o711)
    monkeypatch.setenv(layout.BASE_VARIABLE, str(top / "base"))
    try:
        with embedded.own(top / "home") as start_again:
            yield Books(top, start_again)
    finally:
        shutil.rmtree(top)


def killed_under_a_client(books: Books, drawn: random.Random) -> None:
    """The database dies and comes back, and the same program goes on with what it had no answer to."""
    with books.client(books.next):
        books.wait_for(MORE + drawn.randrange(MORE))
        time.sleep(drawn.random() / 50)  # anywhere in a batch
        books.kill_the_database()
        books.wait_for(MORE)


def killed_while_it_posts(books: Books, drawn: random.Random) -> None:
    """Whoever posts dies; another sends all of it once more, what was acknowledged and what was not."""
    first = books.next
    with books.client(first) as client:
        books.wait_for(MORE + drawn.randrange(MORE))
        time.sleep(drawn.random() / 50)
        client.kill()
        client.wait(SECONDS)
    last = books.next + 400  # further than what can have been on its way
    with books.client(first, last) as client:
        assert client.wait(SECONDS) == 0, books.log.read_text()
    assert set(range(first, last + 1)) <= set(books.acknowledged)


@pytest.mark.timeout(240)
def test_a_kill_loses_and_doubles_nothing(books: Books) -> None:
    drawn = random.Random()
    killed_under_a_client(books, drawn)
    killed_while_it_posts(books, drawn)
    books.check()


@pytest.mark.slow
@pytest.mark.timeout(1_200)
def test_twenty_kills_lose_and_double_nothing(books: Books) -> None:
    drawn = random.Random()
    for _ in range(10):
        killed_under_a_client(books, drawn)
        killed_while_it_posts(books, drawn)
        books.check()
