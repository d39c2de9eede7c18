"""What is shown of a poll to who asked: which events, books and markets, and how prices and times are written."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from markets import odds
from markets.quotes import to_micros
from markets.simulator.books import BOOKS_BY_REGION, KNOWN
from markets.simulator.parameters import Asked, Shown
from markets.simulator.source import Event, Snapshot

HEAD: Final = ("id", "sport_key", "sport_title", "commence_time", "home_team", "away_team")
# What is asked for with `include…`, and where it is; no book of a simulation has any of it, so all are null.
_OF_A_LINK: Final = {"includeLinks": "link", "includeSids": "sid"}
_OF_AN_OUTCOME: Final = {"includeBetLimits": "bet_limit", "includeMultipliers": "multiplier"}


def events(found: Iterable[Event], shown: Shown) -> list[Event]:
    """The events without their odds."""
    return [
        _timed({name: event[name] for name in HEAD if name in event}, shown.unix)
        for event in found
        if _is_asked(event, shown)
    ]


def scores(found: Iterable[Event], shown: Shown) -> list[Event]:
    """The events with their scores."""
    return [_timed(dict(event), shown.unix) for event in found if _is_asked(event, shown)]


def with_odds(snapshot: Snapshot, asked: Asked) -> list[Event]:
    """The events with the quotes that are asked for; one that nobody quotes is not listed."""
    american = is_american(snapshot.events)
    found = [_event(event, asked, american) for event in snapshot.events if _is_asked(event, asked.shown)]
    return [event for event in found if event["bookmakers"]]


def one_event(event: Event, asked: Asked, *, american: bool, book_times: bool) -> Event:
    """An event with the quotes that are asked for, be it none. Live, only markets say when they were read."""
    shown = _event(event, asked, american)
    for book in shown["bookmakers"]:
        updated = book.get("last_update") if book_times else book.pop("last_update", None)
        for market in book["markets"]:
            market.setdefault("last_update", updated)
    return shown


def markets_of(event: Event, asked: Asked) -> Event:
    """Which markets each book has of an event, and when they were read."""
    books = []
    for book in event["bookmakers"]:
        if _quotes(book["key"], asked):
            markets = [
                _timed({"key": market["key"], "last_update": market.get("last_update", book.get("last_update"))}, False)
                for market in book["markets"]
            ]
            books.append({"key": book["key"], "title": book["title"], "markets": markets})
    return {**events([event], asked.shown)[0], "bookmakers": books}


def is_american(found: Iterable[Event]) -> bool:
    """Whether a poll's prices are American: no American price is between -100 and +100, most decimal odds are."""
    return not any(
        -100 < outcome["price"] < 100
        for event in found
        for book in event["bookmakers"]
        for market in book["markets"]
        for outcome in market["outcomes"]
    )


def _is_asked(event: Event, shown: Shown) -> bool:
    if shown.events is not None and event["id"] not in shown.events:
        return False
    commences = to_micros(datetime.fromisoformat(event["commence_time"]))
    return (shown.since is None or shown.since <= commences) and (shown.until is None or commences <= shown.until)


def _event(event: Event, asked: Asked, american: bool) -> Event:
    books = [_book(book, asked, american) for book in event["bookmakers"] if _quotes(book["key"], asked)]
    shown = _timed({**event, "bookmakers": [book for book in books if book["markets"]]}, asked.shown.unix)
    if "includeRotationNumbers" in asked.includes:
        shown |= {"home_rotation_number": None, "away_rotation_number": None}
    return shown


def _quotes(book: str, asked: Asked) -> bool:
    """Whether a book is asked for. One of no known region is in all of them: recordings do not say where it was."""
    if asked.bookmakers:
        return book in asked.bookmakers
    return book not in KNOWN or any(book in BOOKS_BY_REGION[region] for region in asked.regions)


def _book(book: Event, asked: Asked, american: bool) -> Event:
    markets = [_market(market, asked, american) for market in book["markets"] if market["key"] in asked.markets]
    return _linked(_timed({**book, "markets": markets}, asked.shown.unix), asked)


def _market(market: Event, asked: Asked, american: bool) -> Event:
    outcomes = [_outcome(outcome, asked, american) for outcome in market["outcomes"]]
    return _linked(_timed({**market, "outcomes": outcomes}, asked.shown.unix), asked)


def _outcome(outcome: Event, asked: Asked, american: bool) -> Event:
    shown = outcome if asked.american == american else {**outcome, "price": _other(outcome["price"], american)}
    more = {name: None for include, name in _OF_AN_OUTCOME.items() if include in asked.includes}
    return _linked({**shown, **more} if more else shown, asked)


def _linked(part: Event, asked: Asked) -> Event:
    more = {name: None for include, name in _OF_A_LINK.items() if include in asked.includes}
    return {**part, **more} if more else part


def _other(price: Any, american: bool) -> int | float:
    """A price in the other format: decimal odds with two places, as the provider shows them."""
    if american:
        return float(odds.decimal(odds.read_american(price), 2))
    return odds.american(odds.read_decimal(price))


def _timed(part: Event, unix: bool) -> Event:
    """The same with its times in seconds since 1970, if that was asked for."""
    if unix:
        for name in ("commence_time", "last_update"):
            if isinstance(part.get(name), str):
                part[name] = int(datetime.fromisoformat(part[name]).timestamp())
    return part
