"""What the provider answered, read strictly; and what of it is new. Pure.

A body is a list of events, one event, or either of the two inside the wrapper of a historical answer. Nothing in it is
trusted: what cannot be read is left out, counted and named, and never stops the rest. A body as a whole is refused only
where it is no such thing, or too large.

Silence is not absence. A book or side that is missing from an event which the body lists was taken down. An event
that the body does not list says nothing about its quotes: the recordings lose events for a poll or more and find them
again with their quotes as before (16 of 30 in one NFL poll). Its quotes stay as they were, and the event is in
no poll's list meanwhile, so that nothing is computed from it.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from markets.odds import BadOdds, Format, read_american, read_decimal
from markets.quotes import STALE_AFTER, Change, Listed, Market, Micros, Poll, Quote, Side, to_micros

BODY_BYTES_MAX: Final = 64_000_000
EVENTS_MAX: Final = 5_000
QUOTES_MAX: Final = 400_000
PROBLEMS_SHOWN: Final = 20

ID_MAX: Final = 64
KEY_MAX: Final = 60
NAME_MAX: Final = 200
MOMENT_MAX: Final = 40
POINT_MOST: Final = 9_999
EARLIEST: Final[Micros] = 946_684_800_000_000  # 2000
LATEST: Final[Micros] = 4_102_444_800_000_000  # 2100

Key = tuple[str, str, Market, Side]  # event, book, market, side


class BadBody(ValueError):
    """The body is no list of events; the message is a sentence."""


class Skipped(NamedTuple):
    """What was left out of a body."""

    counts: Mapping[str, int]  # by reason
    examples: tuple[str, ...]  # the first ones, with where they stood

    @property
    def total(self) -> int:
        """How many things were left out; what we do not follow is among them."""
        return sum(self.counts.values())


class Body(NamedTuple):
    """A body that was read."""

    sport: str
    listed: tuple[Listed, ...]  # by event
    quotes: Mapping[Key, Quote]  # as the provider gave them; `stale` is decided by `diff`, which knows the moment
    skipped: Skipped
    titles: Mapping[str, str]  # of books, by key
    taken: Micros | None = None  # the wrapper's timestamp: when a historical answer was true
    previous: Micros | None = None
    next: Micros | None = None


def parse(raw: bytes | str | Any, *, sport: str, style: Format | None = None) -> Body:
    """Read a body: bytes or text of JSON, or what such a text was decoded to.

    `style` is the odds format that was asked for, American or decimal; where it is not told, most prices decide.
    Raises `BadBody`.
    """
    content = _decoded(raw) if isinstance(raw, bytes | str) else raw
    taken = previous = following = None
    if isinstance(content, dict) and "data" in content:
        taken, previous, following = (
            _moment(content.get(name)) for name in ("timestamp", "previous_timestamp", "next_timestamp")
        )
        if taken is None:
            raise BadBody("The body's timestamp must be a moment such as 2026-08-05T17:00:48Z.")
        content = content["data"]
        content = [] if content is None else content
    if isinstance(content, dict) and "id" in content:
        content = [content]
    if not isinstance(content, list):
        raise BadBody("The body must be a list of events.")
    if len(content) > EVENTS_MAX:
        raise BadBody(f"The body may list {EVENTS_MAX:,} events.")
    reader = _Reader(sport, style or _style(content))
    reader.read(content)
    return Body(
        sport,
        tuple(sorted(reader.listed)),
        reader.quotes,
        Skipped(dict(sorted(reader.skipped.items())), tuple(reader.examples)),
        dict(sorted(reader.titles.items())),
        taken,
        previous,
        following,
    )


def diff(standing: Mapping[Key, Quote], body: Body, at: Micros) -> Poll:
    """The poll that a body is after what stood before it: every quote that is new, other, stale, confirmed or gone.

    `standing` has no withdrawn quotes; those of events that the body does not list are left alone. The changes are in
    the order (event, market, book, side).
    """
    changes = []
    for key, quote in body.quotes.items():
        old = standing.get(key)
        stale = quote.updated is not None and at - quote.updated > STALE_AFTER
        if old is None or old.price != quote.price or old.point != quote.point or old.stale is not stale:
            changes.append(Change(*key, quote._replace(stale=stale)))
    listed = {each.event for each in body.listed}
    changes += (Change(*key, None) for key in standing if key not in body.quotes and key[0] in listed)
    changes.sort(key=in_order)
    return Poll(body.sport, at, body.listed, tuple(changes))


def apply(standing: dict[Key, Quote], changes: Iterable[Change]) -> None:
    """Bring what stands up to date, in place."""
    for event, book, market, side, quote in changes:
        if quote is None:
            standing.pop((event, book, market, side), None)
        else:
            standing[event, book, market, side] = quote


def in_order(change: Change) -> tuple[str, Market, str, Side]:
    """By what the changes of a poll are sorted."""
    return change.event, change.market, change.book, change.side


class _Skip(Exception):
    """This part of the body is left out; the text is the reason, without anything from outside."""


class _Reader:
    """Walks through a body, keeps what is sound and counts the rest."""

    def __init__(self, sport: str, style: Format) -> None:
        self.sport = sport
        self.price = _american if style is Format.AMERICAN else _decimal
        self.listed: list[Listed] = []
        self.quotes: dict[Key, Quote] = {}
        self.titles: dict[str, str] = {}
        self.skipped: Counter[str] = Counter()
        self.examples: list[str] = []
        self.events: set[str] = set()

    def read(self, events: list[Any]) -> None:
        for number, given in enumerate(events):
            try:
                event = self._event(given)
            except _Skip as reason:
                self._skip(f"event {number + 1}", reason)
                continue
            self.events.add(event.event)
            self.listed.append(event)
            self._books(event, given["bookmakers"])

    def _event(self, given: Any) -> Listed:
        if not isinstance(given, dict):
            raise _Skip("an event that is no object")
        event, home, away = (
            clean_text(given.get("id"), ID_MAX),
            *(clean_text(given.get(name), NAME_MAX) for name in ("home_team", "away_team")),
        )
        if event is None:
            raise _Skip("an event without a usable id")
        if home is None or away is None:
            raise _Skip("an event without two teams")
        if home == away:
            raise _Skip("an event whose teams have one name")
        if given.get("sport_key", self.sport) != self.sport:
            raise _Skip("an event of another sport")
        commences = _moment(given.get("commence_time"))
        if commences is None:
            raise _Skip("an event without a start")
        if event in self.events:
            raise _Skip("an event that was listed before")
        if not isinstance(given.get("bookmakers"), list):  # the list of events has none: that is no withdrawal
            raise _Skip("an event without a list of books")
        return Listed(event, home, away, commences)

    def _books(self, event: Listed, given: list[Any]) -> None:
        seen: set[str] = set()
        for number, book in enumerate(given):
            where = f"event {event.event}, book {number + 1}"
            key = clean_text(book.get("key"), KEY_MAX) if isinstance(book, dict) else None
            if key is None:
                self._skip(where, "a book without a usable key")
                continue
            if key in seen:
                self._skip(where, "a book that was listed before")
                continue
            seen.add(key)
            self.titles[key] = clean_text(book.get("title"), NAME_MAX) or self.titles.get(key, "")
            self._markets(event, key, book)

    def _markets(self, event: Listed, book: str, given: dict[str, Any]) -> None:
        where = f"event {event.event}, {book}"
        confirmed = _moment(given.get("last_update"))
        seen: set[Market] = set()
        for each in self._list(given.get("markets", []), where, "markets that are no list"):
            market = _market(each.get("key")) if isinstance(each, dict) else None
            if market is None:
                self._skip(where, "a market that is not followed")
                continue
            if market in seen:
                self._skip(f"{where}, {market}", "a market that was listed before")
                continue
            seen.add(market)
            updated = _moment(each.get("last_update"))
            self._sides(event, book, market, each, confirmed if updated is None else updated)

    def _sides(self, event: Listed, book: str, market: Market, given: dict[str, Any], updated: Micros | None) -> None:
        where = f"event {event.event}, {book}, {market}"
        names = _names(event, market)
        for each in self._list(given.get("outcomes", []), where, "outcomes that are no list"):
            try:
                side, quote = self._quote(each, names, market, updated)
            except _Skip as reason:
                self._skip(where, reason)
                continue
            key = (event.event, book, market, side)
            if key in self.quotes:
                self._skip(where, "an outcome that was listed before")
                continue
            if len(self.quotes) >= QUOTES_MAX:
                raise BadBody(f"The body may have {QUOTES_MAX:,} quotes.")
            self.quotes[key] = quote

    def _quote(
        self, given: Any, names: Mapping[str, Side], market: Market, updated: Micros | None
    ) -> tuple[Side, Quote]:
        if not isinstance(given, dict):
            raise _Skip("an outcome that is no object")
        name = given.get("name")
        side = names.get(name) if isinstance(name, str) else None
        if side is None:
            raise _Skip("an outcome of another name")
        try:
            price, american = self.price(given.get("price"))
        except BadOdds:
            raise _Skip("a price that is none") from None
        point = None if market is Market.H2H else _point(given.get("point"))
        return side, Quote(point, price, american, updated)

    def _list(self, given: Any, where: str, reason: str) -> Iterator[Any]:
        if not isinstance(given, list):
            self._skip(where, reason)
            return iter(())
        return iter(given)

    def _skip(self, where: str, reason: object) -> None:
        self.skipped[str(reason)] += 1
        if len(self.examples) < PROBLEMS_SHOWN:
            self.examples.append(f"{where}: {reason}")


def _decoded(raw: bytes | str) -> Any:
    if len(raw) > BODY_BYTES_MAX:
        raise BadBody(f"The body may have {BODY_BYTES_MAX:,} bytes.")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):  # broken, nested too deeply, or a number of thousands of digits
        raise BadBody("The body must be JSON.") from None


def _style(events: list[Any]) -> Format:
    """American odds lie beyond 100 on both sides of 0; decimal ones of anything likely are between 1 and 100."""
    american = decimal = 0
    for price in _prices(events):
        if isinstance(price, int | float) and not isinstance(price, bool):
            american += price <= -100
            decimal += 1 < price < 100
    return Format.DECIMAL if decimal > american else Format.AMERICAN


def _prices(events: list[Any]) -> Iterator[Any]:
    level: Iterable[Any] = events
    for name in ("bookmakers", "markets", "outcomes"):
        inner = (each.get(name) for each in level if isinstance(each, dict))
        level = [each for group in inner if isinstance(group, list) for each in group]
    return (each.get("price") for each in level if isinstance(each, dict))


def _names(event: Listed, market: Market) -> Mapping[str, Side]:
    if market is Market.TOTALS:
        return _TOTALS
    teams = {event.home: Side.HOME, event.away: Side.AWAY}
    return {"Draw": Side.DRAW, **teams} if market is Market.H2H else teams


_TOTALS: Final[Mapping[str, Side]] = {"Over": Side.OVER, "Under": Side.UNDER}
_MARKETS: Final[Mapping[str, Market]] = {market.value: market for market in Market}


def _market(given: Any) -> Market | None:
    return _MARKETS.get(given) if isinstance(given, str) else None


def clean_text(given: Any, most: int) -> str | None:
    """A text that a line of print can hold, as it stands; None for any other thing."""
    if not isinstance(given, str) or not given or len(given) > most:
        return None
    return given if given.isprintable() and given.strip() == given else None


def _american(given: Any) -> tuple[float, int]:
    """A price and the American odds it was given as. JSON has numbers for numbers: a text is no price."""
    if isinstance(given, str):
        raise BadOdds("must be a number.")
    if isinstance(given, float) and math.isfinite(given) and given.is_integer():
        given = int(given)
    if type(given) is not int:  # True is none, and neither are lists, which nothing can be remembered by
        raise BadOdds("must be a whole number in American odds.")
    return _price_of_american(given), given


@lru_cache(maxsize=4096)
def _price_of_american(given: int) -> float:
    return float(read_american(given))


def _decimal(given: Any) -> tuple[float, None]:
    """A price in six places, which the database keeps; it is None that it was given as American odds."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise BadOdds("must be a number.")
    return _price_of_decimal(given), None


@lru_cache(maxsize=4096)
def _price_of_decimal(given: float) -> float:
    return float(round(read_decimal(given), 6))


def _point(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise _Skip("a line without a number")
    if not -POINT_MOST <= given <= POINT_MOST:  # NaN is not, either
        raise _Skip("a line that no game has")
    if given * 4 != round(given * 4):
        raise _Skip("a line that is not in quarters")
    return float(given) + 0.0  # -0.0 is 0.0


def _moment(given: Any) -> Micros | None:
    """A moment as the provider writes it, ISO 8601 with a zone, or whole seconds since 1970; None for others."""
    if isinstance(given, str):
        return moment_of(given) if len(given) <= MOMENT_MAX else None
    if type(given) is int and EARLIEST <= given * 1_000_000 < LATEST:
        return given * 1_000_000
    return None


@lru_cache(maxsize=4096)
def moment_of(text: str) -> Micros | None:
    """A moment of a text in ISO 8601 with a zone, between 2000 and 2100; None for others."""
    try:
        at = to_micros(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        return None
    return at if EARLIEST <= at < LATEST else None
