"""An export as a streamed download."""

from django.http import HttpResponseBase

from accounts import downloads
from streams.exporting import Export, attachment


def respond(export: Export, *, method: str | None) -> HttpResponseBase:
    """The export as an attachment, streamed; its headers alone to HEAD. Raises `ApiError` 503 when too many run."""
    disposition = attachment(export.name)
    return downloads.respond(export.chunks, content_type=export.content_type, disposition=disposition, method=method)
