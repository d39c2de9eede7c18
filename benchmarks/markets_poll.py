"""A recorded body polled through the pipeline, in a process of its own: `python -m benchmarks.markets_poll FILE`.

The body is polled as it is, every quote of it new; then again and again with a tenth of its prices moved, as in the
busiest minute. Bodies are made before the clock starts; each poll is a transaction that is committed.
"""

import gzip
import json
import os
import random
import statistics
import sys
import time
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import django

NEW = 7
MOVED = 40
SHARE = 0.1
EVERY = timedelta(seconds=60)


def main(file: Path) -> None:
    """Print the figures as a line of JSON."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stakepro.settings")
    django.setup()
    from markets.models import Source
    from markets.pipeline import Pipeline

    events = json.loads(gzip.decompress(file.read_bytes()))
    sport = events[0]["sport_key"]
    at = datetime.strptime(file.name.split("_")[2].split(".")[0] + "+0000", "%Y%m%dT%H%M%SZ%z")
    drawn = random.Random(1)

    new = []
    for turn in range(NEW):
        pipeline = Pipeline(f"{sport}_{turn}", simulated=False)
        body = json.dumps(_named(events, turn)).encode()
        new.append(_timed(lambda body=body, pipeline=pipeline: pipeline.ingest(body, at=at, source=Source.LIVE)))
    moved, changes, signals = [], 0, 0
    for _ in range(MOVED):
        _move(events, drawn)
        at += EVERY
        body = json.dumps(_named(events, NEW - 1)).encode()
        began = time.perf_counter()
        done = pipeline.ingest(body, at=at, source=Source.LIVE)
        moved.append((time.perf_counter() - began) * 1000)
        changes += done.changes
        signals += len(done.signals)
    quotes = sum(
        len(market["outcomes"]) for event in events for book in event["bookmakers"] for market in book["markets"]
    )
    print(
        json.dumps(
            {
                "figure": round(statistics.median(new), 1),
                "unit": "ms, every quote new",
                "runs": [round(each, 1) for each in new],
                "events": len(events),
                "quotes": quotes,
                "moved_p50_ms": round(statistics.median(moved), 1),
                "moved_max_ms": round(max(moved), 1),
                "moved_changes_each": round(changes / MOVED),
                "signals": signals,
            }
        )
    )


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _named(events: list[dict[str, Any]], turn: int) -> list[dict[str, Any]]:
    """The events under ids of this turn's own, so that every quote of them is new once."""
    named = deepcopy(events)
    for event in named:
        event["id"] = f"{turn:02x}" + event["id"][2:]
        event["sport_key"] = f"{event['sport_key']}_{turn}"
    return named


def _move(events: list[dict[str, Any]], drawn: random.Random) -> None:
    for event in events:
        for book in event["bookmakers"]:
            for market in book["markets"]:
                if drawn.random() < SHARE:
                    for outcome in market["outcomes"]:
                        step = drawn.choice((-5, 5))
                        moved = outcome["price"] + step
                        outcome["price"] = moved if abs(moved) >= 100 else -moved


if __name__ == "__main__":
    main(Path(sys.argv[1]))
