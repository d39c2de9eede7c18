"""How much may be posted in a minute, and how the answer says it."""

import pytest
import time_machine

from streams.models import Bet
from tests.streams.api.client import Api
from tests.streams.messages import bet_record

AT = "2026-11-20T12:00:15Z"


@pytest.fixture(autouse=True)
def clock(settings):
    """One worker, small limits, and time that stands still until a test moves it."""
    settings.WEB_WORKERS = 1
    settings.INGEST_PER_MINUTE = 5
    settings.INGEST_PER_PEER = 8
    with time_machine.travel(AT, tick=False) as travelled:
        yield travelled


def limits(answer):
    return tuple(answer.headers.get(f"X-RateLimit-{name}") for name in ("Limit", "Remaining", "Reset"))


def test_it_counts_down_and_refuses(api):
    for left in (4, 3, 2, 1, 0):
        answer = api.post("/live/ingest", bet_record(left))
        assert (answer.status, limits(answer)) == (200, ("5", str(left), "45"))
    answer = api.post("/live/ingest", bet_record(9))
    assert (answer.status, answer.code, limits(answer)) == (429, "rate_limited", ("5", "0", "45"))
    assert answer.headers["Retry-After"] == "45"
    assert Bet.objects.count() == 5


def test_the_next_minute_is_new(api, clock):
    api.post("/live/ingest/batch", [bet_record(n) for n in range(5)])
    assert api.post("/live/ingest", bet_record(9)).status == 429
    clock.shift(45)
    assert limits(api.post("/live/ingest", bet_record(9))) == ("5", "4", "60")


def test_a_batch_counts_its_messages_and_is_taken_or_refused_whole(api):
    first = api.post("/live/ingest/batch", [bet_record(n) for n in range(3)])
    assert (first.status, limits(first)) == (200, ("5", "2", "45"))
    refused = api.post("/live/ingest/batch", [bet_record(n) for n in range(10, 13)])
    assert (refused.status, limits(refused)) == (429, ("5", "2", "45"))
    assert api.post("/live/ingest/batch", [bet_record(n) for n in range(20, 22)]).status == 200
    assert Bet.objects.count() == 5


def test_invalid_messages_count_too(api):
    for _ in range(5):
        assert api.post("/live/ingest", "{").status == 422
    assert api.post("/live/ingest", bet_record(1)).status == 429


def test_each_token_has_its_own_minute_and_the_peer_one_for_all(with_scopes):
    first, second = with_scopes("ingest"), with_scopes("ingest")
    assert first.post("/live/ingest/batch", [bet_record(n) for n in range(5)]).status == 200
    assert second.post("/live/ingest/batch", [bet_record(n) for n in range(10, 13)]).status == 200
    answer = second.post("/live/ingest", bet_record(20))
    assert (answer.status, limits(answer)[:2]) == (429, ("8", "0"))


def test_a_forged_address_is_no_new_peer(with_scopes, settings):
    settings.INGEST_PER_MINUTE = 0
    api = with_scopes("ingest")
    forged = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CF_CONNECTING_IP")
    statuses = [api.post("/live/ingest", bet_record(n), **{forged[n % 4]: f"10.0.0.{n}"}).status for n in range(9)]
    assert statuses == [200] * 8 + [429]


def test_a_configured_proxy_is_believed(with_scopes, settings):
    settings.INGEST_PER_MINUTE = 0
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    api = with_scopes("ingest")
    statuses = [api.post("/live/ingest", bet_record(n), HTTP_X_FORWARDED_FOR=f"10.0.0.{n}").status for n in range(9)]
    assert statuses == [200] * 9


def test_reading_is_not_limited(api):
    path = api.send(*(bet_record(n) for n in range(5)))
    for _ in range(10):
        answer = api.get(f"{path}/tail", since_id=0)
        assert (answer.status, limits(answer)) == (200, (None, None, None))


def test_zero_sets_no_limit(api, settings):
    settings.INGEST_PER_MINUTE = settings.INGEST_PER_PEER = 0
    answers = [api.post("/live/ingest", bet_record(n)) for n in range(10)]
    assert {(answer.status, limits(answer)) for answer in answers} == {(200, (None, None, None))}


def test_a_wrong_token_counts_for_nobody(db):
    assert {Api("sp_" + "x" * 43).post("/live/ingest", bet_record(1)).status for _ in range(10)} == {401}
