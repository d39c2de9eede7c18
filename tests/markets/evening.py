"""One game polled from noon until its start at two: a market that moves home, and goes on a little."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from markets.pipeline import Pipeline
from markets.quotes import from_micros
from tests.markets.bodies import AT, book, event, market, outcome

NOON: Final = from_micros(AT)
START: Final = NOON + timedelta(hours=2)
BOOKS: Final = ("draftkings", "fanduel", "betmgm", "betrivers", "bovada", "betonlineag")


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def quoted(home: int, away: int, *, start: datetime = START, books: Sequence[str] = BOOKS) -> Any:
    """An event with the same moneyline at several books."""
    prices = market("h2h", outcome("Dream", home), outcome("Mercury", away), updated=None)
    return event(books=[book(key, markets=[prices], title=key, updated=None) for key in books], start=iso(start))


def ingest(pipeline: Pipeline, minutes: float, *events: Any) -> int:
    """A poll so many minutes after noon. Gives the number of its signals."""
    found = pipeline.ingest(json.dumps(events).encode(), at=after(minutes), source="live")
    return len(found.signals)


def evening(pipeline: Pipeline) -> None:
    """A market that moves home, goes on a little, and starts."""
    ingest(pipeline, 0, quoted(-110, -110))
    assert ingest(pipeline, 5, quoted(-140, 120)) > 0
    ingest(pipeline, 100, quoted(-160, 140))
    ingest(pipeline, 115, quoted(-160, 140))
