"""The provider, asked over HTTP: the only place of this app that sends anything.

Stores nothing and knows no models: each request is told to a `CreditBook` before it goes out and after what came of it.
The key is joined to the address when it is sent. The exceptions of httpx hold the request and with it the key, and its
client logs addresses; so requests go through a transport, and what is raised here is made anew.
"""

import json
import random
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlencode

import httpx

from markets.provider import errors
from markets.provider.access import Base, Key
from markets.provider.contract import Call
from markets.provider.errors import ProviderError, Remedy
from markets.provider.retry import Retry

DEADLINE: Final = 30.0  # seconds for one request and its whole answer
TIMEOUTS: Final = httpx.Timeout(connect=6.0, read=15.0, write=6.0, pool=3.0)
ANSWER_BYTES_MAX: Final = 32_000_000
MESSAGE_MAX: Final = 200
LONGEST_WAIT: Final = 30.0  # seconds; a longer one, which the provider asks for, is the poller's to decide
COUNT_MAX: Final = 2**53  # of credits: a larger figure is nonsense
SIMULATED_TIME: Final = "x-simulated-time"
_RETRY: Final = Retry()


class Usage(NamedTuple):
    """Credits as an answer's headers tell them; None where they do not."""

    last: int | None = None
    used: int | None = None
    remaining: int | None = None


class Answer(NamedTuple):
    """What came back."""

    body: bytes
    data: Any  # the body as JSON: a list, or one object
    usage: Usage
    at: datetime  # when it was all here: by the simulator's clock where one was asked
    skew: timedelta | None  # how far our clock is ahead of the provider's; None where it does not tell


class Outcome(NamedTuple):
    """What came of one request, for the credit ledger."""

    usage: Usage
    status: int | None
    error: str
    milliseconds: int
    at: datetime


class CreditBook(Protocol):
    """Where every request is written down."""

    def before(self, call: Call, attempt: int) -> int:
        """Set the call's credits aside; the number of its row. Raises `BudgetRefused`."""

    def after(self, number: int, outcome: Outcome) -> None:
        """Note what came of it."""


class Provider:
    """Asks the provider. Not for several threads at once."""

    def __init__(
        self,
        base: Base,
        key: Key,
        book: CreditBook,
        *,
        retry: Retry = _RETRY,
        transport: httpx.BaseTransport | None = None,
        timeouts: httpx.Timeout = TIMEOUTS,
        deadline: float = DEADLINE,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.base = base
        self._key = key
        self._book = book
        self._retry = retry
        self._transport = transport or _transport_to(base)
        self._timeouts, self._deadline = timeouts, deadline
        self._sleep, self._chance, self._now = sleep, chance, now

    def __repr__(self) -> str:
        return f"Provider({self.base.url})"

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def ask(self, call: Call) -> Answer:
        """Put a question, again where that can heal what went wrong.

        Raises `ProviderError`, and whatever the credit book or the sleep raise.
        """
        attempt = 0
        while True:
            attempt += 1
            answer = self._once(call, attempt)
            if isinstance(answer, Answer):
                return answer
            wait = self._retry.wait(attempt, self._chance())
            if answer.wait is not None:
                wait = max(wait, answer.wait.total_seconds())
            if answer.remedy is not Remedy.RETRY or attempt >= self._retry.attempts or wait > LONGEST_WAIT:
                raise answer
            self._sleep(wait)

    def _once(self, call: Call, attempt: int) -> Answer | ProviderError:
        """One request. Its failure is a value: no exception that knows the request gets any further."""
        number = self._book.before(call, attempt)
        begun = time.monotonic()
        reply = self._exchange(call)
        milliseconds = round(1000 * (time.monotonic() - begun))
        if isinstance(reply, ProviderError):
            self._book.after(number, Outcome(Usage(), None, reply.code, milliseconds, self._now()))
            return reply
        at = self._moment_of(reply)
        answer = self._read(call, reply, at)
        error = answer.code if isinstance(answer, ProviderError) else ""
        self._book.after(number, Outcome(_usage(reply.headers), reply.status, error, milliseconds, at))
        return answer

    # --- The exchange ---------------------------------------------------------------------------

    def _exchange(self, call: Call) -> "_Reply | ProviderError":
        until = time.monotonic() + self._deadline
        try:
            with _closing(self._transport.handle_request(self._request(call))) as response:
                return self._read_reply(response, until)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
            return ProviderError(errors.NOT_CONNECTED, "The provider cannot be reached.")
        except httpx.TimeoutException:
            return ProviderError(errors.TIMED_OUT, "The provider did not answer in time.")
        except httpx.TransportError:
            return ProviderError(errors.BROKEN_OFF, "The connection broke before the answer was complete.")
        except httpx.DecodingError:
            return ProviderError(errors.BROKEN_JSON, "The answer's compression is broken.")
        except Exception as error:  # whatever it is, it may hold the request
            return ProviderError(errors.BROKEN_OFF, f"The exchange failed ({type(error).__name__}).")

    def _request(self, call: Call) -> httpx.Request:
        # One string, made where it is used: the key is part of nothing that lives longer.
        query = "&".join((*(urlencode([pair], safe=",:") for pair in call.parameters), self._key.query()))
        return httpx.Request(
            "GET",
            f"{self.base.url}{call.path}?{query}",
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "StakePro/1"},
            extensions={"timeout": self._timeouts.as_dict()},
        )

    def _read_reply(self, response: httpx.Response, until: float) -> "_Reply | ProviderError":
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if time.monotonic() > until:
                return ProviderError(errors.TIMED_OUT, f"The answer took longer than {self._deadline:g} seconds.")
            if len(body) > ANSWER_BYTES_MAX:
                return ProviderError(errors.TOO_LARGE, "The answer is larger than any that StakePro knows.")
        return _Reply(response.status_code, response.headers, bytes(body))

    # --- What it says ---------------------------------------------------------------------------

    def _moment_of(self, reply: "_Reply") -> datetime:
        """By the simulator's clock where a simulator answered, otherwise by ours."""
        told = reply.headers.get(SIMULATED_TIME) if self.base.is_simulated else None
        if told is not None:
            try:
                moment = datetime.fromisoformat(told)
            except ValueError:
                moment = None
            if moment is not None and moment.tzinfo is not None:
                return moment.astimezone(UTC)
        return self._now()

    def _read(self, call: Call, reply: "_Reply", at: datetime) -> Answer | ProviderError:
        data = _json(reply.body)
        if reply.status != 200:
            return self._refusal(reply, data)
        if data is _NO_JSON:
            return ProviderError(errors.BROKEN_JSON, "The answer is not whole JSON.", status=reply.status)
        if not _is_of_shape(call, data):
            return ProviderError(
                errors.CHANGED_SHAPE, f"The answer to {call.endpoint} has another shape than known.", status=200
            )
        return Answer(reply.body, data, _usage(reply.headers), at, self._skew(reply))

    def _refusal(self, reply: "_Reply", data: Any) -> ProviderError:
        told = data if isinstance(data, dict) else {}
        code = told.get("error_code")
        if not (isinstance(code, str) and code.isascii() and code.replace("_", "").isalnum()):
            code = errors.UNAVAILABLE if reply.status == 429 or reply.status >= 500 else errors.REFUSED
        message = told.get("message")
        said = f": {_one_line(self._key.hide_in(message))}" if isinstance(message, str) else ""
        sentence = f"The provider answered {reply.status} {code}{said}"
        return ProviderError(code, sentence, status=reply.status, wait=_retry_after(reply.headers, self._now()))

    def _skew(self, reply: "_Reply") -> timedelta | None:
        """How far our clock is ahead of the provider's. A simulator has a time of its own."""
        told = None if self.base.is_simulated else _http_date(reply.headers.get("date"))
        return None if told is None else self._now() - told


def _transport_to(base: Base) -> httpx.BaseTransport:
    # Reading all certificates takes a while, and plain http needs none.
    plain = base.url.startswith("http://")
    return httpx.HTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True)


class _Reply(NamedTuple):
    status: int
    headers: httpx.Headers
    body: bytes


_NO_JSON: Final = object()


@contextmanager
def _closing(response: httpx.Response) -> Iterator[httpx.Response]:
    try:
        yield response
    finally:
        response.close()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return _NO_JSON


def _is_of_shape(call: Call, data: Any) -> bool:
    if call.wrapped:
        # The wrapper of one event's history holds one object; each is taken for either, and null for nothing there.
        return isinstance(data, dict) and isinstance(data.get("data", False), list | dict | None)
    if call.listed:
        return isinstance(data, list) and all(isinstance(each, dict) for each in data)
    return isinstance(data, dict)


def _usage(headers: httpx.Headers) -> Usage:
    return Usage(*(_count(headers.get(f"x-requests-{name}")) for name in ("last", "used", "remaining")))


def _count(text: str | None) -> int | None:
    """A count of credits. It may be written as `3.0`; below zero, which an overdrawn balance is, is nothing left."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return max(0, int(value)) if -COUNT_MAX < value < COUNT_MAX else None


def _retry_after(headers: httpx.Headers, now: datetime) -> timedelta | None:
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 7:
        return timedelta(seconds=int(text))
    moment = _http_date(text)
    return None if moment is None else max(timedelta(0), moment - now)


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, TypeError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)[:MESSAGE_MAX]
