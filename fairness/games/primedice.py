"""Primedice: the same roll as Dice, under its older name.

The venue's present form of it also takes bets on a roll between or outside two targets. No source says what those pay,
so only the bets that Dice has are paid here.
"""

from typing import Final

from fairness.games.dice import Dice


class Primedice(Dice):
    name = "primedice"
    title = "Primedice"


GAME: Final = Primedice()
