"""The names of streams and types, and JSON that PostgreSQL can keep. Pure."""

import json
import re
from typing import Any, Final

STREAM: Final = re.compile(r"[a-z][a-z_]*(:[A-Za-z0-9_-]+)*", re.ASCII)
TYPE: Final = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)*", re.ASCII)
STREAM_MAX: Final = 100
TYPE_MAX: Final = 60
BODY_MAX: Final = 8_000  # characters; what is larger has an address of its own


def is_stream(text: str) -> bool:
    """Whether this names a stream: a word, and parts behind colons, as in `wallet:42`."""
    return len(text) <= STREAM_MAX and STREAM.fullmatch(text) is not None


def check_stream(text: str) -> None:
    """Raises `ValueError` unless it names a stream."""
    if not is_stream(text):
        raise ValueError("A stream is a word with parts behind colons, such as wallet:42.")


def check_type(text: str) -> None:
    """Raises `ValueError` unless it names a type: words with dots between them, as in `wallet.changed`."""
    if len(text) > TYPE_MAX or TYPE.fullmatch(text) is None:
        raise ValueError("A type is words with dots between them, such as wallet.changed.")


def json_text(body: dict[str, Any]) -> str:
    """The body as JSON text. Raises `ValueError` for what JSON or PostgreSQL cannot hold, or what is too large."""
    text = json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    text.encode()  # halves of surrogate pairs are ValueErrors too
    if len(text) > BODY_MAX:
        raise ValueError(f"The body of an event may have {BODY_MAX} characters.")
    if "\\u0000" in text:
        raise ValueError("The body of an event holds a character that cannot be stored.")
    return text
