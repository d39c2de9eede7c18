"""Bets: placing one, what became of those that were asked for, looking one up, the account's history."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from accounts.audit import By
from accounts.http import ApiRequest, Invalid, NotFound, api, by_method
from stake import present, queries
from stake.api import reading
from stake.http import not_done, tells_refusals
from stake.queries import IntentState
from stake.services import balances, betting, history, reconcile
from stake.tasks import reconcile_soon
from stake.values import Order
from streams import present as streams_present
from streams import queries as streams_queries
from streams import wire
from streams.api.common import answer, parse_id, read_object, text_of
from streams.params import Params

RECENT_BETS = 10
# What a request is answered with, by what became of its bet.
STATUS = {
    IntentState.DRY_RUN: 200,
    IntentState.RECORDED: 201,
    IntentState.PLACED: 202,
    IntentState.IN_FLIGHT: 202,
    IntentState.UNKNOWN: 202,
}


@api(scope="bet", methods=("POST",))
@tells_refusals
def place(request: ApiRequest) -> HttpResponse:
    """Place a bet; the answer is the stream it went into, with the new bet in it.

    `stake` beside the stream's fields tells what became of the request: it alone is answered for a dry run, or while
    the outcome is not known (202). The same client_ref again answers the same bet.
    """
    body = read_object(request)
    wanted = betting.Wanted(
        session_id=reading.id_of(body, "session"),
        order=Order(
            game=text_of(body, "game", longest=wire.GAME_MAX, shortest=1),
            amount=reading.amount_of(body),
            currency=reading.currency_of(body),
            options=reading.object_of(body, "options"),
        ),
        client_ref=text_of(body, "client_ref", longest=200, shortest=1),
        confirmed=reading.flag_of(body, "confirmed"),
    )
    intent = queries.intent_row(betting.place(wanted, by=By.of(request.actor), now=timezone.now))
    if intent.is_pending:
        reconcile_soon(intent.session_id)
    if intent.state == IntentState.NOT_PLACED:
        raise not_done(intent.error_kind, intent.error)
    return answer(_answer(intent), status=STATUS[intent.state])


def _answer(intent: queries.IntentRow) -> dict[str, Any]:
    told = {"stake": present.intent(intent)}
    if intent.stream_id is None:
        return told
    try:
        stream = streams_queries.get_stream(intent.stream_id)
    except streams_queries.NotFound:
        return told  # It was deleted since.
    recent = streams_queries.list_bets(stream, order="nonce_desc", limit=RECENT_BETS).bets
    return {**streams_present.stream_detail(stream, recent), **told}


@api(scope="read", methods=("GET",))
def list_intents(request: ApiRequest) -> HttpResponse:
    """Bets that were asked for, newest first."""
    params = Params(request.GET)
    limit = params.whole("limit", 50, low=1, high=200)
    offset = params.whole("offset", 0, high=1_000_000)
    pending = params.flag("pending", False)
    session = params.text("session", longest=40)
    params.check()
    key = parse_id(session, "session") if session else None
    rows = queries.intents(session_id=key, pending=pending or None, limit=limit, offset=offset)
    return answer({"intents": [present.intent(row) for row in rows], "limit": limit, "offset": offset})


bets = by_method(GET=list_intents, POST=place)


@api(scope="read", methods=("GET",))
def show_intent(request: ApiRequest, intent_id: str) -> HttpResponse:
    """What became of a bet that was asked for."""
    row = queries.intent(parse_id(intent_id, "intent"))
    if row is None:
        raise NotFound("There is no such bet intent.")
    return answer(_answer(row))


@api(scope="bet", methods=("POST",))
@tells_refusals
def reconcile_session(request: ApiRequest) -> HttpResponse:
    """Look into what is not decided of a session.

    Or say by hand what became of a bet (`intent`, with `bet_id` or `not_placed`) or of a move into the vault
    (`deposit`, with `done`).
    """
    body = read_object(request)
    if (intent_id := reading.optional_id_of(body, "intent")) is not None:
        return _decide_bet(request, intent_id, body)
    if (deposit_id := reading.optional_id_of(body, "deposit")) is not None:
        if body.get("done") is None:
            raise Invalid({"done": "is required: whether the move was made."})
        row = balances.decide(
            deposit_id=deposit_id, done=reading.flag_of(body, "done"), by=By.of(request.actor), at=timezone.now()
        )
        return answer(present.deposit(queries.deposit_row(row)))
    session_id = reading.id_of(body, "session")
    done = reconcile.session(session_id, now=timezone.now)
    if not done:
        reconcile_soon(session_id)
    return answer(
        {
            "session": session_id,
            "done": done,
            "pending": [present.intent(row) for row in queries.intents(session_id=session_id, pending=True)],
            "rotations": [present.rotation(row) for row in queries.rotations(session_id=session_id) if row.is_open],
            "deposits": [present.deposit(row) for row in queries.deposits(session_id=session_id) if row.is_open],
        }
    )


def _decide_bet(request: ApiRequest, intent_id: UUID, body: dict[str, Any]) -> HttpResponse:
    bet_id = reading.optional_text(body, "bet_id", longest=500)
    not_placed = reading.flag_of(body, "not_placed")
    if (bet_id is None) != not_placed:
        raise Invalid({"bet_id": "Say either which bet it was, or set not_placed to true."})
    reconcile.decide(intent_id, bet_id=bet_id, by=By.of(request.actor), now=timezone.now)
    row = queries.intent(intent_id)
    assert row is not None
    return answer(_answer(row))


@api(scope="read", methods=("GET",))
@tells_refusals
def look_up(request: ApiRequest, name: str) -> HttpResponse:
    """A bet by any form of its id, asked for with a session: the given one, or the newest."""
    params = Params(request.GET)
    session = params.text("session", longest=40)
    params.check()
    at = timezone.now()
    session_id = parse_id(session, "session") if session else _newest_session()
    found = history.look_up(history.read_name(name, field="name"), session_id=session_id, now=timezone.now)
    return answer({**present.venue_bet(found.bet), "stream_id": found.stream_id, "asked_at": at})


def _newest_session() -> UUID:
    rows = queries.sessions(at=timezone.now())
    if not rows:
        raise NotFound("There is no session to ask the venue with.")
    return rows[0].id


@api(scope="bet", methods=("POST",))
@tells_refusals
def import_history(request: ApiRequest) -> HttpResponse:
    """Bring the account's newest bets into their streams, by pages of 50."""
    body = read_object(request)
    pages = reading.optional_whole_of(body, "pages", most=history.PAGES_MAX)
    imported = history.import_history(
        session_id=reading.id_of(body, "session"),
        pages=history.PAGES_DEFAULT if pages is None else pages,
        now=timezone.now,
    )
    return answer(
        {
            "seen": imported.seen,
            "new": imported.new,
            "known": imported.known,
            "conflicts": imported.conflicts,
            "left_out": imported.left_out,
            "whole": imported.whole,
            "streams": sorted(imported.streams),
        }
    )
