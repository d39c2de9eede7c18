"""Seals: the state of the books on a day, signed, so that nobody can rewrite the days before it unseen.

A seal names the last journal with its hash, and so everything before it; what all wallets had then, by currency and
kind; and the seal before it by its SHA-256. What is signed is a JSON text with sorted names and no spaces, kept as it
is. There is at most one a UTC day, of the moment when it was made.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final

from ledger import check_sql, signing
from ledger.models import Seal
from ledger.moment import one_moment

FORMAT: Final = "stakepro seal 1"

_ENTRIES_SINCE = "SELECT COALESCE(sum(entries), 0) FROM ledger_journal WHERE no > %s"


def seal(*, at: datetime) -> tuple[Seal, bool]:
    """Seal the books as they are, unless this UTC day has a seal; the day's seal, and whether it was made now.

    Raises `signing.NoSigningKey`.
    """
    day = at.astimezone(UTC).date()
    there = Seal.objects.filter(day=day).first()
    if there is not None:
        return there, False
    with one_moment() as cursor:
        content = _content(cursor, Seal.objects.order_by("-day").first(), at=at)
    statement = json.dumps(content, sort_keys=True, separators=(",", ":"))
    made = Seal(
        day=day,
        sealed_at=at,
        journal_no=content["journal_no"],
        hash=bytes.fromhex(content["journal_hash"]),
        statement=statement,
        signature=signing.sign(statement.encode()),
        public_key=signing.public_key(),
    )
    Seal.objects.bulk_create([made], ignore_conflicts=True)  # another process may have been first
    kept = Seal.objects.get(day=day)
    return kept, kept.statement == statement


def _content(cursor: Any, before: Seal | None, *, at: datetime) -> dict[str, Any]:
    cursor.execute(check_sql.HEAD)
    event_seq, journal_no, journal_hash, _, _ = cursor.fetchone()
    told_before = json.loads(before.statement) if before is not None else {"entries": 0, "journal_no": 0}
    cursor.execute(_ENTRIES_SINCE, [told_before["journal_no"]])
    entries = told_before["entries"] + int(cursor.fetchone()[0])
    cursor.execute(check_sql.TOTALS)
    sums: dict[str, dict[str, dict[str, Any]]] = {}
    for currency, kind, wallets, available, locked, _ in cursor.fetchall():
        sums.setdefault(currency, {})[kind] = {
            "wallets": wallets,
            "available": str(available),
            "locked": str(locked),
        }
    return {
        "format": FORMAT,
        "day": at.astimezone(UTC).date().isoformat(),
        "sealed_at": at.astimezone(UTC).isoformat(),
        "journal_no": journal_no,
        "journal_hash": bytes(journal_hash).hex(),
        "entries": entries,
        "event_seq": event_seq,
        "sums": sums,
        "before": None if before is None else {"day": before.day.isoformat(), "sha256": statement_hash(before)},
    }


def statement_hash(sealed: Seal) -> str:
    """SHA-256 of what a seal says, as hexadecimal digits; the next seal names it."""
    return hashlib.sha256(sealed.statement.encode()).hexdigest()


def problems() -> list[str]:
    """What is wrong with the seals: each signature, the name of the one before, and the journal it seals."""
    found = []
    before: Seal | None = None
    for each in Seal.objects.order_by("day"):
        content = json.loads(each.statement)
        if not signing.is_signed(each.statement.encode(), signature=bytes(each.signature), by=bytes(each.public_key)):
            found.append(f"the seal of {each.day} is not signed by the key it names")
        named = (content["day"], content["journal_no"], content["journal_hash"])
        if named != (each.day.isoformat(), each.journal_no, bytes(each.hash).hex()):
            found.append(f"the seal of {each.day} says something else than its row")
        expected = None if before is None else {"day": before.day.isoformat(), "sha256": statement_hash(before)}
        if content["before"] != expected:
            found.append(f"the seal of {each.day} does not name the one before it")
        before = each
    with one_moment() as cursor:
        cursor.execute(check_sql.SEALED)
        found.extend(f"journal {no} is not the one that was sealed on {day}" for no, day in cursor.fetchall())
    return found
