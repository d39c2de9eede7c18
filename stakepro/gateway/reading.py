"""What a listener asks for: which streams, from where on. Pure, but for the names of Django's query strings."""

from dataclasses import dataclass
from typing import Final

from django.http import QueryDict

from accounts.http import Actor, Forbidden, Invalid
from events.words import is_stream

STREAMS_MAX: Final = 100
SEQ_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """The streams, and the number of the last event that the listener has (None: from now on)."""

    streams: frozenset[str]
    after: int | None


def read_wanted(query: bytes, last_event_id: bytes | None) -> Wanted:
    """What the query string and `Last-Event-ID` ask for. Raises `Invalid`.

    The header wins over `after`: a browser repeats the address it was given, and says in the header how far it came.
    """
    try:
        params = QueryDict(query, encoding="utf-8")
    except ValueError as error:  # TooManyFieldsSent is none of these; it is answered as Django answers it
        raise Invalid({"query": "could not be read."}, "The query could not be read.") from error
    streams = frozenset(params.getlist("stream"))
    if not 1 <= len(streams) <= STREAMS_MAX:
        raise _invalid("stream", f"must name 1 to {STREAMS_MAX} streams, such as stream=wallet:42&stream=public.")
    if not all(is_stream(stream) for stream in streams):
        raise _invalid("stream", "must be a word with parts behind colons, such as wallet:42.")
    if last_event_id:
        return Wanted(streams, _seq("Last-Event-ID", last_event_id.decode("latin-1")))
    return Wanted(streams, _seq("after", params["after"]) if params.get("after") else None)


def _seq(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= SEQ_MAX):
        raise _invalid(name, f"must be a whole number from 0 to {SEQ_MAX}.")
    return int(text)


def _invalid(name: str, rule: str) -> Invalid:
    return Invalid({name: rule}, f"{name} {rule}")


def may_read(actor: Actor, stream: str) -> bool:
    """Whether the caller may listen to this stream.

    People and tokens of an installation are its operators, so whoever may read may read every stream. An app whose
    streams belong to players narrows it here.
    """
    return actor.can("read")


def check_may_read(actor: Actor, streams: frozenset[str]) -> None:
    """Raises `Forbidden` naming the first stream that the caller may not listen to."""
    for stream in sorted(streams):
        if not may_read(actor, stream):
            raise Forbidden(f"You may not read the stream {stream}.")
