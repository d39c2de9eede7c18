"""Cards: a plain deal from the unlimited deck, as the venue's page lists it under its games of cards.

Every float is one card of the 52: ⌊float × 52⌋ in the order of `fairness.cards`. Nothing is bet on the deal itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fairness.cards import Card, deal, deal_steps, names
from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.options import Params, check_names, whole

COUNT_MAX: Final = 1000  # more cards than any game deals in a round


@dataclass(frozen=True, slots=True)
class CardsOptions:
    """How many cards are dealt."""

    count: int


@dataclass(frozen=True, slots=True)
class CardsDeal:
    """The cards in the order they were dealt."""

    cards: tuple[Card, ...]


class Cards(SeedGame[CardsOptions, CardsDeal]):
    name = "cards"
    title = "Cards"
    result_name = "cards"
    option_infos = (OptionInfo("count", "whole", "Cards", low=1, high=COUNT_MAX),)

    def read_options(self, given: Params) -> CardsOptions:
        check_names(given, ("count",))
        return CardsOptions(whole(given, "count", low=1, high=COUNT_MAX))

    def floats_needed(self, options: CardsOptions) -> int:
        return options.count

    def play(self, floats: Sequence[float], options: CardsOptions) -> CardsDeal:
        return CardsDeal(deal(floats[: options.count]))

    def picks(self, floats: Sequence[float], options: CardsOptions) -> tuple[Pick, ...]:
        return deal_steps(floats, owners=[""] * options.count)

    def result(self, outcome: CardsDeal, options: CardsOptions) -> None:
        return None

    def answers(self, outcome: CardsDeal, options: CardsOptions) -> dict[str, Any]:
        return {"cards": names(outcome.cards)}


GAME: Final = Cards()
