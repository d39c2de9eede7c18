"""Streamed files, and how many of them a web worker sends at once: each holds a thread for as long as its reader takes.

Beyond `DOWNLOADS_PER_WORKER` a further one is told to come back, so that there are always threads left for money.
"""

import threading
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from accounts.http import ApiError

_lock = threading.Lock()
_running = 0


class _Download(Iterator[bytes]):
    """The chunks of a file; gives its place back once, when it ends, fails, is closed or is forgotten."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._closed = True
        _take_place()
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
        _give_place_back()
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()

    def __del__(self) -> None:
        self.close()


def _take_place() -> None:
    global _running  # noqa: PLW0603  one count a process
    with _lock:
        if _running >= settings.DOWNLOADS_PER_WORKER:
            message = f"{_running} statements are being sent already. Try again in a few seconds."
            raise ApiError(503, "busy", message, headers={"Retry-After": "5"})
        _running += 1


def _give_place_back() -> None:
    global _running  # noqa: PLW0603
    with _lock:
        _running -= 1


def respond(name: str, chunks: Iterator[bytes], *, method: str | None) -> HttpResponseBase:
    """A CSV file as an attachment; its headers alone to HEAD. Raises `ApiError` 503 when too many run."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        # What comes is a file; a browser must not take it for a page of ours.
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    if method == "HEAD":
        return HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
    return StreamingHttpResponse(_Download(chunks), content_type="text/csv; charset=utf-8", headers=headers)
