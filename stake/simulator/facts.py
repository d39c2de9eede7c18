"""What happened in the simulated venue, and the state that follows from it.

Everything that changes is a fact: a small JSON object, written before it counts. `Records.apply` is the only code that
changes state, live and when a journal is read again, so a restarted simulator cannot differ from the one before.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from fairness.seeds import hash_server_seed
from stake.simulator import money

Fact = dict[str, Any]


class BadFact(Exception):
    """A fact that does not fit what was before it."""


@dataclass(slots=True)
class Pair:
    """A seed pair. `nonce` is that of the last round played under it."""

    id: str
    server_seed: str = field(repr=False)
    client_seed: str
    client_seed_id: str
    nonce: int = 0
    retired: bool = False

    @property
    def server_seed_hash(self) -> str:
        """The published commitment."""
        return hash_server_seed(self.server_seed)

    @property
    def revealed(self) -> str | None:
        """The server seed, once the pair is retired."""
        return self.server_seed if self.retired else None


@dataclass(frozen=True, slots=True)
class Booked:
    """A bet as the venue has it. `by` says who placed it: the account's own program, or the second actor."""

    id: str
    number: int  # of `house:…`
    game: str  # the name on the wire
    nonce: int
    amount: Decimal
    payout: Decimal
    multiplier: Fraction
    currency: str
    created_at: datetime
    updated_at: datetime
    active: bool
    state: dict[str, Any]
    pair: Pair
    by: str

    @property
    def iid(self) -> str:
        """The id that people see."""
        return f"house:{self.number}"


@dataclass(slots=True)
class Account:
    """A person of the simulated venue."""

    id: str
    name: str
    token: str = field(repr=False)
    token_valid: bool
    created_at: datetime
    available: dict[str, Decimal]
    vault: dict[str, Decimal]
    pair: Pair
    next_server_seed: str = field(repr=False)
    retired: list[Pair] = field(default_factory=list)
    bets: list[Booked] = field(default_factory=list)  # in the order they were booked
    rounds: dict[str, Booked] = field(default_factory=dict)  # those of the bets that are not over, by id
    # Held while a bet is being processed; a second one is refused meanwhile.
    in_flight: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def open_rounds(self) -> list[Booked]:
        """Rounds that are not over."""
        return list(self.rounds.values())


class Records:
    """All accounts and bets. Not safe for threads by itself: `World` holds a lock around it."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.by_token: dict[str, Account] = {}
        self.owner_of_bet: dict[str, Account] = {}
        self.place_of_bet: dict[str, int] = {}
        self.id_of_number: dict[int, str] = {}
        self.last_number = 0
        self.facts = 0

    def apply(self, fact: Mapping[str, Any]) -> None:
        """Let a fact count. Raises `BadFact` when it cannot follow what is known."""
        try:
            _APPLY[fact["fact"]](self, fact)
        except (KeyError, ValueError, TypeError, ArithmeticError) as error:
            raise BadFact(f"fact {self.facts + 1} cannot be applied: {type(error).__name__}") from error
        self.facts += 1

    def bet(self, bet_id: str) -> Booked:
        """A bet by its UUID. Raises KeyError."""
        return self.owner_of_bet[bet_id].bets[self.place_of_bet[bet_id]]

    def _account_opened(self, fact: Mapping[str, Any]) -> None:
        account = Account(
            id=fact["id"],
            name=fact["name"],
            token=fact["token"],
            token_valid=True,
            created_at=datetime.fromisoformat(fact["at"]),
            available={currency: Decimal(amount) for currency, amount in fact["balances"].items()},
            vault=dict.fromkeys(fact["balances"], Decimal(0)),
            pair=Pair(fact["pair"], fact["server_seed"], fact["client_seed"], fact["client_seed_id"]),
            next_server_seed=fact["next_server_seed"],
        )
        self.accounts[account.id] = account
        self.by_token[account.token] = account

    def _token_changed(self, fact: Mapping[str, Any]) -> None:
        account = self.accounts[fact["account"]]
        account.token_valid = fact["valid"]
        if "token" in fact:
            del self.by_token[account.token]
            account.token = fact["token"]
            self.by_token[account.token] = account

    def _bet_booked(self, fact: Mapping[str, Any]) -> None:
        account = self.accounts[fact["account"]]
        at = datetime.fromisoformat(fact["at"])
        bet = Booked(
            id=fact["id"],
            number=fact["number"],
            game=fact["game"],
            nonce=fact["nonce"],
            amount=Decimal(fact["amount"]),
            payout=Decimal(fact["payout"]),
            multiplier=Fraction(fact["multiplier"]),
            currency=fact["currency"],
            created_at=at,
            updated_at=at,
            active=fact["active"],
            state=fact["state"],
            pair=account.pair,
            by=fact["by"],
        )
        if bet.nonce != account.pair.nonce + 1:
            raise ValueError("the nonce does not follow")
        self._pay(account, bet.currency, bet.payout - bet.amount)
        account.pair.nonce = bet.nonce
        self.owner_of_bet[bet.id] = account
        self.place_of_bet[bet.id] = len(account.bets)
        self.id_of_number[bet.number] = bet.id
        self.last_number = bet.number
        account.bets.append(bet)
        if bet.active:
            account.rounds[bet.id] = bet

    def _round_moved(self, fact: Mapping[str, Any]) -> None:
        """A step of an open round, the last one where `active` is false: then it pays."""
        before = self.bet(fact["id"])
        account = self.owner_of_bet[before.id]
        after = replace(
            before,
            payout=Decimal(fact["payout"]),
            multiplier=Fraction(fact["multiplier"]),
            active=fact["active"],
            state=fact["state"],
            updated_at=datetime.fromisoformat(fact["at"]),
        )
        self._pay(account, before.currency, after.payout - before.payout)
        account.bets[self.place_of_bet[before.id]] = after
        if after.active:
            account.rounds[after.id] = after
        else:
            account.rounds.pop(after.id, None)

    def _pair_rotated(self, fact: Mapping[str, Any]) -> None:
        account = self.accounts[fact["account"]]
        account.pair.retired = True
        account.retired.append(account.pair)
        account.pair = Pair(fact["pair"], account.next_server_seed, fact["client_seed"], fact["client_seed_id"])
        account.next_server_seed = fact["next_server_seed"]

    def _vault_moved(self, fact: Mapping[str, Any]) -> None:
        account = self.accounts[fact["account"]]
        amount = Decimal(fact["amount"])
        self._pay(account, fact["currency"], -amount)
        account.vault[fact["currency"]] = money.add(account.vault[fact["currency"]], amount)

    def _balance_changed(self, fact: Mapping[str, Any]) -> None:
        account = self.accounts[fact["account"]]
        account.available.setdefault(fact["currency"], Decimal(0))
        account.vault.setdefault(fact["currency"], Decimal(0))
        self._pay(account, fact["currency"], Decimal(fact["change"]))

    @staticmethod
    def _pay(account: Account, currency: str, change: Decimal) -> None:
        after = money.add(account.available[currency], change)
        if after < 0:
            raise ValueError("a balance would be below zero")
        account.available[currency] = after


_APPLY = {
    "account_opened": Records._account_opened,
    "token_changed": Records._token_changed,
    "bet_booked": Records._bet_booked,
    "round_moved": Records._round_moved,
    "pair_rotated": Records._pair_rotated,
    "vault_moved": Records._vault_moved,
    "balance_changed": Records._balance_changed,
}
