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


@cache
def document() -> Schema:
    """Every JSON address of the project, in OpenAPI 3.1."""
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
    return JsonResponse(document())
