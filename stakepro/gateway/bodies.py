"""Request bodies as they come in: no larger than their address takes, and not slower than anybody needs."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from accounts.http import ApiError

Receive = Callable[[], Awaitable[dict[str, Any]]]

# From the first line of a request to the last byte of its body.
BODY_SECONDS: Final = 15.0


class Bodies:
    """Reads bodies, and stops those whose senders take too long; used on one event loop."""

    def __init__(self, *, seconds: float = BODY_SECONDS) -> None:
        self._seconds = seconds
        # In the order of their deadlines. One look a second over it costs less than a timer for each request.
        self._reading: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()

    async def read(self, announced: bytes | None, receive: Receive, *, most: int) -> bytes:
        """The whole body; `announced` is its Content-Length.

        Raises `ApiError` 400, 408 or 413; too large a body is not read to its end.
        """
        if announced is not None:
            _check_announced(announced, most)
        task = asyncio.current_task()
        assert task is not None
        self._reading[task] = asyncio.get_running_loop().time() + self._seconds
        try:
            return await _read(receive, most)
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise ApiError(408, "timeout", f"The body did not come within {self._seconds:.0f} seconds.") from None
        finally:
            self._late.discard(task)
            self._reading.pop(task, None)

    def stop_late(self) -> None:
        """Stop waiting for those who are late. To be called now and then."""
        now = asyncio.get_running_loop().time()
        late = []
        for task, until in self._reading.items():
            if until > now:
                break
            late.append(task)
        for task in late:
            del self._reading[task]
            self._late.add(task)
            task.cancel()


async def _read(receive: Receive, most: int) -> bytes:
    message = await receive()
    if message["type"] != "http.request":
        raise _broken_off()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > most:
            raise too_large(most)
        return body
    parts, size = [body], len(body)
    while size <= most:
        message = await receive()
        if message["type"] != "http.request":
            raise _broken_off()
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if not message.get("more_body", False) and size <= most:
            return b"".join(parts)
    raise too_large(most)


def _check_announced(announced: bytes, most: int) -> None:
    if not (announced.isdigit() and len(announced) < 20):
        fields = {"Content-Length": "is no number."}
        raise ApiError(400, "bad_request", "Content-Length must be a whole number.", fields)
    if int(announced) > most:
        raise too_large(most)


def _broken_off() -> ApiError:
    """Chunks that are none, or a client that left; which of the two, the server does not say."""
    return ApiError(400, "bad_request", "The body could not be read to its end.")


def too_large(most: int) -> ApiError:
    """The refusal of a body above `most` bytes. What is still to come of it is not read, so the line ends with it."""
    message = f"The body is larger than the {most:,} bytes this address accepts."
    return ApiError(413, "too_large", message, headers={"Connection": "close"})
