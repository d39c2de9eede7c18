"""The OpenAPI document's part about the ledger; `stakepro.openapi` puts the whole together."""

from ledger.openapi import adjustments, health, posting, schemas, wallets
from ledger.openapi.parameters import TAGS

__all__ = ["PATHS", "SCHEMAS", "TAGS"]

PATHS = {**posting.paths(), **adjustments.paths(), **wallets.paths(), **health.paths()}
SCHEMAS = schemas.SCHEMAS
