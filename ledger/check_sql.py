"""The statements of the checks. Each finds rows that are not as they must be; none where all is well.

Those over everything come in two strengths. Following a million entries from one to the next by joins takes seconds,
so first both ends are compared as sets: each entry leads from a state of its wallet (version, available, locked) to
the next, so the states that entries lead to, with each wallet's beginning (0, 0, 0), must be the states that they lead
from, with what each wallet has now. Since a version is there once, that is so only if every wallet's entries are one
unbroken path from nothing to its present. Two sets are compared by the sums of 64-bit hashes of their members under a
random key of the run: equal sets have equal sums, and others are taken for equal once in 2^64 runs. Only where sums
differ do the exact statements run, which say where. What was answered and what was done are compared in the same way.
"""

from typing import Final


def _state(wallet: str, version: str, available: str, locked: str) -> str:
    """The hash of a state of a wallet. `hashint8extended` folds a number into 32 bits; its upper half, given apart,
    makes each of them count."""
    text = f"hashint8extended({version}, hashint8extended({wallet}, %(key)s))"
    for amount in (available, locked):
        text = f"hashint8extended({amount}, hashint8extended(({amount}) >> 32, {text}))"
    return text


_ANSWER = "uuid_hash_extended(client_id, hashint8extended(version, hashint8extended(wallet_id, %(key)s)))"

# The other side of a transfer is no answer to anybody, and of a reversal (11) it cannot be told by its row alone.
_ANSWERED_KINDS = "kind NOT IN (11, 12) AND NOT (kind = 9 AND d_available > 0)"

PATHS: Final = f"""
SELECT COALESCE(e.reached, 0) + COALESCE(w.begun, 0) = COALESCE(e.left, 0) + COALESCE(w.now, 0),
       COALESCE(e.done, 0) = COALESCE(h.answered, 0) + COALESCE(r.answered, 0)
FROM (SELECT sum({_state("wallet_id", "version", "available_after", "locked_after")}) AS reached,
             sum({_state("wallet_id", "version - 1", "available_after - d_available", "locked_after - d_locked")})
                 AS left,
             sum({_ANSWER}) FILTER (WHERE {_ANSWERED_KINDS}) AS done
      FROM ledger_entry) AS e,
     (SELECT sum({_state("id", "0", "0::bigint", "0::bigint")}) AS begun,
             sum({_state("id", "version", "available", "locked")}) AS now FROM ledger_wallet) AS w,
     (SELECT sum({_ANSWER}) AS answered FROM ledger_hold) AS h,
     (SELECT sum({_ANSWER}) AS answered FROM ledger_result WHERE version IS NOT NULL AND undone IS NULL) AS r
"""  # noqa: S608  fixed texts

# --- Of the present, in every check -----------------------------------------------------------------

TOTALS: Final = """
SELECT currency, kind, count(*), sum(available), sum(locked),
       count(*) FILTER (WHERE available < 0 AND kind NOT IN ('house', 'world', 'chain'))
FROM ledger_wallet GROUP BY currency, kind ORDER BY currency, kind
"""
HEAD: Final = """
SELECT h.event_seq, h.journal_no, h.hash, j.no, j.hash
FROM events_head h LEFT JOIN ledger_journal j ON j.no = (SELECT max(no) FROM ledger_journal) WHERE h.id = 1
"""
CURRENCY_SUM: Final = """
SELECT w.currency, sum(w.available::numeric + w.locked) FROM ledger_wallet w
GROUP BY w.currency HAVING sum(w.available::numeric + w.locked) <> 0
"""
NEGATIVE: Final = """
SELECT id, available, locked FROM ledger_wallet
WHERE locked < 0 OR available < 0 AND kind NOT IN ('house', 'world', 'chain')
"""

# --- Of everything ----------------------------------------------------------------------------------

LOCKED: Final = """
SELECT w.id, w.locked, COALESCE(h.amount, 0)
FROM ledger_wallet w LEFT JOIN (
    SELECT wallet_id, sum(amount) AS amount FROM ledger_hold WHERE status = 'open' GROUP BY wallet_id
) AS h ON h.wallet_id = w.id
WHERE w.locked <> COALESCE(h.amount, 0)
"""
OPEN_HOLDS: Final = "SELECT count(*) FROM ledger_hold WHERE status = 'open'"
JOURNAL_SUM: Final = """
SELECT COALESCE('journal ' || j.no, 'a journal that is missing (id ' || s.journal_id || ')'), s.currency, s.total
FROM (
    SELECT e.journal_id, w.currency, sum(e.d_available + e.d_locked) AS total
    FROM ledger_entry e JOIN ledger_wallet w ON w.id = e.wallet_id GROUP BY e.journal_id, w.currency
) AS s LEFT JOIN ledger_journal j ON j.id = s.journal_id
WHERE s.total <> 0 OR j.no IS NULL
"""
BALANCE: Final = """
SELECT w.id, w.available, w.locked, COALESCE(e.available, 0), COALESCE(e.locked, 0)
FROM ledger_wallet w LEFT JOIN (
    SELECT wallet_id, sum(d_available) AS available, sum(d_locked) AS locked FROM ledger_entry GROUP BY wallet_id
) AS e ON e.wallet_id = w.id
WHERE (w.available, w.locked) <> (COALESCE(e.available, 0), COALESCE(e.locked, 0))
"""
STEPS: Final = """
SELECT wallet_id, version, available_after, locked_after FROM (
    SELECT e.*, lag(e.version, 1, 0::bigint) OVER w AS v, lag(e.available_after, 1, 0::bigint) OVER w AS a,
           lag(e.locked_after, 1, 0::bigint) OVER w AS l
    FROM ledger_entry e WINDOW w AS (PARTITION BY e.wallet_id ORDER BY e.version)) AS e
WHERE (version, available_after, locked_after) <> (v + 1, a + d_available, l + d_locked)
"""
VERSIONS: Final = """
SELECT w.id, w.version, count(e.version) FROM ledger_wallet w LEFT JOIN ledger_entry e ON e.wallet_id = w.id
GROUP BY w.id HAVING w.version <> count(e.version)
"""
ANSWERS: Final = """
SELECT r.wallet_id, r.client_id FROM (
    SELECT wallet_id, client_id, version FROM ledger_result WHERE version IS NOT NULL
    UNION ALL SELECT wallet_id, client_id, version FROM ledger_hold) AS r
LEFT JOIN ledger_entry e ON e.wallet_id = r.wallet_id AND e.version = r.version
WHERE e.client_id IS DISTINCT FROM r.client_id
"""
REVERSALS: Final = """
SELECT r.wallet_id, r.client_id FROM ledger_result r
LEFT JOIN ledger_entry e ON e.wallet_id = r.wallet_id AND e.version = r.version
WHERE r.undone IS NOT NULL AND (e.kind <> 11 OR e.client_id IS DISTINCT FROM r.client_id)
"""
UNANSWERED: Final = f"""
SELECT e.wallet_id, e.version FROM ledger_entry e
WHERE {_ANSWERED_KINDS} AND NOT EXISTS (
    SELECT FROM ledger_result r
    WHERE r.wallet_id = e.wallet_id AND r.client_id = e.client_id AND r.version = e.version)
AND NOT EXISTS (
    SELECT FROM ledger_hold h
    WHERE h.wallet_id = e.wallet_id AND h.client_id = e.client_id AND h.version = e.version)
"""  # noqa: S608  fixed texts
ANSWERED_TWICE: Final = """
SELECT h.wallet_id, h.client_id FROM ledger_hold h
JOIN ledger_result r ON r.wallet_id = h.wallet_id AND r.client_id = h.client_id
"""

# --- Of what came since -----------------------------------------------------------------------------

# Journals get their ids before their numbers, so those of a stretch of the chain lie close together, and the index of
# blocks finds their entries.
_NEWS = """
WITH journals AS MATERIALIZED (
    SELECT id, no FROM ledger_journal WHERE no > %(after)s AND no <= %(upto)s
), news AS MATERIALIZED (
    SELECT e.*, j.no FROM ledger_entry e JOIN journals j ON j.id = e.journal_id
    WHERE e.journal_id BETWEEN (SELECT min(id) FROM journals) AND (SELECT max(id) FROM journals)
), touched AS (SELECT DISTINCT wallet_id FROM news)
"""
NEW_JOURNAL_SUM: Final = f"""{_NEWS}
SELECT 'journal ' || n.no, w.currency, sum(n.d_available + n.d_locked)
FROM news n JOIN ledger_wallet w ON w.id = n.wallet_id
GROUP BY n.no, w.currency HAVING sum(n.d_available + n.d_locked) <> 0
"""  # noqa: S608  fixed texts
NEW_STEPS: Final = f"""{_NEWS}
SELECT n.wallet_id, n.version, n.available_after, n.locked_after
FROM news n LEFT JOIN ledger_entry p ON p.wallet_id = n.wallet_id AND p.version = n.version - 1
WHERE n.version > 1 AND p.version IS NULL OR (n.available_after, n.locked_after)
      <> (COALESCE(p.available_after, 0) + n.d_available, COALESCE(p.locked_after, 0) + n.d_locked)
"""  # noqa: S608  fixed texts
_LAST_ENTRY = """
FROM touched t JOIN ledger_wallet w ON w.id = t.wallet_id CROSS JOIN LATERAL (
    SELECT * FROM ledger_entry e WHERE e.wallet_id = w.id ORDER BY e.version DESC LIMIT 1) AS e
"""
NEW_BALANCE: Final = f"""{_NEWS}
SELECT w.id, w.available, w.locked, e.available_after, e.locked_after {_LAST_ENTRY}
WHERE (w.available, w.locked) <> (e.available_after, e.locked_after)
"""  # noqa: S608  fixed texts
NEW_VERSIONS: Final = f"""{_NEWS}
SELECT w.id, w.version, e.version {_LAST_ENTRY} WHERE w.version <> e.version
"""  # noqa: S608  fixed texts
NEW_LOCKED: Final = f"""{_NEWS}
SELECT w.id, w.locked, COALESCE(h.amount, 0) FROM touched t JOIN ledger_wallet w ON w.id = t.wallet_id LEFT JOIN (
    SELECT h.wallet_id, sum(h.amount) AS amount FROM ledger_hold h JOIN touched t ON t.wallet_id = h.wallet_id
    WHERE h.status = 'open' GROUP BY h.wallet_id) AS h ON h.wallet_id = w.id
WHERE w.locked <> COALESCE(h.amount, 0)
"""  # noqa: S608  fixed texts
# How many holds were begun, and how many ended; the kinds of ledger.operations.
NEW_HOLDS: Final = f"""{_NEWS}
SELECT count(*) FILTER (WHERE kind IN (2, 6)) - count(*) FILTER (WHERE kind IN (3, 4, 5, 7, 8)) FROM news
"""  # noqa: S608  fixed texts
NEW_UNANSWERED: Final = f"{_NEWS} {UNANSWERED.replace('FROM ledger_entry e', 'FROM news e')}"
NEW_ANSWERED_TWICE: Final = f"""{_NEWS}
SELECT h.wallet_id, h.client_id FROM news n
JOIN ledger_hold h ON h.wallet_id = n.wallet_id AND h.client_id = n.client_id
JOIN ledger_result r ON r.wallet_id = n.wallet_id AND r.client_id = n.client_id
"""  # noqa: S608  fixed texts

# --- The chain and the log, from a journal and an event on ------------------------------------------

LINKS: Final = """
SELECT no, before_no, no <> before_no + 1, hash_before <> before OR hash <> sha256(hash_before || digest) FROM (
    SELECT no, digest, hash_before, hash, lag(no, 1, %(after)s::bigint) OVER w AS before_no,
           lag(hash, 1, %(hash)s::bytea) OVER w AS before
    FROM ledger_journal WHERE no > %(after)s WINDOW w AS (ORDER BY no)) AS j
WHERE no <> before_no + 1 OR hash_before <> before OR hash <> sha256(hash_before || digest)
ORDER BY no
"""
# The bytes of ledger/content.py, of all journals in one pass instead of a search for each.
DIGESTS: Final = """
SELECT j.no, j.entries, COALESCE(e.entries, 0) FROM ledger_journal j LEFT JOIN (
    SELECT e.journal_id, count(*) AS entries, count(e.place) AS wallets, string_agg(
        int8send(e.wallet_id) || int8send(e.version) || int2send(e.kind) || int8send(e.d_available)
        || int8send(e.d_locked) || int8send(e.available_after) || int8send(e.locked_after)
        || COALESCE(uuid_send(e.client_id), decode(repeat('00', 16), 'hex'))
        || CASE WHEN e.ref_type = '' AND e.ref_id = '' AND e.reason = '' THEN decode('000000000000', 'hex')
           ELSE ledger_text(e.ref_type) || ledger_text(e.ref_id) || ledger_text(e.reason) END,
        ''::bytea ORDER BY e.wallet_id, e.version) AS content
    FROM ledger_entry e WHERE e.journal_id BETWEEN %(first_id)s AND %(last_id)s GROUP BY e.journal_id
) AS e ON e.journal_id = j.id
WHERE j.no > %(after)s AND (
    j.entries <> COALESCE(e.entries, 0) OR j.events <> COALESCE(e.wallets, 0)
    OR j.digest <> sha256(convert_to('stakepro ledger 1', 'UTF8') || int8send(j.id)
       || int8send((extract(epoch FROM j.recorded_at) * 1000000)::bigint) || int8send(j.operations)
       || COALESCE(e.content, ''::bytea)))
ORDER BY j.no
"""
# Whoever rewrites the whole chain, each link right, still does not have the hashes that were sealed.
SEALED: Final = """
SELECT s.journal_no, s.day FROM ledger_seal s LEFT JOIN ledger_journal j ON j.no = s.journal_no
WHERE s.journal_no > 0 AND j.hash IS DISTINCT FROM s.hash ORDER BY s.day
"""
IDS: Final = "SELECT COALESCE(min(id), 0), COALESCE(max(id), 0) FROM ledger_journal WHERE no > %(after)s"
# Numbers are taken by events that are stored, one each, and by journals, one for each wallet that they changed.
EVENTS: Final = """
SELECT before + 1, lo, hi FROM (
    SELECT lo, hi, lag(hi, 1, s.start - 1) OVER (ORDER BY lo, hi) AS before, s.start FROM (
        SELECT GREATEST(h.first_seq, %(event_seq)s + 1) AS start FROM events_head h WHERE h.id = 1) AS s, LATERAL (
        SELECT seq AS lo, seq AS hi FROM events_event WHERE seq >= s.start
        UNION ALL
        SELECT GREATEST(first_event, s.start), first_event + events - 1 FROM ledger_journal
        WHERE no > %(after)s AND events > 0 AND first_event + events > s.start
        UNION ALL
        SELECT event_seq + 1, event_seq + 1 FROM events_head WHERE id = 1) AS told) AS told
WHERE lo <> before + 1
ORDER BY lo
"""
