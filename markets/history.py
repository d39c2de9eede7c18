"""The provider's history into the database: which games there were, which moments of them to ask for, and what came.

Games are found by walking the historical lists of events, so that games which are over are found too. One call for all
odds at a moment costs the same however many games it has, so the moments of all games lie on common steps. Where such
calls are not to be had, each game is asked for by itself, and the answers of one snapshot are put together again.

Every answer is stored at its own timestamp. What is stored already is not asked for again, so an interrupted walk goes
on where it stopped.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from markets.bodies import BadBody
from markets.configured import book_weights, signal_settings
from markets.models import Poll, Source
from markets.odds import Format
from markets.pipeline import Ingested, Pipeline
from markets.provider import contract
from markets.provider.client import Answer, Provider
from markets.provider.contract import Scope
from markets.provider.errors import ProviderError, Remedy
from markets.quotes import to_micros

LIST_EVERY: Final = timedelta(hours=24)  # events are listed days before they start
FAR: Final = timedelta(minutes=720)
NEAR: Final = timedelta(minutes=180)
LAST_LOOK: Final = timedelta(minutes=1)
LOOKBACK: Final = timedelta(hours=24)  # before a start
FINER_SINCE: Final = datetime(2022, 9, 18, tzinfo=UTC)  # snapshots every 5 minutes, before that every 10
BULK, EVENT, NEITHER = "bulk", "event", "none"


class Game(NamedTuple):
    """A game of the provider's history."""

    commences: datetime
    id: str


@dataclass
class Found:
    """What a walk did so far."""

    games: int = 0
    variant: str = NEITHER
    polls: int = 0
    changes: int = 0
    duplicates: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None
    skipped: list[str] = field(default_factory=list)

    def took(self, done: Ingested) -> None:
        """The pipeline stored an answer, or had it."""
        self.duplicates += done.duplicate
        self.polls += not done.duplicate
        self.changes += done.changes
        self.earliest = min(self.earliest or done.at, done.at)
        self.latest = max(self.latest or done.at, done.at)


def list_moments(start: datetime, end: datetime) -> list[datetime]:
    """When to look at the historical lists of events, to find every game that starts from `start` to `end`."""
    moments = [start]
    while moments[-1] + LIST_EVERY < end:
        moments.append(moments[-1] + LIST_EVERY)
    return moments


def moments_of(commences: datetime, *, since: datetime, step: timedelta) -> list[datetime]:
    """When to ask for a game's odds: two steps apart far from its start, a third of a step near it, and a last look.

    All but the last look lie on common steps, so that games share them.
    """
    last = commences - LAST_LOOK
    moments = {last} if last >= since else set()
    for begins, ends, every in (
        (commences - LOOKBACK, commences - FAR, 2 * step),
        (commences - FAR, commences - NEAR, step),
        (commences - NEAR, commences, step / 3),
    ):
        moments.update(_on_steps(max(begins, since), ends, every))
    return sorted(moments)


def _on_steps(begins: datetime, ends: datetime, every: timedelta) -> Iterator[datetime]:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    moment = epoch - ((epoch - begins) // every) * every
    while moment < ends:
        yield moment
        moment += every


class Walk:
    """Walks one sport's history. What the provider refuses, and a budget that is at its end, comes out as raised."""

    def __init__(self, provider: Provider, sport: str, scope: Scope, *, simulated: bool) -> None:
        self._provider, self._sport, self._scope, self._simulated = provider, sport, scope, simulated
        self._source = Source.SIMULATION if simulated else Source.HISTORY
        self._pipeline: Pipeline | None = None
        self.found = Found()

    def games(self, start: datetime, end: datetime, *, most: int) -> list[Game]:
        """The games that start from `start` until before `end`, the first ones; a start is what was told last."""
        starts: dict[str, datetime] = {}
        for moment in list_moments(start, end):
            try:
                answer = self._provider.ask(contract.historical_events(self._sport, moment))
            except ProviderError as error:
                if error.remedy is not Remedy.SKIP:
                    raise
                continue
            starts.update(_starts(answer.data.get("data")))
        games = sorted(Game(at, name) for name, at in starts.items() if start <= at < end)
        self.found.games = min(len(games), most)
        return games[:most]

    def probe(self, game: Game) -> dict[str, Any]:
        """Ask for one game in both ways, and say what came; both answers are stored."""
        moment = game.commences - timedelta(hours=1)
        told: dict[str, Any] = {}
        for variant, call in (
            (BULK, contract.historical_odds(self._sport, moment, self._scope)),
            (EVENT, contract.historical_event_odds(self._sport, game.id, moment, self._scope)),
        ):
            try:
                answer = self._provider.ask(call)
            except ProviderError as error:
                told[variant] = {"error": error.code}
                continue
            events = _events(answer.data.get("data"))
            told[variant] = {"events": len(events), "timestamp": answer.data.get("timestamp")}
            if events and self.found.variant == NEITHER:
                self.found.variant = variant
                self._store(answer.body, answer.usage.last)
        return told

    def ask(self, moment: datetime, games: Sequence[Game]) -> None:
        """Ask for the odds of a moment and store them. The first answer decides which way is used."""
        if self.found.variant == NEITHER:
            self.found.variant = BULK
        if self.found.variant == BULK:
            self._bulk(moment, games)
        else:
            self._each(moment, games)

    def is_stored(self, moment: datetime) -> bool:
        """Whether the snapshot that would answer is stored."""
        before = timedelta(minutes=6 if moment >= FINER_SINCE else 11)
        polls = Poll.objects.filter(sport=self._sport, is_simulated=self._simulated)
        return polls.filter(at__gt=moment - before, at__lte=moment).exists()

    def _bulk(self, moment: datetime, games: Sequence[Game]) -> None:
        try:
            answer = self._provider.ask(contract.historical_odds(self._sport, moment, self._scope))
        except ProviderError as error:
            if error.remedy is Remedy.SKIP:
                self.found.skipped.append(f"{contract.stamp(moment)} {error.code}")
                return
            if self.found.polls or error.code != "INVALID_MARKET":
                raise
            self.found.variant = EVENT  # these markets are only to be had game by game
            self._each(moment, games)
            return
        if not self.found.polls and not _events(answer.data.get("data")):
            self.found.variant = EVENT  # the lists know games of this time
            self._each(moment, games)
            return
        self._store(answer.body, answer.usage.last)

    def _each(self, moment: datetime, games: Sequence[Game]) -> None:
        """Game by game; the answers that are of one snapshot become one poll."""
        snapshots: dict[str, list[tuple[Any, Answer]]] = {}
        for game in games:
            call = contract.historical_event_odds(self._sport, game.id, moment, self._scope)
            try:
                answer = self._provider.ask(call)
            except ProviderError as error:
                if error.remedy is not Remedy.SKIP:
                    raise
                self.found.skipped.append(f"{contract.stamp(moment)} {error.code}")
                continue
            for event in _events(answer.data.get("data")):
                snapshots.setdefault(str(answer.data.get("timestamp")), []).append((event, answer))
        for timestamp, parts in sorted(snapshots.items()):
            body = {"timestamp": timestamp, "data": [event for event, _ in parts]}
            self._store(json.dumps(body).encode(), sum(answer.usage.last or 0 for _, answer in parts))

    def _store(self, body: bytes, charged: int | None) -> None:
        # Its own timestamp is its moment, so this one is not used.
        at = datetime.now(UTC)
        if self._pipeline is None:
            self._pipeline = Pipeline(
                self._sport,
                simulated=self._simulated,
                settings=signal_settings(self._sport),
                weights=book_weights(self._sport, before=to_micros(at)),
                style=Format.AMERICAN,
            )
        try:
            self.found.took(self._pipeline.ingest(body, at=at, source=self._source, credits=charged))
        except BadBody as error:
            self.found.skipped.append(str(error))


def _events(data: Any) -> list[dict[str, Any]]:
    """The events of a wrapper, which holds a list of them or one."""
    held = data if isinstance(data, list) else [data]
    return [event for event in held if isinstance(event, dict) and "id" in event]


def _starts(data: Any) -> dict[str, datetime]:
    found = {}
    for event in _events(data):
        try:
            moment = datetime.fromisoformat(event["commence_time"])
        except (KeyError, TypeError, ValueError):
            continue
        if moment.tzinfo is not None:
            found[str(event["id"])] = moment.astimezone(UTC)
    return found
