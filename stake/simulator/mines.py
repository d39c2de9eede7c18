"""Rounds of Mines, the one game here that takes several requests: what its tiles are worth, and what is told. Pure."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from fairness.errors import InvalidInput
from fairness.games import mines, registry
from fairness.rounds import Played, Seeds, play
from stake.simulator import money
from stake.simulator.refusals import Refused

State = dict[str, Any]


def begun(count: int) -> State:
    """The state of a round of which nothing is open; where the mines are stays hidden until it is over."""
    if not 1 <= count <= mines.MINES_MAX:
        raise Refused("invalidInput", f"minesCount must be from 1 to {mines.MINES_MAX}.")
    return {"mines": None, "minesCount": count, "rounds": []}


def opened(state: State) -> list[int]:
    """The tiles that are open."""
    return [step["field"] for step in state["rounds"]]


def paid(seeds: Seeds, state: State, tiles: Sequence[int]) -> Fraction:
    """The multiplier of these open tiles; 0 when one is a mine. Raises `Refused` for tiles that cannot be."""
    multiplier = _play(seeds, state["minesCount"], tiles).payout
    assert multiplier is not None
    return multiplier


def is_cleared(state: State, tiles: Sequence[int]) -> bool:
    """Whether no gem is left."""
    return len(tiles) == mines.TILES - state["minesCount"]


def moved(state: State, tiles: Sequence[int]) -> State:
    """The state of a round that goes on."""
    return {**state, "rounds": _steps(state["minesCount"], tiles, board=())}


def ended(seeds: Seeds, state: State, tiles: Sequence[int]) -> State:
    """The state of a round that is over."""
    board = list(_play(seeds, state["minesCount"], tiles).outcome.mines)
    return {**state, "mines": board, "rounds": _steps(state["minesCount"], tiles, board=board)}


def _steps(count: int, tiles: Sequence[int], *, board: Sequence[int]) -> list[State]:
    return [
        {"field": tile, "payoutMultiplier": 0 if tile in board else money.number(mines.multiplier(count, gems))}
        for gems, tile in enumerate(tiles, start=1)
    ]


def _play(seeds: Seeds, count: int, tiles: Sequence[int]) -> Played:
    try:
        return play(registry.game("mines"), seeds, {"mines": count, "picks": list(tiles)})
    except InvalidInput as error:
        raise Refused("invalidInput", str(error)) from None
