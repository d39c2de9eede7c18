"""Requests and answers as text."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from loopback import Reply
from markets.quotes import Micros, from_micros

HTML: Final = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. Names of headers are in small letters."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)


def dump(value: Any) -> bytes:
    """JSON as the provider writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def json_reply(value: Any, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status, dump(value))


def packed(reply: Reply, request: Request) -> Reply:
    """The answer gzipped, if that was asked for; the same text always gives the same bytes."""
    accepted = {
        part.partition(";")[0].strip().lower() for part in request.headers.get("accept-encoding", "").split(",")
    }
    if "gzip" not in accepted or not reply.body or reply.dropped:
        return reply
    headers = {**reply.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return replace(reply, body=gzip.compress(reply.body, 5, mtime=0), headers=headers)


def moment(at: Micros) -> str:
    """A moment as the provider writes it, with the part of a second that a recording may have."""
    return from_micros(at).isoformat().replace("+00:00", "Z")
