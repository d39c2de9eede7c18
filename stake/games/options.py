"""Which games can be placed, what each must be told, and how the venue calls them. Pure.

Options have the names that `fairness` gives them. There they may be missing, since a round is the same whatever was bet
on it; here all of a bet must be said.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.games import bars, registry, roulette
from fairness.games.base import OptionInfo
from fairness.options import check_names, positions
from stake.values import Order

# What a bet must name, by our slug. Games of several steps (Mines, Hilo, Blackjack …) are not placed from here.
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "limbo": ("target",),
    "dice": ("target", "condition"),
    "pump": ("difficulty", "pumps"),
    "keno": ("picks", "risk"),
    "plinko": ("risk", "rows"),
    "wheel": ("risk", "segments"),
    "diamonds": (),
    "cases": ("difficulty",),
    "bars": ("difficulty", "picks"),
    "darts": ("difficulty",),
    "snakes": ("difficulty", "rolls"),
    "chicken": ("difficulty", "lanes"),
    "tarot": ("difficulty",),
    "drill": ("target", "pick"),
    "packs": (),
    "baccarat": ("on",),
    "roulette": ("bet",),
    "dragon_tower": ("difficulty", "picks"),
}
# What it may name besides: the numbers of a bet on numbers, and how many tiles are picked, which the picks say already.
ALLOWED_TOO: Final[Mapping[str, tuple[str, ...]]] = {"roulette": ("numbers",), "bars": ("tiles",)}

# The venue numbers its three rows, and no source tells which is which.
ROULETTE_ROWS: Final = tuple(bet for bet in roulette.KINDS if bet.startswith("row_"))

# The venue's names of games, where they are not simply ours.
VENUE_SLUGS: Final[Mapping[str, str]] = {
    "dragon_tower": "dragonTower",
    "video_poker": "videoPoker",
    "rock_paper_scissors": "rockPaperScissors",
    "scarab_spin": "slots",
    "tome_of_life": "slotsTomeOfLife",
    "blue_samurai": "slotsSamurai",
}

AMOUNT_DIGITS_MAX: Final = 20  # before the point
AMOUNT_DECIMALS_MAX: Final = 18
CURRENCY_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class PlacedGame:
    """A game that can be placed in one request. `fields` are what a form asks for, in its order."""

    slug: str
    title: str
    fields: tuple[OptionInfo, ...]
    unsourced: str  # a sentence, where no source tells for sure what the game pays


def _fields(slug: str) -> tuple[OptionInfo, ...]:
    infos = {info.name: info for info in registry.game(slug).option_infos}
    fields = [replace(infos[name], optional=False) for name in NEEDED[slug]]
    if slug == "roulette":
        bets = tuple(bet for bet in roulette.KINDS if bet not in ROULETTE_ROWS)
        fields = [replace(fields[0], choices=bets), infos["numbers"]]
    return tuple(fields)


def _placed(slug: str) -> PlacedGame:
    game = registry.game(slug)
    return PlacedGame(slug, game.title, _fields(slug), game.unsourced)


GAMES: Final[Mapping[str, PlacedGame]] = MappingProxyType({slug: _placed(slug) for slug in NEEDED})


def placed_game(slug: str) -> PlacedGame:
    """The game of this slug. Raises `InvalidInput` for one that is not placed from here."""
    if not isinstance(slug, str) or slug not in GAMES:
        raise InvalidInput("game", f"must be one of {', '.join(GAMES)}")
    return GAMES[slug]


def check_options(game: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a bet, typed and complete: numbers as `Decimal` or int, picks as lists. Raises `InvalidInput`.

    None and empty text count as not given, as forms send them.
    """
    placed = placed_game(game)
    check_names(options, (*NEEDED[placed.slug], *ALLOWED_TOO.get(placed.slug, ())))
    given = {name: value for name, value in options.items() if value is not None and value != ""}
    for name in NEEDED[placed.slug]:
        if name not in given:
            raise InvalidInput(name, "is missing")
    if placed.slug == "bars":
        given["tiles"] = _tiles_picked(given)
    if given.get("bet") in ROULETTE_ROWS:
        raise InvalidInput("bet", "cannot be a row: which of the venue's rows is which is not known")
    read = asdict(registry.game(placed.slug).read_options(given))
    # What a bet on red has no numbers of.
    return {name: _listed(value) for name, value in read.items() if value is not None and value != ()}


def _tiles_picked(given: Mapping[str, Any]) -> int:
    picks = positions(given, "picks", low=0, high=bars.TILES - 1, most=bars.PICKS_MAX)
    if not picks:
        raise InvalidInput("picks", "must name one tile at least")
    return len(picks)


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def check_order(order: Order) -> Order:
    """The order with its options typed and complete, its currency in lower case. Raises `InvalidInput`.

    An amount of nothing is a bet too: a round can be watched for free where the venue allows it.
    """
    amount, currency = order.amount, order.currency.strip().lower()
    if not amount.is_finite() or amount < 0:
        raise InvalidInput("amount", "must be a number of 0 or more")
    if amount.adjusted() >= AMOUNT_DIGITS_MAX:
        raise InvalidInput("amount", f"must have at most {AMOUNT_DIGITS_MAX} digits before the point")
    if -int(amount.as_tuple().exponent) > AMOUNT_DECIMALS_MAX:
        raise InvalidInput("amount", f"must have at most {AMOUNT_DECIMALS_MAX} decimals")
    if not (currency.isascii() and currency.isalnum() and len(currency) <= CURRENCY_MAX):
        raise InvalidInput("currency", "must be a currency's short name, such as btc or usdt")
    return Order(order.game, amount, currency, check_options(order.game, order.options))


def slug_of(name: str) -> str:
    """Our slug of a game that the venue names; its own name where we do not know the game."""
    return registry.slug_of(name) or name


def venue_slug(slug: str) -> str:
    """What the venue calls a game of ours."""
    return VENUE_SLUGS.get(slug, slug)
