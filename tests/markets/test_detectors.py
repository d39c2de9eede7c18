"""Each detector as a table of small boards: which fire, which do not, and why.

Each case is six families at one line, and what some of them hang at the next poll, two minutes later unless it says
otherwise. Half a point of this spread is 1.7 percentage points, one of the total 2.2. Where the usual examples of such
detectors differ (a move by points alone, a key number only where it is passed), the case's name says what we do.
"""

from typing import NamedTuple

import pytest

from markets.quotes import Market, Side
from markets.signals import Direction, Kind, Resolution, Signal, Timing
from tests.markets.feeds import BOOKS, MODEL, NO_MODEL, Feed, engine, kinds, quiet, settle

SPREADS, TOTALS, H2H = Market.SPREADS, Market.TOTALS, Market.H2H
EVEN = (-110, -110)


class Case(NamedTuple):
    why: str
    market: Market
    before: float | None  # where all six stand
    after: dict[str, tuple[float | None, tuple[int, ...]]]
    kinds: set[str]
    minutes: float = 2.0


def to(
    point: float | None, books: str, odds: tuple[int, ...] = EVEN
) -> dict[str, tuple[float | None, tuple[int, ...]]]:
    return dict.fromkeys(books, (point, odds))


M, K, S, D, T = "MOVE", "KEY_CROSS", "MULTIBOOK_SYNC", "DISLOCATION", "STEAM"

CASES = [
    Case("nobody moved", SPREADS, -4.5, {}, set()),
    Case("one book of six moves half a point: its own opinion", SPREADS, -4.5, to(-5.0, "a"), set()),
    Case("two books do: not yet the market", SPREADS, -4.5, to(-5.0, "ab"), set()),
    Case("three do: together, but the whole moved too little", SPREADS, -4.5, to(-5.0, "abc"), {S}),
    Case("four do, fast, but two stay: the whole moved too little", SPREADS, -4.5, to(-5.0, "abcd"), {S, T}),
    Case("all do: the market moved, and fast", SPREADS, -4.5, to(-5.0, "abcdef"), {M, S, T}),
    Case("five move the price alone", SPREADS, -4.5, to(-4.5, "abcde", (-120, +100)), {M, S, T}),
    Case("a line that moves while the price undoes it", SPREADS, -4.5, to(-5.0, "abcde", (-103, -117)), set()),
    Case("two up and two down", SPREADS, -4.5, to(-5.0, "ab") | to(-4.0, "cd"), set()),
    Case("three up against one down is still agreement", SPREADS, -4.5, to(-5.0, "abc") | to(-4.0, "d"), {S}),
    Case("three up against two down is not", SPREADS, -4.5, to(-5.0, "abc") | to(-4.0, "de"), set()),
    Case("0.3 points of a total at four books", TOTALS, 220.5, to(220.2, "abcd"), set()),
    Case("half a point of a total at five", TOTALS, 224.5, to(225.0, "abcde"), set()),
    Case("half a point of a total at five, and the price", TOTALS, 224.5, to(225.0, "abcde", (-115, -105)), {M, S, T}),
    Case("a whole point of a total at five", TOTALS, 224.5, to(225.5, "abcde"), {M, S, T}),
    Case("a moneyline moves at four", H2H, None, to(None, "abcd", (-125, +105)), {M, S, T}),
    Case("a moneyline's margin grows, its price stays", H2H, None, to(None, "abcdef", (-115, -115)), set()),
    Case("steam within the gap of one slow poll", SPREADS, -4.5, to(-5.0, "abcdef"), {M, S, T}, 22.0),
    Case("an hour without polls: nothing is together or fast", SPREADS, -4.5, to(-5.0, "abcdef"), {M}, 61.0),
    Case("-2.75 to -3.25 passes 3", SPREADS, -2.75, to(-3.25, "abcd"), {K, S, T}),
    Case("-2 to -2.5 passes nothing", SPREADS, -2.0, to(-2.5, "abcd"), {S, T}),
    Case("-2.5 to -4: through 3, onto 4", SPREADS, -2.5, to(-4.0, "abcdef"), {K, S, T}),
    Case("-4 to -4.5 leaves 4", SPREADS, -4.0, to(-4.5, "abcd"), {K, S, T}),
    Case("+3.5 to +3 comes onto 3 from the other side", SPREADS, 3.5, to(3.0, "abcd"), {K, S, T}),
    Case("two books across 3 are not the market", SPREADS, -2.5, to(-3.5, "ab"), set()),
    Case("across 3 with the price put back", SPREADS, -2.75, to(-3.25, "abcd", (+107, -127)), {S, T}),
    Case("one book a point off", SPREADS, -4.5, to(-5.5, "a"), {D}),
    Case("one moneyline 4 points off and worth it", H2H, None, to(None, "a", (+107, -127)), {D}),
    Case("one moneyline 2 points off", H2H, None, to(None, "a", (+100, -120)), set()),
]


def run(case: Case, **values: object) -> list[Signal]:
    feed = quiet(case.market, case.before)
    held = engine(**values)
    settle(held, feed)
    for book, (point, odds) in case.after.items():
        feed.hang(book, point, odds)
    return held.poll(feed.poll(case.minutes)).signals


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_it_fires_or_not(case: Case) -> None:
    assert set(kinds(run(case))) == case.kinds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.why)
def test_no_kind_is_told_twice_of_one_market(case: Case) -> None:
    told = [(signal.kind, signal.book) for signal in run(case)]
    assert len(told) == len(set(told))


def only(signals: list[Signal], kind: Kind) -> Signal:
    (found,) = [signal for signal in signals if signal.kind is kind]
    return found


STEAM_LINES = {"a": (-3.25, -4.0), "b": (-3.5, -4.0), "c": (-3.75, -4.25), "d": (-3.5, -4.25)}


def test_steam_of_four_books_that_shade_the_home_team() -> None:
    """The usual example, in quarters. There it is `down`, as the handicap fell; here `up`, as the home team rose."""
    feed = Feed(SPREADS).all({book: before for book, (before, _) in STEAM_LINES.items()}).hang("e", -3.5)
    held = engine()
    settle(held, feed)
    for minute, book in enumerate("badc"):
        feed.hang(book, STEAM_LINES[book][1], minute=0.3 + minute / 2)
    steam = only(held.poll(feed.poll(3)).signals, Kind.STEAM)
    assert (steam.direction, steam.side, steam.towards) == (Direction.UP, Side.HOME, Side.HOME)
    assert steam.leader == "b"
    assert [mover.family for mover in steam.movers] == ["b", "a", "d", "c"]
    assert [mover.lag_s for mover in steam.movers] == [0.0, 30.0, 60.0, 90.0]
    assert (steam.resolution, steam.timing) == (Resolution.WINDOW, Timing.TIMED)
    assert [late.book for late in steam.late] == ["e"]
    assert steam.late[0].point == -3.5
    assert steam.late[0].value == pytest.approx(0.0, abs=0.06)
    assert steam.late[0].value is not None
    assert steam.entry is not None
    # The fifth book still has the old line: that is where the signal can be followed.
    assert (steam.entry.book, steam.entry.side, steam.entry.point, steam.entry.american) == ("e", Side.HOME, -3.5, -110)
    assert steam.entry.value == steam.late[0].value


def test_who_moved_first_is_not_told_where_nobody_knows() -> None:
    feed = quiet()
    held = engine()
    settle(held, feed)
    steam = only(held.poll(feed.all(dict.fromkeys("abcde", -5.0)).poll(2)).signals, Kind.STEAM)
    assert steam.leader is None
    assert steam.timing is Timing.COARSE
    assert "speed" not in [part.name for part in steam.components]


@pytest.mark.parametrize(
    ("minutes", "confirmed", "resolution", "timing", "speed"),
    [
        (2.0, 1.0, Resolution.WINDOW, Timing.TIMED, True),
        (20.0, 19.0, Resolution.GAP, Timing.TIMED, False),
        (20.0, 5.0, Resolution.GAP, Timing.COARSE, False),
    ],
)
def test_speed_is_scored_only_where_polls_and_provider_can_tell(
    minutes: float, confirmed: float, resolution: Resolution, timing: Timing, speed: bool
) -> None:
    feed = quiet()
    held = engine()
    settle(held, feed)
    for place, book in enumerate("abcde"):
        feed.hang(book, -5.0, minute=confirmed + place / 60)
    steam = only(held.poll(feed.poll(minutes)).signals, Kind.STEAM)
    assert (steam.resolution, steam.timing) == (resolution, timing)
    assert ("speed" in [part.name for part in steam.components]) is speed


def test_a_move_has_its_size_at_one_line() -> None:
    case = next(case for case in CASES if case.why.startswith("all do"))
    move = only(run(case), Kind.MOVE)
    assert (move.from_line, move.to_line) == (-4.5, -5.0)
    assert move.from_fair == move.to_fair == (0.5, 0.5)
    # Even money at both, and yet likelier: what was even at -4.5 is 1.7 points less at -5.
    assert MODEL.spreads is not None
    assert move.moved == pytest.approx(0.5 - MODEL.spreads.shift(0.5, -4.5, -5.0), abs=1e-12)
    assert 0.016 < move.moved < 0.018
    assert [mover.size for mover in move.movers] == [move.moved] * 6


def test_families_count_once() -> None:
    """Two names of one operator are one mover: with them these would be three."""
    books = ("betonlineag", "lowvig", *BOOKS[1:])
    feed = quiet(books=books)
    held = engine()
    settle(held, feed)
    assert kinds(held.poll(feed.all(dict.fromkeys(("betonlineag", "lowvig", "b"), -5.0)).poll(2)).signals) == []
    (sync,) = held.poll(feed.all({"c": -5.0}).poll(3)).signals
    assert [mover.family for mover in sync.movers] == ["b", "betonlineag", "c"]


def test_books_that_come_or_go_move_nothing() -> None:
    """Half the books stand a point lower; that they come, or go, is no move of anybody."""
    feed = quiet()
    held = engine()
    settle(held, feed)
    came = held.poll(feed.all({"u": -6.0, "v": -6.0, "w": -6.0, "x": -6.0, "y": -6.0, "z": -6.0, "zz": -6.0}).poll(2))
    assert {signal.kind for signal in came.signals} <= {Kind.DISLOCATION}
    assert came.points[0].consensus.line == -6.0
    for book in ("u", "v", "w", "x", "y", "z", "zz"):
        feed.take_down(book)
    went = held.poll(feed.poll(4))
    assert went.points[0].consensus.line == -4.5
    assert went.signals == []


def test_key_numbers_are_told_with_their_value() -> None:
    case = next(case for case in CASES if case.why.startswith("-2.5 to -4"))
    crossing = only(run(case), Kind.KEY_CROSS)
    assert [tuple(key) for key in crossing.keys] == [(3.0, "through", 0.07), (4.0, "onto", 0.03)]
    assert crossing.towards is Side.HOME
    assert {part.name for part in crossing.components} >= {"size", "breadth", "key"}


def test_key_numbers_without_results_have_no_value() -> None:
    held = engine(NO_MODEL, key_cross__numbers=[3], point_worth__spreads=0.03)
    feed = quiet(point=-2.5)
    settle(held, feed)
    crossing = only(held.poll(feed.all(dict.fromkeys("abcdef", -3.5)).poll(2)).signals, Kind.KEY_CROSS)
    assert [tuple(key) for key in crossing.keys] == [(3.0, "through", None)]
    assert "key" not in [part.name for part in crossing.components]
    # Nothing is told of other lines where no model can.
    assert crossing.moved is None


def test_without_a_model_prices_at_one_line_still_compare() -> None:
    held = engine(NO_MODEL)
    feed = quiet()
    settle(held, feed)
    feed.all(dict.fromkeys("abcde", -4.5), (-120, +100))
    assert set(kinds(held.poll(feed.poll(2)).signals)) == {M, S, T}
    feed.all(dict.fromkeys("abcdef", -6.0), (-120, +100))
    assert held.poll(feed.poll(40)).signals == []


def test_a_dislocation_is_judged_without_its_own_family() -> None:
    held = engine()
    feed = quiet()
    settle(held, feed)
    (signal,) = held.poll(feed.hang("a", -6.0, minute=1.5).poll(2)).signals
    assert (signal.kind, signal.book, signal.side) == (Kind.DISLOCATION, "a", Side.AWAY)
    assert signal.consensus.families == 5
    assert (signal.consensus.line, signal.consensus.fair) == (-4.5, (0.5, 0.5))
    assert (signal.from_line, signal.to_line) == (-6.0, -4.5)
    assert signal.entry is not None
    # The away side gets a point and a half more there than anywhere else, and pays for more than the margin.
    assert (signal.entry.book, signal.entry.side, signal.entry.point) == ("a", Side.AWAY, 6.0)
    assert signal.entry.value is not None
    assert signal.entry.value > 0.03
    assert signal.direction is Direction.DOWN
    assert signal.timing is Timing.TIMED


def test_a_dislocation_in_a_market_with_a_draw_names_the_outcome() -> None:
    held = engine()
    feed = quiet(H2H, books=())
    feed.all(dict.fromkeys(BOOKS), (+150, +180, +230))
    settle(held, feed)
    (signal,) = held.poll(feed.hang("a", None, (+140, +160, +320)).poll(2)).signals
    assert (signal.side, signal.towards) == (Side.DRAW, Side.DRAW)
    assert signal.entry is not None
    assert signal.entry.american == 320


def test_a_dislocation_is_told_once_until_its_book_comes_back() -> None:
    held = engine(dislocation__cooldown_s=0)
    feed = quiet()
    settle(held, feed)
    told = []
    for minute, (book, point) in enumerate(
        [("a", -5.5), ("b", -4.0), ("b", -4.5), ("a", -5.0), ("a", -5.5), ("a", -4.5), ("a", -5.5)], 1
    ):
        signals = held.poll(feed.hang(book, point).poll(minute)).signals
        told += [(minute, signal.book) for signal in signals if signal.kind is Kind.DISLOCATION]
    # -5.0 is not yet back; only -4.5 is, and so -5.5 is news again.
    assert told == [(1, "a"), (7, "a")]


@pytest.mark.parametrize(
    ("minute", "age_most_s", "expected"), [(5, 3600, [D]), (39, 3600, [D]), (41, 3600, []), (41, 7200, [D])]
)
def test_a_book_left_behind_is_dislocated_unless_its_quote_is_too_old(
    minute: int, age_most_s: int, expected: list[str]
) -> None:
    """All others move; the one that stays is the offer, for as long as it can be taken for one."""
    held = engine(
        move__enabled=False,
        sync__enabled=False,
        steam__enabled=False,
        key_cross__enabled=False,
        dislocation__age_most_s=age_most_s,
    )
    feed = quiet()
    settle(held, feed)
    signals = held.poll(feed.all(dict.fromkeys("bcdef", -6.5)).poll(minute)).signals
    assert kinds(signals) == expected
    assert all(signal.book == "a" and signal.side is Side.HOME for signal in signals)


def test_a_price_that_was_old_when_it_came_is_no_entry() -> None:
    feed = Feed(SPREADS).all(dict.fromkeys("abcde", -4.5)).hang("f", -4.0, minute=-31)
    held = engine()
    settle(held, feed)
    steam = only(held.poll(feed.all(dict.fromkeys("abcde", -5.0)).poll(2)).signals, Kind.STEAM)
    assert steam.entry is not None
    assert steam.entry.book == "a"
    assert steam.late == ()


def test_a_slip_of_the_keyboard_is_neither_a_dislocation_nor_an_entry() -> None:
    """A moneyline's prices beside a spread: no book pays that, and a mean of values with it in says nothing."""
    held, feed = engine(), quiet()
    settle(held, feed)
    # It pulls the consensus 8 percentage points away from the five that stand where they stood.
    seen = held.poll(feed.hang("f", -4.5, (+810, -1500)).poll(2))
    assert seen.points[0].consensus.fair[0] < 0.44
    assert seen.signals == []
    steam = only(held.poll(feed.all(dict.fromkeys("abcde", -5.0)).poll(4)).signals, Kind.STEAM)
    assert steam.entry is not None
    assert steam.entry.book == "a"
    assert steam.late == ()
    # Its other side is a quote like any other.
    back = only(held.poll(feed.all(dict.fromkeys("abcde", -4.0)).poll(7)).signals, Kind.STEAM)
    assert [late.book for late in back.late] == ["f"]


def test_moves_towards_a_draw_say_so() -> None:
    held = engine()
    feed = Feed(H2H).all(dict.fromkeys(BOOKS), (+150, +180, +230))
    settle(held, feed)
    move = only(held.poll(feed.all(dict.fromkeys(BOOKS), (+175, +180, +200)).poll(2)).signals, Kind.MOVE)
    assert (move.side, move.direction, move.towards) == (Side.HOME, Direction.DOWN, Side.DRAW)
    assert move.entry is not None
    assert move.entry.side is Side.DRAW
