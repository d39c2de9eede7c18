"""What the gateway needs of a request's headers, read in one pass. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

Header = tuple[bytes, bytes]
Key = tuple[bool, tuple[Header, ...]]

# Everything that can change the answer to "who calls, and may they"; `identity` reads them.
_WHO: Final = frozenset(
    {
        b"authorization",
        b"x-ingest-token",
        b"cookie",
        b"host",
        b"origin",
        b"referer",
        b"x-csrftoken",
        b"x-forwarded-proto",
    }
)
_OTHERS: Final = frozenset({b"content-length", b"x-request-id", b"last-event-id"})
# As `stakepro.middleware` has it: an id from outside joins our log with the proxy's, and writes no lines of its own.
_GIVEN_ID: Final = re.compile(rb"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Head:
    """`key` is what the caller is recognised by; the texts are None where the header is missing."""

    key: Key
    content_length: bytes | None
    request_id: bytes | None
    last_event_id: bytes | None


def read_head(headers: Iterable[Header], *, safe: bool) -> Head:
    """The headers that matter; `safe` says that the request only reads."""
    who: list[Header] = []
    others: dict[bytes, bytes] = {}
    for header in headers:
        if header[0] in _WHO:
            who.append(header)
        elif header[0] in _OTHERS:
            others[header[0]] = header[1]
    given = others.get(b"x-request-id")
    return Head(
        (safe, tuple(who)),
        others.get(b"content-length"),
        given if given is not None and _GIVEN_ID.fullmatch(given) else None,
        others.get(b"last-event-id"),
    )
