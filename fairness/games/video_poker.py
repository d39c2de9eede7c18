"""Video poker: five cards are dealt, the player holds some, the rest are replaced, the hand pays by its rank.

Ten cards are drawn without repeats from one deck of 52: the first five are the deal, the other five replace what is
not held, in order from left to right. (The venue's text speaks of 52 drawn cards; no more than ten can matter.)
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import comb
from typing import Any, Final

from fairness.cards import DECK, RANKS, SUITS, Card, names
from fairness.draws import draw_without_repeats
from fairness.games.base import OptionInfo, Pick, SeedGame, draw_steps
from fairness.options import Params, check_names, positions

HAND: Final = 5
DRAWN: Final = 2 * HAND

# What one unit returns, by the rank of the final hand. Source: two independent simulators of the venue's game; no list
# of the venue's own is known.
PAYOUTS: Final[dict[str, Decimal]] = {
    "royal flush": Decimal(800),
    "straight flush": Decimal(60),
    "four of a kind": Decimal(22),
    "full house": Decimal(9),
    "flush": Decimal(6),
    "straight": Decimal(4),
    "three of a kind": Decimal(3),
    "two pair": Decimal(2),
    "pair of jacks or better": Decimal(1),
    "nothing": Decimal(0),
}

_LOW_ACE: Final = {RANKS.index(rank) for rank in ("A", "2", "3", "4", "5")}
_ROYAL: Final = {RANKS.index(rank) for rank in ("10", "J", "Q", "K", "A")}
_PAYING_PAIRS: Final = ("J", "Q", "K", "A")


@dataclass(frozen=True, slots=True)
class VideoPokerOptions:
    """Which cards the player held, by position in the deal (0 to 4); None when that is not known."""

    held: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class VideoPokerRound:
    """One round: the deal, and the cards that replace what is not held."""

    initial_hand: tuple[Card, ...]
    coming_hand: tuple[Card, ...]


class VideoPoker(SeedGame[VideoPokerOptions, VideoPokerRound]):
    name = "video_poker"
    title = "Video Poker"
    result_name = "multiplier"
    option_infos = (
        OptionInfo("held", "positions", "Cards held, 0 to 4", low=0, high=HAND - 1, most=HAND, optional=True),
    )

    def read_options(self, given: Params) -> VideoPokerOptions:
        check_names(given, ("held",))
        return VideoPokerOptions(positions(given, "held", low=0, high=HAND - 1, most=HAND))

    def floats_needed(self, options: VideoPokerOptions) -> int:
        return DRAWN

    def play(self, floats: Sequence[float], options: VideoPokerOptions) -> VideoPokerRound:
        drawn = [DECK[place] for place in draw_without_repeats(floats, pool_size=len(DECK), picks=DRAWN)]
        return VideoPokerRound(tuple(drawn[:HAND]), tuple(drawn[HAND:]))

    def picks(self, floats: Sequence[float], options: VideoPokerOptions) -> tuple[Pick, ...]:
        return draw_steps(floats, pool_size=len(DECK), picks=DRAWN, meaning=lambda drawn: str(DECK[drawn]))

    def result(self, outcome: VideoPokerRound, options: VideoPokerOptions) -> Decimal | None:
        if options.held is None:
            return None
        return PAYOUTS[rank_of(final_hand(outcome, options.held))]

    def payout(self, outcome: VideoPokerRound, options: VideoPokerOptions) -> Fraction | None:
        multiplier = self.result(outcome, options)
        return None if multiplier is None else Fraction(multiplier)

    def distribution(self, options: VideoPokerOptions) -> dict[Decimal, Fraction] | None:
        if options.held is None:
            return None  # Without a hold the round has no result.
        # Positions that are fixed before the deal choose five of ten random cards without looking at them, so the
        # final hand is any five cards of the deck, whichever positions they are.
        return {PAYOUTS[rank]: chance for rank, chance in probabilities().items()}

    def answers(self, outcome: VideoPokerRound, options: VideoPokerOptions) -> dict[str, Any]:
        found: dict[str, Any] = {
            "initial_hand": names(outcome.initial_hand),
            "coming_hand": names(outcome.coming_hand),
        }
        if options.held is not None:
            hand = final_hand(outcome, options.held)
            found |= {"final_hand": names(hand), "hand_rank": rank_of(hand)}
        return found


GAME: Final = VideoPoker()


def final_hand(outcome: VideoPokerRound, held: Sequence[int]) -> tuple[Card, ...]:
    """The hand after the draw: held cards stay where they are, the others are replaced from left to right."""
    coming = iter(outcome.coming_hand)
    return tuple(card if place in held else next(coming) for place, card in enumerate(outcome.initial_hand))


def rank_of(hand: Sequence[Card]) -> str:
    """The best name of five cards, as in `PAYOUTS`. An ace ends a straight at either end."""
    ranks = {RANKS.index(card.rank) for card in hand}
    flush = len({card.suit for card in hand}) == 1
    straight = len(ranks) == HAND and (max(ranks) - min(ranks) == HAND - 1 or ranks == _LOW_ACE)
    if straight and flush:
        return "royal flush" if ranks == _ROYAL else "straight flush"
    counts = Counter(card.rank for card in hand)
    pattern = sorted(counts.values(), reverse=True)
    if pattern == [4, 1]:
        return "four of a kind"
    if pattern == [3, 2]:
        return "full house"
    if flush:
        return "flush"
    if straight:
        return "straight"
    if pattern == [3, 1, 1]:
        return "three of a kind"
    if pattern == [2, 2, 1]:
        return "two pair"
    if any(counts[rank] == 2 for rank in _PAYING_PAIRS):
        return "pair of jacks or better"
    return "nothing"


def probabilities() -> dict[str, Fraction]:
    """The chance of each rank among all hands of five cards."""
    ranks, suits = len(RANKS), len(SUITS)
    runs = ranks - HAND + 2  # from A 2 3 4 5 to 10 J Q K A
    ways = {
        "royal flush": suits,
        "straight flush": (runs - 1) * suits,
        "four of a kind": ranks * (ranks - 1) * suits,
        "full house": ranks * comb(suits, 3) * (ranks - 1) * comb(suits, 2),
        "flush": (comb(ranks, HAND) - runs) * suits,
        "straight": runs * (suits**HAND - suits),
        "three of a kind": ranks * comb(suits, 3) * comb(ranks - 1, 2) * suits**2,
        "two pair": comb(ranks, 2) * comb(suits, 2) ** 2 * (ranks - 2) * suits,
        "pair of jacks or better": len(_PAYING_PAIRS) * comb(suits, 2) * comb(ranks - 1, 3) * suits**3,
    }
    hands = comb(len(DECK), HAND)
    ways["nothing"] = hands - sum(ways.values())
    return {rank: Fraction(count, hands) for rank, count in ways.items()}
