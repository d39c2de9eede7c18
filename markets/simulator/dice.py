"""Draws that depend on a name alone: the same name, the same draws, whatever was drawn elsewhere and in what order."""

import math
import random
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final, TypeVar

Kind = TypeVar("Kind")

STANDARD: Final = NormalDist()
LEAST: Final = 1e-12  # a normal draw needs a probability inside 0 and 1


class Dice:
    """A row of draws. All come from `random()`, whose sequence Python promises never to change."""

    def __init__(self, *name: object) -> None:
        self.unit = random.Random(":".join(map(str, name))).random  # noqa: S311 - games of a simulation, no secrets

    def normal(self, sd: float = 1.0) -> float:
        """A normal draw around zero."""
        return sd * STANDARD.inv_cdf(min(max(self.unit(), LEAST), 1 - LEAST))

    def exponential(self, mean: float) -> float:
        """A waiting time."""
        return -mean * math.log(1 - self.unit())

    def between(self, least: float, most: float) -> float:
        """A number from an interval, all parts of it alike."""
        return least + (most - least) * self.unit()

    def whole(self, count: int) -> int:
        """A number from 0 to below `count`."""
        return int(self.unit() * count)

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.unit() < probability

    def shuffled(self, items: Sequence[Kind]) -> list[Kind]:
        """The items in an order of their own."""
        keyed = [(self.unit(), place) for place in range(len(items))]
        return [items[place] for _, place in sorted(keyed)]

    def count(self, mean: float, dispersion: float = 0.0) -> int:
        """A number of goals or runs: Poisson, or negative binomial with the variance `mean · (1 + dispersion)`."""
        wanted, seen = self.unit(), 0.0
        for number, probability in enumerate(count_law(mean, dispersion)):
            seen += probability
            if wanted < seen:
                return number
        return number


def count_law(mean: float, dispersion: float = 0.0, tail: float = 1e-9) -> list[float]:
    """The probabilities of 0, 1, 2 … as `Dice.count` draws them, until less than `tail` is left."""
    if dispersion:
        size = mean / dispersion
        share = dispersion / (1 + dispersion)
        now = (1 + dispersion) ** -size
    else:
        now = math.exp(-mean)
    law, seen, number = [now], now, 0
    while 1 - seen > tail and number < 400:
        now *= (size + number) * share / (number + 1) if dispersion else mean / (number + 1)
        number += 1
        seen += now
        law.append(now)
    return law
