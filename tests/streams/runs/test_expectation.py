"""What chance gives beside a run's counts, held to the plain formulas and to counting."""

from decimal import Decimal
from fractions import Fraction
from math import comb, sqrt

import pytest

from fairness.scan import EDGES, Plan, Target, scan
from streams.run_pages import beside
from streams.runs.expectation import BARS_MAX, Expected, bars, of_target

PUMP = {"difficulty": "expert"}


def chance(game, params, op, value, upper=None):
    target = Target(op, Decimal(value), None if upper is None else Decimal(upper))
    found = of_target(game, params, target, rounds=1_000_000)
    return None if found is None else found.chance


def reached(pumps):
    return Fraction(comb(25 - pumps, 10), comb(25, 10))


@pytest.mark.parametrize(
    ("game", "params", "target", "expected"),
    [
        ("pump", PUMP, ("eq", "1066.73"), reached(10) - reached(11)),
        ("pump", PUMP, ("ge", "1066.73"), reached(10)),
        ("pump", PUMP, ("ge", "1066.74"), reached(11)),
        ("pump", PUMP, ("le", "1"), 1 - reached(1)),
        ("pump", PUMP, ("between", "1.63", "4.95"), reached(1) - reached(4)),
        ("pump", PUMP, ("eq", "1.06"), 0),
        ("dice", {}, ("le", "0.99"), None),
        ("limbo", {}, ("ge", "1"), 1),
        ("limbo", {}, ("ge", "2"), Fraction(99 * 2**24 // 200, 2**24)),
        ("limbo", {}, ("le", "1.99"), 1 - Fraction(99 * 2**24 // 200, 2**24)),
        ("limbo", {}, ("eq", "2"), Fraction(99 * 2**24 // 200 - 99 * 2**24 // 201, 2**24)),
        ("limbo", {}, ("between", "2", "2.999"), Fraction(99 * 2**24 // 200 - 99 * 2**24 // 300, 2**24)),
    ],
)
def test_the_chance_of_a_target_is_exact(game, params, target, expected):
    if expected is None:  # a hundred of 10,001 rolls, to within the words that do not divide
        assert float(chance(game, params, *target)) == pytest.approx(100 / 10_001, rel=1e-6)
    else:
        assert chance(game, params, *target) == expected


def test_the_count_has_its_mean_and_deviation():
    found = of_target("pump", PUMP, Target("ge", Decimal("1.63")), rounds=1000)
    assert (found.mean, found.deviation) == (pytest.approx(600), pytest.approx(sqrt(1000 * 0.6 * 0.4)))


def test_what_is_not_known_in_closed_form_or_not_taken_any_more_is_none():
    assert chance("moles", {"moles": 1}, "ge", "2") is None
    assert chance("pump", {"difficulty": "insane"}, "ge", "2") is None
    assert chance("tetris", {}, "ge", "2") is None


def scanned(game, params, nonces):
    plan = Plan.of(game=game, params=params, server_seed="aa", client_seed="b")
    return scan(plan, 1, nonces)


@pytest.mark.parametrize(
    ("game", "params", "how_many"),
    [("pump", PUMP, 16), ("dice", {}, BARS_MAX), ("wheel", {"segments": 10, "risk": "low"}, 3)],
)
def test_bars_hold_every_round_once_and_all_chances(game, params, how_many):
    found = scanned(game, params, 3000)
    made = bars(game, params, tuple(found.distribution.items()), between_edges=bool(found.edges))
    assert len(made) == how_many
    assert sum(bar.count for bar in made) == 3000
    assert sum(bar.expected.chance for bar in made) == 1
    assert all(later.low > earlier.high for earlier, later in zip(made, made[1:], strict=False))


def test_bars_between_edges():
    found = scanned("limbo", {}, 60_000)
    assert found.edges == EDGES
    made = bars("limbo", {}, tuple(found.distribution.items()), between_edges=True)
    assert len(made) <= BARS_MAX
    assert sum(bar.count for bar in made) == 60_000
    assert sum(bar.expected.chance for bar in made) == 1
    assert made[-1].high is None
    assert all(earlier.high == later.low for earlier, later in zip(made, made[1:], strict=False))
    # A fair sample: no bar with a large count is far off.
    assert all(
        abs(bar.count - bar.expected.mean) < 5 * bar.expected.deviation for bar in made if bar.expected.mean > 20
    )


def test_no_rounds_no_bars():
    assert bars("pump", PUMP, (), between_edges=False) == []


@pytest.mark.parametrize(
    ("count", "mean", "deviation", "shown"),
    [
        (10, 10.0, 3.0, ("10.0", "+0.0", False)),
        (1, 10.0, 3.0, ("10.0", "−3.0", False)),
        (20, 10.0, 3.0, ("10.0", "+3.3", True)),
        (3, 0.3061, 0.5, ("0.31", "", False)),
        (1_000_000, 1_000_000.0, 0.0, ("1,000,000", "", False)),
    ],
)
def test_a_count_beside_what_chance_gives(count, mean, deviation, shown):
    found = beside(count, Expected(Fraction(1, 2), mean, deviation))
    assert (found.mean, found.deviations, found.unusual) == shown


def test_a_count_without_known_chances():
    assert beside(5, None).mean == ""
