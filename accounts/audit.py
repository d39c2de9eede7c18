"""What was done, by whom, told once and for good: one row beside the change, in the change's own transaction."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from accounts.models import AuditRow, User
from accounts.redaction import redact, redact_text
from accounts.work import request_id

# The trigger in migrations/0002_audit.sql refuses to remove younger rows; a test holds the two together.
RETENTION = timedelta(days=730)


class NamedActor(Protocol):
    """Who calls, as `accounts.http.Actor` says it."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class By:
    """Who did it: a name for people, and what kind of actor bears it."""

    name: str
    kind: str

    @classmethod
    def of(cls, actor: NamedActor) -> "By":
        """A caller of the API."""
        return cls(name=actor.name, kind=actor.kind)

    @classmethod
    def of_user(cls, user: User) -> "By":
        """A signed-in person."""
        return cls(name=user.get_username(), kind="user")

    @classmethod
    def command_line(cls) -> "By":
        """Whoever may run management commands."""
        return cls(name="command line", kind="command")

    @classmethod
    def worker(cls) -> "By":
        """The background worker."""
        return cls(name="worker", kind="worker")


def write(*, action: str, by: By, at: datetime, subject: str = "", data: Mapping[str, Any] | None = None) -> AuditRow:
    """Add a row within the caller's transaction: it stays if and only if the change does.

    `action` is dotted words such as `stake.session.stored`. Secrets are taken out of `data` and `subject` by the same
    filter as out of the logs; decimals, times and other objects become text.
    """
    return AuditRow.objects.create(
        at=at,
        actor_name=_storable(by.name),
        actor_kind=by.kind,
        action=action,
        subject=_storable(redact_text(subject)),
        data=_storable_json(redact(data or {})),
        request_id=request_id.get() or "",
    )


def _storable_json(value: Any) -> Any:
    """The value as a JSON column can hold it: no NaN, no endless number, no text that PostgreSQL refuses."""
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {_storable(key): _storable_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable_json(item) for item in value]
    return value


def _storable(text: str) -> str:
    """The text without what PostgreSQL cannot hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
