"""One market of one event at one poll, as detectors look at it: who stood where, who moved, what is on offer. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from markets.consensus import Consensus, Pair, consensus
from markets.detector_settings import ByMarket, Settings
from markets.measure import Measure
from markets.quotes import CANONICAL, MIRROR, SECOND, Market, Micros, Side
from markets.signals import (
    Component,
    Direction,
    Entry,
    Key,
    Kind,
    Late,
    Mover,
    Resolution,
    Signal,
    Timing,
    component,
    strength_of,
)
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

    def towards(self, direction: Direction, then: Sequence[float], now: Sequence[float]) -> Side:
        """The outcome moved towards; with a draw, of the other two the one whose probability rose more."""
        side = CANONICAL[self.market]
        if direction is Direction.UP:
            return side
        if len(now) == 3 and len(then) == 3 and now[2] - then[2] > now[1] - then[1]:
            return Side.DRAW
        return MIRROR[side]

    def movers(self, steps: Sequence[Step], since: Micros, least: float) -> tuple[Mover, ...]:
        """Families that moved one way, in the order in which it is known that they did."""
        moved = sorted(((self._moved_at(step, since, least), step) for step in steps), key=lambda one: _order(*one))
        return tuple(
            Mover(
                family=step.now.family,
                book=step.now.book,
                from_point=step.then.point,
                to_point=step.now.point,
                from_fair=step.then.fair[0],
                to_fair=step.now.fair[0],
                size=step.size,
                moved_at=at,
                lag_s=(at - moved[0][0]) / SECOND,
            )
            for at, step in moved
        )

    def _moved_at(self, step: Step, since: Micros, least: float) -> Micros:
        """When the first quote on its way was known: the provider's time for it, kept between its poll and the last."""
        line, measure = self.consensus.line, self.measure
        then = step.then
        sign = 1.0 if step.size > 0 else -1.0
        for at, pair in step.state.after(since):
            rise = measure.rise(then.fair[0], then.point, pair.fair[0], pair.point, line)
            if rise is not None and sign * rise >= least:
                before = self.polls.before(at)
                return max(min(pair.changed or at, at), before if before is not None else at)
        return self.at

    def timing(self, steps: Sequence[Step], window_s: float) -> Timing:
        """`timed` where the provider's times of all movers lie within the window."""
        first = self.at - int(window_s * SECOND)
        known = all(first <= step.now.changed <= self.at for step in steps)
        return Timing.TIMED if known else Timing.COARSE

    def late(self, movers: Sequence[Mover], steps: Steps, towards: Side) -> tuple[Late, ...]:
        """Books of families that have not moved that way, with what they offer on it; the best offer first."""
        moved = {mover.family for mover in movers}
        found = [
            Late(state.book, state.family, offer.point, offer.price, offer.american, offer.age_s, offer.value)
            for state in self.books
            if state.now is not None and state.family not in moved and state.book not in steps.left_out
            for offer in (self.offer(state, towards, self.consensus),)
            if offer is not None
        ]
        found.sort(key=lambda each: (-(each.value if each.value is not None else -9.0), each.book))
        return tuple(found[: self.rules.settings.late_most])

    def offer(self, state: BookState, side: Side, against: Consensus) -> Entry | None:
        """What a book offers on a side; None where it has no quote, or one that was not confirmed lately.

        A quote that stands was in the last poll, and the provider had confirmed it within `STALE_AFTER`. One that was
        old already when it came is not taken for current until it changes.
        """
        quote = state.quotes.get(side)
        if quote is None:
            return None
        since = state.since[side]
        limit = self.rules.settings.entry_age_most_s * SECOND
        if quote.updated is not None and since - quote.updated > limit:
            return None
        value = self.measure.value(against.fair, against.line, side, quote.point, quote.price)
        age = (self.at - since) / SECOND
        return Entry(state.book, side, quote.point, quote.price, quote.american, age, value)

    def entry(self, side: Side) -> Entry | None:
        """The offer on a side that is worth most at the consensus; of equal ones the first book's.

        Where no model can tell what other lines are worth, only quotes at the consensus line compare.
        """
        offers = [offer for state in self.books if (offer := self.offer(state, side, self.consensus)) is not None]
        valued = [offer for offer in offers if offer.value is not None]
        if valued:
            return max(valued, key=lambda offer: offer.value or 0.0)
        mirrored = self.market is Market.SPREADS and side is not CANONICAL[self.market]
        line = self.consensus.line
        own = -line if mirrored and line is not None else line
        return max((offer for offer in offers if offer.point == own), key=lambda offer: offer.price, default=None)

    def signal(
        self,
        kind: Kind,
        steps: Steps,
        movers: Sequence[Step],
        opposed: int,
        window_s: float,
        least: float,
        ends: tuple[Consensus, Consensus],
        components: Sequence[Component],
        keys: tuple[Key, ...] = (),
    ) -> Signal:
        """The signal of families that moved one way."""
        then, now = ends
        direction, sign = (Direction.UP, 1.0) if movers[0].size > 0 else (Direction.DOWN, -1.0)
        towards = self.towards(direction, then.fair, now.fair)
        order = self.movers(movers, steps.span.since, least)
        resolution = self.resolution(steps.span, window_s)
        timing = self.timing(movers, window_s)
        parts = (*components, *_speed(order, resolution, timing, window_s))
        before = self.measure.at(then.fair[0], then.line, now.line)
        moved = None if before is None else sign * (now.fair[0] - before)
        return Signal(
            event=self.event,
            market=self.market,
            side=CANONICAL[self.market],
            kind=kind,
            at=self.at,
            book=None,
            direction=direction,
            towards=towards,
            commences=self.commences,
            from_line=then.line,
            to_line=now.line,
            from_fair=then.fair,
            to_fair=now.fair,
            moved=moved,
            keys=keys,
            movers=order,
            opposed=opposed,
            leader=leader(order),
            late=self.late(order, steps, towards),
            window_s=window_s,
            since=steps.span.since,
            resolution=resolution,
            timing=timing,
            strength=strength_of(parts),
            components=parts,
            consensus=self.consensus,
            entry=self.entry(towards),
        )

    def resolution(self, span: Span, window_s: float) -> Resolution:
        """`gap` where two polls of the window lie further apart than it is long."""
        return Resolution.GAP if span.widest > window_s * SECOND else Resolution.WINDOW

    def torn(self, steps: Steps) -> bool:
        """Whether polls were missing for so long that nothing can be told as together or fast."""
        return steps.span.widest > self.rules.settings.gap_most_s * SECOND


def leader(movers: Sequence[Mover]) -> str | None:
    """The family that moved first; None where the first two are known from the same moment."""
    if len(movers) > 1 and movers[0].moved_at == movers[1].moved_at:
        return None
    return movers[0].family


def median_size(steps: Sequence[Step]) -> float:
    """The size of the middle mover, without its sign."""
    return abs(median(step.size for step in steps))


def breadth(movers: int, steps: Steps, most: float) -> Component:
    """Which share of the families that stood throughout moved."""
    return component("breadth", movers / steps.families, most)


def _speed(order: Sequence[Mover], resolution: Resolution, timing: Timing, window_s: float) -> tuple[Component, ...]:
    """How quickly the last followed the first; not scored where polls or provider cannot tell."""
    if resolution is Resolution.GAP or timing is Timing.COARSE or len(order) < 2:
        return ()
    return (component("speed", 1.0 - order[-1].lag_s / window_s, 15.0),)


def _order(at: Micros, step: Step) -> tuple[Micros, str]:
    return at, step.now.family
