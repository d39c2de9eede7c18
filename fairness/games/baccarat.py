"""Baccarat: punto banco from an unlimited deck.

Every float is one card: the first two are the player's, the next two the banker's, the fifth and sixth the third
cards in order of need. Cards count their pips, tens and pictures nothing, an ace one; a hand counts the last digit of
its sum. Who has eight or nine with two cards ends the round. Otherwise the player draws up to five and stands from
six; the banker does the same when the player stood, and else draws by the table below. The higher total wins.

Sources: the order of the cards is that of the venue's verification page. Player 2, banker 1.95 and tie 9 are what the
game is known to pay; no document of the venue's own was at hand. The rules of the third card, and that a tie returns
bets on player and banker, are those of punto banco everywhere.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, Final

from fairness.cards import RANKS, Card, deal, deal_steps, names
from fairness.games.base import OptionInfo, Pick, SeedGame
from fairness.options import Params, check_names, choice

CARDS: Final = 6

PLAYER, BANKER, TIE = "player", "banker", "tie"
BETS: Final = (PLAYER, BANKER, TIE)

PAYOUTS: Final[dict[str, Decimal]] = {PLAYER: Decimal(2), BANKER: Decimal("1.95"), TIE: Decimal(9)}
RETURNED: Final = Decimal(1)  # of a bet on player or banker, when the round is a tie

NATURAL: Final = 8  # a total of two cards that ends the round, and every higher one
DRAWS_UP_TO: Final = 5  # the player, and the banker after a player who stood

# After a player who drew: the banker's total, and the values of the player's third card at which the banker draws.
BANKER_DRAWS: Final[dict[int, range | tuple[int, ...]]] = {
    0: range(10),
    1: range(10),
    2: range(10),
    3: (0, 1, 2, 3, 4, 5, 6, 7, 9),
    4: range(2, 8),
    5: range(4, 8),
    6: range(6, 8),
    7: (),
}

_VALUES: Final = {rank: int(rank) % 10 if rank.isdigit() else 1 if rank == "A" else 0 for rank in RANKS}


@dataclass(frozen=True, slots=True)
class BaccaratOptions:
    """What the bet was on."""

    on: str | None = None


@dataclass(frozen=True, slots=True)
class BaccaratRound:
    """One round: two cards each, the two that may follow, who took them (None: nobody), totals and winner."""

    player: tuple[Card, ...]
    banker: tuple[Card, ...]
    third_cards: tuple[Card, ...]
    player_third: Card | None
    banker_third: Card | None
    player_total: int
    banker_total: int
    winner: str


class Baccarat(SeedGame[BaccaratOptions, BaccaratRound]):
    name = "baccarat"
    title = "Baccarat"
    result_name = "multiplier"
    option_infos = (OptionInfo("on", "choice", "Bet on", choices=BETS, optional=True),)

    def read_options(self, given: Params) -> BaccaratOptions:
        check_names(given, ("on",))
        return BaccaratOptions(choice(given, "on", BETS) if given.get("on") is not None else None)

    def floats_needed(self, options: BaccaratOptions) -> int:
        return CARDS

    def play(self, floats: Sequence[float], options: BaccaratOptions) -> BaccaratRound:
        cards = deal(floats[:CARDS])
        player, banker, third_cards = cards[:2], cards[2:4], cards[4:]
        player_total, banker_total = _total(player), _total(banker)
        coming = iter(third_cards)
        player_third = banker_third = None
        if max(player_total, banker_total) < NATURAL:
            if player_total <= DRAWS_UP_TO:
                player_third = next(coming)
            if banker_draws(banker_total, None if player_third is None else card_value(player_third)):
                banker_third = next(coming)
        player_total = _total(player, player_third)
        banker_total = _total(banker, banker_third)
        winner = winner_of(player_total, banker_total)
        return BaccaratRound(
            player, banker, third_cards, player_third, banker_third, player_total, banker_total, winner
        )

    def picks(self, floats: Sequence[float], options: BaccaratOptions) -> tuple[Pick, ...]:
        return deal_steps(floats, owners=["player"] * 2 + ["banker"] * 2 + ["third card"] * 2)

    def result(self, outcome: BaccaratRound, options: BaccaratOptions) -> Decimal | None:
        return None if options.on is None else multiplier(options.on, outcome.winner)

    def payout(self, outcome: BaccaratRound, options: BaccaratOptions) -> Fraction | None:
        return None if options.on is None else Fraction(multiplier(options.on, outcome.winner))

    def distribution(self, options: BaccaratOptions) -> dict[Decimal, Fraction] | None:
        if options.on is None:
            return None  # The round has a winner, and no number; `probabilities` has the winners' chances.
        chances: dict[Decimal, Fraction] = defaultdict(Fraction)
        for winner, chance in probabilities().items():
            chances[multiplier(options.on, winner)] += chance
        return dict(chances)

    def answers(self, outcome: BaccaratRound, options: BaccaratOptions) -> dict[str, Any]:
        return {
            "player_cards": names(outcome.player),
            "banker_cards": names(outcome.banker),
            "third_cards": names(outcome.third_cards),
            "player_third_card": None if outcome.player_third is None else str(outcome.player_third),
            "banker_third_card": None if outcome.banker_third is None else str(outcome.banker_third),
            "player_total": outcome.player_total,
            "banker_total": outcome.banker_total,
            "winner": outcome.winner,
        }


GAME: Final = Baccarat()


def card_value(card: Card) -> int:
    """What a card counts: 0 to 9."""
    return _VALUES[card.rank]


def banker_draws(total: int, player_third: int | None) -> bool:
    """Whether the banker draws with this total of two cards, after the value the player drew (None: stood)."""
    return total <= DRAWS_UP_TO if player_third is None else player_third in BANKER_DRAWS[total]


def winner_of(player_total: int, banker_total: int) -> str:
    """Who has more: player, banker, or tie."""
    if player_total == banker_total:
        return TIE
    return PLAYER if player_total > banker_total else BANKER


def multiplier(on: str, winner: str) -> Decimal:
    """What one unit on player, banker or tie returns when this wins."""
    if on == winner:
        return PAYOUTS[on]
    return RETURNED if winner == TIE else Decimal(0)


@cache
def _winner_probabilities() -> tuple[tuple[str, Fraction], ...]:
    """The winners' chances, by going through every pair of two-card totals and every third card."""
    of_card = {value: Fraction(list(_VALUES.values()).count(value), len(RANKS)) for value in range(10)}
    of_two: dict[int, Fraction] = defaultdict(Fraction)
    for first, second in product(range(10), repeat=2):
        of_two[(first + second) % 10] += of_card[first] * of_card[second]

    chances: dict[str, Fraction] = dict.fromkeys(BETS, Fraction(0))
    for player, banker in product(range(10), repeat=2):
        dealt = of_two[player] * of_two[banker]
        ends = max(player, banker) >= NATURAL
        thirds = of_card if not ends and player <= DRAWS_UP_TO else {None: Fraction(1)}
        for third, of_third in thirds.items():
            player_total = (player + (third or 0)) % 10
            drawn = of_card if not ends and banker_draws(banker, third) else {0: Fraction(1)}
            for last, of_last in drawn.items():
                chances[winner_of(player_total, (banker + last) % 10)] += dealt * of_third * of_last
    return tuple(chances.items())


def probabilities() -> dict[str, Fraction]:
    """The chance that player, banker or neither wins, every card of the unlimited deck being equally likely."""
    return dict(_winner_probabilities())


def _total(cards: Sequence[Card], third: Card | None = None) -> int:
    return (sum(map(card_value, cards)) + (0 if third is None else card_value(third))) % 10
