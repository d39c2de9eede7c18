"""Placing a bet: committed as an intent, sent once, and then it is known what became of it, or it is not known yet.

1. The intent is committed under the account's lock, after every limit was looked at in that same transaction.
2. It is sent, outside of any transaction, while the lock of what is in flight says that we wait for the answer.
3. The answer is stored: placed and in its stream, proved not placed, or unknown. Nothing here sends it again.

A server that dies between any two of these leaves an intent in flight whose lock is free; `reconcile` finds it.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts import audit, switches
from accounts.audit import By
from fairness.errors import InvalidInput
from stake import games, refusals
from stake.errors import VenueError
from stake.models import OPEN as INTENT_OPEN
from stake.models import REQUEST_OPEN, BetIntent, IntentState, SeedRotation, StakeSession, VaultDeposit
from stake.services import limits, locks, pairs, recording
from stake.services.venues import find_session, line_to
from stake.values import Order
from streams import exactjson

log = logging.getLogger(__name__)

CLIENT_REF_MAX: Final = 100
LOSS_DECIMALS: Final = 18
# A pair that was read so long ago may be another by now; what we know of its nonce only has to be no higher.
PAIR_IS_FRESH: Final = timedelta(minutes=10)
_IDENTIFIER_LENGTH: Final = 21


@dataclass(frozen=True, slots=True)
class Wanted:
    """A bet as somebody asks for it. `client_ref` names the request: the same name again is the same bet."""

    session_id: UUID
    order: Order
    client_ref: str
    confirmed: bool = False


def place(wanted: Wanted, *, by: By, now: Callable[[], datetime]) -> BetIntent:
    """Place the bet, or say what became of the one that this client_ref named before.

    The intent's state tells what is known: `recorded` or `placed` (the venue has it), `not_placed` with the reason,
    `unknown` (being looked up; never sent again), `dry_run` while the session is not live. Raises `Refused` and its
    kinds, `guard.LimitReached`, and `VenueError` where the venue could not even be asked for the pair in use.
    """
    session = find_session(wanted.session_id)
    order = check_order(wanted.order)
    check_client_ref(wanted.client_ref)
    known = _known(session, wanted.client_ref, order)
    if known is not None:
        return known
    if not session.account_key:
        raise refusals.NotVerified
    if session.live:
        session = pairs.fresh(session, max_age=PAIR_IS_FRESH, now=now)
    intent_id = uuid4()
    with locks.in_flight(intent_id):
        intent = _commit(session.pk, intent_id, wanted, order, by=by, at=now())
        if intent.pk != intent_id or intent.state != IntentState.IN_FLIGHT:
            return intent
        return _send(intent, order, now=now)


def check_order(order: Order) -> Order:
    """The order with its options typed and complete. Raises `InvalidInput` naming the field."""
    try:
        return games.check_order(order)
    except InvalidInput as error:
        raise refusals.InvalidInput(f"{error.field} {error.problem}.", field=error.field) from None


def check_client_ref(client_ref: str) -> None:
    """Raises `InvalidInput` unless the name is 1 to 100 visible characters."""
    if not 0 < len(client_ref) <= CLIENT_REF_MAX or not client_ref.isprintable():
        raise refusals.InvalidInput(
            f"client_ref must be 1 to {CLIENT_REF_MAX} visible characters, a new one for each bet.", field="client_ref"
        )


def fingerprint_of(order: Order) -> str:
    """What makes two requests the same bet."""
    content = [order.game, exactjson.plain(order.amount), order.currency, sorted(order.options.items())]
    return hashlib.sha256(exactjson.dumps(content).encode()).hexdigest()


def _known(session: StakeSession, client_ref: str, order: Order) -> BetIntent | None:
    """The intent of this name, if there is one. Raises `ClientRefReused` where it named another bet."""
    intent = BetIntent.objects.filter(session=session, client_ref=client_ref).first()
    if intent is not None and not constant_time_compare(intent.fingerprint, fingerprint_of(order)):
        raise refusals.ClientRefReused(
            "This client_ref named another bet before. Give every bet a client_ref of its own."
        )
    return intent


@transaction.atomic
def _commit(session_id: UUID, intent_id: UUID, wanted: Wanted, order: Order, *, by: By, at: datetime) -> BetIntent:
    """Write the intent down, if everything that may forbid it allows it now; or find the one of the same name."""
    session = StakeSession.objects.select_for_update(no_key=True).filter(pk=session_id, removed_at=None).first()
    if session is None:
        raise refusals.NoSession
    known = _known(session, wanted.client_ref, order)
    if known is not None:
        return known
    locks.lock_account(session.account_key)
    check_may_ask(session, at=at)
    limits.check_wager(session, amount=order.amount, currency=order.currency, confirmed=wanted.confirmed, at=at)
    intent = BetIntent.objects.create(
        id=intent_id,
        session=session,
        account_key=session.account_key,
        client_ref=wanted.client_ref,
        fingerprint=fingerprint_of(order),
        identifier=_identifier(),
        state=IntentState.IN_FLIGHT if session.live else IntentState.DRY_RUN,
        game=order.game,
        amount=order.amount,
        currency=order.currency,
        options=dict(order.options),
        expected_loss=expected_loss(order),
        asked_at=at,
        asked_by=by.name,
        decided_at=None if session.live else at,
        pair_hash=session.pair_hash,
        pair_client_seed=session.pair_client_seed,
        nonce_before=session.pair_nonce,
    )
    audit.write(
        action="stake.bet.asked" if session.live else "stake.bet.dry_run",
        by=by,
        at=at,
        subject=str(intent),
        data={**_said(order), "session": session.label, "client_ref": wanted.client_ref},
    )
    return intent


def check_may_ask(session: StakeSession, *, at: datetime) -> None:
    """Raise what keeps anything at all from being bet or moved with the session now; the session's row is locked."""
    if switches.is_on(switches.BETTING_STOPPED, hold=True):
        raise refusals.BettingStopped
    limits.check_no_pause(session, at=at)
    check_nothing_open(session)


def check_nothing_open(session: StakeSession) -> None:
    """Raise `SessionBusy` while something of the session is in flight or unknown; the session's row is locked."""
    intent = BetIntent.objects.filter(session=session, state__in=INTENT_OPEN).first()
    if intent is not None:
        raise refusals.SessionBusy(_busy_with(intent.state == IntentState.UNKNOWN, f"a bet on {intent.game}"))
    for model, what in ((SeedRotation, "a rotation of the seed pair"), (VaultDeposit, "a move into the vault")):
        if model.objects.filter(session=session, state__in=REQUEST_OPEN).exists():
            raise refusals.SessionBusy(_busy_with(True, what))


def _busy_with(unknown: bool, what: str) -> str:
    if unknown:
        return f"It is not known yet what became of {what} of this session. Nothing more is sent until it is."
    return f"The session is busy with {what}. One request at a time is in flight."


def expected_loss(order: Order) -> Decimal | None:
    """What the bet loses on average, as it is kept; None where no source tells what the game pays."""
    lost = games.expected_loss(order)
    return None if lost is None else max(round(lost, LOSS_DECIMALS), Decimal(0))


def _identifier() -> str:
    """A new one for each bet: 21 characters of A–Z, a–z, 0–9, - and _, as the venue's own page makes them."""
    return secrets.token_urlsafe(_IDENTIFIER_LENGTH)[:_IDENTIFIER_LENGTH]


def _said(order: Order) -> dict[str, Any]:
    return {
        "game": order.game,
        "amount": exactjson.plain(order.amount),
        "currency": order.currency,
        "options": exactjson.loads(exactjson.dumps(dict(order.options))),
    }


def _send(intent: BetIntent, order: Order, *, now: Callable[[], datetime]) -> BetIntent:
    """Send the committed intent, once, and store what became of it."""
    session = intent.session
    try:
        with line_to(session, now=now) as venue:
            bet = venue.place(order, identifier=intent.identifier)
    except VenueError as error:
        return recording.note_failure(intent.pk, error, at=now())
    except refusals.Refused as error:
        # A secret could not be opened: nothing was sent.
        return recording.note_not_placed(intent.pk, kind=error.code, message=error.message, at=now())
    except Exception as error:
        # An error of ours, after which nobody can say what was sent.
        log.exception("Placing a bet failed unexpectedly", extra={"intent": str(intent.pk)})
        return recording.note_unknown(intent.pk, kind="internal_error", message=type(error).__name__, at=now())
    try:
        return recording.note_placed(intent.pk, bet, at=now())
    except recording.OtherBet:
        # The venue answered with a bet that it gave us before; what became of this one is to be found out.
        log.warning("The venue answered with another intent's bet", extra={"intent": str(intent.pk), "bet": bet.id})
        return recording.note_unknown(intent.pk, kind="other_bet", message="The venue told of another bet.", at=now())
