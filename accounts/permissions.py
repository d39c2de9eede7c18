"""What a person may do with tokens. `check_…` raises with a sentence for people; `can_…` wraps it for a button."""

from collections.abc import Iterable

from accounts import scopes
from accounts.models import Token, User


class TokenRefused(Exception):
    """A token cannot be made as asked; the message is for people and `field` names what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class NotAllowed(Exception):
    """The person may not do this; the message is for people."""


def check_can_give(*, given: Iterable[str], by: User | None) -> None:
    """A person gives only scopes they have; the command line (no person) gives any."""
    if by is None:
        return
    missing = frozenset(given) - by.scopes()
    if missing:
        listed = ", ".join(scopes.in_order(missing))
        raise TokenRefused("scopes", f"You may only give scopes that you have yourself; you lack: {listed}.")


def check_can_revoke(*, token: Token, by: User | None) -> None:
    """One's own tokens; anyone's with the scope admin or from the command line."""
    if by is None or token.created_by_id == by.pk or "admin" in by.scopes():
        return
    raise NotAllowed("Only whoever made this token, or an admin, may revoke it.")


def can_revoke(*, token: Token, by: User) -> bool:
    """What `check_can_revoke` says, for a button."""
    try:
        check_can_revoke(token=token, by=by)
    except NotAllowed:
        return False
    return True
