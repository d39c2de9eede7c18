"""Streamed downloads, and how many of them a web worker serves at once.

A download holds a thread of the worker for as long as its reader takes. Beyond `DOWNLOADS_PER_WORKER` a further one
is told to come back, so that there are always threads left for bets and money.
"""

import threading
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounts.http import ApiError

RETRY_AFTER_SECONDS = 5


class Places:
    """How many downloads are open in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.taken = 0

    def take(self) -> None:
        """Take a place; raises `ApiError` 503 when none is free."""
        with self._lock:
            if self.taken >= settings.DOWNLOADS_PER_WORKER:
                raise ApiError(
                    503,
                    "busy",
                    f"{self.taken} downloads are running already. Try again in a few seconds.",
                    headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
                )
            self.taken += 1

    def give_back(self) -> None:
        with self._lock:
            self.taken -= 1


places = Places()


class _Download(Iterator[bytes]):
    """The chunks of an export; gives its place back once, when it ends, fails, is closed or is forgotten."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._closed = True
        places.take()
        self._closed = False

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Called by the server when the answer is sent, and when the client has gone away."""
        if self._closed:
            return
        self._closed = True
        places.give_back()
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()

    def __del__(self) -> None:
        self.close()


def respond(chunks: Iterator[bytes], *, content_type: str, disposition: str, method: str | None) -> HttpResponseBase:
    """A file, streamed; its headers alone to HEAD. Raises `ApiError` 503 when too many run.

    `disposition` is the Content-Disposition: an attachment, and its name.
    """
    headers = {
        "Content-Disposition": disposition,
        # What comes is a file; a browser must not take it for a page of ours.
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    if method == "HEAD":
        return HttpResponse(content_type=content_type, headers=headers)
    return StreamingHttpResponse(_Download(chunks), content_type=content_type, headers=headers)
