"""Adjustments over HTTP: one asks, another approves or refuses."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from accounts import queries as people
from accounts.audit import By
from accounts.http import Actor, ApiError, ApiRequest, Forbidden, Invalid, NotFound, api
from ledger import adjustments, queries
from ledger.adjustments import Caller
from ledger.api.common import Params, answer, invalid, moment, parse_uuid, parse_wallet_id, read_json, told
from ledger.batch_wire import NO_CURRENCY, no_such_wallet
from ledger.directory import directory
from ledger.money import BadAmount, Currency, parse, show
from ledger.operations import Code, Kind, Op
from ledger.wire import BadRequest, Told, read_operation, tell

PAGE, PAGE_MAX = 100, 1_000
# What the engine answers without having decided; all else it remembers for this client id, for ever.
_NOT_DECIDED = frozenset({Code.BUSY, Code.UNAVAILABLE, Code.INTERNAL})


def adjustment_body(found: queries.Adjustment) -> dict[str, Any]:
    """An adjustment, and who decided where somebody has."""
    return {
        "id": str(found.id),
        "wallet_id": found.wallet_id,
        "owner": found.owner,
        "currency": found.currency.code,
        "amount": show(found.amount, found.currency),
        "reason": found.reason,
        "status": found.status,
        "asked_by": found.asked_by,
        "asked_at": moment(found.asked_at),
        "decided_by": found.decided_by or None,
        "decided_at": moment(found.decided_at) if found.decided_at else None,
    }


def caller_of(actor: Actor) -> Caller:
    """Who calls; the person behind a token is who made it."""
    person = actor.user.get_username() if actor.user else ""
    token = people.token_with_id(actor.token_id) if actor.token_id is not None else None
    if token is not None and token.created_by is not None:
        person = token.created_by.get_username()
    return Caller(By.of(actor), person)


# --- Asking -----------------------------------------------------------------------------------------


@api(scope="ledger", methods=("POST",))
def ask(request: ApiRequest, wallet_id: str) -> HttpResponse:
    """202: it waits for a second person."""
    number = parse_wallet_id(wallet_id)
    currency = directory.currency(number)
    op = _read(read_json(request), number, currency or NO_CURRENCY)
    if currency is None:
        return told(tell(no_such_wallet(op), None))
    try:
        adjustments.ask(
            client_id=op.client_id,
            wallet_id=number,
            amount=op.amount,
            reason=op.reason,
            caller=caller_of(request.actor),
            at=timezone.now(),
        )
    except adjustments.IdTaken as error:
        raise ApiError(409, Code.IDEMPOTENCY_MISMATCH.value, str(error)) from error
    except adjustments.NotAdjustable as error:
        raise Invalid({"wallet_id": str(error)}) from error
    return answer(adjustment_body(queries.find_adjustment(op.client_id)), status=202)


def _read(body: object, wallet_id: int, currency: Currency) -> Op:
    """The posting that is asked for: as every request is read, but for its amount, which has a sign."""
    if not isinstance(body, dict):
        raise Invalid({"body": "must be an object."})
    wrong: dict[str, str] = {}
    amount = 0
    try:
        amount = _signed(body.get("amount"), currency)
    except BadAmount as error:
        wrong["amount"] = str(error)
    reason = body.get("reason")
    if reason is None or (isinstance(reason, str) and not reason.strip()):
        wrong["reason"] = "is required."
    for name in ("expected_version", "ref_type", "ref_id"):
        if name in body:
            wrong[name] = "is no field of this request."
    rest = {name: value for name, value in body.items() if name != "amount" and name not in wrong}
    try:
        op = read_operation(Kind.ADJUST, wallet_id, currency, rest)
    except BadRequest as error:
        raise invalid(BadRequest({**wrong, **error.fields})) from error
    if wrong:
        raise invalid(BadRequest(wrong))
    return Op(Kind.ADJUST, wallet_id, op.client_id, amount, reason=op.reason)


def _signed(text: object, currency: Currency) -> int:
    """Minor units of a decimal that may have a minus in front; not 0."""
    if text is None:
        raise BadAmount("is required.")
    negative = isinstance(text, str) and text.startswith("-")
    minor = parse(text[1:] if negative and isinstance(text, str) else text, currency)
    if minor == 0:
        raise BadAmount("must be above or below 0.")
    return -minor if negative else minor


# --- Deciding ---------------------------------------------------------------------------------------


@api(scope="read", methods=("GET",))
def adjustment_list(request: ApiRequest) -> HttpResponse:
    """Adjustments, newest first."""
    params = Params(request.GET)
    try:
        page = queries.adjustments(
            status=params.choice("status", queries.ADJUSTMENT_STATUSES),
            wallet_id=params.whole_or_none("wallet_id"),
            after=params.uuid_or_none("after"),
            limit=params.whole("limit", PAGE, least=1, most=PAGE_MAX),
        )
    except queries.NoSuchAdjustment as error:
        raise Invalid({"after": str(error)}) from error
    rows = [adjustment_body(each) for each in page.adjustments]
    return answer({"adjustments": rows, "next_after": str(page.next_after) if page.next_after else None})


@api(scope="admin", methods=("POST",))
def approve(request: ApiRequest, adjustment_id: str) -> HttpResponse:
    """Post it; approving it again answers the same."""
    key = parse_uuid(adjustment_id, "adjustment_id")
    try:
        adjustments.approve(adjustment_id=key, caller=caller_of(request.actor), at=timezone.now())
    except adjustments.NotPosted as error:
        return told(_not_posted(error, key))
    except (LookupError, adjustments.AdjustmentRefused) as error:
        raise _refusal(error) from error
    return answer(adjustment_body(queries.find_adjustment(key)))


@api(scope="admin", methods=("POST",))
def refuse(request: ApiRequest, adjustment_id: str) -> HttpResponse:
    """It is never posted."""
    key = parse_uuid(adjustment_id, "adjustment_id")
    try:
        adjustments.refuse(adjustment_id=key, caller=caller_of(request.actor), at=timezone.now())
    except (LookupError, adjustments.AdjustmentRefused) as error:
        raise _refusal(error) from error
    return answer(adjustment_body(queries.find_adjustment(key)))


def _refusal(error: Exception) -> ApiError:
    match error:
        case adjustments.NoSuchAdjustment():
            return NotFound(str(error))
        case adjustments.OwnAdjustment():
            return Forbidden(str(error), code="own_adjustment")
    return ApiError(409, "already_decided", str(error))


def _not_posted(error: adjustments.NotPosted, adjustment_id: UUID) -> Told:
    """The ledger's answer, and what can be done about it."""
    made = tell(error.answer, queries.find_adjustment(adjustment_id).currency)
    if error.answer.code not in _NOT_DECIDED:
        advice = "The adjustment is still waiting, but this answer is for ever: refuse it, and ask for another."
        message = f"{made.body['error']['message']} {advice}"
        made.body["error"]["message"] = made.body["detail"] = message
    return made
