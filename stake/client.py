"""The venue, asked over HTTP: the only place from which this app sends anything.

Stores nothing and knows no models. Everything it raises about the venue is a `VenueError`, which says whether it proves
that nothing was placed. **A bet is never sent twice**: `place` sends again only where the venue's validation refused
the very question before, so that nothing can have come of it.
"""

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

import httpx

from fairness.seeds import check_client_seed
from stake import games, network, payloads
from stake import operations as ask
from stake.asking import Forms
from stake.errors import (
    FieldRefused,
    InvalidSession,
    NotAllowed,
    NotConnected,
    RateLimited,
    SchemaChanged,
    Transient,
    VenueError,
)
from stake.line import DEADLINE, DEFAULT_USER_AGENT, TIMEOUTS, Keys, Line
from stake.operations import Operation, Selection
from stake.replies import read_reply
from stake.values import Balance, Order, Person, RetiredSeed, SeedPair, VaultMove, VenueBet
from streams import exactjson

__all__ = ["DEADLINE", "HISTORY_MAX", "Venue"]

GRAPHQL_PATH: Final = "/_api/graphql"
HISTORY_MAX: Final = 50  # bets a page, the venue's own limit

READ_TRIES: Final = 3
LOOK_UP_TRIES: Final = 2  # after a bet, when it is only for its nonce
FIRST_WAIT: Final = 0.5  # seconds before a read is tried again, doubled each time, and half as much again at random
LONGEST_WAIT: Final = 10.0  # a longer one is the caller's to decide

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_FORMS: Final = Forms()

T = TypeVar("T")


class Venue:
    """The venue as one session sees it. Thread-safe."""

    def __init__(
        self,
        base_url: str,
        token: str,
        clearance: str | None = None,
        user_agent: str | None = None,
        transport: httpx.BaseTransport | None = None,
        proxy: str | None = None,
        timeouts: httpx.Timeout = TIMEOUTS,
        *,
        lockdown_token: str | None = None,
        deadline: float = DEADLINE,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        forms: Forms = _FORMS,
    ) -> None:
        """Raises `ValueError` for an address that is not https, and for secrets that no header can hold."""
        keys = Keys(token, clearance, lockdown_token)
        self._owns_transport = transport is not None or base_url.startswith("http://")
        self._line = Line(
            base_url,
            keys,
            user_agent=user_agent or DEFAULT_USER_AGENT,
            transport=transport or _transport_to(base_url, proxy),
            timeouts=timeouts,
        )
        self._deadline = deadline
        self._sleep, self._chance, self._now = sleep, chance, now
        self._forms = forms

    def __repr__(self) -> str:
        return f"Venue({self._line!r})"

    def close(self) -> None:
        """Close the connections that are this one's own."""
        if self._owns_transport:
            self._line.close()

    # --- Reading: may be asked again ------------------------------------------------------------

    def who(self) -> Person:
        """Whose token it is. Raises `InvalidSession` where it is nobody's any more."""
        try:
            return payloads.read_person(self._user(ask.WHO))
        except NotAllowed:
            raise InvalidSession from None

    def balances(self) -> tuple[Balance, ...]:
        """What the account has, one a currency."""
        return payloads.read_balances(self._user(ask.BALANCES))

    def seed_pair(self) -> SeedPair:
        """The pair in use, and the games that stand in the way of a rotation where the venue tells."""
        return payloads.read_seed_pair(self._user(ask.SEED_PAIR))

    def retired_seed(self) -> RetiredSeed | None:
        """The pair before the one in use; None where there is none, or the venue refuses the question."""
        try:
            return payloads.read_retired_seed(self._user(ask.RETIRED_SEED))
        except FieldRefused:
            return None

    def look_up(self, *, iid: str | None = None, bet_id: str | None = None) -> VenueBet:
        """One bet by its number (house:123…) or its UUID. Raises `BetNotFound`."""
        return self._look_up(iid=iid, bet_id=bet_id, tries=READ_TRIES)

    def history(self, *, limit: int = HISTORY_MAX, offset: int = 0) -> tuple[VenueBet, ...]:
        """The account's bets, newest first. Those of games of many players are left out, so a page may be short."""
        if not 1 <= limit <= HISTORY_MAX or offset < 0:
            raise ValueError(f"A page of history has 1 to {HISTORY_MAX} bets.")
        return payloads.read_history(self._user(ask.HISTORY, {"limit": limit, "offset": offset}))

    # --- Writing: never asked again without proof -----------------------------------------------

    def place(self, order: Order, *, identifier: str) -> VenueBet:
        """Place a bet. An error's `proves_nothing_placed` says what is known; all its sockets are closed after
        `DEADLINE` seconds.

        Raises `fairness.errors.InvalidInput` before anything is sent. What the answer does not say, such as the nonce,
        is looked up; where that fails it stays None.
        """
        order = games.check_order(order)
        if not _IDENTIFIER.fullmatch(identifier):
            raise ValueError("An identifier has 1 to 64 letters, digits, - or _.")
        with network.deadline(self._deadline):
            bet = payloads.read_bet(self._first_taken(f"place:{order.game}", self._bet_forms(order, identifier)))
        return self._completed(bet)

    def rotate(self, client_seed: str) -> SeedPair:
        """Retire the pair in use, and begin one with this client seed. Decided by the active hash, where it fails."""
        check_client_seed(client_seed)
        return payloads.read_rotation(self._ask(ask.ROTATE[0], {"seed": client_seed}))

    def move_to_vault(self, currency: str, amount: Decimal) -> VaultMove:
        """Move money into the account's vault."""
        return payloads.read_vault_move(self._ask(ask.VAULT[0], {"currency": currency, "amount": amount}))

    # --- How ------------------------------------------------------------------------------------

    def _bet_forms(self, order: Order, identifier: str) -> list[Callable[[], Any]]:
        """The ways to place an order, the fullest first; each sends once when called."""
        requests = [games.graphql_request(order, identifier, selection) for selection in Selection]
        forms = [_later(self._ask, request.operation, request.variables) for request in requests if request]
        path, body = games.rest_request(order, identifier)
        return [*forms, _later(self._post, path, body, games.rest_field(order.game))]

    def _first_taken(self, question: str, forms: Sequence[Callable[[], T]]) -> T:
        """The answer to the first form that is not refused by validation, with proof that nothing came of it."""
        host = self._line.base_url
        first = self._forms.first(host, question)
        for index in range(first if first < len(forms) else 0, len(forms)):
            try:
                answer = forms[index]()
            except FieldRefused as refused:
                if index + 1 < len(forms) and refused.proves_nothing_placed:
                    continue
                self._forms.forget(host, question)
                raise
            self._forms.works(host, question, index)
            return answer
        raise SchemaChanged  # no question is without a form

    def _completed(self, bet: VenueBet) -> VenueBet:
        """The bet with what only a look-up tells. It is placed, so no failure of that may hide it."""
        if bet.nonce is not None and bet.server_seed_hash is not None and bet.client_seed is not None:
            return bet
        try:
            found = self._look_up(bet_id=bet.id, tries=LOOK_UP_TRIES)
        except VenueError:
            return bet
        if (found.id, found.game, found.currency) != (bet.id, bet.game, bet.currency):
            return bet
        return replace(
            bet,
            iid=found.iid,
            nonce=found.nonce if bet.nonce is None else bet.nonce,
            placed_at=bet.placed_at or found.placed_at,
            client_seed=bet.client_seed or found.client_seed,
            server_seed_hash=bet.server_seed_hash or found.server_seed_hash,
            server_seed=bet.server_seed or found.server_seed,
            state={**found.state, **bet.state},
        )

    def _look_up(self, *, iid: str | None = None, bet_id: str | None = None, tries: int) -> VenueBet:
        if (iid is None) == (bet_id is None):
            raise ValueError("A bet is looked up by its number or by its UUID.")
        variables = {"iid": iid} if iid is not None else {"betId": bet_id}
        return payloads.read_looked_up(self._read(ask.LOOK_UP, variables, tries=tries))

    def _user(self, forms: tuple[Operation, ...], variables: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        return payloads.signed_in(self._read(forms, variables or {}))

    def _read(self, forms: tuple[Operation, ...], variables: Mapping[str, Any], *, tries: int = READ_TRIES) -> Any:
        """Ask a question that changes nothing, again after a while where the venue or the way to it fails."""
        for attempt in range(tries):
            try:
                return self._first_taken(forms[0].name, [_later(self._ask_read, form, variables) for form in forms])
            except (Transient, NotConnected, RateLimited) as error:
                wait = FIRST_WAIT * 2**attempt * (1 + self._chance() / 2)
                if error.retry_after is not None:
                    wait = max(wait, error.retry_after.total_seconds())
                if attempt + 1 == tries or wait > LONGEST_WAIT:
                    raise
            self._sleep(wait)
        raise Transient  # never asked: `tries` is below one

    def _ask_read(self, operation: Operation, variables: Mapping[str, Any]) -> Any:
        """As `_ask`; a question that changes nothing may be put otherwise on the venue's word alone."""
        try:
            return self._ask(operation, variables, null_is_answer=True)
        except FieldRefused as refused:
            raise FieldRefused(refused.message, proves=True) from None

    def _ask(self, operation: Operation, variables: Mapping[str, Any], *, null_is_answer: bool = False) -> Any:
        body = {"operationName": operation.name, "query": operation.document, "variables": dict(variables)}
        headers = {"x-operation-name": operation.name, "x-operation-type": operation.kind}
        return self._post(GRAPHQL_PATH, body, operation.field, headers=headers, null_is_answer=null_is_answer)

    def _post(
        self,
        path: str,
        body: Mapping[str, Any],
        field: str,
        *,
        headers: Mapping[str, str] | None = None,
        null_is_answer: bool = False,
    ) -> Any:
        """Send once, and give the operation's object."""
        text = exactjson.dumps(dict(body))
        reply = self._line.post(path, text, headers=headers or {}, seconds=self._deadline)
        return read_reply(reply, field, at=self._now(), null_is_answer=null_is_answer)


def _transport_to(base_url: str, proxy: str | None) -> httpx.BaseTransport:
    return network.loopback_transport() if base_url.startswith("http://") else network.shared_transport(proxy)


def _later(function: Callable[..., T], *arguments: Any) -> Callable[[], T]:
    return lambda: function(*arguments)
