"""Switches: a few things that are on or off for everybody, such as the stop of all betting.

Whoever acts by a switch asks `is_on(name, hold=True)` inside the transaction that commits the action; `turn` then waits
for all such transactions. So once `turn` has returned, and a transaction around it has ended, nothing is committed any
more that had read the old position.
"""

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.db import connection, transaction

from accounts import audit
from accounts.audit import By
from accounts.models import Switch

BETTING_STOPPED = "betting_stopped"
WAGERS_PAUSED = "wagers_paused"
DEPOSITS_PAUSED = "deposits_paused"
WITHDRAWALS_PAUSED = "withdrawals_paused"
# Name: what holds while it is on. All are off until somebody turns them on.
KNOWN: dict[str, str] = {
    BETTING_STOPPED: "No bet is placed at any venue",
    WAGERS_PAUSED: "No wager is taken from a wallet; open ones still settle",
    DEPOSITS_PAUSED: "No deposit enters a wallet",
    WITHDRAWALS_PAUSED: "No withdrawal is begun; those begun still end",
}
REASON_CHARACTERS_MAX = 500
# Any fixed number: with a number made of the name it names each switch's lock among this database's advisory locks.
LOCKS = 7_030_003


class SwitchRefused(Exception):
    """A switch cannot be turned as asked; the message is for people and `field` names what to change."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def is_on(name: str, *, hold: bool = False) -> bool:
    """Whether the switch is on at this moment; one query.

    With `hold` it also stays so until the caller's transaction ends, one query more. Holders do not wait for one
    another, only `turn` waits for them. That needs a transaction: TransactionManagementError where there is none.
    """
    _check_known(name)
    if hold:
        if not connection.in_atomic_block:
            raise transaction.TransactionManagementError("Holding a switch needs a transaction.")
        # A statement of its own: the next one sees what was committed before the lock was given.
        _lock(name, "pg_advisory_xact_lock_shared")
    return Switch.objects.filter(name=name, on=True).exists()


_LOCK_ALL = "SELECT pg_advisory_xact_lock_shared(%s, key) FROM unnest(%s::int[]) AS k (key)"
_ON_AMONG = 'SELECT name FROM accounts_switch WHERE name = ANY(%s) AND "on"'


def on_among(cursor: "psycopg.Cursor[Any]", names: Sequence[str]) -> frozenset[str]:
    """Those of the switches that are on, and stay so until the transaction of this cursor ends; two queries.

    For a connection that is not Django's.
    """
    cursor.execute(_LOCK_ALL, [LOCKS, sorted(_key(name) for name in names)])
    return frozenset(row[0] for row in cursor.execute(_ON_AMONG, [list(names)]).fetchall())


@transaction.atomic
def turn(name: str, on: bool, *, by: By, at: datetime, reason: str = "") -> None:
    """Turn the switch on or off, and say so in the audit rows. Turning it to where it stands changes nothing."""
    _check_known(name)
    reason = _checked_reason(reason)
    _lock(name, "pg_advisory_xact_lock")
    switch = Switch.objects.get_or_create(name=name)[0]
    if switch.on == on:
        return
    switch.on, switch.reason, switch.changed_at, switch.changed_by = on, reason, at, by.name
    switch.save(update_fields=["on", "reason", "changed_at", "changed_by"])
    action = "switch.turned_on" if on else "switch.turned_off"
    audit.write(action=action, by=by, at=at, subject=name, data={"reason": reason})


def make_switches(*, using: str, apps: Apps = installed_apps, **signal: Any) -> None:
    """Make the rows of switches that are missing, all off. The receiver of `post_migrate` for this app."""
    try:
        model = apps.get_model("accounts", "Switch")
    except LookupError:  # Migrating back to before these tables.
        return
    rows = [model(name=name) for name in KNOWN]
    model._base_manager.using(using).bulk_create(rows, ignore_conflicts=True)


def _lock(name: str, function: str) -> None:
    # Not a row lock: sharers of a row that come one after another would keep `turn` waiting for ever, and each writes
    # to the row. Advisory locks are granted in the order they were asked for.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [LOCKS, _key(name)])


def _key(name: str) -> int:
    return zlib.crc32(name.encode()) - 2**31


def _check_known(name: str) -> None:
    if name not in KNOWN:
        raise SwitchRefused("name", f"There is no switch “{name}”. Switches are: {', '.join(KNOWN)}.")


def _checked_reason(reason: str) -> str:
    reason = reason.strip()
    if "\x00" in reason:
        raise SwitchRefused("reason", "The reason holds a character that cannot be stored.")
    if len(reason) > REASON_CHARACTERS_MAX:
        raise SwitchRefused("reason", f"The reason may have at most {REASON_CHARACTERS_MAX} characters.")
    return reason
