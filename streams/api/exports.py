"""A stream's bets as a file, narrowed by the same parameters as `/bets`."""

from django.http import HttpResponseBase

from accounts.http import ApiRequest, api
from streams import downloads, exporting, queries
from streams.api.common import parse_id
from streams.params import Params


@api(scope="read", methods=("GET",))
def export(request: ApiRequest, stream_id: str, file_format: str) -> HttpResponseBase:
    params = Params(request.GET)
    full = params.choice("columns", "default", ("default", "full")) == "full"
    wanted = params.bet_filter()
    params.check()
    stream = queries.get_stream(parse_id(stream_id))
    made = exporting.export(stream, file_format=file_format, wanted=wanted, full=full)
    return downloads.respond(made, method=request.method)
