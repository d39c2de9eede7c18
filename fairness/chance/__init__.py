"""Chance, said plainly: is what a stream shows unusual for a fair game?

Rounds of a provably fair game are independent. Whatever a sample looks like, it tells how usual that sample is, and
nothing of the rounds to come; every result here has a `sentence` that says both. In this package:

* `gaps`: the geometric law of gaps between hits, and the streak since the last one;
* `gap_fit`: whether gaps follow that law;
* `counts`: exact tests of a number of hits, and intervals for the chance behind it;
* `cells`: how often each result came, against a game's exact distribution;
* `corrections`: what several tests are worth together;
* `returns`: the return to player, and how far chance alone takes it;
* `special`: the functions of mathematics the others stand on, pure Python like everything here.
"""

from fairness.chance.cells import CellGroup, CellTest, cell_test
from fairness.chance.corrections import Correction, benjamini_hochberg, holm
from fairness.chance.counts import (
    CountTest,
    ShareInterval,
    binomial_test,
    exact_interval,
    poisson_test,
    wilson_interval,
)
from fairness.chance.gap_fit import GapTest, gap_test
from fairness.chance.gaps import GapLaw, Streak, gap_between, gap_law, gap_quantile, streak
from fairness.chance.inputs import Probability
from fairness.chance.returns import PayoutMoments, ReturnInterval, Wagers, payout_moments, return_interval

__all__ = [
    "CellGroup",
    "CellTest",
    "Correction",
    "CountTest",
    "GapLaw",
    "GapTest",
    "PayoutMoments",
    "Probability",
    "ReturnInterval",
    "ShareInterval",
    "Streak",
    "Wagers",
    "benjamini_hochberg",
    "binomial_test",
    "cell_test",
    "exact_interval",
    "gap_between",
    "gap_law",
    "gap_quantile",
    "gap_test",
    "holm",
    "payout_moments",
    "poisson_test",
    "return_interval",
    "streak",
    "wilson_interval",
]
