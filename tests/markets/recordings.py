"""The real recordings, where they lie beside the checkout; what needs them is skipped by name where they do not."""

import csv
import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from markets.bodies import in_order
from markets.odds import read_american
from markets.quotes import Change, Listed, Market, Micros, Poll, Quote, Side, to_micros

SHARED = Path(__file__).resolve().parents[3] / "shared"
ODDS_API = SHARED / "odds_api"
ODDS_DATA = SHARED / "odds_data"

needs_recordings = pytest.mark.skipif(
    not (ODDS_API.is_dir() and ODDS_DATA.is_dir()), reason="the recorded odds are not beside the checkout"
)


def moment(text: str) -> Micros:
    """A moment as the recordings write it."""
    return to_micros(datetime.fromisoformat(text))


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a recorded table: `wnba_2026_quotes`."""
    with gzip.open(ODDS_DATA / f"{name}.csv.gz", "rt", newline="") as file:
        yield from csv.DictReader(file)


def raw_polls() -> Iterator[tuple[Micros, list[dict[str, Any]]]]:
    """The recorded evening: 100 polls, each its moment and the provider's untouched body."""
    with gzip.open(ODDS_API / "wnba_2026-08-05_replay.jsonl.gz", "rt") as file:
        for line in file:
            poll = json.loads(line)
            yield moment(poll["fetched_at"]), poll["payload"]


@cache
def polls_of_csv(name: str) -> tuple[Poll, ...]:
    """A recorded season (`wnba_2026`, `nfl_2025`, `mlb_2026w30`) as polls with their changes.

    An event is listed from its first to its last sighting, with the earlier of its two known starts until then: what
    is surely before the game is before that.
    """
    known = [
        (
            Listed(
                row["event_id"],
                row["home_team"],
                row["away_team"],
                min(moment(row["commence_time"]), moment(row["first_commence_time"])),
            ),
            moment(row["first_seen"]),
            moment(row["last_seen"]),
        )
        for row in rows(f"{name}_events")
    ]
    sport = next(rows(f"{name}_events"))["sport_key"]
    changes = {
        moment(at): tuple(sorted((_change(row) for row in group), key=in_order))
        for at, group in groupby(rows(f"{name}_quotes"), key=lambda row: row["fetched_at"])
    }
    return tuple(
        Poll(
            sport,
            at,
            tuple(listed for listed, first, last in known if first <= at <= last),
            changes.get(at, ()),
        )
        for at in (moment(row["fetched_at"]) for row in rows(f"{name}_snapshots"))
    )


def _change(row: dict[str, str]) -> Change:
    quote = None
    if row["price"]:
        quote = Quote(
            float(row["point"]) if row["point"] else None,
            float(read_american(row["price"])),
            int(row["price"]),
            moment(row["last_update"]) if row["last_update"] else None,
        )
    return Change(row["event_id"], row["book"], Market(row["market"]), Side(row["outcome"]), quote)
