"""The invariants of the ledger: what must always be true, and which wallet, entry or journal breaks it.

Each is looked at over everything (`FULL`), or over what journals added behind a place in the chain, with whatever is
cheap to read whole: the sum of each currency, and who owes (`INCREMENTAL`). What a hand changes in old
rows, the full look alone finds.

The numbers are those of the design. I7, about commissions, comes with the app that has them.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ledger import check_sql

BREACHES_MAX: Final = 100  # of one invariant; the first says where to look
NOT_CHECKED: Final = {"I7": "needs commissions"}


@dataclass(slots=True)
class Scope:
    """What a check looks at: journals and events behind these numbers; 0 and zeros are everything."""

    cursor: Any
    after: int = 0
    hash: bytes = bytes(32)
    event_seq: int = 0
    upto: int = 0
    key: int = field(default_factory=lambda: secrets.randbits(62))
    _compared: tuple[bool, bool] | None = None

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What a statement finds, the first `BREACHES_MAX` of it."""
        parameters = {"after": self.after, "hash": self.hash, "event_seq": self.event_seq, "upto": self.upto}
        if "%(key)s" in statement:
            parameters["key"] = self.key
        if "%(first_id)s" in statement:
            self.cursor.execute(check_sql.IDS, parameters)
            parameters["first_id"], parameters["last_id"] = self.cursor.fetchone()
        # Apart, so that the plan is the one for all rows: there are none to stop at where all is well.
        whole = f"WITH found AS MATERIALIZED ({statement}) SELECT * FROM found LIMIT {BREACHES_MAX}"  # noqa: S608
        self.cursor.execute(whole, parameters)
        found: list[tuple[Any, ...]] = self.cursor.fetchall()
        return found

    def compared(self) -> tuple[bool, bool]:
        """Whether all entries are unbroken paths to their wallets, and whether answers and entries match."""
        if self._compared is None:
            row = self.rows(check_sql.PATHS)[0]
            self._compared = (row[0], row[1])
        return self._compared


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, and how to find where it does not."""

    name: str
    holds: str
    breaches: Callable[[Scope], list[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of looking at one invariant."""

    name: str
    holds: str
    seconds: float
    breaches: tuple[str, ...]


def _found(statement: str, sentence: str) -> Callable[[Scope], list[str]]:
    """Breaches as the rows of a statement, each told by a sentence with places for its columns."""
    return lambda scope: [sentence.format(*row) for row in scope.rows(statement)]


def _unless(place: int, statement: str, sentence: str) -> Callable[[Scope], list[str]]:
    """As `_found`, but not asked where comparing the sets already showed that nothing is to be found."""
    find = _found(statement, sentence)
    return lambda scope: [] if scope.compared()[place] else find(scope)


def _unanswered(scope: Scope) -> list[str]:
    """Entries without an answer, and reversals, whose other side has none, by themselves."""
    found = _unless(1, check_sql.UNANSWERED, "wallet {0}, entry {1}: no request was answered with it")(scope)
    return found + _found(check_sql.REVERSALS, "wallet {0}: the reversal {1} has no entry of its own")(scope)


def _links(scope: Scope) -> list[str]:
    found = []
    for no, before, is_gap, is_unlinked in scope.rows(check_sql.LINKS):
        if is_gap:
            found.append(f"journal {before + 1} is missing; {no} comes instead")
        if is_unlinked:
            found.append(f"journal {no} does not follow from the one before it")
    scope.cursor.execute(check_sql.HEAD)
    _, named, hash_named, last, hash_last = scope.cursor.fetchone() or (0, 0, b"", None, b"")
    if (named, bytes(hash_named)) != (last or 0, bytes(hash_last or bytes(32))):
        found.append(f"the head does not name journal {last or 0} as the last")
    return found


_SUMS: Final = Invariant("I1", "each currency adds up to zero", _found(check_sql.CURRENCY_SUM, "{0} adds up to {1}"))
_OWING: Final = Invariant(
    "I5", "nobody owes who may not", _found(check_sql.NEGATIVE, "wallet {0} has {1} and {2} locked")
)
_CHAIN: Final = (
    Invariant("I10", "journals link to the head", _links),
    Invariant(
        "I10",
        "journals have the entries they were sealed with",
        _found(check_sql.DIGESTS, "the entries of journal {0} are not those that were sealed ({2} of {1})"),
    ),
    Invariant(
        "I10",
        "sealed journals are as they were sealed",
        _found(check_sql.SEALED, "journal {0} is not the one that was sealed on {1}"),
    ),
    Invariant(
        "I11",
        "events have no gap",
        _found(check_sql.EVENTS, "event {0} should come next, and {1} to {2} came"),
    ),
)
_STEP: Final = "wallet {0}, entry {1}: {2} and {3} locked do not follow"
_LOCKED: Final = "wallet {0} has {1} locked, its holds say {2}"
_TWICE: Final = "wallet {0}: {1} was answered twice"

FULL: Final[tuple[Invariant, ...]] = (
    _SUMS,
    Invariant("I1", "each journal adds up to zero", _found(check_sql.JOURNAL_SUM, "{0} adds up to {2} {1}")),
    Invariant(
        "I2",
        "a balance is the sum of its entries",
        _unless(0, check_sql.BALANCE, "wallet {0} has {1} and {2} locked, its entries say {3} and {4}"),
    ),
    Invariant("I2", "each entry follows from the one before it", _unless(0, check_sql.STEPS, _STEP)),
    Invariant(
        "I3", "versions are dense", _unless(0, check_sql.VERSIONS, "wallet {0} is at version {1} with {2} entries")
    ),
    Invariant("I4", "what is locked is what open holds hold", _found(check_sql.LOCKED, _LOCKED)),
    _OWING,
    Invariant(
        "I6",
        "what was answered was done",
        _unless(1, check_sql.ANSWERS, "wallet {0}: the answer to {1} has no entry of its own"),
    ),
    Invariant("I6", "what was done was answered", _unanswered),
    Invariant("I6", "each request was answered once", _found(check_sql.ANSWERED_TWICE, _TWICE)),
    *_CHAIN,
)
INCREMENTAL: Final[tuple[Invariant, ...]] = (
    _SUMS,
    Invariant("I1", "each new journal adds up to zero", _found(check_sql.NEW_JOURNAL_SUM, "{0} adds up to {2} {1}")),
    Invariant(
        "I2",
        "a changed balance is its last entry's",
        _found(check_sql.NEW_BALANCE, "wallet {0} has {1} and {2} locked, its last entry says {3} and {4}"),
    ),
    Invariant("I2", "each new entry follows from the one before it", _found(check_sql.NEW_STEPS, _STEP)),
    Invariant(
        "I3",
        "a changed wallet's version is its last entry's",
        _found(check_sql.NEW_VERSIONS, "wallet {0} is at version {1}, its last entry is {2}"),
    ),
    Invariant(
        "I4", "what a changed wallet has locked is what its open holds hold", _found(check_sql.NEW_LOCKED, _LOCKED)
    ),
    _OWING,
    Invariant(
        "I6",
        "what is newly done was answered",
        _found(check_sql.NEW_UNANSWERED, "wallet {0}, entry {1}: no request was answered with it"),
    ),
    Invariant("I6", "each new request was answered once", _found(check_sql.NEW_ANSWERED_TWICE, _TWICE)),
    *_CHAIN,
)


def look(invariants: Sequence[Invariant], scope: Scope) -> Iterator[Finding]:
    """Look at one invariant after the other."""
    for invariant in invariants:
        begun = time.perf_counter()
        breaches = tuple(invariant.breaches(scope))
        yield Finding(invariant.name, invariant.holds, time.perf_counter() - begun, breaches)
