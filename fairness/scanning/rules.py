"""Which games have a mapping of their own, and with which numbers: the tables are those of the games' modules.

A game without an entry here is scanned all the same, through its `play`, more slowly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import comb
from typing import Any, Final

from fairness.exact import WORDS, hundredths, words_from
from fairness.games import cases, chicken, diamonds, dice, drill, keno, limbo, mines, plinko, pump, roulette, wheel
from fairness.scanning.cells import HundredthCells, TableCells, ranked


@dataclass(frozen=True)
class Rule:
    """How the words of a game's round become a cell: the name of a function of `mappings`, and what it is given."""

    family: str
    words: int
    numbers: tuple[int, ...]
    table: tuple[int, ...]
    cells: TableCells | HundredthCells


def rule_for(game: str, options: Any) -> Rule | None:
    """The rule of a game with these options; None where there is none."""
    make = RULES.get(game)
    return None if make is None else make(options)


def _listed(family: str, words: int, numbers: tuple[int, ...], payouts: Sequence[Decimal]) -> Rule:
    cells, table = ranked(payouts)
    return Rule(family, words, numbers, table, cells)


def _scaled(payouts: Sequence[Decimal]) -> Rule:
    return _listed("scaled", 1, (len(payouts),), payouts)


def _dice(options: dice.DiceOptions) -> Rule:
    return _scaled([hundredths(index) for index in range(dice.ROLLS)])


def _roulette(options: roulette.RouletteOptions) -> Rule:
    return _scaled([Decimal(pocket) for pocket in range(roulette.POCKETS)])


def _wheel(options: wheel.WheelOptions) -> Rule:
    return _scaled(wheel.PAYOUTS[options.segments][options.risk])


def _cases(options: cases.CasesOptions) -> Rule:
    rows = cases.PAYOUTS[options.difficulty][::-1]  # the lowest first
    lowest_words = tuple(WORDS - words_from(row.minimum) for row in rows[1:])
    return _listed("at_thresholds", 1, lowest_words, [row.multiplier for row in rows])


def _pump(options: pump.PumpOptions) -> Rule:
    difficulty = options.difficulty
    return _listed("smallest_drawn", pump.POPS[difficulty], (pump.POSITIONS,), pump.PAYOUTS[difficulty])


def _chicken(options: chicken.ChickenOptions) -> Rule:
    difficulty = options.difficulty
    return _listed("smallest_drawn", chicken.DEATHS[difficulty], (chicken.LANES,), chicken.PAYOUTS[difficulty])


def _keno(options: keno.KenoOptions) -> Rule:
    assert options.picks is not None
    assert options.risk is not None
    wanted = sum(1 << (number - 1) for number in options.picks)
    payouts = keno.PAYOUTS[options.risk][len(options.picks) - 1]
    return _listed("drawn_among", keno.DRAWN, (keno.NUMBERS, wanted), payouts)


def _mines(options: mines.MinesOptions) -> Rule:
    assert options.picks is not None
    wanted = sum(1 << tile for tile in options.picks)
    untouched = mines.GAME.result(mines.MinesRound(()), options)
    assert untouched is not None
    payouts = [untouched] + [Decimal(0)] * len(options.picks)
    return _listed("drawn_among", options.mines, (mines.TILES, wanted), payouts)


def _plinko(options: plinko.PlinkoOptions) -> Rule:
    payouts = [plinko.multiplier_of(options, bucket) for bucket in range(options.rows + 1)]
    return _listed("rights", options.rows, (), payouts)


# The equal pairs among five gems.
_PAIRS: Final[dict[str, int]] = {
    "nothing": 0,
    "pair": 1,
    "two pair": 2,
    "three of a kind": comb(3, 2),
    "full house": comb(3, 2) + 1,
    "four of a kind": comb(4, 2),
    "five of a kind": comb(5, 2),
}


def _diamonds(options: diamonds.DiamondsOptions) -> Rule:
    cells, ranks = ranked([diamonds.PATTERNS[pattern].multiplier for pattern in _PAIRS])
    by_pairs = dict(zip(_PAIRS.values(), ranks, strict=True))
    # Five, seven, eight and nine equal pairs do not occur.
    table = tuple(by_pairs.get(pairs, 0) for pairs in range(comb(diamonds.DEALT, 2) + 1))
    return Rule("equal_pairs", diamonds.DEALT, (len(diamonds.GEMS),), table, cells)


def _limbo(options: limbo.LimboOptions) -> Rule:
    most = limbo.RETURN * limbo.DRAWS * 100  # hundredths, of the draw 0
    assert most.denominator == 1
    least = int(limbo.LEAST.scaleb(2))
    return Rule("limbo", 1, (int(most), least), (), HundredthCells())


def _drill(options: drill.DrillOptions) -> Rule:
    assert options.pick is not None
    full = drill.RETURN * 100 * WORDS
    assert full.denominator == 1
    least, most = int(drill.LEAST.scaleb(2)), int(drill.MOST.scaleb(2))
    return Rule("drill", options.pick, (options.pick - 1, int(full), least, most), (), HundredthCells())


RULES: Final[dict[str, Callable[[Any], Rule]]] = {
    "cases": _cases,
    "chicken": _chicken,
    "diamonds": _diamonds,
    "dice": _dice,
    "drill": _drill,
    "keno": _keno,
    "limbo": _limbo,
    "mines": _mines,
    "plinko": _plinko,
    "primedice": _dice,
    "pump": _pump,
    "roulette": _roulette,
    "wheel": _wheel,
}
