"""A back-test: the engine over polls of the past, every signal graded by the close. Pure.

It is the same engine that polls live, the same close and the same grade, so what it finds is what would have been
found. Nothing of it is random and no clock is read: the same polls and settings give the same result, byte for byte.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from markets.bodies import Key, in_order
from markets.calibration import Forecast
from markets.closing import Closer, Closing, line_model
from markets.consensus import Consensus
from markets.detector_settings import Settings
from markets.engine import Engine, Point
from markets.fingerprint import Fingerprint
from markets.grading import Claim, Graded, grade
from markets.quotes import HOUR, SECOND, Change, Listed, Market, Micros, Poll
from markets.scorecards import TOO_OLD, Row
from markets.signals import Signal
from markets.sports import SportModel, for_sport
from markets.weights import EQUAL, Weights

# How long before the start the consensus is held against the close.
HORIZONS: Final = {"24h": 24 * HOUR, "6h": 6 * HOUR, "1h": HOUR}
PROGRESS_EVERY: Final = 500


@dataclass(frozen=True, slots=True)
class Tested:
    """A signal and what the close says of it; `graded` is None while its game has not started."""

    signal: Signal
    graded: Graded | None
    close: Closing | None

    @property
    def row(self) -> Row:
        """For scorecards."""
        signal = self.signal
        age = None if self.close is None else self.close.grade
        return Row(signal.event, signal.kind, signal.market, signal.timing, self.graded, age)


@dataclass(slots=True)
class Backtest:
    """What a back-test was of, and what it found."""

    sport: str
    settings: Settings
    weights: Weights
    markets: tuple[Market, ...]
    step_s: int
    data_hash: str = ""
    polls: int = 0
    changes: int = 0
    first: Micros | None = None
    last: Micros | None = None
    starts: Mapping[str, Micros] = field(default_factory=dict)  # final ones that were told apart from the polls
    events: dict[str, Listed] = field(default_factory=dict)  # as last listed, with the final start
    priced: dict[Market, set[str]] = field(default_factory=dict)  # events with a consensus before their start
    points: int = 0
    tested: list[Tested] = field(default_factory=list)
    closes: dict[str, dict[Market, Closing]] = field(default_factory=dict)
    # Of the canonical side, told at the close's line: by market and horizon.
    forecasts: dict[tuple[Market, str], list[Forecast]] = field(default_factory=dict)


def run(
    polls: Iterable[Poll],
    sport: str,
    *,
    starts: Mapping[str, Micros] | None = None,
    settings: Settings | None = None,
    weights: Weights = EQUAL,
    markets: Collection[Market] = tuple(Market),
    step_s: int = 0,
    progress: Callable[[int, Micros], None] | None = None,
) -> Backtest:
    """Runs the polls of a sport through its engine and grades what it saw.

    `starts` are the final starts of events, where they are known apart from the polls: they serve the close alone.
    `step_s` takes one poll in so many seconds at most, to see what slower polling would have seen; the data hash is of
    all of them. `progress` is told the number of polls and the moment, now and then. Raises `ValueError` for polls of
    another sport or out of order.
    """
    chosen = settings if settings is not None else Settings.for_sport(sport)
    found = Backtest(sport, chosen, weights, tuple(market for market in Market if market in set(markets)), step_s)
    model = for_sport(sport)
    engine = Engine(sport, chosen, weights=weights)
    closer = Closer(model, starts=starts, method=chosen.method)
    name = Fingerprint()
    signals: list[Signal] = []
    horizons = _Horizons()
    for poll in thinned(name.through(polls), step_s * SECOND):
        found.first = poll.at if found.first is None else found.first
        found.last = poll.at
        found.events.update((listed.event, listed) for listed in poll.listed)
        seen = engine.poll(poll)
        closer.take(poll)
        points = [point for point in seen.points if point.market in found.markets]
        signals += (signal for signal in seen.signals if signal.market in found.markets)
        found.points += len(points)
        for point in points:
            horizons.take(point, poll.at, found.events[point.event].commences)
            found.priced.setdefault(point.market, set()).add(point.event)
        if progress is not None and name.polls % PROGRESS_EVERY == 0:
            progress(name.polls, poll.at)
    found.polls, found.changes, found.data_hash = name.polls, name.changes, name.hexdigest()
    found.starts = {event: start for event, start in (starts or {}).items() if event in found.events}
    for event, start in found.starts.items():
        found.events[event] = found.events[event]._replace(commences=start)
    found.closes = {
        event: {market: close for market, close in of.items() if market in found.markets}
        for event, of in closer.closes().items()
    }
    found.tested = [_tested(signal, found, model) for signal in signals]
    found.forecasts = horizons.forecasts(found.closes, model)
    return found


def thinned(polls: Iterable[Poll], step: Micros) -> Iterator[Poll]:
    """The polls at least `step` apart; what changed in those left out is told by the next, each quote once."""
    last: Micros | None = None
    pending: dict[Key, Change] = {}
    for poll in polls:
        if step <= 0:
            yield poll
            continue
        pending.update((change[:4], change) for change in poll.changes)
        if last is not None and poll.at - last < step:
            continue
        last = poll.at
        yield poll._replace(changes=tuple(sorted(pending.values(), key=in_order)))
        pending.clear()


def _tested(signal: Signal, found: Backtest, model: SportModel) -> Tested:
    close = found.closes.get(signal.event, {}).get(signal.market)
    if close is None and (found.last is None or found.events[signal.event].commences > found.last):
        return Tested(signal, None, None)
    # What is graded is what was exported: the figures of the database.
    return Tested(signal, grade(Claim.of(signal.to_dict(), signal.at), close, model), close)


class _Horizons:
    """What the consensus was at set times before the start, as far as it was known when the start would be."""

    def __init__(self) -> None:
        self._held: dict[tuple[Market, str], dict[str, Consensus]] = {}

    def take(self, point: Point, at: Micros, commences: Micros) -> None:
        for name, before in HORIZONS.items():
            if commences - at >= before:
                self._held.setdefault((point.market, name), {})[point.event] = point.consensus

    def forecasts(
        self, closes: Mapping[str, Mapping[Market, Closing]], model: SportModel
    ) -> dict[tuple[Market, str], list[Forecast]]:
        """Each consensus and what the close then said, where the two can be told at one line."""
        found: dict[tuple[Market, str], list[Forecast]] = {}
        for (market, name), held in sorted(self._held.items()):
            for event, then in sorted(held.items()):
                close = closes.get(event, {}).get(market)
                # A close hours old is the very consensus that is asked about.
                young = close is not None and close.grade != TOO_OLD
                forecast = _forecast(event, then, close, model) if close is not None and young else None
                if forecast is not None:
                    found.setdefault((market, name), []).append(forecast)
        return found


def _forecast(event: str, then: Consensus, close: Closing, model: SportModel) -> Forecast | None:
    now = close.held
    if now is None or len(now.fair) != len(then.fair):
        return None
    if then.line == now.line or then.line is None or now.line is None:
        return Forecast(event, then.fair[0], now.fair[0])
    lines = line_model(model, close.market)
    if lines is None:
        return None
    return Forecast(event, lines.shift(then.fair[0], then.line, now.line), now.fair[0])
