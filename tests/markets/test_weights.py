"""Weights: what a document must say, and how they are measured."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.fitting import GAMES_LEAST, TooFewGames, as_text, fit
from markets.quotes import HOUR, MINUTE, Change, Listed, Market, Poll, Quote, Side
from markets.weights import EQUAL, FORMAT, BadWeights, Weights, read_weights
from tests.markets.recordings import moment, needs_recordings, polls_of_csv

NBA = "basketball_nba"
AFTER = moment("2026-08-01T00:00:00Z")
GOOD: dict[str, Any] = {
    "format": FORMAT,
    "sport": NBA,
    "source": "own polls",
    "games": 60,
    "first_start": "2026-07-14T23:00:00+00:00",
    "last_start": "2026-07-31T23:00:00+00:00",
    "half_life_seconds": None,
    "families": {"bovada": {"weight": 0.9, "rmse": 0.018, "games": 60}, "fanduel": {"weight": 1.1}},
}


def test_all_weigh_the_same_by_default() -> None:
    assert EQUAL.equal
    assert EQUAL.of("bovada", 10**15) == 1.0
    assert not Weights({"bovada": 2.0}).equal
    assert not Weights(half_life=1).equal


@pytest.mark.parametrize(
    ("family", "age", "weight"),
    [("bovada", 0, 2.0), ("bovada", 100, 1.0), ("bovada", 200, 0.5), ("bovada", -5, 2.0), ("betus", 100, 0.5)],
)
def test_a_weight_halves_every_half_life(family: str, age: int, weight: float) -> None:
    assert Weights({"bovada": 2.0}, half_life=100).of(family, age) == weight


def test_a_document_gives_its_weights_and_says_where_they_are_from() -> None:
    weights = read_weights(json.dumps(GOOD), sport=NBA, before=AFTER)
    assert dict(weights.families) == {"bovada": 0.9, "fanduel": 1.1}
    assert weights.half_life is None
    assert weights.provenance == "60 games, 2026-07-14 to 2026-07-31: own polls"
    fading = read_weights(json.dumps(GOOD | {"half_life_seconds": 1.5}), sport=NBA, before=AFTER)
    assert fading.half_life == 1_500_000


@pytest.mark.parametrize(
    ("before", "refused"),
    [("2026-07-31T23:00:00Z", True), ("2026-07-20T00:00:00Z", True), ("2026-07-31T23:00:01Z", False)],
)
def test_a_replay_cannot_use_what_its_own_games_measured(before: str, refused: bool) -> None:
    text = json.dumps(GOOD)
    if refused:
        with pytest.raises(BadWeights, match="last_start must be before"):
            read_weights(text, sport=NBA, before=moment(before))
    else:
        assert not read_weights(text, sport=NBA, before=moment(before)).equal


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name != key}


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[" * 100_000, "JSON"),
        ("9" * 5_000, "JSON"),
        ("[]", "format"),
        ("1e999", "format"),
        (" " * 1_000_001, "characters"),
        (without("format"), "format"),
        (GOOD | {"format": "stakepro-book-weights-2"}, "format"),
        (GOOD | {"sport": "basketball_wnba"}, "sport"),
        (GOOD | {"games": True}, "games"),
        (GOOD | {"games": 0}, "games"),
        (GOOD | {"games": 10**400}, "games"),
        (without("first_start"), "first_start"),
        (GOOD | {"first_start": "2026-07-14T23:00:00"}, "first_start"),  # no time zone
        (GOOD | {"first_start": 5}, "first_start"),
        (GOOD | {"first_start": "0001-01-01T00:00:00+23:59"}, "first_start"),
        (GOOD | {"last_start": "\ud800"}, "last_start"),
        (GOOD | {"last_start": "2026-07-14T22:00:00+00:00"}, "first_start"),
        (GOOD | {"source": ""}, "source"),
        (GOOD | {"source": "a\x00b"}, "source"),
        (GOOD | {"source": "x" * 501}, "source"),
        (GOOD | {"half_life_seconds": 0}, "half_life_seconds"),
        (GOOD | {"half_life_seconds": float("nan")}, "half_life_seconds"),
        (GOOD | {"half_life_seconds": float("inf")}, "half_life_seconds"),
        (GOOD | {"half_life_seconds": 10**400}, "half_life_seconds"),
        (without("families"), "families"),
        (GOOD | {"families": {}}, "families"),
        (GOOD | {"families": {str(i): {"weight": 1} for i in range(1_001)}}, "families"),
        (GOOD | {"families": {"Bad name": {"weight": 1}}}, "families"),
        (GOOD | {"families": {"bovada": 1}}, "families.bovada"),
        (GOOD | {"families": {"bovada": {"weight": "1"}}}, "families.bovada.weight"),
        (GOOD | {"families": {"bovada": {"weight": True}}}, "families.bovada.weight"),
        (GOOD | {"families": {"bovada": {"weight": -1}}}, "families.bovada.weight"),
        (GOOD | {"families": {"bovada": {"weight": float("nan")}}}, "families.bovada.weight"),
        (GOOD | {"families": {"bovada": {"weight": 10**400}}}, "families.bovada.weight"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(document: str | dict[str, Any], named: str) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(BadWeights, match=named):
        read_weights(text, sport=NBA, before=AFTER)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(GOOD)), json_values)
def test_no_value_is_an_error_of_ours(key: str, value: object) -> None:
    """What is no weights document is refused, and what is one gives weights that can be reckoned with."""
    try:
        weights = read_weights(json.dumps(GOOD | {key: value}), sport=NBA, before=AFTER)
    except BadWeights:
        return
    assert weights.families
    assert all(0 < weights.of(family, 0) <= 100 for family in weights.families)


# Measuring.

# Each book's home probability six hours before the start; it closes at 0.5 everywhere.
EARLY = {"bovada": 0.52, "fanduel": 0.54, "betmgm": 0.50 + 0.02 * 2**0.5}


def quotes(event: str, book: str, p: float) -> list[Change]:
    sides = ((Side.AWAY, 1 - p), (Side.HOME, p))
    return [Change(event, book, Market.H2H, side, Quote(None, 1 / (share * 1.05), None, None)) for side, share in sides]


def game(number: int, first: int, early: dict[str, float], close: float = 0.5) -> list[Poll]:
    """A day with one game: opened, priced seven hours before its start, closed half an hour before it."""
    event, start = f"game{number}", first + number * 24 * HOUR + 12 * HOUR
    listed = (Listed(event, "Home", "Away", start),)
    books = sorted(early)
    return [
        Poll(NBA, start - 10 * HOUR, listed, tuple(c for book in books for c in quotes(event, book, 0.9))),
        Poll(
            NBA, start - 6 * HOUR - MINUTE, listed, tuple(c for book in books for c in quotes(event, book, early[book]))
        ),
        Poll(NBA, start - 30 * MINUTE, listed, tuple(c for book in books for c in quotes(event, book, close))),
        # What happens from the start on is not looked at.
        Poll(NBA, start, listed, tuple(c for book in books for c in quotes(event, book, 0.01))),
    ]


def season(games: int, early: dict[str, float] | None = None, first: int = 0) -> list[Poll]:
    return [poll for number in range(games) for poll in game(number, first, early or EARLY)]


def test_a_weight_is_one_over_the_mean_square_error() -> None:
    document = fit(season(GAMES_LEAST), before=100 * 24 * HOUR, source="invented")
    assert document["games"] == GAMES_LEAST
    rmse = {family: measured["rmse"] for family, measured in document["families"].items()}
    assert rmse == pytest.approx({"bovada": 0.02, "fanduel": 0.04, "betmgm": 0.028284}, abs=2e-6)
    # 1 to ¼ to ½, with a mean of 1.
    weight = {family: measured["weight"] for family, measured in document["families"].items()}
    assert weight == pytest.approx({"bovada": 12 / 7, "fanduel": 3 / 7, "betmgm": 6 / 7}, abs=2e-6)
    assert document["first_start"] == "1970-01-01T12:00:00+00:00"
    assert document["last_start"] == "1970-01-20T12:00:00+00:00"
    weights = read_weights(as_text(document), sport=NBA, before=moment(document["last_start"]) + 1)
    assert dict(weights.families) == weight


def test_no_later_game_has_a_say() -> None:
    before = season(GAMES_LEAST)
    later = [
        poll
        for number in range(GAMES_LEAST, GAMES_LEAST + 10)
        for poll in game(number, 0, {"bovada": 0.9, "fanduel": 0.5, "betmgm": 0.1})
    ]
    cut = GAMES_LEAST * 24 * HOUR
    assert fit(before + later, before=cut, source="invented") == fit(before, before=cut, source="invented")
    assert fit(before + later, before=2 * cut, source="invented")["games"] == GAMES_LEAST + 10


def test_a_game_put_off_beyond_the_cut_is_after_it() -> None:
    polls = season(GAMES_LEAST)
    cut = GAMES_LEAST * 24 * HOUR
    put_off = polls[-2]._replace(listed=(Listed("game0", "Home", "Away", cut),))
    with pytest.raises(TooFewGames):
        fit([*polls[:-2], put_off, polls[-1]], before=cut, source="invented")


@pytest.mark.parametrize(
    "polls",
    [
        [],
        season(GAMES_LEAST - 1),
        season(GAMES_LEAST, {"bovada": 0.5, "fanduel": 0.5}),  # two families make no close
        season(GAMES_LEAST, {"bovada": 0.5, "betonlineag": 0.5, "lowvig": 0.5}),  # nor do twins
        [poll for poll in season(GAMES_LEAST) if poll.at % (24 * HOUR) != 6 * HOUR - MINUTE],  # no poll near enough
    ],
)
def test_too_few_games_give_no_weights(polls: list[Poll]) -> None:
    with pytest.raises(TooFewGames):
        fit(polls, before=100 * 24 * HOUR, source="invented")


def test_no_family_weighs_more_than_four_times_the_mean() -> None:
    document = fit(
        season(GAMES_LEAST, {"a": 0.5001, "b": 0.6, "c": 0.6, "d": 0.6, "e": 0.6, "f": 0.6}),
        before=100 * 24 * HOUR,
        source="invented",
    )
    assert {measured["weight"] for measured in document["families"].values()} == {4.0, 0.25}


@needs_recordings
def test_the_recorded_books_errors() -> None:
    polls = polls_of_csv("wnba_2026")
    document = fit(polls, before=polls[-1].at, source="kevbowl/odds-fetcher, odds/wnba.json")
    rmse = {family: measured["rmse"] for family, measured in document["families"].items()}
    assert document["games"] == 60
    assert min(rmse, key=rmse.__getitem__) == "draftkings"
    assert max(rmse, key=rmse.__getitem__) == "betrivers"
    assert (rmse["draftkings"], rmse["betrivers"]) == pytest.approx((0.0152, 0.0208), abs=5e-5)
    with pytest.raises(BadWeights, match="last_start"):
        read_weights(as_text(document), sport="basketball_wnba", before=polls[0].at)
