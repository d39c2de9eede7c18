"""The events of wallets, read from their entries. A wallet's changes in a batch are one event, told by the last entry.

The batch's journal has the number of its first event, each such entry its place behind it. So a wager costs no row in
the log, and its event is there the moment it is committed, in the log's order.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from events.sources import EventRow, Source
from ledger.money import Currency, show

WORD: Final = "wallet"
TYPE: Final = "wallet.changed"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# The event before is the row before; only of each wallet's first row here it has to be looked for.
_EVENTS = """
SELECT e.seq, COALESCE(
           lag(e.seq) OVER (PARTITION BY e.wallet_id ORDER BY e.version),
           CASE WHEN row_number() OVER (PARTITION BY e.wallet_id ORDER BY e.version) = 1 THEN (
               SELECT j.first_event + q.place FROM ledger_entry q JOIN ledger_journal j ON j.id = q.journal_id
               WHERE q.wallet_id = e.wallet_id AND q.version < e.version AND q.place IS NOT NULL
               ORDER BY q.version DESC LIMIT 1) END),
       e.wallet_id, e.available_after, e.locked_after, e.version, w.currency, c.scale,
       (extract(epoch FROM e.recorded_at) * 1000000)::bigint
FROM unnest(%(wallets)s::bigint[]) AS k (id) JOIN ledger_wallet w ON w.id = k.id
JOIN ledger_currency c ON c.code = w.currency, LATERAL (
    SELECT j.first_event + e.place AS seq, e.wallet_id, e.available_after, e.locked_after, e.version, j.recorded_at
    FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id
    WHERE e.wallet_id = k.id AND e.version >= ledger_first_version_after(k.id, %(after)s) AND e.place IS NOT NULL
      AND j.first_event + e.place > %(after)s AND j.first_event + e.place <= %(upto)s
    ORDER BY e.version LIMIT %(limit)s) AS e
ORDER BY 1 LIMIT %(limit)s
"""


def replay(cursor: Any, streams: Sequence[str], /, *, after: int, upto: int, limit: int) -> list[EventRow]:
    """The source of `wallet:…` streams (`events.sources.Source`). A name that is no wallet's has no events."""
    wallets = [wallet_id for wallet_id in map(wallet_of, streams) if wallet_id is not None]
    if not wallets:
        return []
    cursor.execute(_EVENTS, {"wallets": wallets, "after": after, "upto": upto, "limit": limit})
    return [_event(*row) for row in cursor.fetchall()]


def wallet_of(stream: str) -> int | None:
    """The id of the wallet whose stream this is, or None."""
    digits = stream.removeprefix(f"{WORD}:")
    return int(digits) if digits != stream and digits.isdecimal() and digits.isascii() and len(digits) < 19 else None


def _event(
    seq: int,
    prev: int | None,
    wallet_id: int,
    available: int,
    locked: int,
    version: int,
    code: str,
    scale: int,
    microseconds: int,
) -> EventRow:
    currency = _currency(code, scale)
    body = {
        "currency": code,
        "available": show(available, currency),
        "locked": show(locked, currency),
        "version": version,
    }
    # A whole number becomes a time in a tenth of what a text takes.
    at = _EPOCH + timedelta(microseconds=microseconds)
    return EventRow(seq, prev, f"{WORD}:{wallet_id}", TYPE, body, at)


@lru_cache(maxsize=1000)
def _currency(code: str, scale: int) -> Currency:
    return Currency(code, scale)


_AT = "SELECT first_event, recorded_at FROM ledger_journal WHERE no = %s"


def first_since(cursor: Any, at: datetime) -> int | None:
    """The number of the first change of a wallet that was recorded at a time or later, by halving the journal."""
    cursor.execute("SELECT journal_no FROM events_head WHERE id = 1")
    row = cursor.fetchone()
    before, since = 0, (row[0] if row else 0) + 1
    found: int | None = None
    while since - before > 1:
        middle = (before + since) // 2
        cursor.execute(_AT, [middle])
        first_event, recorded_at = cursor.fetchone()
        if recorded_at < at:
            before = middle
        else:
            since, found = middle, first_event
    return found


SOURCE: Final = Source(replay, first_since)
