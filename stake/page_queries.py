"""What the pages of `stake` read beside what the JSON answers show."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import Switch
from accounts.switches import BETTING_STOPPED
from stake import queries
from stake.models import REQUEST_OPEN, AccountPair, SeedRotation, StakeSession, VaultDeposit
from stake.queries import DepositRow, RotationRow, SessionRow


@dataclass(frozen=True, slots=True)
class BettingStop:
    """That no bet is placed, since when, and who said so."""

    since: datetime | None
    by: str
    reason: str


def betting_stop() -> BettingStop | None:
    """The stop of all betting, if it is on; one query by a unique name."""
    row = Switch.objects.filter(name=BETTING_STOPPED, on=True).values("changed_at", "changed_by", "reason").first()
    return None if row is None else BettingStop(row["changed_at"], row["changed_by"], row["reason"])


def session_that_played(server_seed_hash: str, client_seed: str, *, at: datetime) -> SessionRow | None:
    """The newest session of the account that plays this pair or played it before."""
    current = queries.session_for_pair(server_seed_hash, client_seed, at=at)
    if current is not None:
        return current
    keys = set(
        AccountPair.objects.filter(server_seed_hashed=server_seed_hash, client_seed=client_seed).values_list(
            "account_key", flat=True
        )
    )
    if not keys:
        return None
    rows = StakeSession.objects.filter(removed_at=None, account_ref__in=[key.partition(":")[2] for key in keys])
    for row in rows.order_by("-created_at", "-pk"):
        # An account of the simulator may have the id of a real one; the key tells them apart.
        if row.account_key in keys:
            return queries.session_row(row, at=at)
    return None


def has_sessions() -> bool:
    """Whether there is any session that is not removed."""
    return StakeSession.objects.filter(removed_at=None).exists()


def open_rotations() -> tuple[RotationRow, ...]:
    """Rotations of which it is not known whether they were made."""
    rows = SeedRotation.objects.select_related("session").filter(state__in=REQUEST_OPEN).order_by("-asked_at", "-pk")
    return tuple(queries.rotation_row(row) for row in rows)


def open_deposits() -> tuple[DepositRow, ...]:
    """Moves into the vault of which it is not known whether they were made."""
    rows = VaultDeposit.objects.filter(state__in=REQUEST_OPEN).order_by("-asked_at", "-pk")
    return tuple(queries.deposit_row(row) for row in rows)


def rotation(rotation_id: UUID) -> RotationRow | None:
    """One rotation."""
    row = SeedRotation.objects.select_related("session").filter(pk=rotation_id).first()
    return None if row is None else queries.rotation_row(row)
