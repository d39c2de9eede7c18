"""The OpenAPI document's part about the venue; `stakepro.openapi` puts the whole together."""

from stake.openapi import paths, schemas
from stake.openapi.parameters import TAGS

__all__ = ["PATHS", "SCHEMAS", "TAGS"]

PATHS = paths.paths()
SCHEMAS = schemas.SCHEMAS
