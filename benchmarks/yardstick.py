"""What the machine does without us: a raw insert loop on the same database, so that ratios travel between machines."""

import os
import platform
import threading
import time
from pathlib import Path
from typing import Any

import psycopg

SECONDS = 2.0


def machine() -> dict[str, Any]:
    """The machine a figure was measured on."""
    model = "unknown"
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    except OSError:
        model = platform.processor() or model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "load": round(os.getloadavg()[0], 2),
    }


def raw_inserts(connection_text: dict[str, Any], *, connections: int) -> float:
    """Rows a second when each connection inserts one small row a durable transaction, as pgbench would."""
    with psycopg.connect(**connection_text, autocommit=True) as setup:
        setup.execute("CREATE TABLE IF NOT EXISTS yardstick (id bigserial PRIMARY KEY, note text NOT NULL)")
    counts = [0] * connections
    start = threading.Barrier(connections)

    def loop(index: int) -> None:
        with psycopg.connect(**connection_text, autocommit=True) as connection:
            start.wait()
            deadline = time.perf_counter() + SECONDS
            while time.perf_counter() < deadline:
                connection.execute("INSERT INTO yardstick (note) VALUES (%s)", ["x" * 100], prepare=True)
                counts[index] += 1

    threads = [threading.Thread(target=loop, args=(index,)) for index in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with psycopg.connect(**connection_text, autocommit=True) as setup:
        setup.execute("DROP TABLE yardstick")
    return round(sum(counts) / SECONDS, 1)
