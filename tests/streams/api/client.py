"""A client of the JSON addresses for tests: numbers are read with every digit, and every answer's shape is checked."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.test import Client

from streams.wire import Message
from tests.streams.messages import bet_record

# A number outside of quotes that is written with an exponent, or with zeros after its last decimal.
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_UNTIDY = re.compile(r"[0-9][eE]|\.[0-9]*0(?![0-9])")


@dataclass(frozen=True)
class Answer:
    """A status with the parsed body; `fields` are the names an error blames."""

    status: int
    body: Any
    headers: Any
    text: str

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])

    @property
    def fields(self) -> set[str]:
        return set(self.body["error"]["fields"])


def read_answer(response: HttpResponseBase) -> Answer:
    """Check what every answer must be: JSON with exact, tidy numbers, and errors in the one shape."""
    text = response.content.decode()  # type: ignore[attr-defined]
    if response.status_code in (204, 304):
        assert text == ""
        return Answer(response.status_code, None, response.headers, text)
    assert response["Content-Type"] == "application/json", text[:300]
    bare = _STRINGS.sub("", text)
    assert not _UNTIDY.search(bare), text[:2000]
    body = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    if response.status_code >= 400:
        assert {"error", "detail"} <= set(body), body
        assert set(body["error"]) == {"code", "message", "fields"}, body
        assert body["error"]["message"]
    return Answer(response.status_code, body, response.headers, text)


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


class Api:
    """Calls as a program with one token does; `token` None sends none."""

    def __init__(self, token: str | None, *, header: str = "HTTP_AUTHORIZATION") -> None:
        # An unforeseen exception must come back as the 500 that a client would see.
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.sent = {} if token is None else {header: f"Bearer {token}" if header == "HTTP_AUTHORIZATION" else token}

    def request(
        self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None, **headers: str
    ) -> Answer:
        """`body` is written as JSON unless it is text or bytes already."""
        if query:
            path = f"{path}?{urlencode(query, doseq=True)}"
        data = body if isinstance(body, str | bytes) else "" if body is None else json.dumps(body)
        return read_answer(
            self.client.generic(method, path, data, content_type="application/json", **{**self.sent, **headers})
        )

    def get(self, path: str, **query: Any) -> Answer:
        return self.request("GET", path, query=query)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.request("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.request("PUT", path, body, **headers)

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path)

    def send(self, *records: dict[str, Any]) -> str:
        """Post messages that all have to be taken; the address of their one stream."""
        answer = self.post("/live/ingest/batch", list(records))
        assert answer.status == 200, answer.text
        streams = {result["streamId"] for result in answer.body["results"]}
        assert all(result["accepted"] for result in answer.body["results"]), answer.text
        assert len(streams) == 1
        return f"/live/streams/{streams.pop()}"

    def send_results(self, *results: str | None, first: int = 1) -> str:
        """One bet a result, on nonces from `first` on."""
        return self.send(*(bet_record(nonce, roundResult=each) for nonce, each in enumerate(results, first)))


def archived(message: Message, **changes: Any) -> Message:
    """The message as an import would bring it."""
    return message._replace(provider="import", **changes)  # type: ignore[call-arg]
