"""Hilo: guess whether the next card is higher or lower than the one on the table.

The deck is unlimited: every float is one card, ace low, king high. The venue's page lists 52 cards from the first
float. The player chooses the start card, and no source proves whether the first float is the start card that the page
shows or the first card drawn after it. So the cards are certain, and the payout rests on an assumption, the second
reading: the start card is the one chosen, and the guesses are judged by the listed cards from the first on.

A guess whose k of 13 ranks are favourable multiplies by 13 / k, and the whole by 0.99, once. Source: a bet in
Antebot's samples (ace, higher: 1.0725; king, lower: 1.161875 = 0.99 × (13 / 12)²). A skip keeps the multiplier and
moves to the next card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from fairness.cards import DECK, Card, deal, deal_steps, names, read_card
from fairness.errors import InvalidInput
from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.options import Params, check_names, words_in_order

CARDS: Final = 52

RETURN: Final = Fraction(99, 100)  # of what is wagered, on average

# From low to high; not the order of the deck, where the ace comes last.
RANKS: Final = ("A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K")
_LAST: Final = len(RANKS) - 1

# The venue's page has one button up and one down. On a rank between they mean "or the same" and the wire says
# higherEqual and lowerEqual; on an ace, higher is strict, as is lower on a king. Both spellings mean the button.
_HIGHER: Final = ("higher", "higherEqual")
_LOWER: Final = ("lower", "lowerEqual")
GUESSES: Final = (*_HIGHER, *_LOWER, "equal", "skip")


@dataclass(frozen=True, slots=True)
class HiloOptions:
    """The card the player started from, and the guesses in order."""

    start_card: Card | None = None
    guesses: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class HiloRound:
    """One round: 52 cards in the order they are drawn."""

    cards: tuple[Card, ...]


class Hilo(SeedGame[HiloOptions, HiloRound]):
    name = "hilo"
    title = "Hilo"
    result_name = "cards"
    unsourced = (
        "No source proves that the first listed card is the first one drawn after the start card: "
        "the payout assumes that it is."
    )
    option_infos = (
        OptionInfo("start_card", "choice", "Start card", choices=tuple(names(DECK)), optional=True),
        OptionInfo("guesses", "choices", "Guesses", choices=GUESSES, most=CARDS, optional=True),
    )

    def read_options(self, given: Params) -> HiloOptions:
        check_names(given, ("start_card", "guesses"))
        start_card = read_card(given, "start_card")
        guesses = words_in_order(given, "guesses", GUESSES, most=CARDS)
        if guesses is not None and start_card is None:
            raise InvalidInput("start_card", "is missing: the first guess is judged from it")
        return HiloOptions(start_card, guesses)

    def floats_needed(self, options: HiloOptions) -> int:
        return CARDS

    def play(self, floats: Sequence[float], options: HiloOptions) -> HiloRound:
        return HiloRound(deal(floats[:CARDS]))

    def picks(self, floats: Sequence[float], options: HiloOptions) -> tuple[Pick, ...]:
        return deal_steps(floats, owners=[""] * CARDS)

    def result(self, outcome: HiloRound, options: HiloOptions) -> None:
        return None  # The venue shows cards. A multiplier depends on the guesses: see `payout`.

    def payout(self, outcome: HiloRound, options: HiloOptions) -> Fraction | None:
        """What one unit returned when the player cashed out after the guesses. None when nothing was guessed."""
        if options.start_card is None or options.guesses is None or set(options.guesses) == {"skip"}:
            return None
        paid = RETURN
        card = options.start_card
        for guess, drawn in zip(options.guesses, outcome.cards, strict=False):
            if guess != "skip":
                wins = favourable(card, guess)
                if drawn.rank not in wins:
                    return Fraction(0)
                paid *= Fraction(len(RANKS), len(wins))
            card = drawn
        return paid

    def answers(self, outcome: HiloRound, options: HiloOptions) -> dict[str, Any]:
        return {"cards": names(outcome.cards)}


GAME: Final = Hilo()


def favourable(card: Card, guess: str) -> tuple[str, ...]:
    """The ranks of the next card with which this guess wins.

    On an ace, down is the ace alone, and on a king, up is the king alone: the guess `equal` of the wire.
    """
    place = RANKS.index(card.rank)
    if guess in _HIGHER:
        return RANKS[1:] if place == 0 else RANKS[place:]
    if guess in _LOWER:
        return RANKS[:_LAST] if place == _LAST else RANKS[: place + 1]
    if guess == "equal":
        return (card.rank,)
    raise InvalidInput("guess", f"must be one of {', '.join(GUESSES[:-1])}")
