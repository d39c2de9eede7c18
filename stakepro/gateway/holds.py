"""Wagers as bytes: a body becomes an operation, an answer becomes the body that `ledger.wire` tells of it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from accounts.http import Invalid
from ledger import batch_wire, strict_json
from ledger.batch_wire import Shape
from ledger.money import BadAmount, Currency, parse, show
from ledger.operations import Answer, Done, Kind, Op
from ledger.wire import BadRequest, as_uuid, read_operation, tell

_YES_NO: Final = {True: "true", False: "false"}


def read_json(body: bytes) -> Any:
    """The body as JSON. Raises `Invalid` where it is none."""
    try:
        return strict_json.loads(body)
    except strict_json.NotJson as error:
        raise Invalid({"body": str(error)}) from error


def invalid(error: BadRequest) -> Invalid:
    """The refusal of a body in which fields cannot be read."""
    return Invalid(error.fields, str(error))


def read_hold(wallet_id: int, currency: Currency, body: object) -> Op:
    """As `ledger.wire.read_operation`, which reads whatever this does not: almost every wager is an id and an amount.

    Raises `BadRequest`.
    """
    if type(body) is dict and len(body) == 2:
        op = _plain(wallet_id, currency, body)
        if op is not None:
            return op
    return read_operation(Kind.PLACE, wallet_id, currency, body)


def read_batch(items: Sequence[dict[str, Any]], shape: Shape, currencies: Mapping[int, Currency]) -> list[Op]:
    """As `ledger.batch_wire.read_operations`, which reads a batch in which anything is not plain.

    Raises `BadRequest`.
    """
    of_one = shape.wallet_id
    fields = 2 if of_one is not None else 3
    ops: list[Op] = []
    for item in items:
        wallet_id = of_one if of_one is not None else item.get("wallet_id")
        # A wallet without a currency is none, or no number of one.
        currency = currencies.get(wallet_id) if type(wallet_id) is int else None
        op = _plain(wallet_id, currency, item) if currency is not None and len(item) == fields else None
        if op is None:
            return batch_wire.read_operations(items, shape, currencies)
        ops.append(op)
    return ops


def _plain(wallet_id: Any, currency: Currency, item: dict[str, Any]) -> Op | None:
    """The wager that an id and an amount say, if they do."""
    client_id = as_uuid(item.get("client_id"))
    try:
        amount = parse(item.get("amount"), currency)
    except BadAmount:
        return None
    return Op(Kind.PLACE, wallet_id, client_id, amount) if client_id is not None and amount > 0 else None


def told(answer: Answer, currency: Currency | None) -> tuple[int, bytes]:
    """The status and the body that answer one wager."""
    if type(answer) is Done and currency is not None:
        return 200, b"{" + _done(answer, currency).encode() + b"}"
    what = tell(answer, currency)
    return what.status, json.dumps(what.body).encode()


def told_all(answers: Sequence[Answer], currencies: dict[int, Currency]) -> bytes:
    """The body that answers a batch: each answer as it would be alone, with its `status` in front."""
    return ('{"answers": [' + ", ".join([_one_of(answer, currencies) for answer in answers]) + "]}").encode()


def _one_of(answer: Answer, currencies: dict[int, Currency]) -> str:
    currency = currencies.get(answer.wallet_id)
    if type(answer) is Done and currency is not None:
        return f'{{"status": 200, {_done(answer, currency)}}}'
    what = tell(answer, currency)
    return json.dumps({"status": what.status, **what.body})


def _done(answer: Done, currency: Currency) -> str:
    """`tell` of what was done, without the braces; a fifth of the time that building and dumping a dict takes."""
    return (
        f'"wallet_id": {answer.wallet_id}, "client_id": "{answer.client_id}", "currency": "{currency.code}", '
        f'"available": "{show(answer.available, currency)}", "locked": "{show(answer.locked, currency)}", '
        f'"version": {answer.version}, "replayed": {_YES_NO[answer.replayed]}'
    )
