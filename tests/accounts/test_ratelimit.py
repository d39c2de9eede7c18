"""The rate limit: fixed minutes, shares of workers, batches whole."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from accounts import ratelimit
from accounts.ratelimit import Limiter, Window

MINUTE_START = 1_800_000_000.0  # a whole number of minutes


@pytest.fixture
def limiter(settings):
    settings.WEB_WORKERS = 1
    return Limiter()


def test_it_counts_down_and_refuses(limiter):
    windows = [limiter.take(key="a", count=1, limit=2, now=MINUTE_START + 15) for _ in range(3)]
    assert windows == [
        Window(allowed=True, limit=2, remaining=1, reset=45),
        Window(allowed=True, limit=2, remaining=0, reset=45),
        Window(allowed=False, limit=2, remaining=0, reset=45),
    ]


def test_a_batch_is_admitted_or_refused_whole(limiter):
    assert limiter.take(key="a", count=6, limit=10, now=MINUTE_START).remaining == 4
    assert limiter.take(key="a", count=5, limit=10, now=MINUTE_START) == Window(False, 10, 4, 60)
    assert limiter.take(key="a", count=4, limit=10, now=MINUTE_START) == Window(True, 10, 0, 60)


def test_a_new_minute_starts_anew_and_drops_the_old_counts(limiter):
    for number in range(50):
        limiter.take(key=str(number), count=1, limit=1, now=MINUTE_START)
    assert not limiter.take(key="7", count=1, limit=1, now=MINUTE_START + 59.999).allowed
    assert limiter.take(key="7", count=1, limit=1, now=MINUTE_START + 60).allowed
    assert len(limiter._counts) == 1


def test_keys_do_not_touch_each_other(limiter):
    assert limiter.take(key="a", count=1, limit=1, now=MINUTE_START).allowed
    assert limiter.take(key="b", count=1, limit=1, now=MINUTE_START).allowed


@pytest.mark.parametrize(("workers", "limit", "share"), [(2, 100, 50), (2, 101, 50), (4, 3, 1), (0, 5, 5)])
def test_each_worker_has_its_share(settings, limiter, workers, limit, share):
    settings.WEB_WORKERS = workers
    assert limiter.take(key="a", count=1, limit=limit, now=MINUTE_START).limit == share


def test_zero_is_no_limit(limiter):
    window = limiter.take(key="a", count=10**9, limit=0, now=MINUTE_START)
    assert window.allowed
    assert window.headers() == {}


def test_reset_is_never_zero_and_headers_say_when_to_come_back(limiter):
    limiter.take(key="a", count=1, limit=1, now=MINUTE_START)
    refused = limiter.take(key="a", count=1, limit=1, now=MINUTE_START + 59.9999)
    assert refused.headers() == {
        "X-RateLimit-Limit": "1",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": "1",
        "Retry-After": "1",
    }


def test_many_made_up_keys_do_not_fill_the_memory(limiter, monkeypatch):
    monkeypatch.setattr(ratelimit, "KEYS_MAX", 10)
    for number in range(1000):
        limiter.take(key=f"peer:{number}", count=1, limit=5, now=MINUTE_START)
    assert len(limiter._counts) == 11
    assert not limiter.take(key="peer:late", count=1, limit=5, now=MINUTE_START).allowed
    assert limiter.take(key="peer:3", count=1, limit=5, now=MINUTE_START).allowed


def test_threads_together_never_take_more_than_the_limit(limiter):
    def many(_):
        return sum(limiter.take(key="a", count=3, limit=1000, now=MINUTE_START).allowed for _ in range(500))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(many, range(8))) == 333
