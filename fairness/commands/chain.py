"""`chain`: the games before one of Crash or Slide, and whether its chain is the one that was announced."""

import argparse
import sys

from fairness.chains import STEPS_MAX, Walk, Walked, chains_of, games_back, walk
from fairness.commands.common import exact, find_game, print_json, whole
from fairness.errors import InvalidInput
from fairness.games.base import HashGame
from fairness.rounds import Link


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `chain`."""
    parser = commands.add_parser(
        "chain",
        help="walk the hash chain of crash, slide or zoo",
        description="Prints the games before a game, a line each (--games), or walks to the announced hash and "
        "says whether it was reached; the exit code is then 1 if it was not.",
    )
    parser.add_argument("--game", required=True, help="crash, slide or zoo")
    parser.add_argument("--game-hash", required=True, help="64 hexadecimal digits")
    parser.add_argument("--salt", help="without it the present one of the game, where it is known")
    parser.add_argument("--games", metavar="N", help="list this game and those before it, N in all")
    parser.add_argument("--terminating-hash", help="without it the announced one of the salt, where it is known")
    parser.add_argument("--steps-max", default=str(STEPS_MAX), metavar="N", help="give up after so many games")
    parser.set_defaults(run=_run)


def _run(namespace: argparse.Namespace) -> int:
    game = find_game(namespace.game)
    if not isinstance(game, HashGame):
        raise InvalidInput("game", "has no hash chain: crash, slide and zoo have one")
    link = Link(namespace.game_hash, _salt(namespace))
    if namespace.games is not None:
        for each in games_back(game, link, count=whole(namespace.games, "games")):
            answers = " ".join(f"{name}={exact(value)}" for name, value in each.played.answers.items())
            print(f"{each.steps} {each.game_hash} {answers}")
        return 0
    found = walk(
        link.game_hash,
        _terminating_hash(namespace, link.salt),
        steps_max=whole(namespace.steps_max, "steps_max"),
        progress=_progress if sys.stderr.isatty() else None,
    )
    print_json(_as_json(found))
    return 0 if found.ended is Walked.REACHED else 1


def _salt(namespace: argparse.Namespace) -> str:
    if namespace.salt is not None:
        return str(namespace.salt)
    known = chains_of(namespace.game)
    if not known:
        raise InvalidInput("salt", "is missing, and none is known for this game")
    return known[0].salt


def _terminating_hash(namespace: argparse.Namespace, salt: str) -> str:
    if namespace.terminating_hash is not None:
        return str(namespace.terminating_hash)
    for chain in chains_of(namespace.game):
        if chain.salt == salt and chain.terminating_hash is not None:
            return chain.terminating_hash
    raise InvalidInput("terminating_hash", "is missing, and none is known for this salt; or ask for --games")


def _as_json(found: Walk) -> dict[str, object]:
    return {"reached": found.ended is Walked.REACHED, "steps": found.steps, "last_hash": found.last_hash}


def _progress(steps: int) -> None:
    print(f"\r{steps:,} games", end="", file=sys.stderr, flush=True)
