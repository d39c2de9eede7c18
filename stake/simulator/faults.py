"""What goes wrong, as a script: a list of faults, each waiting for the requests that it is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from loopback.faults import Script, read_details
from stake.simulator.refusals import refusal

# Every kind with what it does. "Books" is whatever the request asks for, a rotation as well.
KINDS: Final[dict[str, str]] = {
    "drop_before": "closes the connection; nothing was done",
    "drop_after": "books, then closes the connection without an answer",
    "late": "answers after `seconds`; books after them, or before them with `booked`",
    "book_late": "closes the connection at once, and books after `seconds`",
    "process_slowly": "takes `seconds` to process a bet, and refuses the account's other bets meanwhile",
    "truncate": "books, and answers the first half of the text as if it were all",
    "cut": "books, announces the whole answer, and closes the connection in the middle of it",
    "slow_body": "books, and sends the answer piece by piece over `seconds`",
    "cloudflare": "403 with a page of HTML; nothing was done",
    "unauthorized": "401; nothing was done",
    "expire_token": "the token expires now, so 401; nothing was done",
    "rate_limit": "429, with Retry-After where `seconds` are given; nothing was done",
    "unavailable": "503 with a page of HTML; books before with `booked`",
    "server_error": "500; books before with `booked`",
    "redirect": "302 to another host; nothing was done",
    "not_json": "200 with a page of HTML; books before with `booked`",
    "error": "200 with one error of `error_type` and `message`; books before with `booked`",
    "error_beside": "books, and answers the data with an error of `error_type` beside it",
    "null_data": "answers that the operation gave null; books before with `booked`",
    "schema": "the `field` is refused by validation, removed from answers or renamed `to`, as `change` says",
}
CHANGES: Final = ("refused", "removed", "renamed")
LASTING: Final = frozenset({"schema", "expire_token"})  # these come together with one of the others
SECONDS_MAX: Final = 3600.0
KIND_OF: Final[Mapping[str, type]] = {"times": int, "skip": int, "seconds": float, "booked": bool}  # the rest is text


@dataclass(slots=True)
class Fault:
    """One fault. It is for `times` requests (None: all that come) that have the name `operation` ("": any request).

    Names of a request are its operations (`limboBet`, `user`), what is asked of `user` (`balances`, `houseBetList`),
    the name its sender gave it, `graphql` or `rest`, and `place` for everything that places a bet. `skip` lets that
    many fitting requests pass first; `account` restricts it to one.
    """

    kind: str
    operation: str = ""
    times: int | None = 1
    seconds: float = 0.0
    booked: bool = False
    error_type: str = "internalError"
    message: str = ""
    field: str = ""
    change: str = "refused"
    to: str = ""
    account: str = ""
    skip: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise refusal("invalidInput", f"kind must be one of {', '.join(KINDS)}.")
        if self.times is not None and self.times < 1:
            raise refusal("invalidInput", "times must be 1 or more, or null for all requests.")
        if not 0 <= self.seconds <= SECONDS_MAX:
            raise refusal("invalidInput", f"seconds must be from 0 to {SECONDS_MAX:.0f}.")
        if self.skip < 0:
            raise refusal("invalidInput", "skip must be 0 or more.")
        if self.kind == "schema":
            if self.change not in CHANGES or not self.field:
                raise refusal("invalidInput", f"a schema fault needs a field, and change one of {', '.join(CHANGES)}.")
            if self.change == "renamed" and not self.to:
                raise refusal("invalidInput", "to is missing: the field's new name.")

    def fits(self, names: frozenset[str], account: str) -> bool:
        """Whether a request is one of those that this fault is for."""
        return (not self.operation or self.operation in names) and self.account in ("", account)


def read_fault(given: Mapping[str, Any]) -> Fault:
    """A fault from JSON. Raises `Refused` naming what is wrong."""
    seconds = given.get("seconds")
    if isinstance(seconds, int | Decimal) and not isinstance(seconds, bool):
        given = {**given, "seconds": float(seconds)}
    return Fault(**read_details(Fault, given, KIND_OF, lambda message: refusal("invalidInput", message)))


class Faults(Script[Fault]):
    """The script."""

    def __init__(self) -> None:
        super().__init__(Fault, LASTING)
