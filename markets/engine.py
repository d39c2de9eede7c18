"""The engine: polls in, repriced markets and signals out. Pure.

The same polls give the same signals, byte for byte, whoever feeds them: the live pipeline, a replay, a back-test. The
clock is the poll's. All it knows is a function of the polls from the first that listed an event that is still listed:
one that restarts and takes those again continues where the other would have.

A market is repriced when one of its quotes changed, and only then can it raise a signal: time alone tells nothing new.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from markets.board import MarketBoard
from markets.consensus import Consensus
from markets.detector_settings import Common, Settings
from markets.detectors.dislocation import dislocations
from markets.detectors.key_cross import key_cross
from markets.detectors.move import move
from markets.detectors.steam import steam
from markets.detectors.sync import sync
from markets.look import Found, Look, Rules
from markets.measure import measures
from markets.quotes import HOUR, SECOND, Market, Micros, Poll
from markets.signals import Kind, Signal
from markets.sports import SportModel, for_sport
from markets.state import Events, EventState
from markets.telling import tell
from markets.weights import EQUAL, Weights

DAY: Final[Micros] = 24 * HOUR

_DETECTORS: Final[tuple[tuple[Kind, Callable[[Look], Found | None]], ...]] = (
    (Kind.MOVE, move),
    (Kind.KEY_CROSS, key_cross),
    (Kind.MULTIBOOK_SYNC, sync),
    (Kind.STEAM, steam),
)


class Point(NamedTuple):
    """A market's consensus, when one of its quotes had changed."""

    event: str
    market: Market
    consensus: Consensus


class Seen(NamedTuple):
    """What one poll showed: points by event and market, signals by their identity."""

    points: list[Point]
    signals: list[Signal]


class Engine:
    """One sport's. `model` and `weights` default to what is known of the sport, and to equal ones."""

    def __init__(
        self,
        sport: str,
        settings: Settings | None = None,
        *,
        model: SportModel | None = None,
        weights: Weights = EQUAL,
    ) -> None:
        self.sport = sport
        self.settings = settings if settings is not None else Settings.for_sport(sport)
        known = model if model is not None else for_sport(sport)
        worth = self.settings.point_worth
        self._rules = Rules(
            self.settings, known, measures(known.spreads, known.totals, (worth.spreads, worth.totals)), weights
        )
        self._by_kind: dict[Kind, Common] = {
            Kind.MOVE: self.settings.move,
            Kind.KEY_CROSS: self.settings.key_cross,
            Kind.MULTIBOOK_SYNC: self.settings.sync,
            Kind.STEAM: self.settings.steam,
            Kind.DISLOCATION: self.settings.dislocation,
        }
        self._events = Events(self.settings.method, int(self.settings.lookback_s * SECOND), self._board)

    def poll(self, poll: Poll) -> Seen:
        """Takes the next poll. Raises `ValueError` for another sport's, or one not later than the one before."""
        if poll.sport != self.sport:
            raise ValueError("A poll of another sport is another engine's.")
        points: list[Point] = []
        found: dict[str, list[Signal]] = {}
        for event, market in sorted(self._events.take(poll)):
            state = self._events.events[event]
            look = self._look(event, state, market, poll.at)
            if look is None:
                continue
            points.append(Point(event, market, look.consensus))
            if 0 < look.commences - poll.at <= self.settings.horizon_s * SECOND:
                found.setdefault(event, []).extend(self._detect(look, state))
        signals = [
            signal
            for event, candidates in found.items()
            for signal in self._allowed(self._events.events[event], candidates)
        ]
        return Seen(points, sorted(signals, key=lambda signal: signal.identity))

    def _board(self, market: Market) -> MarketBoard:
        # One family fewer is enough where the judged book's is left out.
        model = self._rules.measures[market].model
        return MarketBoard(market, model, self._rules.weights, self.settings.families_least - 1)

    def _look(self, event: str, state: EventState, market: Market, at: Micros) -> Look | None:
        """The market as it stands; None where too few families quote it."""
        assert state.listed is not None, "only listed events are repriced"
        market_state = state.markets[market]
        if market_state.families < self.settings.families_least:
            return None
        held = market_state.board.consensus(at)
        if held is None:
            return None
        return Look(event, market, at, state.listed.commences, market_state, held, self._events.polls, self._rules)

    def _detect(self, look: Look, state: EventState) -> Iterable[Signal]:
        for kind, detect in _DETECTORS:
            if self._by_kind[kind].enabled and (found := detect(look)) is not None:
                yield tell(look, found)
        if self.settings.dislocation.enabled:
            yield from dislocations(look, state)

    def _allowed(self, state: EventState, candidates: list[Signal]) -> Iterable[Signal]:
        """Those that are not resting after the same was told, the strongest first as far as the day's cap goes."""
        for signal in sorted(candidates, key=lambda one: (-one.strength, one.identity)):
            rule = self._by_kind[signal.kind]
            about = (signal.market, signal.kind, signal.direction, signal.side, signal.book or "")
            last = state.last.get(about)
            if last is not None and signal.at - last < rule.cooldown_s * SECOND:
                continue
            told = [at for at in state.raised.get(signal.kind, ()) if signal.at - at < DAY]
            if len(told) >= rule.per_day_most:
                continue
            state.last[about] = signal.at
            state.raised[signal.kind] = [*told, signal.at]
            if signal.book is not None:
                state.apart.add((signal.market, signal.side, signal.book))
            yield signal
