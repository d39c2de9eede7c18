"""The OpenAPI document's part about streams; `stakepro.openapi` puts the whole together."""

from streams.openapi.parameters import TAGS
from streams.openapi.paths import PATHS
from streams.openapi.schemas import SCHEMAS

__all__ = ["PATHS", "SCHEMAS", "TAGS"]
