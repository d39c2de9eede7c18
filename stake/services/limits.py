"""Limits and pauses: setting them, and holding a bet to them inside the transaction that commits it."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.audit import By
from stake import betting_queries, guard, refusals
from stake.betting_queries import Held, Pause
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
        tallies.count_on(*keys)
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
        return betting_queries.real_accounts()
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


def check_no_pause(pause: Pause | None) -> None:
    """Raise `CoolingOff` while a pause lasts."""
    if pause is not None:
        whose = "this session" if pause.session_id else "all betting"
        kind, until = CoolOffKind(pause.kind).label, f"{pause.ends_at:%Y-%m-%d %H:%M} UTC"
        raise refusals.CoolingOff(f"{kind} of {whose} lasts until {until}. It cannot be shortened.")


def check_wager(
    held: Iterable[Held], *, live: bool, amount: Decimal, currency: str, confirmed: bool, at: datetime
) -> None:
    """Hold a wager to its session's limits and to those of all accounts; the account's lock is held.

    Raises `NoLimits`, `guard.LimitReached`, `guard.NeedsConfirmation`.
    """
    # The session's own first: of those a person would rather hear.
    rows = sorted(held, key=lambda row: row.session_id is None)
    if live and not any(row.session_id for row in rows):
        raise refusals.NoLimits(f"There are no limits for {currency} in this session. Set them before betting with it.")
    keys = frozenset[str]().union(*(row.accounts for row in rows))
    if not keys:
        return
    # In this order: what leaves the one for the other in between is counted twice, and never missed.
    accounts = betting_queries.accounts_so_far(keys, currency, at=at)
    news = {
        account.key: tallies.count_from(account.key, account.server_seed_hashes, account.counted)
        for account in accounts
    }
    for row in rows:
        standing = tallies.standing(
            [account for account in accounts if account.key in row.accounts],
            [line for key in row.accounts for line in news[key] if (line.currency or currency) == currency],
            baseline=row.baseline,
            today=at.astimezone(UTC).date(),
        )
        whose = "this session" if row.session_id else "all accounts together"
        guard.check(guard.Rules(whose, currency, row.limits), standing, wager=amount, confirmed=confirmed)
