"""`outcome` and `explain`: one round, as JSON or step by step."""

import argparse

from fairness.commands.common import add_source, exact, find_game, print_json, read_params, read_source
from fairness.draws import BYTES_PER_FLOAT
from fairness.rounds import FLOATS_PER_BLOCK, Explained, Played, explain, play


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `outcome` and `explain`."""
    outcome = commands.add_parser("outcome", help="recompute one round; prints JSON")
    explained = commands.add_parser("explain", help="recompute one round and print every step")
    for parser, run in ((outcome, _outcome), (explained, _explain)):
        add_source(parser)
        parser.set_defaults(run=run)


def _outcome(namespace: argparse.Namespace) -> int:
    found = find_game(namespace.game)
    print_json(as_json(play(found, read_source(vars(namespace)), read_params(namespace.param))))
    return 0


def as_json(played: Played) -> dict[str, object]:
    """The outcome under the names of the known answers, with the result and what one unit returned."""
    return {"game": played.game, **played.answers, "result": played.result, "payout": played.payout}


def _explain(namespace: argparse.Namespace) -> int:
    found = find_game(namespace.game)
    explained = explain(found, read_source(vars(namespace)), read_params(namespace.param))
    for line in lines(explained):
        print(line)
    if found.unsourced:
        print(f"\nNote: {found.unsourced}")
    return 0


def lines(explained: Explained) -> list[str]:
    """The steps for people: digests, bytes and floats, picks, outcome, multiplier."""
    said = ["1. Digests: HMAC-SHA256, key = " + explained.key]
    for block in explained.blocks:
        said += [f"   message {block.message}", f"   digest  {block.digest.hex()}"]
    if explained.floats:
        said += ["", "2. Floats: every four bytes b0 b1 b2 b3 are b0/256 + b1/256² + b2/256³ + b3/256⁴"]
        for index, number in enumerate(explained.floats):
            said.append(f"   float {index}: {_bytes(explained, index)} → {number:.12f}")
    said += ["", "3. Picks" if explained.floats else "2. Picks"]
    said += [f"   {pick.formula} → {pick.meaning}" for pick in explained.picks]
    said += ["", "4. Outcome" if explained.floats else "3. Outcome"]
    said += [f"   {name}: {exact(value)}" for name, value in explained.played.answers.items()]
    played = explained.played
    said += ["", f"Result: {'none' if played.result is None else exact(played.result)}"]
    said += [f"Payout of one unit: {'unknown' if played.payout is None else exact(played.payout)}"]
    return said


def _bytes(explained: Explained, index: int) -> str:
    block = explained.blocks[index // FLOATS_PER_BLOCK]
    start = index % FLOATS_PER_BLOCK * BYTES_PER_FLOAT
    return " ".join(f"{byte:3d}" for byte in block.digest[start : start + BYTES_PER_FLOAT])
