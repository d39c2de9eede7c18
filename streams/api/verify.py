"""One Pump round recomputed, for old clients."""

from django.http import HttpResponse

from accounts.http import ApiRequest, Invalid, api
from fairness.errors import InvalidInput
from fairness.games import pump
from fairness.rounds import Seeds, play
from streams import wire
from streams.api.common import answer
from streams.params import Params


@api(scope="read", methods=("GET",))
def verify(request: ApiRequest) -> HttpResponse:
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
    except InvalidInput as error:
        raise Invalid({error.field: f"{error.problem}."}) from error
    return answer(
        {
            "max_pumps": found.safe_pumps,
            "max_multiplier": found.multiplier,
            "pop_point": found.pop_point,
        }
    )
