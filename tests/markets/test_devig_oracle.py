"""De-vigging held against other people's programs: PyPI's `shin` and `penaltyblog`, on markets drawn at random."""

import importlib.util
import sys
from types import ModuleType

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from markets.devig import Method, devig

WITHIN = 2e-6
few = settings(max_examples=100, deadline=None)


def without_its_package(name: str, package: str) -> ModuleType:
    """A subpackage by itself, as `penaltyblog/__init__` asks for fifty packages that its `implied` does not need."""
    parent = importlib.util.find_spec(name)
    assert parent is not None, f"{name} is in the lock of the test tools"
    assert parent.submodule_search_locations
    folder = f"{parent.submodule_search_locations[0]}/{package}"
    alone = f"{name}_{package}"
    spec = importlib.util.spec_from_file_location(alone, f"{folder}/__init__.py", submodule_search_locations=[folder])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[alone] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


penaltyblog = without_its_package("penaltyblog", "implied")

METHODS = {
    Method.MULTIPLICATIVE: "multiplicative",
    Method.ADDITIVE: "additive",
    Method.POWER: "power",
    Method.SHIN: "shin",
    Method.ODDS_RATIO: "odds_ratio",
}
PARAMETERS = {Method.POWER: "k", Method.SHIN: "z", Method.ODDS_RATIO: "c"}


@st.composite
def markets(draw: st.DrawFn, least: int = 2) -> list[float]:
    """A book's prices: fair probabilities, and 1 to 20 % of margin spread unevenly over them."""
    parts = draw(st.lists(st.floats(0.05, 1.0), min_size=least, max_size=8))
    margin = draw(st.floats(1.01, 1.2))
    tilt = [draw(st.floats(0.9, 1.1)) for _ in parts]
    whole = sum(part * by for part, by in zip(parts, tilt, strict=True))
    implied = [part * by / whole * margin for part, by in zip(parts, tilt, strict=True)]
    assume(all(r < 0.98 for r in implied))
    return [1.0 / r for r in implied]


@pytest.mark.parametrize("method", METHODS)
@few
@given(prices=markets())
def test_penaltyblog_says_the_same(method: Method, prices: list[float]) -> None:
    ours = devig(prices, method)
    theirs = penaltyblog.calculate_implied(prices, method=METHODS[method])
    assert ours.probabilities == pytest.approx(theirs.probabilities, abs=WITHIN)
    assert ours.margin == pytest.approx(theirs.margin, abs=1e-12)
    if method in PARAMETERS:
        assert ours.parameter == pytest.approx(theirs.method_params[PARAMETERS[method]], abs=1e-4)


@few
@given(prices=markets())
def test_buchdahls_margin_in_proportion_to_the_odds_is_the_additive_method(prices: list[float]) -> None:
    theirs = penaltyblog.calculate_implied(prices, method="differential_margin_weighting")
    assert devig(prices, Method.ADDITIVE).probabilities == pytest.approx(theirs.probabilities, abs=WITHIN)


@few
@given(prices=markets())
def test_a_constant_off_the_log_odds_is_the_odds_ratio(prices: list[float]) -> None:
    theirs = penaltyblog.calculate_implied(prices, method="logarithmic")
    assert devig(prices, Method.ODDS_RATIO).probabilities == pytest.approx(theirs.probabilities, abs=WITHIN)


@few
@given(prices=markets())
def test_shin_says_the_same(prices: list[float]) -> None:
    shin = pytest.importorskip("shin", reason="it has no wheel for this Python")
    ours = devig(prices, Method.SHIN)
    theirs = shin.calculate_implied_probabilities(prices, full_output=True)
    assert ours.probabilities == pytest.approx(theirs.implied_probabilities, abs=WITHIN)
    assert ours.parameter == pytest.approx(theirs.z, abs=1e-4)
