"""What the pages read where people act: adjustments that wait for them, switches, and who turned those."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from accounts.models import AuditRow, Switch
from ledger import adjustments, queries
from ledger.adjustments import Caller
from ledger.queries import Adjustment

SWITCH_CHANGES_SHOWN: Final = 20
WAITING_SHOWN: Final = 200


# --- Adjustments --------------------------------------------------------------------------------------------


class WaitingAdjustment(NamedTuple):
    """An adjustment that waits, and whether this caller asked for it, so that somebody else has to decide."""

    row: Adjustment
    own: bool


def waiting(caller: Caller) -> tuple[WaitingAdjustment, ...]:
    """What waits for a decision, newest first; the newest where there are very many."""
    rows = queries.adjustments(status="waiting", limit=WAITING_SHOWN).adjustments
    own = adjustments.own_among([row.id for row in rows], caller)
    return tuple(WaitingAdjustment(row, row.id in own) for row in rows)


# --- Switches ----------------------------------------------------------------------------------------------


class SwitchLine(NamedTuple):
    """A switch: whether it is on, and who turned it last; without a moment nobody ever has."""

    name: str
    on: bool
    reason: str
    changed_at: datetime | None
    changed_by: str


class SwitchChange(NamedTuple):
    """That a switch was turned, as the audit rows tell it."""

    name: str
    on: bool
    at: datetime
    by: str
    reason: str


def switches(names: Iterable[str]) -> tuple[SwitchLine, ...]:
    """These switches, in this order; one that was never turned is off."""
    found = {row[0]: SwitchLine(*row) for row in Switch.objects.values_list(*SwitchLine._fields)}
    return tuple(found.get(name, SwitchLine(name, False, "", None, "")) for name in names)


def changes(names: Iterable[str]) -> tuple[SwitchChange, ...]:
    """The last times that any of these was turned, newest first."""
    rows = (
        AuditRow.objects.filter(action__in=["switch.turned_on", "switch.turned_off"], subject__in=list(names))
        .order_by("-at", "-pk")
        .values_list("subject", "action", "at", "actor_name", "data")[:SWITCH_CHANGES_SHOWN]
    )
    return tuple(
        SwitchChange(name, action == "switch.turned_on", at, by, str(data.get("reason", "")))
        for name, action, at, by, data in rows
    )
