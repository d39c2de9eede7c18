"""Checking the books: looking at the invariants, keeping what was found, and telling it.

A check reads one moment of the books, so money may move meanwhile. The full one reads everything; the incremental one
reads what came since the last check that found nothing. So a breach stays: until a check from before it finds nothing,
the next one begins before it again.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction

from ledger import check_sql
from ledger.invariants import BREACHES_MAX, FULL, INCREMENTAL, NOT_CHECKED, Finding, Scope, look
from ledger.models import CheckRun, Seal
from ledger.moment import one_moment

log = logging.getLogger(__name__)

KEPT_MAX: Final = 1_000  # runs of each kind
# After this time without a check nobody knows; the worker looks every minute.
BELIEVED_FOR: Final = timedelta(minutes=15)
CACHED_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Breach:
    """What is not as it must be; the text names the wallet, and the entry where there is one."""

    invariant: str
    text: str


def check() -> list[Breach]:
    """Look at every invariant over everything, without keeping what was found; none where all is well."""
    with one_moment() as cursor:
        findings = list(look(FULL, Scope(cursor)))
    return [Breach(each.name, text) for each in findings for text in each.breaches]


def run(*, full: bool, at: datetime, told: Callable[[Finding], None] = lambda finding: None) -> CheckRun:
    """Look, keep what was found, and log what is broken; `told` hears of each invariant when it was looked at.

    Without an earlier look that found nothing it is a full one.
    """
    since = None if full else CheckRun.objects.filter(breaches=0).order_by("-pk").first()
    begun = time.perf_counter()
    with one_moment() as cursor:
        scope = _scope(cursor, since)
        findings = []
        for finding in look(FULL if since is None else INCREMENTAL, scope):
            findings.append(finding)
            told(finding)
        row = _row(scope, findings, at=at, since=since)
    row.milliseconds = round((time.perf_counter() - begun) * 1_000)
    _keep(row)
    for finding in findings:
        for text in finding.breaches:
            log.error("The books are not in order", extra={"invariant": finding.name, "breach": text})
    return row


def _scope(cursor: Any, since: CheckRun | None) -> Scope:
    cursor.execute(check_sql.HEAD)
    head = cursor.fetchone() or (0, 0, b"", 0, b"")
    scope = Scope(cursor, upto=max(head[1], head[3] or 0))
    if since is not None:
        scope.after, scope.hash, scope.event_seq = since.journal_no, bytes(since.hash), since.event_seq
    return scope


def _row(scope: Scope, findings: Sequence[Finding], *, at: datetime, since: CheckRun | None) -> CheckRun:
    cursor = scope.cursor
    cursor.execute(check_sql.HEAD)
    event_seq, _, _, last_no, last_hash = cursor.fetchone() or (0, 0, b"", 0, b"")
    if since is None:
        open_holds = scope.rows(check_sql.OPEN_HOLDS)[0][0]
    else:
        open_holds = max(since.open_holds + scope.rows(check_sql.NEW_HOLDS)[0][0], 0)
    return CheckRun(
        begun_at=at,
        is_full=since is None,
        after_no=scope.after,
        journal_no=last_no or 0,
        hash=bytes(last_hash or bytes(32)),
        event_seq=event_seq,
        breaches=sum(len(each.breaches) for each in findings),
        results=[
            {
                "name": each.name,
                "holds": each.holds,
                "milliseconds": round(each.seconds * 1_000),
                "breaches": list(each.breaches),
            }
            for each in findings
        ],
        totals=_totals(cursor),
        open_holds=open_holds,
    )


def _totals(cursor: Any) -> list[dict[str, Any]]:
    cursor.execute(check_sql.TOTALS)
    return [
        {
            "currency": currency,
            "kind": kind,
            "wallets": wallets,
            "available": str(available),
            "locked": str(locked),
            "negative": negative,
        }
        for currency, kind, wallets, available, locked, negative in cursor.fetchall()
    ]


@transaction.atomic
def _keep(row: CheckRun) -> None:
    row.save(force_insert=True)
    kept = CheckRun.objects.filter(is_full=row.is_full).order_by("-pk").values_list("pk", flat=True)
    oldest = kept[KEPT_MAX - 1 : KEPT_MAX].first()
    if oldest is not None:
        # The newest run without a breach is where the next one begins.
        start = CheckRun.objects.filter(breaches=0).order_by("-pk").values_list("pk", flat=True).first()
        CheckRun.objects.filter(is_full=row.is_full, pk__lt=oldest).exclude(pk=start or 0).delete()


# --- What is known ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Total:
    """What all wallets of one kind have in a currency, in minor units."""

    currency: str
    kind: str
    wallets: int
    available: int
    locked: int
    negative: int  # wallets that owe and may not

    @property
    def sum(self) -> int:
        """Available and locked together."""
        return self.available + self.locked


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything for a page about the state of the books. `totals` are of now, `drift` is their sum by currency:
    0 where all is well. `not_checked` says of an invariant why it is not looked at."""

    last_full: CheckRun | None
    last_incremental: CheckRun | None
    totals: tuple[Total, ...]
    drift: dict[str, int]
    seals: tuple[Seal, ...]
    journal_no: int
    not_checked: dict[str, str]


def last_run(*, full: bool | None = None) -> CheckRun | None:
    """The newest run, of one kind or any."""
    runs = CheckRun.objects.all() if full is None else CheckRun.objects.filter(is_full=full)
    return runs.order_by("-pk").first()


def summary(*, seals: int = 30) -> Summary:
    """The last runs, the newest seals, and what each kind of wallet has now."""
    with one_moment() as cursor:
        totals = tuple(
            Total(**{**each, "available": int(each["available"]), "locked": int(each["locked"])})
            for each in _totals(cursor)
        )
        cursor.execute(check_sql.HEAD)
        head = cursor.fetchone()
        full, incremental = last_run(full=True), last_run(full=False)
        newest = tuple(Seal.objects.order_by("-day")[:seals])
    drift: dict[str, int] = {}
    for total in totals:
        drift[total.currency] = drift.get(total.currency, 0) + total.sum
    return Summary(full, incremental, totals, drift, newest, head[1] if head else 0, dict(NOT_CHECKED))


def health(*, at: datetime) -> dict[str, Any]:
    """Whether the books are in order, for machines: `status` is ok, violated or unknown, with its reason.

    It is what the last checks found, at most `CACHED_SECONDS` old in this process; it never looks for itself.
    """
    global _known  # noqa: PLW0603  one answer a process
    with _lock:
        if _known is None or time.monotonic() > _known[0]:
            _known = (time.monotonic() + CACHED_SECONDS, _facts())
        facts = _known[1]
    return _judged(facts, at=at)


def forget_health() -> None:
    """Read what the last checks found anew at the next question."""
    global _known  # noqa: PLW0603
    with _lock:
        _known = None


_lock = threading.Lock()
_known: "tuple[float, tuple[CheckRun | None, CheckRun | None, int]] | None" = None


def _facts() -> tuple[CheckRun | None, CheckRun | None, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT journal_no FROM events_head WHERE id = 1")
        row = cursor.fetchone()
    return last_run(), last_run(full=True), row[0] if row else 0


def _judged(facts: tuple[CheckRun | None, CheckRun | None, int], *, at: datetime) -> dict[str, Any]:
    newest, full, journal_no = facts
    runs = [each for each in (full, newest) if each is not None]
    broken = [(each["name"], text) for run_ in runs for each in run_.results for text in each["breaches"]]
    invariants = {each["name"]: "ok" for run_ in runs for each in run_.results}
    invariants.update({name: "violated" for name, _ in broken})
    status, reason = _status(newest, is_broken=bool(broken), at=at)
    return {
        "status": status,
        "reason": reason,
        "invariants": invariants,
        "not_checked": dict(NOT_CHECKED),
        "breaches": [{"invariant": name, "text": text} for name, text in dict.fromkeys(broken)][:BREACHES_MAX],
        "checked_at": _moment(newest),
        "full_check_at": _moment(full),
        "journal_no": newest.journal_no if newest else 0,
        "unchecked_journals": max(journal_no - (newest.journal_no if newest else 0), 0),
    }


def _status(newest: CheckRun | None, *, is_broken: bool, at: datetime) -> tuple[str, str]:
    if newest is None:
        return "unknown", "Nothing was checked yet."
    if is_broken:
        return "violated", "The last checks found breaches."
    if at - newest.begun_at > BELIEVED_FOR:
        minutes = int((at - newest.begun_at).total_seconds() // 60)
        return "unknown", f"Nothing was checked for {minutes} minutes."
    return "ok", ""


def _moment(run_: CheckRun | None) -> str | None:
    return None if run_ is None else run_.begun_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
