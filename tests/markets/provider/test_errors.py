"""Each documented refusal has its remedy."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from markets.provider.circuit import Circuit
from markets.provider.errors import REMEDIES, ProviderError, Remedy, remedy_of
from markets.provider.retry import Retry
from tests.markets.recordings import ODDS_API, needs_recordings

NOW = datetime(2026, 1, 10, tzinfo=UTC)


@needs_recordings
def test_every_documented_code_is_known():
    documented = json.loads((ODDS_API / "errors.json").read_text())
    assert {row["error_code"] for row in documented} <= REMEDIES.keys()
    for row in documented:
        error = ProviderError(row["error_code"], "", status=row["status"])
        assert (error.remedy is Remedy.RETRY) == (row["status"] == 429)


@pytest.mark.parametrize(
    ("code", "status", "remedy"),
    [
        ("OUT_OF_USAGE_CREDITS", 401, Remedy.PAUSE),
        ("INVALID_KEY", 401, Remedy.OPERATOR),
        ("DEACTIVATED_KEY", 401, Remedy.OPERATOR),
        ("MISSING_KEY", 401, Remedy.OPERATOR),
        ("HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN", 401, Remedy.MEND),
        ("EVENT_NOT_FOUND", 404, Remedy.SKIP),
        ("INVALID_REGION", 422, Remedy.MEND),
        ("NEW_WORD", 401, Remedy.OPERATOR),
        ("NEW_WORD", 404, Remedy.MEND),
        ("NEW_WORD", 422, Remedy.MEND),
        ("NEW_WORD", 429, Remedy.RETRY),
        ("NEW_WORD", 503, Remedy.RETRY),
        ("TIMED_OUT", None, Remedy.RETRY),
    ],
)
def test_what_helps(code, status, remedy):
    assert remedy_of(code, status) is remedy


@pytest.mark.parametrize(("attempt", "least", "most"), [(1, 0.5, 1), (2, 1, 2), (3, 2, 4), (4, 4, 8), (50, 4, 8)])
def test_waits_double_up_to_the_longest(attempt, least, most):
    assert Retry().wait(attempt, 0) == least
    assert Retry().wait(attempt, 1) == most


def test_the_circuit_opens_after_failed_polls_and_closes_after_one_that_came_through():
    circuit = Circuit(3, timedelta(seconds=120))
    for _ in range(2):
        circuit = circuit.failed(NOW)
        assert not circuit.is_open(NOW)
    circuit = circuit.failed(NOW)
    assert circuit.is_open(NOW + timedelta(seconds=119))
    later = NOW + timedelta(seconds=120)
    assert not circuit.is_open(later)
    # One poll tries; if that fails too, it opens again at once.
    assert circuit.failed(later).is_open(later + timedelta(seconds=119))
    assert circuit.succeeded() == Circuit(3, timedelta(seconds=120))


def test_the_provider_may_ask_for_a_pause_of_its_own():
    circuit = Circuit(3, timedelta(seconds=120)).failed(NOW, asked_for=timedelta(minutes=10))
    assert circuit.is_open(NOW + timedelta(minutes=9))
    assert circuit.failures == 1
