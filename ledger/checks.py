"""The invariants of the ledger, one statement each: what must always be true, and which wallet or entry breaks it.

Each is read in one statement, so that it sees one moment; while money moves, two of them may see two moments, each of
them whole. The numbers are those of the design: I1 to I6 are about money, I10 and I11 about the chain and the log.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

BREACHES_MAX: Final = 100  # of one invariant; the first says where to look


@dataclass(frozen=True, slots=True)
class Breach:
    """What is not as it must be; the text names the wallet, and the entry where there is one."""

    invariant: str
    text: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, and the statement that finds where it does not."""

    name: str
    holds: str
    breaches: Callable[[], Iterator[str]]


def _found(statement: str, sentence: str) -> Callable[[], Iterator[str]]:
    """Breaches as the rows of a statement, each told by a sentence with places for its columns."""

    def breaches() -> Iterator[str]:
        with connection.cursor() as cursor:
            cursor.execute(f"{statement} LIMIT {BREACHES_MAX}")
            for row in cursor.fetchall():
                yield sentence.format(*row)

    return breaches


_SUM = """
SELECT w.currency, sum(w.available + w.locked) FROM ledger_wallet w
GROUP BY w.currency HAVING sum(w.available + w.locked) <> 0
"""
_JOURNAL_SUM = """
SELECT j.no, w.currency, sum(e.d_available + e.d_locked)
FROM ledger_entry e JOIN ledger_wallet w ON w.id = e.wallet_id LEFT JOIN ledger_journal j ON j.id = e.journal_id
GROUP BY e.journal_id, j.no, w.currency HAVING sum(e.d_available + e.d_locked) <> 0 OR j.no IS NULL
"""
_BALANCE = """
SELECT w.id, w.available, w.locked, COALESCE(e.available, 0), COALESCE(e.locked, 0)
FROM ledger_wallet w LEFT JOIN (
    SELECT wallet_id, sum(d_available) AS available, sum(d_locked) AS locked FROM ledger_entry GROUP BY wallet_id
) AS e ON e.wallet_id = w.id
WHERE (w.available, w.locked) <> (COALESCE(e.available, 0), COALESCE(e.locked, 0))
"""
_STEPS = """
SELECT wallet_id, version, available_after, locked_after FROM (
    SELECT e.*, lag(e.version, 1, 0::bigint) OVER w AS v, lag(e.available_after, 1, 0::bigint) OVER w AS a,
           lag(e.locked_after, 1, 0::bigint) OVER w AS l
    FROM ledger_entry e WINDOW w AS (PARTITION BY e.wallet_id ORDER BY e.version)) AS e
WHERE (version, available_after, locked_after) <> (v + 1, a + d_available, l + d_locked)
"""
_LAST = """
SELECT w.id, w.version, count(e.version) FROM ledger_wallet w LEFT JOIN ledger_entry e ON e.wallet_id = w.id
GROUP BY w.id HAVING w.version <> count(e.version)
"""
_LOCKED = """
SELECT w.id, w.locked, COALESCE(h.amount, 0)
FROM ledger_wallet w LEFT JOIN (
    SELECT wallet_id, sum(amount) AS amount FROM ledger_hold WHERE status = 'open' GROUP BY wallet_id
) AS h ON h.wallet_id = w.id
WHERE w.locked <> COALESCE(h.amount, 0)
"""
_NEGATIVE = """
SELECT id, available, locked FROM ledger_wallet
WHERE locked < 0 OR available < 0 AND kind NOT IN ('house', 'world', 'chain')
"""
_RESULTS = """
SELECT r.wallet_id, r.client_id FROM ledger_result r
LEFT JOIN ledger_entry e ON e.wallet_id = r.wallet_id AND e.version = r.version
WHERE r.version IS NOT NULL AND e.client_id IS DISTINCT FROM r.client_id
"""
_HELD = """
SELECT h.wallet_id, h.client_id FROM ledger_hold h
LEFT JOIN ledger_entry e ON e.wallet_id = h.wallet_id AND e.version = h.version
WHERE e.client_id IS DISTINCT FROM h.client_id OR e.d_locked <> h.amount
"""
_ANSWERS = """
SELECT asked, answered FROM (
    SELECT (SELECT COALESCE(sum(operations), 0) FROM ledger_journal) AS asked,
           (SELECT count(*) FROM ledger_result) + (SELECT count(*) FROM ledger_hold) AS answered) AS n
WHERE asked <> answered
"""
_TWICE = """
SELECT h.wallet_id, h.client_id FROM ledger_hold h
JOIN ledger_result r ON r.wallet_id = h.wallet_id AND r.client_id = h.client_id
"""
# Each number is a stored event's or one of a journal's; of a journal that began before what is kept, the later ones.
_EVENTS = """
SELECT first_seq, event_seq, stored + told FROM (
    SELECT h.first_seq, h.event_seq,
        (SELECT count(*) FROM events_event e WHERE e.seq BETWEEN h.first_seq AND h.event_seq) AS stored,
        (SELECT COALESCE(sum(j.first_event + j.events - GREATEST(j.first_event, h.first_seq)), 0)
         FROM ledger_journal j WHERE j.first_event + j.events > h.first_seq) AS told
    FROM events_head h) AS h
WHERE stored + told <> event_seq - first_seq + 1
"""
# A wallet that changed in a batch has one event of the batch, and the batch as many as wallets.
_TOLD = """
SELECT j.no, j.events, count(DISTINCT e.wallet_id), count(e.place), count(DISTINCT e.place)
FROM ledger_journal j LEFT JOIN ledger_entry e ON e.journal_id = j.id GROUP BY j.id
HAVING (j.events, j.events, j.events) <> (count(DISTINCT e.wallet_id), count(e.place), count(DISTINCT e.place))
"""
_JOURNALS = """
SELECT j.no, j.digest, j.hash_before, j.hash, ledger_digest(j.id), count(*) OVER () FROM ledger_journal j ORDER BY j.no
"""
_HEAD = "SELECT journal_no, hash FROM events_head WHERE id = 1"


def _chain() -> Iterator[str]:
    """Every journal's content and link recomputed, from the first to the head."""
    before, expected = bytes(32), 0
    with connection.cursor() as cursor:
        cursor.execute(_JOURNALS)
        for no, digest, hash_before, hash_after, recomputed, _ in cursor.fetchall():
            expected += 1
            if no != expected:
                yield f"journal {expected} is missing; {no} comes instead"
                expected = no
            if bytes(digest) != bytes(recomputed):
                yield f"the entries of journal {no} are not those that were sealed"
            if bytes(hash_before) != before or bytes(hash_after) != hashlib.sha256(before + bytes(digest)).digest():
                yield f"journal {no} does not follow from the one before it"
            before = bytes(hash_after)
        cursor.execute(_HEAD)
        row: Any = cursor.fetchone()
    if row is None or (row[0], bytes(row[1])) != (expected, before):
        yield f"the head does not name journal {expected} as the last"


INVARIANTS: Final[tuple[Invariant, ...]] = (
    Invariant("I1", "each currency adds up to zero", _found(_SUM, "{0} adds up to {1}")),
    Invariant("I1", "each journal adds up to zero", _found(_JOURNAL_SUM, "journal {0} adds up to {2} {1}")),
    Invariant(
        "I2",
        "a balance is the sum of its entries",
        _found(_BALANCE, "wallet {0} has {1} and {2} locked, its entries say {3} and {4}"),
    ),
    Invariant(
        "I2",
        "each entry follows from the one before it",
        _found(_STEPS, "wallet {0}, entry {1}: {2} and {3} locked do not follow"),
    ),
    Invariant("I3", "versions are dense", _found(_LAST, "wallet {0} is at version {1} with {2} entries")),
    Invariant(
        "I4", "what is locked is what open holds hold", _found(_LOCKED, "wallet {0} has {1} locked, its holds say {2}")
    ),
    Invariant("I5", "nobody owes who may not", _found(_NEGATIVE, "wallet {0} has {1} and {2} locked")),
    Invariant(
        "I6", "what was answered was done", _found(_RESULTS, "wallet {0}: the answer to {1} has no entry of its own")
    ),
    Invariant("I6", "each hold was taken", _found(_HELD, "wallet {0}: hold {1} has no entry of its own")),
    Invariant("I6", "every answer is remembered", _found(_ANSWERS, "of {0} answers {1} are remembered")),
    Invariant("I6", "a client id is answered once", _found(_TWICE, "wallet {0}: {1} was answered twice")),
    Invariant("I10", "journals link to the head", _chain),
    Invariant("I11", "events have no gap", _found(_EVENTS, "of the events {0} to {1} there are {2}")),
    Invariant(
        "I11",
        "each wallet that changed is told of",
        _found(_TOLD, "journal {0} has {1} events for {2} wallets, {3} entries and {4} places"),
    ),
)


def check() -> list[Breach]:
    """Look at every invariant; the breaches found, none where all is well."""
    return [Breach(each.name, text) for each in INVARIANTS for text in each.breaches()]
