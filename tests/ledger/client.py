"""A client of the ledger's JSON addresses: every answer is held against what the OpenAPI document says of it."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.test import Client

from accounts import services
from tests.documented import faults_of_answer
from tests.ledger.conftest import AT


@dataclass(frozen=True)
class Answer:
    """A status with the parsed body."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> str:
        """The refusal's code."""
        return str(self.body["error"]["code"])

    @property
    def fields(self) -> dict[str, str]:
        """What is wrong with which field."""
        fields: dict[str, str] = self.body["error"]["fields"]
        return fields


class Api:
    """Calls as a program whose token has these scopes."""

    def __init__(self, *scopes: str, label: str = "test") -> None:
        _, token = services.create_token(label=label, scopes=list(scopes), by=None, at=AT)
        # An unforeseen exception must come back as the 500 that a client would see.
        self._client = Client(raise_request_exception=False)
        self._sent = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Answer:
        """`path` goes on from /api/v1/; `body` is written as JSON unless it is bytes already."""
        path = f"/api/v1/{path}"
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        address = f"{path}?{urlencode(query, doseq=True)}" if query else path
        response = self._client.generic(method, address, data, content_type="application/json", headers=self._sent)
        text = response.content.decode()
        assert response["Content-Type"] == "application/json", text[:300]
        answer = Answer(response.status_code, json.loads(text, parse_float=_no_float), response.headers)
        assert faults_of_answer(method, path, answer.status, answer.body) == [], answer.body
        if answer.status == 503:
            assert int(answer.headers["Retry-After"]) >= 1
        return answer

    def get(self, path: str, **query: Any) -> Answer:
        """What is there."""
        return self.call("GET", path, query=query)

    def post(self, path: str, body: Any = None) -> Answer:
        """Send a body as it is."""
        return self.call("POST", path, body)

    def ask(self, path: str, **fields: Any) -> Answer:
        """Send a request with a client id of its own, unless one is given."""
        return self.post(path, {"client_id": str(uuid4()), **fields})

    def download(self, path: str, **query: Any) -> tuple[dict[str, str], str]:
        """A file's headers and text."""
        response = self._client.get(f"/api/v1/{path}", query, headers=self._sent)
        assert response.status_code == 200
        return dict(response.headers), b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]


def _no_float(text: str) -> None:
    raise AssertionError(f"{text} is an amount that went through a float")
