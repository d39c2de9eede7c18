"""What was acknowledged is there afterwards, once: though web processes, database and all are killed under load."""

import itertools
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import psycopg

from stakepro.embedded import django_database, layout
from tests.stakepro.installation import Installation, installed
from tests.streams.messages import bet_record

POSTERS = 4
BATCH = 20
ACKNOWLEDGED_BEFORE_EACH_KILL = 150


class Load:
    """Threads that post new bets, single and in batches, until told to stop, and note each that was acknowledged."""

    def __init__(self, port: int, token: str) -> None:
        self.acknowledged: list[str] = []
        self._nonces = itertools.count(1)
        self._stop = threading.Event()
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"X-Ingest-Token": token}, timeout=10, trust_env=False
        )
        self._threads = [
            threading.Thread(target=self._post, args=(BATCH if index == 0 else 1,)) for index in range(POSTERS)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._client.close()

    def wait_for(self, more: int) -> None:
        """Until so many more bets were acknowledged."""
        wanted, deadline = len(self.acknowledged) + more, time.monotonic() + 60
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < deadline, "the server took no bets"
            time.sleep(0.01)

    def _post(self, size: int) -> None:
        while not self._stop.is_set():
            records = [bet_record(next(self._nonces)) for _ in range(size)]
            path = "/live/ingest/batch" if size > 1 else "/live/ingest"
            body: Any = records if size > 1 else records[0]
            # Like the bot: what was not answered is sent again until it is.
            while not self._stop.is_set():
                try:
                    response = self._client.post(path, json=body)
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                if response.status_code == httpx.codes.OK:
                    self.acknowledged.extend(record["id"] for record in records)
                    break
                assert response.status_code == httpx.codes.SERVICE_UNAVAILABLE, response.text
                time.sleep(0.05)


def test_killing_everything_loses_nothing_that_was_acknowledged() -> None:
    with installed() as installation:
        installation.start_up()
        token = installation.manage("create_token", "load", "--scope", "ingest").stdout.strip()
        with Load(installation.port, token) as load:
            load.wait_for(ACKNOWLEDGED_BEFORE_EACH_KILL)
            kill_web_workers(installation)
            load.wait_for(ACKNOWLEDGED_BEFORE_EACH_KILL)
            kill_everything(installation)
            at_the_kill = set(load.acknowledged)
            installation.start_up()
            load.wait_for(ACKNOWLEDGED_BEFORE_EACH_KILL)
        stored, sequence, totals = read(installation)
    assert at_the_kill <= set(load.acknowledged) <= set(stored)
    assert len(stored) == len(set(stored)) == totals["bets"] == totals["last_seq"] == totals["rounds"]
    assert sequence == list(range(1, len(stored) + 1))
    assert totals["conflicts"] == 0
    assert totals["wagered"] == 2 * len(stored)


def kill_web_workers(installation: Installation) -> None:
    """SIGKILL to the processes that answer requests; the web server starts others."""
    web = installation.children()["web"]
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    workers = [int(pid) for pid, parent in (line.split() for line in listed.splitlines()) if int(parent) == web]
    assert workers
    for pid in workers:
        os.kill(pid, signal.SIGKILL)


def kill_everything(installation: Installation) -> None:
    """SIGKILL to `up`, its children and PostgreSQL, as near to a power cut as a test can come."""
    folder = Path(str(layout.read_pointer(installation.home)["folder"]))
    postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    installation.end(signal.SIGKILL)
    os.kill(postmaster, signal.SIGKILL)


def read(installation: Installation) -> tuple[list[str], list[int], dict[str, Any]]:
    """The ids and numbers stored, and the totals that were kept beside them."""
    where = django_database(installation.home)
    with psycopg.connect(
        host=where["HOST"], dbname=where["NAME"], user=where["USER"], password=where["PASSWORD"]
    ) as connection:
        rows = connection.execute("SELECT provider_bet_id, seq FROM streams_bet ORDER BY seq").fetchall()
        cursor = connection.cursor(row_factory=psycopg.rows.dict_row)
        totals = cursor.execute(
            "SELECT s.bets, s.last_seq, s.rounds, s.conflicts, m.wagered "
            "FROM streams_stream s JOIN streams_streammoney m ON m.stream_id = s.id"
        ).fetchall()
    assert len(totals) == 1
    return [bet_id for bet_id, _ in rows], [seq for _, seq in rows], totals[0]
