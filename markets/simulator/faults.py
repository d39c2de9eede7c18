"""What goes wrong, as a script: a list of faults, each waiting for the requests that it is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from loopback.faults import Script, read_details

KINDS: Final[dict[str, str]] = {
    "drop_before": "closes the connection; nothing was done or charged",
    "drop_after": "charges and goes on in time, then closes the connection without an answer",
    "late": "answers after `seconds`",
    "slow_body": "sends the answer piece by piece over `seconds`",
    "cut": "announces the whole answer, and closes the connection in the middle of it",
    "truncate": "answers the first half of the text as if it were all",
    "rate_limit": "429 EXCEEDED_FREQ_LIMIT, with Retry-After where `seconds` are given; nothing was done",
    "server_error": "500 with a page of HTML; nothing was done",
    "unavailable": "503 with a page of HTML, with Retry-After where `seconds` are given; nothing was done",
    "not_json": "200 with a page of HTML; nothing was done",
    "no_credits": "401 OUT_OF_USAGE_CREDITS, whatever is left; nothing was done",
    "deactivated": "401 DEACTIVATED_KEY; nothing was done",
    "schema": "the `field` is missing in the answer, null, or renamed `to`, as `change` says",
    "clock_skew": "X-Simulated-Time is `seconds` late, or early if they are below 0",
}
CHANGES: Final = ("removed", "nulled", "renamed")
LASTING: Final = frozenset({"schema", "clock_skew"})  # these come together with one of the others
SECONDS_MOST: Final = 86_400.0
KIND_OF: Final[Mapping[str, type]] = {"times": int, "skip": int, "seconds": float}  # the rest is text


class BadFault(ValueError):
    """A fault that there is not; the message names what is wrong."""


@dataclass(slots=True)
class Fault:
    """One fault. It is for `times` requests (None: all that come) of `operation` ("": any) and `sport` ("": any).

    Operations: sports, events, odds, scores, participants, event_odds, event_markets, historical_odds,
    historical_events, historical_event_odds. `skip` lets that many fitting requests pass first.
    """

    kind: str
    operation: str = ""
    sport: str = ""
    times: int | None = 1
    skip: int = 0
    seconds: float = 0.0
    field: str = ""
    change: str = "removed"
    to: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadFault(f"kind must be one of {', '.join(KINDS)}.")
        if self.times is not None and self.times < 1:
            raise BadFault("times must be 1 or more, or null for all requests.")
        if self.skip < 0:
            raise BadFault("skip must be 0 or more.")
        least = -SECONDS_MOST if self.kind == "clock_skew" else 0
        if not least <= self.seconds <= SECONDS_MOST:
            raise BadFault(f"seconds must be from {least:.0f} to {SECONDS_MOST:.0f}.")
        if self.kind == "schema" and (self.change not in CHANGES or not self.field):
            raise BadFault(f"a schema fault needs a field, and change one of {', '.join(CHANGES)}.")
        if self.kind == "schema" and self.change == "renamed" and not self.to:
            raise BadFault("to is missing: the field's new name.")

    def fits(self, operation: str, sport: str) -> bool:
        """Whether a request is one of those that this fault is for."""
        return self.operation in ("", operation) and self.sport in ("", sport)

    def reshaped(self, value: Any) -> Any:
        """An answer with the schema that this fault gives it."""
        if isinstance(value, list):
            return [self.reshaped(part) for part in value]
        if not isinstance(value, dict):
            return value
        shaped = {}
        for name, part in value.items():
            if name != self.field:
                shaped[name] = self.reshaped(part)
            elif self.change == "nulled":
                shaped[name] = None
            elif self.change == "renamed":
                shaped[self.to] = self.reshaped(part)
        return shaped


def read_fault(given: Mapping[str, Any]) -> Fault:
    """A fault from JSON. Raises `BadFault`."""
    seconds = given.get("seconds")
    if type(seconds) is int and abs(seconds) <= SECONDS_MOST:
        given = {**given, "seconds": float(seconds)}
    return Fault(**read_details(Fault, given, KIND_OF, BadFault))


class Faults(Script[Fault]):
    """The script."""

    def __init__(self) -> None:
        super().__init__(Fault, LASTING)
