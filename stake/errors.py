"""What can go wrong at the venue: one class a kind, each with a sentence for people and what to do next. Pure.

`proves_nothing_placed` is what decides after a bet was sent: only such an error says that no money moved. Everything
else leaves the outcome unknown, whatever the venue's message says. Most kinds always prove it or never do; one that was
recognised by the words of a message alone proves nothing (`proves=False`).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, Final


class VenueError(Exception):
    """The venue did not do what was asked. The text is for people; it never holds a secret or the venue's raw page."""

    kind: ClassVar[str] = "transient"
    title: ClassVar[str] = "The venue did not answer as expected."
    next_step: ClassVar[str] = "Try again in a moment."
    proves: ClassVar[bool] = False
    status: ClassVar[int] = 502  # of our own answer

    def __init__(self, message: str = "", *, retry_after: timedelta | None = None, proves: bool | None = None) -> None:
        super().__init__(message or self.title)
        self.message = message or self.title
        self.retry_after = retry_after
        self.proves_nothing_placed = type(self).proves if proves is None else proves


class NotConnected(VenueError):
    """The connection was never established, so nothing was sent."""

    kind = "not_connected"
    title = "The venue could not be reached."
    next_step = "Check the connection and the session's host, then try again."
    proves = True
    status = 503


class InvalidSession(VenueError):
    """The token is unknown to the venue or expired."""

    kind = "invalid_session"
    title = "The venue does not accept this session's token."
    next_step = "Sign in at the venue, and enter the token of the new session."
    proves = True
    status = 409


class CloudflareBlocked(VenueError):
    """Cloudflare asks for a clearance, or ours does not fit the user agent or the address we call from."""

    kind = "cloudflare_blocked"
    title = "The venue's gate (Cloudflare) refused this session's clearance."
    next_step = "Open the venue in your browser, and enter its new cf_clearance together with the browser's user agent."
    proves = True
    status = 409


class RateLimited(VenueError):
    """Too many requests."""

    kind = "rate_limited"
    title = "The venue asks us to slow down."
    next_step = "Wait a little; requests go on by themselves."
    proves = True
    status = 429


class InsufficientBalance(VenueError):
    """The account has less than the wager."""

    kind = "insufficient_balance"
    title = "The account's balance does not cover this wager."
    next_step = "Lower the wager, or deposit at the venue."
    proves = True
    status = 409


class ParallelBet(VenueError):
    """Another bet of this account is being placed."""

    kind = "parallel_bet"
    title = "Another bet of this account is in flight."
    next_step = "Wait until it is over, then place yours."
    proves = True
    status = 409


class ExistingGame(VenueError):
    """A round that is not over stands in the way."""

    kind = "existing_game"
    title = "A round of this account is not over yet."
    next_step = "Finish the open round at the venue first."
    proves = True
    status = 409


class BetNotFound(VenueError):
    """The venue knows no such bet."""

    kind = "bet_not_found"
    title = "The venue knows no bet of this id."
    next_step = "Check the id, as in house:123,456,789."
    status = 404


class InvalidBet(VenueError):
    """The venue refuses the bet as it is: its amount or an option."""

    kind = "invalid_bet"
    title = "The venue does not accept this bet."
    next_step = "Change the amount or the options."
    proves = True
    status = 422


class NotAllowed(VenueError):
    """The venue refuses what was asked; it may have signed us out."""

    kind = "not_allowed"
    title = "The venue does not allow this account to do that."
    next_step = "Verify the session; if it is well, look at the venue what is refused."
    status = 409


class SchemaChanged(VenueError):
    """The answer lacks what we need, or the venue refuses every form of the question that we know."""

    kind = "schema_changed"
    title = "The venue's answers have changed, and StakePro cannot read them."
    next_step = "Look for a newer version of StakePro; do not bet from it until then."
    status = 502


class FieldRefused(SchemaChanged):
    """The venue's validation refused the question itself, so nothing came of it; a smaller one may do."""

    kind = "schema_changed"
    proves = True


class Transient(VenueError):
    """An error of the venue's own, or no answer in time."""

    kind = "transient"
    title = "The venue had a problem of its own."
    next_step = "Try again in a moment."
    status = 502


class CircuitOpen(VenueError):
    """After repeated failures nothing is sent for a while."""

    kind = "circuit_open"
    title = "The venue failed repeatedly, so StakePro waits before asking again."
    next_step = "Wait; the next attempt follows by itself."
    proves = True
    status = 503


class UnknownOutcome(VenueError):
    """Sent, and nothing proves what came of it. Never sent again; to be reconciled."""

    kind = "unknown_outcome"
    title = "It is not known yet whether the venue took this."
    next_step = "StakePro looks it up; nothing more is placed with this session until it is known."
    status = 202


# By kind, as it is kept with what failed. `FieldRefused` shares its kind with `SchemaChanged`.
KINDS: Final[Mapping[str, type[VenueError]]] = {
    error.kind: error
    for error in (
        VenueError,
        NotConnected,
        InvalidSession,
        CloudflareBlocked,
        RateLimited,
        InsufficientBalance,
        ParallelBet,
        ExistingGame,
        BetNotFound,
        InvalidBet,
        NotAllowed,
        SchemaChanged,
        Transient,
        CircuitOpen,
        UnknownOutcome,
    )
}
