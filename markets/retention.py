"""What of the markets is kept for how long.

Quotes are kept for ever unless a site says otherwise: without them no back-test is possible. Days are counted from the
poll, 0 is for ever. What a judgement is still missing for stays: an event with a signal that has no grade keeps its
quotes and its consensus. Of each quote the last change stays, which is what stands; events stay too, and closes.

Deletes go in batches, each a transaction of its own, so that polls are stored meanwhile and an interrupted run leaves
nothing half done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import connection, transaction

BATCH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Keep:
    """Days; 0 is for ever."""

    changes: int = 0
    points: int = 14
    signals: int = 0
    cycles: int = 30
    calls: int = 400


class Pruned(NamedTuple):
    """How many rows were deleted, or would be."""

    changes: int
    listings: int
    polls: int
    points: int
    signals: int
    cycles: int
    calls: int


class _Rule(NamedTuple):
    """Rows of a table: which of them go, as a condition on `gone` with one moment."""

    table: str
    condition: str
    key: str = "id"


# Signals that are not judged yet.
_OPEN: Final = (
    "SELECT FROM markets_signal s LEFT JOIN markets_grade g ON g.signal_id = s.id"
    " WHERE s.event_id = {event} AND g.signal_id IS NULL"
)
_OVER: Final = (
    "EXISTS (SELECT FROM markets_event e WHERE e.id = gone.event_id AND e.last_seen_at < %(before)s"
    " AND e.commences_at < %(before)s AND NOT EXISTS (" + _OPEN.format(event="e.id") + "))"
)
_RULES: Final[dict[str, _Rule]] = {
    "changes": _Rule(
        "markets_quotechange",
        "gone.at < %(before)s AND " + _OVER + " AND NOT EXISTS (SELECT FROM markets_standing q"
        " WHERE q.event_id = gone.event_id AND q.market = gone.market AND q.book_id = gone.book_id"
        " AND q.side = gone.side AND q.changed_at = gone.at)",
    ),
    "listings": _Rule(
        "markets_listing",
        "gone.at < %(before)s AND " + _OVER + " AND EXISTS (SELECT FROM markets_listing later"
        " WHERE later.event_id = gone.event_id AND later.at > gone.at)",
    ),
    # A poll stays while one of its changes does, and while an event is open that it may have listed: what
    # follows from the polls of an event follows from those that brought nothing, too.
    "polls": _Rule(
        "markets_poll",
        "gone.at < %(before)s AND NOT EXISTS (SELECT FROM markets_quotechange c WHERE c.at = gone.at"  # noqa: S608
        " AND c.poll_id = gone.id) AND NOT EXISTS (SELECT FROM markets_event e WHERE e.sport = gone.sport"
        " AND e.is_simulated = gone.is_simulated AND e.first_seen_at - interval '1 day' <= gone.at"
        " AND e.last_seen_at >= gone.at AND NOT (e.last_seen_at < %(before)s AND e.commences_at < %(before)s"
        " AND NOT EXISTS (" + _OPEN.format(event="e.id") + ")))",
    ),
    "points": _Rule(
        "markets_consensuspoint",
        "gone.at < %(before)s AND NOT EXISTS (" + _OPEN.format(event="gone.event_id") + ")",
    ),
    "signals": _Rule(
        "markets_signal",
        "gone.at < %(before)s AND EXISTS (SELECT FROM markets_grade g WHERE g.signal_id = gone.id)",
    ),
    "cycles": _Rule("markets_cycle", "gone.begun_at < %(before)s"),
    "calls": _Rule("markets_providercall", "gone.at < %(before)s"),
}
_BY: Final = {"listings": "changes", "polls": "changes"}  # whose days count


def configured() -> Keep:
    """What the environment says."""
    return Keep(**settings.MARKETS_RETENTION_DAYS)


def prune(
    keep: Keep, *, at: datetime, dry_run: bool = False, told: Callable[[str, int], None] = lambda what, rows: None
) -> Pruned:
    """Delete what is too old at a moment, or with `dry_run` count it. `told` hears how far each kind is.

    A dry run counts each kind by itself: polls that would only go once their changes have gone are not among them.
    """
    rows = {}
    for what, rule in _RULES.items():
        days = getattr(keep, _BY.get(what, what))
        rows[what] = 0 if days == 0 else _prune(what, rule, at - timedelta(days=days), dry_run, told)
    return Pruned(**rows)


def _prune(what: str, rule: _Rule, before: datetime, dry_run: bool, told: Callable[[str, int], None]) -> int:
    given: dict[str, Any] = {"before": before, "batch": BATCH}
    if dry_run:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {rule.table} gone WHERE {rule.condition}", given)  # noqa: S608
            return int(cursor.fetchone()[0])
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            chosen = f"SELECT {rule.key} FROM {rule.table} gone WHERE {rule.condition} LIMIT %(batch)s"  # noqa: S608
            cursor.execute(chosen, given)
            keys = [key for (key,) in cursor.fetchall()]
            if what == "signals" and keys:
                cursor.execute("DELETE FROM markets_grade WHERE signal_id = ANY(%s)", [keys])
            if keys:
                cursor.execute(f"DELETE FROM {rule.table} WHERE {rule.key} = ANY(%s)", [keys])  # noqa: S608
        total += len(keys)
        told(what, total)
        if len(keys) < BATCH:
            return total
