"""Bars: known answers, the return of a tile, what is shown and what is paid."""

import json
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.exact import WORDS
from fairness.games import bars
from fairness.minima import row_words
from tests.fairness.playing import assert_agrees_with_vectors, float_lists, mean, nonces, plain_words, played_at
from tests.fairness.shared import FOLDER, needs_vectors

every_difficulty = pytest.mark.parametrize("difficulty", bars.DIFFICULTIES)


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(bars.GAME)


@needs_vectors
@every_difficulty
def test_its_list_is_the_shared_one(difficulty: str) -> None:
    listed = json.loads((FOLDER / "tables" / "bars.json").read_text())["table"][difficulty]
    assert [[row.minimum, float(row.multiplier)] for row in bars.PAYOUTS[difficulty]] == listed


@every_difficulty
def test_a_tile_returns_98_percent(difficulty: str) -> None:
    rows = bars.PAYOUTS[difficulty]
    paid = sum(Fraction(row.multiplier) * won for row, won in zip(rows, row_words(rows), strict=True)) / WORDS
    # The hundred-millionths of the minima take a little off.
    assert abs(paid - Fraction("0.98")) < Fraction(1, 10**4), float(paid)
    one = bars.GAME.distribution(bars.BarsOptions(difficulty, 1, (0,)))
    assert one is not None
    assert mean(one) == paid


@every_difficulty
@pytest.mark.parametrize("tiles", range(1, bars.PICKS_MAX + 1))
def test_its_chances_sum_to_one(difficulty: str, tiles: int) -> None:
    chances = bars.GAME.distribution(bars.BarsOptions(difficulty, tiles, tuple(range(tiles))))
    assert chances is not None
    assert sum(chances.values()) == 1
    # Flooring the shown result takes less than a cent; what is paid returns the same for any number of tiles.
    assert Fraction("0.97") - Fraction(1, 10**4) < mean(chances) <= Fraction("0.98") + Fraction(1, 10**4)


@every_difficulty
def test_its_chances_are_those_of_every_pair_of_tiles(difficulty: str) -> None:
    options = bars.BarsOptions(difficulty, 2, (3, 29))
    rows = bars.PAYOUTS[difficulty]
    chance_of = dict(zip((row.minimum for row in rows), row_words(rows), strict=True))
    counted: dict[Decimal, Fraction] = {}
    for one, other in product(chance_of, repeat=2):
        floats = [0.0] * bars.TILES
        floats[3], floats[29] = one + 1e-9, other + 1e-9
        result = bars.GAME.result(bars.GAME.play(floats, options), options)
        assert result is not None
        counted[result] = counted.get(result, Fraction(0)) + Fraction(chance_of[one] * chance_of[other], WORDS**2)
    assert bars.GAME.distribution(options) == counted


@given(nonces, st.sampled_from(bars.DIFFICULTIES), st.sets(st.integers(0, 29), min_size=1, max_size=5))
def test_it_pays_the_tiles_picked(nonce: int, difficulty: str, picks: set[int]) -> None:
    played = played_at(bars.GAME, nonce, {"difficulty": difficulty, "tiles": len(picks), "picks": sorted(picks)})
    undivided = played.answers["undivided_multipliers"]
    for number, listed, shown in zip(
        (word / 2**32 for word in plain_words(nonce, 30)), undivided, played.answers["tile_multipliers"], strict=True
    ):
        assert listed == max(row.multiplier for row in bars.PAYOUTS[difficulty] if number >= row.minimum)
        assert 0 <= listed / len(picks) - shown <= Decimal("0.01")
    assert played.payout == sum(Fraction(undivided[tile]) for tile in picks) / len(picks)
    assert played.payout is not None
    assert played.result is not None
    assert 0 <= played.payout - Fraction(played.result) < Fraction(1, 100)
    chances = bars.GAME.distribution(played.options)
    assert chances is not None
    assert chances[played.result] > 0


@pytest.mark.parametrize(
    ("listed", "tiles", "shown"),
    [
        ("1.4", 5, "0.27"),  # 0.27999999999999997 as a double
        ("1.4", 4, "0.35"),
        ("0.3", 4, "0.07"),
        ("0.2", 3, "0.06"),
        ("3000", 1, "3000.00"),
        ("0", 5, "0.00"),
    ],
)
def test_it_shows_floored_doubles(listed: str, tiles: int, shown: str) -> None:
    assert str(bars.shown(Decimal(listed), tiles)) == shown


@every_difficulty
def test_only_one_tile_is_shown_below_its_exact_cents(difficulty: str) -> None:
    below = {
        (row.multiplier, tiles)
        for row in bars.PAYOUTS[difficulty]
        for tiles in range(1, bars.PICKS_MAX + 1)
        if Fraction(row.multiplier) / tiles - Fraction(bars.shown(row.multiplier, tiles)) >= Fraction(1, 100)
    }
    assert below == ({(Decimal("1.4"), 5)} if difficulty == "medium" else set())


def test_without_picks_nothing_is_paid() -> None:
    played = played_at(bars.GAME, 1, {"difficulty": "easy", "tiles": 3})
    assert (played.result, played.payout, bars.GAME.distribution(played.options)) == (None, None, None)


@given(float_lists(30), st.sampled_from(bars.DIFFICULTIES), st.integers(1, 5))
def test_its_steps_show_the_tiles(floats: list[float], difficulty: str, tiles: int) -> None:
    options = bars.BarsOptions(difficulty, tiles)
    answers = bars.GAME.answers(bars.GAME.play(floats, options), options)
    steps = bars.GAME.picks(floats, options)
    assert [Decimal(step.meaning.split()[-1]) for step in steps] == answers["tile_multipliers"]


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("difficulty", {"tiles": 1}),
        ("difficulty", {"tiles": 1, "difficulty": "master"}),
        ("tiles", {"difficulty": "easy"}),
        ("tiles", {"difficulty": "easy", "tiles": 0}),
        ("tiles", {"difficulty": "easy", "tiles": 6}),
        ("picks", {"difficulty": "easy", "tiles": 2, "picks": "1"}),
        ("picks", {"difficulty": "easy", "tiles": 2, "picks": "1,1"}),
        ("picks", {"difficulty": "easy", "tiles": 2, "picks": "1,30"}),
        ("tile", {"difficulty": "easy", "tiles": 2, "tile": "1"}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        bars.GAME.read_options(params)
    assert refused.value.field == field
