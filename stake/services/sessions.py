"""Sessions: storing one once the venue knows its token, verifying, changing, going live, removing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.audit import By
from accounts.vault.secret import Secret
from stake import hosts, refusals
from stake.line import can_be_sent
from stake.models import Limit, StakeSession
from stake.services import balances, betting, pairs, venues
from stake.services.venues import find_session, line_to
from stake.values import Person

log = logging.getLogger(__name__)

LABEL_MAX: Final = 100
TOKEN_MAX: Final = 500
CLEARANCE_MAX: Final = 4_000
USER_AGENT_MAX: Final = 500


@dataclass(frozen=True, slots=True, repr=False)
class Entered:
    """What a person enters for a session. Secrets of None are left as they are; an empty clearance takes it away."""

    label: str
    host: str
    currency: str
    token: str | None = None
    clearance: str | None = None
    user_agent: str = ""
    clearance_expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Entered({self.label!r}, {self.host!r})"


def store(entered: Entered, *, by: By, now: Callable[[], datetime]) -> StakeSession:
    """Verify the token with the venue, and store the session with its secrets sealed; nothing is stored otherwise.

    Raises `InvalidInput` naming the field, and what the venue raises.
    """
    checked = _check(entered)
    if not checked.token:
        raise refusals.InvalidInput("Enter the session's token.", field="token")
    person = _who(checked)
    at = now()
    session = StakeSession(
        id=uuid4(),
        simulated=checked.host == hosts.SIMULATOR,
        account_ref=person.id,
        account_name=person.name[:100],
        created_at=at,
        created_by=by.name,
        last_verified_at=at,
    )
    with transaction.atomic():
        _fill(session, checked)
        session.save(force_insert=True)
        _say("stake.session.stored", session, by=by, at=at)
    return session


def change(session_id: UUID, entered: Entered, *, by: By, now: Callable[[], datetime]) -> StakeSession:
    """Change a session. Another host needs its token entered again, and a new token is verified before it is kept.

    Possible while something is in flight: a fresh token may be what finding out needs. Raises `NoSession`,
    `InvalidInput`, and what the venue raises.
    """
    session = find_session(session_id)
    checked = _check(entered)
    if session.simulated != (checked.host == hosts.SIMULATOR):
        raise refusals.InvalidInput(
            "A simulated session stays with the simulator, a real one away from it.", field="host"
        )
    if checked.host != session.host and not checked.token:
        raise refusals.InvalidInput("Enter the token again for the other host.", field="token")
    checked = _with_clearance(checked, session)
    person = _who(checked, kept_clearance=session.cf_clearance) if checked.token else None
    if person is not None and session.account_ref and person.id != session.account_ref:
        raise refusals.InvalidInput(
            "This token is of another account. Store it as a session of its own.", field="token"
        )
    at = now()
    with transaction.atomic():
        session = StakeSession.objects.select_for_update(no_key=True).get(pk=session.pk)
        _fill(session, checked)
        if person is not None:
            session.account_ref, session.account_name, session.last_verified_at = person.id, person.name[:100], at
            session.last_error_kind, session.last_error_at = "", None
        session.save()
        _say("stake.session.changed", session, by=by, at=at)
    venues.BREAKERS.forget(session.pk)
    return session


def _check(entered: Entered) -> Entered:
    label = entered.label.strip()
    if not 0 < len(label) <= LABEL_MAX or not label.isprintable():
        raise refusals.InvalidInput(f"The label must be 1 to {LABEL_MAX} visible characters.", field="label")
    try:
        host = hosts.check_host(entered.host, settings.STAKE_ALLOWED_HOSTS)
    except ValueError as error:
        raise refusals.InvalidInput(str(error), field="host") from None
    currency = entered.currency.strip().lower()
    if not (currency.isascii() and currency.isalnum() and len(currency) <= 10):
        raise refusals.InvalidInput("The currency must be a short word such as btc.", field="currency")
    token = entered.token.strip() or None if entered.token else None
    clearance = None if entered.clearance is None else entered.clearance.strip()
    user_agent = entered.user_agent.strip()
    for field, text, longest in (
        ("token", token, TOKEN_MAX),
        ("clearance", clearance, CLEARANCE_MAX),
        ("user_agent", user_agent, USER_AGENT_MAX),
    ):
        # What becomes a header must not be able to end it.
        if text and (len(text) > longest or not can_be_sent(field, text)):
            raise refusals.InvalidInput(
                f"The {field.replace('_', ' ')} must be at most {longest} visible characters of plain ASCII, as the "
                "browser has them.",
                field=field,
            )
    if clearance and not user_agent:
        raise _user_agent_missing()
    return Entered(label, host, currency, token, clearance, user_agent, entered.clearance_expires_at)


def _user_agent_missing() -> refusals.InvalidInput:
    return refusals.InvalidInput(
        "Enter the user agent of the browser that the clearance comes from; Cloudflare takes both as one.",
        field="user_agent",
    )


def _with_clearance(entered: Entered, session: StakeSession) -> Entered:
    """What was entered for a session that has a clearance, which is left as it is where none was entered.

    A clearance is its host's own: another host is never shown it.
    """
    if entered.clearance is not None or not session.cf_clearance:
        return entered
    if entered.host != session.host:
        return replace(entered, clearance="")
    if not entered.user_agent:
        raise _user_agent_missing()
    return entered


def _who(entered: Entered, *, kept_clearance: Secret | None = None) -> Person:
    assert entered.token is not None
    clearance = venues.opened(kept_clearance) if entered.clearance is None else entered.clearance
    line = venues.open_line(
        entered.host, token=entered.token, clearance=clearance or None, user_agent=entered.user_agent or None
    )
    try:
        return line.who()
    finally:
        line.close()


def _fill(session: StakeSession, entered: Entered) -> None:
    session.label, session.host, session.currency = entered.label, entered.host, entered.currency
    session.user_agent, session.clearance_expires_at = entered.user_agent, entered.clearance_expires_at
    if entered.token is not None:
        session.access_token = entered.token
    if entered.clearance is not None:
        session.cf_clearance = entered.clearance or None


def verify(session_id: UUID, *, by: By, now: Callable[[], datetime]) -> StakeSession:
    """Ask the venue whose session it is, what it has and which pair it plays; raises what the venue raises."""
    session = find_session(session_id)
    with line_to(session, now=now) as venue:
        person = venue.who()
        found = venue.balances()
        pair = venue.seed_pair()
    if session.account_ref and person.id != session.account_ref:
        raise refusals.InvalidInput("This token is of another account by now. Store it as a session of its own.")
    at = now()
    with transaction.atomic():
        session.account_ref, session.account_name, session.last_verified_at = person.id, person.name[:100], at
        session.save(update_fields=["account_ref", "account_name", "last_verified_at"])
        balances.keep(session, found, at=at)
        pairs.keep(session, pair, at=at)
        _say("stake.session.verified", session, by=by, at=at)
    session.refresh_from_db()
    return session


@transaction.atomic
def set_live(session_id: UUID, *, live: bool, by: By, at: datetime) -> StakeSession:
    """Switch between live and dry run. Live needs a verified account, and limits for the session's currency.

    Raises `NoSession`, `NotVerified`, `NoLimits`.
    """
    session = StakeSession.objects.select_for_update(no_key=True).filter(pk=session_id, removed_at=None).first()
    if session is None:
        raise refusals.NoSession
    if live and not session.account_ref:
        raise refusals.NotVerified
    if live and not Limit.objects.filter(session=session, currency=session.currency).exists():
        raise refusals.NoLimits(f"Set limits for {session.currency} first; then the session can go live.")
    if session.live != live:
        session.live = live
        session.save(update_fields=["live"])
        _say("stake.session.live" if live else "stake.session.dry_run", session, by=by, at=at)
    return session


@transaction.atomic
def remove(session_id: UUID, *, by: By, at: datetime) -> None:
    """Remove a session: its secrets are gone at once, its history stays. Raises `NoSession`, `SessionBusy`."""
    session = StakeSession.objects.select_for_update(no_key=True).filter(pk=session_id, removed_at=None).first()
    if session is None:
        raise refusals.NoSession
    betting.check_nothing_open(session)
    session.access_token = session.cf_clearance = None
    session.live, session.removed_at = False, at
    session.save(update_fields=["access_token", "cf_clearance", "live", "removed_at"])
    _say("stake.session.removed", session, by=by, at=at)
    venues.BREAKERS.forget(session.pk)


def _say(action: str, session: StakeSession, *, by: By, at: datetime) -> None:
    audit.write(action=action, by=by, at=at, subject=str(session), data={"host": session.host})
