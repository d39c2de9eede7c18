"""Every round of a run as lines of CSV: run as a program, told what to do by one JSON object on its standard input.

It imports `fairness` alone, no Django, so it starts fast and holds little. It ends when nobody reads any more.
"""

import csv
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from fairness.draws import floats
from fairness.games.base import SeedGame
from fairness.games.pump import PumpRound
from fairness.games.registry import game as find_game
from streams import exactjson

NICENESS: Final = 10
ROUNDS_PER_WRITE: Final = 500

PUMP: Final = ("nonce", "max_pumps", "max_multiplier", "pop_point")
OTHERS: Final = ("nonce", "result", "outcome")


def columns(game: str) -> tuple[str, ...]:
    """The names of the columns: those of the earlier servers for Pump; elsewhere the outcome is one JSON object."""
    return PUMP if game == "pump" else OTHERS


def lines(wanted: dict[str, Any]) -> Iterator[list[object]]:
    """A line for each nonce from start to end, both included."""
    game = find_game(wanted["game"])
    assert isinstance(game, SeedGame)
    options = game.read_options(exactjson.loads(wanted["params"]))
    needed, line = game.floats_needed(options), _line(game, options)
    for nonce in range(wanted["start"], wanted["end"] + 1):
        drawn = floats(server_seed=wanted["server_seed"], client_seed=wanted["client_seed"], nonce=nonce)
        yield [nonce, *line(game.play(list(islice(drawn, needed)), options))]


def _line(game: SeedGame[Any, Any], options: Any) -> Callable[[Any], list[object]]:
    def pump(played: PumpRound) -> list[object]:
        return [played.safe_pumps, exactjson.plain(played.multiplier), played.pop_point]

    def other(played: Any) -> list[object]:
        result = game.result(played, options)
        answers = json.dumps(game.answers(played, options), default=str, separators=(",", ":"))
        return ["" if result is None else exactjson.plain(result), answers]

    return pump if game.name == "pump" else other


def main() -> None:
    """Write the lines until the end, or until nobody reads them."""
    os.nice(NICENESS)
    rows = lines(json.load(sys.stdin))
    out = sys.stdout.buffer
    try:
        while batch := list(islice(rows, ROUNDS_PER_WRITE)):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows(batch)
            out.write(text.getvalue().encode())
            out.flush()
    except BrokenPipeError:
        # Nobody is left to be told; the interpreter's own flush at the end must not be either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
