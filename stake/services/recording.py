"""What became of an intent, written down in one transaction with the bet itself.

Every move from one state to the next is a conditional update of the intent, under its row's lock, so that the sender's
late answer and a reconciliation that ran meanwhile agree: what is known is never unlearned, and a bet enters its
stream once.
"""

import logging
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from psycopg.errors import UniqueViolation

from accounts import audit
from accounts.audit import By
from stake import games, normalise
from stake.errors import UnknownOutcome, VenueError
from stake.models import TAKEN, TRANSITIONS, BetIntent, IntentState, StakeSession
from stake.services import pairs
from stake.values import Order, VenueBet
from streams import queries
from streams.ingest import Refused as RefusedByDatabase
from streams.ingest import ingest

log = logging.getLogger(__name__)

WORKER = By.worker()
ONE_PER_BET: Final = "intent_one_per_bet"
# What is learned of an intent when the venue turns out to have its bet.
TAKEN_FIELDS: Final = (
    *("state", "provider_bet_id", "iid", "payout", "nonce", "decided_at"),
    *("error_kind", "error", "candidates", "stream_id", "bet_seq"),
)


class OtherBet(Exception):
    """The bet belongs to another intent already."""


def note_failure(intent_id: UUID, error: VenueError, *, at: datetime) -> BetIntent:
    """The venue gave no bet: not placed where the error proves that, else nobody knows."""
    if error.proves_nothing_placed:
        return note_not_placed(intent_id, kind=error.kind, message=f"{error.message} {error.next_step}", at=at)
    return note_unknown(intent_id, kind=error.kind, message=error.message, at=at)


def note_unknown(intent_id: UUID, *, kind: str, message: str, at: datetime) -> BetIntent:
    """Nobody knows what became of it; it will be looked up."""
    return _move(
        intent_id,
        IntentState.UNKNOWN,
        at=at,
        error_kind=kind,
        error=message[:500] or UnknownOutcome.title,
        decided_at=None,
    )


def note_not_placed(intent_id: UUID, *, kind: str, message: str, at: datetime) -> BetIntent:
    """It is proved that the venue has no such bet."""
    return _move(intent_id, IntentState.NOT_PLACED, at=at, error_kind=kind, error=message[:500], decided_at=at)


@transaction.atomic
def _move(intent_id: UUID, state: IntentState, *, at: datetime, **fields: Any) -> BetIntent:
    intent = lock(intent_id)
    if state not in TRANSITIONS[IntentState(intent.state)]:
        return intent  # It was decided meanwhile, by somebody who knew more.
    intent.state = state
    for name, value in fields.items():
        setattr(intent, name, value)
    intent.save(update_fields=["state", *fields])
    audit.write(
        action=f"stake.bet.{state}",
        by=WORKER,
        at=at,
        subject=str(intent),
        data={"session": intent.session.label, "reason": intent.error_kind},
    )
    return intent


def lock(intent_id: UUID) -> BetIntent:
    """The intent, nobody else's until the transaction ends."""
    return BetIntent.objects.select_related("session").select_for_update(of=("self",), no_key=True).get(pk=intent_id)


def note_placed(intent_id: UUID, bet: VenueBet, *, at: datetime) -> BetIntent:
    """The venue has the bet. Once its nonce and its pair are known it enters its stream, in the same transaction.

    Raises `OtherBet` where this very bet was found for another intent.
    """
    if not is_complete(bet):
        return _take(intent_id, bet, at=at, into_stream=False)
    try:
        return _take(intent_id, bet, at=at, into_stream=True)
    except OtherBet:
        raise
    except (OperationalError, InterfaceError):
        raise  # The database is away: nothing can be kept, and the intent is found again.
    except Exception:
        log.exception("A placed bet could not be put into its stream", extra={"intent": str(intent_id)})
    # That the venue has it must be kept even so.
    return _take(intent_id, bet, at=at, into_stream=False)


@transaction.atomic
def _take(intent_id: UUID, bet: VenueBet, *, at: datetime, into_stream: bool) -> BetIntent:
    intent = lock(intent_id)
    if intent.state in TAKEN and intent.provider_bet_id != bet.id:
        raise OtherBet(f"{intent} is another bet already.")
    if IntentState.PLACED not in TRANSITIONS[IntentState(intent.state)] and intent.state != IntentState.PLACED:
        return intent
    is_news = intent.state != IntentState.PLACED
    intent.state = IntentState.PLACED
    intent.provider_bet_id, intent.iid, intent.payout = bet.id, bet.iid or intent.iid, bet.payout
    intent.nonce = bet.nonce if bet.nonce is not None else intent.nonce
    intent.decided_at = intent.decided_at or at
    intent.error_kind, intent.error, intent.candidates = "", "", []
    if into_stream:
        intent.stream_id, intent.bet_seq = record(bet, session=intent.session, at=at, order=order_of(intent))
        intent.state = IntentState.RECORDED
    _save_taken(intent)
    if is_news:
        audit.write(
            action="stake.bet.placed",
            by=WORKER,
            at=at,
            subject=str(intent),
            data={"session": intent.session.label, "bet": bet.id, "nonce": bet.nonce},
        )
    return intent


def _save_taken(intent: BetIntent) -> None:
    """Raises `OtherBet` where the database knows the bet as another intent's: no two can have it, however they race."""
    try:
        intent.save(update_fields=TAKEN_FIELDS)
    except IntegrityError as error:
        cause = error.__cause__
        if isinstance(cause, UniqueViolation) and cause.diag.constraint_name == ONE_PER_BET:
            raise OtherBet(f"The bet found for {intent} belongs to another intent.") from error
        raise


def is_complete(bet: VenueBet) -> bool:
    """Whether the venue told enough of the bet for it to enter a stream."""
    return not bet.active and None not in (bet.nonce, bet.server_seed_hash, bet.client_seed)


def order_of(intent: BetIntent) -> Order:
    """What was asked for, its options typed as they were then: in JSON a whole `Decimal` is an integer."""
    options = games.check_options(intent.game, intent.options)
    return Order(intent.game, intent.amount, intent.currency, options)


def record(
    bet: VenueBet, *, session: StakeSession, at: datetime, order: Order | None = None
) -> tuple[UUID, int | None]:
    """Put a complete bet of the session's account into its stream, or find it there.

    `order` is what we asked for, where it was ours: it says of the options what the venue's answer leaves out.

    Gives the stream, and the bet's number in it; None where the stream says otherwise and the bet is kept as a
    conflict. Runs in the caller's transaction, which stands or falls with it.
    """
    assert bet.server_seed_hash is not None
    assert bet.client_seed is not None
    assert bet.nonce is not None
    message = normalise.message_of(bet, order)
    (outcome,) = ingest([message], at=at, simulated=session.simulated)
    if isinstance(outcome, RefusedByDatabase):
        raise RuntimeError("The database refused a bet of the venue.")
    pairs.note_played(
        session,
        server_seed_hash=bet.server_seed_hash,
        client_seed=bet.client_seed,
        nonce=bet.nonce,
        stream_id=outcome.stream_id,
        at=at,
    )
    stored = None if outcome.conflict else queries.bets_by_provider_ids([bet.id], [bet.server_seed_hash]).get(bet.id)
    return outcome.stream_id, stored.seq if stored else None
