"""What the OpenAPI document says, held against what was answered: nothing may be missing and nothing undocumented."""

import copy
import re
from functools import cache
from typing import Any

import jsonschema_rs

from stake import openapi as stake
from stakepro.openapi import document

# What clients send may hold more than is listed; what we answer may not.
SENT = {"BetMessage", "HeartbeatMessage", "NotesChange", "NewBookmark", "BookmarkChange", "FilterState", "NewSnapshot"}
SENT |= {"NewRun", "RunTarget", "RoundToVerify", "Reveal", *stake.schemas.SENT}


def closed(schema: Any) -> Any:
    """The schema with every listed object refusing further keys."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    if inner.get("type") == "object" and "properties" in inner:
        inner.setdefault("additionalProperties", False)
    return inner


def strict_document() -> dict[str, Any]:
    """The document, so that an answer's undocumented field is a failure."""
    made = copy.deepcopy(document())
    schemas = made["components"]["schemas"]
    made["components"]["schemas"] = {name: each if name in SENT else closed(each) for name, each in schemas.items()}
    return made


def faults_of_answer(method: str, path: str, status: int, body: Any) -> list[str]:
    """What is wrong with a JSON answer, by the document; a status that is not documented is a fault."""
    schema = _schema(method.lower(), _template(path), status)
    if schema is None:
        return [f"{method} {path} does not document {status}"]
    validator = jsonschema_rs.validator_for({**schema, "components": strict_components()})
    return [fault.message for fault in validator.iter_errors(body)]


@cache
def strict_components() -> dict[str, Any]:
    """The named schemas of the strict document; made once, and not to be changed."""
    components: dict[str, Any] = strict_document()["components"]
    return components


def _template(path: str) -> str:
    # Addresses without parameters first: /a/{b} would match /a/b too.
    for template in sorted(document()["paths"], key=lambda each: each.count("{")):
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path):
            return str(template)
    raise AssertionError(f"{path} is not documented")


def _schema(method: str, template: str, status: int) -> dict[str, Any] | None:
    answers = document()["paths"][template][method]["responses"]
    if str(status) not in answers:
        return None
    schema: dict[str, Any] = closed(answers[str(status)]["content"]["application/json"]["schema"])
    return schema
