"""Several requests in one body, for every door alike. Pure.

A batch is read whole before any of it is done: one field that cannot be read refuses all of it, and is named with its
place, as in `holds.17.amount`. What is decided about each is its own affair, and told in the order of the requests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ledger.money import SCALE_MAX, Currency
from ledger.operations import Answer, Code, Kind, Op, Refused
from ledger.wire import KINDS, WALLET_MAX, BadRequest, read_operation, tell

BATCH_MAX: Final = 1_000
WRONG_MAX: Final = 20  # fields that are named at most; who sends a thousand wrong ones needs no list of them
# Of a wallet that does not exist the other fields are still read, and never posted: amounts of no currency.
NO_CURRENCY: Final = Currency("NONE", SCALE_MAX)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a batch's address says of all its requests, and by which name the body lists them.

    `kind` None is for requests that each say their own, `wallet_id` None likewise.
    """

    name: str
    kind: Kind | None = None
    wallet_id: int | None = None


def read_items(body: object, shape: Shape) -> list[dict[str, Any]]:
    """The list of objects that a batch's body holds, each without its fields read. Raises `BadRequest`."""
    if not isinstance(body, dict):
        raise BadRequest({"body": "must be an object."})
    items = body.get(shape.name)
    others = [name for name in body if name != shape.name]
    if others:
        raise BadRequest({others[0][:50].encode("ascii", "replace").decode(): "is no field of this request."})
    if not isinstance(items, list) or not 1 <= len(items) <= BATCH_MAX:
        raise BadRequest({shape.name: f"must be a list of 1 to {BATCH_MAX:,} requests."})
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            raise BadRequest({f"{shape.name}.{place}": "must be an object."})
    return items


def wallet_ids(items: Sequence[Mapping[str, Any]], shape: Shape) -> set[int]:
    """The wallets whose currencies are needed to read these; what is no id is found by `read_operations`."""
    if shape.wallet_id is not None:
        return {shape.wallet_id}
    return {item["wallet_id"] for item in items if _is_wallet_id(item.get("wallet_id"))}


def _is_wallet_id(value: object) -> bool:
    return type(value) is int and 0 <= value <= WALLET_MAX


def read_operations(items: Sequence[Mapping[str, Any]], shape: Shape, currencies: Mapping[int, Currency]) -> list[Op]:
    """The requests in their order. Raises `BadRequest` naming what is wrong with each, if anything is."""
    ops: list[Op] = []
    wrong: dict[str, str] = {}
    for place, item in enumerate(items):
        try:
            ops.append(_read(dict(item), shape, currencies))
        except BadRequest as error:
            wrong.update({f"{shape.name}.{place}.{name}": text for name, text in error.fields.items()})
            if len(wrong) >= WRONG_MAX:
                break
    if wrong:
        raise BadRequest(dict(list(wrong.items())[:WRONG_MAX]))
    return ops


def _read(item: dict[str, Any], shape: Shape, currencies: Mapping[int, Currency]) -> Op:
    wrong: dict[str, str] = {}
    kind = shape.kind
    if kind is None:
        named = item.pop("kind", None)
        kind = KINDS.get(named) if isinstance(named, str) else None
        if kind is None:
            wrong["kind"] = "is required." if named is None else f"must be one of {', '.join(KINDS)}."
    wallet_id = shape.wallet_id
    if wallet_id is None:
        sent = item.pop("wallet_id", None)
        wallet_id = sent if _is_wallet_id(sent) else None
        if wallet_id is None:
            wrong["wallet_id"] = "is required." if sent is None else "must be the number of a wallet."
    if kind is None or wallet_id is None:
        raise BadRequest(wrong)
    return read_operation(kind, wallet_id, currencies.get(wallet_id, NO_CURRENCY), item)


def no_such_wallet(op: Op) -> Refused:
    """The answer to a request for a wallet that does not exist; it is not posted, since its amount means nothing."""
    return Refused(op.wallet_id, op.client_id, Code.NOT_FOUND, which="wallet")


def tell_all(answers: Sequence[Answer], currencies: Mapping[int, Currency]) -> dict[str, Any]:
    """The body that answers a batch: each answer as it would be alone, with its `status` in front."""
    told = [tell(answer, currencies.get(answer.wallet_id)) for answer in answers]
    return {"answers": [{"status": each.status, **each.body} for each in told]}
