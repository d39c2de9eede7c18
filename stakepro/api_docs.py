"""The API's page for people, drawn from the OpenAPI document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.openapi import Schema
from ledger.openapi import examples as ledger
from stake.openapi.examples import INTENT_ID, SESSION_ID
from stakepro.openapi import document, published
from streams.openapi.examples import STREAM_ID

# What stands in an example address.
EXAMPLES: dict[str, object] = {
    "stream_id": STREAM_ID,
    "bookmark_id": 3,
    "snapshot_id": 4,
    "run_id": "5f0d8b1e-3a52-4f5b-9a37-0c2f6d8e4b10",
    "multiplier": 1066.73,
    "since_id": 0,
    "bucket": 11200.65,
    "buckets": "1066.73,11200.65",
    "server_seed": "564e967b90f03d0153fdcb2d2d1cc5a5057e0df78163611fe3801d6498e681ca",
    "client_seed": "zXv1upuFns",
    "nonce": 5663,
    "session_id": SESSION_ID,
    "session": SESSION_ID,
    "intent_id": INTENT_ID,
    "name": "house:123456789",
    "wallet_id": 17,
    "hold": ledger.CLIENT_ID,
    "adjustment_id": ledger.CLIENT_ID,
    "stream": "wallet:17",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of an operation's table."""

    name: str
    where: str
    kind: str
    required: bool
    default: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address, as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    deprecated: bool
    parameters: tuple[Parameter, ...]
    curl: str
    answer: str
    answer_type: str
    refusals: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A heading of the page."""

    name: str
    slug: str
    description: str
    operations: tuple[Operation, ...]


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation with its parameters, an example call and an example answer."""
    origin = request.build_absolute_uri("/").rstrip("/")
    return render(request, "stakepro/api_docs.html", {"groups": groups(published(), origin), "origin": origin})


def groups(source: Schema, origin: str) -> tuple[Group, ...]:
    """The document's operations under their tags, in its order."""
    made = list(_operations(source, origin))
    return tuple(
        Group(
            tag["name"],
            tag["name"].lower().replace(" ", "-"),
            tag["description"],
            tuple(operation for name, operation in made if name == tag["name"]),
        )
        for tag in source["tags"]
    )


def _operations(source: Schema, origin: str) -> Iterator[tuple[str, Operation]]:
    for path, methods in source["paths"].items():
        for method, operation in methods.items():
            yield operation["tags"][0], _operation(path, method.upper(), operation, origin)


def _operation(path: str, method: str, operation: Schema, origin: str) -> Operation:
    statuses = operation["responses"]
    success = min(statuses)
    contents: dict[str, Schema] = statuses[success].get("content", {})
    answer_type, media = next(iter(contents.items()), ("", {}))
    example = media.get("example")
    return Operation(
        name=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        paragraphs=tuple(operation["description"].replace("`", "").split("\n\n")),
        deprecated=operation.get("deprecated", False),
        parameters=(*(_parameter(each) for each in operation.get("parameters", [])), *_body(operation)),
        curl=_curl(path, method, operation, origin),
        answer=json.dumps(example, indent=2, ensure_ascii=False) if example is not None else "",
        answer_type=answer_type,
        refusals=tuple(
            (status, each["description"].replace("`", "")) for status, each in statuses.items() if status != success
        ),
    )


def _parameter(parameter: Schema) -> Parameter:
    schema = parameter["schema"]
    default = schema.get("default", "")
    return Parameter(
        parameter["name"],
        parameter["in"],
        _kind(schema),
        parameter["required"],
        json.dumps(default) if isinstance(default, bool) else str(default),
        parameter["description"].replace("`", ""),
    )


def _body(operation: Schema) -> tuple[Parameter, ...]:
    """The fields of the JSON that an operation takes; those of several shapes once each, needed as the last has it."""
    schemas = document()["components"]["schemas"]
    fields: dict[str, Parameter] = {}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        for name in _names(content["schema"]):
            shape = schemas[name]
            for field, schema in shape["properties"].items():
                known = fields.get(field)
                kinds = dict.fromkeys([known.kind] if known else []) | dict.fromkeys([_kind(schema)])
                text = schema.get("description", "").replace("`", "")
                fields[field] = Parameter(field, "body", " | ".join(kinds), field in shape["required"], "", text)
    return tuple(fields.values())


def _names(schema: Schema) -> Iterator[str]:
    """The named schemas that a body is made of."""
    if "$ref" in schema:
        yield schema["$ref"].rpartition("/")[2]
    for inner in (*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])):
        yield from _names(inner)


WORDS = {"integer": "whole number", "string": "text", "boolean": "true | false", "object": "JSON object"}


def _kind(schema: Schema) -> str:
    """A schema in a few words."""
    if "enum" in schema:
        return " | ".join("null" if each is None else str(each) for each in schema["enum"])
    if "$ref" in schema:
        return WORDS["object"]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if schema["type"] == "array":
        return f"{_kind(schema['items'])}, repeated"
    types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    kind = str(schema.get("format") or " or ".join(WORDS.get(each, each) for each in types))
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None and high <= 1000:
        kind += f", {low} to {high}"
    return kind


def _curl(path: str, method: str, operation: Schema, origin: str) -> str:
    required = [each for each in operation.get("parameters", []) if each["required"]]
    query: dict[str, Any] = {}
    for each in required:
        value = EXAMPLES[each["name"]]
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", quote(str(value)))
        else:
            query[each["name"]] = value
    lines = ["curl" if method == "GET" else f"curl -X {method}"]
    if operation["security"]:
        lines[0] += ' -H "Authorization: Bearer $TOKEN"'
    body = operation.get("requestBody")
    if body:
        content_type, content = next(iter(body["content"].items()))
        lines += [f"-H 'Content-Type: {content_type}'", f"-d '{json.dumps(content['example'])}'"]
    address = f"{origin}{path}" + (f"?{urlencode(query, safe=',')}" if query else "")
    return " \\\n  ".join([*lines, f"'{address}'"])
