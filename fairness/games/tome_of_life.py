"""Tome of Life: five reels that are those of Scarab Spin.

The source has one set of reels, one set of symbol names and one rule of bonus rounds for both games; see `scarab_spin`.
"""

from typing import Final

from fairness.games.scarab_spin import ReelsGame


class TomeOfLife(ReelsGame):
    name = "tome_of_life"
    title = "Tome of Life"
    unsourced = "No source tells what the symbols pay."


GAME: Final = TomeOfLife()
