"""Which token is it: from a token's text to what its bearer may do, without a query for each request.

A found token is believed for a second in this process, so revoking one takes effect within a second everywhere.
"""

import hashlib
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from django.db import DatabaseError, transaction
from django.db.models import Q

from accounts.models import Token

logger = logging.getLogger(__name__)

PREFIX = "sp_"
SHAPE = re.compile(r"sp_[A-Za-z0-9_-]{43}")
BELIEVED_SECONDS = 1.0
CACHED_MAX = 10_000
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class TokenIdentity:
    """A usable token, as a request needs it."""

    token_id: int
    label: str
    scopes: frozenset[str]


def hash_secret(text: str) -> str:
    """What the database keeps of a secret. They are random and long, so a plain hash is enough."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


class TokenCache:
    """Tokens found lately. Threads share it without a lock: each step is one operation on a dict."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._found: dict[str, tuple[float, TokenIdentity]] = {}
        self._use_noted: dict[int, datetime] = {}

    def identify(self, text: str, *, at: datetime) -> TokenIdentity | None:
        """Whose token `text` is, or None for one that is malformed, unknown or revoked.

        Only found tokens are kept: a token works from the moment it is made, and wrong ones cannot fill the memory.
        """
        if not SHAPE.fullmatch(text):
            return None
        token_hash = hash_secret(text)
        cached = self._found.get(token_hash)
        now = self._clock()
        if cached is not None and now < cached[0]:
            return cached[1]
        identity = _look_up(token_hash)
        if identity is None:
            self._found.pop(token_hash, None)
            return None
        if len(self._found) >= CACHED_MAX:
            self._found.clear()
        self._found[token_hash] = (now + BELIEVED_SECONDS, identity)
        self._note_use(identity.token_id, at=at)
        return identity

    def forget(self, token_hash: str) -> None:
        """Look this token up again at its next use."""
        self._found.pop(token_hash, None)

    def clear(self) -> None:
        """Forget everything; tests start so."""
        self._found.clear()
        self._use_noted.clear()

    def _note_use(self, token_id: int, *, at: datetime) -> None:
        noted = self._use_noted.get(token_id)
        if noted is not None and noted <= at < noted + USE_NOTED_EVERY:
            return
        if len(self._use_noted) >= CACHED_MAX:
            self._use_noted.clear()
        self._use_noted[token_id] = at
        _write_last_used(token_id, at=at)


def _look_up(token_hash: str) -> TokenIdentity | None:
    token = Token.objects.usable().select_related("created_by").filter(token_hash=token_hash).first()
    if token is None:
        return None
    return TokenIdentity(token_id=token.pk, label=token.label, scopes=token.allows())


def _write_last_used(token_id: int, *, at: datetime) -> None:
    """Note the use, unless another worker just did. The request goes on whatever becomes of this.

    A savepoint keeps a failure out of a transaction around us; skipping a locked row keeps us from waiting for one.
    """
    stale = Q(last_used_at=None) | Q(last_used_at__lte=at - USE_NOTED_EVERY)
    try:
        with transaction.atomic():
            free = Token.objects.select_for_update(skip_locked=True).filter(stale, pk=token_id)
            Token.objects.filter(pk__in=free.values("pk")).update(last_used_at=at)
    except DatabaseError:
        logger.warning("Could not note the use of a token", extra={"token_id": token_id}, exc_info=True)


cache = TokenCache(clock=monotonic)
