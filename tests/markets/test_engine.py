"""The engine: what repeats, what rests, what the start ends; mirrors, silent books, restarts that change nothing."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from markets.engine import Engine
from markets.quotes import MINUTE, MIRROR, Change, Listed, Market, Poll, Side
from markets.signals import Kind, Signal
from tests.markets.feeds import BOOKS, DAWN, MODEL, SPORT, START, Feed, engine, kinds, quiet, settle
from tests.markets.recordings import needs_recordings, polls_of_csv

SPREADS, TOTALS, H2H = Market.SPREADS, Market.TOTALS, Market.H2H


def test_it_reprices_what_changed() -> None:
    held, feed = engine(), quiet()
    (point,) = held.poll(feed.poll(0)).points
    assert (point.event, point.market, point.consensus.line) == ("e", SPREADS, -4.5)
    assert (point.consensus.families, point.consensus.books) == (6, 6)
    assert held.poll(feed.poll(2)).points == []
    assert len(held.poll(feed.hang("a", -5.0).poll(4)).points) == 1


def test_too_few_families_are_no_market() -> None:
    held, feed = engine(), quiet(books=("a", "b", "c", "betonlineag", "lowvig"))
    assert held.poll(feed.poll(0)).points == []
    assert len(held.poll(feed.hang("d", -4.5).poll(2)).points) == 1


def test_it_refuses_another_sports_polls_and_those_of_the_past() -> None:
    held, feed = engine(), quiet()
    held.poll(feed.poll(2))
    with pytest.raises(ValueError, match="another sport"):
        held.poll(feed.poll(4)._replace(sport="other"))
    for minute in (2, 1):
        with pytest.raises(ValueError, match="in the order"):
            held.poll(feed.poll(minute))


def test_a_poll_without_changes_raises_nothing() -> None:
    held, feed = engine(), quiet()
    settle(held, feed)
    assert held.poll(feed.all(dict.fromkeys("abcdef", -6.0)).poll(2)).signals != []
    for minute in range(4, 200, 2):
        assert held.poll(feed.poll(minute)) == ([], [])


def test_a_withdrawal_raises_nothing() -> None:
    held, feed = engine(), quiet()
    feed.hang("a", -6.5)
    settle(held, feed)
    for minute, book in enumerate(BOOKS, 1):
        assert held.poll(feed.take_down(book).poll(2 * minute)).signals == []


def test_a_book_that_comes_back_with_another_line_has_moved() -> None:
    held, feed = engine(), quiet()
    settle(held, feed)
    for book in BOOKS:
        feed.take_down(book)
    held.poll(feed.poll(1))
    moved = held.poll(feed.all(dict.fromkeys(BOOKS, -6.0)).poll(2)).signals
    assert set(kinds(moved)) == {"MOVE", "MULTIBOOK_SYNC", "STEAM"}


def test_a_move_is_told_once_however_often_books_change_in_its_window() -> None:
    held, feed = engine(), quiet()
    settle(held, feed)
    told = held.poll(feed.all(dict.fromkeys("abcdef", -5.5)).poll(2)).signals
    assert len(told) == 3
    for minute in range(3, 17):
        odds = (-109, -111) if minute % 2 else (-110, -110)
        assert held.poll(feed.hang("a", -5.5, odds).poll(minute)).signals == []
    again = held.poll(feed.all(dict.fromkeys("abcdef", -6.5)).poll(18)).signals
    assert set(kinds(again)) == set(kinds(told))


def test_the_opposite_move_is_news_at_once() -> None:
    held, feed = engine(), quiet()
    settle(held, feed)
    held.poll(feed.all(dict.fromkeys("abcdef", -5.5)).poll(2))
    back = held.poll(feed.all(dict.fromkeys("abcdef", -3.5)).poll(6)).signals
    assert {(signal.kind, signal.towards) for signal in back} >= {(Kind.MULTIBOOK_SYNC, Side.AWAY)}


def test_a_day_has_a_cap() -> None:
    held, feed = (
        engine(sync__per_day_most=2, move__enabled=False, steam__enabled=False, key_cross__enabled=False),
        quiet(),
    )
    feed.commences = DAWN + 4000 * MINUTE
    settle(held, feed)
    told = []
    for step in range(1, 100):
        line = -5.5 if step % 2 else -4.5
        told += [
            (step, kind) for kind in kinds(held.poll(feed.all(dict.fromkeys("abcdef", line)).poll(20 * step)).signals)
        ]
    # Twice on the first day, and 24 hours later again.
    assert told == [(step, "MULTIBOOK_SYNC") for step in (1, 2, 73, 74)]


@pytest.mark.parametrize(("minute", "told"), [(598, True), (600, False), (602, False)])
def test_nothing_is_told_from_the_start_on(minute: int, told: bool) -> None:
    held, feed = engine(), quiet()
    for each in range(560, minute, 2):
        held.poll(feed.poll(each))
    assert bool(held.poll(feed.all(dict.fromkeys("abcdef", -6.0)).poll(minute)).signals) is told


def test_nothing_is_told_beyond_the_horizon_but_the_market_is_priced() -> None:
    held, feed = engine(horizon_s=3600), quiet()
    settle(held, feed)
    seen = held.poll(feed.all(dict.fromkeys("abcdef", -6.0)).poll(2))
    assert seen.signals == []
    assert len(seen.points) == 1


def test_events_do_not_mix() -> None:
    held, feed, other = engine(), quiet(), Feed(event="f")
    other.all(dict.fromkeys(BOOKS, 7.5))
    for minute in range(-20, 2, 2):
        held.poll(_joined(feed.poll(minute), other.poll(minute)))
    other.all(dict.fromkeys(BOOKS, 8.5))
    signals = held.poll(_joined(feed.poll(2), other.poll(2))).signals
    assert {signal.event for signal in signals} == {"f"}
    assert {(signal.from_line, signal.to_line) for signal in signals} == {(7.5, 8.5)}


def _joined(first: Poll, second: Poll) -> Poll:
    return first._replace(listed=first.listed + second.listed, changes=first.changes + second.changes)


# What six books hang at each of a dozen polls: an index into lines and prices.
boards = st.lists(
    st.lists(st.tuples(st.sampled_from(BOOKS), st.integers(0, 5), st.integers(0, 3)), max_size=6),
    min_size=6,
    max_size=14,
)
LINES = (-4.5, -5.0, -5.5, -6.0, -6.5, -7.5)
PRICES = ((-110, -110), (-120, +100), (+100, -120), (-105, -115))


def play(board: list[list[tuple[str, int, int]]], twin: str | None = None) -> list[Poll]:
    """The polls of a board; with a twin, another book that always hangs what one of the six does."""
    feed = quiet()
    if twin is not None:
        feed.hang(twin, -4.5)
    polls = [feed.poll(minute) for minute in range(-20, 2, 2)]
    for step, changes in enumerate(board, 1):
        for book, line, price in changes:
            feed.hang(book, LINES[line], PRICES[price])
            if twin is not None and book == "a":
                feed.hang(twin, LINES[line], PRICES[price])
        polls.append(feed.poll(4 * step))
    return polls


def run(polls: list[Poll]) -> list[Signal]:
    # Without a cap: whom it lets through is decided by strength, which rounds either way.
    held = engine(dislocation__per_day_most=1000)
    return [signal for poll in polls for signal in held.poll(poll).signals]


def mirrored(poll: Poll) -> Poll:
    """Home and away changed places."""
    changes = [
        Change(change.event, change.book, change.market, MIRROR[change.side], change.quote) for change in poll.changes
    ]
    listed = tuple(Listed(one.event, one.away, one.home, one.commences) for one in poll.listed)
    return poll._replace(listed=listed, changes=tuple(sorted(changes, key=lambda change: change[:4])))


@hypothesis_settings(max_examples=40)
@given(boards)
def test_home_and_away_changed_give_the_mirrored_signals(board: list[list[tuple[str, int, int]]]) -> None:
    polls = play(board)
    signals, others = run(polls), run([mirrored(poll) for poll in polls])
    # Within a poll they come by their side, which is the other one.
    signals.sort(key=lambda signal: (signal.at, signal.kind, signal.book or ""))
    others.sort(key=lambda signal: (signal.at, signal.kind, signal.book or ""))
    assert [_told(signal) for signal in signals] == [_told(signal, mirror=True) for signal in others]
    for signal, other in zip(signals, others, strict=True):
        assert signal.strength == pytest.approx(other.strength, abs=1)
        assert signal.moved == pytest.approx(other.moved, abs=1e-6)
        assert signal.to_fair == pytest.approx(other.to_fair[::-1], abs=1e-6)
        if signal.entry is not None and other.entry is not None:
            assert signal.entry.value == pytest.approx(other.entry.value, abs=1e-6)


def _told(signal: Signal, *, mirror: bool = False) -> tuple[object, ...]:
    sign = -1 if mirror else 1
    towards = MIRROR[signal.towards] if mirror else signal.towards
    entry = None if signal.entry is None else (signal.entry.book, signal.entry.point)
    lines = [None if line is None else sign * line for line in (signal.from_line, signal.to_line)]
    movers = sorted(mover.family for mover in signal.movers)
    return signal.at, signal.kind, signal.book, towards, lines, movers, signal.opposed, signal.keys, entry


@hypothesis_settings(max_examples=40)
@given(boards)
def test_a_second_name_of_a_family_changes_nothing_but_counts(board: list[list[tuple[str, int, int]]]) -> None:
    alone, twinned = run(_renamed(play(board))), run(_renamed(play(board, twin="lowvig")))
    assert [_without_counts(signal) for signal in alone if signal.kind is not Kind.DISLOCATION] == [
        _without_counts(signal) for signal in twinned if signal.kind is not Kind.DISLOCATION
    ]


def _renamed(polls: list[Poll]) -> list[Poll]:
    """Book a under the name of lowvig's family."""
    return [
        poll._replace(
            changes=tuple(
                change._replace(book="betonlineag") if change.book == "a" else change for change in poll.changes
            )
        )
        for poll in polls
    ]


def _without_counts(signal: Signal) -> str:
    late = tuple(each for each in signal.late if each.book != "lowvig")
    return replace(signal, late=late, consensus=signal.consensus._replace(books=0)).canonical()


@hypothesis_settings(max_examples=40)
@given(boards)
def test_a_book_with_one_side_only_changes_nothing(board: list[list[tuple[str, int, int]]]) -> None:
    polls = play(board)
    half = Feed().hang("half", -9.5).poll(-20).changes[:1]
    with_half = [
        polls[0]._replace(changes=tuple(sorted(polls[0].changes + half, key=lambda each: each[:4]))),
        *polls[1:],
    ]
    assert [signal.canonical() for signal in run(with_half)] == [signal.canonical() for signal in run(polls)]


def unfinished(polls: list[Poll], until: int) -> list[Poll]:
    """What a restart before poll `until` takes again: the polls since the first that listed an event still listed."""
    listed = {one.event for one in polls[until - 1].listed}
    first = next(i for i, poll in enumerate(polls) if listed & {one.event for one in poll.listed})
    return [
        poll._replace(
            listed=tuple(one for one in poll.listed if one.event in listed),
            changes=tuple(change for change in poll.changes if change.event in listed),
        )
        for poll in polls[first:until]
    ]


@needs_recordings
def test_a_restart_continues_byte_for_byte() -> None:
    polls = list(polls_of_csv("wnba_2026")[:900])
    whole = Engine(polls[0].sport)
    seen = [whole.poll(poll) for poll in polls]
    chosen = random.Random(6)
    told = 0
    for _ in range(3):
        until = chosen.randrange(200, 800)
        again = Engine(polls[0].sport)
        for poll in unfinished(polls, until):
            again.poll(poll)
        for place in range(until, min(until + 90, len(polls))):
            after = again.poll(polls[place])
            assert after.points == seen[place].points
            assert [one.canonical() for one in after.signals] == [one.canonical() for one in seen[place].signals]
            told += len(after.signals)
    assert told > 20


def test_the_engine_needs_no_known_sport() -> None:
    held = Engine("no_such_sport")
    feed = quiet(H2H)
    assert len(held.poll(feed.poll(0)._replace(sport="no_such_sport")).points) == 1
    assert Engine(SPORT, model=MODEL).settings.canonical() == held.settings.canonical()
    assert START > DAWN
