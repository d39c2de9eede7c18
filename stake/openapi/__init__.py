"""The OpenAPI document's part about the venue; `stakepro.openapi` puts the whole together."""

from stake.openapi import account, bets, schemas, sessions
from stake.openapi.parameters import TAGS

__all__ = ["PATHS", "SCHEMAS", "TAGS"]

PATHS = {**sessions.paths(), **bets.paths(), **account.paths()}
SCHEMAS = schemas.SCHEMAS
