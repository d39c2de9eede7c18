"""The account: rotating its seed pair, its balances and vault, its limits and pauses, and the stop of all betting."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from accounts import switches
from accounts.audit import By
from accounts.http import ApiRequest, Invalid, NotFound, api, by_method
from stake import guard, present, queries
from stake.api import reading
from stake.http import not_done, tells_refusals
from stake.queries import RequestState
from stake.services import balances, limits, rotation
from stake.tasks import reconcile_soon
from streams.api.common import answer, parse_id, read_object, text_of
from streams.params import Params


@api(scope="bet", methods=("POST",))
@tells_refusals
def rotate_seed(request: ApiRequest) -> HttpResponse:
    """Rotate the seed pair; without `client_seed` a random one is taken."""
    body = read_object(request)
    session_id = reading.id_of(body, "session")
    done = rotation.rotate(
        session_id=session_id,
        client_seed=reading.optional_text(body, "client_seed", longest=500),
        by=By.of(request.actor),
        now=timezone.now,
    )
    row = queries.rotation_row(done)
    if row.state != RequestState.DONE or not row.server_seed:
        reconcile_soon(session_id)
    if row.state == RequestState.NOT_DONE:
        raise not_done(done.error_kind, done.error)
    return answer(present.rotation(row), status=201 if row.state == RequestState.DONE else 202)


@api(scope="read", methods=("GET",))
def list_rotations(request: ApiRequest) -> HttpResponse:
    """Rotations, newest first."""
    params = Params(request.GET)
    limit = params.whole("limit", 50, low=1, high=200)
    session = params.text("session", longest=40)
    params.check()
    rows = queries.rotations(session_id=parse_id(session, "session") if session else None, limit=limit)
    return answer({"rotations": [present.rotation(row) for row in rows]})


@api(scope="read", methods=("GET",))
@tells_refusals
def balance(request: ApiRequest) -> HttpResponse:
    """What the session's account has: asked for now, kept, answered; `refresh=false` answers what was kept last."""
    params = Params(request.GET)
    session = params.text("session", longest=40)
    refresh = params.flag("refresh", True)
    params.check()
    if not session:
        raise Invalid({"session": "is required."})
    key = parse_id(session, "session")
    if refresh:
        balances.refresh(session_id=key, now=timezone.now)
    row = queries.session(key, at=timezone.now())
    if row is None:
        raise NotFound("There is no such session.")
    return answer({"session": key, "balances": present.balances(queries.balances(row.account_key))})


@api(scope="bet", methods=("POST",))
@tells_refusals
def vault(request: ApiRequest) -> HttpResponse:
    """Move money into the venue's vault, once per client_ref."""
    body = read_object(request)
    session_id = reading.id_of(body, "session")
    row = balances.move_to_vault(
        session_id=session_id,
        currency=reading.currency_of(body),
        amount=reading.amount_of(body),
        client_ref=text_of(body, "client_ref", longest=200, shortest=1),
        by=By.of(request.actor),
        now=timezone.now,
    )
    if row.state == RequestState.NOT_DONE:
        raise not_done(row.error_kind, row.error)
    if row.state == RequestState.UNKNOWN:
        reconcile_soon(session_id)
    return answer(present.deposit(queries.deposit_row(row)), status=201 if row.state == RequestState.DONE else 202)


@api(scope="read", methods=("GET",))
def get_limits(request: ApiRequest) -> HttpResponse:
    """The limits of a session, or without one those of all accounts together; and the pauses that last."""
    params = Params(request.GET)
    session = params.text("session", longest=40)
    params.check()
    key = parse_id(session, "session") if session else None
    if key is not None and queries.session(key, at=timezone.now()) is None:
        raise NotFound("There is no such session.")
    return _limits(key)


@api(scope="sessions", methods=("PUT",))
@tells_refusals
def put_limits(request: ApiRequest) -> HttpResponse:
    """Set the limits of one currency; a limit that is null or left out is none."""
    body = read_object(request)
    session_id = reading.optional_id_of(body, "session")
    limits.set_limits(
        session_id=session_id,
        currency=reading.currency_of(body),
        values=_values(body),
        by=By.of(request.actor),
        at=timezone.now(),
        count_anew=reading.flag_of(body, "count_anew"),
    )
    return _limits(session_id)


def _values(body: dict[str, Any]) -> guard.Limits:
    amounts = ("max_wager", "daily_loss", "stop_loss", "take_profit", "confirm_above")
    return guard.Limits(
        **{name: reading.optional_amount_of(body, name) for name in amounts},
        bets_per_minute=reading.optional_whole_of(body, "bets_per_minute", most=100_000),
    )


def _limits(session_id: UUID | None) -> HttpResponse:
    return answer(
        {
            "session": session_id,
            "limits": [present.limit(row) for row in queries.limits(session_id)],
            "pauses": [present.pause(row) for row in queries.pauses(at=timezone.now(), session_id=session_id)],
        }
    )


limit_list = by_method(GET=get_limits, PUT=put_limits)


@api(scope="bet", methods=("POST",))
@tells_refusals
def begin_pause(request: ApiRequest) -> HttpResponse:
    """Begin a cool-off or self-exclusion, of a session or of all betting. It cannot be shortened."""
    body = read_object(request)
    session_id = reading.optional_id_of(body, "session")
    limits.begin_pause(
        session_id=session_id,
        kind=text_of(body, "kind", longest=20, shortest=1),
        ends_at=reading.moment_of(body, "ends_at"),
        by=By.of(request.actor),
        at=timezone.now(),
    )
    return _limits(session_id)


@api(scope="bet", methods=("PUT", "DELETE"))
def stop(request: ApiRequest) -> HttpResponse:
    """PUT stops all betting at once, DELETE allows it again."""
    switches.turn(
        switches.BETTING_STOPPED, request.method == "PUT", by=By.of(request.actor), at=timezone.now(), reason="API"
    )
    return _stopped()


@api(scope="read", methods=("GET",))
def get_stop(request: ApiRequest) -> HttpResponse:
    """Whether betting is stopped."""
    return _stopped()


def _stopped() -> HttpResponse:
    return answer({"stopped": switches.is_on(switches.BETTING_STOPPED)})


betting_stop = by_method(GET=get_stop, PUT=stop, DELETE=stop)
