"""What the venue tells and is told, as typed values; amounts in whole units of a currency, never floats. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Order:
    """A bet as it is asked for: the game by our slug, its options under the names that `fairness` gives them."""

    game: str
    amount: Decimal
    currency: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Person:
    """Whose token it is."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has in one currency."""

    currency: str
    available: Decimal
    vault: Decimal


@dataclass(frozen=True, slots=True)
class SeedPair:
    """The account's pair in use. `nonce` is that of the last round played under it, 0 where none was."""

    client_seed: str
    server_seed_hash: str
    next_server_seed_hash: str | None
    nonce: int
    open_games: tuple[str, ...] = ()  # games with a round that is not over, which the venue does not rotate under


@dataclass(frozen=True, slots=True)
class RetiredSeed:
    """A server seed that is no longer in use, so the venue shows it. `nonce` is that of its last round."""

    server_seed: str
    server_seed_hash: str
    client_seed: str | None
    nonce: int | None


@dataclass(frozen=True, slots=True)
class VenueBet:
    """A bet as the venue tells it. What an answer does not say is None, never assumed.

    `game` is our slug, or the venue's own name of a game we do not know; `multiplier` is as the wire has it, not
    rounded; `state` is what the game tells of its round, under the venue's names.
    """

    id: str
    game: str
    amount: Decimal
    payout: Decimal
    multiplier: Decimal
    currency: str
    state: Mapping[str, Any]
    active: bool = False
    iid: str | None = None  # house:123…
    nonce: int | None = None
    placed_at: datetime | None = None
    client_seed: str | None = None
    server_seed_hash: str | None = None
    server_seed: str | None = None  # once it is retired


@dataclass(frozen=True, slots=True)
class VaultMove:
    """Money that was moved into the vault."""

    id: str
    currency: str
    amount: Decimal
