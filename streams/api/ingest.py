"""How bets get in over HTTP: one message, or a batch of them."""

from codecs import BOM_UTF8
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from accounts import ratelimit
from accounts.addresses import client_address
from accounts.http import ApiError, ApiRequest, Invalid, api
from streams import exactjson, wire
from streams.api.common import answer, read_body, read_json
from streams.committer import committer
from streams.decide import Outcome
from streams.ingest import Refused, StreamsBusy, ingest


def _admit(request: ApiRequest, count: int, at: datetime) -> dict[str, str]:
    """Count messages against the caller's minute; the rate headers, or 429 for the whole request."""
    headers: dict[str, str] = {}
    for key, limit in (
        (request.actor.rate_key, settings.INGEST_PER_MINUTE),
        (f"peer:{client_address(request)}", settings.INGEST_PER_PEER),
    ):
        window = ratelimit.take(key=key, count=count, limit=limit, now=at.timestamp())
        if not window.allowed:
            message = f"Too many messages in this minute; try again in {window.reset} s."
            raise ApiError(429, "rate_limited", message, headers=window.headers())
        headers = headers or window.headers()
    return headers


def _answer_for(outcome: Outcome | Refused, kind: str) -> dict[str, Any]:
    if isinstance(outcome, Refused):
        return {"error": {"code": "refused", "message": outcome.reason, "fields": {}}}
    body = {"streamId": outcome.stream_id, "accepted": outcome.accepted, "type": kind}
    return {**body, "conflict": True} if outcome.conflict else body


def _kind(message: wire.Message) -> str:
    return "bet" if isinstance(message, wire.BetMessage) else "heartbeat"


def _busy(error: StreamsBusy) -> ApiError:
    return ApiError(503, "busy", str(error), headers={"Retry-After": "1"})


@api(scope="ingest", methods=("POST",))
def ingest_one(request: ApiRequest) -> HttpResponse:
    """One bet or heartbeat; answered once it is durable."""
    at = timezone.now()
    headers = _admit(request, 1, at)
    try:
        message = wire.parse_message(read_json(request))
    except wire.InvalidMessage as error:
        raise Invalid(error.fields) from error
    try:
        outcome = committer.submit(message, at=at)
    except StreamsBusy as error:
        raise _busy(error) from error
    if isinstance(outcome, Refused):
        raise Invalid({"body": outcome.reason})
    return answer(_answer_for(outcome, _kind(message)), headers=headers)


@api(scope="ingest", methods=("POST",))
def ingest_batch(request: ApiRequest) -> HttpResponse:
    """Up to 10,000 messages as a JSON array or NDJSON; one result for each, in order, invalid ones included."""
    at = timezone.now()
    records = _read_records(read_body(request, most=settings.BATCH_BODY_BYTES_MAX))
    _check_count(len(records))
    headers = _admit(request, len(records), at)
    results = [""] * len(records)  # as JSON texts: most of a batch's are the same few
    valid: list[tuple[int, wire.Message]] = []
    for index, record in enumerate(records):
        try:
            if isinstance(record, exactjson.NotJson):
                raise wire.InvalidMessage({"body": str(record)})
            valid.append((index, wire.parse_message(record)))
        except wire.InvalidMessage as error:
            results[index] = exactjson.dumps(
                {"error": {"code": "invalid", "message": str(error), "fields": error.fields}}
            )
    try:
        outcomes = ingest([message for _, message in valid], at=at)
    except StreamsBusy as error:
        raise _busy(error) from error
    for (index, message), outcome in zip(valid, outcomes, strict=True):
        results[index] = _text_for(outcome, _kind(message))
    accepted = sum(isinstance(outcome, Outcome) and outcome.accepted for outcome in outcomes)
    body = f'{{"results":[{",".join(results)}],"accepted":{accepted},"total":{len(records)}}}'
    return HttpResponse(body, content_type="application/json", headers=headers)


@lru_cache(maxsize=1024)
def _text_for(outcome: Outcome | Refused, kind: str) -> str:
    return exactjson.dumps(_answer_for(outcome, kind))


def _check_count(count: int) -> None:
    if count > settings.BATCH_MESSAGES_MAX:
        message = f"A batch holds at most {settings.BATCH_MESSAGES_MAX:,} messages; this one has {count:,}."
        raise ApiError(413, "too_large", message)


def _read_records(body: bytes) -> list[Any]:
    """The messages of a batch body; a line of NDJSON that is not JSON stands as its `NotJson` in its place."""
    try:
        whole = exactjson.loads(body)
    except exactjson.NotJson as error:
        lines = [line for line in body.removeprefix(BOM_UTF8).splitlines() if line.strip()]
        if len(lines) < 2 or lines[0].lstrip()[:1] != b"{":
            raise Invalid({"body": str(error)}) from error
        _check_count(len(lines))  # before reading millions of them
        return [_read_line(line) for line in lines]
    if isinstance(whole, list):
        return whole
    if isinstance(whole, dict):
        return [whole]
    raise Invalid({"body": "must be a JSON array of messages, or one message a line."})


def _read_line(line: bytes) -> Any:
    try:
        return exactjson.loads(line)
    except exactjson.NotJson as error:
        return error
