"""What a body changes of what stood, and that nothing else does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.bodies import Body, Key, apply, diff, in_order, parse
from markets.quotes import MINUTE, STALE_AFTER, Change, Market, Quote, Side, from_micros
from tests.markets.bodies import AT, SPORT, book, event, market, outcome
from tests.markets.recordings import needs_recordings, polls_of_csv, raw_polls


def body_of(*events: Any) -> Body:
    return parse(list(events), sport=SPORT)


def one(price: int = -110, point: float = -3.5, updated: int = AT, key: str = "fanduel") -> dict[str, Any]:
    quoted = market("spreads", outcome("Dream", price, point), updated=from_micros(updated).isoformat())
    return event(books=[book(key, markets=[quoted])])


KEY: Key = ("e1", "fanduel", Market.SPREADS, Side.HOME)
QUOTE = Quote(-3.5, 1 + 100 / 110, -110, AT)
LATE = AT + STALE_AFTER + 1


@pytest.mark.parametrize(
    ("standing", "body", "at", "expected"),
    [
        ({}, one(), AT, [QUOTE]),
        ({KEY: QUOTE}, one(), AT, []),
        ({KEY: QUOTE}, one(updated=AT + MINUTE), AT + MINUTE, []),  # confirmed at the same line and price
        ({KEY: QUOTE}, one(price=-125), AT, [QUOTE._replace(price=1.8, american=-125)]),
        ({KEY: QUOTE}, one(point=-4), AT, [QUOTE._replace(point=-4.0)]),
        ({KEY: QUOTE}, one(), AT + STALE_AFTER, []),
        ({KEY: QUOTE}, one(), LATE, [QUOTE._replace(stale=True)]),
        ({}, one(), LATE, [QUOTE._replace(stale=True)]),
        ({KEY: QUOTE._replace(stale=True)}, one(), LATE + MINUTE, []),
        ({KEY: QUOTE._replace(stale=True)}, one(updated=LATE), LATE, [QUOTE._replace(updated=LATE)]),
        ({KEY: QUOTE}, one(updated=AT + MINUTE), AT, []),  # the provider's clock is ahead of ours
        ({KEY: QUOTE}, event(books=[]), AT, [None]),
        ({KEY: QUOTE}, event(books=[book("fanduel", markets=[])]), AT, [None]),
        ({KEY: QUOTE}, event("e2", books=[]), AT, []),  # silence is not absence
        ({}, event(books=[]), AT, []),
    ],
)
def test_it_says_what_changed(standing: dict[Key, Quote], body: Any, at: int, expected: list[Quote | None]) -> None:
    poll = diff(standing, body_of(body), at)
    assert poll.changes == tuple(Change(*KEY, quote) for quote in expected)
    assert (poll.sport, poll.at) == (SPORT, at)
    assert [each.event for each in poll.listed] == [body["id"]]


def test_a_quote_that_the_provider_never_dates_is_never_stale() -> None:
    undated = {"key": "b", "markets": [{"key": "h2h", "outcomes": [outcome("Dream", -110)]}]}
    (change,) = diff({}, body_of(event(books=[undated])), AT + 10**12).changes
    assert change.quote == Quote(None, 1 + 100 / 110, -110, None)


def test_a_quote_that_cannot_be_read_no_longer_stands() -> None:
    broken = event(books=[book(markets=[market("spreads", outcome("Dream", "-110", -3.5))])])
    assert diff({KEY: QUOTE}, body_of(broken), AT).changes == (Change(*KEY, None),)


def test_changes_are_in_one_order() -> None:
    totals = market("totals", outcome("Under", -110, 9), outcome("Over", -110, 9))
    books = [book(key, markets=[totals, market("h2h", outcome("Dream", 120))]) for key in ("b", "a")]
    changes = diff({}, body_of(event("e2", books=books), event("e1", books=books)), AT).changes
    assert list(changes) == sorted(changes, key=in_order)
    assert [change[:4] for change in changes[:4]] == [
        ("e1", "a", Market.H2H, Side.HOME),
        ("e1", "b", Market.H2H, Side.HOME),
        ("e1", "a", Market.TOTALS, Side.OVER),
        ("e1", "a", Market.TOTALS, Side.UNDER),
    ]


PRICES = st.sampled_from([-110, 100, 250])
MARKETS = st.builds(
    lambda price, point, ago: market(
        "spreads",
        outcome("Dream", price, point),
        outcome("Mercury", price, -point),
        updated=from_micros(AT - ago).isoformat(),
    ),
    PRICES,
    st.sampled_from([-3.5, 0, 2.25]),
    st.integers(0, 2 * STALE_AFTER),
)
BOOKS = st.lists(st.builds(book, st.sampled_from("abc"), markets=st.lists(MARKETS, max_size=1)), max_size=3)
BODIES = st.lists(st.builds(event, st.sampled_from(["e1", "e2", "e3"]), books=BOOKS), max_size=3).map(
    lambda events: body_of(*events)
)


@given(st.lists(st.tuples(BODIES, st.integers(0, STALE_AFTER)), max_size=6))
def test_what_is_applied_is_what_the_bodies_say(bodies: list[tuple[Body, int]]) -> None:
    standing: dict[Key, Quote] = {}
    at = AT
    for body, later in bodies:
        at += later
        before = dict(standing)
        apply(standing, diff(standing, body, at).changes)
        listed = {each.event for each in body.listed}
        assert {key: quote[:2] for key, quote in standing.items() if key[0] in listed} == {
            key: quote[:2] for key, quote in body.quotes.items()
        }
        assert {key: quote for key, quote in standing.items() if key[0] not in listed} == {
            key: quote for key, quote in before.items() if key[0] not in listed
        }
        assert diff(standing, body, at).changes == ()


@needs_recordings
def test_the_recorded_evening_changes_what_its_table_of_changes_says() -> None:
    """The table was made of the same bodies by somebody else; it has no stale quotes, and so they are left apart."""
    recorded = {poll.at: poll for poll in polls_of_csv("wnba_2026")}
    evening = list(raw_polls())
    standing: dict[Key, Quote] = {}
    for poll in recorded.values():
        if poll.at < evening[0][0]:
            apply(standing, poll.changes)
    total = 0
    for at, payload in evening:
        body = body_of(*payload)
        assert body.skipped.total == 0
        fresh = body._replace(quotes={key: quote._replace(updated=at) for key, quote in body.quotes.items()})
        poll = diff(standing, fresh, at)
        expected = sorted(recorded[at].changes, key=in_order)
        assert [(*change[:4], change.quote and change.quote[:3]) for change in poll.changes] == [
            (*change[:4], change.quote and change.quote[:3]) for change in expected
        ]
        assert [body.quotes[change[:4]].updated for change in expected if change.quote] == [
            change.quote.updated for change in expected if change.quote
        ]
        total += len(expected)
        apply(standing, poll.changes)
    assert (len(evening), total) == (100, 4_414)


@needs_recordings
def test_few_quotes_of_the_recorded_evening_grow_stale() -> None:
    standing: dict[Key, Quote] = {}
    stale = confirmed = 0
    for at, payload in raw_polls():
        poll = diff(standing, body_of(*payload), at)
        for change in poll.changes:
            old = standing.get(change[:4])
            stale += bool(change.quote and change.quote.stale)
            confirmed += bool(old and old.stale and change.quote and not change.quote.stale)
        apply(standing, poll.changes)
    assert (stale, confirmed) == (122, 0)


def test_the_sides_of_a_market_are_changed_one_by_one() -> None:
    both = market("h2h", outcome("Dream", 1.5), outcome("Mercury", 2.75))
    moved = market("h2h", outcome("Dream", 1.5), outcome("Mercury", 2.7))
    standing: dict[Key, Quote] = {}
    apply(standing, diff(standing, body_of(event(books=[book(markets=[both])])), AT).changes)
    (change,) = diff(standing, body_of(event(books=[book(markets=[moved])])), AT).changes
    assert (change.side, change.quote and change.quote.price) == (Side.AWAY, 2.7)
