"""What other apps add to operations of the ledger: rows of their own, decided and committed with the money. Pure.

An app registers an extension in `AppConfig.ready`. A request that names it (`Op.extension`) is decided under the locks
of its wallets and of the extension's own rows, and if it is done the extension's rows are written in the same
transaction. The extension never sees a connection: it cannot commit, and it cannot name the ledger's tables. When it
raises, the request that it raised for is answered `INTERNAL` alone.

The order of the questions is the ledger's: answered before, version, the extension's `decide`, limits, funds.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ledger.operations import Code, Done, Op

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)
_OURS: Final = ("ledger_", "events_", "accounts_", "auth_", "django_", "pg_")


class Declined(NamedTuple):
    """Why an extension does not want a request: a code, and what it is about."""

    code: Code
    which: str = ""
    allowed: int | None = None


class Decided(NamedTuple):
    """A request that is done, and what its wallet has."""

    op: Op
    answer: Done


@dataclass(slots=True)
class View:
    """What an extension may know of a batch: its own rows, locked, by id; and what was accepted in it so far."""

    rows: Mapping[int, Mapping[str, Any]]
    accepted: list[Decided] = field(default_factory=list)
    # For sums over `accepted` that an extension carries along.
    notes: dict[Any, Any] = field(default_factory=dict)


class Copy(NamedTuple):
    """Rows to add to a table of the extension's app. `types` are PostgreSQL's names, such as int8, uuid, text."""

    table: str
    columns: Sequence[str]
    types: Sequence[str]
    rows: Iterable[Sequence[Any]]


class Update(NamedTuple):
    """Rows to change where they are still what they were: found by `keys`, changed in `columns`.

    Each row holds the values of the keys and then those of the columns; `types` are of both in that order. Keys may
    name more than the primary key, so that a row that is no longer as it was decided upon is not found. Every row must
    be found, or nothing of the request is done.
    """

    table: str
    keys: Sequence[str]
    columns: Sequence[str]
    types: Sequence[str]
    rows: Sequence[Sequence[Any]]


class Event(NamedTuple):
    """An event to tell with the commit, on a stream of the extension's app."""

    stream: str
    type: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """What an extension writes for the requests of a batch that are done."""

    copies: Sequence[Copy] = ()
    updates: Sequence[Update] = ()
    events: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class Extension:
    """What an app adds to operations under a name.

    `extra_locks` names the rows of `table` that requests are about; they are locked after the wallets, in order of
    their ids, and `columns` of them are read. With `exclusive` nobody else may use them meanwhile, otherwise others of
    the same kind may. `decide` accepts (None) or declines one request; it must change nothing but the view's notes.
    `rows` is asked once for all that are done.
    """

    name: str
    table: str
    columns: Sequence[str]
    exclusive: bool
    extra_locks: Callable[[Sequence[Op]], Iterable[int]]
    decide: Callable[[Op, View], Declined | None]
    rows: Callable[[Sequence[Decided]], Rows]


_registered: dict[str, Extension] = {}


class NotRegistered(Exception):
    """A request names an extension that no app has registered here."""


def register(extension: Extension) -> None:
    """Make the extension known; again replaces it. Raises `ValueError` for names that it may not use."""
    check_table(extension.table)
    for name in (extension.name, *extension.columns):
        check_name(name)
    _registered[extension.name] = extension


def named(name: str) -> Extension:
    """The extension of this name. Raises `NotRegistered`."""
    try:
        return _registered[name]
    except KeyError:
        raise NotRegistered(name) from None


def check_table(name: str) -> None:
    """Raises `ValueError` unless it may be a table of an extension: not the ledger's, nor anybody else's we know."""
    check_name(name)
    if name.startswith(_OURS):
        raise ValueError(f"An extension may not write to {name}.")


def check_name(name: str) -> None:
    """Raises `ValueError` unless it is the plain name of a table, column or type."""
    if not _NAME.fullmatch(name):
        raise ValueError("Names of tables and columns are small letters, digits and underscores.")
