"""What can be asked of the ledger, and what it answers. Pure.

Every request names its wallet and a client id of its own, for ever: the same id with the same content gets the first
answer again, with other content it is refused. An answer is either what was done or one of the codes below; `BUSY`,
`UNAVAILABLE` and `INTERNAL` alone are not remembered. After `UNAVAILABLE` it may still be done: asking again tells.
"""

import hashlib
import struct
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final
from uuid import UUID

_NUMBERS: Final = struct.Struct(">hqqq")
REF_MAX: Final = 100  # a transaction of a chain has up to 88 characters
REASON_MAX: Final = 500


class Kind(IntEnum):
    """Operations as they are stored; a number is never given to another."""

    DEPOSIT = 1  # from the world into the wallet
    PLACE = 2  # hold a part of what is available
    WIN = 3  # end a hold, and pay
    LOSE = 4  # end a hold in favour of the house
    VOID = 5  # end a hold, and give it back
    WITHDRAW = 6  # hold what is to leave
    SETTLE_WITHDRAWAL = 7  # it has left for the world
    REJECT_WITHDRAWAL = 8  # it stays
    TRANSFER = 9  # to another wallet of the same currency
    ADJUST = 10  # a correction between the wallet and the house, with a reason and a second person
    REVERSE = 11  # undo what an earlier deposit, transfer or adjustment did
    # The other side of the above, where it is a wallet of its own; one entry a batch.
    COUNTERPART = 12


# Ends a hold.
SETTLING: Final = frozenset({Kind.WIN, Kind.LOSE, Kind.VOID, Kind.SETTLE_WITHDRAWAL, Kind.REJECT_WITHDRAWAL})
# Begins one.
HOLDING: Final = frozenset({Kind.PLACE, Kind.WITHDRAW})


class Code(StrEnum):
    """Why something was not done."""

    VERSION_CONFLICT = "VERSION_CONFLICT"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    HOLD_CLOSED = "HOLD_CLOSED"
    ROUND_CLOSED = "ROUND_CLOSED"
    NOT_FOUND = "NOT_FOUND"
    LIMIT = "LIMIT"
    BUSY = "BUSY"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


@dataclass(frozen=True, slots=True)
class Op:
    """One request. Amounts are minor units of the wallet's currency.

    `amount` is the wager of PLACE, the payout of WIN, signed for ADJUST alone, 0 for LOSE, VOID and the ends of a
    withdrawal. `hold` is the client id of the request that began the hold which is ended, `undone` that of what is
    reversed. `expected_version` refuses the request if the wallet has moved on. `extension` names what another app
    adds to it (`ledger.kinds`), by the values of `payload`: whole numbers and texts.
    """

    kind: Kind
    wallet_id: int
    client_id: UUID
    amount: int = 0
    expected_version: int | None = None
    hold: UUID | None = None
    other_wallet_id: int | None = None
    undone: UUID | None = None
    ref_type: str = ""
    ref_id: str = ""
    reason: str = ""
    extension: str = ""
    payload: tuple[int | str | None, ...] = ()

    def fingerprint(self) -> bytes:
        """16 bytes that are equal for requests of equal content; the expected version is not part of it.

        The first half of SHA-256, so that `ledger_fingerprint` in the database computes the same.
        """
        content = _NUMBERS.pack(self.kind, self.wallet_id, self.amount, self.other_wallet_id or 0)
        content += b"\1" + self.hold.bytes if self.hold else b"\0"
        content += b"\1" + self.undone.bytes if self.undone else b"\0"
        content += f"{self.ref_type}\0{self.ref_id}\0{self.reason}".encode()
        if self.extension:
            content += f"\0{self.extension}\0{self.payload!r}".encode()
        return hashlib.sha256(content).digest()[:16]


@dataclass(frozen=True, slots=True)
class Done:
    """It is done: what the wallet had afterwards. `replayed` says that it was done before, and answered so then."""

    wallet_id: int
    client_id: UUID
    available: int
    locked: int
    version: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not done. `expected` and `actual` are versions, `need` and `have` minor units."""

    wallet_id: int
    client_id: UUID
    code: Code
    expected: int | None = None
    actual: int | None = None
    need: int | None = None
    have: int | None = None
    which: str = ""
    allowed: int | None = None
    replayed: bool = False


Answer = Done | Refused
