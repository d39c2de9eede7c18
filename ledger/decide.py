"""What becomes of each request, given the wallets it touches: the rules of money, pure and in one place.

The caller holds the wallets' locks and fills in what is known of them. Requests are decided in the order they arrived,
each upon what the ones before it left. The order of the questions is always the same:

1. Was this client id answered before? Then that is the answer again, or a mismatch, whatever else has changed since.
2. Are operations of its kind paused? This alone is not remembered: the same request may be sent again later.
3. Is the wallet at the version the request was made for?
4. Does the app that extends it accept it (`ledger.kinds`)?
5. Is the amount within the currency's limits?
6. Is there enough?

What is taken from one wallet is given to another in the same batch, or moves between the available and the locked part
of one: over all entries of a batch the changes of each currency add up to zero. The wallets of the house and of the
world are on the other side of many requests at once, so each gets one entry a batch, when everything is decided.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from ledger import kinds
from ledger.kinds import Decided, View
from ledger.money import AMOUNT_MAX, BALANCE_MAX, Currency
from ledger.operations import Answer, Code, Done, Kind, Op, Refused


@dataclass(slots=True)
class Wallet:
    """A wallet as it is now; amounts in minor units. Only the world's and the house's may go below zero."""

    id: int
    currency: str
    available: int = 0
    locked: int = 0
    version: int = 0
    allow_negative: bool = False


@dataclass(slots=True)
class Hold:
    """A part of a wallet that is locked until it is settled. `status` is open, settled or void."""

    wallet_id: int
    client_id: UUID
    kind: Kind
    amount: int
    status: str = "open"
    payout: int = 0


class Movement(NamedTuple):
    """What an earlier request moved into its wallet (out of it where below zero), and to or from where."""

    amount: int
    other_wallet_id: int


class Entry(NamedTuple):
    """One change of one wallet. The amounts after it and its version make it readable alone."""

    wallet_id: int
    version: int
    kind: Kind
    d_available: int
    d_locked: int
    available_after: int
    locked_after: int
    client_id: UUID | None = None
    ref_type: str = ""
    ref_id: str = ""
    reason: str = ""


class Remembered(NamedTuple):
    """What a client id was answered before."""

    fingerprint: bytes
    answer: Answer


Key = tuple[int, UUID]  # a wallet, and a client id of its requests


@dataclass(slots=True)
class State:
    """What is known of a batch's wallets, and what the batch changes."""

    wallets: dict[int, Wallet]
    currencies: Mapping[str, Currency]
    # The other side of what has no wallet of its own, by currency.
    house: Mapping[str, int]
    world: Mapping[str, int]
    remembered: dict[Key, Remembered] = field(default_factory=dict)
    holds: dict[Key, Hold] = field(default_factory=dict)
    movements: dict[Key, Movement] = field(default_factory=dict)  # of requests that may be reversed
    reversed: set[Key] = field(default_factory=set)
    # Kinds of which none is begun now, by what people call them.
    paused: Mapping[Kind, str] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)  # of extensions, by name

    entries: list[Entry] = field(default_factory=list)
    new_holds: list[Hold] = field(default_factory=list)
    ended_holds: list[Hold] = field(default_factory=list)
    news: list[tuple[Op, bytes, Answer]] = field(default_factory=list)  # to be remembered
    _against: dict[int, int] = field(default_factory=dict)

    def decide(self, op: Op) -> Answer:
        """Decide one request, and note what it changes."""
        key = (op.wallet_id, op.client_id)
        fingerprint = op.fingerprint()
        known = self.remembered.get(key)
        if known is not None:
            return _again(known, op, fingerprint)
        wallet = self.wallets.get(op.wallet_id)
        if wallet is None:
            return _refused(op, Code.NOT_FOUND, which="wallet")  # nobody's, so there is nothing to remember it by
        if op.kind in self.paused:
            return _refused(op, Code.UNAVAILABLE, which=self.paused[op.kind])
        answer = self._decide_new(op, wallet)
        self.remembered[key] = Remembered(fingerprint, answer)
        self.news.append((op, fingerprint, answer))
        return answer

    def decide_all(self, ops: Iterable[Op]) -> list[Answer]:
        """Decide requests in order, then balance them; the answers in the same order."""
        answers = [self.decide(op) for op in ops]
        self.balance()
        return answers

    def balance(self) -> None:
        """Give the house and the world their side of everything decided so far, an entry each."""
        for wallet_id, delta in sorted(self._against.items()):
            if delta:
                self._change(self.wallets[wallet_id], Kind.COUNTERPART, delta, 0)
        self._against.clear()

    # --- The questions ------------------------------------------------------------------------------------

    def _decide_new(self, op: Op, wallet: Wallet) -> Answer:
        if op.expected_version is not None and op.expected_version != wallet.version:
            return _refused(op, Code.VERSION_CONFLICT, expected=op.expected_version, actual=wallet.version)
        if not op.extension:
            return _DECIDE[op.kind](self, op, wallet)
        view = self.views[op.extension]
        declined = kinds.named(op.extension).decide(op, view)
        if declined is not None:
            return _refused(op, declined.code, which=declined.which, allowed=declined.allowed)
        answer = _DECIDE[op.kind](self, op, wallet)
        if isinstance(answer, Done):
            view.accepted.append(Decided(op, answer))
        return answer

    def _deposit(self, op: Op, wallet: Wallet) -> Answer:
        return self._limited(op, wallet) or self._move(op, wallet, op.amount, self.world[wallet.currency])

    def _hold(self, op: Op, wallet: Wallet) -> Answer:
        refusal = self._limited(op, wallet) or _short(op, wallet, op.amount)
        if refusal:
            return refusal
        hold = Hold(wallet.id, op.client_id, op.kind, op.amount)
        self.holds[wallet.id, op.client_id] = hold
        self.new_holds.append(hold)
        return self._done(op, wallet, -op.amount, op.amount)

    def _win(self, op: Op, wallet: Wallet) -> Answer:
        hold = self._open_hold(op, Kind.PLACE)
        if isinstance(hold, Refused):
            return hold
        if not 0 <= op.amount <= AMOUNT_MAX:
            which, allowed = ("least", 0) if op.amount < 0 else ("most", AMOUNT_MAX)
            return _refused(op, Code.LIMIT, which=which, allowed=allowed)
        house = self.house[wallet.currency]
        refusal = _too_much(op, wallet, op.amount) or self._side_full(op, house, hold.amount - op.amount)
        if refusal:
            return refusal
        self._add_against(house, hold.amount - op.amount)
        return self._end(op, wallet, hold, "settled", available=op.amount)

    def _lose(self, op: Op, wallet: Wallet) -> Answer:
        hold = self._open_hold(op, Kind.PLACE)
        if isinstance(hold, Refused):
            return hold
        return self._leave(op, wallet, hold, self.house[wallet.currency])

    def _void(self, op: Op, wallet: Wallet) -> Answer:
        hold = self._open_hold(op, Kind.PLACE)
        return hold if isinstance(hold, Refused) else self._end(op, wallet, hold, "void", available=hold.amount)

    def _settle_withdrawal(self, op: Op, wallet: Wallet) -> Answer:
        hold = self._open_hold(op, Kind.WITHDRAW)
        if isinstance(hold, Refused):
            return hold
        return self._leave(op, wallet, hold, self.world[wallet.currency])

    def _reject_withdrawal(self, op: Op, wallet: Wallet) -> Answer:
        hold = self._open_hold(op, Kind.WITHDRAW)
        return hold if isinstance(hold, Refused) else self._end(op, wallet, hold, "void", available=hold.amount)

    def _transfer(self, op: Op, wallet: Wallet) -> Answer:
        other = self._other(op, wallet)
        if isinstance(other, Refused):
            return other
        refusal = self._limited(op, wallet) or _short(op, wallet, op.amount)
        return refusal or self._move(op, wallet, -op.amount, other.id)

    def _adjust(self, op: Op, wallet: Wallet) -> Answer:
        refusal = _short(op, wallet, -op.amount) if op.amount < 0 else None
        return refusal or self._move(op, wallet, op.amount, self.house[wallet.currency])

    def _reverse(self, op: Op, wallet: Wallet) -> Answer:
        assert op.undone is not None
        key = (wallet.id, op.undone)
        movement = self.movements.get(key)
        if movement is None:
            return _refused(op, Code.NOT_FOUND, which="undone")
        if key in self.reversed:
            return _refused(op, Code.HOLD_CLOSED, which="undone")
        back = -movement.amount
        other = self.wallets[movement.other_wallet_id]
        refusal = _short(op, wallet, -back) if back < 0 else _short(op, other, back)
        if refusal:
            return refusal
        answer = self._move(op, wallet, back, other.id, reversible=False)
        if isinstance(answer, Done):
            self.reversed.add(key)
        return answer

    # --- What they share ------------------------------------------------------------------------------------

    def _limited(self, op: Op, wallet: Wallet) -> Refused | None:
        currency = self.currencies[wallet.currency]
        if op.amount < currency.least:
            return _refused(op, Code.LIMIT, which="least", allowed=currency.least)
        most = currency.most or AMOUNT_MAX
        if op.amount > most:
            return _refused(op, Code.LIMIT, which="most", allowed=most)
        return None

    def _other(self, op: Op, wallet: Wallet) -> Wallet | Refused:
        other = self.wallets.get(op.other_wallet_id or 0)
        if other is None or other.currency != wallet.currency or other.id == wallet.id:
            return _refused(op, Code.NOT_FOUND, which="other_wallet")
        return other

    def _open_hold(self, op: Op, kind: Kind) -> Hold | Refused:
        hold = self.holds.get((op.wallet_id, op.hold)) if op.hold else None
        if hold is None or hold.kind != kind:
            return _refused(op, Code.NOT_FOUND, which="hold")
        return hold if hold.status == "open" else _refused(op, Code.HOLD_CLOSED, which="hold")

    def _leave(self, op: Op, wallet: Wallet, hold: Hold, side_id: int) -> Answer:
        """End a hold in favour of the house or the world."""
        refusal = self._side_full(op, side_id, hold.amount)
        if refusal:
            return refusal
        self._add_against(side_id, hold.amount)
        return self._end(op, wallet, hold, "settled", available=0)

    def _end(self, op: Op, wallet: Wallet, hold: Hold, status: str, *, available: int) -> Answer:
        hold.status, hold.payout = status, available
        self.ended_holds.append(hold)
        return self._done(op, wallet, available, -hold.amount)

    def _move(self, op: Op, wallet: Wallet, amount: int, other_id: int, *, reversible: bool = True) -> Answer:
        """Move an amount into a wallet (out of it where below zero), from or to another."""
        other = self.wallets[other_id]
        refusal = _too_much(op, wallet if amount > 0 else other, abs(amount))
        if refusal is None and self._is_counterpart(other):
            refusal = self._side_full(op, other_id, -amount)
        if refusal:
            return refusal
        if reversible:
            self.movements[op.wallet_id, op.client_id] = Movement(amount, other_id)
        if self._is_counterpart(other):
            self._add_against(other_id, -amount)
        else:
            self._change(other, op.kind, -amount, 0, op)
        return self._done(op, wallet, amount, 0)

    def _is_counterpart(self, wallet: Wallet) -> bool:
        return wallet.id in (self.house.get(wallet.currency), self.world.get(wallet.currency))

    def _side_full(self, op: Op, side_id: int, amount: int) -> Refused | None:
        """The refusal where the house or the world would come to have, or to owe, more than a number can say."""
        balance = self.wallets[side_id].available + self._against.get(side_id, 0) + amount
        if abs(balance) <= BALANCE_MAX:
            return None
        return _refused(op, Code.LIMIT, which="balance", allowed=BALANCE_MAX)

    def _add_against(self, wallet_id: int, amount: int) -> None:
        self._against[wallet_id] = self._against.get(wallet_id, 0) + amount

    def _done(self, op: Op, wallet: Wallet, d_available: int, d_locked: int) -> Done:
        self._change(wallet, op.kind, d_available, d_locked, op)
        return Done(wallet.id, op.client_id, wallet.available, wallet.locked, wallet.version)

    def _change(self, wallet: Wallet, kind: Kind, d_available: int, d_locked: int, op: Op | None = None) -> None:
        wallet.available += d_available
        wallet.locked += d_locked
        wallet.version += 1
        told = (op.client_id, op.ref_type, op.ref_id, op.reason) if op is not None else ()
        self.entries.append(
            Entry(wallet.id, wallet.version, kind, d_available, d_locked, wallet.available, wallet.locked, *told)
        )


def _again(known: Remembered, op: Op, fingerprint: bytes) -> Answer:
    if known.fingerprint != fingerprint:
        return _refused(op, Code.IDEMPOTENCY_MISMATCH)
    answer = known.answer
    if isinstance(answer, Done):
        return Done(answer.wallet_id, answer.client_id, answer.available, answer.locked, answer.version, replayed=True)
    return Refused(
        answer.wallet_id,
        answer.client_id,
        answer.code,
        expected=answer.expected,
        actual=answer.actual,
        need=answer.need,
        have=answer.have,
        which=answer.which,
        allowed=answer.allowed,
        replayed=True,
    )


def _short(op: Op, wallet: Wallet, need: int) -> Refused | None:
    """The refusal where a wallet has less available than is needed, and may not go below zero."""
    if wallet.allow_negative or wallet.available >= need:
        return None
    return _refused(op, Code.INSUFFICIENT_FUNDS, need=need, have=wallet.available)


def _too_much(op: Op, wallet: Wallet, amount: int) -> Refused | None:
    """The refusal where a wallet would come to hold more than a number of the database can say."""
    if wallet.available + wallet.locked <= BALANCE_MAX - amount:
        return None
    return _refused(op, Code.LIMIT, which="balance", allowed=BALANCE_MAX)


def _refused(
    op: Op,
    code: Code,
    *,
    expected: int | None = None,
    actual: int | None = None,
    need: int | None = None,
    have: int | None = None,
    which: str = "",
    allowed: int | None = None,
) -> Refused:
    return Refused(op.wallet_id, op.client_id, code, expected, actual, need, have, which, allowed)


_DECIDE: Final[Mapping[Kind, Callable[[State, Op, Wallet], Answer]]] = {
    Kind.DEPOSIT: State._deposit,
    Kind.PLACE: State._hold,
    Kind.WIN: State._win,
    Kind.LOSE: State._lose,
    Kind.VOID: State._void,
    Kind.WITHDRAW: State._hold,
    Kind.SETTLE_WITHDRAWAL: State._settle_withdrawal,
    Kind.REJECT_WITHDRAWAL: State._reject_withdrawal,
    Kind.TRANSFER: State._transfer,
    Kind.ADJUST: State._adjust,
    Kind.REVERSE: State._reverse,
}
