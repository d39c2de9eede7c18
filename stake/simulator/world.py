"""The simulated venue itself: accounts, seeds, bets and balances, safe for threads.

Outcomes come from `fairness` alone, with the account's real seeds and the next nonce. Ids and seeds come from the
system's source of secrets, or repeatably from a seed. The clock is passed in.
"""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from fairness.errors import InvalidInput
from fairness.rounds import Seeds
from fairness.seeds import check_client_seed
from stake.simulator import games, mines, money
from stake.simulator.facts import Account, Booked, Fact, Pair, Records
from stake.simulator.games import Wager
from stake.simulator.journal import Journal
from stake.simulator.refusals import Refused, refusal

NAME_PREFIX = "simulated"
NAME_MAX = 40  # characters
FIRST_NUMBER = 100_000_000_000  # of bets, `house:…`; what other people bet lies between ours
NUMBER_STEP_MAX = 40
CLIENT_SEED_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
HISTORY_MAX = 50


def now() -> datetime:
    """The clock of a world that is given no other."""
    return datetime.now(UTC)


class World:
    """All that the venue knows. Every method may be called from any thread; each raises `Refused` as the venue would.

    `pop_point_offset` is what `_popPoint` adds to the number of safe pumps: 0 or 1, because nobody knows which it is.
    """

    def __init__(
        self,
        *,
        seed: int | None = None,
        clock: Callable[[], datetime] = now,
        journal: Journal | None = None,
        pop_point_offset: int = 0,
    ) -> None:
        self._lock = threading.RLock()
        self._records = Records()
        self._clock = clock
        self._journal = journal
        self._pop_point_offset = pop_point_offset
        for fact in journal.read() if journal else ():
            self._records.apply(fact)
        # A repeatable world that goes on from a journal must not draw again what it drew before.
        self._random: random.Random = (
            random.SystemRandom() if seed is None else random.Random(f"{seed}:{self._records.facts}")  # noqa: S311
        )

    def close(self) -> None:
        """Close the journal."""
        with self._lock:
            if self._journal:
                self._journal.close()

    # --- People -----------------------------------------------------------------------------------

    def open_account(self, name: str = "", *, balances: Mapping[str, Decimal] | None = None) -> Account:
        """A new person with play money (amounts in whole units by currency); the name says that it is simulated."""
        wanted = dict(money.PLAY_MONEY if balances is None else balances)
        for currency, amount in wanted.items():
            if currency not in money.CURRENCIES:
                raise refusal("invalidInput", f"balances: {currency[:NAME_MAX]} is not a currency here.")
            if money.read_amount(amount) is None:
                raise refusal("invalidInput", f"balances: {currency} is not an amount.")
        if len(name) > NAME_MAX or not name.isprintable():
            raise refusal("invalidInput", f"name must be at most {NAME_MAX} printable characters.")
        with self._lock:
            account_id = self._uuid()
            self._happened(
                "account_opened",
                id=account_id,
                name=self._free_name(name),
                token=self._hex(48),
                balances={currency: str(money.cut(Decimal(wanted.get(currency, 0)))) for currency in money.CURRENCIES},
                pair=self._uuid(),
                server_seed=self._hex(32),
                next_server_seed=self._hex(32),
                client_seed=self._client_seed(),
                client_seed_id=self._uuid(),
            )
            return self._records.accounts[account_id]

    def _free_name(self, name: str) -> str:
        taken = {account.name for account in self._records.accounts.values()}
        wanted = name if name.startswith(NAME_PREFIX) else f"{NAME_PREFIX}-{name or len(taken) + 1}"
        number, free = 1, wanted
        while free in taken:
            number += 1
            free = f"{wanted}-{number}"
        return free

    def signed_in(self, token: str) -> Account | None:
        """Whose token it is; None for one that is unknown or expired."""
        with self._lock:
            account = self._records.by_token.get(token)
            return account if account and account.token_valid else None

    def account(self, account_id: str) -> Account:
        """The account of this id."""
        with self._lock:
            if account_id not in self._records.accounts:
                raise refusal("notFound", "There is no such account.")
            return self._records.accounts[account_id]

    def accounts(self) -> list[Account]:
        """Everybody, in the order they came."""
        with self._lock:
            return list(self._records.accounts.values())

    def named(self, name: str) -> Account | None:
        """The account of this name."""
        return next((account for account in self.accounts() if account.name == name), None)

    def expire_token(self, account_id: str) -> None:
        """From now on the account's token is not accepted."""
        self._on_account(account_id, "token_changed", valid=False)

    def renew_token(self, account_id: str) -> str:
        """A new token; the old one stays unknown."""
        token = self._hex(48)
        self._on_account(account_id, "token_changed", valid=True, token=token)
        return token

    def give(self, account_id: str, currency: str, amount: Decimal) -> None:
        """Play money out of nowhere."""
        self._check_currency(currency)
        if money.read_amount(amount) is None:
            raise refusal("invalidInput", "amount must be an amount.")
        self._on_account(account_id, "balance_changed", currency=currency, change=str(money.cut(amount)))

    def _on_account(self, account_id: str, kind: str, **details: Any) -> None:
        with self._lock:
            self._happened(kind, account=self.account(account_id).id, **details)

    # --- Bets -------------------------------------------------------------------------------------

    def place(
        self,
        account_id: str,
        wager: Wager,
        currency: str,
        *,
        by: str = "self",
        processing: Callable[[], None] | None = None,
    ) -> Booked:
        """Play a round and book its bet; `processing` runs while the account's next bets are refused."""
        with self._in_flight(account_id) as account:
            if processing:
                processing()
            with self._lock:
                game = games.BY_SLUG[wager.game]
                self._check_bet(account, game.name, wager.amount, currency)
                try:
                    settled = games.settle(wager, self._seeds(account), pop_point_offset=self._pop_point_offset)
                except InvalidInput as error:
                    raise Refused("invalidInput", str(error)) from None
                return self._book(
                    account, game.name, wager.amount, currency, settled.payout, settled.multiplier, settled.state, by=by
                )

    def open_mines(
        self,
        account_id: str,
        *,
        amount: Decimal,
        currency: str,
        mines_count: int,
        fields: Sequence[int] = (),
        by: str = "self",
    ) -> Booked:
        """Begin a round of Mines: it stays open until it is cashed out, or a mine is met."""
        state = mines.begun(mines_count)
        with self._in_flight(account_id) as account, self._lock:
            self._check_bet(account, "mines", amount, currency)
            if fields:
                mines.paid(self._seeds(account), state, fields)  # refuses tiles that cannot be
            bet = self._book(account, "mines", amount, currency, Decimal(0), Fraction(0), state, by=by, active=True)
            return self._open_tiles(bet, fields) if fields else bet

    def next_mines(self, account_id: str, fields: Sequence[int]) -> Booked:
        """Open tiles of the open round."""
        with self._in_flight(account_id) as account, self._lock:
            return self._open_tiles(self._open_round(account), fields)

    def cash_out_mines(self, account_id: str) -> Booked:
        """End the open round with what its gems are worth."""
        with self._in_flight(account_id) as account, self._lock:
            bet = self._open_round(account)
            tiles = mines.opened(bet.state)
            if not tiles:
                raise refusal("insignificantBet")
            return self._finish_mines(bet, tiles)

    def _open_tiles(self, bet: Booked, fields: Sequence[int]) -> Booked:
        tiles = [*mines.opened(bet.state), *fields]
        if mines.paid(_seeds_of(bet.pair, bet.nonce), bet.state, tiles) == 0 or mines.is_cleared(bet.state, tiles):
            return self._finish_mines(bet, tiles)
        return self._move(bet, active=True, multiplier=Fraction(0), state=mines.moved(bet.state, tiles))

    def _finish_mines(self, bet: Booked, tiles: list[int]) -> Booked:
        seeds = _seeds_of(bet.pair, bet.nonce)
        multiplier = mines.paid(seeds, bet.state, tiles)
        return self._move(bet, active=False, multiplier=multiplier, state=mines.ended(seeds, bet.state, tiles))

    def _move(self, bet: Booked, *, active: bool, multiplier: Fraction, state: dict[str, Any]) -> Booked:
        payout = money.cut_fraction(money.times(bet.amount, multiplier))
        self._happened(
            "round_moved", id=bet.id, active=active, multiplier=str(multiplier), payout=str(payout), state=state
        )
        return self._records.bet(bet.id)

    @staticmethod
    def _open_round(account: Account) -> Booked:
        if not account.open_rounds:
            raise refusal("notFound", "There is no active game.")
        return account.open_rounds[0]

    def _in_flight(self, account_id: str) -> "_InFlight":
        return _InFlight(self.account(account_id))

    def _check_bet(self, account: Account, game: str, amount: Decimal, currency: str) -> None:
        self._check_currency(currency)
        # A wager of zero is legal at the venue: it only looks at the round.
        if 0 < amount < money.LEAST_WAGER[currency]:
            raise refusal("insignificantBet")
        if any(bet.game == game for bet in account.open_rounds):
            raise refusal("existingGame")
        if account.available[currency] < amount:
            raise refusal("insufficientBalance")

    @staticmethod
    def _check_currency(currency: str) -> None:
        if currency not in money.CURRENCIES:
            raise Refused("invalidInput", "currency is not one of this venue.")

    def _book(
        self,
        account: Account,
        game: str,
        amount: Decimal,
        currency: str,
        payout: Decimal,
        multiplier: Fraction,
        state: dict[str, Any],
        *,
        by: str,
        active: bool = False,
    ) -> Booked:
        bet_id = self._uuid()
        last = self._records.last_number or FIRST_NUMBER
        self._happened(
            "bet_booked",
            account=account.id,
            id=bet_id,
            number=last + self._random.randint(1, NUMBER_STEP_MAX),
            game=game,
            nonce=account.pair.nonce + 1,
            amount=str(amount),
            payout=str(payout),
            multiplier=str(multiplier),
            currency=currency,
            state=state,
            active=active,
            by=by,
        )
        return self._records.bet(bet_id)

    @staticmethod
    def _seeds(account: Account) -> Seeds:
        return _seeds_of(account.pair, account.pair.nonce + 1)

    # --- Seeds and the vault ----------------------------------------------------------------------

    def rotate(self, account_id: str, client_seed: str) -> Account:
        """Retire the pair in use, and begin the announced one; refused while a round is open."""
        try:
            check_client_seed(client_seed)
        except InvalidInput as error:
            raise Refused("invalidInput", str(error)) from None
        with self._lock:
            account = self.account(account_id)
            open_games = sorted({bet.game for bet in account.open_rounds})
            if open_games:
                raise refusal("existingGame", f"Finish your existing games first: {', '.join(open_games)}.")
            self._happened(
                "pair_rotated",
                account=account.id,
                client_seed=client_seed,
                client_seed_id=self._uuid(),
                pair=self._uuid(),
                next_server_seed=self._hex(32),
            )
            return account

    def move_to_vault(self, account_id: str, currency: str, amount: Decimal) -> str:
        """Move money into the vault; the move's id."""
        self._check_currency(currency)
        with self._lock:
            account = self.account(account_id)
            if amount <= 0:
                raise Refused("numberTooSmall", "Number too small.")
            if account.available[currency] < amount:
                raise refusal("insufficientBalance")
            move_id = self._uuid()
            self._happened("vault_moved", id=move_id, account=account.id, currency=currency, amount=str(amount))
            return move_id

    # --- Questions --------------------------------------------------------------------------------

    def bet(self, *, number: int | None = None, bet_id: str | None = None) -> tuple[Account, Booked] | None:
        """A bet and whose it is, by the number of its `house:` id or by its UUID; None where there is none."""
        with self._lock:
            found = bet_id if bet_id is not None else self._records.id_of_number.get(-1 if number is None else number)
            if found is None or found not in self._records.owner_of_bet:
                return None
            return self._records.owner_of_bet[found], self._records.bet(found)

    def history(self, account_id: str, *, limit: int, offset: int) -> list[Booked]:
        """An account's bets, newest first."""
        with self._lock:
            bets = self.account(account_id).bets
            end = max(0, len(bets) - offset)
            return bets[max(0, end - limit) : end][::-1]

    def still(self) -> AbstractContextManager[object]:
        """While this is entered nothing changes: for who reads more than one thing, `with world.still():`."""
        return self._lock

    # --- Inside -----------------------------------------------------------------------------------

    def _happened(self, kind: str, **details: Any) -> None:
        fact: Fact = {"fact": kind, "at": self._clock().astimezone(UTC).isoformat(), **details}
        if self._journal:
            self._journal.write(fact)
        self._records.apply(fact)

    def _uuid(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def _hex(self, size: int) -> str:
        return self._random.getrandbits(8 * size).to_bytes(size, "big").hex()

    def _client_seed(self) -> str:
        return "".join(self._random.choice(CLIENT_SEED_LETTERS) for _ in range(10))


class _InFlight:
    """The account while one of its bets is being processed; entering it twice is the refusal of a parallel bet."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def __enter__(self) -> Account:
        if not self._account.in_flight.acquire(blocking=False):
            raise refusal("parallelCasinoBet")
        return self._account

    def __exit__(self, *error: object) -> None:
        self._account.in_flight.release()


def _seeds_of(pair: Pair, nonce: int) -> Seeds:
    return Seeds(pair.server_seed, pair.client_seed, nonce)
