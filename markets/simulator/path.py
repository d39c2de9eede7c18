"""What the market of one game knows as time passes: the mean that it expects, and the score once the game runs.

Until the start the mean is a random walk that quickens towards the start, with a jump where there is news. From there
the score is drawn around the mean that the market closed at, so the closing price is a fair one: a side that it gives
60 % wins six times of ten.
"""

import math
from bisect import bisect_right
from typing import Final, NamedTuple

from markets.quotes import HOUR, MINUTE, SECOND, Micros
from markets.simulator.dice import Dice
from markets.simulator.laws import Counts, Law, Points
from markets.simulator.slate import Fixture
from markets.simulator.sports import Sport

CALM: Final = HOUR  # the walk's speed is proportional to 1 / (this + time to the start)
NEWS_A_GAME: Final = 0.9
NEWS_SD: Final = 1.1  # of the walk's own
IN_PLAY_STEP: Final = 60 * SECOND
# How often the market moves, by the time to the start: the most, then the step.
STEPS: Final = ((HOUR, MINUTE), (6 * HOUR, 3 * MINUTE), (1000 * HOUR, 15 * MINUTE))


class Tick(NamedTuple):
    """The market from a moment on."""

    at: Micros
    margin: float  # expected at the end
    total: float
    left: float = 1.0  # of the game
    home: int = 0  # the score
    away: int = 0


class Path:
    """One game from its listing to its end."""

    def __init__(self, seed: int, fixture: Fixture) -> None:
        self.fixture = fixture
        dice = Dice(seed, fixture.id, "path")
        before = _walk(fixture, dice)
        play = _points_play if fixture.sport.margin_result_sd else _counts_play
        self.ticks = (*before, *play(fixture, before[-1], dice))
        self._times = [tick.at for tick in self.ticks]
        self._laws: dict[int, Law] = {}

    @property
    def close(self) -> Tick:
        """The market at the start."""
        return self.ticks[self.place(self.fixture.starts)]

    @property
    def score(self) -> tuple[int, int]:
        """How it ends: home, away."""
        return self.ticks[-1].home, self.ticks[-1].away

    def place(self, at: Micros) -> int:
        """The number of the tick that holds at a moment; the first before the listing."""
        return max(bisect_right(self._times, at) - 1, 0)

    def law(self, place: int) -> Law:
        """The fair probabilities at a tick."""
        if place not in self._laws:
            self._laws[place] = law_of(self.fixture.sport, self.ticks[place])
        return self._laws[place]


def law_of(sport: Sport, tick: Tick) -> Law:
    """The fair probabilities of a game whose market is there."""
    if sport.margin_result_sd:
        return Points(sport, tick.margin, tick.total, tick.left)
    margin, total = tick.margin - (tick.home - tick.away), tick.total - (tick.home + tick.away)
    return Counts(sport, (tick.home, tick.away), (total + margin) / 2, (total - margin) / 2)


def _walk(fixture: Fixture, dice: Dice) -> list[Tick]:
    """From the listing to the start."""
    sport, life = fixture.sport, fixture.starts - fixture.listed
    whole = math.log((CALM + life) / CALM)
    news = [
        # Drawn like the walk's own speed: most of it comes late.
        fixture.starts - int(CALM * (math.exp(whole * dice.unit()) - 1))
        for _ in range(dice.count(NEWS_A_GAME))
    ]
    ticks = [Tick(fixture.listed, fixture.margin, fixture.total)]
    for at in sorted({*_times(fixture), *news}):
        last = ticks[-1]
        if at <= last.at:
            continue
        share = math.log((CALM + fixture.starts - last.at) / (CALM + fixture.starts - at)) / whole
        scale = math.sqrt(share) + (NEWS_SD if at in news else 0.0)
        ticks.append(
            Tick(
                at,
                last.margin + dice.normal(sport.walk_margin * scale),
                max(last.total + dice.normal(sport.walk_total * scale), sport.total / 3),
            )
        )
    return ticks


def _times(fixture: Fixture) -> list[Micros]:
    times, at = [], fixture.starts
    for most, step in STEPS:
        while fixture.starts - at < most and at > fixture.listed:
            times.append(at)
            at -= step
    return times


def _points_play(fixture: Fixture, close: Tick, dice: Dice) -> list[Tick]:
    """Margin and total run as Brownian motions with the closing means as drift; scores are whole and never fall."""
    sport, steps = fixture.sport, _steps(fixture)
    scale = math.sqrt(1 / steps)
    margins, totals = [0.0], [0.0]
    for _ in range(steps):
        margins.append(margins[-1] + close.margin / steps + dice.normal(sport.margin_result_sd * scale))
        totals.append(totals[-1] + close.total / steps + dice.normal(sport.total_result_sd * scale))
    home, away = (max(round((totals[-1] + side * margins[-1]) / 2), 0) for side in (1, -1))
    if home == away:
        home, away = (home + sport.decider, away) if margins[-1] > 0 else (home, away + sport.decider)
    ticks, scored, against = [], 0, 0
    for step in range(1, steps + 1):
        margin, total, left = margins[step], totals[step], 1 - step / steps
        scored = min(max(scored, int((total + margin) / 2)), home)
        against = min(max(against, int((total - margin) / 2)), away)
        if step == steps:
            scored, against = home, away
        at = fixture.starts + (fixture.ends - fixture.starts) * step // steps
        ticks.append(Tick(at, margin + close.margin * left, total + close.total * left, left, scored, against))
    return ticks


def _counts_play(fixture: Fixture, close: Tick, dice: Dice) -> list[Tick]:
    """Each side scores at its closing rate; what is drawn in the end is decided by one more, where it must be."""
    sport, steps = fixture.sport, _steps(fixture)
    rates = [max((close.total + side * close.margin) / 2, 0.05) for side in (1, -1)]
    ticks, score, spread = [], [0, 0], sport.dispersion or 0.0
    for step in range(1, steps + 1):
        left = 1 - step / steps
        score = [now + dice.count(rate / steps, spread) for now, rate in zip(score, rates, strict=True)]
        if step == steps and score[0] == score[1] and not sport.draws:
            score[0 if dice.chance(0.5) else 1] += sport.decider
        margin = score[0] - score[1] + (rates[0] - rates[1]) * left
        at = fixture.starts + (fixture.ends - fixture.starts) * step // steps
        ticks.append(Tick(at, margin, sum(score) + sum(rates) * left, left, *score))
    return ticks


def _steps(fixture: Fixture) -> int:
    return max((fixture.ends - fixture.starts) // IN_PLAY_STEP, 1)
