"""What an account has, and moving some of it into the venue's vault."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from accounts import audit
from accounts.audit import By
from stake import refusals
from stake.client import DEADLINE
from stake.errors import VenueError
from stake.models import REQUEST_OPEN, BalanceSnapshot, RequestState, StakeSession, VaultDeposit
from stake.services import betting, locks
from stake.services.venues import find_session, line_to
from stake.values import Balance
from streams.exactjson import plain

log = logging.getLogger(__name__)

QUIET: Final = timedelta(seconds=30)
SENDER_GONE_AFTER: Final = timedelta(seconds=DEADLINE + 5)


def refresh(*, session_id: UUID, now: Callable[[], datetime]) -> None:
    """Ask the venue what the account has, and keep a snapshot. Raises `Refused`, and what the venue raises."""
    session = find_session(session_id)
    if not session.account_key:
        raise refusals.NotVerified
    with line_to(session, now=now) as venue:
        found = venue.balances()
    keep(session, found, at=now())


def keep(session: StakeSession, found: Iterable[Balance], *, at: datetime) -> None:
    """A snapshot of every currency that the account has, or had: the venue lists dozens that it never had."""
    had = set(
        BalanceSnapshot.objects.filter(account_key=session.account_key).values_list("currency", flat=True).distinct()
    )
    BalanceSnapshot.objects.bulk_create(
        BalanceSnapshot(
            session=session,
            account_key=session.account_key,
            currency=balance.currency,
            available=balance.available,
            vault=balance.vault,
            captured_at=at,
        )
        for balance in found
        if balance.available or balance.vault or balance.currency in had
    )


def move_to_vault(
    *, session_id: UUID, currency: str, amount: Decimal, client_ref: str, by: By, now: Callable[[], datetime]
) -> VaultDeposit:
    """Move money into the vault, once: the same client_ref again answers what became of the first.

    Getting it out again needs the venue's own page, with a second factor; that is what a vault is for. Raises
    `Refused` and its kinds, and `VenueError` where the balances could not be read.
    """
    session = find_session(session_id)
    betting.check_client_ref(client_ref)
    if not session.account_key:
        raise refusals.NotVerified
    if not amount.is_finite() or amount <= 0:
        raise refusals.InvalidInput("The amount must be a number above 0.", field="amount")
    known = _known(session, client_ref, currency, amount)
    if known is not None:
        return known
    with line_to(session, now=now) as venue:
        before = venue.balances()
    keep(session, before, at=now())
    held = next((balance for balance in before if balance.currency == currency), None)
    if held is None or held.available < amount:
        raise refusals.InvalidInput(f"The account has less than {plain(amount)} {currency} available.", field="amount")
    deposit_id = uuid4()
    with locks.in_flight(deposit_id):
        row = _commit(deposit_id, session.pk, held, amount, client_ref, by=by, at=now())
        if row.pk != deposit_id:
            return row
        try:
            with line_to(session, now=now) as venue:
                venue.move_to_vault(currency, amount)
        except VenueError as error:
            state = RequestState.NOT_DONE if error.proves_nothing_placed else RequestState.UNKNOWN
            return _decide(row.pk, state, kind=error.kind, message=error.message, at=now())
        row = _decide(row.pk, RequestState.DONE, kind="", message="", at=now())
    return row


def _known(session: StakeSession, client_ref: str, currency: str, amount: Decimal) -> VaultDeposit | None:
    row = VaultDeposit.objects.filter(session=session, client_ref=client_ref).first()
    if row is not None and (row.currency, row.amount) != (currency, amount):
        raise refusals.ClientRefReused("This client_ref named another move before. Give every move one of its own.")
    return row


@transaction.atomic
def _commit(
    deposit_id: UUID, session_id: UUID, held: Balance, amount: Decimal, client_ref: str, *, by: By, at: datetime
) -> VaultDeposit:
    session = StakeSession.objects.select_for_update(no_key=True).get(pk=session_id)
    known = _known(session, client_ref, held.currency, amount)
    if known is not None:
        return known
    betting.check_nothing_open(session)
    row = VaultDeposit.objects.create(
        id=deposit_id,
        session=session,
        account_key=session.account_key,
        client_ref=client_ref,
        state=RequestState.IN_FLIGHT,
        currency=held.currency,
        amount=amount,
        vault_before=held.vault,
        asked_at=at,
        asked_by=by.name,
    )
    audit.write(action="stake.vault.asked", by=by, at=at, subject=str(row), data={"session": session.label})
    return row


@transaction.atomic
def _decide(deposit_id: UUID, state: RequestState, *, kind: str, message: str, at: datetime) -> VaultDeposit:
    row = VaultDeposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
    if row.state in REQUEST_OPEN:
        row.state, row.error_kind, row.error, row.checked_at = state, kind, message[:500], at
        row.decided_at = None if state == RequestState.UNKNOWN else at
        row.save()
        audit.write(action=f"stake.vault.{state}", by=By.worker(), at=at, subject=str(row), data={"reason": kind})
    return row


def look_into(deposit_id: UUID, *, now: Callable[[], datetime]) -> VaultDeposit:
    """Find out what became of a move whose answer never came, from what the vault holds now.

    More by just this amount: done. Unchanged at two looks half a minute apart: not done. Anything else stays unknown.
    Raises what the venue raises.
    """
    with locks.if_nobody_waits(deposit_id) as ours:
        row = VaultDeposit.objects.select_related("session").get(pk=deposit_id)
        if not ours or row.state not in REQUEST_OPEN or now() - row.asked_at < SENDER_GONE_AFTER:
            return row
        with line_to(row.session, now=now) as venue:
            found = venue.balances()
        keep(row.session, found, at=now())
        vault = next((balance.vault for balance in found if balance.currency == row.currency), Decimal(0))
        if vault == row.vault_before + row.amount:
            return _decide(row.pk, RequestState.DONE, kind="", message="", at=now())
        if vault != row.vault_before:
            message = "The vault has changed by another amount; look at the venue what happened."
            return _decide(row.pk, RequestState.UNKNOWN, kind="ambiguous", message=message, at=now())
        return _unchanged(row, at=now())


def _unchanged(row: VaultDeposit, *, at: datetime) -> VaultDeposit:
    since = row.quiet_since or at
    if at - since >= QUIET:
        return _decide(row.pk, RequestState.NOT_DONE, kind="no_trace", message="The vault has not changed.", at=at)
    VaultDeposit.objects.filter(pk=row.pk, state__in=REQUEST_OPEN).update(
        state=RequestState.UNKNOWN, quiet_since=since, checked_at=at
    )
    row.refresh_from_db()
    return row


def decide(*, deposit_id: UUID, done: bool, by: By, at: datetime) -> VaultDeposit:
    """A person looked at the venue, and says whether the move was made. Raises `NotFound`, `SessionBusy`."""
    row = VaultDeposit.objects.filter(pk=deposit_id).first()
    if row is None:
        raise refusals.NotFound("There is no such move into the vault.")
    if row.state != RequestState.UNKNOWN:
        raise refusals.SessionBusy("It is known already what became of this move.")
    state = RequestState.DONE if done else RequestState.NOT_DONE
    audit.write(action="stake.vault.decided", by=by, at=at, subject=str(row), data={"done": done})
    return _decide(row.pk, state, kind="by_hand", message=f"{by.name} looked at the venue.", at=at)
