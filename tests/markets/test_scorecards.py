"""Scorecards: what they count, when they say nothing, and that chance alone gets no tier."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.chance import benjamini_hochberg
from markets.grading import Graded, Ungraded
from markets.quotes import Market
from markets.scorecards import GAMES_LEAST, SIGNALS_LEAST, Row, Scorecard, Verdict, scorecards
from markets.signals import Kind, Timing


def row(
    game: int | str,
    clv: float | None,
    *,
    kind: Kind = Kind.MOVE,
    market: Market = Market.SPREADS,
    timing: Timing = Timing.TIMED,
    confirmed: bool | None = None,
) -> Row:
    if clv is None:
        return Row(str(game), kind, market, timing, None)
    return Row(str(game), kind, market, timing, Graded(clv=clv, against_consensus=0.0, confirmed=confirmed))


def sample(mean: float, games: int, *, kind: Kind = Kind.MOVE, seed: int = 1, each: int = 2) -> list[Row]:
    chance = random.Random(seed)
    return [row(game, chance.gauss(mean, 0.04), kind=kind) for game in range(games) for _ in range(each)]


def one(rows: list[Row]) -> Scorecard:
    (card,) = scorecards(rows)
    return card


class TestCounting:
    def test_it_works(self) -> None:
        rows = [
            row("a", 0.02, confirmed=True),
            row("a", 0.0, confirmed=False),
            row("b", -0.01, confirmed=False),
            row("c", None),
            Row("d", Kind.MOVE, Market.SPREADS, Timing.COARSE, Graded(Ungraded.NO_ENTRY, moved_on=0.1, confirmed=True)),
            Row("d", Kind.MOVE, Market.SPREADS, Timing.COARSE, Graded(Ungraded.NOT_POLLED)),
        ]
        card = one(rows)
        assert (card.signals, card.games, card.pending, card.graded, card.ties) == (6, 4, 1, 3, 1)
        assert card.ungraded == {"no entry": 1, "not polled before the start": 1}
        assert card.clv is not None
        assert card.clv.mean == pytest.approx(0.01 / 3)
        assert card.clv.median == 0
        assert card.positive is not None
        assert (card.positive.hits, card.positive.count) == (1, 3), "a tie is neither"
        assert card.confirmed is not None
        assert (card.confirmed.hits, card.confirmed.count) == (2, 4), "it needs no entry"

    def test_kinds_and_markets_have_their_own_in_one_order(self) -> None:
        rows = [
            row("a", 0.1, kind=Kind.STEAM),
            row("a", 0.1, kind=Kind.MOVE, market=Market.TOTALS),
            row("a", 0.1, kind=Kind.MOVE, market=Market.H2H, timing=Timing.COARSE),
            row("a", 0.1, kind=Kind.MOVE, market=Market.H2H),
        ]
        assert [(card.kind, card.market, card.signals) for card in scorecards(rows)] == [
            ("MOVE", "h2h", 2),
            ("MOVE", "totals", 1),
            ("STEAM", "spreads", 1),
        ]
        timed = [(card.kind, card.market, card.timing) for card in scorecards(rows, by_timing=True)]
        assert timed[:2] == [("MOVE", "h2h", "coarse"), ("MOVE", "h2h", "timed")]

    def test_what_hangs_on_a_close_hours_old_is_not_graded(self) -> None:
        rows = [row("a", 0.2, confirmed=True)._replace(age="F"), row("b", 0.01)._replace(age="D"), row("c", None)]
        card = one(rows)
        assert (card.signals, card.graded, card.pending) == (3, 1, 1)
        assert card.ungraded == {"close older than 120 minutes": 1}
        assert card.confirmed is None

    def test_no_signals_have_no_cards(self) -> None:
        assert scorecards([]) == []

    def test_none_graded(self) -> None:
        card = one([row("a", None)])
        assert (card.clv, card.positive, card.verdict) == (None, None, Verdict.TOO_FEW)
        assert card.sentence == "MOVE spreads: 1 signal of 1 game, none graded."
        assert card.to_dict()["clv"] is None


class TestVerdict:
    @pytest.mark.parametrize(
        ("mean", "verdict", "tier"),
        [
            (0.03, Verdict.BEATS, "A"),
            (0.0, Verdict.NOTHING_SHOWN, None),
            (-0.03, Verdict.LOSES, None),
        ],
    )
    def test_by_what_is_shown(self, mean: float, verdict: Verdict, tier: str | None) -> None:
        card = one(sample(mean, 60))
        assert (card.verdict, card.tier) == (verdict, tier)
        assert verdict in card.sentence
        assert card.to_dict()["verdict"] == verdict

    @pytest.mark.parametrize(
        ("games", "each", "enough"),
        [
            (GAMES_LEAST, 2, True),
            (GAMES_LEAST - 1, 20, False),  # any number of signals of too few games
            (SIGNALS_LEAST - 1, 1, False),
            (SIGNALS_LEAST, 1, True),
        ],
    )
    def test_below_the_least_it_says_nothing(self, games: int, each: int, enough: bool) -> None:
        card = one(sample(0.5, games, each=each))
        assert card.enough is enough
        assert (card.verdict is Verdict.TOO_FEW) is (not enough)
        assert (card.adjusted is None) is (not enough)
        assert ("too few to say" in card.sentence) is (not enough)

    @pytest.mark.parametrize(("left_out", "selected"), [(13, False), (14, True)])
    def test_what_is_graded_only_where_nothing_moved_says_so(self, left_out: int, selected: bool) -> None:
        """120 graded; more than a tenth of all without a grade, for want of a model, is too many."""
        missing = Graded(Ungraded.NO_MODEL)
        rows = sample(-0.03, 60)
        rows += [Row(str(game), Kind.MOVE, Market.SPREADS, Timing.TIMED, missing) for game in range(left_out)]
        card = one(rows)
        assert card.verdict is (Verdict.SELECTED if selected else Verdict.LOSES)
        assert (card.adjusted is None) is selected
        assert (Verdict.SELECTED in card.sentence) is selected

    def test_54_of_100_is_no_tier(self) -> None:
        """What an earlier tool gave its highest tier for."""
        card = one([row(game, 0.01 if game < 54 else -0.01) for game in range(100)])
        assert card.tier is None
        assert card.positive is not None
        assert (round(card.positive.low, 3), round(card.positive.high, 3)) == (0.443, 0.634)

    def test_those_asked_together_are_corrected_together(self) -> None:
        kinds = list(Kind)
        rows = [each for i, kind in enumerate(kinds) for each in sample(0.004 * i, 60, kind=kind, seed=i)]
        few = [row(f"few{i}", 0.5, kind=Kind.MOVE, market=Market.H2H) for i in range(5)]
        cards = scorecards([*rows, *few])
        asked = [card for card in cards if card.enough]
        assert len(asked) == len(kinds) == len(cards) - 1
        p_values = [card.clv.p_value for card in asked if card.clv is not None and card.clv.p_value is not None]
        assert tuple(card.adjusted for card in asked) == benjamini_hochberg(p_values).adjusted
        assert any(card.adjusted > p for card, p in zip(asked, p_values, strict=True) if card.adjusted is not None)

    def test_chance_alone_gets_hardly_a_tier(self) -> None:
        """Of 200 tables of five worthless kinds, about one in twenty has a verdict at all, and half of those a tier."""
        tables = [
            scorecards([each for i, kind in enumerate(Kind) for each in sample(0, 30, kind=kind, seed=97 * seed + i)])
            for seed in range(200)
        ]
        wrong = sum(1 for cards in tables if any(card.verdict is not Verdict.NOTHING_SHOWN for card in cards))
        tiers = sum(1 for cards in tables if any(card.tier for card in cards))
        assert wrong <= 20
        assert tiers <= 12


@given(st.lists(st.builds(row, st.integers(0, 5), st.floats(-1, 1).map(lambda v: round(v, 6)))), st.randoms())
def test_the_order_of_signals_does_not_matter(rows: list[Row], chance: random.Random) -> None:
    other = rows.copy()
    chance.shuffle(other)
    assert [card.to_dict() for card in scorecards(other)] == [card.to_dict() for card in scorecards(rows)]
