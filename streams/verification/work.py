"""Comparing a stream with its seeds, chunk by chunk; a chunk is one transaction.

A chunk reads the rows behind the verification's position, compares them without touching the database, and then moves
the position on together with the counts and findings, if it still stands where the chunk began. So a verification
may be killed at any moment and goes on later; and two workers that meet on one do no harm, for the slower is told that
the position has moved, and stops.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F, QuerySet

from fairness.errors import InvalidInput
from fairness.verify import Cannot, Match, Mismatch, Verifier
from streams import exactjson
from streams.models import SeedAlias, StreamVerification, VerificationFinding
from streams.queries.verification import StoredRow, rows_behind
from streams.verification.options import options_of, stored_of
from streams.verification_models import FINDINGS_MAX, VerificationStatus

# About a fifth of a second, so that a worker that is to end does.
CHUNK_ROWS: Final = 5_000
REASONS_MAX: Final = 50
OTHER_REASONS: Final = "Other reasons."


@dataclass(slots=True)
class _Found:
    """What a chunk came to."""

    rounds: int = 0
    bets: int = 0
    matches: int = 0
    other_forms: int = 0
    mismatches: list[tuple[StoredRow, Mismatch]] = field(default_factory=list)
    cannots: list[tuple[StoredRow, Cannot]] = field(default_factory=list)


class Judge:
    """Compares rows of one stream; a seed pair that no round can be computed from is an answer too."""

    def __init__(self, server_seed: str, client_seed: str) -> None:
        self._verifier: Verifier | None = None
        self._unusable = Cannot("", "")
        try:
            self._verifier = Verifier(server_seed, client_seed)
        except InvalidInput as error:
            self._unusable = Cannot(error.field, _named(client_seed, error))

    def __call__(self, row: StoredRow) -> Match | Mismatch | Cannot:
        if self._verifier is None:
            return self._unusable
        if row.nonce is None:
            return Cannot("nonce", "The bet was reported without its nonce.")
        given = options_of(row)
        # Few different options come in one stream, and reading them costs as much as the round.
        key = (row.game, row.target, row.difficulty if not row.extra else repr(given))
        return self._verifier.verify(row.game, row.nonce, given, stored_of(row), key=key)


def _named(client_seed: str, error: InvalidInput) -> str:
    return str(error) if client_seed else "The client seed of this stream is unknown."


def advance(stream_key: int, *, now: Callable[[], datetime], should_stop: Callable[[], bool]) -> bool:
    """Work until all is compared, or until `should_stop`; whether it was finished here."""
    found = StreamVerification.objects.filter(pk=stream_key).select_related("stream").first()
    if found is None or not _claim(found, at=now()):
        return False
    seed = SeedAlias.objects.filter(pk=found.stream.server_seed_hashed.lower()).values_list("server_seed", flat=True)
    judge = Judge(seed.get(), found.stream.client_seed)
    position = found.position
    while not should_stop():
        rows = rows_behind(stream_key, position=position, limit=CHUNK_ROWS)
        if not rows:
            return _finish(found, position=position, at=now())
        reached = rows[-1].position
        if not _keep(found, _compare(rows, judge), position=position, reached=reached, at=now()):
            return False
        position = reached
    # Whoever looks next may take it up at once.
    _edition_of(found).update(advanced_at=None)
    return False


def _compare(rows: Sequence[StoredRow], judge: Judge) -> _Found:
    found = _Found()
    for row in rows:
        found.rounds += row.nonce is not None
        found.bets += row.seq is not None
        match judge(row):
            case Match(form=form):
                found.matches += 1
                found.other_forms += form != ""
            case Mismatch() as mismatch:
                found.mismatches.append((row, mismatch))
            case Cannot() as cannot:
                found.cannots.append((row, cannot))
    return found


def _claim(verification: StreamVerification, *, at: datetime) -> bool:
    """Take up a verification that waits or that a worker left; False where it has ended."""
    this = _edition_of(verification)
    this.filter(status=VerificationStatus.QUEUED).update(status=VerificationStatus.RUNNING, started_at=at)
    return bool(this.filter(status=VerificationStatus.RUNNING, stream__deleted_at=None).update(advanced_at=at))


def _edition_of(verification: StreamVerification) -> QuerySet[StreamVerification]:
    return StreamVerification.objects.filter(pk=verification.pk, edition=verification.edition)


def _keep(verification: StreamVerification, found: _Found, *, position: int | None, reached: int, at: datetime) -> bool:
    """Write a chunk; False, with nothing written, where another worker or a new edition was first."""
    with transaction.atomic():
        this = _edition_of(verification).select_for_update()
        row = this.filter(status=VerificationStatus.RUNNING, position=position, stream__deleted_at=None).first()
        if row is None:
            return False
        _edition_of(verification).update(
            position=reached,
            rounds_checked=F("rounds_checked") + found.rounds,
            bets_checked=F("bets_checked") + found.bets,
            matches=F("matches") + found.matches,
            other_forms=F("other_forms") + found.other_forms,
            mismatches=F("mismatches") + len(found.mismatches),
            cannots=F("cannots") + len(found.cannots),
            reasons=_with_reasons(row.reasons, found.cannots),
            advanced_at=at,
        )
        VerificationFinding.objects.bulk_create(
            _mismatch(row, found.mismatches, kept=row.mismatches) + _cannot(row, found.cannots, kept=row.cannots)
        )
    return True


def _mismatch(
    verification: StreamVerification, found: Sequence[tuple[StoredRow, Mismatch]], *, kept: int
) -> list[VerificationFinding]:
    return [
        _finding(
            verification,
            VerificationFinding.Kind.MISMATCH,
            row,
            differences=[
                {
                    "what": each.what,
                    "stored": exactjson.plain(each.stored),
                    "recomputed": exactjson.plain(each.recomputed),
                }
                for each in mismatch.differences
            ],
        )
        for row, mismatch in found[: max(FINDINGS_MAX - kept, 0)]
    ]


def _cannot(
    verification: StreamVerification, found: Sequence[tuple[StoredRow, Cannot]], *, kept: int
) -> list[VerificationFinding]:
    return [
        _finding(
            verification,
            VerificationFinding.Kind.CANNOT,
            row,
            field=cannot.field[:100],
            reason=cannot.reason[:1000],
        )
        for row, cannot in found[: max(FINDINGS_MAX - kept, 0)]
    ]


def _finding(
    verification: StreamVerification, kind: VerificationFinding.Kind, row: StoredRow, **why: Any
) -> VerificationFinding:
    return VerificationFinding(
        verification=verification, kind=kind, position=row.position, seq=row.seq, game=row.game, **why
    )


def _with_reasons(reasons: dict[str, int], found: Sequence[tuple[StoredRow, Cannot]]) -> dict[str, int]:
    """The counts by reason; past so many different ones, the others are counted together."""
    counts = Counter({reason: int(rows) for reason, rows in reasons.items()})
    for reason, rows in Counter(cannot.reason[:1000] for _, cannot in found).items():
        counts[reason if reason in counts or len(counts) < REASONS_MAX else OTHER_REASONS] += rows
    return dict(counts)


def _finish(verification: StreamVerification, *, position: int | None, at: datetime) -> bool:
    running = _edition_of(verification).filter(status=VerificationStatus.RUNNING, position=position)
    return bool(running.update(status=VerificationStatus.FINISHED, finished_at=at, advanced_at=at))
