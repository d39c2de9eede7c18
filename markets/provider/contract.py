"""What the provider can be asked, and what each question costs at most before it is asked. Pure.

Prices are the provider's published ones, in credits. A call's cost here is the most that it may be charged: markets or
books that come back empty make it cheaper, nothing makes it dearer. Ten bookmakers named one by one are charged as one
region, and take the place of the regions.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

BOOKMAKERS_PER_REGION: Final = 10
HISTORY_FACTOR: Final = 10
SCORE_DAYS: Final = range(1, 4)  # `daysFrom` of the scores
FIRST_HISTORY: Final = datetime(2020, 6, 6, tzinfo=UTC)

_WORD: Final = re.compile(r"[a-z0-9_]{1,60}", re.ASCII)
_EVENT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# Exchanges quote a lay side with h2h, as a market of its own that nobody asked for.
_LAY_COMES_WITH: Final = "h2h"


class Scope(NamedTuple):
    """Whose prices of which markets are wanted."""

    markets: tuple[str, ...]
    regions: tuple[str, ...]
    bookmakers: tuple[str, ...] = ()

    def regions_charged(self) -> int:
        """As how many regions it is charged."""
        return -(-len(self.bookmakers) // BOOKMAKERS_PER_REGION) if self.bookmakers else len(self.regions)

    def parameters(self) -> tuple[tuple[str, str], ...]:
        """As the query has it; bookmakers where any are named, otherwise regions."""
        who = ("bookmakers", ",".join(self.bookmakers)) if self.bookmakers else ("regions", ",".join(self.regions))
        return (who, ("markets", ",".join(self.markets)), ("oddsFormat", "american"), ("dateFormat", "iso"))


class Call(NamedTuple):
    """One question, without the key."""

    endpoint: str  # as the credit ledger names it
    path: str
    parameters: tuple[tuple[str, str], ...]
    sport: str
    credits: int  # at most
    wrapped: bool = False  # the answer is {timestamp, …, data}
    listed: bool = True  # the answer, or its data, is a list; otherwise one object


def scope(markets: Sequence[str], regions: Sequence[str], bookmakers: Sequence[str] = ()) -> Scope:
    """A checked scope, nothing twice. Raises `ValueError` for a word that is none, or where nothing is asked for."""
    made = Scope(*(tuple(dict.fromkeys(words)) for words in (markets, regions, bookmakers)))
    for word in (*made.markets, *made.regions, *made.bookmakers):
        _check(_WORD, word, "Markets, regions and bookmakers are small letters, digits and _.")
    if not made.markets:
        raise ValueError("At least one market must be asked for.")
    if not (made.regions or made.bookmakers):
        raise ValueError("At least one region or bookmaker must be asked for.")
    return made


def sports() -> Call:
    """The sports in season. Free; its headers tell the balance."""
    return Call("sports", "/sports", (), "", 0)


def events(sport: str) -> Call:
    """The events of a sport that are live or to come, without odds. Free."""
    return Call("events", f"{_sport(sport)}/events", (("dateFormat", "iso"),), sport, 0)


def odds(sport: str, wanted: Scope) -> Call:
    """The odds of every live and upcoming event of a sport: markets × regions, however many events."""
    cost = len(wanted.markets) * wanted.regions_charged()
    return Call("odds", f"{_sport(sport)}/odds", wanted.parameters(), sport, cost)


def scores(sport: str, days_from: int | None = None) -> Call:
    """Live scores: 1 credit; with those of the last one to three days 2."""
    if days_from is not None and days_from not in SCORE_DAYS:
        raise ValueError("Scores go back one to three days.")
    parameters = (("dateFormat", "iso"), *((("daysFrom", str(days_from)),) if days_from else ()))
    return Call("scores", f"{_sport(sport)}/scores", parameters, sport, 2 if days_from else 1)


def event_odds(sport: str, event: str, wanted: Scope) -> Call:
    """The odds of one event: the markets that come back × regions."""
    path = f"{_sport(sport)}/events/{_event(event)}/odds"
    return Call("event_odds", path, wanted.parameters(), sport, _markets_back(wanted), listed=False)


def event_markets(sport: str, event: str) -> Call:
    """Which markets each book has for one event: 1 credit."""
    path = f"{_sport(sport)}/events/{_event(event)}/markets"
    return Call("event_markets", path, (), sport, 1, listed=False)


def participants(sport: str) -> Call:
    """The teams or players of a sport: 1 credit."""
    return Call("participants", f"{_sport(sport)}/participants", (), sport, 1)


def historical_odds(sport: str, at: datetime, wanted: Scope) -> Call:
    """The odds of all events as they were at the newest snapshot at or before a moment: 10 × markets × regions."""
    cost = HISTORY_FACTOR * len(wanted.markets) * wanted.regions_charged()
    parameters = (("date", stamp(at)), *wanted.parameters())
    return Call("historical_odds", f"/historical{_sport(sport)}/odds", parameters, sport, cost, wrapped=True)


def historical_events(sport: str, at: datetime) -> Call:
    """The events as they were listed at a moment, without odds: 1 credit, none where there were none."""
    parameters = (("date", stamp(at)), ("dateFormat", "iso"))
    return Call("historical_events", f"/historical{_sport(sport)}/events", parameters, sport, 1, wrapped=True)


def historical_event_odds(sport: str, event: str, at: datetime, wanted: Scope) -> Call:
    """The odds of one event as they were: 10 × the markets that come back × regions. Its `data` is one object."""
    return Call(
        "historical_event_odds",
        f"/historical{_sport(sport)}/events/{_event(event)}/odds",
        (("date", stamp(at)), *wanted.parameters()),
        sport,
        HISTORY_FACTOR * _markets_back(wanted),
        wrapped=True,
        listed=False,
    )


def stamp(moment: datetime) -> str:
    """A moment as the provider reads one: whole seconds, cut off, and Z. Raises `ValueError` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs a time zone.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _markets_back(wanted: Scope) -> int:
    return (len(wanted.markets) + (_LAY_COMES_WITH in wanted.markets)) * wanted.regions_charged()


def _sport(sport: str) -> str:
    _check(_WORD, sport, "A sport's key is small letters, digits and _, such as basketball_nba.")
    return f"/sports/{sport}"


def _event(event: str) -> str:
    _check(_EVENT, event, "An event's id is letters, digits, - and _.")
    return event


def _check(fits: re.Pattern[str], word: str, sentence: str) -> None:
    if not fits.fullmatch(word):
        raise ValueError(sentence)
