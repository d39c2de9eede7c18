"""What a scan looks for: targets, plans, and the cells they become."""

from decimal import Decimal
from typing import Any

import pytest

from fairness.errors import InvalidInput
from fairness.games.base import Game
from fairness.games.registry import SLUGS, game, games
from fairness.scan import EDGES, TARGETS_MAX, Plan, Target
from fairness.scanning.cells import HUNDREDTHS_MAX, HundredthCells, TableCells, ranked

SOURCE = {"server_seed": "a1b2", "client_seed": "zXv"}


@pytest.mark.parametrize(
    ("words", "label", "bounds"),
    [
        (("eq", "1066.73"), "eq 1066.73", ("1066.73", "1066.73")),
        (("ge", "2E+3"), "ge 2000", ("2000", None)),
        (("le", 5), "le 5", (None, "5")),
        (("between", "2", Decimal("5.50")), "between 2 5.50", ("2", "5.5")),
    ],
)
def test_a_target_says_what_it_counts(words: Any, label: str, bounds: tuple[str | None, str | None]) -> None:
    target = Target.read(*words)
    assert target.label() == label
    assert target.bounds == tuple(None if bound is None else Decimal(bound) for bound in bounds)


@pytest.mark.parametrize(
    "words",
    [
        ("eq", "x"),
        ("eq", "NaN"),
        ("eq", "Infinity"),
        ("eq", "1E+1000"),
        ("eq", "1" * 101),
        ("eq", True),
        ("eq", 1.5),
        ("eq", None),
        ("over", "1"),
        ("eq", "1", "2"),
        ("between", "1"),
        ("between", "2", "1"),
        ("between", "2", ""),
    ],
)
def test_it_refuses_targets_that_are_none(words: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        Target.read(*words)
    assert refused.value.field == "target"


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("game", {"game": "checkers"}),
        ("game", {"game": "crash"}),
        ("game", {"game": "blackjack"}),
        ("game", {"game": "mines", "params": {"mines": 3}}),
        ("mines", {"game": "mines"}),
        ("difficulty", {"params": {"difficulty": "Expert"}}),
        ("speed", {"params": {"difficulty": "easy", "speed": 1}}),
        ("server_seed", {"server_seed": ""}),
        ("server_seed", {"server_seed": "a" * 10_000_000}),
        ("client_seed", {"client_seed": "a\nb"}),
        ("target", {"targets": [Target("eq", Decimal(1))] * (TARGETS_MAX + 1)}),
    ],
)
def test_it_refuses_a_plan_by_naming_the_field(field: str, changed: dict[str, Any]) -> None:
    given = {"game": "pump", "params": {"difficulty": "easy"}, **SOURCE}
    if "game" in changed:
        given["params"] = {}
    with pytest.raises(InvalidInput) as refused:
        Plan.of(**{**given, **changed})
    assert refused.value.field == field


def test_a_plan_does_not_show_its_server_seed() -> None:
    plan = Plan.of(game="dice", server_seed="quitesecret", client_seed="zXv")
    assert "quitesecret" not in repr(plan)
    assert plan.params == {}


def test_targets_become_ranks_by_exact_comparison() -> None:
    cells, table = ranked([Decimal(text) for text in ("2", "0", "1.5", "0.00", "10")])
    assert cells == TableCells((Decimal(0), Decimal("1.5"), Decimal(2), Decimal(10)))
    assert table == (2, 0, 1, 0, 3)
    assert cells.interval(Target.read("eq", "1.50")) == (1, 1)
    assert cells.interval(Target.read("ge", "1.51")) == (2, 3)
    assert cells.interval(Target.read("le", "1.49")) == (0, 0)
    assert cells.interval(Target.read("between", "0.1", "9.99")) == (1, 2)
    low, high = cells.interval(Target.read("eq", "1.6"))
    assert low > high


def test_targets_become_hundredths_by_exact_comparison() -> None:
    cells = HundredthCells()
    assert cells.interval(Target.read("eq", "1.5")) == (150, 150)
    low, high = cells.interval(Target.read("eq", "1.505"))
    assert low > high
    assert cells.interval(Target.read("ge", "1.501")) == (151, HUNDREDTHS_MAX)
    assert cells.interval(Target.read("le", "1.509")) == (0, 150)
    assert cells.interval(Target.read("ge", "1E+99"))[0] == HUNDREDTHS_MAX
    assert [cells.decimal(edge) for edge in cells.edges()[12:]] == list(EDGES[12:])


def test_every_game_has_its_slug() -> None:
    assert len(SLUGS) == len(set(SLUGS)) == 36
    assert [found.name for found in games()] == list(SLUGS)
    assert all(isinstance(found, Game) and game(found.name) is found for found in games())


@pytest.mark.parametrize("slug", ["", "Pump", "base", "registry", "../pump", "x" * 1_000_000, None, 7])
def test_it_refuses_games_that_there_are_not(slug: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        game(slug)
    assert refused.value.field == "game"
    assert len(str(refused.value)) < 1000
