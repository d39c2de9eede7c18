"""Kinds of columns that the models of this app share."""

from typing import Any

from django.db import models

from streams import exactjson

NONCE_MAX = 2**53 - 1  # the largest whole number that every JSON client can hold


def money_field(*, null: bool = False, blank: bool = False) -> "models.DecimalField[Any, Any]":
    """An exact amount: up to 20 digits before the point and 18 after it, as the wire allows."""
    return models.DecimalField(max_digits=38, decimal_places=18, null=null, blank=blank)


def exact_json_field(**options: object) -> models.JSONField:
    """JSON whose numbers keep their digits; Django's own reading would make them floats."""
    return models.JSONField(encoder=exactjson.Encoder, decoder=exactjson.Decoder, **options)  # type: ignore[arg-type]


class Sha256Hex(models.Func):
    """The SHA-256 of a text as lower-case hex, computed by PostgreSQL itself (no extension needed)."""

    template = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"
    output_field = models.TextField()
