"""Markets from a seed: the same every time, and such as real ones are."""

import hashlib
import json
import re
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from markets.odds import read_american
from markets.quotes import HOUR, MINUTE, SECOND, from_micros, to_micros
from markets.simulator import Generated
from markets.simulator.books import BOOKS
from markets.simulator.path import Path
from markets.simulator.quoting import american
from markets.simulator.slate import DAY, Fixture, Slate
from markets.simulator.sports import SPORTS

BEGINS = datetime(2026, 1, 10, 17, tzinfo=UTC)
FIRST_DAY = to_micros(BEGINS) // DAY
SEED = 3


@cache
def source(sport: str) -> Generated:
    """A sport with a game or two a day; what tests ask of it is computed once."""
    return Generated(SEED, [sport], games=2 if sport == "basketball_nba" else 1)


def text(generated: Generated, sport: str, minutes: int) -> str:
    """A poll, so many minutes after the start, as JSON."""
    found = generated.snapshot(sport, generated.begins + minutes * MINUTE)
    assert found is not None
    return json.dumps(found.events)


def quotes(sport: str, minutes: int) -> list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Every market of every book of a poll: event, book, market."""
    found = source(sport).snapshot(sport, source(sport).begins + minutes * MINUTE)
    assert found is not None
    return [
        (event, book, market) for event in found.events for book in event["bookmakers"] for market in book["markets"]
    ]


def listed_games() -> list[Fixture]:
    """The basketball games of the first poll."""
    nba = source("basketball_nba")
    return [game for game in nba.fixtures("basketball_nba", nba.begins) if game.is_listed(nba.begins)]


def chances(market: dict[str, Any]) -> list[float]:
    """What the prices of a market come to as probabilities, the hold included."""
    return [float(1 / read_american(outcome["price"])) for outcome in market["outcomes"]]


def test_the_same_seed_gives_the_same_polls_in_any_order() -> None:
    sport = "icehockey_nhl"
    one, other = (Generated(5, [sport], games=1) for _ in range(2))
    moments = [0, 35, 360, 470, 600]
    forth = [text(one, sport, minutes) for minutes in moments]
    back = [text(other, sport, minutes) for minutes in reversed(moments)]
    assert forth == back[::-1]
    assert len(set(forth)) == len(moments)
    assert text(Generated(6, [sport], games=1), sport, 0) != forth[0]


def test_a_seed_gives_the_same_bytes_on_every_machine() -> None:
    generated = Generated(2026, ["baseball_mlb", "soccer_epl"], games=1)
    polls = [text(generated, sport, 90) for sport in ("baseball_mlb", "soccer_epl")]
    assert hashlib.sha256("".join(polls).encode()).hexdigest()[:16] == "46219b992aa6121e"


def test_another_sport_beside_it_changes_nothing() -> None:
    alone = Generated(5, ["icehockey_nhl"], games=1)
    beside = Generated(5, ["soccer_epl", "icehockey_nhl"], games=1)
    assert text(alone, "icehockey_nhl", 60) == text(beside, "icehockey_nhl", 60)


@pytest.mark.parametrize("sport", SPORTS)
def test_prices_are_what_books_quote(sport: str) -> None:
    seen: Counter[str] = Counter()
    for event, book, market in quotes(sport, 30):
        prices = [outcome["price"] for outcome in market["outcomes"]]
        assert all(isinstance(price, int) and abs(price) >= 100 for price in prices)
        assert 1.03 < sum(chances(market)) < 1.07, (book["key"], prices)
        points = [outcome.get("point") for outcome in market["outcomes"]]
        names = [outcome["name"] for outcome in market["outcomes"]]
        if market["key"] == "h2h":
            assert points == [None] * len(prices)
            assert names == sorted([event["home_team"], event["away_team"]]) + ["Draw"] * SPORTS[sport].draws
        else:
            assert all(2 * point == int(2 * point) for point in points)
            assert points[0] == (-points[1] if market["key"] == "spreads" else points[1])
        seen[market["key"]] += 1
    assert set(seen) == {"h2h", "spreads", "totals"}


@pytest.mark.parametrize("sport", SPORTS)
def test_books_hold_nearly_the_same_for_fair(sport: str) -> None:
    by_event: dict[str, list[float]] = {}
    for event, _, market in quotes(sport, 45):
        if market["key"] == "h2h":
            parts = chances(market)
            by_event.setdefault(event["id"], []).append(parts[0] / sum(parts))
    full = [fair for fair in by_event.values() if len(fair) >= 8]  # some have only just opened
    assert full
    for fair in full:
        assert max(fair) - min(fair) < 0.06


def test_a_family_quotes_alike_and_others_differ() -> None:
    def of(book: str) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
        return {
            (event["id"], market["key"]): [(one["price"], one.get("point")) for one in market["outcomes"]]
            for event, other, market in quotes("basketball_nba", 200)
            if other["key"] == book
        }

    lowvig, betonline, fanduel = of("lowvig"), of("betonlineag"), of("fanduel")
    assert lowvig.keys() == betonline.keys()
    for key, prices in lowvig.items():
        assert [point for _, point in prices] == [point for _, point in betonline[key]]
        if key[1] == "h2h":
            assert prices == betonline[key]
    assert any(lowvig[key] != fanduel[key] for key in lowvig.keys() & fanduel.keys())


def test_followers_come_after_the_leader() -> None:
    """After the largest move of a game's last six hours, books change their quotes in the order of their lags."""
    generated, arrived = source("basketball_nba"), []
    for game in listed_games():
        path = generated.path(game)
        late = [pair for pair in pairwise(path.ticks) if 0 < game.starts - pair[1].at < 6 * HOUR]
        before, after = max(late, key=lambda pair: abs(pair[1].total - pair[0].total))
        timelines = dict(zip((book.key for book in BOOKS), generated.timelines(game), strict=True))
        for key, timeline in timelines.items():
            changed = [since for since, _ in timeline.history if since > before.at]
            arrived.append((key, (changed[0] - after.at) / SECOND))
    mean = {
        key: sum(lag for name, lag in arrived if name == key) / sum(name == key for name, _ in arrived)
        for key in ("lowvig", "draftkings", "mybookieag")
    }
    assert mean["lowvig"] < mean["draftkings"] < mean["mybookieag"]


def test_the_ages_of_quotes_are_those_of_real_polls() -> None:
    generated, ages = source("basketball_nba"), []
    for minutes in range(0, 24 * 60, 7):
        at = generated.begins + minutes * MINUTE
        ages += [(at - generated.read_at(f"event {number}", "book", at)) / SECOND for number in range(40)]
    ages.sort()
    tenth, median, most = (ages[int(len(ages) * share)] for share in (0.1, 0.5, 0.99))
    assert 3 <= tenth <= 8
    assert 28 <= median <= 40
    assert 350 <= most <= 520


def test_what_is_shown_is_what_stood_when_it_was_read() -> None:
    """A quote and its `last_update` go together: the same time of reading never shows two boards."""
    seen: dict[tuple[str, str, str], str] = {}
    reads: dict[tuple[str, str], str] = {}
    for minutes in range(0, 90, 3):
        for event, book, market in quotes("soccer_epl", minutes):
            key = (event["id"], book["key"], f"{market['key']} {book['last_update']}")
            assert seen.setdefault(key, json.dumps(market)) == json.dumps(market)
            assert reads.get((event["id"], book["key"]), "") <= book["last_update"]
            reads[event["id"], book["key"]] = book["last_update"]


def test_about_as_much_changes_as_in_real_polls() -> None:
    """Of a recorded evening's quotes before the start, 4.9 % were other than five minutes earlier."""
    changed = total = 0
    before: dict[tuple[str, str, str], Any] = {}
    for minutes in range(0, 300, 5):
        now = {
            (event["id"], book["key"], market["key"]): market["outcomes"]
            for event, book, market in quotes("basketball_wnba", minutes)
        }
        total += len(before.keys() & now.keys())
        changed += sum(before[key] != now[key] for key in before.keys() & now.keys())
        before = now
    assert 0.015 < changed / total < 0.1


def test_games_are_listed_start_run_and_go() -> None:
    sport = "basketball_nba"
    generated = source(sport)
    game = next(one for one in listed_games() if one.starts > generated.begins + HOUR)

    def listed(at: int) -> dict[str, Any] | None:
        snapshot = generated.snapshot(sport, at)
        assert snapshot is not None
        return next((event for event in snapshot.events if event["id"] == game.id), None)

    assert listed(game.listed - SECOND) is None
    before, running = listed(game.starts - 5 * MINUTE), listed(game.starts + 20 * MINUTE)
    assert before is not None
    assert running is not None
    assert len(before["bookmakers"]) >= 9
    assert running["commence_time"] == from_micros(game.starts).strftime("%Y-%m-%dT%H:%M:%SZ")
    in_play = {book["key"] for book in running["bookmakers"]}
    assert in_play <= {book.key for book in BOOKS if book.in_play}
    assert len(in_play) >= 4
    assert listed(game.ends + 10 * MINUTE) is None
    assert all(timeline.board(game.starts + 30 * SECOND) == {} for timeline in generated.timelines(game))
    assert re.fullmatch("[0-9a-f]{32}", game.id)


def test_starts_move_and_markets_are_taken_down() -> None:
    games = [game for day in range(FIRST_DAY, FIRST_DAY + 30) for game in Slate(1, SPORTS["basketball_nba"]).day(day)]
    moved = sum(len(game.moves) > 2 for game in games) / len(games)
    assert 0.15 < moved < 0.35
    assert all(game.commences(game.listed) == game.scheduled for game in games)
    assert all(game.commences(game.starts) == game.starts for game in games)
    downs = 0
    for game in listed_games():
        for timeline in source("basketball_nba").timelines(game):
            before = [board for since, board in timeline.history if since < game.starts]
            downs += sum(len(second) < len(first) for first, second in pairwise(before))
    assert downs > 0


@pytest.mark.parametrize("sport", ["americanfootball_nfl", "soccer_epl"])
def test_sides_win_as_often_as_they_are_priced(sport: str) -> None:
    slate = Slate(SEED, SPORTS[sport])
    games = [game for day in range(FIRST_DAY, FIRST_DAY + 300) for game in slate.day(day)[:1]]
    expected = won = home_points = 0.0
    over = 0.0
    for game in games:
        path = Path(SEED, game)
        law, (home, away) = path.law(path.place(game.starts)), path.score
        chance = law.win()
        favourite = max(chance[:2])
        expected += favourite
        won += (home > away) if chance[0] == favourite else (away > home)
        home_points += (home - away) - law.margin
        over += (home + away > law.total) + (home + away == law.total) / 2
        assert SPORTS[sport].draws or home != away
    # More than three standard errors of 300 games.
    assert abs(won - expected) / len(games) < 0.1
    assert abs(over / len(games) - 0.5) < 0.1
    spread = SPORTS[sport].margin_result_sd or 1.8
    assert abs(home_points / len(games)) < 4 * spread / len(games) ** 0.5


def test_scores_agree_with_the_game_and_never_fall() -> None:
    for sport in ("basketball_nba", "baseball_mlb"):
        game = Slate(SEED, SPORTS[sport]).day(FIRST_DAY)[0]
        generated = Generated(SEED, [sport])
        told = []
        for at in range(game.starts, game.ends + 5 * MINUTE, 10 * MINUTE):
            found = next(one for one in generated.scores(sport, at, 1) if one["id"] == game.id)
            told.append(tuple(int(score["score"]) for score in found["scores"]))
        assert all(first <= second for one, two in pairwise(told) for first, second in zip(one, two, strict=True))
        ended = next(one for one in generated.scores(sport, game.ends + HOUR, 1) if one["id"] == game.id)
        assert ended["completed"] is True
        assert tuple(int(score["score"]) for score in ended["scores"]) == Path(SEED, game).score
        before = next(one for one in generated.scores(sport, game.starts - HOUR, 0) if one["id"] == game.id)
        assert (before["completed"], before["scores"], before["last_update"]) == (False, None, None)


PRICES = [
    (0.5, True, 100),
    (0.5238, True, -110),
    (0.5238, False, -110),
    (0.53, False, -113),
    (0.48, True, 110),
    (0.7, False, -234),
    (0.9, True, -900),
    (0.1, True, 900),
    (0.999, True, -19900),
]


@pytest.mark.parametrize(("chance", "coarse", "price"), PRICES)
def test_prices_are_rounded_as_books_round(chance: float, coarse: bool, price: int) -> None:
    assert american(chance, coarse=coarse) == price


@pytest.mark.parametrize("given", [{"sports": ["chess"]}, {"sports": []}, {"games": 0}, {"cadence": 0}])
def test_it_rejects_what_it_cannot_make(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"simulated|apart"):
        Generated(1, **{"sports": ["soccer_epl"], **given})
