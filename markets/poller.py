"""The poller: asks the planner what is due, asks the provider, and hands what comes to the pipeline.

What it must remember is in the database: polls, credits and the last cycle. So one that is stopped or killed goes on
where it was; an answer that was not stored yet waits in the spool. Every cycle that asks anything writes a `Cycle`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import InterfaceError, OperationalError, connection

from markets.bodies import EVENTS_MAX, BadBody
from markets.configured import book_weights, signal_settings
from markets.credits import DAY, Ledger, remaining_now, spending
from markets.models import Cycle, Poll, Source
from markets.odds import Format
from markets.pipeline import Pipeline
from markets.planner import Ask, Known, Plan, Sport, What, plan
from markets.provider import contract, errors
from markets.provider.circuit import Circuit
from markets.provider.client import Answer, Provider
from markets.provider.clock import Clock
from markets.provider.configuration import Odds
from markets.provider.errors import BudgetRefused, Interrupted, ProviderError, Remedy
from markets.quotes import Micros, from_micros, to_micros
from markets.spool import Kept, Spool
from markets.tally import Closing, State, Tally, write

log = structlog.get_logger(__name__)

AWAY: Final = (OperationalError, InterfaceError)  # the database; any other error is of what was to be stored
KEY_HOLD: Final = timedelta(hours=1)  # after the key was refused
MEND_HOLD: Final = timedelta(hours=1)  # of a sport whose question is wrong
SHAPE_HOLD: Final = timedelta(minutes=5)  # of a sport whose answer could not be read
PAUSE_LOOK: Final = timedelta(hours=1)  # until a balance that contradicts a pause is believed
SKEW_MAX: Final = timedelta(seconds=60)
AGAIN: Final = 5.0  # seconds until a database that is away, or a simulator, is tried again
UNEXPECTED: Final = "UNEXPECTED"


class Poller:
    """Polls until it is told to stop. One process at a time (`place.Place`), one thread."""

    def __init__(
        self,
        odds: Odds,
        provider: Provider,
        ledger: Ledger,
        clock: Clock,
        spool: Spool,
        *,
        closing: Closing | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._odds, self._provider, self._ledger = odds, provider, ledger
        self._clock, self._spool, self._closing, self._stopping = clock, spool, closing, stopping
        self._simulated = odds.base.is_simulated
        self._source = Source.SIMULATION if self._simulated else Source.LIVE
        self._pipelines: dict[str, Pipeline] = {}
        self._sports: dict[str, Sport] = {}
        self._starts: dict[str, dict[str, Micros]] = {key: {} for key in odds.sports}
        self._circuit = Circuit(odds.failures_to_open, odds.open_for)
        self._key_refused_until: datetime | None = None
        self._key_alerted = False
        self._paused_at: tuple[datetime, int | None] | None = None
        self._more_to_close = False
        self._begun = False

    def turn(self) -> float:
        """Do what is due, and say how many seconds there is nothing to do. A database that is away is waited for."""
        try:
            if not self._begun and not self._begin():
                return AGAIN
            made = self._plan()
            if not made.asks and not self._more_to_close:
                return self._clock.seconds_until(from_micros(made.next_at))
            tally = self._cycle(made)
            following = self._plan()
            self._write(tally, made, following)
            if following.asks or self._more_to_close:
                return 0.0
            return self._clock.seconds_until(from_micros(following.next_at))
        except AWAY as error:
            log.error("The database failed; what was fetched is kept", error=type(error).__name__)
            connection.close()
            self._pipelines.clear()
            self._begun = False
            return AGAIN

    # --- Beginning --------------------------------------------------------------------------------

    def _begin(self) -> bool:
        """Store what an earlier process left, learn the time and the balance, and take up its state.

        False where a simulator does not tell its time, without which nothing can be planned.
        """
        for kept in self._spool.left():
            self._store_left(kept)
        try:
            self._heard(self._provider.ask(contract.sports()))
        except ProviderError as error:
            log.warning("The provider did not answer at the start", code=error.code, sentence=error.sentence)
            if self._simulated:
                return False
        now = self._clock.now()
        cost = contract.odds(self._odds.sports[0], self._odds.scope).credits
        for key in self._odds.sports:
            last = Poll.objects.filter(sport=key, is_simulated=self._simulated, source=self._source, at__lte=now)
            polled = last.order_by("-at").values_list("at", flat=True).first()
            self._sports[key] = Sport(key, cost, polled=None if polled is None else to_micros(polled))
        self._take_up(now)
        self._begun = True
        return True

    def _store_left(self, kept: Kept) -> None:
        """An answer whose process ended. One that cannot be stored is set aside, so that it is tried once."""
        try:
            done = self._pipeline(kept.sport, kept.is_simulated).ingest(
                kept.body,
                at=kept.at,
                source=Source.SIMULATION if kept.is_simulated else Source.LIVE,
                credits=kept.credits,
            )
        except AWAY:
            raise
        except Exception:
            log.exception("An answer that was left could not be stored", sport=kept.sport)
            self._spool.refuse(kept.path)
            return
        self._spool.done(kept)
        log.info("An answer that was left is stored", sport=kept.sport, changes=done.changes, late=done.late)

    def _take_up(self, now: datetime) -> None:
        """The circuit as the last cycle left it."""
        last = Cycle.objects.filter(is_simulated=self._simulated).order_by("-pk").first()
        state = (last.notes if last else {}).get("circuit") or {}
        until = state.get("open_until")
        open_until = datetime.fromisoformat(until) if until else None
        if open_until is not None and now < open_until <= now + 10 * self._odds.open_for:
            self._circuit = replace(self._circuit, failures=int(state["failures"]), open_until=open_until)

    # --- Planning -----------------------------------------------------------------------------------

    def _plan(self) -> Plan:
        now = self._clock.now()
        at = to_micros(now)
        remaining = remaining_now(is_simulated=self._simulated)
        quiet = max((until for until in (self._key_refused_until, self._circuit.open_until) if until), default=None)
        sports = tuple(
            replace(
                sport,
                starts=tuple(sorted(set(self._starts[key].values()))),
                # A clock that was set back: what lies ahead of it was before.
                polled=None if sport.polled is None else min(sport.polled, at),
                asked=None if sport.asked is None else min(sport.asked, at),
                listed=None if sport.listed is None else min(sport.listed, at),
                list_asked=None if sport.list_asked is None else min(sport.list_asked, at),
            )
            for key, sport in self._sports.items()
        )
        known = Known(
            now=at,
            sports=sports,
            spending=spending(now - DAY, now, is_simulated=self._simulated),
            remaining=remaining,
            quiet_until=None if quiet is None else to_micros(quiet),
            paused=self._paused(now, remaining),
        )
        return plan(known, self._odds.cadence)

    def _paused(self, now: datetime, remaining: int | None) -> bool:
        """Whether there are no credits; ends when the provider tells of new ones."""
        if self._paused_at is not None:
            since, had = self._paused_at
            reset = (now.year, now.month) != (since.year, since.month) or now - since >= PAUSE_LOOK
            if remaining is not None and remaining > 0 and (reset or (had is not None and remaining > had)):
                self._paused_at = None
        cheapest = min((sport.credits for sport in self._sports.values()), default=0)
        return self._paused_at is not None or (remaining is not None and remaining < cheapest)

    # --- A cycle --------------------------------------------------------------------------------------

    def _cycle(self, made: Plan) -> Tally:
        tally = Tally(self._clock.now())
        before = self._ledger.spent
        if self._key_refused_until is not None and tally.begun >= self._key_refused_until:
            self._key_refused_until = None
        for ask in made.asks:
            if self._stopping() or self._circuit.is_open(self._clock.now()) or self._key_refused_until:
                break
            self._ask(ask, tally)
        self._close(tally)
        tally.credits = max(0, self._ledger.spent - before)
        return tally

    def _close(self, tally: Tally) -> None:
        """Capture closes and grade; where there were more games than one cycle takes, the next follows at once."""
        if self._closing is None:
            return
        now, most = self._clock.now(), self._odds.cadence.closes_per_cycle
        try:
            tally.closed = self._closing(at=now, is_simulated=self._simulated, events=most)
        except AWAY:
            raise
        except Exception as error:  # polling goes on, and the next cycle tries again
            tally.failed(f"{UNEXPECTED}: closes could not be captured ({type(error).__name__})")
            log.exception("Closes could not be captured")
        self._more_to_close = tally.closed.more

    def _ask(self, ask: Ask, tally: Tally) -> None:
        """One sport, one question; what fails is noted, and decides when anything is asked again."""
        key = ask.sport
        at = to_micros(self._clock.now())
        about = tally.sports.setdefault(key, {"band": ask.band.value})
        if ask.last_look:
            about["last_look"] = True
        try:
            if ask.what is What.EVENTS:
                self._sports[key] = replace(self._sports[key], list_asked=at)
                self._look(key)
            else:
                self._sports[key] = replace(self._sports[key], asked=at)
                self._poll(key, tally)
        except BudgetRefused as error:
            tally.notes["budget"] = str(error)
        except Interrupted:
            tally.notes["stopped"] = True
        except ProviderError as error:
            self._failed(key, error, tally)
        except BadBody as error:
            tally.failed(f"{errors.CHANGED_SHAPE}: {error}")
            log.error("An answer could not be read", sport=key, error=str(error))
            self._hold(key, SHAPE_HOLD)
        except AWAY:
            raise
        except Exception as error:  # of this answer: the other sports go on
            tally.failed(f"{UNEXPECTED}: an answer could not be stored ({type(error).__name__})")
            log.exception("An answer could not be stored", sport=key)
            self._hold(key, SHAPE_HOLD)
        else:
            self._circuit = self._circuit.succeeded()
            self._key_alerted = False

    def _look(self, key: str) -> None:
        """The free list of events: what is not in it is over, or called off."""
        answer = self._provider.ask(contract.events(key))
        self._heard(answer)
        self._starts[key] = dict(_starts(answer.data))
        self._sports[key] = replace(self._sports[key], listed=to_micros(self._clock.now()))

    def _poll(self, key: str, tally: Tally) -> None:
        answer = self._provider.ask(contract.odds(key, self._odds.scope))
        self._heard(answer)
        if answer.skew is not None and abs(answer.skew) > SKEW_MAX:
            tally.notes["clock_skew_seconds"] = round(answer.skew.total_seconds())
        kept = self._spool.keep(key, answer.at, answer.body, is_simulated=self._simulated, charged=answer.usage.last)
        try:
            done = self._pipeline(key, self._simulated).ingest(
                answer.body, at=answer.at, source=self._source, credits=answer.usage.last
            )
        except AWAY:
            raise
        except Exception:
            self._spool.refuse(kept.path)
            raise
        self._spool.done(kept)
        tally.took(key, done)
        self._starts[key].update(_starts(answer.data))
        self._sports[key] = replace(self._sports[key], polled=to_micros(self._clock.now()))

    def _heard(self, answer: Answer) -> None:
        if self._simulated:
            self._clock.set(answer.at)

    def _pipeline(self, sport: str, simulated: bool) -> Pipeline:
        made = self._pipelines.get(sport)
        if made is None or made.simulated is not simulated:
            made = self._pipelines[sport] = Pipeline(
                sport,
                simulated=simulated,
                settings=signal_settings(sport),
                weights=book_weights(sport, before=to_micros(self._clock.now())),
                style=Format.AMERICAN,
            )
        return made

    def _failed(self, key: str, error: ProviderError, tally: Tally) -> None:
        now = self._clock.now()
        tally.failed(f"{error.code}: {error.sentence}")
        log.warning("A poll failed", sport=key, code=error.code, sentence=error.sentence, remedy=error.remedy.value)
        if error.remedy is Remedy.RETRY:
            self._circuit = self._circuit.failed(now, asked_for=error.wait)
        elif error.remedy is Remedy.PAUSE:
            if self._paused_at is None:
                log.error("The provider has no credits left; only what is free is asked until there are")
            self._paused_at = now, remaining_now(is_simulated=self._simulated)
        elif error.remedy is Remedy.OPERATOR:
            self._key_refused_until = now + KEY_HOLD
            if not self._key_alerted:
                tally.alert = {"code": error.code, "sentence": error.sentence}
                self._key_alerted = True
            log.error("The provider refuses the key: look at ODDS_API_KEY", code=error.code)
        else:
            self._hold(key, SHAPE_HOLD if error.code in (errors.CHANGED_SHAPE, errors.TOO_LARGE) else MEND_HOLD)

    def _hold(self, key: str, pause: timedelta) -> None:
        self._sports[key] = replace(self._sports[key], held=to_micros(self._clock.now() + pause))

    def _write(self, tally: Tally, made: Plan, following: Plan) -> None:
        now = self._clock.now()
        remaining = remaining_now(is_simulated=self._simulated)
        state = State(
            low=remaining is not None and remaining <= self._odds.cadence.low_credit_threshold,
            paused=self._paused(now, remaining),
            remaining=remaining,
            floor=made.floor,
            circuit=self._circuit,
            blocked=following.blocked,
            next_seconds=0 if following.asks else _seconds(following.next_at - to_micros(now)),
        )
        write(tally, state, is_simulated=self._simulated, at=now)


def _starts(listed: Any) -> Mapping[str, Micros]:
    """When events start, by id; what cannot be read is left out."""
    found = {}
    for event in listed[:EVENTS_MAX] if isinstance(listed, list) else ():
        try:
            moment = datetime.fromisoformat(event["commence_time"])
            found[str(event["id"])] = to_micros(moment)
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return found


def _seconds(left: Micros) -> int:
    return max(0, math.ceil(left / 1_000_000))
