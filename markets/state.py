"""What stands in each event's markets, and what stood when the longest window began. Pure.

Quotes are told by their changes: what stands at a moment is a book's last change at or before it, however long ago.
A quote that was taken down or that the provider no longer confirms counts as none.

An event is in play from the first poll at or after the start which that poll lists for it. What changes then is kept,
so that an event whose start moves to later comes back with the right quotes, but its windows begin anew: no move is
measured across the time in play. The state is a function of the polls from the first that listed an event onwards.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from markets.board import MarketBoard
from markets.consensus import Pair, pair
from markets.devig import Method
from markets.families import family_of
from markets.margins import LINE_MAX
from markets.measure import Measure
from markets.quotes import HOUR, Change, Listed, Market, Micros, Poll, Quote, Side

FORGET_AFTER: Final[Micros] = 24 * HOUR  # not listed for so long: over, or called off
_TRIM_AT: Final = 32


class BookState:
    """One book's quotes of one market, and its fair prices back to the longest window."""

    __slots__ = ("_placed", "book", "family", "history", "now", "quotes", "since")

    def __init__(self, book: str) -> None:
        self.book = book
        self.family = family_of(book)
        self.quotes: dict[Side, Quote] = {}
        self.since: dict[Side, Micros] = {}  # when each of them changed
        self.now: Pair | None = None
        self.history: list[tuple[Micros, Pair | None]] = []  # each from its poll until the next
        self._placed: tuple[Pair, float | None, float | None] | None = None

    def put(self, side: Side, quote: Quote | None, at: Micros) -> None:
        """The quote from here on. One that is stale, or at a line that is none, counts as none."""
        if quote is None or quote.stale or not _is_line(quote.point):
            self.quotes.pop(side, None)
            self.since.pop(side, None)
        else:
            self.quotes[side] = quote
            self.since[side] = at

    def price(self, market: Market, method: Method, at: Micros, keep: Micros) -> None:
        """What its quotes make for fair from `at` on; what stood before `keep` is forgotten."""
        self.now = pair(self.book, market, self.quotes, method)
        self.history.append((at, self.now))
        if len(self.history) > _TRIM_AT:
            first = next((i for i in range(len(self.history) - 1, -1, -1) if self.history[i][0] <= keep), 0)
            del self.history[:first]

    def restart(self, market: Market, method: Method, at: Micros) -> None:
        """As `price`, with nothing before it."""
        self.history.clear()
        self.price(market, method, at, at)

    def as_of(self, at: Micros) -> Pair | None:
        """The fair prices that stood at `at`; None also where that was before the book was known."""
        for moment, stood in reversed(self.history):
            if moment <= at:
                return stood
        return None

    def placed(self, now: Pair, line: float | None, measure: Measure) -> float | None:
        """The canonical side's probability now, at a line; kept, for most books stay when one moves."""
        known = self._placed
        if known is None or known[0] is not now or known[1] != line:
            known = self._placed = now, line, measure.at(now.fair[0], now.point, line)
        return known[2]

    def after(self, at: Micros) -> Iterator[tuple[Micros, Pair]]:
        """Its fair prices that came after `at`, in their order."""
        for moment, stood in self.history:
            if moment > at and stood is not None:
                yield moment, stood


def _is_line(point: float | None) -> bool:
    return point is None or (-LINE_MAX <= point <= LINE_MAX and (4 * point).is_integer())


class MarketState:
    """One market of one event: its books in the order of their names, and what stands of them together."""

    __slots__ = ("board", "books")

    def __init__(self, board: MarketBoard) -> None:
        self.board = board
        self.books: dict[str, BookState] = {}

    def book(self, book: str) -> BookState:
        """A book, made when it is first seen."""
        known = self.books.get(book)
        if known is None:
            known = self.books[book] = BookState(book)
            self.books = dict(sorted(self.books.items()))
        return known

    def price(self, book: BookState) -> None:
        """A book's fair prices are others now."""
        if book.now is None:
            self.board.drop(book.book)
        else:
            self.board.put(book.now)

    @property
    def families(self) -> int:
        """How many operators quote it, each with both sides."""
        return len({pair.family for pair in self.board.pairs})


class EventState:
    """One event: as it was last listed, its markets, and what was said of it."""

    __slots__ = ("apart", "behind", "in_play", "last", "listed", "markets", "raised", "seen")

    def __init__(self, at: Micros) -> None:
        self.listed: Listed | None = None
        self.seen = at  # the last poll that listed it
        self.in_play = False
        self.behind = False  # quotes changed while nothing was priced: in play, or not listed
        self.markets: dict[Market, MarketState] = {}
        self.last: dict[tuple[str, ...], Micros] = {}  # when a kind was last raised for a market and direction
        self.raised: dict[str, list[Micros]] = {}  # when a kind was raised, for the last day
        self.apart: set[tuple[Market, Side, str]] = set()  # dislocations told, whose books have not come back since


class Span(NamedTuple):
    """From the poll that a window began with until now."""

    since: Micros
    widest: Micros  # the longest time between two polls in it


class Polls:
    """When polls were, back to the longest window."""

    def __init__(self, lookback: Micros) -> None:
        self._lookback = lookback
        self._at: list[Micros] = []
        self._spans: dict[Micros, Span | None] = {}  # of the last poll, by window

    @property
    def last(self) -> Micros | None:
        """The latest."""
        return self._at[-1] if self._at else None

    def add(self, at: Micros) -> None:
        """One more. Raises `ValueError` unless it is later than all before."""
        if self._at and at <= self._at[-1]:
            raise ValueError("Polls come in the order of their times, each once.")
        self._at.append(at)
        self._spans.clear()
        if len(self._at) > _TRIM_AT:
            del self._at[: max(0, self._place(at - self._lookback))]

    def span(self, window: Micros) -> Span | None:
        """The window that ends with the last poll; None where no poll is as old as its beginning."""
        if window not in self._spans:
            first = self._place(self._at[-1] - window)
            gaps = (self._at[i + 1] - self._at[i] for i in range(first, len(self._at) - 1))
            self._spans[window] = Span(self._at[first], max(gaps)) if first >= 0 else None
        return self._spans[window]

    def before(self, at: Micros) -> Micros | None:
        """The last poll earlier than `at`."""
        place = self._place(at - 1)
        return self._at[place] if place >= 0 else None

    def _place(self, at: Micros) -> int:
        """Where the last poll at or before `at` is; -1 if there is none."""
        for place in range(len(self._at) - 1, -1, -1):
            if self._at[place] <= at:
                return place
        return -1


class Events:
    """All events of one sport. `lookback` is the longest window; `board` makes an empty one for a market."""

    def __init__(self, method: Method, lookback: Micros, board: Callable[[Market], MarketBoard]) -> None:
        self.events: dict[str, EventState] = {}
        self.polls = Polls(lookback)
        self._method = method
        self._lookback = lookback
        self._board = board

    def take(self, poll: Poll) -> dict[tuple[str, Market], None]:
        """What a poll changes. Gives the markets before their start that it touched, in the order of its changes.

        Raises `ValueError` for a poll that is not later than the one before.
        """
        self.polls.add(poll.at)
        listed = self._list(poll)
        changed: dict[tuple[str, Market, str], BookState] = {}
        for change in poll.changes:
            book = self._put(change, poll.at)
            changed[change.event, change.market, change.book] = book
        touched: dict[tuple[str, Market], None] = {}
        keep = poll.at - self._lookback
        for (event, market, _), book in changed.items():
            # Nothing is priced in play: most changes come then, and no window may begin there.
            state = self.events[event]
            if event in listed and not state.in_play:
                book.price(market, self._method, poll.at, keep)
                state.markets[market].price(book)
                touched[event, market] = None
            else:
                state.behind = True
        self._forget(poll.at)
        return touched

    def _list(self, poll: Poll) -> set[str]:
        """Takes note of the events as this poll has them; those that came back begin anew."""
        for listed in poll.listed:
            state = self.events.get(listed.event)
            if state is None:
                state = self.events[listed.event] = EventState(poll.at)
            state.listed = listed
            state.seen = poll.at
            in_play = poll.at >= listed.commences
            if (state.in_play or state.behind) and not in_play:
                state.behind = False
                for market, held in state.markets.items():
                    for book in held.books.values():
                        book.restart(market, self._method, poll.at)
                        held.price(book)
            state.in_play = in_play
        return {listed.event for listed in poll.listed}

    def _put(self, change: Change, at: Micros) -> BookState:
        state = self.events.get(change.event)
        if state is None:
            state = self.events[change.event] = EventState(at)
        market = state.markets.get(change.market)
        if market is None:
            market = state.markets[change.market] = MarketState(self._board(change.market))
        book = market.book(change.book)
        book.put(change.side, change.quote, at)
        return book

    def _forget(self, at: Micros) -> None:
        gone = [event for event, state in self.events.items() if at - state.seen > FORGET_AFTER]
        for event in gone:
            del self.events[event]
