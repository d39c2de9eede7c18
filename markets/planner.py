"""What to ask the provider next, and when. Pure: what is known and what was spent come in, a plan comes out.

A call for odds costs the same however many events a sport has on, so sports are what is planned: each has its own next
moment. The free list of events says when games start, and by that whether odds are worth asking for at all. How often
follows from the nearest start:

    start           polls
    60 min – −15    every minute
    3 h – 60 min    every 5 minutes
    6 h – 3 h       every 15 minutes, or the base interval where that is longer
    7 days – 6 h    every 30 minutes
    later           every 6 hours

The budget is what may be spent in any 24 hours, and holds whatever else is wished. The last look before each start is
paid for first: its credits are set aside as soon as the start is known and less than a day away. The polls far from a
start are slowed to what the day's budget pays (`budget_floor`), less what the hours of close watching will need; those
close to a start are slowed together, where even all of the budget would not pay a minute's rhythm.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from markets.provider.configuration import Cadence
from markets.quotes import HOUR, MINUTE, SECOND, Micros

DAY: Final = 24 * HOUR
AFTER: Final = 15 * MINUTE  # a game that is late begins without another look otherwise
CLOSE: Final = 60 * MINUTE
NEAR: Final = 3 * HOUR
WINDOW: Final = 6 * HOUR
WEEK: Final = 7 * DAY

CLOSE_EVERY: Final = MINUTE
NEAR_EVERY: Final = 5 * MINUTE
PRE_EVERY: Final = 15 * MINUTE
FAR_EVERY: Final = 30 * MINUTE
REMOTE_EVERY: Final = 6 * HOUR

LAST_LOOK: Final = MINUTE  # before a start
FRESH: Final = 2 * MINUTE  # a poll so long before a start is a last look
AGAIN: Final = MINUTE  # after one that failed
LAST_LOOK_AGAIN: Final = 15 * SECOND
BLOCKED_AGAIN: Final = MINUTE  # until the budget is looked at again
FAR_SHARE: Final = 3  # a third of the budget is never kept for close watching


class Band(StrEnum):
    """How near a sport's next start is."""

    CLOSE = "close"
    NEAR = "near"
    PRE = "pre"
    FAR = "far"
    REMOTE = "remote"
    NONE = "none"


class What(StrEnum):
    """What a sport is asked for."""

    EVENTS = "events"
    ODDS = "odds"


@dataclass(frozen=True, slots=True)
class Sport:
    """What is known of a sport. Moments are None where there was none."""

    key: str
    credits: int  # of one call for its odds, at most
    starts: tuple[Micros, ...] = ()  # of its events, in order
    listed: Micros | None = None  # when its events were last listed
    list_asked: Micros | None = None
    polled: Micros | None = None  # its last poll that came through
    asked: Micros | None = None  # its last call for odds, whatever came of it
    held: Micros | None = None  # nothing is asked before


class Spending:
    """Credits spent, by moment."""

    def __init__(self, spent: Iterable[tuple[Micros, int]] = ()) -> None:
        self._at: list[Micros] = []
        self._sum: list[int] = [0]
        for at, cost in sorted(spent):
            self.add(at, cost)

    def add(self, at: Micros, cost: int) -> None:
        """Spend at a moment, not before the last one."""
        self._at.append(at)
        self._sum.append(self._sum[-1] + cost)

    def after(self, moment: Micros) -> int:
        """What was spent at that moment or later."""
        return self._sum[-1] - self._sum[bisect_left(self._at, moment)]


class Ask(NamedTuple):
    """A call to make now."""

    sport: str
    what: What
    band: Band
    last_look: bool = False  # before a start


class Plan(NamedTuple):
    """Calls to make now, in this order, and when to plan again: with calls to make, once they are made."""

    asks: tuple[Ask, ...]
    next_at: Micros
    floor: int  # seconds between polls of a sport far from a start, by the budget
    blocked: tuple[str, ...]  # sports that are due and that the budget does not allow


@dataclass(frozen=True, slots=True)
class Known:
    """All that a plan follows from."""

    now: Micros
    sports: tuple[Sport, ...]
    spending: Spending
    remaining: int | None = None  # credits, as the provider last told
    quiet_until: Micros | None = None  # nothing at all is asked: the circuit is open, or the key is refused
    paused: bool = False  # out of credits: only what is free is asked


def budget_floor(cost: int, daily: int) -> int:
    """Seconds between polls that cost so much together, so that a day's polls cost no more than the budget."""
    return -(-cost * 86_400 // daily)


def credits_a_day(cost: int, every: int) -> int:
    """What polls that cost so much cost in a day, one every so many seconds."""
    return 86_400 // every * cost


def band_of(starts: Sequence[Micros], now: Micros) -> Band:
    """By the nearest start that is not over; starts are in order."""
    index = bisect_left(starts, now - AFTER + 1)
    if index == len(starts):
        return Band.NONE
    left = starts[index] - now
    for limit, band in ((CLOSE, Band.CLOSE), (NEAR, Band.NEAR), (WINDOW, Band.PRE), (WEEK, Band.FAR)):
        if left <= limit:
            return band
    return Band.REMOTE


def plan(known: Known, cadence: Cadence) -> Plan:
    """What to ask now; or, where nothing is due, when to plan again, a second later at least."""
    if known.quiet_until is not None and known.now < known.quiet_until:
        return Plan((), known.quiet_until, 0, ())
    return _Planner(known, cadence).plan()


class _LastLook(NamedTuple):
    """The last look before a start, or before several that are as good as one."""

    at: Micros
    first: Micros
    sport: str
    credits: int


class _Planner:
    def __init__(self, known: Known, cadence: Cadence) -> None:
        self.known, self.cadence, self.now = known, cadence, known.now
        self.looks = sorted(self._last_looks()) if cadence.close_capture else []
        self.intervals = self._intervals()
        self.spent_now = 0  # by the calls of this plan
        self.taken: set[_LastLook] = set()

    def plan(self) -> Plan:
        asks: list[Ask] = []
        blocked: list[str] = []
        moments: list[Micros] = [self.now + max(self.cadence.idle * SECOND, MINUTE)]
        for sport in self.known.sports:
            due = self._list_due(sport)
            if due <= self.now:
                asks.append(Ask(sport.key, What.EVENTS, band_of(sport.starts, self.now)))
            else:
                moments.append(due)
        for sport in sorted(self.known.sports, key=self._urgency):
            due_at = None if self.known.paused else self._odds_due(sport)
            if due_at is None:
                continue
            if due_at > self.now:
                moments.append(due_at)
            elif self._take(sport):
                look = self._look_of(sport) is not None
                asks.append(Ask(sport.key, What.ODDS, band_of(sport.starts, self.now), look))
            else:
                blocked.append(sport.key)
                moments.append(self.now + BLOCKED_AGAIN)
                moments += (look.at for look in self.looks if look.sport == sport.key and look.at > self.now)
        next_at = self.now if asks else max(min(moments), self.now + SECOND)
        return Plan(tuple(asks), next_at, self.floor, tuple(blocked))

    # --- When ------------------------------------------------------------------------------------

    def _list_due(self, sport: Sport) -> Micros:
        every = self.cadence.low_credit if self.known.paused else self.cadence.idle
        due = self.now if sport.listed is None else sport.listed + every * SECOND
        if sport.list_asked is not None:
            due = max(due, sport.list_asked + AGAIN)
        return max(due, sport.held or due)

    def _odds_due(self, sport: Sport) -> Micros | None:
        """When its odds are next due; None where no start calls for them."""
        polled = sport.polled
        found: list[Micros] = []
        for start in sport.starts[bisect_left(sport.starts, self.now - AFTER + 1) :]:
            for limit, band in _ENTERED:
                begins = self.now if limit is None else max(self.now, start - limit)
                due = begins if polled is None else max(begins, polled + self.intervals[band])
                if due < start + AFTER:
                    found.append(due)
            if found and start - WEEK > self.now:
                break  # later starts are no sooner due
        due_at = min(found, default=None)
        if due_at is not None and sport.asked is not None and (polled is None or sport.asked > polled):
            due_at = max(due_at, sport.asked + AGAIN)
        for look in self.looks:
            if look.sport == sport.key:
                again = look.at if sport.asked is None else max(look.at, sport.asked + LAST_LOOK_AGAIN)
                due_at = again if due_at is None else min(due_at, again)
        return due_at if due_at is None or sport.held is None else max(due_at, sport.held)

    def _urgency(self, sport: Sport) -> tuple[bool, Micros, str]:
        index = bisect_left(sport.starts, self.now - AFTER + 1)
        nearest = sport.starts[index] if index < len(sport.starts) else self.now + 100 * DAY
        return self._look_of(sport) is None, nearest, sport.key

    # --- How often -------------------------------------------------------------------------------

    def _intervals(self) -> Mapping[Band, Micros]:
        """Between two polls of a sport, by how near its next start is."""
        watched = self._close_watching()
        self.floor = self._floor(watched)
        override = self.cadence.override
        if override is not None:
            return dict.fromkeys(Band, override * SECOND)
        base = self.cadence.base * SECOND
        if self.cadence.close_capture:
            wished = {Band.CLOSE: CLOSE_EVERY, Band.NEAR: NEAR_EVERY, Band.PRE: max(PRE_EVERY, base)}
        else:
            wished = {Band.CLOSE: base, Band.NEAR: base, Band.PRE: base}
        wished |= {Band.FAR: max(FAR_EVERY, base), Band.REMOTE: max(REMOTE_EVERY, base)}
        few = self.known.remaining is not None and self.known.remaining <= self.cadence.low_credit_threshold
        slowest = self.cadence.low_credit * SECOND if few else 0
        made = {}
        for band, every in wished.items():
            slow = band is Band.CLOSE and self.cadence.close_capture
            made[band] = max(
                every * self._stretch(watched) // 1000 if slow else max(every, self.floor * SECOND), slowest
            )
        return made

    def _floor(self, watched: int) -> int:
        """Seconds between polls far from a start. What close watching needs is left to it, but for a third."""
        if self.cadence.daily_credits is None:
            return 0
        active = sum(
            sport.credits
            for sport in self.known.sports
            if band_of(sport.starts, self.now) not in (Band.NONE, Band.REMOTE)
        )
        budget = max(self.cadence.daily_credits // FAR_SHARE, self.cadence.daily_credits - watched, 1)
        return budget_floor(active, budget)

    def _close_watching(self) -> int:
        """Credits that the next 24 hours need for a poll a minute around every start that is known."""
        self.watched_until = self.now
        if not self.cadence.close_capture:
            return 0
        total = 0
        for sport in self.known.sports:
            until = self.now
            for start in sport.starts:
                begins, ends = max(start - CLOSE, until), min(start + AFTER, self.now + DAY)
                if ends > begins:
                    total += (ends - begins) * sport.credits
                    until = ends
            self.watched_until = max(self.watched_until, until)
        return total // CLOSE_EVERY

    def _stretch(self, watched: int) -> int:
        """By how many thousandths close watching is slowed, so that the budget lasts until its end."""
        if self.cadence.daily_credits is None:
            return 1000
        # What was spent before falls out of the 24 hours until then.
        left = self.cadence.daily_credits - self.known.spending.after(self.watched_until - DAY)
        return max(1000, min(1000 * watched // max(left, 1), 1000 * CLOSE // CLOSE_EVERY))

    # --- For how much ------------------------------------------------------------------------------

    def _last_looks(self) -> Iterable[_LastLook]:
        """The last looks that are still to come in the next 24 hours, and the one whose moment it is."""
        for sport in self.known.sports:
            covered = sport.polled if sport.polled is not None else 0
            for start in sport.starts[bisect_left(sport.starts, self.now + 1) :]:
                if start > self.now + DAY + LAST_LOOK:
                    break
                if start - covered > FRESH:
                    covered = max(start - LAST_LOOK, self.now)
                    yield _LastLook(start - LAST_LOOK, start, sport.key, sport.credits)

    def _look_of(self, sport: Sport) -> _LastLook | None:
        """The last look that a poll of the sport at this moment would be."""
        for look in self.looks:
            if look.sport == sport.key and look.at <= self.now < look.first:
                return look
        return None

    def _take(self, sport: Sport) -> bool:
        """Spend a call's credits if they are there, less those that later last looks have set aside."""
        look = self._look_of(sport)
        kept = [each for each in self.looks if each is not look and each not in self.taken and each.first > self.now]
        if not self._affords(sport.credits, () if look is not None else kept):
            return False
        self.spent_now += sport.credits
        if look is not None:
            self.taken.add(look)
        return True

    def _affords(self, cost: int, kept: Sequence[_LastLook]) -> bool:
        wanted = self.spent_now + cost
        remaining, daily, spending = self.known.remaining, self.cadence.daily_credits, self.known.spending
        if remaining is not None and remaining < wanted + sum(look.credits for look in kept):
            return False
        if daily is None:
            return True
        if spending.after(self.now - DAY) + wanted > daily:
            return False
        for look in kept:
            wanted += look.credits
            # At that moment, what was spent more than 24 hours before counts no more.
            if spending.after(max(look.at, self.now) - DAY) + wanted > daily:
                return False
        return True


# From when on a start calls for polls, before it, and as often as which band. The farthest band has no beginning.
_ENTERED: Final = (
    (CLOSE, Band.CLOSE),
    (NEAR, Band.NEAR),
    (WINDOW, Band.PRE),
    (WEEK, Band.FAR),
    (None, Band.REMOTE),
)
