"""One market of one event at one poll, as detectors look at it: who stood where, and who moved. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from markets.consensus import Consensus, Pair, consensus
from markets.detector_settings import ByMarket, Settings
from markets.measure import Measure
from markets.quotes import SECOND, Market, Micros
from markets.signals import Component, Key, Kind, component
from markets.sports import SportModel
from markets.state import BookState, MarketState, Polls, Span
from markets.weights import Weights


class Step(NamedTuple):
    """How far a family moved: its own quote then against its own now, at the consensus line."""

    state: BookState  # of its books the one that moved furthest
    then: Pair
    now: Pair
    size: float  # of the canonical side's probability


@dataclass(frozen=True, slots=True)
class Steps:
    """Who moved in a window, of all that stood at both its ends: a step a family, in the order of their names."""

    span: Span
    steps: tuple[Step, ...]  # of families with a book that quotes otherwise now
    families: int  # that stood at both ends
    left_out: frozenset[str]  # books that did not, or whose two lines cannot be compared

    def beyond(self, size: float) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """Those that moved at least so far: upwards, and downwards."""
        return (
            tuple(step for step in self.steps if step.size >= size),
            tuple(step for step in self.steps if step.size <= -size),
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """What an engine looks with: the same for every poll."""

    settings: Settings
    sport: SportModel
    measures: dict[Market, Measure]
    weights: Weights


@dataclass(slots=True)
class Look:
    """See the module. `consensus` is of all that stands now."""

    event: str
    market: Market
    at: Micros
    commences: Micros
    state: MarketState
    consensus: Consensus
    polls: Polls
    rules: Rules
    measure: Measure = field(init=False)
    _steps: dict[Micros, Steps] = field(default_factory=dict)
    _both: dict[Micros, tuple[Consensus, Consensus] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.measure = self.rules.measures[self.market]

    @property
    def books(self) -> Iterable[BookState]:
        """All that ever quoted the market, by name."""
        return self.state.books.values()

    def steps(self, window_s: ByMarket) -> Steps | None:
        """Who moved in the window that ends now; None where no poll is as old as its beginning."""
        span = self.polls.span(int(window_s[self.market] * SECOND))
        if span is None:
            return None
        known = self._steps.get(span.since)
        if known is None:
            known = self._steps[span.since] = self._step(span)
        return known

    def _step(self, span: Span) -> Steps:
        furthest: dict[str, Step] = {}
        families, left_out = set(), set()
        since = span.since
        for state in self.books:
            pair = state.now
            if pair is None:
                continue
            if state.history[-1][0] > since:
                stood = state.as_of(since)
                size = None if stood is None else self._size(state, stood, pair)
                if stood is None or size is None:
                    left_out.add(state.book)
                    continue
                known = furthest.get(pair.family)
                if known is None or abs(size) > abs(known.size):
                    furthest[pair.family] = Step(state, stood, pair, size)
            families.add(pair.family)
        steps = tuple(furthest[family] for family in sorted(furthest))
        return Steps(span, steps, len(families), frozenset(left_out))

    def _size(self, state: BookState, then: Pair, now: Pair) -> float | None:
        """How much a book's price of the canonical side rose at the consensus line; None where that cannot be told."""
        if len(then.fair) != len(now.fair):
            return None
        line, measure = self.consensus.line, self.measure
        before, after = measure.at(then.fair[0], then.point, line), state.placed(now, line, measure)
        if before is not None and after is not None:
            return after - before
        return measure.rise(then.fair[0], then.point, now.fair[0], now.point, line)

    def both(self, steps: Steps) -> tuple[Consensus, Consensus] | None:
        """The consensus then and now of the books that stood at both moments: who came or went moves nothing."""
        since = steps.span.since
        if since not in self._both:
            stood = [state for state in self.books if state.now is not None and state.book not in steps.left_out]
            then = self._agree([pair for state in stood if (pair := state.as_of(since)) is not None], since)
            now = self._agree([pair for state in stood if (pair := state.now) is not None], self.at)
            self._both[since] = None if then is None or now is None else (then, now)
        return self._both[since]

    def _agree(self, pairs: Sequence[Pair], at: Micros) -> Consensus | None:
        rules = self.rules
        least = rules.settings.families_least
        return consensus(pairs, self.market, self.measure.model, rules.weights, at=at, minimum=least)

    def without(self, family: str) -> Consensus | None:
        """The consensus now of all families but one."""
        return self.state.board.consensus(self.at, family)

    def between(self, then: Consensus, now: Consensus) -> float:
        """How much the canonical side's fair probability rose, at now's line; 0 where that cannot be told."""
        return self.measure.rise(then.fair[0], then.line, now.fair[0], now.line, now.line) or 0.0

    def torn(self, steps: Steps) -> bool:
        """Whether polls were missing for so long that nothing can be told as together or fast."""
        return steps.span.widest > self.rules.settings.gap_most_s * SECOND


class Found(NamedTuple):
    """What a detector found: families that moved one way in a window. `markets.telling` makes a signal of it."""

    kind: Kind
    window_s: float
    steps: Steps
    movers: Sequence[Step]
    opposed: int  # families that moved the other way
    step_least: float  # what each of the movers moved at least
    ends: tuple[Consensus, Consensus]  # then and now, of who stood at both
    components: Sequence[Component]
    keys: tuple[Key, ...] = ()


def median_size(steps: Sequence[Step]) -> float:
    """The size of the middle mover, without its sign."""
    return abs(median(step.size for step in steps))


def breadth(movers: int, steps: Steps, most: float) -> Component:
    """Which share of the families that stood throughout moved."""
    return component("breadth", movers / steps.families, most)
