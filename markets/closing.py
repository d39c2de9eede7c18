"""The close: what each market stood at when the last poll before the start saw it. Pure.

The start is the final one: providers move it to when the game really began. It is what the last poll that listed the
event gave, or where a recording tells it apart from its polls, that. The close is of the last poll before it that
listed the event, and it says how long before: a close two hours old is not what the market thought at the start. Quotes
are the standing ones, whenever they last changed.

Whatever weights signals are found with, at the close all families weigh the same: it is what everything is measured by,
and must not move with what is measured. A close needs both sides of at least three families; below that it has no fair
price, and nothing is graded by it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from markets.consensus import MIN_FAMILIES_CLOSE, Consensus, Pair, consensus, pair
from markets.devig import DEFAULT, Method
from markets.margins import LineModel
from markets.quotes import MINUTE, SECOND, Change, Market, Micros, Poll, Quote, Side
from markets.sports import SportModel
from markets.state import FORGET_AFTER
from markets.track import Listing, relisted
from markets.weights import EQUAL

_GRADES: Final = ((10, "A"), (30, "B"), (60, "C"), (120, "D"))

# The last poll before a moment; None where there is none.
Before = Callable[[Micros], Micros | None]


class Held(NamedTuple):
    """A quote that stands, and since which poll."""

    quote: Quote
    since: Micros


class ClosingQuote(NamedTuple):
    """A book's quote at the close."""

    book: str
    side: Side
    point: float | None
    price: float
    american: int | None
    age_seconds: int  # from its last change, by the provider's time where told, to the start

    def to_dict(self) -> dict[str, Any]:
        """In types of JSON."""
        return self._asdict() | {"side": self.side.value}


class Closing(NamedTuple):
    """One market's close."""

    event: str
    market: Market
    at: Micros  # of the last poll before the start
    commences: Micros
    held: Consensus | None  # None: too few families, or none at one line
    quotes: tuple[ClosingQuote, ...]  # by book and side

    @property
    def age_seconds(self) -> int:
        """From the last poll to the start."""
        return (self.commences - self.at) // SECOND

    @property
    def grade(self) -> str:
        """A to F, by `age_grade`."""
        return age_grade(self.commences - self.at)


class Window(NamedTuple):
    """Which polls an event's close is made of: changes from `since` to `at`, both included."""

    since: Micros
    at: Micros
    commences: Micros


def age_grade(age: Micros) -> str:
    """How old a close is: up to 10 minutes A, 30 B, 60 C, 120 D, older F. Raises `ValueError` for one below 0."""
    if age < 0:
        raise ValueError("age must not be below 0: a close is before the start.")
    return next((grade for minutes, grade in _GRADES if age <= minutes * MINUTE), "F")


def window_of(listings: Sequence[Listing], before: Before, commences: Micros | None = None) -> Window | None:
    """The close of an event, from when it was listed with which start, in the order of time.

    `commences` is the final start where it is known apart from them. None where no poll listed the event before it.
    What was known before it had been forgotten (`FORGET_AFTER`) is not taken: it began anew.
    """
    if commences is None:
        commences = next((each.commences for each in reversed(listings) if each.commences is not None), None)
    if commences is None:
        return None
    found: Window | None = None
    since: Micros | None = None
    for i, each in enumerate(listings):
        if each.at >= commences:
            break
        if each.commences is None:
            continue
        if since is None or (listings[i - 1].commences is None and _forgotten(listings[i - 1].at, each.at, before)):
            since = each.at
        ends = listings[i + 1].at if i + 1 < len(listings) else commences
        last = before(min(ends, commences))
        assert last is not None, "the poll that listed it is one"
        found = Window(since, last, commences)
    return found


def _forgotten(gone: Micros, back: Micros, before: Before) -> bool:
    """Whether a poll came by which the event had not been listed for so long that its quotes were dropped."""
    seen, last = before(gone), before(back)
    return seen is not None and last is not None and last - seen > FORGET_AFTER


def standing_of(changes: Iterable[tuple[Micros, Change]]) -> dict[Market, dict[str, dict[Side, Held]]]:
    """What stands after an event's changes, which are in the order of time; stale quotes are none."""
    markets: dict[Market, dict[str, dict[Side, Held]]] = {}
    for at, change in changes:
        sides = markets.setdefault(change.market, {}).setdefault(change.book, {})
        if change.quote is None or change.quote.stale:
            sides.pop(change.side, None)
        else:
            sides[change.side] = Held(change.quote, at)
    return markets


def closing_of(
    event: str,
    market: Market,
    books: Mapping[str, Mapping[Side, Held]],
    window: Window,
    model: SportModel,
    *,
    method: Method = DEFAULT,
) -> Closing:
    """The close of a market from the quotes that stand at it, by book."""
    pairs: list[Pair] = []
    quotes: list[ClosingQuote] = []
    for book in sorted(books):
        sides = books[book]
        one = pair(book, market, {side: held.quote for side, held in sides.items()}, method)
        if one is not None:
            pairs.append(one)
        quotes += (_quote(book, side, sides[side], window.commences) for side in sorted(sides))
    held = consensus(pairs, market, line_model(model, market), EQUAL, at=window.at, minimum=MIN_FAMILIES_CLOSE)
    return Closing(event, market, window.at, window.commences, held, tuple(quotes))


def line_model(model: SportModel, market: Market) -> LineModel | None:
    """The sport's model of a market's lines; None in h2h, and where it has none."""
    if market is Market.SPREADS:
        return model.spreads
    return model.totals if market is Market.TOTALS else None


def _quote(book: str, side: Side, held: Held, commences: Micros) -> ClosingQuote:
    quote = held.quote
    confirmed = quote.updated if quote.updated is not None else held.since
    age = max(0, commences - confirmed) // SECOND
    return ClosingQuote(book, side, quote.point, quote.price, quote.american, age)


class _Event:
    """What is known of an event until its close is sure."""

    __slots__ = ("changes", "listings", "seen")

    def __init__(self) -> None:
        self.listings: list[Listing] = []
        self.changes: list[tuple[Micros, Change]] = []
        self.seen: Micros = 0


class Closer:
    """The closes of a sport's events, from its polls in their order.

    `model` is the sport's; `starts` are final starts of events where they are known apart from the polls.
    """

    def __init__(
        self,
        model: SportModel,
        *,
        starts: Mapping[str, Micros] | None = None,
        method: Method = DEFAULT,
    ) -> None:
        self._model = model
        self._starts = starts or {}
        self._method = method
        self._polls: list[Micros] = []
        self._listed: dict[str, Micros] = {}
        self._events: dict[str, _Event] = {}
        self._closed: dict[str, dict[Market, Closing]] = {}

    def take(self, poll: Poll) -> None:
        """The next poll."""
        self._polls.append(poll.at)
        for listing in relisted(self._listed, poll.listed, poll.at):
            self._events.setdefault(listing.event, _Event()).listings.append(listing)
        self._listed = {each.event: each.commences for each in poll.listed}
        for event in self._listed:
            self._events[event].seen = poll.at
        for change in poll.changes:
            self._events.setdefault(change.event, _Event()).changes.append((poll.at, change))
        over = [name for name, event in self._events.items() if poll.at - event.seen > FORGET_AFTER]
        for name in over:
            # Should it be listed again it begins anew, and what it closes at then replaces this.
            self._closed.setdefault(name, {}).update(self._close(name, poll.at))
            del self._events[name]

    def closes(self) -> dict[str, dict[Market, Closing]]:
        """Of every event that has started by the last poll, by event and market; none that no poll listed before."""
        found = dict(self._closed)
        for name in self._events:
            found[name] = found.get(name, {}) | self._close(name, self._polls[-1])
        return {name: found[name] for name in sorted(found) if found[name]}

    def _close(self, name: str, at: Micros) -> dict[Market, Closing]:
        event = self._events[name]
        window = window_of(event.listings, self._before, self._starts.get(name))
        if window is None or window.commences > at:
            return {}
        standing = standing_of(each for each in event.changes if window.since <= each[0] <= window.at)
        return {
            market: closing_of(name, market, standing[market], window, self._model, method=self._method)
            for market in sorted(standing)
        }

    def _before(self, at: Micros) -> Micros | None:
        place = bisect_left(self._polls, at)
        return self._polls[place - 1] if place else None


def ages(closes: Iterable[Closing]) -> Iterator[tuple[str, int]]:
    """How many closes have each age grade, A to F; those without a fair price are not among them."""
    counts = dict.fromkeys("ABCDF", 0)
    for close in closes:
        if close.held is not None:
            counts[close.grade] += 1
    yield from counts.items()
