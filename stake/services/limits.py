"""Limits and pauses: setting them, and holding a bet to them inside the transaction that commits it."""

from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.audit import By
from stake import guard, refusals
from stake.models import CoolOff, CoolOffKind, Limit, StakeSession
from stake.services import locks, tallies
from stake.services.venues import find_session
from streams.exactjson import plain

PAUSE_MAX: Final = timedelta(days=365 * 5)
PAUSE_MIN: Final = timedelta(minutes=1)


@transaction.atomic
def set_limits(
    *, session_id: UUID | None, currency: str, values: guard.Limits, by: By, at: datetime, count_anew: bool = False
) -> None:
    """Set the limits of a currency, of a session or (None) of all real accounts together.

    Stop-loss and take-profit count from the first time they are set, or anew where that is asked for. Raises
    `NoSession`, `InvalidInput`.
    """
    session = None if session_id is None else find_session(session_id)
    _check_values(currency, values)
    keys = _accounts_of(session)
    locks.lock_all_accounts()
    row = Limit.objects.select_for_update().filter(session=session, currency=currency).first()
    before = None if row is None else _said(row)
    if row is None:
        row = Limit(session=session, currency=currency)
    if row.pk is None or count_anew:
        for key in keys:
            tallies.count_on(key)
        row.counted_from, row.baseline = at, tallies.totals(keys, currency).result
    for name, value in asdict(values).items():
        setattr(row, name, value)
    row.changed_at, row.changed_by = at, by.name
    row.save()
    audit.write(
        action="stake.limits.set",
        by=by,
        at=at,
        subject=f"{session or 'all accounts'}, {currency}",
        data={"before": before, "after": _said(row), "count_anew": count_anew},
    )


def _accounts_of(session: StakeSession | None) -> list[str]:
    if session is None:
        return tallies.real_accounts()
    return [session.account_key] if session.account_key else []


def _check_values(currency: str, values: guard.Limits) -> None:
    if not (currency.isascii() and currency.isalnum() and currency.islower() and len(currency) <= 10):
        raise refusals.InvalidInput("The currency must be a short lower-case word such as btc.", field="currency")
    for name, value in asdict(values).items():
        if value is None:
            continue
        if value < 0 or (value == 0 and name != "confirm_above"):
            raise refusals.InvalidInput(f"{name} must be above 0, or left out for no such limit.", field=name)


def _values(row: Limit) -> dict[str, Any]:
    return {name: getattr(row, name) for name in guard.Limits.__dataclass_fields__}


def _said(row: Limit) -> dict[str, Any]:
    values = _values(row)
    return {name: plain(value) if isinstance(value, Decimal) else value for name, value in values.items()}


@transaction.atomic
def begin_pause(*, session_id: UUID | None, kind: str, ends_at: datetime, by: By, at: datetime) -> UUID:
    """Begin a time without bets, of a session or (None) of all. It cannot be shortened. Raises `InvalidInput`."""
    session = None if session_id is None else find_session(session_id)
    if kind not in CoolOffKind.values:
        raise refusals.InvalidInput(f"kind must be one of {', '.join(CoolOffKind.values)}.", field="kind")
    if not PAUSE_MIN <= ends_at - at <= PAUSE_MAX:
        raise refusals.InvalidInput("The pause must last from a minute to five years.", field="ends_at")
    # Behind whatever bet is being committed now; none is after it.
    locks.lock_all_accounts()
    row = CoolOff.objects.create(session=session, kind=kind, begins_at=at, ends_at=ends_at, created_by=by.name)
    audit.write(
        action="stake.pause.begun",
        by=by,
        at=at,
        subject=str(session or "all accounts"),
        data={"kind": kind, "ends_at": ends_at.isoformat()},
    )
    return row.pk


def running_pause(session: StakeSession, *, at: datetime) -> CoolOff | None:
    """The pause that keeps this session from betting, the one that lasts longest."""
    rows = CoolOff.objects.filter(begins_at__lte=at, ends_at__gt=at)
    return (rows.filter(session=None) | rows.filter(session=session)).order_by("-ends_at").first()


def check_no_pause(session: StakeSession, *, at: datetime) -> None:
    """Raise `CoolingOff` while a pause lasts."""
    pause = running_pause(session, at=at)
    if pause is not None:
        whose = "this session" if pause.session_id else "all betting"
        until = f"{pause.ends_at:%Y-%m-%d %H:%M} UTC"
        raise refusals.CoolingOff(f"{pause.get_kind_display()} of {whose} lasts until {until}. It cannot be shortened.")


def check_wager(session: StakeSession, *, amount: Decimal, currency: str, confirmed: bool, at: datetime) -> None:
    """Hold a wager to the session's limits and to those of all accounts; the account's lock is held.

    Raises `NoLimits`, `guard.LimitReached`, `guard.NeedsConfirmation`.
    """
    rows = {row.session_id: row for row in _rows_for(session, currency)}
    own = rows.get(session.pk)
    if own is None and session.live:
        raise refusals.NoLimits(f"There are no limits for {currency} in this session. Set them before betting with it.")
    if not rows:
        return
    everyone = rows.get(None)
    keys = {session.account_key}
    if everyone is not None:
        keys.update(tallies.real_accounts())
    held = [(row, accounts) for row, accounts in ((own, {session.account_key}), (everyone, keys)) if row is not None]
    # In this order: what leaves the one for the other in between is counted twice, and never missed.
    still = [tallies.waiting(accounts, currency, at=at) for _, accounts in held]
    for key in sorted(keys):
        tallies.count_on(key)
    for (row, accounts), waiting in zip(held, still, strict=True):
        standing = tallies.standing(accounts, currency, waiting, baseline=row.baseline, at=at)
        guard.check(_rules(row), standing, wager=amount, confirmed=confirmed)


def _rows_for(session: StakeSession, currency: str) -> list[Limit]:
    """The session's own limits and, for real money, those of all accounts."""
    rows = Limit.objects.filter(currency=currency)
    wanted = rows.filter(session=session)
    if not session.simulated:
        wanted = wanted | rows.filter(session=None)
    return list(wanted)


def _rules(row: Limit) -> guard.Rules:
    whose = "all accounts together" if row.session_id is None else "this session"
    return guard.Rules(whose, row.currency, guard.Limits(**_values(row)))
