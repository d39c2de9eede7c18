"""Why we do not do what was asked, before the venue is asked at all; mapped to HTTP in one place (`stake.http`)."""

from typing import ClassVar


class Refused(Exception):
    """We do not do this as things are. The message is for people; `code` is for programs."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class InvalidInput(Refused):
    """A field of the request is wrong."""

    code = "invalid"
    status = 422


class NoSession(Refused):
    """There is no such session, or it was removed."""

    code = "not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__("There is no such session.", field="session")


class NotFound(Refused):
    """There is nothing of this name."""

    code = "not_found"
    status = 404


class SessionBusy(Refused):
    """Something else of this session is in flight, or its outcome is not known yet."""

    code = "session_busy"


class ClientRefReused(Refused):
    """The client_ref was given to another bet before."""

    code = "client_ref_reused"


class BettingStopped(Refused):
    """The kill switch is on."""

    code = "betting_stopped"

    def __init__(self) -> None:
        super().__init__("Betting is stopped. Switch it on again in the page header when you are ready.")


class CoolingOff(Refused):
    """A pause has begun and is not over."""

    code = "cooling_off"


class NotVerified(Refused):
    """The session's account is not known yet."""

    code = "not_verified"

    def __init__(self) -> None:
        super().__init__("Verify the session first, so that it is known whose account it is.")


class NoLimits(Refused):
    """A session cannot go live in a currency that has no limits."""

    code = "no_limits"


class RoundsOpen(Refused):
    """The venue does not rotate seeds while rounds are open."""

    code = "rounds_open"


class Unreadable(Refused):
    """The session's secrets cannot be opened with the keys at hand."""

    code = "unreadable"
