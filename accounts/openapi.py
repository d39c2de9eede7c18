"""What every operation of the API shares in its OpenAPI document: who may call, the error shape, the refusals."""

from typing import Any

from accounts import scopes

Schema = dict[str, Any]

VERSION = "3.1.0"

SECURITY_SCHEMES: Schema = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token made with `manage.py create_token` or on the account page.",
    },
    "ingestToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Ingest-Token",
        "description": "The same token, as bot scripts for the earlier servers send it.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "stakepro_session",
        "description": "A signed-in person. Anything but reading also needs the header X-CSRFToken.",
    },
}
ANY_OF_THEM: list[Schema] = [{name: []} for name in SECURITY_SCHEMES]

ERROR: Schema = {
    "type": "object",
    "required": ["error", "detail"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "properties": {
                "code": {"type": "string", "description": "One word for programs."},
                "message": {"type": "string", "description": "A sentence for people."},
                "fields": {
                    "type": "object",
                    "additionalProperties": {"type": "string"},
                    "description": "What is wrong with which field, by its name.",
                },
            },
        },
        "detail": {
            "description": "The same, as clients of the earlier servers read it.",
            "anyOf": [
                {"type": "string"},
                {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["loc", "msg", "type"],
                        "properties": {
                            "loc": {"type": "array", "items": {"type": "string"}},
                            "msg": {"type": "string"},
                            "type": {"type": "string"},
                        },
                    },
                },
            ],
        },
    },
}

REFUSALS: dict[int, str] = {
    400: "The request cannot be understood, or names what does not exist.",
    401: "No token, or one that is unknown or revoked.",
    403: "The token lacks the scope, or a session's CSRF check failed.",
    404: "There is no such thing.",
    409: "Somebody else was first.",
    411: "The body was sent in chunks; send it with a Content-Length.",
    413: "The body is too large, or a batch holds too many messages.",
    415: "A signed-in person's browser sent a form.",
    422: "A field or parameter is wrong; `error.fields` names it. Nothing was stored.",
    429: "Too many messages in this minute; `Retry-After` says how many seconds to wait.",
    503: "Busy, or the database is away; nothing was stored, and sending it again is safe.",
}
# Of every operation; of those that read a body; of those that name a stream.
ALWAYS = (401, 403, 503)
OF_A_BODY = (400, 411, 413, 415, 422)


def ref(name: str) -> Schema:
    """A schema of the document by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """The schema, or null."""
    kind = schema.get("type")
    if isinstance(kind, str) and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def record(properties: dict[str, Schema], *, description: str = "", optional: tuple[str, ...] = ()) -> Schema:
    """An object that always has its properties, but for the optional ones."""
    schema: Schema = {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }
    return {**schema, "description": description} if description else schema


def array(items: Schema, **limits: int) -> Schema:
    """A list of one kind."""
    return {"type": "array", "items": items, **limits}


def parameter(name: str, schema: Schema, description: str, *, where: str = "query", required: bool = False) -> Schema:
    """A parameter; those of the path are always required."""
    return {
        "name": name,
        "in": where,
        "description": description,
        "required": required or where == "path",
        "schema": schema,
    }


def refusal(status: int, description: str = "") -> Schema:
    """An answer in the error shape."""
    headers = {"Retry-After": {"schema": {"type": "string"}, "description": "Seconds."}} if status in (429, 503) else {}
    return {
        "description": description or REFUSALS[status],
        "content": {"application/json": {"schema": ref("Error")}},
        **({"headers": headers} if headers else {}),
    }


def answer(schema: Schema, example: object = None, *, description: str = "What was asked for.") -> Schema:
    """A 200 with JSON."""
    content: Schema = {"schema": schema}
    if example is not None:
        content["example"] = example
    return {"description": description, "content": {"application/json": content}}


def json_body(schema: Schema, example: object, *, required: bool = True) -> Schema:
    """A request body in JSON."""
    return {"required": required, "content": {"application/json": {"schema": schema, "example": example}}}


def operation(
    name: str,
    *,
    tag: str,
    summary: str,
    scope: str,
    answers: dict[int, Schema],
    description: str = "",
    parameters: tuple[Schema, ...] = (),
    body: Schema | None = None,
    refuses: tuple[int, ...] = (),
    deprecated: bool = False,
) -> Schema:
    """One method of one address, with the refusals that every operation of its kind has."""
    statuses = {*ALWAYS, *refuses, *(OF_A_BODY if body else ()), *((422,) if parameters else ())}
    if any(each["in"] == "path" for each in parameters):
        statuses.add(404)
    needs = f"Needs the scope `{scope}` ({scopes.MEANINGS[scope]})."
    made: Schema = {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "description": f"{description}\n\n{needs}" if description else needs,
        "security": ANY_OF_THEM,
        "x-scope": scope,
        "responses": {
            **{str(status): each for status, each in answers.items()},
            **{str(status): refusal(status) for status in sorted(statuses - answers.keys())},
        },
    }
    if parameters:
        made["parameters"] = list(parameters)
    if body:
        made["requestBody"] = body
    if deprecated:
        made["deprecated"] = True
    return made
