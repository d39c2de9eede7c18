"""The verification of a stream: revealing its server seed, asking for it again, what it found."""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from accounts.http import ApiError, ApiRequest, Invalid, api, by_method
from fairness.errors import InvalidInput
from streams import present_verification as present
from streams import queries
from streams.api.common import answer, parse_id, read_object
from streams.params import Params
from streams.queries import verification as found_of
from streams.verification import one, services, tasks

FINDINGS_DEFAULT = 100
HOLES_MAX = 1000


@api(scope="write", methods=("POST",))
def reveal(request: ApiRequest, stream_id: str) -> HttpResponse:
    """Keep the server seed, once it hashes to the stream's hash, and have the stream verified."""
    key = parse_id(stream_id)
    try:
        services.reveal(stream_id=key, server_seed=_server_seed(request), by=request.actor.name, at=timezone.now())
    except InvalidInput as error:
        raise Invalid({error.field: f"{error.problem}."}, str(error)) from error
    except services.NotThisSeed as refusal:
        raise Invalid({"server_seed": str(refusal)}) from refusal
    tasks.verify_streams_soon()
    return _state(request, key)


def _server_seed(request: ApiRequest) -> str:
    # As large as a batch may be, so that a text far too long is refused by its own name.
    body = read_object(request, most=settings.BATCH_BODY_BYTES_MAX)
    seed = body.get("server_seed")
    if seed is None:
        raise InvalidInput("server_seed", "is missing")
    if not isinstance(seed, str):
        raise InvalidInput("server_seed", "must be text")
    return seed


@api(scope="read", methods=("GET",))
def get_verification(request: ApiRequest, stream_id: str) -> HttpResponse:
    """Counts, and the first findings with their steps."""
    return _state(request, parse_id(stream_id))


@api(scope="write", methods=("POST",))
def verify_again(request: ApiRequest, stream_id: str) -> HttpResponse:
    """Verify the stream from the start; while it is being verified, nothing is begun anew."""
    key = parse_id(stream_id)
    try:
        services.verify_again(stream_id=key, by=request.actor.name, at=timezone.now())
    except services.NotRevealed as refusal:
        raise ApiError(409, "not_revealed", str(refusal)) from refusal
    tasks.verify_streams_soon()
    return _state(request, key)


verification = by_method(GET=get_verification, POST=verify_again)


def _state(request: ApiRequest, key: UUID) -> HttpResponse:
    params = Params(request.GET)
    limit = params.whole("limit", FINDINGS_DEFAULT, low=0, high=1000)
    with_steps = params.flag("include_steps", True)
    params.check()
    stream = queries.get_stream(key)
    mismatches = found_of.list_findings(stream, kind="mismatch", limit=limit)
    return answer(
        present.verification(
            stream,
            revealed=found_of.revealed(stream),
            with_seed=request.actor.can("write"),
            verification=found_of.get_verification(stream),
            mismatches=mismatches,
            steps=one.explain_findings(stream, mismatches) if with_steps else {},
            cannots=found_of.list_findings(stream, kind="cannot", limit=limit),
            holes=queries.list_holes(stream, limit=HOLES_MAX) if stream.has_heartbeats else (),
        )
    )
