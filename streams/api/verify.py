"""One round recomputed: any game by POST, Pump by GET for old clients; and stored bets by their ids."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse

from accounts.http import ApiError, ApiRequest, Invalid, NotFound, api, by_method
from fairness.errors import InvalidInput
from fairness.games import pump, registry
from fairness.games.base import HashGame
from fairness.rounds import Link, Seeds, explain, play
from fairness.seeds import hash_server_seed
from streams import present_verification, steps, wire
from streams.api.common import answer, read_object
from streams.params import Params
from streams.queries.verification import is_of_a_hidden_stream
from streams.verification.one import check_bets

BET_ID_MAX = wire.ID_MAX + 60  # our own names of bets are longer than ids


@api(scope="read", methods=("GET",))
def get_verify(request: ApiRequest) -> HttpResponse:
    """Recompute one Pump round, for old clients: the seeds are in the query, which no log of ours keeps."""
    params = Params(request.GET)
    for name in ("server_seed", "client_seed", "nonce"):
        params.required(name)
    server_seed = params.text("server_seed", longest=wire.SEED_MAX)
    client_seed = params.text("client_seed", longest=wire.SEED_MAX)
    nonce = params.whole("nonce", 0)
    difficulty = params.choice("difficulty", "expert", pump.DIFFICULTIES)
    params.check()
    try:
        found = play(pump.GAME, Seeds(server_seed, client_seed, nonce), {"difficulty": difficulty}).outcome
        hashed = hash_server_seed(server_seed)
    except InvalidInput as error:
        raise Invalid({error.field: f"{error.problem}."}) from error
    if is_of_a_hidden_stream(hashed):
        raise ApiError(
            409,
            "not_revealed",
            "This server seed belongs to a stream whose seed is not revealed here yet. Reveal it on the stream first, "
            "or send it by POST: an address is kept in more places than a body.",
            {"server_seed": "belongs to a stream that is not revealed yet."},
        )
    return answer(
        {
            "max_pumps": found.safe_pumps,
            "max_multiplier": found.multiplier,
            "pop_point": found.pop_point,
        }
    )


@api(scope="read", methods=("POST",))
def post_verify(request: ApiRequest) -> HttpResponse:
    """Recompute one round of any game with every step, or verify the stored bets of an id."""
    # As large as a batch may be, so that a text far too long is refused by its own name.
    body = read_object(request, most=settings.BATCH_BODY_BYTES_MAX)
    if body.get("bet_id") is not None:
        return _answer_bets(body["bet_id"])
    try:
        game = registry.game(body["game"]) if "game" in body else _missing("game")
        params = body.get("params") or {}
        if not isinstance(params, dict):
            raise InvalidInput("params", "must be a JSON object")
        source = _link(body) if isinstance(game, HashGame) else _seeds(body)
        return answer(steps.as_json(explain(game, source, params)))
    except InvalidInput as error:
        raise Invalid({error.field: f"{error.problem}."}, str(error)) from error


verify = by_method(GET=get_verify, POST=post_verify)


def _missing(name: str) -> Any:
    raise InvalidInput(name, "is missing")


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if value is None:
        _missing(name)
    if not isinstance(value, str):
        raise InvalidInput(name, "must be text")
    return value


def _seeds(body: dict[str, Any]) -> Seeds:
    server_seed, client_seed = _text(body, "server_seed"), _text(body, "client_seed")
    if body.get("nonce") is None:
        _missing("nonce")
    try:
        return Seeds(server_seed, client_seed, wire.check_whole(body["nonce"]))
    except ValueError as error:
        raise InvalidInput("nonce", str(error).rstrip(".")) from error


def _link(body: dict[str, Any]) -> Link:
    return Link(_text(body, "game_hash"), _text(body, "salt"))


def _answer_bets(bet_id: object) -> HttpResponse:
    try:
        text = wire.check_text(str(bet_id) if type(bet_id) is int else bet_id, longest=BET_ID_MAX)
    except ValueError as error:
        raise Invalid({"bet_id": str(error)}) from error
    found = check_bets(text)
    if not found:
        raise NotFound("No such bet is known here.")
    return answer({"bets": [present_verification.checked_bet(each) for each in found]})
