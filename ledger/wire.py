"""Requests and answers of the ledger as JSON, for every door alike. Pure.

Amounts are decimal texts in the wallet's currency ("1.50"), ids of requests are UUIDs of the caller's own choice. What
cannot be read is refused with the field's name; what was decided is told with the HTTP status of its code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ledger.money import AMOUNT_MAX, BadAmount, Currency, parse, show
from ledger.operations import REASON_MAX, REF_MAX, Answer, Code, Done, Kind, Op, Refused

WALLET_MAX: Final = 2**63 - 1
VERSION_MAX: Final = 2**63 - 1

# Names of operations in requests. An adjustment is asked for elsewhere: it takes a second person.
KINDS: Final[Mapping[str, Kind]] = {
    kind.name.lower(): kind for kind in Kind if kind not in (Kind.COUNTERPART, Kind.ADJUST)
}
_WITH_AMOUNT: Final = frozenset({Kind.DEPOSIT, Kind.PLACE, Kind.WITHDRAW, Kind.TRANSFER})
_WITH_HOLD: Final = frozenset({Kind.WIN, Kind.LOSE, Kind.VOID, Kind.SETTLE_WITHDRAWAL, Kind.REJECT_WITHDRAWAL})

STATUS: Final[Mapping[Code, int]] = {
    Code.INSUFFICIENT_FUNDS: 402,
    Code.NOT_FOUND: 404,
    Code.VERSION_CONFLICT: 409,
    Code.IDEMPOTENCY_MISMATCH: 409,
    Code.HOLD_CLOSED: 409,
    Code.ROUND_CLOSED: 409,
    Code.LIMIT: 422,
    Code.INTERNAL: 500,
    Code.BUSY: 503,
    Code.UNAVAILABLE: 503,
}

_TEXT: Final = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")


class BadRequest(ValueError):
    """Fields that cannot be read: by name, what each must be."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name} {text}" for name, text in fields.items()))
        self.fields = dict(fields)


def read_operation(kind: Kind, wallet_id: int, currency: Currency, body: object, *, hold: UUID | None = None) -> Op:
    """The request that a JSON body means. `hold` is given where the address names it. Raises `BadRequest`."""
    reader = _Reader(body)
    op = Op(
        kind=kind,
        wallet_id=wallet_id,
        client_id=reader.uuid("client_id"),
        amount=_amount(reader, kind, currency),
        expected_version=reader.whole("expected_version", VERSION_MAX),
        hold=_hold(reader, kind, hold),
        other_wallet_id=reader.required_whole("to", WALLET_MAX) if kind == Kind.TRANSFER else None,
        undone=reader.uuid("undone") if kind == Kind.REVERSE else None,
        ref_type=reader.text("ref_type", REF_MAX),
        ref_id=reader.text("ref_id", REF_MAX),
        reason=reader.text("reason", REASON_MAX),
    )
    reader.finish()
    return op


def _amount(reader: "_Reader", kind: Kind, currency: Currency) -> int:
    if kind in _WITH_AMOUNT:
        return reader.amount("amount", currency, least=1)
    return reader.amount("payout", currency, least=0) if kind == Kind.WIN else 0


def _hold(reader: "_Reader", kind: Kind, hold: UUID | None) -> UUID | None:
    if kind not in _WITH_HOLD:
        return None
    return hold if hold is not None else reader.uuid("hold")


class _Reader:
    """One body's fields; what is wrong is collected, and what is left over is named."""

    def __init__(self, body: object) -> None:
        if not isinstance(body, dict):
            raise BadRequest({"body": "must be an object."})
        self._left: dict[str, Any] = dict(body)
        self._wrong: dict[str, str] = {}

    def finish(self) -> None:
        """Raise `BadRequest` if anything was wrong, or is no field of this request."""
        for name in list(self._left)[:10]:
            self._wrong.setdefault(name[:50].encode("ascii", "replace").decode(), "is no field of this request.")
        if self._wrong:
            raise BadRequest(self._wrong)

    def uuid(self, name: str) -> UUID:
        """A required UUID in its usual form."""
        found = self._left.pop(name, None)
        read = as_uuid(found)
        if read is None:
            self._wrong[name] = "is required." if found is None else "must be a UUID."
        return read or UUID(int=0)

    def whole(self, name: str, most: int) -> int | None:
        """An optional whole number from 0."""
        found = self._left.pop(name, None)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= most:
            self._wrong[name] = "must be a whole number of 0 or more."
            return None
        return found

    def required_whole(self, name: str, most: int) -> int | None:
        """A required whole number from 0."""
        found = self.whole(name, most)
        if found is None:
            self._wrong.setdefault(name, "is required.")
        return found

    def amount(self, name: str, currency: Currency, *, least: int) -> int:
        """A required amount in minor units."""
        found = self._left.pop(name, None)
        if found is None:
            self._wrong[name] = "is required."
            return 0
        try:
            minor = parse(found, currency)
        except BadAmount as error:
            self._wrong[name] = str(error)
            return 0
        if not least <= minor <= AMOUNT_MAX:
            self._wrong[name] = "must be above 0."
        return minor

    def text(self, name: str, most: int) -> str:
        """An optional line of text."""
        found = self._left.pop(name, None)
        if found is None:
            return ""
        if not isinstance(found, str) or len(found) > most or not _TEXT.fullmatch(found):
            self._wrong[name] = f"must be a line of at most {most} characters."
            return ""
        return found


_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}", re.ASCII)


def as_uuid(text: object) -> UUID | None:
    """The UUID that a text writes in its usual form, or None."""
    return UUID(text) if isinstance(text, str) and _UUID.fullmatch(text) else None


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as HTTP: its status and its JSON."""

    status: int
    body: dict[str, Any]


def tell(answer: Answer, currency: Currency | None) -> Told:
    """What a caller is told. Without a currency (no such wallet) amounts cannot occur."""
    if isinstance(answer, Done):
        assert currency is not None
        return Told(
            200,
            {
                "wallet_id": answer.wallet_id,
                "client_id": str(answer.client_id),
                "currency": currency.code,
                "available": show(answer.available, currency),
                "locked": show(answer.locked, currency),
                "version": answer.version,
                "replayed": answer.replayed,
            },
        )
    message = sentence(answer, currency)
    error = {"code": answer.code.value, "message": message, "fields": {}, **_details(answer, currency)}
    ids = {"wallet_id": answer.wallet_id, "client_id": str(answer.client_id), "replayed": answer.replayed}
    return Told(STATUS[answer.code], {"error": error, "detail": message, **ids})


def _details(answer: Refused, currency: Currency | None) -> dict[str, Any]:
    numbers = {"expected": answer.expected, "actual": answer.actual, "which": answer.which or None}
    amounts = {"need": answer.need, "have": answer.have, "allowed": answer.allowed}
    shown = {name: show(minor, currency) for name, minor in amounts.items() if minor is not None and currency}
    return {name: value for name, value in numbers.items() if value is not None} | shown


def sentence(answer: Refused, currency: Currency | None) -> str:
    """Why it was refused, for people."""

    def money(minor: int | None) -> str:
        return f"{show(minor, currency)} {currency.code}" if minor is not None and currency else "nothing"

    match answer.code:
        case Code.INSUFFICIENT_FUNDS:
            return f"This needs {money(answer.need)}; {money(answer.have)} is available."
        case Code.VERSION_CONFLICT:
            return f"The wallet is at version {answer.actual}, not {answer.expected}."
        case Code.IDEMPOTENCY_MISMATCH:
            return "This client id was used before, for a request of other content."
        case Code.HOLD_CLOSED:
            return "It has been ended already."
        case Code.ROUND_CLOSED:
            return "The round takes no more."
        case Code.NOT_FOUND:
            return f"There is no such {answer.which.replace('_', ' ') or 'thing'}."
        case Code.LIMIT:
            return _LIMITS.get(answer.which, "This is beyond a limit: {}.").format(money(answer.allowed))
        case Code.BUSY:
            return "Too many requests are waiting; nothing was done, send it again in a moment."
        case Code.UNAVAILABLE:
            return _PAUSED.format(answer.which) if answer.which else _AWAY
    return "Something went wrong on our side; nothing was done, and the log has the details."


_LIMITS: Final[Mapping[str, str]] = {
    "least": "The least that one operation moves is {}.",
    "most": "The most that one operation moves is {}.",
    "balance": "A wallet holds at most {}.",
}
_PAUSED: Final = "{} are paused just now; nothing was done."
_AWAY: Final = "The ledger did not answer. Send the same request again: it is done once."
