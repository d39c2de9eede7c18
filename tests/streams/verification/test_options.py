"""What a stored row tells of its game: columns, keys beside them, the venue's names, and nothing it does not have."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairness.games import registry
from fairness.rounds import Seeds
from fairness.verify import verify
from streams.example import CLIENT_SEED, SERVER_SEED
from streams.queries.verification import StoredRow
from streams.verification.options import options_of, stored_of
from streams.verification.work import Judge


def row(game: str, difficulty: str | None = None, extra: dict[str, Any] | None = None) -> StoredRow:
    return StoredRow(1, 1, game, difficulty, Decimal(2), Decimal(1), Decimal(0), Decimal(3), extra or {})


CASES = [
    ("the column", row("pump", "expert"), {"difficulty": "expert"}),
    ("the column before a key", row("pump", "expert", {"difficulty": "easy"}), {"difficulty": "expert"}),
    ("a key where the column is empty", row("pump", None, {"difficulty": "easy"}), {"difficulty": "easy"}),
    ("a difficulty that the game does not have", row("limbo", "expert"), {}),
    ("keys that are no options", row("pump", "easy", {"recomputed": True, "x": 1}), {"difficulty": "easy"}),
    ("an unknown game", row("poker", "easy", {"mines": 3}), {}),
    ("our name", row("mines", None, {"mines": 3}), {"mines": 3}),
    ("the venue's name", row("mines", None, {"minesCount": 3, "fields": [1]}), {"mines": 3, "picks": [1]}),
    ("the venue's name of the game", row("dragonTower", "easy"), {"difficulty": "easy"}),
    ("a bot's name of the game", row("tower", "easy"), {"difficulty": "easy"}),
    (
        "numbers that the venue counts from 0",
        row("keno", None, {"risk": "low", "state": {"selectedNumbers": [0, 39]}}),
        {"risk": "low", "picks": [1, 40]},
    ),
    (
        "the same, counted as shown",
        row("keno", None, {"risk": "low", "picks": [1, 40]}),
        {"risk": "low", "picks": [1, 40]},
    ),
    ("what is no list of numbers", row("keno", None, {"selectedNumbers": "all"}), {"picks": "all"}),
    ("our name before the venue's", row("mines", None, {"minesCount": 4, "mines": 3}), {"mines": 3}),
    (
        "nested in the venue's state",
        row("snakes", "easy", {"state": {"rollCount": 2}}),
        {"difficulty": "easy", "rolls": 2},
    ),
    (
        "a number that is a choice",
        row("wheel", None, {"segments": 10, "risk": "low"}),
        {"segments": "10", "risk": "low"},
    ),
    ("a state that is no object", row("mines", None, {"state": "x", "options": [1]}), {}),
    ("an empty value", row("mines", None, {"mines": None}), {}),
]


@pytest.mark.parametrize(("stored", "options"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_options(stored: StoredRow, options: dict[str, Any]) -> None:
    assert options_of(stored) == options


def test_a_null_hides_no_value_behind_it() -> None:
    assert options_of(row("mines", None, {"mines": None, "state": {"mines": 5}})) == {"mines": 5}


def test_what_was_stored() -> None:
    told = stored_of(row("pump"))
    assert (told.result, told.amount, told.payout, told.target) == (2, 1, 0, 3)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["easy", "expert", "low", "10", "1,2,3", Decimal("1e400"), Decimal("0.1")]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
AMOUNT = st.none() | st.decimals(min_value=0, max_value=10**20, places=18)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(registry.SLUGS), st.data())
def test_whatever_was_sent_is_one_of_the_answers(game: str, data: st.DataObject) -> None:
    names = [info.name for info in registry.game(game).option_infos]
    extra = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, JSON)))
    told = StoredRow(
        1,
        1,
        game,
        data.draw(st.sampled_from([None, "easy", "expert", "x"])),
        *data.draw(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT)),
        extra,
    )
    judge = Judge(SERVER_SEED, CLIENT_SEED)
    assert judge(told).status in {"match", "mismatch", "cannot"}
    answer = verify(game, Seeds(SERVER_SEED, CLIENT_SEED, 1), options_of(told), stored_of(told))
    assert answer.status == judge(told).status
