"""Requests as nobody would wish them: drawn from a seed, many of them wrong, late, twice or at the edge. Pure."""

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from ledger.money import AMOUNT_MAX, Currency
from ledger.operations import HOLDING, SETTLING, Kind, Op
from ledger.simulation.model import Model

NOBODY: Final = 10**15  # a wallet that does not exist
RECENT: Final = 60  # holds and movements that later requests are about
LARGE_MAX: Final = 30  # amounts of `AMOUNT_MAX` that may be taken; 92 of them are more than the world's wallet can owe

# How often each kind is drawn.
_WEIGHTS: Final = {
    Kind.DEPOSIT: 14,
    Kind.PLACE: 30,
    Kind.WIN: 11,
    Kind.LOSE: 9,
    Kind.VOID: 5,
    Kind.WITHDRAW: 6,
    Kind.SETTLE_WITHDRAWAL: 4,
    Kind.REJECT_WITHDRAWAL: 3,
    Kind.TRANSFER: 14,
    Kind.ADJUST: 4,
    Kind.REVERSE: 6,
}
_WORDS: Final = (("", "", ""), ("round", "7", ""), ("ticket", "ü 9", "a “reason”"))


@dataclass(slots=True)
class Requests:
    """Draws requests for these wallets. `house` is one that may be a transfer's other side, and owes what it likes."""

    drawn: random.Random
    wallets: Sequence[int]
    house: int
    currencies: dict[int, Currency]
    model: Model
    _holds: deque[Op] = field(default_factory=lambda: deque(maxlen=RECENT))
    _moves: deque[Op] = field(default_factory=lambda: deque(maxlen=RECENT))
    _large: int = 0

    def draw(self) -> Op:
        """The next request; its client id is new."""
        drawn = self.drawn
        kind = drawn.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        wallet = self.wallets[0] if drawn.random() < 0.3 else drawn.choice(self.wallets)  # one is hotter than the rest
        if drawn.random() < 0.01:
            wallet = NOBODY
        op = Op(kind, wallet, UUID(int=drawn.getrandbits(128)), expected_version=self._version(wallet))
        if drawn.random() < 0.1:
            ref_type, ref_id, reason = drawn.choice(_WORDS)
            op = replace(op, ref_type=ref_type, ref_id=ref_id, reason=reason)
        if kind in SETTLING:
            return self._ending(op)
        if kind == Kind.REVERSE:
            return self._undoing(op)
        op = replace(op, amount=self._amount(kind, wallet))
        if kind == Kind.TRANSFER:
            op = replace(op, other_wallet_id=self._other(wallet))
        (self._holds if kind in HOLDING else self._moves).append(op)
        return op

    def other_content(self, op: Op) -> Op:
        """Another request under the client id of this one."""
        changed = self.drawn.randrange(4)
        if changed == 0:
            return replace(op, amount=op.amount + 1)
        if changed == 1:
            return replace(op, reason="another")
        if changed == 2 and op.hold is not None:
            return replace(op, hold=UUID(int=1))
        return replace(op, kind=Kind.DEPOSIT if op.kind != Kind.DEPOSIT else Kind.PLACE, amount=abs(op.amount))

    def _version(self, wallet: int) -> int | None:
        if self.drawn.random() < 0.85:
            return None
        return max(0, self.model.version[wallet] + self.drawn.choice((0, 0, 0, 0, -1, 1, -5)))

    def _amount(self, kind: Kind, wallet: int) -> int:
        drawn, currency = self.drawn, self.currencies.get(wallet)
        usual = drawn.randint(1, 400) if kind not in (Kind.DEPOSIT, Kind.ADJUST) else drawn.randint(1, 900)
        if kind == Kind.ADJUST:
            usual = drawn.choice((usual, -usual))
        if kind != Kind.DEPOSIT and drawn.random() < 0.25:
            # All that is there, or one unit more or less: so that wallets are empty again and again.
            usual = max(1, self.model.free[wallet] + drawn.choice((-1, 0, 0, 1)))
            usual = -usual if kind == Kind.ADJUST else usual
        if currency is None or drawn.random() > 0.06:
            return usual
        most = currency.most or AMOUNT_MAX
        edge = drawn.choice((currency.least, 0, -1, -7, most, most + 1, AMOUNT_MAX))
        if edge == 0 and kind == Kind.ADJUST:
            return 1
        return self._large_or(usual, edge) if edge == AMOUNT_MAX else edge

    def _large_or(self, usual: int, large: int) -> int:
        self._large += 1
        return large if self._large <= LARGE_MAX else usual

    def _other(self, wallet: int) -> int | None:
        if self.drawn.random() > 0.15:
            same = self.currencies.get(wallet)
            return self.drawn.choice([each for each in self.wallets if self.currencies[each] == same] or self.wallets)
        return self.drawn.choice((self.house, NOBODY, None, *self.wallets))

    def _ending(self, op: Op) -> Op:
        """The end of a hold: most often of one that may be open, sometimes of none or as what it is not."""
        drawn = self.drawn
        fitting = [hold for hold in self._holds if (hold.kind == Kind.PLACE) == (op.kind in _OF_WAGERS)]
        if drawn.random() < 0.7:  # not one that was refused, nor one that is on its way
            fitting = [hold for hold in fitting if (hold.wallet_id, hold.client_id) in self.model.holds]
        if drawn.random() < 0.05 or not fitting:
            return replace(op, hold=UUID(int=drawn.getrandbits(128)) if drawn.random() < 0.5 else None)
        hold = drawn.choice(list(self._holds) if drawn.random() < 0.05 else fitting)
        wallet = op.wallet_id if drawn.random() < 0.05 else hold.wallet_id
        payout = 0
        if op.kind == Kind.WIN:
            payout = drawn.choice((0, 1, hold.amount, 2 * hold.amount, drawn.randint(0, 1_500)))
            if drawn.random() < 0.02:
                payout = drawn.choice((-1, AMOUNT_MAX, AMOUNT_MAX + 1))
            payout = self._large_or(7, AMOUNT_MAX) if payout == AMOUNT_MAX else payout
        return replace(op, wallet_id=wallet, hold=hold.client_id, amount=payout)

    def _undoing(self, op: Op) -> Op:
        if self.drawn.random() < 0.1 or not self._moves:
            return replace(op, undone=UUID(int=self.drawn.getrandbits(128)))
        moves = [move for move in self._moves if (move.wallet_id, move.client_id) in self.model.moves]
        move = self.drawn.choice(moves if moves and self.drawn.random() < 0.7 else list(self._moves))
        return replace(op, wallet_id=move.wallet_id, undone=move.client_id)


_OF_WAGERS: Final = frozenset({Kind.WIN, Kind.LOSE, Kind.VOID})
