"""Adjustments: asked for by one, approved and so posted by another, exactly once, or refused.

Approving posts first and marks afterwards, both while the adjustment's row is locked. Should the process die in
between, the adjustment is still waiting with its money moved: approving it again finds the posting by its client id,
which is the adjustment's own, and only marks; refusing it is not possible any more.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.audit import By
from ledger import posting
from ledger.adjustment_models import Adjustment, AdjustmentStatus
from ledger.models import HoldRow, Result, WalletKind, WalletRow
from ledger.operations import Kind, Op, Refused

REF_TYPE = "adjustment"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks or decides: how the audit rows name them, and the person behind, "" where none is known."""

    by: By
    person: str = ""


class NoSuchAdjustment(LookupError):
    """There is no adjustment of this id; the text is for people."""


class AdjustmentRefused(Exception):
    """It cannot be asked for or decided so; the text is for people."""


class OwnAdjustment(AdjustmentRefused):
    """Whoever asked cannot decide; it takes another person."""


class AlreadyDecided(AdjustmentRefused):
    """It was approved or refused before, or its money has moved."""


class NotAdjustable(AdjustmentRefused):
    """The house is on the other side of every adjustment, so its own wallets have none."""


class IdTaken(AdjustmentRefused):
    """The client id belongs to something else."""


class NotPosted(AdjustmentRefused):
    """The ledger refused the posting, so the adjustment is still waiting; `answer` says why."""

    def __init__(self, answer: Refused) -> None:
        super().__init__(f"The ledger refused it: {answer.code}.")
        self.answer = answer


def ask(*, client_id: UUID, wallet_id: int, amount: int, reason: str, caller: Caller, at: datetime) -> bool:
    """Ask for a change of what is available by `amount` (signed minor units, not 0); whether that is news.

    The same id with the same content is the same adjustment. Raises `IdTaken` for other content, `NotAdjustable` for
    wallets of the house.
    """
    wanted = {"wallet_id": wallet_id, "amount": amount, "reason": reason}
    with transaction.atomic():
        if WalletRow.objects.filter(pk=wallet_id, kind=WalletKind.HOUSE).exists():
            raise NotAdjustable("A wallet of the house has no adjustments; adjust the wallet on the other side.")
        told = {"asked_by": caller.by.name, "asked_by_kind": caller.by.kind, "asked_person": caller.person}
        row, is_new = Adjustment.objects.get_or_create(id=client_id, defaults={**wanted, **told, "asked_at": at})
        if {name: getattr(row, name) for name in wanted} != wanted:
            raise IdTaken("This client id was used before, for an adjustment of other content.")
        if not is_new:
            return False
        if _is_answered(row):
            raise IdTaken("This client id was used before, for another request of this wallet.")
        audit.write(action="ledger.adjustment.asked", by=caller.by, at=at, subject=str(client_id), data=wanted)
    return True


@transaction.atomic
def approve(*, adjustment_id: UUID, caller: Caller, at: datetime) -> None:
    """Post the adjustment and mark it approved; of one that is approved already, nothing more.

    Raises `NoSuchAdjustment`, `OwnAdjustment`, `AlreadyDecided` (refused before), and `NotPosted` where the ledger
    refuses: then it stays waiting.
    """
    row = _locked_for(adjustment_id, caller)
    if row.status == AdjustmentStatus.APPROVED:
        return
    _check_waiting(row)
    op = Op(
        Kind.ADJUST,
        row.wallet_id,
        row.pk,
        row.amount,
        ref_type=REF_TYPE,
        ref_id=str(row.pk),
        reason=row.reason,
    )
    # Without a limit of time: nobody may refuse it before it is known what became of the posting, and every request
    # that the engine takes is answered.
    (answer,) = posting.submit([op]).result()
    if isinstance(answer, Refused):
        raise NotPosted(answer)
    _mark(row, AdjustmentStatus.APPROVED, caller=caller, at=at)


@transaction.atomic
def refuse(*, adjustment_id: UUID, caller: Caller, at: datetime) -> None:
    """Mark the adjustment refused, so that it is never posted; of one that is refused already, nothing more.

    Raises `NoSuchAdjustment`, `OwnAdjustment`, and `AlreadyDecided` where it was approved or its money has moved.
    """
    row = _locked_for(adjustment_id, caller)
    if row.status == AdjustmentStatus.REFUSED:
        return
    _check_waiting(row)
    # A process that died approving it may have left a commit on its way: that one holds the wallet until it is through.
    WalletRow.objects.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=row.wallet_id)
    if Result.objects.filter(wallet_id=row.wallet_id, client_id=row.pk, version__isnull=False).exists():
        raise AlreadyDecided("Its posting was done already; approve it, so that it says so.")
    _mark(row, AdjustmentStatus.REFUSED, caller=caller, at=at)


def own_among(adjustment_ids: Collection[UUID], caller: Caller) -> frozenset[UUID]:
    """Those of the adjustments that this caller asked for, and so does not decide about; for buttons."""
    rows = Adjustment.objects.filter(pk__in=adjustment_ids)
    return frozenset(row.pk for row in rows if _is_own(row, caller))


def _locked_for(adjustment_id: UUID, caller: Caller) -> Adjustment:
    row = Adjustment.objects.select_for_update(of=("self",)).filter(pk=adjustment_id).first()
    if row is None:
        raise NoSuchAdjustment(f"There is no adjustment {adjustment_id}.")
    if _is_own(row, caller):
        raise OwnAdjustment("Who asked for an adjustment does not decide about it; it takes a second person.")
    return row


def _is_own(row: Adjustment, caller: Caller) -> bool:
    own_name = (caller.by.name, caller.by.kind) == (row.asked_by, row.asked_by_kind)
    return own_name or bool(caller.person and caller.person == row.asked_person)


def _check_waiting(row: Adjustment) -> None:
    if row.status != AdjustmentStatus.WAITING:
        raise AlreadyDecided(f"It was {row.status} by {row.decided_by} already.")


def _is_answered(row: Adjustment) -> bool:
    same = {"wallet_id": row.wallet_id, "client_id": row.pk}
    return Result.objects.filter(**same).exists() or HoldRow.objects.filter(**same).exists()


def _mark(row: Adjustment, status: AdjustmentStatus, *, caller: Caller, at: datetime) -> None:
    row.status, row.decided_by, row.decided_by_kind = status, caller.by.name, caller.by.kind
    row.decided_person, row.decided_at = caller.person, at
    row.save(update_fields=["status", "decided_by", "decided_by_kind", "decided_person", "decided_at"])
    data = {"wallet_id": row.wallet_id, "amount": row.amount, "reason": row.reason, "asked_by": row.asked_by}
    audit.write(action=f"ledger.adjustment.{status}", by=caller.by, at=at, subject=str(row.pk), data=data)
