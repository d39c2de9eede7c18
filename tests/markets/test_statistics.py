"""Means and shares over games: against SciPy, by properties, and how often their intervals hold the truth."""

import math
import random

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fairness.chance import wilson_interval
from markets.calibration import Forecast, calibration_of
from markets.devig import Method, devig
from markets.odds import read_american
from markets.statistics import (
    bets_to_show,
    mean_of,
    share_of,
    t_quantile,
    t_two_sided,
    values_to_show,
    wilson,
)
from tests.markets.recordings import needs_recordings, rows


def _is_price(text: str) -> bool:
    """Whether the table has American odds there."""
    return text.lstrip("+-").isdigit() and abs(int(text)) >= 100


GAMES = st.sampled_from("abcdefgh")
VALUES = st.floats(-1, 1).map(lambda value: round(value, 6))


class TestSampleSizes:
    @pytest.mark.parametrize(("chance", "bets"), [(0.53, 40_224), (0.54, 5_875), (0.55, 2_243), (0.56, 1_173)])
    def test_bets_to_show_an_edge_over_break_even(self, chance: float, bets: int) -> None:
        assert bets_to_show(chance) == bets

    def test_clv_shows_it_far_sooner(self) -> None:
        assert values_to_show(0.01, 0.04) == 62

    def test_110_wins_in_200_fit_a_coin(self) -> None:
        low, high = wilson(110 / 200, 200)
        assert (round(low, 3), round(high, 3)) == (0.481, 0.617)

    @pytest.mark.parametrize(
        "wrong", [{"chance": 0.52}, {"chance": 1}, {"chance": 0.6, "risk": 0}, {"chance": math.nan}]
    )
    def test_it_rejects_no_edge(self, wrong: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="chance"):
            bets_to_show(**wrong)  # type: ignore[arg-type]

    @pytest.mark.parametrize("wrong", [(0, 1), (1, 0), (1, math.nan), (math.inf, 1)])
    def test_it_rejects_no_mean(self, wrong: tuple[float, float]) -> None:
        with pytest.raises(ValueError, match="mean"):
            values_to_show(*wrong)


class TestStudent:
    @pytest.mark.parametrize("free", [1, 2, 5, 19, 64, 268, 5000])
    @pytest.mark.parametrize("t", [0.0, 1e-9, 0.3, 1.96, 4.5, 12.0])
    def test_tails_are_scipys(self, free: int, t: float) -> None:
        assert t_two_sided(t, free) == pytest.approx(2 * stats.t.sf(t, free), rel=1e-9)
        assert t_two_sided(-t, free) == t_two_sided(t, free)

    @pytest.mark.parametrize("free", [1, 2, 5, 19, 64, 268])
    @pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
    def test_quantiles_are_scipys(self, free: int, confidence: float) -> None:
        assert t_quantile(confidence, free) == pytest.approx(stats.t.ppf((1 + confidence) / 2, free), rel=1e-9)

    @pytest.mark.parametrize(("t", "free"), [(1.0, 0), (1.0, -1), (math.nan, 3), (1.0, math.nan)])
    def test_it_rejects_what_is_no_distribution(self, t: float, free: float) -> None:
        with pytest.raises(ValueError, match="degrees"):
            t_two_sided(t, free)


class TestMean:
    def test_one_signal_a_game_is_the_t_test(self) -> None:
        chance = random.Random(5)
        values = [chance.gauss(0.01, 0.04) for _ in range(40)]
        found = mean_of([(str(i), value) for i, value in enumerate(values)])
        oracle = stats.ttest_1samp(values, 0)
        low, high = oracle.confidence_interval()
        assert found.mean == pytest.approx(numpy.mean(values))
        assert found.median == pytest.approx(numpy.median(values))
        assert found.error == pytest.approx(stats.sem(values))
        assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
        assert found.p_value == pytest.approx(oracle.pvalue)

    def test_games_of_one_size_are_the_t_test_of_their_means(self) -> None:
        chance = random.Random(6)
        means = [chance.gauss(0, 1) for _ in range(12)]
        sample = [(str(i), mean + apart) for i, mean in enumerate(means) for apart in (-1.0, 0.0, 1.0)]
        oracle = stats.ttest_1samp(means, 0)
        found = mean_of(sample)
        assert found.p_value == pytest.approx(oracle.pvalue)
        assert (found.count, found.games) == (36, 12)

    def test_counting_signals_thrice_makes_nothing_surer(self) -> None:
        once = [(str(i), value) for i, value in enumerate([0.02, -0.01, 0.03, 0.0, 0.05])]
        thrice = mean_of([each for each in once for _ in range(3)])
        assert thrice.error == pytest.approx(mean_of(once).error)
        assert thrice.p_value == pytest.approx(mean_of(once).p_value)

    def test_one_game_has_no_interval(self) -> None:
        found = mean_of([("a", 0.1), ("a", 0.2)])
        assert (found.low, found.high, found.error, found.p_value) == (None, None, None, None)

    def test_equal_values_are_sure(self) -> None:
        assert mean_of([("a", 0.0), ("b", 0.0)]).p_value == 1
        assert mean_of([("a", 0.5), ("b", 0.5)]).p_value == 0

    @pytest.mark.parametrize("sample", [[], [("a", math.nan)], [("a", 1.0), ("b", math.inf)]])
    def test_it_rejects_what_has_no_mean(self, sample: list[tuple[str, float]]) -> None:
        with pytest.raises(ValueError, match="sample"):
            mean_of(sample)

    @given(st.lists(st.tuples(GAMES, VALUES), min_size=2, max_size=30))
    def test_the_mirror_has_the_mirrored_interval(self, sample: list[tuple[str, float]]) -> None:
        here, there = mean_of(sample), mean_of([(game, -value) for game, value in sample])
        assert there.mean == pytest.approx(-here.mean, abs=1e-15)
        if here.low is not None and here.high is not None:
            assert there.low == pytest.approx(-here.high, abs=1e-12)
            assert here.low <= here.mean <= here.high

    @given(st.lists(st.tuples(GAMES, VALUES), min_size=1, max_size=20), st.randoms())
    def test_the_order_does_not_matter_to_a_single_bit(
        self, sample: list[tuple[str, float]], chance: random.Random
    ) -> None:
        other = sample.copy()
        chance.shuffle(other)
        assert mean_of(other) == mean_of(sample)

    @pytest.mark.parametrize("games", [20, 65])
    def test_its_interval_holds_the_truth_as_often_as_it_says(self, games: int) -> None:
        """Games differ in size (most have one to twelve signals) and share half of their variance."""
        chance, trials, held, naive = random.Random(20260805), 500, 0, 0
        for _ in range(trials):
            sample = []
            for game in range(games):
                shared = chance.gauss(0, 0.03)
                sample += [(str(game), 0.01 + shared + chance.gauss(0, 0.03)) for _ in range(chance.randint(1, 12))]
            found = mean_of(sample)
            held += found.low <= 0.01 <= found.high  # type: ignore[operator]
            as_if = 1.96 * found.deviation / math.sqrt(found.count)  # type: ignore[operator]
            naive += abs(found.mean - 0.01) <= as_if
        # 95 % of 500, give or take 2 standard errors of 0.97 %.
        assert 0.93 <= held / trials <= 0.97
        assert naive / trials < 0.8, "without games it would be far too sure of itself"


class TestShare:
    @given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
    def test_one_signal_a_game_is_wilsons(self, hits_of: tuple[int, int]) -> None:
        hits, count = hits_of
        found = share_of([(str(i), i < hits) for i in range(count)])
        oracle = wilson_interval(hits=hits, rounds=count)
        assert (found.low, found.high) == (pytest.approx(oracle.low), pytest.approx(oracle.high))
        assert found.effective == count

    def test_a_game_that_says_it_ten_times_says_it_once(self) -> None:
        games = [("a", True), ("b", True), ("c", False), ("d", True), ("e", False), ("f", False)]
        found = share_of([each for each in games for _ in range(10)])
        assert (found.hits, found.count, found.games) == (30, 60, 6)
        assert found.effective == pytest.approx(3.08, abs=0.01)
        assert found.high - found.low > 0.6

    @pytest.mark.parametrize("hit", [True, False])
    def test_where_all_agree_each_game_counts_once(self, hit: bool) -> None:
        found = share_of([(game, hit) for game in "aaabbbccc"])
        assert found.effective == 3
        assert (found.low, found.high) == wilson(float(hit), 3)

    @given(st.lists(st.tuples(GAMES, st.booleans()), min_size=1, max_size=60))
    def test_it_is_never_surer_than_its_signals(self, sample: list[tuple[str, bool]]) -> None:
        found = share_of(sample)
        assert 1 <= found.effective <= found.count
        assert 0 <= found.low <= found.share <= found.high <= 1

    def test_its_interval_holds_the_truth_as_often_as_it_says(self) -> None:
        chance, trials, held = random.Random(7), 500, 0
        for _ in range(trials):
            sample = []
            for game in range(40):
                inclined = chance.betavariate(4, 3)  # mean 4/7, and the game's signals share it
                sample += [(str(game), chance.random() < inclined) for _ in range(chance.randint(2, 10))]
            found = share_of(sample)
            held += found.low <= 4 / 7 <= found.high
        assert 0.93 <= held / trials <= 0.975

    @pytest.mark.parametrize("wrong", [(1.1, 10), (0.5, 0), (0.5, math.inf), (math.nan, 3)])
    def test_it_rejects_what_is_no_share(self, wrong: tuple[float, float]) -> None:
        with pytest.raises(ValueError, match="share"):
            wilson(*wrong)

    def test_it_rejects_no_signals(self) -> None:
        with pytest.raises(ValueError, match="sample"):
            share_of([])

    @pytest.mark.parametrize("confidence", [0, 1, math.nan])
    def test_it_rejects_what_is_no_confidence(self, confidence: float) -> None:
        for interval in (mean_of, share_of):
            with pytest.raises(ValueError, match="confidence"):
                interval([("a", True)], confidence)


FORECASTS = st.lists(
    st.builds(Forecast, GAMES, st.floats(0, 1), st.floats(0, 1)),
    min_size=1,
    max_size=40,
)


class TestCalibration:
    @given(FORECASTS, st.integers(1, 12))
    def test_the_parts_add_up_to_the_score(self, forecasts: list[Forecast], bins: int) -> None:
        found = calibration_of(forecasts, bins=bins)
        parts = found.reliability - found.resolution + found.uncertainty
        assert parts + found.within_variance - found.within_covariance == pytest.approx(found.brier, abs=1e-12)
        assert sum(each.count for each in found.bins) == found.count == len(forecasts)
        assert found.excess >= -1e-12
        assert min(found.reliability, found.resolution, found.within_variance) >= 0

    def test_results_score_as_the_textbook_says(self) -> None:
        given_p, came = [0.1, 0.4, 0.8, 0.8, 1.0], [0, 1, 1, 0, 1]
        forecasts = [Forecast(str(i), p, y) for i, (p, y) in enumerate(zip(given_p, came, strict=True))]
        found = calibration_of(forecasts)
        assert found.brier == pytest.approx(sum((p - y) ** 2 for p, y in zip(given_p, came, strict=True)) / 5)
        assert found.log_loss == pytest.approx(-math.log(0.9 * 0.4 * 0.8 * 0.2) / 5)
        assert [(each.low, each.count) for each in found.bins] == [(0.1, 1), (0.4, 1), (0.8, 2), (0.9, 1)]
        middle = found.bins[2].share
        assert middle is not None
        assert (middle.low, middle.high) == wilson(0.5, 2)

    @needs_recordings
    def test_closing_prices_of_the_nba_against_results(self) -> None:
        """Games from 2007 to 2023: the log losses that the choice of a way to take out the margin rests on."""
        games = [
            (float(read_american(row["moneyLine"])), float(read_american(row["opponentMoneyLine"])), row)
            for row in rows("nba_2007_2022_close_results")
            if row["home/visitor"] == "vs" and _is_price(row["moneyLine"]) and _is_price(row["opponentMoneyLine"])
        ]
        came = [float(int(row["score"]) > int(row["opponentScore"])) for *_, row in games]
        losses = {}
        for method in (Method.MULTIPLICATIVE, Method.POWER):
            given_p = [devig((home, away), method, one_book=False).probabilities[0] for home, away, _ in games]
            forecasts = [Forecast(str(i), p, y) for i, (p, y) in enumerate(zip(given_p, came, strict=True))]
            losses[method] = calibration_of(forecasts)
        best = losses[Method.MULTIPLICATIVE]
        assert best.log_loss == pytest.approx(0.588876, abs=0.0005)
        assert losses[Method.POWER].log_loss == pytest.approx(0.589634, abs=0.0005)
        assert best.log_loss < losses[Method.POWER].log_loss
        assert best.reliability < 0.001 < best.resolution
        held = [each.share.low <= each.given <= each.share.high for each in best.bins if each.share is not None]
        assert sum(held) >= len(held) - 2, "closing prices are nearly what they say"

    def test_against_itself_it_has_no_fault(self) -> None:
        found = calibration_of([Forecast(str(p), p, p) for p in (0.2, 0.5, 0.55, 0.9)])
        assert (found.reliability, found.excess, found.root_mean_square) == (0, 0, 0)
        assert all(each.share is None for each in found.bins)

    def test_it_finds_what_is_too_sure_of_itself(self) -> None:
        chance = random.Random(11)
        forecasts = []
        for game in range(400):
            truth = chance.uniform(0.2, 0.8)
            boasted = min(0.99, max(0.01, 0.5 + 1.6 * (truth - 0.5)))
            forecasts.append(Forecast(str(game), boasted, float(chance.random() < truth)))
        found = calibration_of(forecasts)
        lowest, highest = found.bins[0], found.bins[-1]
        assert lowest.share is not None
        assert highest.share is not None
        assert lowest.share.low > lowest.given
        assert highest.share.high < highest.given

    @pytest.mark.parametrize(
        ("forecasts", "bins"),
        [([], 10), ([Forecast("a", 0.5, 0.5)], 0), ([Forecast("a", 1.1, 0)], 10), ([Forecast("a", 0.5, math.nan)], 10)],
    )
    def test_it_rejects_what_is_no_forecast(self, forecasts: list[Forecast], bins: int) -> None:
        with pytest.raises(ValueError, match="forecasts"):
            calibration_of(forecasts, bins=bins)
