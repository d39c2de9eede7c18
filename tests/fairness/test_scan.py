"""Scans: every back-end, in any pieces, gives what playing each round gives."""

import json
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairness.draws import NONCE_MAX
from fairness.errors import InvalidInput
from fairness.rounds import Seeds, play
from fairness.scan import EDGES, HIGHEST_NONCES, Plan, Result, Target, back_ends, between_edges, scan
from fairness.scanning import counting
from fairness.scanning.rules import RULES, rule_for

KNOWN = json.loads((Path(__file__).parent / "pump_answers.json").read_text())["pump"]
SERVER_SEED = "4f" * 32

# Every game with a mapping of its own, then some that are scanned by playing.
MAPPED: list[tuple[str, dict[str, Any]]] = [
    *(("pump", {"difficulty": difficulty}) for difficulty in ("easy", "medium", "hard", "expert")),
    *(("chicken", {"difficulty": difficulty}) for difficulty in ("easy", "expert")),
    ("limbo", {}),
    ("dice", {}),
    ("primedice", {}),
    ("roulette", {}),
    ("wheel", {"risk": "medium", "segments": 50}),
    ("wheel", {"risk": "low", "segments": 10}),
    ("plinko", {"risk": "high", "rows": 8}),
    ("plinko", {"risk": "expert", "rows": 16}),
    ("keno", {"risk": "classic", "picks": "1,7,13,40"}),
    ("keno", {"risk": "low", "picks": "31,32,33,34,35,36,37,38,39,40"}),
    ("mines", {"mines": 1, "picks": "24"}),
    ("mines", {"mines": 20, "picks": "0,12"}),
    ("diamonds", {}),
    ("cases", {"difficulty": "easy"}),
    ("cases", {"difficulty": "expert"}),
    ("drill", {"pick": 1}),
    ("drill", {"pick": 3}),
]
PLAYED: list[tuple[str, dict[str, Any]]] = [
    ("tarot", {"difficulty": "medium"}),
    ("darts", {"difficulty": "hard"}),
]
CASES = [
    pytest.param(game, params, id="-".join([game, *map(str, params.values())])) for game, params in MAPPED + PLAYED
]

TARGETS = (
    Target("eq", Decimal(0)),
    Target("eq", Decimal("1.0")),
    Target("eq", Decimal("1.01")),
    Target("ge", Decimal("1.5")),
    Target("le", Decimal("1.1")),
    Target("between", Decimal("1.01"), Decimal("35.995")),
    Target("between", Decimal("0.001"), Decimal("0.009")),
    Target("ge", Decimal("1E+30")),
    Target("ge", Decimal("-1E+30")),
)


def plan_of(
    game: str, params: dict[str, Any], *, client_seed: str = "zXv", targets: tuple[Target, ...] = TARGETS
) -> Plan:
    return Plan.of(game=game, params=params, server_seed=SERVER_SEED, client_seed=client_seed, targets=targets)


def plain_scan(plan: Plan, start: int, end: int, *, hits_max: int) -> Result:
    """The scan as it would be written down: every round is played and its result compared."""
    results = {}
    for nonce in range(start, end + 1):
        result = play(plan.seed_game, Seeds(plan.server_seed, plan.client_seed, nonce), plan.params).result
        assert result is not None
        results[nonce] = result
    hits = []
    for target in plan.targets:
        low, high = target.bounds
        hits.append([(n, r) for n, r in results.items() if (low is None or r >= low) and (high is None or r <= high)])
    highest = max(results.values())
    distribution: dict[Decimal, int] = dict(Counter(results.values()))
    edges = EDGES if plan.game in {"limbo", "drill"} else ()
    return Result(
        nonces=len(results),
        counts=tuple(len(found) for found in hits),
        hits=tuple(found[:hits_max] for found in hits),
        hits_max=hits_max,
        distribution=between_edges(distribution) if edges else distribution,
        edges=edges,
        highest=highest,
        highest_nonces=tuple(n for n, r in results.items() if r == highest)[:HIGHEST_NONCES],
    )


def bare(result: Result) -> Result:
    """A result without how long it took, and where."""
    return replace(result, seconds=0.0, setup_seconds=0.0, back_end="")


@pytest.mark.parametrize(("game", "params"), CASES)
@settings(max_examples=5, deadline=None)
@given(
    client_seed=st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=150),
    # Where the number of digits changes, and at the end, as often as anywhere.
    start=st.one_of(
        st.integers(0, NONCE_MAX - 40),
        st.sampled_from([0, 1, 80, 980, 9_980, 19_970, 99_990, 10**15 - 3, NONCE_MAX - 40]),
    ),
)
def test_back_ends_give_what_playing_gives(game: str, params: dict[str, Any], client_seed: str, start: int) -> None:
    plan = plan_of(game, params, client_seed=client_seed)
    expected = plain_scan(plan, start, start + 40, hits_max=3)
    for back_end in back_ends():
        assert bare(scan(plan, start, start + 40, back_end=back_end, hits_max=3)) == expected, back_end


def test_every_mapped_game_is_in_the_table() -> None:
    assert {game for game, _ in MAPPED} == set(RULES)
    assert all(rule_for(game, plan_of(game, params).seed_game.read_options(params)) for game, params in MAPPED)
    assert not any(rule_for(game, None) for game, _ in PLAYED)


@pytest.mark.parametrize("back_end", back_ends())
@pytest.mark.parametrize(("game", "params"), [("pump", {"difficulty": "expert"}), ("limbo", {}), PLAYED[0]])
def test_pieces_add_up_to_the_whole(game: str, params: dict[str, Any], back_end: str) -> None:
    plan = plan_of(game, params)
    end = 3_000 if (game, params) in PLAYED else 25_000
    whole = bare(scan(plan, 1, end, back_end=back_end, hits_max=50))
    for cuts in ((1, 2, end // 3, end), (1, 777, end)):
        ranges = zip((1, *(cut + 1 for cut in cuts)), (*cuts, None), strict=True)
        parts = [scan(plan, a, b, back_end=back_end, hits_max=50) for a, b in ranges if b is not None and a <= b]
        assert bare(sum(parts, Result.empty(len(plan.targets), hits_max=50))) == whole
        assert bare(sum(reversed(parts), Result.empty(len(plan.targets), hits_max=50))) == whole
    assert sum(whole.distribution.values()) == end


@pytest.mark.parametrize("back_end", back_ends())
def test_jobs_share_the_work(back_end: str) -> None:
    plan = plan_of("pump", {"difficulty": "expert"})
    told: list[int] = []
    alone = scan(plan, 5, 120_000, back_end=back_end, hits_max=10)
    shared = scan(plan, 5, 120_000, back_end=back_end, jobs=2, hits_max=10, progress=told.append)
    assert bare(shared) == bare(alone)
    assert shared.back_end == back_end
    assert told == sorted(told)
    assert told[-1] == 119_996


@pytest.mark.parametrize("back_end", back_ends())
def test_it_counts_the_known_hits(back_end: str) -> None:
    known = KNOWN["expert_hits_1_to_100000"]
    targets = [Target.read("eq", text) for text in known]
    plan = Plan.of(game="pump", params={"difficulty": "expert"}, targets=targets, **KNOWN["seeds"])
    assert scan(plan, 1, 100_000, back_end=back_end).counts == tuple(known.values())


@pytest.mark.parametrize("back_end", back_ends())
def test_hits_are_the_first_and_counts_stay_exact(back_end: str) -> None:
    plan = plan_of("roulette", {}, targets=(Target("ge", Decimal(1)), Target("eq", Decimal(40))))
    result = scan(plan, 0, 20_000, back_end=back_end, hits_max=7)
    assert len(result.hits[0]) == 7
    assert [nonce for nonce, _ in result.hits[0]] == sorted(nonce for nonce, _ in result.hits[0])
    assert result.counts[0] == 20_001 - result.distribution[Decimal(0)]
    assert result.counts[1] == 0
    assert result.hits_truncated == (True, False)


class Clock:
    """Cancels after a while, and notes when it was first said."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked: list[float] = []
        self.said: float | None = None

    def __call__(self) -> bool:
        now = time.perf_counter()
        self.asked.append(now)
        if self.said is None and now - self.asked[0] >= self.seconds:
            self.said = now
        return self.said is not None


@pytest.mark.parametrize("back_end", back_ends())
@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("game", "params"), [("pump", {"difficulty": "expert"}), PLAYED[0]])
def test_it_is_cancelled_in_the_middle(game: str, params: dict[str, Any], back_end: str, jobs: int) -> None:
    plan = plan_of(game, params, targets=(Target("ge", Decimal(2)),))
    clock = Clock(0.6)
    # Without cancelling, the range would take years. How soon it stops is measured in benchmarks.
    result = scan(plan, 1, NONCE_MAX, back_end=back_end, jobs=jobs, hits_max=20, cancelled=clock)
    assert clock.said is not None
    assert len(clock.asked) > 1
    assert 0 < result.nonces < NONCE_MAX
    # What it has is what it says: the first nonces of the range, without a hole.
    checked = min(result.nonces, 2_000)
    assert result.hits[0][:5] == scan(plan, 1, checked, hits_max=5).hits[0]
    assert sum(result.distribution.values()) == result.nonces


def test_a_cancelled_scan_is_taken_up_again() -> None:
    plan = plan_of("tarot", {"difficulty": "easy"}, targets=(Target("ge", Decimal(1)),))
    polls: Iterator[bool] = iter([False, True])
    first = scan(plan, 1, 30_000, back_end="hashlib", hits_max=9, cancelled=lambda: next(polls))
    assert 0 < first.nonces < 30_000
    whole = first + scan(plan, first.nonces + 1, 30_000, hits_max=9)
    assert bare(whole) == bare(scan(plan, 1, 30_000, hits_max=9))
    assert whole.back_end == f"hashlib+{back_ends()[0]}"


@pytest.mark.parametrize("back_end", back_ends())
def test_memory_does_not_grow_with_the_range(back_end: str) -> None:
    plan = plan_of("limbo", {}, targets=(Target("ge", Decimal(1)),))
    scan(plan, 1, 20_000, back_end=back_end)

    def peak(end: int) -> int:
        tracemalloc.start()
        try:
            scan(plan, 1, end, back_end=back_end, hits_max=100)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(100_000) < 1.3 * peak(20_000) + 200_000


def test_without_numba_or_numpy_the_next_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    missing: set[str] = set()
    monkeypatch.setattr(counting, "find_spec", lambda name: None if name in missing else object())
    assert back_ends() == ("numba", "numpy", "hashlib")
    missing.add("numba")
    assert back_ends() == ("numpy", "hashlib")
    with pytest.raises(InvalidInput, match="back_end must be one of those that can be used here: numpy, hashlib"):
        scan(plan_of("dice", {}), 1, 2, back_end="numba")
    missing.add("numpy")
    assert back_ends() == ("hashlib",)
    assert scan(plan_of("dice", {}), 1, 2).back_end == "hashlib"


def test_results_add_only_to_their_like() -> None:
    with pytest.raises(ValueError, match="add up"):
        Result.empty(1) + Result.empty(2)
    with pytest.raises(ValueError, match="add up"):
        Result.empty(1, hits_max=1) + Result.empty(1, hits_max=2)


def test_too_many_different_results_are_counted_between_edges() -> None:
    many = replace(Result.empty(0), nonces=30_000, distribution={Decimal(n).scaleb(-2): 1 for n in range(30_000)})
    few = replace(Result.empty(0), nonces=1, distribution={Decimal("0.05"): 1})
    total = many + few
    assert total.edges == EDGES
    assert total.distribution == (few + many).distribution
    assert total.distribution[Decimal(0)] == 11
    assert total.distribution[Decimal(200)] == 5_000
    assert sum(total.distribution.values()) == 30_001
    assert (total + few).distribution[Decimal(0)] == 12


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("start", {"start": -1}),
    ("start", {"start": True}),
    ("end", {"end": NONCE_MAX + 1}),
    ("end", {"start": 10, "end": 9}),
    ("jobs", {"jobs": 0}),
    ("jobs", {"jobs": 10_000}),
    ("hits_max", {"hits_max": -1}),
    ("back_end", {"back_end": "cuda"}),
]


@pytest.mark.parametrize(("field", "changed"), REFUSED)
def test_it_refuses_a_scan_by_naming_the_field(field: str, changed: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"start": 1, "end": 10, **changed}
    with pytest.raises(InvalidInput) as refused:
        scan(plan_of("dice", {}), **arguments)
    assert refused.value.field == field
