"""Bodies of the provider are read strictly, and what cannot be read is left out by name."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.bodies import BODY_BYTES_MAX, EVENTS_MAX, BadBody, Body, parse
from markets.odds import Format
from markets.quotes import Listed, Market, Quote, Side
from tests.markets.bodies import AT, SPORT, TEXT, book, event, market, outcome
from tests.markets.recordings import ODDS_API, needs_recordings


def read(*events: Any, **options: Any) -> Body:
    return parse(json.dumps(events), sport=SPORT, **options)


def test_it_works() -> None:
    body = read(
        event(books=[book(markets=[market("spreads", outcome("Mercury", -125, 3.5), outcome("Dream", -200, -3.5))])])
    )
    assert body.listed == (Listed("e1", "Dream", "Mercury", AT),)
    assert body.quotes == {
        ("e1", "fanduel", Market.SPREADS, Side.AWAY): Quote(3.5, 1.8, -125, AT),
        ("e1", "fanduel", Market.SPREADS, Side.HOME): Quote(-3.5, 1.5, -200, AT),
    }
    assert body.titles == {"fanduel": "FanDuel"}
    assert body.skipped.total == 0
    assert (body.taken, body.previous, body.next) == (None, None, None)


def test_it_reads_a_draw_and_totals() -> None:
    body = read(
        event(
            books=[
                book(
                    markets=[
                        market("h2h", outcome("Dream", 2.5), outcome("Draw", 3.2), outcome("Mercury", 2.9)),
                        market("totals", outcome("Over", 1.91, 2.25), outcome("Under", 1.91, 2.25)),
                    ]
                )
            ]
        )
    )
    assert {(key[2], key[3]): quote.price for key, quote in body.quotes.items()} == {
        (Market.H2H, Side.HOME): 2.5,
        (Market.H2H, Side.DRAW): 3.2,
        (Market.H2H, Side.AWAY): 2.9,
        (Market.TOTALS, Side.OVER): 1.91,
        (Market.TOTALS, Side.UNDER): 1.91,
    }
    assert all(quote.american is None for quote in body.quotes.values())


@pytest.mark.parametrize(
    ("prices", "style", "read_as"),
    [
        ([-110, -110], None, [-110, -110]),
        ([150, -180], None, [150, -180]),
        ([-110.0, 100], None, [-110, 100]),
        ([1.91, 1.91], None, [None, None]),
        ([150, 1.002], None, [None, None]),  # a long shot in decimal odds
        ([150, 180], None, [150, 180]),
        ([150, 180], Format.DECIMAL, [None, None]),
        ([-110, 1.91], None, [-110]),  # one broken price does not turn the others
        ([-110, -110, 1.91, 1.91, 1.91], None, [None, None, None]),
    ],
)
def test_it_knows_the_odds_format(prices: list[float], style: Format | None, read_as: list[int | None]) -> None:
    books = [book(f"b{n}", markets=[market("h2h", outcome("Dream", price))]) for n, price in enumerate(prices)]
    body = read(event(books=books), style=style)
    assert [quote.american for quote in body.quotes.values()] == read_as


@pytest.mark.parametrize(
    ("on_book", "on_market", "updated"),
    [
        ("2026-08-05T16:59:00Z", "2026-08-05T17:00:00Z", AT),
        ("2026-08-05T17:00:00Z", None, AT),
        (None, "2026-08-05T17:00:00Z", AT),
        (None, AT // 1_000_000, AT),
        (None, "2026-08-05T10:00:00-07:00", AT),
        (None, None, None),
        (None, "2026-08-05T17:00:00", None),
        (None, "yesterday", None),
        (None, "9" * 10_000, None),
        (None, 10**400, None),
        (None, True, None),
        (None, "0001-01-01T00:00:00+14:00", None),
    ],
)
def test_it_takes_the_markets_moment_before_the_books(on_book: Any, on_market: Any, updated: int | None) -> None:
    quoted = {"key": "h2h", "outcomes": [outcome("Dream", -110)], "last_update": on_market}
    body = read(event(books=[{"key": "fanduel", "last_update": on_book, "markets": [quoted]}]))
    assert [quote.updated for quote in body.quotes.values()] == [updated]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"id": None}, "an event without a usable id"),
        ({"id": ""}, "an event without a usable id"),
        ({"id": "x" * 65}, "an event without a usable id"),
        ({"id": "a\x00b"}, "an event without a usable id"),
        ({"id": "a\ud800"}, "an event without a usable id"),
        ({"id": 7}, "an event without a usable id"),
        ({"home_team": None}, "an event without two teams"),
        ({"away_team": "x\u202ey"}, "an event without two teams"),
        ({"away_team": "Dream"}, "an event whose teams have one name"),
        ({"commence_time": None}, "an event without a start"),
        ({"commence_time": "2026-08-05T17:00:00"}, "an event without a start"),
        ({"sport_key": "icehockey_nhl"}, "an event of another sport"),
        ({"sport_key": ["icehockey_nhl"]}, "an event of another sport"),
        ({"bookmakers": None}, "an event without a list of books"),
        ({"bookmakers": {}}, "an event without a list of books"),
    ],
)
def test_it_leaves_a_broken_event_out(change: dict[str, Any], reason: str) -> None:
    body = read(event() | change, event("e2"))
    assert [each.event for each in body.listed] == ["e2"]
    assert body.skipped.counts == {reason: 1}
    assert body.skipped.examples == (f"event 1: {reason}",)


@pytest.mark.parametrize("given", [None, 1, "event", ["event"], True])
def test_it_leaves_out_what_is_no_event(given: Any) -> None:
    body = read(given, event())
    assert len(body.listed) == 1
    assert body.skipped.counts == {"an event that is no object": 1}


@pytest.mark.parametrize(
    ("price", "point", "reason"),
    [
        (float("nan"), 1.5, "a price that is none"),
        (float("inf"), 1.5, "a price that is none"),
        ("-110", 1.5, "a price that is none"),
        ("\N{MINUS SIGN}110", 1.5, "a price that is none"),
        (None, 1.5, "a price that is none"),
        (True, 1.5, "a price that is none"),
        ([], 1.5, "a price that is none"),
        (0, 1.5, "a price that is none"),
        (-99, 1.5, "a price that is none"),
        (-110.5, 1.5, "a price that is none"),
        (10**400, 1.5, "a price that is none"),
        (-(10**9), 1.5, "a price that is none"),
        (-110, None, "a line without a number"),
        (-110, "3.5", "a line without a number"),
        (-110, False, "a line without a number"),
        (-110, float("nan"), "a line that no game has"),
        (-110, float("-inf"), "a line that no game has"),
        (-110, 10**400, "a line that no game has"),
        (-110, 3.3, "a line that is not in quarters"),
    ],
)
def test_it_leaves_a_broken_quote_out(price: Any, point: Any, reason: str) -> None:
    body = read(
        event(books=[book(markets=[market("spreads", outcome("Dream", price, point), outcome("Mercury", -110, 2))])])
    )
    assert [key[3] for key in body.quotes] == [Side.AWAY]
    assert body.skipped.counts == {reason: 1}


@pytest.mark.parametrize(
    ("books", "reason", "left"),
    [
        ([book(), book()], "a book that was listed before", 2),
        ([book(None)], "a book without a usable key", 0),
        ([book("x\x00")], "a book without a usable key", 0),
        ([book("x" * 61)], "a book without a usable key", 0),
        ([None], "a book without a usable key", 0),
        ([{"key": "b", "markets": None}], "markets that are no list", 0),
        ([{"key": "b", "markets": [{"key": "h2h", "outcomes": 1}]}], "outcomes that are no list", 0),
        ([book(markets=[market("h2h_lay", outcome("Dream", -110))])], "a market that is not followed", 0),
        ([book(markets=[{"key": ["h2h"]}, 3])], "a market that is not followed", 0),
        ([book(markets=[market("h2h"), market("h2h", outcome("Dream", -110))])], "a market that was listed before", 0),
        ([book(markets=[market("h2h", outcome("Dream", -110), outcome("Dream", -120))])],
         "an outcome that was listed before", 1),
        ([book(markets=[market("h2h", outcome("Over", -110))])], "an outcome of another name", 0),
        ([book(markets=[market("totals", outcome("over", -110, 9))])], "an outcome of another name", 0),
        ([book(markets=[market("spreads", outcome("Draw", -110, 0))])], "an outcome of another name", 0),
        ([book(markets=[market("h2h", outcome({}, -110))])], "an outcome of another name", 0),
        ([book(markets=[market("h2h", "Dream")])], "an outcome that is no object", 0),
    ],
)  # fmt: skip
def test_it_leaves_a_broken_part_out(books: list[Any], reason: str, left: int) -> None:
    body = read(event(books=books))
    assert reason in body.skipped.counts
    assert len(body.quotes) == left
    assert len(body.listed) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"\xff\xfe", b"null", b"1", b'"x"', b"NaN", b"{}", b"[" * 200_000, b"1" * 5_000,
        b'{"message": "x", "error_code": "INVALID_KEY"}', b'{"data": []}',
        b'{"data": 3, "timestamp": "2026-08-05T17:00:00Z"}',
        b'{"data": [], "timestamp": "NaN"}', b" " * (BODY_BYTES_MAX + 1), json.dumps([1] * (EVENTS_MAX + 1)),
    ],
    ids=range(16),
)  # fmt: skip
def test_it_refuses_what_is_no_list_of_events(raw: bytes | str) -> None:
    with pytest.raises(BadBody, match=r"^The body.*\.$"):
        parse(raw, sport=SPORT)


@pytest.mark.parametrize("data", [[event()], event()], ids=["list", "object"])
def test_it_reads_a_historical_answer(data: Any) -> None:
    wrapped = {
        "timestamp": "2026-08-05T17:00:00Z",
        "previous_timestamp": "2026-08-05T16:55:00Z",
        "next_timestamp": None,
        "data": data,
    }
    body = parse(json.dumps(wrapped), sport=SPORT)
    assert len(body.listed) == 1
    assert (body.taken, body.previous, body.next) == (AT, AT - 300_000_000, None)


def test_a_historical_answer_may_be_empty() -> None:
    body = parse('{"timestamp": "2026-08-05T17:00:00Z", "data": null}', sport=SPORT)
    assert (body.listed, body.quotes) == ((), {})


def test_examples_are_few_whatever_is_sent() -> None:
    body = read(*[None] * 1_000)
    assert body.skipped.total == 1_000
    assert len(body.skipped.examples) == 20


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "key", "price", "point", "name", "bookmakers", "markets", "outcomes", "data"]), inner
        )
    ),
    max_leaves=20,
)


@settings(max_examples=40)
@given(st.lists(JSON | st.builds(event, books=st.lists(JSON | st.builds(book, markets=st.lists(JSON))))))
def test_nothing_that_is_sent_breaks_it(events: list[Any]) -> None:
    body = parse(json.dumps(events), sport=SPORT)
    assert set(body.titles) >= {key[1] for key in body.quotes}
    assert all(quote.price > 1 for quote in body.quotes.values())


@needs_recordings
@pytest.mark.parametrize(
    ("name", "sport", "events", "quotes"),
    [
        ("odds_ncaaf_20260808T191529Z.json.gz", "americanfootball_ncaaf", 126, 3_942),
        ("odds_mlb_20260808T191529Z.json.gz", "baseball_mlb", 25, 1_168),
        ("odds_nfl_20251123T172412Z.json.gz", "americanfootball_nfl", 29, 1_332),
    ],
)
def test_it_reads_recorded_bodies(name: str, sport: str, events: int, quotes: int) -> None:
    body = parse(gzip.decompress((ODDS_API / name).read_bytes()), sport=sport)
    assert (len(body.listed), len(body.quotes), body.skipped.total) == (events, quotes, 0)


@needs_recordings
@pytest.mark.parametrize(
    ("name", "sport", "quotes", "skipped"),
    [
        ("docs_odds_nfl_12books.json", "americanfootball_nfl", None, set()),
        ("docs_historical_odds_nfl.json", "americanfootball_nfl", None, set()),
        ("docs_historical_event_odds_nba.json", "basketball_nba", 0, {"a market that is not followed"}),
        ("docs_event_odds_player_pass_tds.json", "americanfootball_nfl", 0, {"a market that is not followed"}),
        ("docs_events_nfl.json", "americanfootball_nfl", 0, {"an event without a list of books"}),
    ],
)
def test_it_reads_the_providers_own_examples(name: str, sport: str, quotes: int | None, skipped: set[str]) -> None:
    body = parse((ODDS_API / name).read_bytes(), sport=sport)
    assert set(body.skipped.counts) == skipped
    assert len(body.quotes) == quotes if quotes is not None else len(body.quotes) >= 4
