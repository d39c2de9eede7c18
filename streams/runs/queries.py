"""What pages and the JSON API read of runs, as frozen values. The server seed is in none of them but `RunDetail`'s."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from fairness.scanning.plan import Target
from streams.models import Run, Stream
from streams.queries import BadCursor, NotFound
from streams.run_models import OPEN, RunStatus
from streams.runs.targets import restored

STATUSES = tuple(RunStatus.values)


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as lists show it; what it found so far, in ascending order of its targets."""

    key: int
    id: UUID
    created_at: datetime
    created_by: str
    server_seed_sha256: str
    client_seed: str
    game: str
    params: dict[str, Any]
    difficulty: str | None
    start: int
    end: int
    targets: tuple[Target, ...]
    status: RunStatus
    next_nonce: int
    counts: tuple[int, ...]
    hits_truncated: bool
    engine: str
    duration_ms: int
    started_at: datetime | None
    finished_at: datetime | None
    cancel_requested_at: datetime | None
    error: str

    @property
    def nonces(self) -> int:
        """How many it covers when it is finished."""
        return self.end - self.start + 1

    @property
    def done(self) -> int:
        """How many it has covered."""
        return self.next_nonce - self.start

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def rate(self) -> float | None:
        """Nonces a second so far."""
        return self.done * 1000 / self.duration_ms if self.duration_ms else None

    @property
    def time_left(self) -> timedelta | None:
        """How long the rest takes at the rate so far; of an open run."""
        if not self.is_open or not self.rate:
            return None
        return timedelta(seconds=(self.nonces - self.done) / self.rate)

    @property
    def options(self) -> list[tuple[str, str]]:
        """The options of its game, as text."""
        return [(name, _option_text(value)) for name, value in self.params.items()]


def _option_text(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with all it found. `server_seed` is None unless it was asked for."""

    row: RunRow
    server_seed: str | None = field(repr=False)
    distribution: tuple[tuple[Decimal, int], ...]
    between_edges: bool
    highest: Decimal | None
    top_nonces: tuple[int, ...]

    @property
    def median(self) -> Decimal | None:
        """The middle result, the lower of two; None where results are counted between edges, or there are none."""
        if self.between_edges or not self.distribution:
            return None
        middle = (sum(count for _, count in self.distribution) + 1) // 2
        for result, count in self.distribution:
            middle -= count
            if middle <= 0:
                return result
        raise AssertionError("the counts add up to their sum")


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs to list; what is empty does not narrow."""

    search: str = ""
    game: str = ""
    difficulty: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class RunPage:
    """Runs, newest first; `next_after` goes on behind the last, "" at the end."""

    runs: tuple[RunRow, ...]
    total: int
    next_after: str


# Never among what lists read: the seeds, and the long results.
_UNREAD = ("server_seed", "distribution", "top_nonces")


def list_runs(*, wanted: RunFilter | None = None, limit: int, offset: int = 0, after: str = "") -> RunPage:
    """A page of runs, newest first, by offset or behind a cursor. Raises `BadCursor`."""
    runs = Run.objects.alive()
    if wanted is not None:
        given = {"game": wanted.game, "difficulty": wanted.difficulty, "status": wanted.status}
        runs = runs.filter(**{name: value for name, value in given.items() if value})
        if wanted.search:
            in_hash = Q(server_seed_sha256__startswith=wanted.search.lower())
            runs = runs.filter(Q(client_seed__contains=wanted.search) | in_hash)
    total = runs.count()
    if after:
        runs = runs.filter(_behind(after))
    found = list(
        runs.select_related("created_by").defer(*_UNREAD).order_by("-created_at", "-pk")[offset : offset + limit + 1]
    )
    shown = found[:limit]
    return RunPage(tuple(_row(run) for run in shown), total, _cursor(shown[-1]) if len(found) > limit else "")


def _cursor(run: Run) -> str:
    return f"{run.created_at:%Y%m%d%H%M%S%f}-{run.pk}"


def _behind(after: str) -> Q:
    moment, _, key = after.partition("-")
    if not (len(moment) == 20 and after.isascii() and moment.isdigit() and key.isdigit() and len(key) < 19):
        raise BadCursor("is no cursor of this list.")
    try:
        at = datetime.strptime(f"{moment}+0000", "%Y%m%d%H%M%S%f%z")
    except ValueError as error:
        raise BadCursor("is no cursor of this list.") from error
    return Q(created_at__lt=at) | Q(created_at=at, pk__lt=int(key))


def find_run(run_id: UUID) -> RunRow:
    """One run. Raises `NotFound`."""
    run = Run.objects.alive().select_related("created_by").defer(*_UNREAD).filter(public_id=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    return _row(run)


def get_run(run_id: UUID, *, with_seed: bool) -> RunDetail:
    """One run with all it found; its server seed only if asked for. Raises `NotFound`."""
    run = Run.objects.alive().select_related("created_by").filter(public_id=run_id).first()
    if run is None:
        raise NotFound("There is no such run.")
    return RunDetail(
        row=_row(run),
        server_seed=run.server_seed if with_seed else None,
        distribution=tuple((Decimal(result), count) for result, count in run.distribution),
        between_edges=run.between_edges,
        highest=run.highest,
        top_nonces=tuple(run.top_nonces),
    )


def is_open(run_id: UUID) -> bool:
    """Whether the run still waits or runs."""
    return Run.objects.open().filter(public_id=run_id).exists()


def _row(run: Run) -> RunRow:
    return RunRow(
        key=run.pk,
        id=run.public_id,
        created_at=run.created_at,
        created_by=run.created_by.get_username() if run.created_by else "",
        server_seed_sha256=run.server_seed_sha256,
        client_seed=run.client_seed,
        game=run.game,
        params=run.params,
        difficulty=run.difficulty,
        start=run.nonce_start,
        end=run.nonce_end,
        targets=tuple(restored(each) for each in run.targets),
        status=RunStatus(run.status),
        next_nonce=run.next_nonce,
        counts=tuple(run.counts),
        hits_truncated=run.hits_truncated,
        engine=run.engine,
        duration_ms=run.duration_ms,
        started_at=run.started_at,
        finished_at=run.finished_at,
        cancel_requested_at=run.cancel_requested_at,
        error=run.error,
    )


def games_run() -> list[str]:
    """The games that there are runs of, by name."""
    return list(Run.objects.alive().order_by("game").values_list("game", flat=True).distinct())


def difficulties_run() -> list[str]:
    """The difficulties that there are runs of, by name."""
    with_one = Run.objects.alive().exclude(difficulty=None)
    return list(with_one.order_by("difficulty").values_list("difficulty", flat=True).distinct())  # type: ignore[arg-type]


class StreamOfRun(NamedTuple):
    """As much of a stream as it takes to lead there."""

    id: UUID
    simulated: bool


def stream_of(row: RunRow) -> StreamOfRun | None:
    """The stream of the same seed pair, where bets of it were recorded."""
    found = (
        Stream.objects.alive()
        .filter(server_seed_hashed=row.server_seed_sha256, client_seed=row.client_seed)
        .values_list("public_id", "simulated")
        .first()
    )
    return None if found is None else StreamOfRun(*found)
