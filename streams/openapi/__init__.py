"""The OpenAPI document's part about streams; `stakepro.openapi` puts the whole together."""

from streams.openapi import paths, runs, schemas, verification
from streams.openapi.parameters import TAGS as STREAM_TAGS

TAGS = [*STREAM_TAGS, runs.TAG]
PATHS = {**paths.PATHS, **runs.paths()}
SCHEMAS = {**schemas.SCHEMAS, **runs.SCHEMAS, **verification.SCHEMAS}
