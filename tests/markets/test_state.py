"""What stood when: the last change at or before a moment, polls and their gaps, and events that come and go."""

import pytest

from markets.board import MarketBoard
from markets.devig import Method
from markets.quotes import HOUR, MINUTE, Change, Market, Quote, Side
from markets.state import FORGET_AFTER, BookState, Events, Polls
from markets.weights import EQUAL
from tests.markets.feeds import DAWN, START, Feed, quiet

SPREADS = Market.SPREADS


def events() -> Events:
    return Events(Method.MULTIPLICATIVE, 15 * MINUTE, lambda market: MarketBoard(market, None, EQUAL, 2))


def points(held: Events, book: str, minutes: list[float]) -> list[float | None]:
    state: BookState = held.events["e"].markets[SPREADS].books[book]
    stood = [state.as_of(round(DAWN + minute * MINUTE)) for minute in minutes]
    return [None if pair is None else pair.point for pair in stood]


def test_what_stands_is_the_last_change_however_old() -> None:
    held, feed = events(), Feed()
    held.take(feed.hang("a", -4.5).poll(0))
    for minute in range(5, 60, 5):
        held.take(feed.poll(minute))
    held.take(feed.hang("a", -5.0).poll(60))
    assert points(held, "a", [-1, 0, 30, 59.99, 60, 61]) == [None, -4.5, -4.5, -4.5, -5.0, -5.0]


def test_what_was_taken_down_stands_no_more() -> None:
    held, feed = events(), Feed()
    held.take(feed.hang("a", -4.5).poll(0))
    held.take(feed.take_down("a").poll(5))
    held.take(feed.hang("a", -5.5).poll(10))
    assert points(held, "a", [0, 5, 9, 10]) == [-4.5, None, None, -5.5]


def test_a_stale_quote_counts_as_none_until_it_is_confirmed() -> None:
    held, feed = events(), Feed()
    held.take(feed.hang("a", -4.5).poll(0))
    held.take(feed.hang("a", -4.5, stale=True).poll(5))
    held.take(feed.hang("a", -4.5).poll(10))
    assert points(held, "a", [0, 5, 10]) == [-4.5, None, -4.5]


@pytest.mark.parametrize("point", [-4.3, 501.0, float("inf"), float("nan")])
def test_a_line_that_is_none_is_no_quote(point: float) -> None:
    held, feed = events(), Feed()
    feed.hang("a", -4.5)
    held.take(feed.poll(0))
    held.take(feed.poll(1)._replace(changes=(Change("e", "a", SPREADS, Side.HOME, Quote(point, 1.9, None, None)),)))
    assert points(held, "a", [0, 1]) == [-4.5, None]


def test_one_side_alone_is_no_price() -> None:
    held, feed = events(), Feed()
    held.take(feed.hang("a", -4.5).poll(0))
    del feed.quotes["e", "a", SPREADS, Side.AWAY]
    held.take(feed.poll(5))
    assert points(held, "a", [0, 5]) == [-4.5, None]


def test_long_histories_are_cut_before_the_longest_window_only() -> None:
    held, feed = events(), Feed()
    for minute in range(200):
        held.take(feed.hang("a", -4.5 - minute % 7).poll(minute))
    state = held.events["e"].markets[SPREADS].books["a"]
    assert len(state.history) < 50
    assert points(held, "a", list(range(184, 200))) == [-4.5 - minute % 7 for minute in range(184, 200)]


def test_books_stand_in_the_order_of_their_names() -> None:
    held, feed = events(), Feed()
    held.take(feed.hang("b", -4.5).poll(0))
    held.take(feed.hang("a", -4.5).poll(1))
    assert list(held.events["e"].markets[SPREADS].books) == ["a", "b"]


def test_a_poll_touches_the_markets_that_changed() -> None:
    held, feed = events(), quiet(books=("a", "b"))
    assert list(held.take(feed.poll(0))) == [("e", SPREADS)]
    assert list(held.take(feed.poll(1))) == []


def test_nothing_is_priced_from_the_start_on_and_windows_begin_anew_when_it_moves_later() -> None:
    held, feed = events(), quiet(books=("a", "b"))
    feed.commences = DAWN + 10 * MINUTE
    held.take(feed.poll(0))
    assert list(held.take(feed.hang("a", -5.0).poll(10))) == [], "the very moment of the start is in play"
    assert held.events["e"].in_play
    feed.commences = START
    assert list(held.take(feed.poll(12))) == []
    assert not held.events["e"].in_play
    # The quote that came in play stands, and what stood before is no beginning of a window.
    assert points(held, "a", [0, 11, 12]) == [None, None, -5.0]
    assert list(held.take(feed.hang("a", -5.5).poll(14))) == [("e", SPREADS)]


def test_quotes_that_changed_while_the_event_was_not_listed_are_priced_when_it_is() -> None:
    held, feed = events(), quiet(books=("a", "b"))
    held.take(feed.poll(0))
    assert list(held.take(feed.take_down("a").poll(2, listed=False))) == []
    held.take(feed.poll(4))
    assert points(held, "a", [4]) == [None]
    assert held.events["e"].markets[SPREADS].families == 1


def test_events_are_forgotten_a_day_after_they_were_last_listed() -> None:
    held, feed = events(), quiet(books=("a", "b"))
    held.take(feed.poll(0))
    held.take(feed.poll(FORGET_AFTER / MINUTE, listed=False))
    assert "e" in held.events
    held.take(feed.poll(FORGET_AFTER / MINUTE + 1, listed=False))
    assert "e" not in held.events


def test_polls_come_in_order() -> None:
    polls = Polls(HOUR)
    polls.add(10)
    for at in (10, 9):
        with pytest.raises(ValueError, match="in the order"):
            polls.add(at)
    assert polls.last == 10


@pytest.mark.parametrize(
    ("minutes", "window", "span"),
    [
        ([0, 5, 10], 5, (5, 5)),
        ([0, 5, 10], 6, (0, 5)),
        ([0, 5, 10], 11, None),  # no poll as old as that
        ([0, 30], 5, (0, 30)),  # the previous poll is older than the window: what stood then is where it began
        ([0, 30, 35], 5, (30, 5)),
        ([0, 30, 35], 6, (0, 30)),
    ],
)
def test_a_window_begins_with_the_last_poll_at_or_before_it(
    minutes: list[int], window: int, span: tuple[int, int] | None
) -> None:
    polls = Polls(15 * MINUTE)
    for minute in minutes:
        polls.add(DAWN + minute * MINUTE)
    found = polls.span(window * MINUTE)
    expected = None if span is None else (DAWN + span[0] * MINUTE, span[1] * MINUTE)
    assert found == expected


def test_old_polls_are_forgotten_but_for_the_one_a_window_may_begin_with() -> None:
    polls = Polls(15 * MINUTE)
    for minute in range(0, 1000, 7):
        polls.add(DAWN + minute * MINUTE)
        if minute > 21:
            assert polls.span(15 * MINUTE) == (DAWN + (minute - 21) * MINUTE, 7 * MINUTE)
    assert polls.before(DAWN + 994 * MINUTE) == DAWN + 987 * MINUTE
