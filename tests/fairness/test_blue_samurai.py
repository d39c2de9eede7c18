"""Blue Samurai: known answers, the symbols' shares, and samurai that stay."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.errors import InvalidInput
from fairness.games import blue_samurai
from fairness.games.blue_samurai import GAME
from fairness.rounds import Seeds, play
from tests.fairness.playing import (
    assert_agrees_with_vectors,
    float_lists,
    nonces,
    plain_words,
    played_at,
    unit_floats,
)
from tests.fairness.shared import FOLDER, needs_vectors, records, source

SPIN = {"round": 0, "special": False, "float_offset": 0}


def special(number: int) -> dict[str, Any]:
    """The options of a special spin (1 to 5) that the very first spin started."""
    return {
        "round": number,
        "special": True,
        "float_offset": 18 + 12 * (number - 1),
        "first_special_float_offset": 18,
    }


@needs_vectors
def test_it_agrees_with_the_shared_vectors() -> None:
    assert_agrees_with_vectors(GAME)


@needs_vectors
def test_recorded_special_spins_follow_a_reel_of_samurai() -> None:
    spins = [record for record in records("blue_samurai") if record["params"]["special"]]
    assert spins
    for record in spins:
        assert play(GAME, Seeds(**source(record)), SPIN).answers["has_reel_of_samurai"], record


@needs_vectors
def test_its_chances_are_the_shared_ones() -> None:
    listed = json.loads((FOLDER / "tables" / "blue_samurai.json").read_text())["table"]
    assert [[name, outer / 1000, inner / 1000] for name, (outer, inner) in blue_samurai.CHANCES.items()] == listed


def test_its_chances_sum_to_one() -> None:
    assert [sum(column) for column in zip(*blue_samurai.CHANCES.values(), strict=True)] == [1000, 1000]


@given(unit_floats, st.booleans())
def test_a_symbol_owns_its_share_of_the_floats(number: float, outer: bool) -> None:
    symbol = blue_samurai.symbol_of(number, outer=outer)
    shares = [share[0 if outer else 1] for share in blue_samurai.CHANCES.values()]
    index = list(blue_samurai.CHANCES).index(symbol)
    assert sum(shares[:index]) / 1000 <= number < sum(shares[: index + 1]) / 1000


@pytest.mark.parametrize(
    ("number", "outer", "symbol"),
    [
        (0.0, True, "s1"),
        (1 - 2**-32, True, "wild"),
        (1 - 2**-32, False, "wild"),
        (0.25 - 2**-32, False, "s3"),
        (0.25, False, "s4"),  # the sum of doubles 0.09 + 0.09 + 0.07 may not be a quarter; the share ends there
        (0.625 - 2**-32, False, "s8"),
        (0.625, False, "s9"),
        (0.95 - 2**-32, True, "samurai"),
        (0.95 + 2**-32, True, "wild"),  # no scatter on an outer reel
        (0.9, False, "scatter"),
    ],
)
def test_shares_end_where_they_are_listed(number: float, outer: bool, symbol: str) -> None:
    assert blue_samurai.symbol_of(number, outer=outer) == symbol


def plain_symbol(word: int, outer: bool) -> str:
    """In whole numbers: the word times a thousand, against the shares times 2^32."""
    left = word * 1000
    for name, shares in blue_samurai.CHANCES.items():
        left -= shares[0 if outer else 1] << 32
        if left < 0:
            return name
    raise AssertionError(word)


@given(nonces)
def test_it_spins_as_the_plain_way_does(nonce: int) -> None:
    played = played_at(GAME, nonce, SPIN)
    words = plain_words(nonce, 18)
    outer, inner = words[:3] + words[15:], words[3:15]
    on_outer, on_inner = [plain_symbol(w, True) for w in outer], [plain_symbol(w, False) for w in inner]
    columns = [on_outer[:3], on_inner[:4], on_inner[4:8], on_inner[8:], on_outer[3:]]
    assert played.answers["columns"] == columns
    assert played.answers["scatters"] == sum(column.count("scatter") for column in columns)
    assert played.answers["has_reel_of_samurai"] is (["samurai"] * 3 in (columns[0], columns[4]))
    assert (played.result, played.payout) == (None, None)


@given(nonces, st.integers(1, 5))
def test_samurai_stay_for_five_spins(nonce: int, number: int) -> None:
    spins = [
        [plain_symbol(word, False) for word in plain_words(nonce, 18 + 12 * k)[6 + 12 * k :]]
        for k in range(1, number + 1)
    ]
    expected = [
        "samurai" if any(spin[place] == "samurai" for spin in spins) else spins[-1][place] for place in range(12)
    ]
    played = played_at(GAME, nonce, special(number))
    assert played.answers["inner_columns_with_held_samurai"] == [expected[:4], expected[4:8], expected[8:]]
    assert played.answers["inner_columns"] == [spins[-1][:4], spins[-1][4:8], spins[-1][8:]]


@given(float_lists(30), st.booleans())
def test_its_steps_name_the_symbols(floats: list[float], is_special: bool) -> None:
    options = GAME.read_options(special(1) if is_special else SPIN)
    needed = floats[: GAME.floats_needed(options)]
    steps = GAME.picks(needed, options)
    symbols = [symbol for column in GAME.play(needed, options).drawn for symbol in column]
    assert [step.meaning.split()[0] for step in steps] == symbols
    assert [step.number for step in steps] == needed[options.float_offset :]


@pytest.mark.parametrize(
    ("params", "floats"),
    [
        ({"round": "0"}, 18),  # where the first spin begins need not be said
        ({"round": 1, "float_offset": 18}, 36),
        ({"round": 6, "float_offset": 78}, 96),  # after the spin and its five special ones
        (special(5), 78),
        ({"round": 1085, "special": "true", "float_offset": 14106, "first_special_float_offset": 14058}, 14118),
    ],
)
def test_it_reads_where_a_spin_begins(params: dict[str, object], floats: int) -> None:
    assert GAME.floats_needed(GAME.read_options(params)) == floats


@pytest.mark.parametrize(
    ("field", "params"),
    [
        ("round", {}),
        ("round", {"round": -1}),
        ("round", {"round": 1086, "float_offset": 0}),
        ("special", {"round": 0, "special": "maybe"}),
        ("float_offset", {"round": 1}),
        ("float_offset", {"round": 0, "float_offset": 18}),
        ("float_offset", {"round": 1, "float_offset": 17}),
        ("float_offset", {"round": 2, "float_offset": 42}),
        ("float_offset", {"round": 1, "float_offset": 10**9}),
        ("first_special_float_offset", {"round": 1, "special": True, "float_offset": 18}),
        ("first_special_float_offset", {"round": 1, "float_offset": 18, "first_special_float_offset": 18}),
        ("first_special_float_offset", special(1) | {"first_special_float_offset": 30}),
        ("first_special_float_offset", special(2) | {"first_special_float_offset": 24}),
        ("first_special_float_offset", special(5) | {"round": 6, "float_offset": 78}),
        ("offset", {"round": 0, "offset": 0}),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, params: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        GAME.read_options(params)
    assert refused.value.field == field


def test_it_says_that_its_pays_are_not_known() -> None:
    assert GAME.unsourced
