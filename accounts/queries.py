"""What the account page and the commands show."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Token, User
from accounts.permissions import can_revoke


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as its list shows it."""

    token_id: int
    label: str
    scopes: list[str]
    hint: str
    maker: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    may_revoke: bool


def tokens_for(user: User) -> list[TokenRow]:
    """The tokens this person may see, newest first: their own, for an admin everyone's."""
    shown = Token.objects.select_related("created_by").newest_first()
    if "admin" not in user.scopes():
        shown = shown.filter(created_by=user)
    return [
        TokenRow(
            token_id=token.pk,
            label=token.label,
            scopes=token.scopes,
            hint=token.hint,
            maker=token.created_by.get_username() if token.created_by else "command line",
            created_at=token.created_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
            may_revoke=token.revoked_at is None and can_revoke(token=token, by=user),
        )
        for token in shown
    ]


def token_with_id(token_id: int) -> Token | None:
    """The token of this id."""
    return Token.objects.select_related("created_by").filter(pk=token_id).first()


def usable_tokens_labelled(label: str) -> list[Token]:
    """Tokens of this label that are not revoked, newest first."""
    return list(Token.objects.filter(label=label, revoked_at=None).newest_first())


def active_person(username: str) -> User | None:
    """The person of this name who may sign in."""
    return User.objects.filter(username=username, is_active=True).first()
