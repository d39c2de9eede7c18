"""What pages and the API read of a stream's verification: its state, its findings, the stored rows it looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from streams import exactjson
from streams.models import SeedAlias, Stream, StreamVerification, VerificationFinding
from streams.queries.errors import NotFound
from streams.queries.streams import StreamRef, StreamSummary
from streams.verification_models import OPEN


@dataclass(frozen=True, slots=True)
class Reveal:
    """The plain server seed of a stream, and when it was first given."""

    server_seed: str
    first_seen_at: datetime


def revealed(stream: StreamSummary) -> Reveal | None:
    """The stream's server seed, once somebody revealed it; for any stream of the same server seed."""
    found = SeedAlias.objects.filter(pk=stream.server_seed_hashed.lower()).first()
    return None if found is None else Reveal(found.server_seed, found.first_seen_at)


def is_of_a_hidden_stream(server_seed_hash: str) -> bool:
    """Whether a stream bets under this hash (lower case) whose server seed nobody has revealed here."""
    # Both cases are probes of an index; hashes in mixed case are no venue's.
    hashes = [server_seed_hash, server_seed_hash.upper()]
    return (
        Stream.objects.alive().filter(server_seed_hashed__in=hashes).exists()
        and not SeedAlias.objects.filter(pk=server_seed_hash).exists()
    )


# --- The state ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VerificationSummary:
    """How far a verification is and what it found. Rows are rounds (with their bet), and bets without a nonce."""

    status: str
    matches: int
    mismatches: int
    cannots: int
    other_forms: int
    rounds_checked: int
    bets_checked: int
    unverified_rounds: int  # that arrived behind it
    unverified_bets: int
    reasons: tuple[tuple[str, int], ...]  # most frequent first
    version: str
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def rows(self) -> int:
        return self.matches + self.mismatches + self.cannots

    @property
    def unverified(self) -> int:
        """Rows that arrived behind it: a round and its bet are one, where both are new."""
        return max(self.unverified_rounds, self.unverified_bets)

    def share(self) -> Decimal | None:
        """How much is done, 0 to 1."""
        rounds = self.rounds_checked + self.unverified_rounds
        return Decimal(self.rounds_checked) / rounds if rounds else None


def get_verification(stream: StreamSummary) -> VerificationSummary | None:
    """The stream's last verification; None before the first."""
    row = StreamVerification.objects.filter(pk=stream.key).first()
    if row is None:
        return None
    return VerificationSummary(
        status=row.status,
        matches=row.matches,
        mismatches=row.mismatches,
        cannots=row.cannots,
        other_forms=row.other_forms,
        rounds_checked=row.rounds_checked,
        bets_checked=row.bets_checked,
        unverified_rounds=max(stream.rounds - row.rounds_checked, 0),
        unverified_bets=max(stream.bets - row.bets_checked, 0),
        reasons=tuple(sorted(((text, int(rows)) for text, rows in row.reasons.items()), key=_most_first)),
        version=row.version,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        error=row.error,
    )


def _most_first(reason: tuple[str, int]) -> tuple[int, str]:
    return -reason[1], reason[0]


class FoundDifference(NamedTuple):
    """Two values that should be one."""

    what: str
    stored: Decimal
    recomputed: Decimal


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that does not match, or cannot be checked. `position` is its nonce, or minus the bet's number."""

    kind: str
    position: int
    seq: int | None
    game: str
    differences: tuple[FoundDifference, ...]
    field: str
    reason: str

    @property
    def nonce(self) -> int | None:
        return self.position if self.position >= 0 else None


def list_findings(stream: StreamSummary | StreamRef, *, kind: str, limit: int) -> tuple[Finding, ...]:
    """The first findings of a kind, by nonce."""
    rows = VerificationFinding.objects.filter(verification=stream.key, kind=kind).order_by("position")
    return tuple(
        Finding(
            row.kind,
            row.position,
            row.seq,
            row.game,
            tuple(
                FoundDifference(each["what"], Decimal(each["stored"]), Decimal(each["recomputed"]))
                for each in row.differences
            ),
            row.field,
            row.reason,
        )
        for row in rows[:limit]
    )


# --- The rows it looks at -------------------------------------------------------------------------


class StoredRow(NamedTuple):
    """A round with its bet, where one was reported; or a bet without a nonce."""

    position: int
    seq: int | None
    game: str
    difficulty: str | None
    result: Decimal | None
    amount: Decimal | None
    payout: Decimal | None
    target: Decimal | None
    extra: dict[str, Any]

    @property
    def nonce(self) -> int | None:
        return self.position if self.position >= 0 else None


# A probe of the bets' index per round, whatever the tables' sizes are believed to be.
_ROUNDS = """
SELECT r.nonce, b.seq, coalesce(b.game, r.game), coalesce(b.difficulty, r.difficulty),
       coalesce(b.round_result, r.result), b.amount, b.payout, b.round_target, coalesce(b.extra, '{}')
FROM streams_round r LEFT JOIN LATERAL (
    SELECT * FROM streams_bet b WHERE b.stream_id = r.stream_id AND b.position = r.nonce OFFSET 0) AS b ON true
"""
_BETS = """
SELECT b.position, b.seq, b.game, b.difficulty, b.round_result, b.amount, b.payout, b.round_target, b.extra
FROM streams_bet b
"""
_BEFORE_ALL = -(2**63)


def rows_behind(stream_key: int, *, position: int | None, limit: int) -> list[StoredRow]:
    """The next rows of a stream in order of their positions: bets without a nonce first, then the rounds."""
    if position is None or position < -1:
        after = _BEFORE_ALL if position is None else position
        order = "WHERE b.stream_id = %s AND b.position > %s AND b.position < 0 ORDER BY b.position LIMIT %s"
        if rows := _stored_rows(_BETS + order, [stream_key, after, limit]):
            return rows
        position = -1
    order = "WHERE r.stream_id = %s AND r.nonce > %s ORDER BY r.nonce LIMIT %s"
    return _stored_rows(_ROUNDS + order, [stream_key, position, limit])


def get_stored_row(stream: StreamSummary | StreamRef, position: int) -> StoredRow:
    """One round by its nonce, or one bet without a nonce by minus its number; raises `NotFound`."""
    if position < 0:
        rows = _stored_rows(_BETS + "WHERE b.stream_id = %s AND b.position = %s", [stream.key, position])
    else:
        rows = _stored_rows(_ROUNDS + "WHERE r.stream_id = %s AND r.nonce = %s", [stream.key, position])
    if not rows:
        raise NotFound("There is no such round in this stream.")
    return rows[0]


def get_stored_rounds(stream: StreamSummary | StreamRef, nonces: Sequence[int]) -> list[StoredRow]:
    """The rounds of these nonces, with their bets."""
    return _stored_rows(
        _ROUNDS + "WHERE r.stream_id = %s AND r.nonce = ANY(%s) ORDER BY r.nonce", [stream.key, list(nonces)]
    )


def _stored_rows(statement: str, parameters: Sequence[int | list[int]]) -> list[StoredRow]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [
            StoredRow._make((*row[:8], {} if row[8] == "{}" else exactjson.loads(row[8]))) for row in cursor.fetchall()
        ]


# --- A bet by its id ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FoundBet:
    """Where a bet of some id is."""

    stream_id: UUID
    seq: int
    provider: str
    provider_bet_id: str


# Ids are unique in a stream only; streams are few, and each is one probe of its index.
_BY_ID = """
SELECT s.public_id, b.seq, b.provider, b.provider_bet_id
FROM streams_stream s, LATERAL (
    SELECT b.seq, b.provider, b.provider_bet_id FROM streams_bet b
    WHERE b.stream_id = s.id AND b.provider_bet_id = ANY(%s)
    UNION
    SELECT b.seq, b.provider, b.provider_bet_id FROM streams_betsource a JOIN streams_bet b ON b.id = a.bet_id
    WHERE a.stream_id = s.id AND a.provider_bet_id = ANY(%s)) AS b
WHERE s.deleted_at IS NULL
ORDER BY s.last_seen_at DESC, s.id DESC, b.seq LIMIT %s
"""


def find_bets(ids: Sequence[str], *, limit: int) -> tuple[FoundBet, ...]:
    """The bets that were reported under one of these ids, in any stream."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_ID, [list(ids), list(ids), limit])
        return tuple(FoundBet(*row) for row in cursor.fetchall())
