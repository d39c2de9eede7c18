"""Wagers as bytes: a body becomes an operation, an answer becomes the body that `ledger.wire` tells of it."""

import json
from collections.abc import Sequence
from typing import Any, Final

from accounts.http import Invalid
from ledger import strict_json
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
        client_id = as_uuid(body.get("client_id"))
        try:
            amount = parse(body.get("amount"), currency)
        except BadAmount:
            amount = 0
        if client_id is not None and amount > 0:
            return Op(Kind.PLACE, wallet_id, client_id, amount)
    return read_operation(Kind.PLACE, wallet_id, currency, body)


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
