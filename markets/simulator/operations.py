"""What each path of the provider does: what it finds, and what that costs. Everything here may raise `Refused`."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from markets.quotes import Micros
from markets.simulator import parameters, present, wire
from markets.simulator.account import Account
from markets.simulator.books import KNOWN
from markets.simulator.clock import Clock
from markets.simulator.parameters import Asked, Query
from markets.simulator.refusals import Refused
from markets.simulator.source import Event, Listing, Snapshot, Source
from markets.simulator.sports import SPORTS

HISTORICAL: Final = 10  # times the price


class Asking(NamedTuple):
    """A request, as far as its path says: what it is about, and its parameters."""

    query: Query
    sport: str = ""
    event: str = ""


class Done(NamedTuple):
    """What was found, what it costs, and when it was seen (None: now)."""

    value: Any
    cost: int = 0
    at: Micros | None = None
    text: bytes | None = None  # `value` as it was recorded, where nothing of it was left out or changed


class Desk:
    """What the operations work with. With `steps` a clock that stands goes on at each call of `/odds`."""

    def __init__(self, source: Source, clock: Clock, account: Account, *, steps: bool) -> None:
        self.source, self.clock, self.account, self.steps = source, clock, account, steps
        self.sports: Mapping[str, Listing] = {listing.key: listing for listing in source.sports()}
        self._polled: set[str] = set()

    def check_sport(self, sport: str) -> None:
        """Raises `Refused` for a sport that is none of ours."""
        parameters.check_sport(sport)
        if sport not in self.sports and sport not in SPORTS:
            raise Refused("UNKNOWN_SPORT")

    def poll(self, sport: str, at: Micros | None = None) -> Snapshot:
        """What is listed of a sport, now or then; nothing of one that has no polls, or none yet."""
        at = self.clock.now() if at is None else at
        found = self.source.snapshot(sport, at) if sport in self.sports else None
        return found or Snapshot(at, [])

    def event(self, sport: str, event: str, at: Micros | None = None) -> tuple[Event, Snapshot]:
        """An event, and the poll that it is in. Raises `Refused`."""
        parameters.check_event(event)
        snapshot = self.poll(sport, at)
        for listed in snapshot.events:
            if listed["id"] == event:
                return listed, snapshot
        raise Refused("EVENT_NOT_FOUND")

    def ended(self, sport: str) -> bool:
        """Whether a sport has no poll after this moment."""
        return self.source.following(sport, self.clock.now()) is None

    def step(self, sport: str) -> Micros:
        """Go on to a sport's next poll, or to its first; after the last one time stands. The moment then."""
        now = self.clock.now()
        # The poll of this very moment counts as the next one until it was seen.
        following = self.source.following(sport, now if sport in self._polled else now - 1)
        self._polled.add(sport)
        return now if following is None else self.clock.advance(following)

    def knows_book(self, snapshot: Snapshot) -> Callable[[str], bool]:
        """Whether a bookmaker's key is the provider's, or of one that this poll has."""
        quoting = {book["key"] for event in snapshot.events for book in event["bookmakers"]}
        return lambda book: book in KNOWN or book in quoting


def sports(desk: Desk, asking: Asking) -> Done:
    """The sports that have polls; with `all` those that could have some as well. Free."""
    everything = parameters.read_flag(asking.query, "all", "INVALID_ALL_SPORTS_PARAM")
    others = [
        Listing(sport.key, sport.group, sport.title, sport.description)
        for sport in SPORTS.values()
        if everything and sport.key not in desk.sports
    ]
    listed = sorted((*desk.sports.values(), *others))
    return Done(
        [{**sport._asdict(), "active": sport.key in desk.sports, "has_outrights": False} for sport in listed],
    )


def events(desk: Desk, asking: Asking) -> Done:
    """The events that are upcoming or live. Free."""
    desk.check_sport(asking.sport)
    shown = parameters.read_shown(asking.query)
    return Done(present.events(desk.poll(asking.sport).events, shown))


def odds(desk: Desk, asking: Asking) -> Done:
    """The quotes of all events; markets × regions, nothing for an empty answer."""
    desk.check_sport(asking.sport)
    asked = _asked(desk, asking, desk.poll(asking.sport))
    desk.account.check_credits()
    if desk.steps and desk.clock.stands and asking.sport in desk.sports:
        desk.step(asking.sport)
    at = desk.clock.now()
    snapshot = desk.poll(asking.sport, at)
    found = present.with_odds(snapshot, asked)
    text = snapshot.text if found == snapshot.events else None
    return Done(found, _price(asked) if found else 0, at, text)


def scores(desk: Desk, asking: Asking) -> Done:
    """Upcoming and live events, with `daysFrom` ended ones as well; 1, or 2 with `daysFrom`."""
    desk.check_sport(asking.sport)
    days = parameters.read_days(asking.query)
    shown = parameters.read_shown(asking.query)
    desk.account.check_credits()
    known = asking.sport in desk.sports
    found = desk.source.scores(asking.sport, desk.clock.now(), days or 0) if known else []
    return Done(present.scores(found, shown), 1 if days is None else 2)


def participants(desk: Desk, asking: Asking) -> Done:
    """The teams of a sport; 1."""
    desk.check_sport(asking.sport)
    desk.account.check_credits()
    teams = desk.source.teams(asking.sport) if asking.sport in desk.sports else ()
    return Done([{"full_name": team, "id": _participant(asking.sport, team)} for team in teams], 1)


def event_odds(desk: Desk, asking: Asking) -> Done:
    """The quotes of one event; the markets that were found × regions."""
    desk.check_sport(asking.sport)
    event, snapshot = desk.event(asking.sport, asking.event)
    asked = _asked(desk, asking, snapshot, any_market=True)
    desk.account.check_credits()
    american = present.is_american(snapshot.events)
    found = present.one_event(event, asked, american=american, book_times=False)
    return Done(found, _price_found(found, asked))


def event_markets(desk: Desk, asking: Asking) -> Done:
    """Which markets each book has of one event; 1."""
    desk.check_sport(asking.sport)
    event, snapshot = desk.event(asking.sport, asking.event)
    asked = _asked(desk, asking, snapshot, any_market=True)
    desk.account.check_credits()
    return Done(present.markets_of(event, asked), 1)


def historical_odds(desk: Desk, asking: Asking) -> Done:
    """All events as they were; ten times the price of now."""
    at = _history(desk, asking)
    asked = _asked(desk, asking, desk.poll(asking.sport, at))
    desk.account.check_credits()
    found = present.with_odds(desk.poll(asking.sport, at), asked)
    return Done(_wrapped(desk, asking.sport, at, found), HISTORICAL * _price(asked) if found else 0)


def historical_events(desk: Desk, asking: Asking) -> Done:
    """All events as they were, without odds; 1, nothing for an empty answer."""
    at = _history(desk, asking)
    shown = parameters.read_shown(asking.query)
    desk.account.check_credits()
    found = present.events(desk.poll(asking.sport, at).events, shown)
    return Done(_wrapped(desk, asking.sport, at, found), 1 if found else 0)


def historical_event_odds(desk: Desk, asking: Asking) -> Done:
    """One event as it was, as an object and not in a list; ten times the price of now."""
    at = _history(desk, asking)
    event, snapshot = desk.event(asking.sport, asking.event, at)
    asked = _asked(desk, asking, snapshot, any_market=True)
    desk.account.check_credits()
    american = present.is_american(snapshot.events)
    found = present.one_event(event, asked, american=american, book_times=True)
    return Done(_wrapped(desk, asking.sport, at, found), HISTORICAL * _price_found(found, asked))


OPERATIONS: Final[Mapping[str, Callable[[Desk, Asking], Done]]] = {
    operation.__name__: operation
    for operation in (
        *(sports, events, odds, scores, participants, event_odds, event_markets),
        *(historical_odds, historical_events, historical_event_odds),
    )
}


def _asked(desk: Desk, asking: Asking, snapshot: Snapshot, *, any_market: bool = False) -> Asked:
    knows_book = desk.knows_book(snapshot)
    return parameters.read_asked(asking.query, knows_book=knows_book, any_market=any_market)


def _price(asked: Asked) -> int:
    return len(asked.markets) * asked.units


def _price_found(event: Event, asked: Asked) -> int:
    return len({market["key"] for book in event["bookmakers"] for market in book["markets"]}) * asked.units


def _history(desk: Desk, asking: Asking) -> Micros:
    """The moment of the newest poll at or before the `date` that was asked for; nobody sees ahead of the clock."""
    desk.account.check_history()
    desk.check_sport(asking.sport)
    wanted = min(parameters.read_date(asking.query), desk.clock.now())
    at = desk.source.newest(asking.sport, wanted) if asking.sport in desk.sports else None
    if at is None:
        raise Refused("HISTORICAL_MARKETS_UNAVAILABLE_AT_DATE")
    return at


def _wrapped(desk: Desk, sport: str, at: Micros, data: Any) -> dict[str, Any]:
    before, after = desk.source.newest(sport, at - 1), desk.source.following(sport, at)
    return {
        "timestamp": wire.moment(at),
        "previous_timestamp": None if before is None else wire.moment(before),
        "next_timestamp": None if after is None or after > desk.clock.now() else wire.moment(after),
        "data": data,
    }


def _participant(sport: str, team: str) -> str:
    return "par_" + hashlib.sha256(f"{sport}:{team}".encode()).hexdigest()[:26]
