"""A stored row as `fairness.verify` takes it: which options the round had, and what was told of it. Pure.

A bet's difficulty and target have columns of their own. Every other option is among the keys that the bot or an
archive sent beside them, under our name for it or the venue's.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from fairness.errors import InvalidInput
from fairness.games.base import OptionInfo
from fairness.verify import Stored, find_game
from streams.queries.verification import StoredRow

# Our names of options → what the venue's own requests and replies call them.
VENUE_NAMES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("keno", "picks"): ("selectedNumbers",),
    ("mines", "mines"): ("minesCount",),
    ("mines", "picks"): ("fields",),
    ("moles", "moles"): ("molesCount",),
    ("snakes", "rolls"): ("rollCount",),
}
# Where the venue counts from 0 what it shows, and we count, from 1.
COUNTED_FROM_ZERO: Final = frozenset({("keno", "selectedNumbers")})
# Keys under which a venue nests what a bet was.
NESTED: Final = ("state", "options", "params")

_AFTER_UNDERSCORE = re.compile(r"_(.)")


def stored_of(row: StoredRow) -> Stored:
    """What was told of the row."""
    return Stored(row.result, row.amount, row.payout, row.target)


def options_of(row: StoredRow) -> dict[str, Any]:
    """The options of the row's game that were told; empty for a game we do not know."""
    game, infos = _infos(row.game)
    given: dict[str, Any] = {}
    if row.difficulty is not None and "difficulty" in infos:
        given["difficulty"] = row.difficulty
    if row.extra:
        for name, (info, spellings) in infos.items():
            if name not in given and (found := _first(row.extra, spellings)) is not None:
                spelling, value = found
                if (game, spelling) in COUNTED_FROM_ZERO:
                    value = _from_one(value)
                given[name] = _as_kind(value, info)
    return given


@cache
def _infos(name: str) -> tuple[str, dict[str, tuple[OptionInfo, tuple[str, ...]]]]:
    """The game's slug, and each of its options with how it may be spelt."""
    try:
        game = find_game(name)
    except InvalidInput:
        return "", {}
    return game.name, {
        info.name: (info, (info.name, _camel(info.name), *VENUE_NAMES.get((game.name, info.name), ())))
        for info in game.option_infos
    }


def _camel(name: str) -> str:
    return _AFTER_UNDERSCORE.sub(lambda match: match[1].upper(), name)


def _as_kind(value: Any, info: OptionInfo) -> Any:
    """A number where the game has a choice of words, such as a wheel's segments, is the word of its digits."""
    return str(value) if info.kind == "choice" and type(value) is int else value


def _from_one(value: Any) -> Any:
    """The same numbers counted from 1; what is no list of numbers is left for the game to refuse."""
    if isinstance(value, list) and all(type(number) is int for number in value):
        return [number + 1 for number in value]
    return value


def _first(extra: Mapping[str, Any], spellings: tuple[str, ...]) -> tuple[str, Any] | None:
    """The first spelling that has a value, and that value."""
    found = ((name, holder.get(name)) for holder in _holders(extra) for name in spellings)
    return next(((name, value) for name, value in found if value is not None), None)


def _holders(extra: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield extra
    for name in NESTED:
        if isinstance(nested := extra.get(name), Mapping):
            yield nested
