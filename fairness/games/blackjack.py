"""Blackjack: the cards of a round, in the order the table asks for them.

The deck is unlimited: every float is one card. The first two are the player's, the next two the dealer's, and the
rest come in order of need; the venue's page lists 52. What is needed, and what a hand pays, depends on what the player
does (hit, stand, double, split, insurance), so only the cards and what they are worth are recomputed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from fairness.cards import Card, deal, deal_steps, names
from fairness.games.base import Pick, SeedGame
from fairness.options import Params, check_names

CARDS: Final = 52  # listed by the venue's page; no hand needs as many

BLACKJACK: Final = 21
_TENS: Final = ("10", "J", "Q", "K")


class HandValue(NamedTuple):
    """What cards are worth; soft when an ace counts as eleven."""

    total: int
    soft: bool


@dataclass(frozen=True, slots=True)
class BlackjackOptions:
    """Blackjack has nothing to set before the deal."""


@dataclass(frozen=True, slots=True)
class BlackjackDeal:
    """The first hands, and the cards that follow in order of need."""

    player: tuple[Card, ...]
    dealer: tuple[Card, ...]
    remaining: tuple[Card, ...]


class Blackjack(SeedGame[BlackjackOptions, BlackjackDeal]):
    name = "blackjack"
    title = "Blackjack"
    result_name = "cards"
    unsourced = "What a hand pays depends on the player's moves: the cards are recomputed, the payout is unknown."

    def read_options(self, given: Params) -> BlackjackOptions:
        check_names(given, ())
        return BlackjackOptions()

    def floats_needed(self, options: BlackjackOptions) -> int:
        return CARDS

    def play(self, floats: Sequence[float], options: BlackjackOptions) -> BlackjackDeal:
        cards = deal(floats[:CARDS])
        return BlackjackDeal(cards[:2], cards[2:4], cards[4:])

    def picks(self, floats: Sequence[float], options: BlackjackOptions) -> tuple[Pick, ...]:
        return deal_steps(floats, owners=["player"] * 2 + ["dealer"] * 2 + ["next"] * (CARDS - 4))

    def result(self, outcome: BlackjackDeal, options: BlackjackOptions) -> None:
        return None

    def answers(self, outcome: BlackjackDeal, options: BlackjackOptions) -> dict[str, Any]:
        return {
            "player_cards": names(outcome.player),
            "dealer_cards": names(outcome.dealer),
            "remaining_cards": names(outcome.remaining),
            "player_value": hand_value(outcome.player).total,
            "dealer_value": hand_value(outcome.dealer).total,
            "player_natural": is_natural(outcome.player),
            "dealer_natural": is_natural(outcome.dealer),
        }


GAME: Final = Blackjack()


def hand_value(cards: Sequence[Card]) -> HandValue:
    """The worth of a hand: pictures ten, one ace eleven as long as that does not pass 21, further aces one."""
    hard = sum(_hard_value(card) for card in cards)
    soft = any(card.rank == "A" for card in cards) and hard + 10 <= BLACKJACK
    return HandValue(hard + 10 if soft else hard, soft)


def is_natural(cards: Sequence[Card]) -> bool:
    """Whether a hand is 21 with its first two cards."""
    return len(cards) == 2 and hand_value(cards).total == BLACKJACK


def _hard_value(card: Card) -> int:
    if card.rank == "A":
        return 1
    return 10 if card.rank in _TENS else int(card.rank)
