"""What the ledger should answer, by a clerk with paper: no batches, no database, one request after the other. Pure.

It shares no line with the rules (`ledger.decide`), and is small enough to be checked by reading. Only the wallets that
it is given exist; those named `endless` may owe, and are not written down.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final
from uuid import UUID

from ledger.money import AMOUNT_MAX, Currency
from ledger.operations import SETTLING, Answer, Code, Done, Kind, Op, Refused

_LIMITED: Final = (Kind.DEPOSIT, Kind.PLACE, Kind.WITHDRAW, Kind.TRANSFER)
_OF_WAGERS: Final = (Kind.WIN, Kind.LOSE, Kind.VOID)
_MOST: Final = {"which": "most", "allowed": AMOUNT_MAX}

Key = tuple[int, UUID | None]  # a wallet, and a client id of its requests
Line = tuple[Kind, UUID, int, int]  # what was done, for which request, available and locked afterwards


class Model:
    """The clerk. `told` is every answer by its request's key, `lines` every change by wallet and version."""

    def __init__(self, currencies: Mapping[int, Currency], *, endless: Collection[int] = ()) -> None:
        self.currencies, self.endless = currencies, frozenset(endless)
        self.free: Counter[int] = Counter()
        self.locked: Counter[int] = Counter()
        self.version: Counter[int] = Counter()
        self.holds: dict[Key, tuple[Kind, int]] = {}
        self.moves: dict[Key, tuple[int, int | None]] = {}
        self.ended: set[Key] = set()  # holds and moves
        self.told: dict[Key, tuple[Op, Answer]] = {}
        self.lines: dict[tuple[int, int], Line] = {}
        self.paused: dict[Kind, str] = {}  # by what people call them

    def answer(self, op: Op) -> Answer:
        """Decide the next request."""
        key, asked = (op.wallet_id, op.client_id), replace(op, expected_version=None)
        if op.wallet_id not in self.currencies:
            return Refused(op.wallet_id, op.client_id, Code.NOT_FOUND, which="wallet")
        if key in self.told:
            first, answer = self.told[key]
            mismatch = Refused(op.wallet_id, op.client_id, Code.IDEMPOTENCY_MISMATCH)
            return replace(answer, replayed=True) if asked == first else mismatch
        if op.kind in self.paused:
            return Refused(op.wallet_id, op.client_id, Code.UNAVAILABLE, which=self.paused[op.kind])
        answer = self._new(op, op.wallet_id, partial(Refused, op.wallet_id, op.client_id))
        self.told[key] = asked, answer
        return answer

    def _new(self, op: Op, own: int, no: Callable[..., Refused]) -> Answer:
        if op.expected_version not in (None, self.version[own]):
            return no(Code.VERSION_CONFLICT, expected=op.expected_version, actual=self.version[own])
        if op.kind in SETTLING:
            return self._settle(op, (own, op.hold), no)
        if op.kind == Kind.REVERSE:
            return self._reverse(op, (own, op.undone), no)
        currency, other = self.currencies[own], op.other_wallet_id
        if op.kind == Kind.TRANSFER and (other in (None, own) or self.currencies.get(other or 0) != currency):
            return no(Code.NOT_FOUND, which="other_wallet")
        if op.kind in _LIMITED and op.amount < currency.least:
            return no(Code.LIMIT, which="least", allowed=currency.least)
        if op.kind in _LIMITED and op.amount > (currency.most or AMOUNT_MAX):
            return no(Code.LIMIT, which="most", allowed=currency.most or AMOUNT_MAX)
        comes = op.amount if op.kind in (Kind.DEPOSIT, Kind.ADJUST) else -op.amount
        if self.free[own] + min(comes, 0) < 0:
            return no(Code.INSUFFICIENT_FUNDS, need=-comes, have=self.free[own])
        if op.kind in (Kind.PLACE, Kind.WITHDRAW):
            self.holds[own, op.client_id] = op.kind, op.amount
            return self._write(op, own, comes, op.amount)
        self.moves[own, op.client_id] = comes, other
        return self._move(op, own, comes, other)

    def _settle(self, op: Op, hold: Key, no: Callable[..., Refused]) -> Answer:
        kind, amount = self.holds.get(hold, (None, 0))
        if kind != (Kind.PLACE if op.kind in _OF_WAGERS else Kind.WITHDRAW):
            return no(Code.NOT_FOUND, which="hold")
        if hold in self.ended:
            return no(Code.HOLD_CLOSED, which="hold")
        if op.kind == Kind.WIN and not 0 <= op.amount <= AMOUNT_MAX:
            return no(Code.LIMIT, **({"which": "least", "allowed": 0} if op.amount < 0 else _MOST))
        self.ended.add(hold)
        back: dict[Kind, int] = {Kind.WIN: op.amount, Kind.VOID: amount, Kind.REJECT_WITHDRAWAL: amount}
        return self._write(op, op.wallet_id, back.get(op.kind, 0), -amount)

    def _reverse(self, op: Op, undone: Key, no: Callable[..., Refused]) -> Answer:
        if undone not in self.moves:
            return no(Code.NOT_FOUND, which="undone")
        if undone in self.ended:
            return no(Code.HOLD_CLOSED, which="undone")
        came, other = self.moves[undone]
        loser = op.wallet_id if came > 0 else other
        if loser is not None and loser not in self.endless and self.free[loser] < abs(came):
            return no(Code.INSUFFICIENT_FUNDS, need=abs(came), have=self.free[loser])
        self.ended.add(undone)
        return self._move(op, op.wallet_id, -came, other)

    def _move(self, op: Op, own: int, comes: int, other: int | None) -> Done:
        if other is not None and other not in self.endless:
            self._write(op, other, -comes, 0)
        return self._write(op, own, comes, 0)

    def _write(self, op: Op, wallet: int, free: int, locked: int) -> Done:
        self.free[wallet] += free
        self.locked[wallet] += locked
        self.version[wallet] += 1
        has: dict[str, Any] = {"available": self.free[wallet], "locked": self.locked[wallet]}
        self.lines[wallet, self.version[wallet]] = op.kind, op.client_id, has["available"], has["locked"]
        return Done(wallet, op.client_id, version=self.version[wallet], **has)
