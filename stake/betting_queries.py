"""What decides whether a bet may be placed, in few statements: the locks of its session and account are held meanwhile.

They are to be called once those locks are there, in statements of their own: a statement sees what was committed when
it began, not what was while it waited for a lock. What they answer stays true until the caller's transaction ends, but
for bets that reach their streams in the meantime.
"""

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from stake.guard import Limits
from stake.models import OPEN, REQUEST_OPEN, IntentState

MINUTE: Final = timedelta(minutes=1)


def _among(states: Iterable[str]) -> str:
    """States as SQL writes them. As text, not as parameters: a partial index is used for nothing else."""
    return "(" + ", ".join(f"'{state}'" for state in states) + ")"


# --- What is open ---------------------------------------------------------------------------------


class OpenRequest(NamedTuple):
    """Something of a session that is in flight, or (`unknown`) of which nobody knows what became of it."""

    what: str
    unknown: bool


_OPEN_REQUEST = f"""
SELECT 'a bet on ' || game AS what, state = '{IntentState.UNKNOWN}' AS unknown
FROM stake_betintent WHERE session_id = %(session)s AND state IN {_among(OPEN)}
UNION ALL SELECT 'a rotation of the seed pair', true
FROM stake_seedrotation WHERE session_id = %(session)s AND state IN {_among(REQUEST_OPEN)}
UNION ALL SELECT 'a move into the vault', true
FROM stake_vaultdeposit WHERE session_id = %(session)s AND state IN {_among(REQUEST_OPEN)}
LIMIT 1
"""  # noqa: S608  fixed texts


def open_request(session_id: UUID) -> OpenRequest | None:
    """What of the session is not decided; the session's row is locked."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_REQUEST, {"session": session_id})
        row = cursor.fetchone()
    return None if row is None else OpenRequest(*row)


# --- What a bet is held to ------------------------------------------------------------------------


class Pause(NamedTuple):
    """A time without bets, of one session or (`session_id` is None) of all."""

    session_id: UUID | None
    kind: str
    ends_at: datetime


class Held(NamedTuple):
    """A row of limits, and the accounts whose bets count for it. Of all accounts together: `session_id` is None."""

    session_id: UUID | None
    baseline: Decimal
    accounts: frozenset[str]
    limits: Limits


class Circumstances(NamedTuple):
    """What a bet of a session meets: the intent that has its name already, what keeps it back, what limits it."""

    known: UUID | None
    open: OpenRequest | None
    pause: Pause | None
    held: tuple[Held, ...]


# The accounts that hold real money: those that were ever counted or bet with. A session's account never changes, so
# one of its intents tells it.
_REAL_ACCOUNTS = """
SELECT account_key FROM stake_accounttally WHERE account_key NOT LIKE 'simulated:%%'
UNION
SELECT i.account_key FROM stake_stakesession s
CROSS JOIN LATERAL (
    SELECT account_key FROM stake_betintent WHERE session_id = s.id ORDER BY asked_at DESC LIMIT 1) AS i
WHERE NOT s.simulated
"""

_PAUSE = """
SELECT session_id, kind, ends_at FROM stake_cooloff
WHERE begins_at <= %(at)s AND ends_at > %(at)s AND (session_id IS NULL OR session_id = %(session)s)
ORDER BY ends_at DESC LIMIT 1
"""

_LIMITS: Final = ", ".join(f"l.{field.name}" for field in fields(Limits))

# One row for each row of limits, or one without any. Limits of all accounts are for real money alone.
_CIRCUMSTANCES = f"""
SELECT known.id, open.what, open.unknown, pause.session_id, pause.kind, pause.ends_at, l.id IS NOT NULL,
       l.session_id, l.baseline,
       CASE WHEN l.session_id IS NULL THEN ARRAY(SELECT %(account)s UNION {_REAL_ACCOUNTS}) ELSE ARRAY[%(account)s] END,
       {_LIMITS}
FROM (VALUES (1)) AS bet
LEFT JOIN (SELECT id FROM stake_betintent
           WHERE session_id = %(session)s AND client_ref = %(client_ref)s) AS known ON true
LEFT JOIN ({_OPEN_REQUEST}) AS open ON true
LEFT JOIN ({_PAUSE}) AS pause ON true
LEFT JOIN stake_limit l ON l.currency = %(currency)s
     AND (l.session_id = %(session)s OR l.session_id IS NULL AND NOT %(simulated)s)
"""  # noqa: S608  fixed texts


def circumstances(
    session_id: UUID, *, account_key: str, simulated: bool, client_ref: str, currency: str, at: datetime
) -> Circumstances:
    """What a bet of this name, in this currency, meets at this moment."""
    asked: dict[str, Any] = {
        "session": session_id,
        "account": account_key,
        "simulated": simulated,
        "client_ref": client_ref,
        "currency": currency,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CIRCUMSTANCES, asked)
        rows = cursor.fetchall()
    known, what, unknown, whose_pause, kind, ends_at, has_limits, *_ = rows[0]
    return Circumstances(
        known,
        None if what is None else OpenRequest(what, unknown),
        None if kind is None else Pause(whose_pause, kind, ends_at),
        tuple(_held(*row[7:]) for row in rows) if has_limits else (),
    )


def _held(session_id: UUID | None, baseline: Decimal, accounts: list[str], *values: Any) -> Held:
    return Held(session_id, baseline, frozenset(accounts), Limits(*values))


def real_accounts() -> list[str]:
    """The keys of all accounts that hold real money."""
    with connection.cursor() as cursor:
        cursor.execute(_REAL_ACCOUNTS, {})
        return sorted(key for (key,) in cursor.fetchall())


# --- Where accounts stand -------------------------------------------------------------------------


class Account(NamedTuple):
    """An account's bets in one currency, as far as they are counted, and from where counting goes on.

    Results are payouts less wagers. `at_risk` are wagers whose outcome is not known, `placed` the result of bets that
    are in no stream yet. `counted` has the last bet counted of each stream, by their keys.
    """

    key: str
    at_risk: Decimal
    placed: Decimal
    bets_last_minute: int
    result_today: Decimal
    result_ever: Decimal
    server_seed_hashes: list[str]
    counted: dict[int, int]


# Bets whose bot named no currency count in every one: a loss is never missed. The sessions are few, and by them the
# newest intents are found without reading the others.
_ACCOUNTS = f"""
SELECT a.key, waiting.at_risk, waiting.placed, newest.bets, tally.today, tally.ever,
       ARRAY(SELECT DISTINCT server_seed_hashed FROM stake_accountpair WHERE account_key = a.key),
       ARRAY(SELECT ARRAY[stream_key, last_seq] FROM stake_tallyposition WHERE account_key = a.key)
FROM unnest(%(accounts)s::text[]) AS a (key)
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(amount) FILTER (WHERE state IN {_among(OPEN)}), 0) AS at_risk,
           COALESCE(sum(payout - amount) FILTER (WHERE state = '{IntentState.PLACED}'), 0) AS placed
    FROM stake_betintent
    WHERE account_key = a.key AND currency = %(currency)s AND state IN {_among([*OPEN, IntentState.PLACED])}
) AS waiting
CROSS JOIN LATERAL (
    SELECT count(*) AS bets FROM stake_stakesession s JOIN stake_betintent i ON i.session_id = s.id
    WHERE i.account_key = a.key AND i.asked_at > %(since)s
      AND i.state NOT IN {_among([IntentState.DRY_RUN, IntentState.NOT_PLACED])}
) AS newest
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(returned - wagered) FILTER (WHERE day = %(today)s), 0) AS today,
           COALESCE(sum(returned - wagered), 0) AS ever
    FROM stake_accounttally WHERE account_key = a.key AND currency IN (%(currency)s, '')
) AS tally
"""  # noqa: S608  fixed texts


def accounts_so_far(keys: Collection[str], currency: str, *, at: datetime) -> list[Account]:
    """Where these accounts stand as far as their bets are counted, and what is in no stream yet.

    Both are of one moment. Whoever then counts on from there may count a bet twice that reaches its stream in between,
    once as waiting, and misses none: a limit errs on the safe side.
    """
    asked: dict[str, Any] = {
        "accounts": sorted(keys),
        "currency": currency,
        "since": at - MINUTE,
        "today": at.astimezone(UTC).date(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, asked)
        return [Account._make((*account, dict(counted))) for *account, counted in cursor.fetchall()]
