"""What is asked for is checked field by field."""

import json
from decimal import Decimal

import pytest

from fairness.scanning.plan import Target
from streams import exactjson
from streams.runs.targets import key, label, ordered, read_typed, restored, stored, typed
from streams.runs.wanted import InvalidRun, RangeTooLarge, read_body
from tests.streams.runs.bodies import body

MOST = 1_000_000_000


def read(**changes):
    """As the address reads it: numbers out of JSON are exact."""
    return read_body(exactjson.loads(json.dumps(body(**changes))), most=MOST)


def test_it_works_with_the_body_of_old_clients():
    wanted = read()
    assert (wanted.game, wanted.params, wanted.difficulty) == ("pump", {"difficulty": "expert"}, "expert")
    assert (wanted.start, wanted.end, wanted.nonces) == (1, 6000, 6000)
    assert wanted.targets == tuple(Target("eq", Decimal(text)) for text in ("1066.73", "3200.18", "11200.65"))


def test_targets_are_sorted_and_each_is_kept_once():
    wanted = read(targets=[3200.18, 1066.73, 3200.180, {"op": "ge", "value": 2}, {"op": "eq", "value": "1066.73"}])
    assert [key(target) for target in wanted.targets] == ["1066.73", "3200.18", "ge 2"]


def test_any_game_with_its_options():
    wanted = read(game="limbo", difficulty=None, targets=[{"op": "between", "value": 2, "upper": 3}])
    assert (wanted.game, wanted.params, wanted.difficulty) == ("limbo", {}, None)
    wanted = read(game="plinko", difficulty=None, params={"rows": 16, "risk": "high"}, targets=[])
    assert wanted.params == {"rows": 16, "risk": "high"}


def test_options_may_be_given_as_options():
    assert read(params={"difficulty": "hard"}, difficulty=None).difficulty == "hard"
    assert read(params={"difficulty": "hard"}, difficulty="hard").difficulty == "hard"


REFUSED = [
    *(({name: value}, name) for name in ("server_seed", "client_seed") for value in (None, "", 5, ["x"], "a\nb")),
    *(({"server_seed": value}, "server_seed") for value in ("ü", " a", "a" * 1001, "\0")),
    *(({"client_seed": value}, "client_seed") for value in (" a", "a ", "a" * 1001, "a\0b", "a" * 10_000_000)),
    *(({"game": value}, "game") for value in ("", "tetris", 5, ["pump"], "crash", "x" * 1000)),
    *(({"difficulty": value}, "difficulty") for value in (None, "", "insane", "Expert", 5)),
    ({"params": {"difficulty": "easy"}}, "difficulty"),
    ({"params": []}, "params"),
    ({"params": {"rows": 5}}, "params.rows"),
    ({"params": {"x" * 1000: 5}}, f"params.{'x' * 100}"),
    ({"game": "plinko", "difficulty": None, "params": {"rows": 99, "risk": "low"}}, "params.rows"),
    ({"game": "mines", "difficulty": None, "params": {"mines": 3}}, "game"),
    *(({name: value}, name) for name in ("start", "end") for value in (None, -1, 1.5, "x", 2**53, 10**400, True)),
    ({"start": 7, "end": 6}, "end"),
    *(({"targets": value}, "targets") for value in ("x", 5, {"op": "eq"}, [1] * 101)),
    *(
        ({"targets": [value]}, "targets[0]")
        for value in (None, "x", True, -1, 10**21, "1e-30", [1], {}, {"value": 1, "x": 2})
    ),
    *(({"targets": [{"op": op, "value": 1}]}, "targets[0]") for op in ("gt", "", 5, "between")),
    ({"targets": [{"op": "between", "value": 3, "upper": 2}]}, "targets[0]"),
    ({"targets": [{"op": "ge", "value": 3, "upper": 4}]}, "targets[0]"),
    ({"targets": [1, {"op": "eq"}]}, "targets[1]"),
]


@pytest.mark.parametrize(("changes", "field"), REFUSED, ids=lambda value: repr(value)[:60])
def test_it_refuses_and_names_the_field(changes, field):
    with pytest.raises(InvalidRun) as refused:
        read(**changes)
    assert set(refused.value.fields) == {field}
    assert all(len(text) < 600 for text in refused.value.fields.values())


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1e99999999999"])
@pytest.mark.parametrize("field", ["start", "end", "targets"])
def test_it_refuses_numbers_that_are_none(number, field):
    made = body(**{field: "HERE"})
    text = json.dumps(made).replace('"HERE"', f"[{number}]" if field == "targets" else number)
    with pytest.raises(InvalidRun) as refused:
        read_body(exactjson.loads(text), most=MOST)
    assert set(refused.value.fields) == {"targets[0]" if field == "targets" else field}


def test_it_names_every_wrong_field_at_once():
    with pytest.raises(InvalidRun) as refused:
        read_body({"targets": [-1]}, most=MOST)
    assert set(refused.value.fields) == {"server_seed", "client_seed", "start", "end", "difficulty", "targets[0]"}


def test_it_refuses_more_nonces_than_a_run_may_have():
    assert read(start=0, end=MOST - 1).nonces == MOST
    with pytest.raises(RangeTooLarge):
        read(start=0, end=MOST)


# --- Targets as text ------------------------------------------------------------------------------

TARGETS = [
    (Target("eq", Decimal("1066.73")), "1066.73", "1,066.73"),
    (Target("ge", Decimal("34.680")), "ge 34.68", "≥ 34.68"),
    (Target("le", Decimal(2)), "le 2", "≤ 2"),
    (Target("between", Decimal(2), Decimal("3000.5")), "between 2 3000.5", "2 to 3,000.5"),
]


@pytest.mark.parametrize(("target", "named", "written"), TARGETS, ids=[case[1] for case in TARGETS])
def test_a_target_has_a_name_for_programs_and_one_for_people(target, named, written):
    assert (key(target), label(target)) == (named, written)
    assert restored(exactjson.loads(exactjson.dumps(stored(target)))) == target


def test_typed_targets_are_read_back():
    targets = ordered(case[0] for case in TARGETS)
    given = read_typed(typed(targets))
    assert read_body(body(targets=given), most=MOST).targets == targets


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", []),
        ("1066.73\n3200.18", ["1066.73", "3200.18"]),
        (" 1066.73x, >=34.68 ; <= 2 ", ["1066.73", "ge 34.68", "le 2"]),
        ("= 5", ["5"]),
        ("2-3\n2 – 4\n2..5", ["between 2 3", "between 2 4", "between 2 5"]),
    ],
)
def test_people_may_type_targets_in_several_ways(text, keys):
    wanted = read_body(body(targets=read_typed(text)), most=MOST)
    assert [key(target) for target in wanted.targets] == keys


@pytest.mark.parametrize("text", ["x", "> 5", "1,066.73.5", "-5", "1e999", "nan", "5 5", "9" * 101, "1\n" * 101])
def test_what_is_no_target_is_quoted(text):
    with pytest.raises((ValueError, InvalidRun)):
        read_body(body(targets=read_typed(text)), most=MOST)
