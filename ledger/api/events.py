"""Events by polling, for whoever does not hold a connection open: what came after a number, on some streams."""

from django.http import HttpResponse

from accounts.http import ApiRequest, Invalid, api
from events import queries, words
from ledger.api.common import Params, answer, moment

STREAMS_MAX = 100


@api(scope="read", methods=("GET",))
def event_list(request: ApiRequest) -> HttpResponse:
    """The events behind `after`. A reader goes on from its last one; from `last_seq` if there were fewer than asked."""
    params = Params(request.GET)
    streams = params.texts("stream")
    if not 1 <= len(streams) <= STREAMS_MAX:
        raise Invalid({"stream": f"must be given 1 to {STREAMS_MAX} times."})
    if not all(words.is_stream(each) for each in streams):
        raise Invalid({"stream": "must be a word with parts behind colons, such as wallet:42."})
    after = params.whole("after", 0)
    limit = params.whole("limit", queries.REPLAY_MAX, least=1, most=queries.REPLAY_MAX)
    found = queries.replay(streams, after=after, limit=limit)
    rows = [
        {
            "seq": event.seq,
            "prev": event.prev,
            "stream": event.stream,
            "type": event.type,
            "at": moment(event.at),
            "body": event.body,
        }
        for event in found.events
    ]
    return answer({"events": rows, "last_seq": found.last_seq, "gone": found.gone})
