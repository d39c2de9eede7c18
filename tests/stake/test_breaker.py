"""The circuit breaker: when it opens, whom it lets try, how long it waits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from stake.breaker import FAILURES_MAX, FIRST_PAUSE, LONGEST_PAUSE, TRIAL_MAX, Breaker, Breakers
from stake.errors import (
    CircuitOpen,
    CloudflareBlocked,
    InsufficientBalance,
    NotConnected,
    RateLimited,
    SchemaChanged,
    Transient,
    VenueError,
)

NOW = datetime(2026, 8, 8, 13, 0, tzinfo=UTC)


def breaker() -> Breaker:
    return Breaker(chance=lambda: 0.0)


def opened(error: Callable[[], VenueError] = Transient) -> Breaker:
    """One that has just opened, at NOW."""
    found = breaker()
    for _ in range(FAILURES_MAX):
        found.check(NOW)
        found.failed(error(), NOW)
    return found


def is_open(found: Breaker, at: datetime) -> bool:
    try:
        found.check(at)
    except CircuitOpen:
        return True
    return False


@pytest.mark.parametrize("error", [Transient, NotConnected, CloudflareBlocked, RateLimited])
def test_it_opens_after_failures_in_a_row(error: Callable[[], VenueError]) -> None:
    found = breaker()
    for _ in range(FAILURES_MAX - 1):
        found.failed(error(), NOW)
        assert not is_open(found, NOW)
    found.failed(error(), NOW)
    with pytest.raises(CircuitOpen) as refusal:
        found.check(NOW)
    assert refusal.value.retry_after == FIRST_PAUSE
    assert refusal.value.proves_nothing_placed


@pytest.mark.parametrize("error", [InsufficientBalance, SchemaChanged])
def test_an_answer_is_no_failure(error: Callable[[], VenueError]) -> None:
    found = breaker()
    for _ in range(FAILURES_MAX - 1):
        found.failed(Transient(), NOW)
    found.failed(error(), NOW)
    found.failed(Transient(), NOW)
    assert not is_open(found, NOW)


def test_one_may_try_after_the_pause() -> None:
    found = opened()
    later = NOW + FIRST_PAUSE
    assert is_open(found, later - timedelta(milliseconds=1))
    assert not is_open(found, later)
    assert is_open(found, later)  # one is trying
    found.succeeded()
    assert not is_open(found, later)
    assert not is_open(found, later)


def test_another_may_try_where_the_first_never_came_back() -> None:
    found = opened()
    later = NOW + FIRST_PAUSE
    found.check(later)
    assert is_open(found, later + TRIAL_MAX - timedelta(seconds=1))
    assert not is_open(found, later + TRIAL_MAX)


def test_pauses_grow_to_a_longest() -> None:
    found, at, pauses = opened(), NOW, [FIRST_PAUSE]
    for _ in range(10):
        at += pauses[-1]
        found.check(at)
        found.failed(Transient(), at)
        with pytest.raises(CircuitOpen) as refusal:
            found.check(at)
        assert refusal.value.retry_after is not None
        pauses.append(refusal.value.retry_after)
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


def test_pauses_are_jittered() -> None:
    found = Breaker(chance=lambda: 1.0)
    for _ in range(FAILURES_MAX):
        found.failed(Transient(), NOW)
    assert is_open(found, NOW + FIRST_PAUSE)
    assert not is_open(found, NOW + FIRST_PAUSE * 1.25)


def test_retry_after_is_honoured_at_once() -> None:
    found = breaker()
    found.failed(RateLimited(retry_after=timedelta(seconds=60)), NOW)
    assert is_open(found, NOW + timedelta(seconds=59))
    assert not is_open(found, NOW + timedelta(seconds=60))


def test_a_late_failure_does_not_shorten_the_pause() -> None:
    found = breaker()
    found.failed(RateLimited(retry_after=timedelta(seconds=60)), NOW)
    found.failed(RateLimited(retry_after=timedelta(seconds=5)), NOW)
    assert is_open(found, NOW + timedelta(seconds=59))


def test_only_one_of_many_threads_tries() -> None:
    found = opened()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: is_open(found, NOW + FIRST_PAUSE), range(50)))
    assert answers.count(False) == 1


def test_sessions_have_circuits_of_their_own() -> None:
    breakers = Breakers(chance=lambda: 0.0)
    for _ in range(FAILURES_MAX):
        breakers.of("a").failed(Transient(), NOW)
    assert is_open(breakers.of("a"), NOW)
    assert not is_open(breakers.of("b"), NOW)
