"""JSON of requests, read so strictly that no two readers can differ about what it says. Pure.

A request that moves money must mean one thing to everybody on its way: a name that comes twice in an object is
refused, because a proxy may read the first and we the last; numbers with a point or an exponent come out as
`NOT_WHOLE`, which no field takes, because they may have been through a float.
"""

import json
from codecs import BOM_UTF8
from collections import Counter
from typing import Any, Final


class NotJson(ValueError):
    """The text is not JSON as we take it; the message is a sentence for people."""


class _NotWhole:
    """A number that is not whole, or none at all such as NaN."""

    def __repr__(self) -> str:
        return "a number that is not whole"


NOT_WHOLE: Final = _NotWhole()


def _not_whole(_text: str) -> _NotWhole:
    return NOT_WHOLE


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise NotJson(f"The body names “{twice[:50].encode('ascii', 'replace').decode()}” twice in one object.")
    return made


# Made once: the standard library's `loads` would build a decoder for every text.
_DECODER: Final = json.JSONDecoder(parse_float=_not_whole, parse_constant=_not_whole, object_pairs_hook=_object)


def loads(body: bytes) -> Any:
    """The value that the body holds. Raises `NotJson` for anything that is not one JSON value in UTF-8."""
    try:
        # Left to itself, the library would guess UTF-16 and UTF-32 too.
        return _DECODER.decode(body.removeprefix(BOM_UTF8).decode())
    except NotJson:
        raise
    except RecursionError as error:
        raise NotJson("The JSON is nested too deeply.") from error
    except UnicodeDecodeError as error:
        raise NotJson("The body is not valid UTF-8.") from error
    except json.JSONDecodeError as error:
        text = f"The body is not valid JSON: {error.msg} at line {error.lineno} column {error.colno}."
        raise NotJson(text) from error
    except ValueError as error:
        raise NotJson("The JSON holds a number with too many digits.") from error
