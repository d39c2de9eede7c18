"""The client: what it sends, what it reads, what it tries again, and where the key is not."""

import gzip
import json
import logging
import traceback
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from markets.provider import contract, errors
from markets.provider.access import Key, read_base
from markets.provider.client import Provider
from markets.provider.errors import BudgetRefused, Interrupted, Limit, ProviderError
from markets.provider.retry import Retry

SECRET = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 1, 10, 17, tzinfo=UTC)
EVENTS = contract.events("basketball_nba")
ODDS = contract.odds("basketball_nba", contract.scope(["h2h"], ["us"]))
USAGE = {"x-requests-last": "1", "x-requests-used": "40", "x-requests-remaining": "460"}


class Book:
    """Keeps what it is told; refuses where it is to."""

    def __init__(self, refuses=False):
        self.asked, self.outcomes, self.refuses = [], [], refuses

    def before(self, call, attempt):
        if self.refuses:
            raise BudgetRefused(Limit.RUN, "This may cost 1 credit, and 0 are left.")
        self.asked.append((call.endpoint, attempt))
        return len(self.asked)

    def after(self, number, outcome):
        self.outcomes.append(outcome)


class Answers(httpx.BaseTransport):
    """Answers one after another; an exception is raised, a function called."""

    def __init__(self, *answers):
        self.answers, self.requests = list(answers), []

    def handle_request(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        answer = answer(request) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer


def reply(status=200, content=b"[]", **headers):
    return httpx.Response(status, headers={**USAGE, **headers}, stream=httpx.ByteStream(content))


def refusal(status, code, message="", **headers):
    return reply(status, json.dumps({"message": message, "error_code": code}).encode(), **headers)


def asker(*answers, base="https://odds.example/v4", **given):
    transport, book, slept = Answers(*answers), given.pop("book", None) or Book(), []
    provider = Provider(
        read_base(base),
        Key(SECRET),
        book,
        transport=transport,
        sleep=given.pop("sleep", slept.append),
        chance=lambda: 1.0,
        now=lambda: NOW,
        **given,
    )
    return provider, transport, book, slept


def test_it_asks_with_the_key_and_reads_the_credits():
    provider, transport, book, _ = asker(reply(content=b'[{"id": "a"}]', date="Sat, 10 Jan 2026 16:58:30 GMT"))
    answer = provider.ask(ODDS)
    (sent,) = transport.requests
    assert str(sent.url) == (
        "https://odds.example/v4/sports/basketball_nba/odds"
        f"?regions=us&markets=h2h&oddsFormat=american&dateFormat=iso&apiKey={SECRET}"
    )
    assert sent.headers["accept-encoding"] == "gzip"
    assert answer.data == [{"id": "a"}]
    assert answer.usage == (1, 40, 460)
    assert answer.at == NOW
    assert answer.skew == timedelta(seconds=90)
    (outcome,) = book.outcomes
    assert (outcome.usage, outcome.status, outcome.error) == ((1, 40, 460), 200, "")


def test_compressed_answers_are_read():
    provider, *_ = asker(reply(content=gzip.compress(b"[]"), **{"content-encoding": "gzip"}))
    assert provider.ask(EVENTS).body == b"[]"


@pytest.mark.parametrize(
    "failure",
    [
        lambda request: httpx.ConnectError("no", request=request),
        lambda request: httpx.ConnectTimeout("no", request=request),
        lambda request: httpx.ReadTimeout("no", request=request),
        lambda request: httpx.RemoteProtocolError("no", request=request),
        lambda request: RuntimeError(str(request.url)),
        lambda _: reply(503, b"<html>Service Unavailable</html>"),
        lambda _: reply(500),
        lambda _: refusal(429, "EXCEEDED_FREQ_LIMIT"),
        lambda _: reply(200, b'[{"id": "a"'),
        lambda _: reply(200, b"<html>maintenance</html>"),
        lambda _: reply(200, b"not gzip", **{"content-encoding": "gzip"}),
        lambda _: reply(200, b"[" * 100_000),
    ],
)
def test_what_can_heal_is_asked_again(failure):
    provider, transport, book, slept = asker(failure, failure, reply())
    assert provider.ask(EVENTS).data == []
    assert slept == [1.0, 2.0]
    assert [attempt for _, attempt in book.asked] == [1, 2, 3]
    assert [bool(outcome.error) for outcome in book.outcomes] == [True, True, False]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (refusal(401, "INVALID_KEY"), "INVALID_KEY"),
        (refusal(401, "OUT_OF_USAGE_CREDITS"), "OUT_OF_USAGE_CREDITS"),
        (refusal(404, "UNKNOWN_SPORT"), "UNKNOWN_SPORT"),
        (refusal(422, "INVALID_MARKET"), "INVALID_MARKET"),
        (reply(404, b"<html>"), errors.REFUSED),
        (reply(302, b"", location="https://elsewhere.example"), errors.REFUSED),
        (refusal(422, "<script>"), errors.REFUSED),
        (reply(422, b'{"error_code": 7, "message": ["x"]}'), errors.REFUSED),
        (reply(200, b'{"not": "a list"}'), errors.CHANGED_SHAPE),
        (reply(200, b"[1, 2]"), errors.CHANGED_SHAPE),
        (reply(200, b"null"), errors.CHANGED_SHAPE),
    ],
)
def test_what_cannot_heal_is_asked_once(failure, code):
    provider, _, book, slept = asker(failure)
    with pytest.raises(ProviderError) as raised:
        provider.ask(EVENTS)
    assert (raised.value.code, slept) == (code, [])
    assert book.outcomes[0].usage.remaining == 460  # told on every answer


def test_it_gives_up_after_its_attempts():
    provider, _, book, slept = asker(*[lambda _: reply(500)] * 3, retry=Retry(attempts=3, first_wait=4, longest_wait=6))
    with pytest.raises(ProviderError, match="500 UNAVAILABLE"):
        provider.ask(EVENTS)
    assert slept == [4, 6]
    assert len(book.outcomes) == 3


@pytest.mark.parametrize(("told", "slept"), [("7", [7]), ("Sat, 10 Jan 2026 17:00:09 GMT", [9]), ("x", [1.0])])
def test_the_provider_says_how_long_to_wait(told, slept):
    provider, _, _, waits = asker(refusal(429, "EXCEEDED_FREQ_LIMIT", **{"retry-after": told}), reply())
    provider.ask(EVENTS)
    assert waits == slept


def test_a_long_wait_is_the_callers():
    provider, *_ = asker(refusal(429, "EXCEEDED_FREQ_LIMIT", **{"retry-after": "300"}))
    with pytest.raises(ProviderError) as raised:
        provider.ask(EVENTS)
    assert raised.value.wait == timedelta(seconds=300)


def test_a_refused_budget_sends_nothing():
    provider, transport, *_ = asker(reply(), book=Book(refuses=True))
    with pytest.raises(BudgetRefused):
        provider.ask(ODDS)
    assert transport.requests == []


def test_whoever_is_to_stop_asks_no_further():
    def interrupt(_seconds):
        raise Interrupted

    provider, transport, *_ = asker(reply(500), reply(), sleep=interrupt)
    with pytest.raises(Interrupted):
        provider.ask(EVENTS)
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("text", "count"), [("12", 12), ("3.0", 3), ("-2", 0), ("", None), ("x", None), ("nan", None), ("9" * 400, None)]
)
def test_odd_figures_of_credits(text, count):
    provider, *_ = asker(reply(**{"x-requests-remaining": text}))
    assert provider.ask(EVENTS).usage.remaining == count


@pytest.mark.parametrize(
    ("base", "told", "at"),
    [
        ("http://127.0.0.1:9/v4", "2025-03-01T00:00:00Z", datetime(2025, 3, 1, tzinfo=UTC)),
        ("http://127.0.0.1:9/v4", "2025-03-01T00:00:00", NOW),
        ("http://127.0.0.1:9/v4", "nonsense", NOW),
        ("https://odds.example/v4", "2025-03-01T00:00:00Z", NOW),
    ],
)
def test_only_a_simulator_tells_the_time(base, told, at):
    provider, *_ = asker(reply(**{"x-simulated-time": told}), base=base)
    assert provider.ask(EVENTS).at == at


@pytest.mark.parametrize("data", [b'{"data": []}', b'{"data": {"id": "a"}}'])
def test_the_wrapper_of_history_holds_a_list_or_an_object(data):
    provider, *_ = asker(reply(content=data))
    assert isinstance(provider.ask(contract.historical_events("nba", NOW)).data["data"], list | dict)


def test_an_answer_without_end_is_cut_off(monkeypatch):
    monkeypatch.setattr("markets.provider.client.ANSWER_BYTES_MAX", 1000)
    provider, *_ = asker(reply(content=gzip.compress(b"[" + b" " * 10**6), **{"content-encoding": "gzip"}))
    with pytest.raises(ProviderError) as raised:
        provider.ask(EVENTS)
    assert raised.value.code == errors.TOO_LARGE


@pytest.mark.parametrize(
    "failure",
    [
        lambda request: httpx.ReadTimeout(str(request.url), request=request),
        lambda request: httpx.ConnectError(str(request.url), request=request),
        lambda request: RuntimeError(str(request.url)),
        lambda request: refusal(401, "INVALID_KEY", message=f"{request.url.query.decode()} is not valid"),
        lambda request: refusal(422, "INVALID_MARKET", message=SECRET),
        lambda request: reply(503, str(request.url).encode()),
        lambda request: reply(200, b'{"error": "' + request.url.query + b'"}'),
    ],
)
def test_the_key_is_in_no_error_log_or_repr(failure, caplog):
    caplog.set_level(logging.DEBUG)
    provider, _, book, _ = asker(*[failure] * 3)
    with pytest.raises(ProviderError) as raised:
        provider.ask(ODDS)
    error = raised.value
    assert error.__cause__ is None
    assert error.__context__ is None
    told = "".join(traceback.format_exception(error))
    frames = [repr(frame.f_locals) for frame, _ in traceback.walk_tb(error.__traceback__)][1:]
    for shown in (told, repr(error), error.sentence, repr(provider), repr(book.outcomes), caplog.text, *frames):
        assert SECRET not in shown
