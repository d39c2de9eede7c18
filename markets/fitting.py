"""Book weights measured on past games: how far off the close each family's own price was, hours before. Pure.

A family's error in a game is its own fair probability of a home win some hours before the start, less the median of all
families' at the close. Its weight is 1/RMSE², the mean over families being 1. What it is worth, on the recordings,
weights from the earlier half of the games and tried on the later: 6 h before the start the moneyline consensus missed
the close by 1.403 against 1.408 percentage points (equal against fitted, WNBA, 29 games), 1.398 against 1.391 (NFL,
135), 1.616 against 1.612 (MLB, 52). So equal weights are the default.
"""

import json
import math
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any, Final

from markets.consensus import MIN_FAMILIES_CLOSE, pair, voices_of
from markets.devig import DEFAULT, Method
from markets.quotes import HOUR, SECOND, Market, Micros, Poll, Quote, Side, from_micros
from markets.weights import FORMAT

LEAD: Final[Micros] = 6 * HOUR
GAP_MOST: Final[Micros] = HOUR  # between polls: beyond it nobody knows what stood
GAMES_LEAST: Final = 20  # of a family: with fewer its error says little, and it weighs 1
FACTOR_MOST: Final = 4.0  # a family weighs at most this, and at least its inverse

Fair = dict[str, float]  # by family: its fair probability of a home win


class TooFewGames(ValueError):
    """No weights can be measured; the message is a sentence."""


def fit(
    polls: Sequence[Poll], *, before: Micros, source: str, method: Method = DEFAULT, lead: Micros = LEAD
) -> dict[str, Any]:
    """The weights document of the games of `polls` that started before a moment; `source` says where they are from.

    Polls are of one sport, by time. A game counts that was polled within an hour before its last known start and within
    an hour before `lead` earlier. Raises `TooFewGames` where no family has `GAMES_LEAST` of them.
    """
    starts = {listed.event: listed.commences for poll in polls for listed in poll.listed if listed.commences < before}
    # A game that was first listed before that moment and then put off is after it.
    moved = {listed.event for poll in polls for listed in poll.listed if listed.commences >= before}
    starts = {event: start for event, start in starts.items() if event not in moved}
    errors: dict[str, list[float]] = {}
    games = []
    for event, early, close in _games(polls, starts, method, lead):
        if len(close) < MIN_FAMILIES_CLOSE or not early:
            continue
        games.append(starts[event])
        middle = median(close.values())
        for family, p in early.items():
            errors.setdefault(family, []).append(p - middle)
    squares = {
        family: math.fsum(error * error for error in found) / len(found)
        for family, found in sorted(errors.items())
        if len(found) >= GAMES_LEAST
    }
    if not squares:
        raise TooFewGames(f"No family has {GAMES_LEAST} games with a price and a close.")
    weights = _weights(squares)
    return {
        "format": FORMAT,
        "sport": polls[0].sport,
        "source": source,
        "method": method.value,
        "lead_seconds": lead // SECOND,
        "games": len(games),
        "first_start": from_micros(min(games)).isoformat(),
        "last_start": from_micros(max(games)).isoformat(),
        "half_life_seconds": None,
        "families": {
            family: {
                "weight": round(weights[family], 6),
                "rmse": round(math.sqrt(square), 6),
                "games": len(errors[family]),
            }
            for family, square in squares.items()
        },
    }


def as_text(document: dict[str, Any]) -> str:
    """A document as a file holds it: the same document is the same text."""
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _weights(squares: dict[str, float]) -> dict[str, float]:
    """1/square each, the mean 1, none beyond `FACTOR_MOST`; all 1 where one has no error at all."""
    if not all(squares.values()):
        return dict.fromkeys(squares, 1.0)
    inverse = {family: 1.0 / square for family, square in squares.items()}
    mean = math.fsum(inverse.values()) / len(inverse)
    return {family: min(max(one / mean, 1.0 / FACTOR_MOST), FACTOR_MOST) for family, one in inverse.items()}


def _games(
    polls: Sequence[Poll], starts: dict[str, Micros], method: Method, lead: Micros
) -> Iterator[tuple[str, Fair, Fair]]:
    """Each game's fair prices `lead` before its start, and at it, as the polls before those moments left them."""
    marks = sorted([(start - lead, event) for event, start in starts.items()] + [(s, e) for e, s in starts.items()])
    standing: dict[str, dict[str, dict[Side, Quote]]] = {}
    early: dict[str, Fair] = {}
    last: Micros | None = None
    done = 0
    for poll in polls:
        while done < len(marks) and marks[done][0] <= poll.at:
            moment, event = marks[done]
            done += 1
            if last is None or moment - last > GAP_MOST:
                continue
            fair = _fair(standing.get(event, {}), method)
            if moment != starts[event]:
                early[event] = fair
            elif event in early:
                yield event, early[event], fair
        for change in poll.changes:
            if change.market is not Market.H2H or change.event not in starts:
                continue
            sides = standing.setdefault(change.event, {}).setdefault(change.book, {})
            if change.quote is None:
                sides.pop(change.side, None)
            else:
                sides[change.side] = change.quote
        last = poll.at


def _fair(books: dict[str, dict[Side, Quote]], method: Method) -> Fair:
    found = (pair(book, Market.H2H, sides, method) for book, sides in books.items())
    return {family: one.fair[0] for family, one in voices_of([one for one in found if one is not None]).items()}
