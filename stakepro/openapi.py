"""The OpenAPI document of the whole project, put together from the parts of its apps."""

from functools import cache

from django.conf import settings
from django.http import HttpResponse, JsonResponse

import stakepro
from accounts import openapi as shared
from accounts.http import ApiRequest, api
from accounts.openapi import Schema
from ledger import openapi as ledger
from stake import openapi as stake
from streams import openapi as streams

MACHINES = "For machines"

_STATUS: Schema = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}
_READY: Schema = {
    "type": "object",
    "required": ["status", "checks"],
    "properties": {
        "status": {"type": "string", "enum": ["ok", "not ok"]},
        "checks": {"type": "object", "additionalProperties": {"type": "string", "enum": ["ok", "not ok"]}},
    },
}


def _open(name: str, *, summary: str, description: str, responses: dict[str, Schema]) -> Schema:
    """An operation that anyone may ask for, with no token."""
    return {
        "operationId": name,
        "tags": [MACHINES],
        "summary": summary,
        "description": description,
        "security": [],
        "responses": responses,
    }


def _machines() -> dict[str, Schema]:
    ready = {"status": "ok", "checks": {"database": "ok", "migrations": "ok", "worker": "ok"}}
    not_ready = shared.answer(_READY, description="Something is not there; the log says why.")
    text = {"description": "Prometheus text.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {
        "/healthz": {
            "get": _open(
                "healthz",
                summary="Is the process alive",
                description="Asks nothing else, not even the database.",
                responses={"200": shared.answer(_STATUS, {"status": "ok"})},
            )
        },
        "/readyz": {
            "get": _open(
                "readyz",
                summary="Can it do its work",
                description="Database, migrations and background worker.",
                responses={"200": shared.answer(_READY, ready), "503": not_ready},
            )
        },
        "/metrics": {
            "get": shared.operation(
                "prometheus",
                tag=MACHINES,
                summary="What was counted",
                scope="read",
                description="For Prometheus. Programs on this machine need no token.",
                answers={200: text},
            )
        },
        "/api/openapi.json": {
            "get": shared.operation(
                "openapi",
                tag=MACHINES,
                summary="This document",
                scope="read",
                answers={200: shared.answer({"type": "object"})},
            )
        },
    }


def _gateway() -> dict[str, Schema]:
    """What the gateway alone serves."""
    stream = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 100}
    number: Schema = {"type": "integer", "minimum": 0}
    first = 'id: 4711\nevent: wallet.changed\ndata: {"stream": "wallet:7", "prev": 4702, "at": "…", "body": {…}}\n\n'
    told = {
        "description": "Events as they happen, until the caller leaves.",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": first}},
    }
    return {
        "/events": {
            "get": shared.operation(
                "listen",
                tag=ledger.TAGS[-1]["name"],
                summary="Listen to events live",
                scope="read",
                description="Served by the gateway, on GATEWAY_PORT where no proxy makes it one origin. Nothing is "
                "missing and nothing told twice after a reconnect with `Last-Event-ID`. Where events behind it are "
                "not kept any more, one `snapshot` comes first. A comment comes every 15 seconds.",
                parameters=(
                    shared.parameter(
                        "stream", stream, "Streams such as `wallet:7`; given once for each.", required=True
                    ),
                    shared.parameter("after", number, "The last event that is known; from now on where left out."),
                    shared.parameter("Last-Event-ID", number, "The same; wins, as browsers send it.", where="header"),
                ),
                answers={200: told},
            )
        }
    }


@cache
def published() -> Schema:
    """The whole document: Django's addresses, and the gateway's own."""
    return {**document(), "paths": {**document()["paths"], **_gateway()}}


@cache
def document() -> Schema:
    """Every JSON address that Django serves, in OpenAPI 3.1."""
    return {
        "openapi": shared.VERSION,
        "info": {
            "title": "StakePro",
            "version": stakepro.VERSION,
            "description": "Bets as they happen, kept exactly once. Amounts and results are JSON numbers with their "
            "exact digits, amounts of the ledger decimals in quotes; times are UTC and end with Z. New fields may be "
            "added beside those listed.",
        },
        "tags": [
            *streams.TAGS,
            *stake.TAGS,
            *ledger.TAGS,
            {"name": MACHINES, "description": "Health, counts, this document."},
        ],
        "paths": {**streams.PATHS, **stake.PATHS, **ledger.PATHS, **_machines()},
        "components": {
            "schemas": {"Error": shared.ERROR, **streams.SCHEMAS, **stake.SCHEMAS, **ledger.SCHEMAS},
            "securitySchemes": {
                **shared.SECURITY_SCHEMES,
                "session": {**shared.SECURITY_SCHEMES["session"], "name": settings.SESSION_COOKIE_NAME},
            },
        },
    }


@api(scope="read", methods=("GET",))
def openapi_json(request: ApiRequest) -> HttpResponse:
    """The document, for programs that read it."""
    return JsonResponse(published())
