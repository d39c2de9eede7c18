"""What a cycle of the poller did, and the `Cycle` row that it becomes."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

from django.db import connection, transaction

from events.log import NewEvent, append
from markets.models import Cycle
from markets.pipeline import Ingested
from markets.provider.circuit import Circuit

STREAM: Final = "markets:provider"
ERROR_MAX: Final = 200
ERRORS_KEPT: Final = 10


class Closed(NamedTuple):
    """What the work after a cycle did."""

    closes: int
    grades: int
    more: bool  # there is more of it to do at once


class Closing(Protocol):
    """Captures closes and grades signals, of so many events at most."""

    def __call__(self, *, at: datetime, is_simulated: bool, events: int) -> Closed: ...


@dataclass
class Tally:
    """What one cycle did."""

    begun: datetime
    started: float = field(default_factory=time.monotonic)
    polls: int = 0
    events: int = 0
    changes: int = 0
    points: int = 0
    signals: Counter[str] = field(default_factory=Counter)
    closed: Closed = Closed(0, 0, False)
    credits: int = 0
    errors: list[str] = field(default_factory=list)
    alert: dict[str, str] | None = None
    sports: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    def took(self, sport: str, done: Ingested) -> None:
        """The pipeline stored a poll."""
        self.polls += not done.duplicate
        self.events += done.events
        self.changes += done.changes
        self.points += done.points
        self.signals.update(signal.kind.value for signal in done.signals)
        about = {"events": done.events, "quotes": done.quotes, "changes": done.changes, "signals": len(done.signals)}
        marks = {"duplicate": done.duplicate, "late": done.late, "skipped": done.skipped.total}
        self.sports.setdefault(sport, {}).update(about, **{name: mark for name, mark in marks.items() if mark})

    def failed(self, error: str) -> None:
        """Something went wrong; the cycle goes on."""
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(error[:ERROR_MAX])


class State(NamedTuple):
    """How things stand after a cycle."""

    low: bool  # few credits remain
    paused: bool  # none do
    remaining: int | None
    floor: int  # seconds between polls, by the budget
    circuit: Circuit
    blocked: tuple[str, ...]  # sports that the budget keeps waiting
    next_seconds: int


@transaction.atomic
def write(tally: Tally, state: State, *, is_simulated: bool, at: datetime) -> None:
    """Write the cycle's row; and, where the provider refused the key, tell whoever reads the events."""
    until = state.circuit.open_until
    notes = {
        **tally.notes,
        "sports": tally.sports,
        "target_interval_seconds": state.floor,
        "circuit": {"failures": state.circuit.failures, "open_until": until.isoformat() if until else None},
        **{name: True for name, holds in (("low_credit", state.low), ("paused", state.paused)) if holds},
        **({"errors": tally.errors} if tally.errors else {}),
        **({"blocked": list(state.blocked)} if state.blocked else {}),
    }
    Cycle.objects.create(
        begun_at=tally.begun,
        milliseconds=round(1000 * (time.monotonic() - tally.started)),
        is_simulated=is_simulated,
        polls=tally.polls,
        events=tally.events,
        changes=tally.changes,
        points=tally.points,
        signals=tally.signals.total(),
        signals_by_kind=dict(sorted(tally.signals.items())),
        closes=tally.closed.closes,
        grades=tally.closed.grades,
        credits=tally.credits,
        remaining=state.remaining,
        next_seconds=state.next_seconds,
        degraded=bool(tally.errors) or state.low or state.paused,
        error=tally.errors[0] if tally.errors else "",
        notes=notes,
    )
    if tally.alert is not None:
        with connection.cursor() as wrapped:
            append(wrapped.cursor, [NewEvent(STREAM, "provider.key_refused", dict(tally.alert))], at=at)
