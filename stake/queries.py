"""What pages and the JSON answers show: frozen values, secrets never among them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet

from stake import errors
from stake.models import (
    OPEN,
    REQUEST_OPEN,
    BalanceSnapshot,
    BetIntent,
    CoolOff,
    IntentState,
    Limit,
    RequestState,
    SeedRotation,
    StakeSession,
    VaultDeposit,
)

CLEARANCE_WARNING: Final = timedelta(hours=1)
HISTORY_POINTS_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong last with a session, and what to do about it."""

    kind: str
    title: str
    next_step: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as people see it. `token_hint` is the token's last four characters, empty for a short one."""

    id: UUID
    label: str
    host: str
    simulated: bool
    live: bool
    currency: str
    account_key: str
    account_ref: str
    account_name: str
    token_hint: str
    token_unreadable: bool
    clearance_hint: str
    has_clearance: bool
    user_agent: str
    clearance_expires_at: datetime | None
    clearance_state: str  # "", "soon" or "expired"
    created_at: datetime
    created_by: str
    last_verified_at: datetime | None
    trouble: Trouble | None
    pair_hash: str
    pair_client_seed: str
    pair_next_hash: str
    pair_nonce: int | None
    pair_read_at: datetime | None


@dataclass(frozen=True, slots=True)
class IntentRow:
    """A bet that was asked for. `expected_loss` is in its currency, None where no source tells the game's return."""

    id: UUID
    session_id: UUID
    session_label: str
    simulated: bool
    client_ref: str
    state: IntentState
    game: str
    amount: Decimal
    currency: str
    options: dict[str, Any]
    expected_loss: Decimal | None
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    error_kind: str
    error: str
    provider_bet_id: str | None
    iid: str
    nonce: int | None
    payout: Decimal | None
    stream_id: UUID | None
    bet_seq: int | None
    checks: int
    checked_at: datetime | None
    candidates: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_pending(self) -> bool:
        """Whether it may still become a row of a stream."""
        return self.state in (*OPEN, IntentState.PLACED)


@dataclass(frozen=True, slots=True)
class RotationRow:
    """A rotation of a seed pair. `promise_kept` is None where nothing was announced, or nothing came yet."""

    id: UUID
    session_id: UUID
    session_label: str
    state: RequestState
    asked_at: datetime
    asked_by: str
    rotated_at: datetime | None
    error: str
    old_hash: str
    old_client_seed: str
    old_nonce: int
    announced_hash: str
    new_hash: str
    new_client_seed: str
    promise_kept: bool | None
    server_seed: str
    revealed_at: datetime | None
    old_stream_id: UUID | None
    new_stream_id: UUID | None

    @property
    def is_open(self) -> bool:
        return self.state in REQUEST_OPEN


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What an account has in one currency."""

    currency: str
    available: Decimal
    vault: Decimal
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class LimitRow:
    """The limits of one currency; `session_id` is None for those of all accounts together."""

    session_id: UUID | None
    currency: str
    max_wager: Decimal | None
    daily_loss: Decimal | None
    stop_loss: Decimal | None
    take_profit: Decimal | None
    bets_per_minute: int | None
    confirm_above: Decimal | None
    counted_from: datetime
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class PauseRow:
    """A time without bets; `session_id` is None for all sessions."""

    id: UUID
    session_id: UUID | None
    kind: str
    title: str
    begins_at: datetime
    ends_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class DepositRow:
    """A move into the vault."""

    id: UUID
    session_id: UUID
    state: RequestState
    currency: str
    amount: Decimal
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    error: str

    @property
    def is_open(self) -> bool:
        return self.state in REQUEST_OPEN


def sessions(*, at: datetime) -> tuple[SessionRow, ...]:
    """The sessions that are not removed, newest first."""
    rows = StakeSession.objects.filter(removed_at=None).order_by("-created_at", "-pk")
    return tuple(_session(row, at=at) for row in rows)


def session(session_id: UUID, *, at: datetime) -> SessionRow | None:
    """One session, unless it was removed."""
    row = StakeSession.objects.filter(pk=session_id, removed_at=None).first()
    return None if row is None else _session(row, at=at)


def session_for_pair(server_seed_hash: str, client_seed: str, *, at: datetime) -> SessionRow | None:
    """The session whose account plays this pair now, as far as we know: the one that read it last."""
    row = (
        StakeSession.objects.filter(removed_at=None, pair_hash=server_seed_hash, pair_client_seed=client_seed)
        .order_by("-pair_read_at", "-pk")
        .first()
    )
    return None if row is None else _session(row, at=at)


def _session(row: StakeSession, *, at: datetime) -> SessionRow:
    token, clearance = row.access_token, row.cf_clearance
    return SessionRow(
        id=row.pk,
        label=row.label,
        host=row.host,
        simulated=row.simulated,
        live=row.live,
        currency=row.currency,
        account_key=row.account_key,
        account_ref=row.account_ref,
        account_name=row.account_name,
        token_hint=token.last4 if token is not None and token.is_set else "",
        token_unreadable=token is not None and token.unreadable,
        clearance_hint=clearance.last4 if clearance is not None and clearance.is_set else "",
        has_clearance=clearance is not None and clearance.is_set,
        user_agent=row.user_agent,
        clearance_expires_at=row.clearance_expires_at,
        clearance_state=_clearance_state(row, at=at),
        created_at=row.created_at,
        created_by=row.created_by,
        last_verified_at=row.last_verified_at,
        trouble=_trouble(row),
        pair_hash=row.pair_hash,
        pair_client_seed=row.pair_client_seed,
        pair_next_hash=row.pair_next_hash,
        pair_nonce=row.pair_nonce,
        pair_read_at=row.pair_read_at,
    )


def _clearance_state(row: StakeSession, *, at: datetime) -> str:
    if row.clearance_expires_at is None:
        return ""
    if row.clearance_expires_at <= at:
        return "expired"
    return "soon" if row.clearance_expires_at <= at + CLEARANCE_WARNING else ""


def _trouble(row: StakeSession) -> Trouble | None:
    if not row.last_error_kind or row.last_error_at is None:
        return None
    kind = errors.KINDS.get(row.last_error_kind, errors.Transient)
    return Trouble(row.last_error_kind, kind.title, kind.next_step, row.last_error_at)


def intents(
    *, session_id: UUID | None = None, pending: bool | None = None, limit: int = 50, offset: int = 0
) -> tuple[IntentRow, ...]:
    """Bets that were asked for, newest first; `pending` keeps those that may still become a row of a stream."""
    rows = BetIntent.objects.select_related("session").order_by("-asked_at", "-pk")
    if session_id is not None:
        rows = rows.filter(session_id=session_id)
    if pending:
        rows = rows.filter(state__in=[*OPEN, IntentState.PLACED])
    return tuple(_intent(row) for row in rows[offset : offset + limit])


def intent(intent_id: UUID) -> IntentRow | None:
    """One bet that was asked for."""
    row = BetIntent.objects.select_related("session").filter(pk=intent_id).first()
    return None if row is None else _intent(row)


def _intent(row: BetIntent) -> IntentRow:
    return IntentRow(
        id=row.pk,
        session_id=row.session_id,
        session_label=row.session.label,
        simulated=row.session.simulated,
        client_ref=row.client_ref,
        state=IntentState(row.state),
        game=row.game,
        amount=row.amount,
        currency=row.currency,
        options=row.options,
        expected_loss=row.expected_loss,
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        decided_at=row.decided_at,
        error_kind=row.error_kind,
        error=row.error,
        provider_bet_id=row.provider_bet_id,
        iid=row.iid,
        nonce=row.nonce,
        payout=row.payout,
        stream_id=row.stream_id,
        bet_seq=row.bet_seq,
        checks=row.checks,
        checked_at=row.checked_at,
        candidates=tuple(row.candidates),
    )


def rotations(
    *, session_id: UUID | None = None, stream_id: UUID | None = None, pair_hash: str = "", limit: int = 50
) -> tuple[RotationRow, ...]:
    """Rotations, newest first: of a session, or those that a stream's pair came from and ended with."""
    rows = SeedRotation.objects.select_related("session").order_by("-asked_at", "-pk")
    if session_id is not None:
        rows = rows.filter(session_id=session_id)
    if stream_id is not None or pair_hash:
        rows = rows.filter(
            Q(old_stream_id=stream_id, old_stream_id__isnull=False)
            | Q(new_stream_id=stream_id, new_stream_id__isnull=False)
            | (Q(old_hash=pair_hash) | Q(new_hash=pair_hash) if pair_hash else Q(pk=None))
        )
    return tuple(_rotation(row) for row in rows[:limit])


def _rotation(row: SeedRotation) -> RotationRow:
    return RotationRow(
        id=row.pk,
        session_id=row.session_id,
        session_label=row.session.label,
        state=RequestState(row.state),
        asked_at=row.asked_at,
        asked_by=row.asked_by,
        rotated_at=row.rotated_at,
        error=row.error,
        old_hash=row.old_hash,
        old_client_seed=row.old_client_seed,
        old_nonce=row.old_nonce,
        announced_hash=row.announced_hash,
        new_hash=row.new_hash,
        new_client_seed=row.new_client_seed,
        promise_kept=row.promise_kept,
        server_seed=row.server_seed,
        revealed_at=row.revealed_at,
        old_stream_id=row.old_stream_id,
        new_stream_id=row.new_stream_id,
    )


def balances(account_key: str) -> tuple[BalanceRow, ...]:
    """The newest snapshot of each currency of an account, those that hold something first."""
    rows = (
        BalanceSnapshot.objects.filter(account_key=account_key)
        .order_by("currency", "-captured_at", "-pk")
        .distinct("currency")
    )
    found = [_balance(row) for row in rows]
    return tuple(sorted(found, key=lambda row: (not (row.available or row.vault), row.currency)))


def balance_history(account_key: str, currency: str, *, limit: int = HISTORY_POINTS_MAX) -> tuple[BalanceRow, ...]:
    """The newest snapshots of one currency, oldest first."""
    rows = BalanceSnapshot.objects.filter(account_key=account_key, currency=currency).order_by("-captured_at", "-pk")
    return tuple(_balance(row) for row in reversed(rows[:limit]))


def _balance(row: BalanceSnapshot) -> BalanceRow:
    return BalanceRow(row.currency, row.available, row.vault, row.captured_at)


def limits(session_id: UUID | None) -> tuple[LimitRow, ...]:
    """The limits of a session, or (None) those of all accounts together, by currency."""
    rows: QuerySet[Limit] = Limit.objects.filter(session_id=session_id).order_by("currency")
    return tuple(
        LimitRow(
            session_id=row.session_id,
            currency=row.currency,
            max_wager=row.max_wager,
            daily_loss=row.daily_loss,
            stop_loss=row.stop_loss,
            take_profit=row.take_profit,
            bets_per_minute=row.bets_per_minute,
            confirm_above=row.confirm_above,
            counted_from=row.counted_from,
            changed_at=row.changed_at,
            changed_by=row.changed_by,
        )
        for row in rows
    )


def pauses(*, at: datetime, session_id: UUID | None = None) -> tuple[PauseRow, ...]:
    """The pauses that are not over, of all sessions and (where given) of this one, the longest first."""
    rows = CoolOff.objects.filter(ends_at__gt=at).order_by("-ends_at", "pk")
    rows = rows.filter(Q(session_id=None) | Q(session_id=session_id)) if session_id else rows
    return tuple(
        PauseRow(row.pk, row.session_id, row.kind, row.get_kind_display(), row.begins_at, row.ends_at, row.created_by)
        for row in rows
    )


def deposits(*, session_id: UUID, limit: int = 20) -> tuple[DepositRow, ...]:
    """Moves into the vault, newest first."""
    rows = VaultDeposit.objects.filter(session_id=session_id).order_by("-asked_at", "-pk")[:limit]
    return tuple(deposit_row(row) for row in rows)


def deposit_row(row: VaultDeposit) -> DepositRow:
    """A move into the vault as it is shown."""
    return DepositRow(
        row.pk,
        row.session_id,
        RequestState(row.state),
        row.currency,
        row.amount,
        row.asked_at,
        row.asked_by,
        row.decided_at,
        row.error,
    )


def rotation_row(row: SeedRotation) -> RotationRow:
    """A rotation as it is shown."""
    return _rotation(row)


def intent_row(row: BetIntent) -> IntentRow:
    """A bet that was asked for, as it is shown."""
    return _intent(row)


def session_row(row: StakeSession, *, at: datetime) -> SessionRow:
    """A session as it is shown."""
    return _session(row, at=at)
