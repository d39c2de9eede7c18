"""Everything that changes people's tokens and login links. Secrets are returned once and kept as hashes."""

import itertools
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction

from accounts import scopes, tokens
from accounts.models import LoginLink, Token, User
from accounts.permissions import TokenRefused, check_can_give, check_can_revoke

OWNER = "owner"
# Any fixed number: it names the lock among this database's advisory locks.
OWNER_LOCK = 7_030_001
LABEL_CHARACTERS_MAX = 100
LINK_LIVES = timedelta(minutes=10)


def create_token(*, label: str, scopes: Iterable[str], by: User | None, at: datetime) -> tuple[Token, str]:
    """A new token and its text, which is nowhere to be read again."""
    wanted = _checked_scopes(scopes)
    check_can_give(given=wanted, by=by)
    text = tokens.PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        label=_checked_label(label),
        scopes=wanted,
        token_hash=tokens.hash_secret(text),
        hint=text[-4:],
        created_at=at,
        created_by=by,
    )
    return token, text


def _checked_label(label: str) -> str:
    label = label.strip()
    if not label or "\x00" in label:
        raise TokenRefused("label", "Give the token a label, such as the name of the program that will use it.")
    if len(label) > LABEL_CHARACTERS_MAX:
        raise TokenRefused("label", f"The label may have at most {LABEL_CHARACTERS_MAX} characters.")
    return label


def _checked_scopes(wanted: Iterable[str]) -> list[str]:
    given = list(wanted)
    if not given:
        raise TokenRefused("scopes", f"Choose at least one scope of: {', '.join(scopes.SCOPES)}.")
    unknown = scopes.unknown(given)
    if unknown:
        raise TokenRefused("scopes", f"Unknown scope: {', '.join(unknown)}. Scopes are: {', '.join(scopes.SCOPES)}.")
    return scopes.in_order(given)


def revoke_token(*, token: Token, by: User | None, at: datetime) -> None:
    """From now on the token is refused; within a second in other processes too. Revoking twice changes nothing."""
    check_can_revoke(token=token, by=by)
    Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at, revoked_by=by)
    transaction.on_commit(lambda: tokens.cache.forget(token.token_hash))
    token.refresh_from_db(fields=["revoked_at", "revoked_by"])


@transaction.atomic
def ensure_owner(*, at: datetime) -> User:
    """The first active superuser; a new `owner` without a password where there is none."""
    with connection.cursor() as cursor:
        # Of two first starts at once the later waits here, and then finds the owner that the earlier made.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [OWNER_LOCK])
    owner = User.objects.filter(is_superuser=True, is_active=True).order_by("date_joined", "pk").first()
    if owner is not None:
        return owner
    # A deactivated `owner` stays as it is, whatever it was deactivated for.
    names = (OWNER if number == 1 else f"{OWNER}{number}" for number in itertools.count(1))
    name = next(name for name in names if not User.objects.filter(username=name).exists())
    owner = User(username=name, is_superuser=True, is_staff=True, date_joined=at)
    owner.set_unusable_password()
    owner.save()
    return owner


def create_login_link(*, user: User, at: datetime) -> str:
    """The text of a one-time login link for this person; links that are dead by now are cleared away."""
    LoginLink.objects.dead(at=at).delete()
    text = secrets.token_urlsafe(32)
    LoginLink.objects.create(user=user, token_hash=tokens.hash_secret(text), created_at=at, expires_at=at + LINK_LIVES)
    return text


def use_login_link(*, token: str, at: datetime) -> User | None:
    """Whom this link signs in; None if it is unknown, used or expired, or the person may not sign in.

    Of two uses at once one wins: the second UPDATE waits for the first, and then finds the link used. For that its
    condition must be about the link's own columns only, so the person is looked at afterwards.
    """
    token_hash = tokens.hash_secret(token)
    link = LoginLink.objects.select_related("user").filter(token_hash=token_hash).first()
    claimed = LoginLink.objects.filter(token_hash=token_hash, used_at=None, expires_at__gt=at).update(used_at=at)
    if link is None or claimed != 1 or not link.user.is_active:
        return None
    return link.user
