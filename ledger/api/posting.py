"""Moving money over HTTP: one request an address, or many at once. The gateway answers the hot ones alike."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase

from accounts.http import ApiRequest, ApiView, api
from ledger import batch_wire, posting
from ledger.api.common import (
    BATCH_BODY_MAX,
    answer,
    invalid,
    parse_uuid,
    parse_wallet_id,
    read_json,
    told,
)
from ledger.batch_wire import NO_CURRENCY, Shape, no_such_wallet
from ledger.directory import directory
from ledger.operations import Answer, Kind, Op
from ledger.wire import BadRequest, read_operation, tell


def _post(request: ApiRequest, kind: Kind, wallet_id: int, hold: UUID | None = None) -> HttpResponse:
    currency = directory.currency(wallet_id)
    try:
        op = read_operation(kind, wallet_id, currency or NO_CURRENCY, read_json(request), hold=hold)
    except BadRequest as error:
        raise invalid(error) from error
    return told(tell(posting.post_one(op) if currency else no_such_wallet(op), currency))


def _of_wallet(kind: Kind) -> ApiView:
    @api(scope="ledger", methods=("POST",))
    def view(request: ApiRequest, wallet_id: str) -> HttpResponseBase:
        return _post(request, kind, parse_wallet_id(wallet_id))

    return view


def _of_hold(kind: Kind) -> ApiView:
    @api(scope="ledger", methods=("POST",))
    def view(request: ApiRequest, wallet_id: str, hold: str) -> HttpResponseBase:
        return _post(request, kind, parse_wallet_id(wallet_id), parse_uuid(hold, "hold"))

    return view


deposit = _of_wallet(Kind.DEPOSIT)
place = _of_wallet(Kind.PLACE)
withdraw = _of_wallet(Kind.WITHDRAW)
transfer = _of_wallet(Kind.TRANSFER)
reverse = _of_wallet(Kind.REVERSE)
win = _of_hold(Kind.WIN)
lose = _of_hold(Kind.LOSE)
void = _of_hold(Kind.VOID)
settle_withdrawal = _of_hold(Kind.SETTLE_WITHDRAWAL)
reject_withdrawal = _of_hold(Kind.REJECT_WITHDRAWAL)


# --- Many at once -----------------------------------------------------------------------------------


@api(scope="ledger", methods=("POST",))
def wallet_holds_batch(request: ApiRequest, wallet_id: str) -> HttpResponse:
    """Wagers of one wallet."""
    return _post_batch(request, Shape("holds", Kind.PLACE, parse_wallet_id(wallet_id)))


@api(scope="ledger", methods=("POST",))
def holds_batch(request: ApiRequest) -> HttpResponse:
    """Wagers of any wallets."""
    return _post_batch(request, Shape("holds", Kind.PLACE))


@api(scope="ledger", methods=("POST",))
def operations_batch(request: ApiRequest) -> HttpResponse:
    """Requests of every kind, decided in their order."""
    return _post_batch(request, Shape("operations"))


def _post_batch(request: ApiRequest, shape: Shape) -> HttpResponse:
    body = read_json(request, most=BATCH_BODY_MAX)
    try:
        items = batch_wire.read_items(body, shape)
        currencies = directory.currencies(batch_wire.wallet_ids(items, shape))
        ops = batch_wire.read_operations(items, shape, currencies)
    except BadRequest as error:
        raise invalid(error) from error
    return answer(batch_wire.tell_all(_answers(ops, frozenset(currencies)), currencies))


def _answers(ops: list[Op], there: frozenset[int]) -> list[Answer]:
    """The answers in the order of the requests; those for wallets that are not there are never posted."""
    posted = [op for op in ops if op.wallet_id in there]
    answers = iter(posting.post(posted) if posted else ())
    return [next(answers) if op.wallet_id in there else no_such_wallet(op) for op in ops]
