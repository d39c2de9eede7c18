"""Playing cards as the games of cards share them.

The venue numbers the 52 cards from the two of diamonds to the ace of clubs: ranks outside, suits inside. Where the
deck is unlimited (baccarat, blackjack, hilo), every float picks one card of the 52, whatever was dealt before. A card
is written as rank and suit, `10-heart` or `A-club`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from fairness.errors import InvalidInput
from fairness.games.base import Pick, floor_step
from fairness.options import Params

RANKS: Final = ("2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K", "A")
SUITS: Final = ("diamond", "heart", "spade", "club")


class Card(NamedTuple):
    """One playing card."""

    rank: str
    suit: str

    def __str__(self) -> str:
        return f"{self.rank}-{self.suit}"


DECK: Final = tuple(Card(rank, suit) for rank in RANKS for suit in SUITS)

_BY_NAME: Final = {str(card): card for card in DECK}


def deal(floats: Iterable[float]) -> tuple[Card, ...]:
    """One card a float, from an unlimited deck."""
    return tuple(DECK[int(number * len(DECK))] for number in floats)


def deal_steps(floats: Sequence[float], *, owners: Sequence[str]) -> tuple[Pick, ...]:
    """The steps of a deal; `owners` says of each card whose it is, with an empty text where that is plain."""
    return tuple(floor_step(number, len(DECK), _meaning(owner)) for number, owner in zip(floats, owners, strict=False))


def _meaning(owner: str) -> Callable[[int], str]:
    return lambda drawn: f"{owner}: {DECK[drawn]}" if owner else str(DECK[drawn])


def names(cards: Iterable[Card]) -> list[str]:
    """The cards as text, in their order."""
    return [str(card) for card in cards]


def read_card(given: Params, name: str) -> Card | None:
    """The option as a card; None when it is not given."""
    value = given.get(name)
    if value is None:
        return None
    card = _BY_NAME.get(value) if isinstance(value, str) else None
    if card is None:
        raise InvalidInput(name, "must be a card such as 10-heart or A-club")
    return card
