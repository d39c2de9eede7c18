"""Every game by its slug, imported when it is first asked for."""

from functools import cache
from importlib import import_module
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.games.base import Game

# The venue's games, by the names of their files of known answers; then the casino's own.
SLUGS: Final = (
    *("baccarat", "bars", "blackjack", "blue_samurai", "cards", "cases", "chicken", "crash", "darts", "diamonds"),
    *("dice", "dragon_tower", "drill", "flip", "floats", "hilo", "keno", "limbo", "mines", "moles", "packs", "plinko"),
    *("primedice", "pump", "rock_paper_scissors", "roulette", "scarab_spin", "slide", "snakes", "tarot"),
    *("tome_of_life", "video_poker", "wheel", "zoo"),
    *("house_crash", "house_dice"),
)

# What the venue's interfaces and Antebot call games whose name is not simply ours in other letters.
OTHER_NAMES: Final = {
    "tower": "dragon_tower",
    "slots": "scarab_spin",
    "slotsscarab": "scarab_spin",
    "slotstomeoflife": "tome_of_life",
    "slotssamurai": "blue_samurai",
    "crossover": "chicken",
    "coinflip": "flip",
    "primedicex": "primedice",
}
_BY_LETTERS: Final = {slug.replace("_", ""): slug for slug in SLUGS} | OTHER_NAMES


@cache
def _load(slug: str) -> Game[Any, Any]:
    found = import_module(f"fairness.games.{slug}").GAME
    assert isinstance(found, Game)
    assert found.name == slug
    return found


def game(slug: str) -> Game[Any, Any]:
    """The game of this name. Raises `InvalidInput`."""
    if not isinstance(slug, str) or slug not in SLUGS:
        raise InvalidInput("game", f"must be one of {', '.join(SLUGS)}")
    return _load(slug)


def games() -> tuple[Game[Any, Any], ...]:
    """All games, in the order of their names, the casino's own last."""
    return tuple(_load(slug) for slug in SLUGS)


def slug_of(name: str) -> str | None:
    """The slug of a game as a venue or a bot may write it: dragonTower, dragon-tower, tower. None for no game."""
    return _BY_LETTERS.get("".join(letter for letter in name.lower() if letter.isalnum()))
