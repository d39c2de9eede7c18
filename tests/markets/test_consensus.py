"""The consensus at a common line: worked cases, properties, and how much of the recordings has one."""

import math
from collections.abc import Sequence
from statistics import NormalDist

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.board import MarketBoard
from markets.consensus import (
    MIN_FAMILIES,
    PROBABILITY_LEAST,
    Pair,
    consensus,
    moved,
    pair,
    reference_line,
)
from markets.devig import CannotDevig, Method, devig
from markets.families import family_of
from markets.quotes import Market, Quote, Side
from markets.sports import for_sport
from markets.weights import EQUAL, Weights
from tests.markets.recordings import needs_recordings, polls_of_csv

H, A, D = Side.HOME, Side.AWAY, Side.DRAW
OVER, UNDER = Side.OVER, Side.UNDER
NORMAL = NormalDist()
few = settings(max_examples=60, deadline=None)
BOOKS = ["betmgm", "betonlineag", "betrivers", "betus", "bovada", "draftkings", "fanduel", "lowvig", "mybookieag"]


class Slope:
    """A Normal line model: home wins its handicap more often the higher it is, over its total the less."""

    def __init__(self, sd: float) -> None:
        self.sd = sd  # below 0 for totals

    def shift(self, p: float, line: float, to: float) -> float:
        return NORMAL.cdf(NORMAL.inv_cdf(p) + (to - line) / self.sd)


class KnowsNoFarLine(Slope):
    def shift(self, p: float, line: float, to: float) -> float:
        if abs(line) > 100:
            raise ValueError("A line must be at most 100.")
        return super().shift(p, line, to)


SPREAD = Slope(12.17)
TOTAL = Slope(-17.71)


def quote(price: float, point: float | None = None, updated: int | None = 0, *, stale: bool = False) -> Quote:
    return Quote(point, price, None, updated, stale)


def of(book: str, p: float, point: float | None = None, changed: int = 0) -> Pair:
    return Pair(book, family_of(book), point, (p, 1.0 - p), changed, 0.05)


def five(probabilities: Sequence[float], points: Sequence[float | None] | None = None) -> list[Pair]:
    books = ["betmgm", "betrivers", "bovada", "draftkings", "fanduel"]
    return [of(book, p, point) for book, p, point in zip(books, probabilities, points or [None] * 5, strict=True)]


# One book's pair.


@pytest.mark.parametrize(
    ("market", "quotes", "expected"),
    [
        (Market.H2H, {H: quote(1.5), A: quote(2.74)}, (None, (0.646226, 0.353774), 0.031630)),
        (Market.SPREADS, {H: quote(1.9, -3.5), A: quote(1.9, 3.5)}, (-3.5, (0.5, 0.5), 0.052632)),
        (Market.SPREADS, {H: quote(1.9, -0.0), A: quote(1.9, 0.0)}, (0.0, (0.5, 0.5), 0.052632)),
        (Market.TOTALS, {OVER: quote(1.8, 221.5), UNDER: quote(2.0, 221.5)}, (221.5, (0.526316, 0.473684), 0.055556)),
        (
            Market.H2H,
            {H: quote(4.2), A: quote(1.95), D: quote(3.7)},
            (None, (0.233156, 0.502181, 0.264663), 0.021186),
        ),
    ],
)
def test_a_pair_is_a_books_market_without_its_margin(market: Market, quotes: dict, expected: tuple) -> None:
    found = pair("lowvig", market, quotes, Method.MULTIPLICATIVE)
    assert found is not None
    assert (found.book, found.family, found.point) == ("lowvig", "betonlineag", expected[0])
    assert found.fair == pytest.approx(expected[1], abs=1e-6)
    assert found.margin == pytest.approx(expected[2], abs=1e-6)
    assert math.copysign(1.0, found.point or 0.0) == (-1.0 if (found.point or 0) < 0 else 1.0)


@pytest.mark.parametrize(
    ("market", "quotes"),
    [
        (Market.H2H, {}),
        (Market.H2H, {H: quote(1.9)}),
        (Market.H2H, {H: quote(1.9), A: quote(1.9, stale=True)}),
        (Market.H2H, {H: quote(2.9), A: quote(2.9), D: quote(3.0, stale=True)}),
        (Market.H2H, {H: quote(2.9), A: quote(2.9)}),  # the draw is taken down: what is left is no market
        (Market.H2H, {H: quote(1.0), A: quote(1.9)}),
        (Market.H2H, {H: quote(float("nan")), A: quote(1.9)}),
        (Market.H2H, {H: quote(float("inf")), A: quote(1.01)}),
        (Market.SPREADS, {H: quote(1.9, -3.5), A: quote(1.9, 3.0)}),
        (Market.SPREADS, {H: quote(1.9, 3.5), A: quote(1.9, 3.5)}),
        (Market.SPREADS, {H: quote(1.9), A: quote(1.9)}),
        (Market.SPREADS, {H: quote(1.9, float("nan")), A: quote(1.9, float("nan"))}),
        (Market.TOTALS, {OVER: quote(1.9, 220.5), UNDER: quote(1.9, 221.5)}),
        (Market.TOTALS, {OVER: quote(1.9, 220.5), UNDER: quote(1.9)}),
        (Market.TOTALS, {H: quote(1.9, 220.5), A: quote(1.9, -220.5)}),
    ],
)
def test_what_is_no_whole_market_is_no_pair(market: Market, quotes: dict) -> None:
    assert pair("bovada", market, quotes, Method.MULTIPLICATIVE) is None


def test_a_method_without_an_answer_gives_no_pair() -> None:
    quotes = {H: quote(1.15), A: quote(100.0), D: quote(5.0)}
    assert pair("bovada", Market.H2H, quotes, Method.ADDITIVE) is None
    assert pair("bovada", Market.H2H, quotes, Method.POWER) is not None


@pytest.mark.parametrize(("times", "changed"), [((5, 7), 7), ((7, 5), 7), ((None, 5), 5), ((None, None), 0)])
def test_a_pair_changed_when_the_later_of_its_quotes_did(times: tuple, changed: int) -> None:
    quotes = {H: quote(1.9, updated=times[0]), A: quote(1.9, updated=times[1])}
    found = pair("bovada", Market.H2H, quotes, Method.MULTIPLICATIVE)
    assert found is not None
    assert found.changed == changed


prices = st.floats(1.0, 1200.0) | st.floats(0.5, 2e6) | st.sampled_from([2.0, 1.000001, 1000001.0])


@few
@given(st.lists(prices, min_size=2, max_size=3), st.sampled_from(Method))
def test_the_short_way_is_devigs_own_answer_to_the_digit(drawn: list[float], method: Method) -> None:
    quotes = {side: quote(price) for side, price in zip((H, A, D), drawn, strict=False)}
    found = pair("bovada", Market.H2H, quotes, method)
    try:
        fair = devig(drawn, method)
    except CannotDevig:
        assert found is None
        return
    if not fair.usable:
        assert found is None
        return
    assert found is not None
    assert found.fair == fair.probabilities
    assert found.margin == fair.margin


# The reference line.


@pytest.mark.parametrize(
    ("points", "line"),
    [
        ([-3.5], -3.5),
        ([-3.5, -3.0, -3.5], -3.5),
        ([-3.0, -3.0, -3.5, -3.5, -4.0], -3.5),  # the median is -3.5
        ([-3.0, -3.5], -3.0),  # both as near to the median: the smaller
        ([3.0, 3.5], 3.0),
        ([-1.0, 1.0], -1.0),  # as near to 0 too: the lower
        ([220.5, 221.0, 221.0, 222.0, 222.0, 230.0], 221.0),
    ],
)
def test_the_reference_line_is_the_one_most_families_hang(points: list[float], line: float) -> None:
    assert reference_line(points) == line
    assert reference_line(points[::-1]) == line


def test_twins_have_one_vote_on_the_line() -> None:
    pairs = [of("betonlineag", 0.5, -4.0), of("lowvig", 0.5, -4.0), of("bovada", 0.5, -4.0)]
    pairs += [of("fanduel", 0.5, -3.5), of("draftkings", 0.5, -3.5), of("betmgm", 0.5, -3.5)]
    found = consensus(pairs, Market.SPREADS, SPREAD, EQUAL, at=0)
    assert found is not None
    assert (found.line, found.books, found.families) == (-3.5, 6, 5)


# Worked cases.


def test_the_mean_is_taken_in_log_odds() -> None:
    found = consensus(five([0.9, 0.8, 0.7, 0.6, 0.5]), Market.H2H, None, EQUAL, at=0)
    assert found is not None
    odds = math.prod(p / (1 - p) for p in (0.9, 0.8, 0.7, 0.6, 0.5)) ** 0.2
    assert found.fair == pytest.approx((odds / (1 + odds), 1 / (1 + odds)), abs=1e-15)
    assert found.dispersion == pytest.approx(math.sqrt(0.02))
    assert (found.line, found.books, found.families, found.effective) == (None, 5, 5, 5.0)


def test_books_at_other_lines_are_moved_to_the_reference() -> None:
    pairs = five(
        [0.5, 0.5, 0.5, SPREAD.shift(0.5, -3.5, -4.5), SPREAD.shift(0.5, -3.5, -2.5)], [-3.5] * 3 + [-4.5, -2.5]
    )
    found = consensus(pairs, Market.SPREADS, SPREAD, EQUAL, at=0)
    assert found is not None
    assert found.line == -3.5
    assert found.fair == pytest.approx((0.5, 0.5), abs=1e-12)
    assert found.dispersion == pytest.approx(0.0, abs=1e-12)


def test_without_a_model_other_lines_are_left_out() -> None:
    pairs = five([0.5, 0.5, 0.5, 0.6, 0.4], [-3.5] * 3 + [-4.5, -2.5])
    found = consensus(pairs, Market.SPREADS, None, EQUAL, at=0)
    assert found is not None
    assert (found.line, found.fair, found.families, found.books) == (-3.5, (0.5, 0.5), 3, 3)


@pytest.mark.parametrize(
    ("points", "minimum", "there"),
    [
        ([-3.5, -3.5, -3.5, -4.5, -2.5], 5, True),  # five quote it, three at one line
        ([-3.5, -3.5, -3.0, -4.5, -2.5], 5, False),  # only two at one line
        ([-3.5, -3.5, -3.5, -3.5], 5, False),  # only four quote it
        ([-3.5, -3.5, -3.5], 3, True),
        ([-3.5, -3.5, -4.0], 3, False),
        ([-3.5, -4.0], 1, True),
    ],
)
def test_three_at_one_line_are_the_least_without_a_model(points: list[float], minimum: int, there: bool) -> None:
    pairs = [of(book, 0.5, point) for book, point in zip(BOOKS[:7], points, strict=False)]
    found = consensus(pairs, Market.SPREADS, None, EQUAL, at=0, minimum=minimum)
    assert (found is not None) == there
    assert (consensus(pairs, Market.SPREADS, SPREAD, EQUAL, at=0, minimum=minimum) is not None) == (
        len(pairs) >= minimum
    )


def test_a_line_the_model_does_not_know_is_left_out() -> None:
    pairs = [*five([0.5] * 5, [-3.5] * 5), of("betus", 0.5, -350.0)]
    found = consensus(pairs, Market.SPREADS, KnowsNoFarLine(12.17), EQUAL, at=0)
    assert found is not None
    assert (found.books, found.families) == (5, 5)


def test_a_probability_is_never_moved_to_0_or_1() -> None:
    assert moved(of("bovada", 0.5, 0.0), 1e6, SPREAD) == pytest.approx(
        (1.0 - PROBABILITY_LEAST, PROBABILITY_LEAST), abs=1e-16
    )
    found = consensus(five([0.5] * 5, [0.0, 0.0, 0.0, 1e6, -1e6]), Market.SPREADS, SPREAD, EQUAL, at=0)
    assert found is not None
    assert found.fair == pytest.approx((0.5, 0.5), abs=1e-8)


@pytest.mark.parametrize(
    ("count", "minimum", "there"), [(0, 0, False), (1, 1, True), (4, 5, False), (5, 5, True), (2, 3, False)]
)
def test_fewer_families_than_the_minimum_are_no_consensus(count: int, minimum: int, there: bool) -> None:
    pairs = five([0.5] * 5)[:count]
    assert (consensus(pairs, Market.H2H, None, EQUAL, at=0, minimum=minimum) is not None) == there


def test_one_voice_has_no_dispersion() -> None:
    found = consensus([of("bovada", 0.6)], Market.H2H, None, EQUAL, at=0, minimum=1)
    assert found is not None
    assert (found.dispersion, found.effective) == (None, 1.0)


def test_a_family_speaks_through_the_book_that_changed_last() -> None:
    others = five([0.5] * 5)
    for early, late in ((1, 2), (2, 2)):
        twins = [of("lowvig", 0.9, changed=early), of("betonlineag", 0.5, changed=late)]
        found = consensus(others + twins, Market.H2H, None, EQUAL, at=9)
        assert found is not None
        assert (found.books, found.families) == (7, 6)
        assert found.fair == pytest.approx((0.5, 0.5), abs=1e-12)


def test_a_draw_is_an_outcome_of_its_own() -> None:
    fair = (0.5, 0.2, 0.3)
    with_draw = [Pair(book, book, None, fair, 0, 0.05) for book in "abcde"]
    found = consensus([*with_draw, of("bovada", 0.7)], Market.H2H, None, EQUAL, at=0)
    assert found is not None
    assert found.fair == pytest.approx(fair, abs=1e-15)
    assert (found.books, found.families) == (5, 5)
    mixed = [*with_draw[:2], *five([0.6] * 5)]
    other = consensus(mixed, Market.H2H, None, EQUAL, at=0)
    assert other is not None
    assert other.fair == pytest.approx((0.6, 0.4), abs=1e-12)


def test_a_three_way_mean_is_of_logarithms() -> None:
    a, b = (0.5, 0.2, 0.3), (0.4, 0.4, 0.2)
    pairs = [Pair("a", "a", None, a, 0, 0.05), Pair("b", "b", None, b, 0, 0.05)]
    found = consensus(pairs, Market.H2H, None, EQUAL, at=0, minimum=2)
    assert found is not None
    roots = [math.sqrt(x * y) for x, y in zip(a, b, strict=True)]
    assert found.fair == pytest.approx([root / sum(roots) for root in roots], abs=1e-15)
    assert found.dispersion == pytest.approx(0.05)


def test_weights_weigh_and_say_how_many_voices_they_are_worth() -> None:
    weights = Weights({"betmgm": 3.0})
    found = consensus(five([0.9, 0.5, 0.5, 0.5, 0.5]), Market.H2H, None, weights, at=0)
    assert found is not None
    assert math.log(found.fair[0] / found.fair[1]) == pytest.approx(3 / 7 * math.log(9))
    assert found.effective == pytest.approx(49 / 13)
    assert found.dispersion == pytest.approx(math.sqrt(3 / 7 * 4 / 7) * 0.4)


def test_a_quote_counts_half_after_a_half_life() -> None:
    pairs = [of("betmgm", 0.9, changed=1000), of("bovada", 0.5, changed=0)]
    found = consensus(pairs, Market.H2H, None, Weights(half_life=1000), at=1000, minimum=2)
    assert found is not None
    assert math.log(found.fair[0] / found.fair[1]) == pytest.approx(2 / 3 * math.log(9))
    # Quotes so old that their weights are nothing beside 1 still have the same weights beside each other.
    late = consensus(pairs, Market.H2H, None, Weights(half_life=1000), at=500_000, minimum=2)
    assert late is not None
    assert late.fair == pytest.approx(found.fair)
    assert late.effective == pytest.approx(1.8)
    # Beyond what a float can hold there is no consensus, and no error.
    assert consensus(pairs, Market.H2H, None, Weights(half_life=1000), at=5_000_000, minimum=2) is None


# Properties.

probabilities = st.floats(0.02, 0.98)


@st.composite
def markets(draw: st.DrawFn) -> tuple[Market, Slope | None, list[Pair], Weights]:
    """A market that some of the books quote, near one line; weights of any kind."""
    market = draw(st.sampled_from(Market))
    books = draw(st.lists(st.sampled_from(BOOKS), min_size=1, max_size=len(BOOKS), unique=True))
    model = draw(st.sampled_from([None, TOTAL if market is Market.TOTALS else SPREAD]))
    pairs = []
    for book in books:
        point = None if market is Market.H2H else draw(st.integers(-6, 6)) / 2 + (210 if market is Market.TOTALS else 0)
        fair: tuple[float, ...] = (p := draw(probabilities), 1.0 - p)
        if market is Market.H2H and draw(st.integers(0, 9)) == 0:
            fair = (p * 0.8, fair[1] * 0.8, 0.2)
        pairs.append(Pair(book, family_of(book), point, fair, draw(st.integers(0, 3)), 0.05))
    families = draw(st.dictionaries(st.sampled_from(BOOKS), st.floats(0.1, 5.0), max_size=4))
    return market, model, pairs, Weights(families, draw(st.sampled_from([None, 2])))


@few
@given(markets(), st.randoms(use_true_random=False), st.integers(1, 5))
def test_the_order_of_the_books_changes_no_digit(drawn: tuple, random: object, minimum: int) -> None:
    market, model, pairs, weights = drawn
    found = consensus(pairs, market, model, weights, at=4, minimum=minimum)
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert consensus(shuffled, market, model, weights, at=4, minimum=minimum) == found


@few
@given(markets(), st.data())
def test_a_books_own_price_never_enters_its_leave_one_out(drawn: tuple, data: st.DataObject) -> None:
    market, model, pairs, weights = drawn
    judged = data.draw(st.sampled_from(pairs))
    found = consensus(pairs, market, model, weights, at=4, without=judged.family, minimum=1)
    others = [one for one in pairs if one.family != judged.family]
    assert found == consensus(others, market, model, weights, at=4, minimum=1)
    p = data.draw(probabilities)
    point = None if judged.point is None else judged.point + data.draw(st.integers(-9, 9))
    otherwise = judged._replace(fair=(p, 1.0 - p), point=point, changed=data.draw(st.integers(0, 9)))
    changed = [otherwise if one is judged else one for one in pairs]
    assert consensus(changed, market, model, weights, at=4, without=judged.family, minimum=1) == found


@few
@given(markets(), probabilities)
def test_equal_books_give_their_probability(drawn: tuple, p: float) -> None:
    market, model, pairs, weights = drawn
    point = None if market is Market.H2H else 3.5
    alike = [one._replace(fair=(p, 1.0 - p), point=point) for one in pairs]
    found = consensus(alike, market, model, weights, at=4, minimum=1)
    assert found is not None
    assert found.line == point
    assert found.fair == pytest.approx((p, 1.0 - p), abs=1e-12)
    if found.dispersion is not None:
        assert found.dispersion == pytest.approx(0.0, abs=1e-9)
    assert 1.0 - 1e-12 <= found.effective <= found.families + 1e-9


@few
@given(markets())
def test_a_mirrored_market_has_the_mirrored_consensus(drawn: tuple) -> None:
    market, model, pairs, weights = drawn
    sign = 1.0 if market is Market.TOTALS else -1.0
    mirrored_model = Slope(-model.sd) if model and market is Market.TOTALS else model
    mirrored = [
        one._replace(
            fair=(one.fair[1], one.fair[0], *one.fair[2:]), point=None if one.point is None else sign * one.point + 0.0
        )
        for one in pairs
    ]
    found = consensus(pairs, market, model, weights, at=4, minimum=1)
    other = consensus(mirrored, market, mirrored_model, weights, at=4, minimum=1)
    assert found is not None
    assert other is not None
    if found.line is not None and other.line != sign * found.line:
        # Two lines as far from 0 on both sides, and as many books at each: the lower is taken in both markets.
        assert other.line == found.line
        return
    assert (other.fair[1], other.fair[0], *other.fair[2:]) == pytest.approx(found.fair, abs=1e-9)
    assert (other.books, other.families) == (found.books, found.families)


@few
@given(markets())
def test_a_consensus_lies_between_its_books(drawn: tuple) -> None:
    market, model, pairs, weights = drawn
    found = consensus(pairs, market, model, weights, at=4, minimum=1)
    assert found is not None
    assert sum(found.fair) == pytest.approx(1.0, abs=1e-12)
    placed = [fair for one in pairs if (fair := moved(one, found.line, model)) and len(fair) == len(found.fair)]
    if len(found.fair) == 2:
        assert min(fair[0] for fair in placed) - 1e-12 <= found.fair[0] <= max(fair[0] for fair in placed) + 1e-12
    assert 1.0 - 1e-12 <= found.effective <= found.families + 1e-9
    assert found.families <= found.books <= len(pairs)


@few
@given(markets(), st.lists(st.tuples(st.sampled_from(BOOKS), st.none() | st.tuples(probabilities, st.integers(-4, 4)))))
def test_a_board_says_what_the_consensus_of_its_pairs_says(drawn: tuple, changes: list) -> None:
    market, model, pairs, weights = drawn
    board = MarketBoard(market, model, weights, minimum=2)
    standing = {}
    for one in pairs:
        board.put(one)
        standing[one.book] = one
    base = 210 if market is Market.TOTALS else 0
    for at, (book, change) in enumerate([(pairs[0].book, None), *changes], start=4):
        if change is None:
            board.drop(book)
            standing.pop(book, None)
        else:
            p, point = change
            one = of(book, p, None if market is Market.H2H else base + point / 2, at)
            board.put(one)
            standing[book] = one
        for without in (None, "betonlineag", book):
            known = consensus(standing.values(), market, model, weights, at=at, without=without, minimum=2)
            assert board.consensus(at, without) == known
        assert board.pair(book) == standing.get(book)
    assert sorted(board.pairs) == sorted(standing.values())


# How much of the recordings has a consensus.


def coverage(name: str) -> dict[Market, tuple[int, int]]:
    """Pre-match event-polls that five families stand in, and how many of them have a consensus, by market."""
    polls = polls_of_csv(name)
    model = for_sport(polls[0].sport)
    models = {Market.H2H: None, Market.SPREADS: model.spreads, Market.TOTALS: model.totals}
    quotes: dict[tuple[str, Market], dict[str, dict[Side, Quote]]] = {}
    boards: dict[tuple[str, Market], MarketBoard] = {}
    verdicts: dict[tuple[str, Market], tuple[bool, bool]] = {}
    found: dict[Market, list[int]] = {market: [0, 0] for market in Market}
    for poll in polls:
        touched: dict[tuple[str, Market], set[str]] = {}
        for change in poll.changes:
            key = change.event, change.market
            sides = quotes.setdefault(key, {}).setdefault(change.book, {})
            if change.quote is None:
                sides.pop(change.side, None)
            else:
                sides[change.side] = change.quote
            touched.setdefault(key, set()).add(change.book)
        for key, books in touched.items():
            board = boards.setdefault(key, MarketBoard(key[1], models[key[1]], EQUAL))
            for book in books:
                one = pair(book, key[1], quotes[key][book], Method.MULTIPLICATIVE)
                if one is None:
                    board.drop(book)
                else:
                    board.put(one)
            families = {family_of(book) for book, sides in quotes[key].items() if sides}
            verdicts[key] = len(families) >= MIN_FAMILIES, board.consensus(poll.at) is not None
        for listed in poll.listed:
            if poll.at < listed.commences:
                for market in Market:
                    enough, there = verdicts.get((listed.event, market), (False, False))
                    found[market][0] += enough
                    found[market][1] += enough and there
    return {market: (standing, covered) for market, (standing, covered) in found.items()}


@needs_recordings
@pytest.mark.parametrize(
    ("name", "standing"),
    [("wnba_2026", 52_318), pytest.param("nfl_2025", 337_461, marks=pytest.mark.slow)],
)
def test_what_five_families_quote_has_a_consensus(name: str, standing: int) -> None:
    found = coverage(name)
    assert sum(quoted for quoted, _ in found.values()) == standing
    for market, (quoted, covered) in found.items():
        assert covered >= 0.95 * quoted, market
