"""What the generator holds for fair: the probabilities of a game that has an expected margin and total. Pure."""

import math
from functools import lru_cache
from typing import Final, Protocol

from markets.simulator.dice import STANDARD, count_law
from markets.simulator.sports import Sport

SURE: Final = 1e-6  # nothing is surer than this
TAIL: Final = 1e-5  # of goals that nobody scores


class Law(Protocol):
    """Probabilities of a game's end, the score of the moment included."""

    margin: float  # expected: home less away
    total: float

    def win(self) -> tuple[float, ...]:
        """Home, away, and the draw where there are draws."""

    def cover(self, line: float) -> float:
        """That home wins with the handicap `line`, if that is no push."""

    def over(self, line: float) -> float:
        """That the total is above `line`, if that is no push."""


class Points:
    """Many points: margin and total are normal."""

    def __init__(self, sport: Sport, margin: float, total: float, left: float) -> None:
        self.margin, self.total = margin, total
        scale = math.sqrt(max(left, 1e-4))
        self._margin_sd = sport.margin_result_sd * scale
        self._total_sd = sport.total_result_sd * scale

    def win(self) -> tuple[float, ...]:
        """Home and away; such games have no draw."""
        home = self.cover(0.0)
        return home, 1 - home

    def cover(self, line: float) -> float:
        """That home wins with the handicap `line`."""
        return _inside(STANDARD.cdf((self.margin + line) / self._margin_sd))

    def over(self, line: float) -> float:
        """That the total is above `line`."""
        return _inside(STANDARD.cdf((self.total - line) / self._total_sd))


class Counts:
    """Few goals, counted; a drawn game is decided by one more, where a sport has no draws."""

    def __init__(self, sport: Sport, score: tuple[int, int], home: float, away: float) -> None:
        self._draws = sport.draws
        self.margin, self.total = score[0] - score[1] + home - away, sum(score) + home + away
        # Rounded, so that a market that hardly moves is computed once.
        left = round(max(home, 0.0), 2), round(max(away, 0.0), 2)
        self._margins, self._totals = _ends(score, *left, sport.dispersion or 0.0, sport.draws)

        self._win = self._winning()
        self._covers: dict[float, float] = {}  # eleven books ask for the same few lines
        self._overs: dict[float, float] = {}

    def win(self) -> tuple[float, ...]:
        """Home, away, and the draw in soccer."""
        return self._win

    def cover(self, line: float) -> float:
        """That home wins with the handicap `line`, if that is no push."""
        if line not in self._covers:
            self._covers[line] = _beyond(self._margins, -line)
        return self._covers[line]

    def over(self, line: float) -> float:
        """That the total is above `line`, if that is no push."""
        if line not in self._overs:
            self._overs[line] = _beyond(self._totals, line)
        return self._overs[line]

    def _winning(self) -> tuple[float, ...]:
        home = _inside(math.fsum(p for margin, p in self._margins.items() if margin > 0))
        draw = self._margins.get(0, 0.0)
        return (home, _inside(1 - home - draw), _inside(draw)) if self._draws else (home, 1 - home)


@lru_cache(maxsize=2048)
def _ends(
    score: tuple[int, int], home: float, away: float, dispersion: float, draws: bool
) -> tuple[dict[int, float], dict[int, float]]:
    """The probabilities of every margin and of every total, with so many goals of each side expected yet."""
    margins: dict[int, float] = {}
    totals: dict[int, float] = {}
    theirs = count_law(away, dispersion, tail=TAIL)
    for scored, first in enumerate(count_law(home, dispersion, tail=TAIL), score[0]):
        for against, second in enumerate(theirs, score[1]):
            both, margin, total = first * second, scored - against, scored + against
            if margin == 0 and not draws:
                margins[1] = margins.get(1, 0.0) + both / 2
                margins[-1] = margins.get(-1, 0.0) + both / 2
                total += 1
            else:
                margins[margin] = margins.get(margin, 0.0) + both
            totals[total] = totals.get(total, 0.0) + both
    return margins, totals


def _beyond(chances: dict[int, float], line: float) -> float:
    """That a number is above a line, if it is not the line itself."""
    above = math.fsum(p for number, p in chances.items() if number > line)
    return _inside(above / max(1 - chances.get(int(line), 0.0) if line == int(line) else 1.0, SURE))


def _inside(probability: float) -> float:
    return min(max(probability, SURE), 1 - SURE)
