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
from stake import betting_queries, games, refusals
from stake.betting_queries import OpenRequest
from stake.errors import VenueError
from stake.models import BetIntent, IntentState, StakeSession
from stake.services import limits, locks, pairs, recording
from stake.services.venues import line_to
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
    order = check_order(wanted.order)
    check_client_ref(wanted.client_ref)
    intent_id = uuid4()
    with locks.in_flight(intent_id):
        try:
            intent = _commit(intent_id, wanted, order, by=by, at=now())
        except _PairIsOld as old:
            pairs.read(old.session, now=now)
            intent = _commit(intent_id, wanted, order, by=by, at=now(), pair_was_read=True)
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


class _PairIsOld(Exception):
    """The pair in use is to be read before this session bets; nothing was committed."""

    def __init__(self, session: StakeSession) -> None:
        super().__init__()
        self.session = session


@transaction.atomic
def _commit(
    intent_id: UUID, wanted: Wanted, order: Order, *, by: By, at: datetime, pair_was_read: bool = False
) -> BetIntent:
    """Write the intent down, if everything that may forbid it allows it now; or find the one of the same name.

    Raises `_PairIsOld` where the pair is to be read before: the venue is not asked with locks held.
    """
    session = StakeSession.objects.select_for_update(no_key=True).filter(pk=wanted.session_id, removed_at=None).first()
    if session is None:
        raise refusals.NoSession
    if not session.account_key:
        raise refusals.NotVerified
    locks.lock_account(session.account_key)
    met = betting_queries.circumstances(
        session.pk,
        account_key=session.account_key,
        simulated=session.simulated,
        client_ref=wanted.client_ref,
        currency=order.currency,
        at=at,
    )
    if met.known is not None:
        return _the_same(met.known, order)
    check_not_stopped()
    limits.check_no_pause(met.pause)
    check_not_busy(met.open)
    if session.live and not pair_was_read and not pairs.is_fresh(session, max_age=PAIR_IS_FRESH, at=at):
        raise _PairIsOld(session)
    limits.check_wager(
        met.held, live=session.live, amount=order.amount, currency=order.currency, confirmed=wanted.confirmed, at=at
    )
    intent = _write_down(intent_id, session, wanted, order, by=by, at=at)
    audit.write(
        action="stake.bet.asked" if session.live else "stake.bet.dry_run",
        by=by,
        at=at,
        subject=str(intent),
        data={**_said(order), "session": session.label, "client_ref": wanted.client_ref},
    )
    return intent


def _the_same(intent_id: UUID, order: Order) -> BetIntent:
    """The intent of the same name. Raises `ClientRefReused` where it named another bet."""
    intent = BetIntent.objects.select_related("session").get(pk=intent_id)
    if not constant_time_compare(intent.fingerprint, fingerprint_of(order)):
        raise refusals.ClientRefReused(
            "This client_ref named another bet before. Give every bet a client_ref of its own."
        )
    return intent


def _write_down(
    intent_id: UUID, session: StakeSession, wanted: Wanted, order: Order, *, by: By, at: datetime
) -> BetIntent:
    return BetIntent.objects.create(
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


def check_not_stopped() -> None:
    """Raise `BettingStopped` while all betting is; where it is not, it stays so until the transaction ends."""
    if switches.is_on(switches.BETTING_STOPPED, hold=True):
        raise refusals.BettingStopped


def check_nothing_open(session: StakeSession) -> None:
    """Raise `SessionBusy` while something of the session is in flight or unknown; the session's row is locked."""
    check_not_busy(betting_queries.open_request(session.pk))


def check_not_busy(request: OpenRequest | None) -> None:
    """Raise `SessionBusy` where this is open."""
    if request is None:
        return
    if request.unknown:
        raise refusals.SessionBusy(
            f"It is not known yet what became of {request.what} of this session. Nothing more is sent until it is."
        )
    raise refusals.SessionBusy(f"The session is busy with {request.what}. One request at a time is in flight.")


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
