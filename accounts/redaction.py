"""The one filter that takes secrets out of what people and files get to see. Pure.

Logs, audit rows, recorded fixtures and Django's error pages all use it. It knows secrets by the name they stand under
(`token`, `x-access-token`, `cf_clearance`, …) and, where no name is near, by their own shape.
"""

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[redacted]"
DEPTH_MAX = 5

# Keys that name a secret as a whole word: `token`, `ingest_token`, `Set-Cookie`, `serverSeed`, `x-access-token`; not
# `token_id`, `token_hash` or `server_seed_hashed`, which are safe to show and help to find things.
_SECRET_KEY = re.compile(
    r"(?:^|[_\-.])(?:tokens?|(?:access|lockdown|tfa|oauth|session|ingest)token|passwords?|passwd|secrets?|secret_?key"
    r"|authorization|cookies?|server_?seed|api_?key|csrfmiddlewaretoken|sessionid|private_?key|(?:cf_?)?clearance"
    r"|vault_?keys?)[12]?$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# A secret's name within text, then its value: `token=…`, `"password": "…"`, `X-Ingest-Token: …`, and as Python and
# escaped JSON write it: `(b'token', b'…')`, `{\"token\": \"…\"}`.
_NAMED = re.compile(
    r"""(?P<name>(?:token|password[12]?|passwd|secret(?:[_-]?key)?|api[_-]?key|server_?seed|sessionid|stakepro_session
        |stakepro_csrf|clearance|vault_?keys?|(?:set-)?cookie|authorization)
        (?:\\*["']?\s*[=:]\s*|\\*["']\s*,\s*(?=[bru]{0,2}\\*["'])))
        (?!\[redacted\])
        (?:[bru]{0,2}(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<open>\\+["']).*?(?P=open)|\[[^\]\r\n]*\]
        |[^\s"'&,;)\]}\\]+)""",
    re.IGNORECASE | re.VERBOSE,
)
# A header in a text goes to the line's end: its value has spaces and semicolons.
_HEADER = re.compile(r"(?P<name>\b(?:set-)?cookie:\s*+|\bauthorization:\s*+)(?!\[redacted\])[^\r\n]+", re.IGNORECASE)
_BEARER = re.compile(r"(?P<name>\bbearer\s+)[^\s\"',;]+", re.IGNORECASE)
_OUR_TOKEN = re.compile(r"\bsp_[A-Za-z0-9_-]{8,}")
# Exactly 96 hexadecimal digits are a venue's session; hashes and seeds have 64 or 128 and stay readable.
_VENUE_SESSION = re.compile(r"(?<![0-9a-f])[0-9a-f]{96}(?![0-9a-f])", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?P<name>\b[a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s/@]+(?=@)", re.IGNORECASE)


def redact_text(text: str) -> str:
    """The text with everything that looks like a secret replaced."""
    text = _VENUE_SESSION.sub(REDACTED, text)
    text = _HEADER.sub(rf"\g<name>{REDACTED}", text)
    text = _BEARER.sub(rf"\g<name>{REDACTED}", text)
    text = _OUR_TOKEN.sub(REDACTED, text)
    text = _NAMED.sub(rf"\g<name>{REDACTED}", text)
    return _URL_PASSWORD.sub(rf"\g<name>{REDACTED}", text)


def is_secret_key(key: str) -> bool:
    """Whether a field of this name holds a secret."""
    return _SECRET_KEY.search(_CAMEL.sub("_", key)) is not None


def redact(value: Any, *, depth: int = 0) -> Any:
    """The value without secrets, in mappings, lists and name-value pairs too; other objects become redacted text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact_text(str(value))  # Django's lazy texts only say that they are one
    if isinstance(value, bytes | bytearray | memoryview):
        return redact_text(_text(value))
    if depth > DEPTH_MAX:
        return REDACTED
    if isinstance(value, Mapping):
        return {
            redact_text(_text(key)): REDACTED if is_secret_key(_text(key)) else redact(item, depth=depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        items = list(value)
        if len(items) == 2 and isinstance(items[0], str | bytes) and is_secret_key(_text(items[0])):
            return [_text(items[0]), REDACTED]  # a header as HTTP libraries hold them
        return [redact(item, depth=depth + 1) for item in items]
    return redact_text(repr(value) if isinstance(value, BaseException) else str(value))


def _text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "backslashreplace")
    return str(value)
