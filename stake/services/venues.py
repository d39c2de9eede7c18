"""A session's line to the venue: its secrets opened, its circuit looked at, its troubles noted."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts.vault import secret
from stake import hosts, refusals
from stake.breaker import Breakers
from stake.client import DEADLINE, Venue
from stake.errors import InvalidBet, NotConnected, VenueError
from stake.models import StakeSession
from stake.simulator import address

log = logging.getLogger(__name__)

# Of this process; a session's circuit is looked at before each request.
BREAKERS = Breakers()
# Seconds, and how to let time pass between two tries of a read; tests have less of both.
ANSWER_WITHIN = DEADLINE
WAIT: Callable[[float], None] = time.sleep


def find_session(session_id: UUID) -> StakeSession:
    """The session, unless it was removed. Raises `NoSession`."""
    session = StakeSession.objects.filter(pk=session_id, removed_at=None).first()
    if session is None:
        raise refusals.NoSession
    return session


@contextmanager
def line_to(session: StakeSession, *, now: Callable[[], datetime]) -> Iterator[Venue]:
    """The venue, asked with the session's secrets. A failure is noted on the session and counts for its circuit.

    Raises `CircuitOpen` before anything is sent, `Unreadable` where a secret cannot be opened, and what the venue
    raises.
    """
    breaker = BREAKERS.of(session.pk)
    breaker.check(now())
    try:
        venue = open_line(
            session.host,
            token=opened(session.access_token),
            clearance=opened(session.cf_clearance) or None,
            user_agent=session.user_agent or None,
        )
        try:
            yield venue
        finally:
            venue.close()
    except VenueError as error:
        breaker.failed(error, now())
        note_trouble(session, error, at=now())
        raise
    else:
        breaker.succeeded()
        _note_health(session)


def open_line(host: str, *, token: str, clearance: str | None, user_agent: str | None) -> Venue:
    """The venue at this host, asked with these secrets, which are not stored anywhere.

    Raises `NotConnected` while the simulator is not running.
    """
    port = address.registered_port(settings.STAKEPRO_HOME) if host == hosts.SIMULATOR else None
    if host == hosts.SIMULATOR and port is None:
        raise NotConnected("The simulator is not running.")
    return Venue(
        hosts.base_url(host, simulator_port=port),
        token=token,
        clearance=clearance,
        user_agent=user_agent,
        proxy=None if host == hosts.SIMULATOR else settings.STAKE_PROXY or None,
        lockdown_token=settings.STAKE_LOCKDOWN_TOKEN or None,
        deadline=ANSWER_WITHIN,
        sleep=WAIT,
    )


def opened(sealed: secret.Secret | None) -> str:
    """A session's secret in plain, empty where there is none. Raises `Unreadable` where no key at hand opens it."""
    if sealed is None or not sealed.is_set:
        return ""
    try:
        return sealed.reveal()
    except secret.Unreadable as error:
        raise refusals.Unreadable(str(error)) from None


def note_trouble(session: StakeSession, error: VenueError, *, at: datetime) -> None:
    """Keep on the session what went wrong last. A bet that the venue did not like is no trouble of the session."""
    if isinstance(error, InvalidBet):
        return
    StakeSession.objects.filter(pk=session.pk).update(last_error_kind=error.kind, last_error_at=at)


def _note_health(session: StakeSession) -> None:
    if session.last_error_kind:
        StakeSession.objects.filter(pk=session.pk).update(last_error_kind="", last_error_at=None)
