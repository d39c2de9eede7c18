"""The sport models: what their files say, where it is from, and how it stands up to the games it was counted on."""

import importlib.util
import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import fmean
from types import ModuleType
from typing import Any

import pytest

from markets.margins import WholeNormal, worth
from markets.sports import Crossing, Frequency, Kind, SportModel, crossings, for_sport, known_sports
from tests.markets.recordings import ODDS_API, ODDS_DATA, needs_recordings

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "markets" / "sport_models").glob("*.json"))
NBA, NFL = for_sport("basketball_nba"), for_sport("americanfootball_nfl")
IMPLIED = ("basketball_wnba", "baseball_mlb", "americanfootball_ncaaf")


@cache
def script() -> ModuleType:
    """The script that fits the models."""
    spec = importlib.util.spec_from_file_location("fit_sport_models", ROOT / "scripts" / "fit_sport_models.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fitted_spreads(sport: SportModel) -> WholeNormal:
    assert isinstance(sport.spreads, WholeNormal)
    return sport.spreads


def test_which_sports_are_known() -> None:
    assert known_sports() == tuple(sorted((NBA.sport, NFL.sport, *IMPLIED)))
    assert len(FILES) == len(known_sports())


@pytest.mark.parametrize(
    "sport", ["icehockey_nhl", "basketball_ncaab", "", "nba", "../nba", "\0", "x" * 100_000, "\ud800"]
)
def test_a_sport_that_nothing_is_known_of_has_no_models(sport: str) -> None:
    assert for_sport(sport) == SportModel(sport)
    assert for_sport(sport).spreads is None
    assert for_sport(sport).totals is None


def test_standard_deviations() -> None:
    found = {sport: fitted_spreads(for_sport(sport)).sd for sport in known_sports()}
    assert found == {
        "basketball_nba": 12.17,
        "americanfootball_nfl": 13.30,
        "basketball_wnba": 12.3,
        "baseball_mlb": 3.02,
        "americanfootball_ncaaf": 14.08,
    }
    totals = [model.totals for model in (NBA, NFL)]
    assert [total.sd for total in totals if isinstance(total, WholeNormal)] == [17.71, 13.21]


@pytest.mark.parametrize("sport", IMPLIED)
def test_what_only_prices_tell_says_so(sport: str) -> None:
    model = for_sport(sport)
    assert model.spreads is not None
    assert model.spreads.market_implied
    assert "no results" in model.spreads.provenance
    assert (model.totals, model.key_numbers, model.pushes) == (None, {}, {})
    assert "prices do not tell it" in model.why_none["totals"]
    assert model.spreads.win_push(0.6, -1.5, 0)[1] == 0  # these games cannot end level


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_says_where_it_is_from(path: Path) -> None:
    held = json.loads(path.read_text(encoding="utf-8"))
    model = for_sport(held["sport"])
    assert model.fitted == held["fitted"]
    for source in held["sources"]:
        assert source["games"] > 0
        assert source["period"]
        for market in (model.spreads, model.totals):
            if market is not None:
                assert source["repository"] in market.provenance
                assert f"{source['games']:,}"[:2] in market.provenance
                assert market.name


@pytest.mark.parametrize(
    ("number", "percent"),
    [(1, 2.77), (2, 2.74), (3, 3.35), (4, 2.71), (5, 4.01), (6, 4.15), (7, 4.16), (8, 3.62), (9, 3.79), (10, 3.43)],
)
def test_how_often_nba_favourites_win_by_exactly_their_spread(number: int, percent: float) -> None:
    assert round(100 * NBA.pushes[number].share, 2) == percent


@pytest.mark.parametrize("stem", ["nba", "nfl"])
def test_factors_tell_more_of_games_that_they_were_not_fitted_to(stem: str) -> None:
    spreads = json.loads((ROOT / "markets" / "sport_models" / f"{stem}.json").read_text(encoding="utf-8"))["spreads"]
    loss = spreads["log_loss"]
    assert loss["with_factors"] < loss["with_factors_of_the_other_half"] < loss["plain"] - 0.03


def test_football_has_key_numbers_and_basketball_hardly() -> None:
    assert list(NFL.key_numbers) == [3, 6, 7, 10, 14]
    assert NFL.key_numbers[3] == pytest.approx(NFL.pushes[3].share, abs=5e-5)
    assert max(NFL.key_numbers.values()) == NFL.key_numbers[3] > 0.07
    assert list(NBA.key_numbers) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert max(NBA.key_numbers.values()) < 0.045
    assert Frequency(0, 0).share == 0


@pytest.mark.parametrize(
    ("line", "to", "met"),
    [
        (-2.5, -3, [(3, Kind.ONTO, 1)]),
        (-3, -3.5, [(3, Kind.OFF, 1)]),
        (-2.5, -3.5, [(3, Kind.THROUGH, 2)]),
        (-3.5, -2.5, [(3, Kind.THROUGH, 2)]),
        (2.5, 3, [(3, Kind.ONTO, 1)]),
        (-3, -7, [(3, Kind.OFF, 1), (6, Kind.THROUGH, 2), (7, Kind.ONTO, 1)]),
        (-7, -3, [(7, Kind.OFF, 1), (6, Kind.THROUGH, 2), (3, Kind.ONTO, 1)]),
        (3.5, -3, [(3, Kind.THROUGH, 2), (3, Kind.ONTO, 1)]),
        (-4, -5.5, []),
        (-3, -3, []),
    ],
)
def test_key_numbers_between_two_lines(line: float, to: float, met: list[tuple[int, Kind, int]]) -> None:
    expected = tuple(Crossing(number, kind, times * NFL.key_numbers[number]) for number, kind, times in met)
    assert crossings(NFL, line, to) == expected
    assert crossings(for_sport("basketball_wnba"), line, to) == ()


def test_a_crossing_is_worth_about_what_the_model_says() -> None:
    (through,) = crossings(NFL, -3.5, -2.5)
    model = fitted_spreads(NFL)
    assert worth(model, 0.5, -3, at=-2.5, instead_of=-3.5) == pytest.approx(through.value, rel=0.1)
    plain = WholeNormal("plain", model.sd)
    assert worth(plain, 0.5, -3, at=-2.5, instead_of=-3.5) < 0.4 * through.value


@pytest.mark.slow
@needs_recordings
def test_the_files_are_what_the_script_makes() -> None:
    made = script().fitted(ODDS_DATA, ODDS_API)
    assert sorted(made) == [path.stem for path in FILES]
    for path in FILES:
        assert script().as_text(made[path.stem]) == path.read_text(encoding="utf-8"), path.stem


@cache
def games(sport: str) -> list[Any]:
    read: Callable[[Path], Any] = {"nba": script().nba_games, "nfl": script().nfl_games}[sport]
    return list(read(ODDS_DATA))


def won_by(game: Any) -> int:
    """What the favourite won by."""
    return game.margin if game.spread < 0 else -game.margin


@needs_recordings
def test_nba_whole_spreads_push_as_often_as_counted() -> None:
    whole = [game for game in games("nba") if game.spread % 1 == 0]
    assert f"{fmean(game.margin == -game.spread for game in whole):.4f}" == "0.0327"
    expected = fmean(fitted_spreads(NBA).win_push(0.5, game.spread, game.spread)[1] for game in whole)
    assert expected == pytest.approx(0.0327, abs=3 * math.sqrt(0.0327 / len(whole)))


@needs_recordings
@pytest.mark.parametrize(("spread", "percent"), [(1, 53.6), (3, 57.2), (5, 65.3), (7, 72.9), (10, 81.5)])
def test_how_often_nba_favourites_win(spread: int, percent: float) -> None:
    near = [game for game in games("nba") if game.spread and abs(abs(game.spread) - spread) <= 0.5]
    won = fmean(won_by(game) > 0 for game in near)
    assert f"{100 * won:.1f}" == str(percent)
    expected = fmean(fitted_spreads(NBA).shift(0.5, -abs(game.spread), 0) for game in near)
    assert expected == pytest.approx(won, abs=3 * math.sqrt(0.25 / len(near)))


@needs_recordings
@pytest.mark.parametrize("sport", ["nba", "nfl"])
def test_pushes_come_out_of_the_model_as_they_were_counted(sport: str) -> None:
    model = {"nba": NBA, "nfl": NFL}[sport]
    spreads = fitted_spreads(model)
    away = []
    for number, (seen, of) in model.pushes.items():
        near = [abs(game.spread) for game in games(sport) if game.spread and abs(abs(game.spread) - number) <= 0.5]
        assert len(near) == of
        expected = math.fsum(spreads.win_push(0.5, -spread, -number)[1] for spread in near)
        if expected >= 5:
            away.append((seen - expected) / math.sqrt(expected))
    assert len(away) >= 8
    assert max(map(abs, away)) < 3
    assert fmean(each * each for each in away) < 2  # 1 on average where only chance is left


@needs_recordings
def test_nfl_moneylines_of_another_season_follow_from_its_spreads() -> None:
    """The model is of 2011 to 2021. Of 2025 it tells each book's moneyline from its spread, nearer than any Normal."""
    both = script().read(script().closes(ODDS_DATA, "nfl_2025")).both
    assert len(both) > 2_000

    def missed(model: WholeNormal) -> float:
        return math.sqrt(fmean((model.shift(each.spread, each.line, 0) - each.moneyline) ** 2 for each in both))

    measured = missed(fitted_spreads(NFL))
    assert measured < 0.016
    for sd in (10, 11, 12, 13.3):
        assert missed(WholeNormal("plain", sd)) > 1.15 * measured
