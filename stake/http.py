"""What we refuse, what a limit stops and how the venue fails, as answers of HTTP: mapped here and nowhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpResponseBase

from accounts.http import ApiError, ApiRequest
from stake import guard, refusals
from stake.errors import KINDS, VenueError

OVER_A_LIMIT = 409
# Something that was proved not to be done, for a reason that is no kind of the venue's errors.
NOT_DONE = 409


def api_error(error: Exception) -> ApiError | None:
    """The refusal that a program is told; None for what is not one."""
    match error:
        case refusals.Refused():
            return ApiError(
                error.status, error.code, error.message, {error.field: error.message} if error.field else None
            )
        case guard.LimitReached():
            return ApiError(OVER_A_LIMIT, f"limit_{error.code}", error.message)
        case VenueError():
            headers = None if error.retry_after is None else {"Retry-After": str(_seconds(error.retry_after))}
            return ApiError(error.status, error.kind, f"{error.message} {error.next_step}", headers=headers)
    return None


def not_done(kind: str, message: str) -> ApiError:
    """The answer about a request that is known to have come to nothing: what was kept of it, as when it happened."""
    known = KINDS.get(kind)
    if known is None:
        return ApiError(NOT_DONE, kind, message)
    told = message if known.next_step in message else f"{message} {known.next_step}"
    return ApiError(known.status, kind, told)


def _seconds(pause: timedelta) -> int:
    return max(1, -(-int(pause.total_seconds() * 1000) // 1000))


@contextmanager
def refusals_told() -> Iterator[None]:
    """Turn what the services raise into the refusals that `@api` answers with."""
    try:
        yield
    except (refusals.Refused, guard.LimitReached, VenueError) as error:
        told = api_error(error)
        assert told is not None
        raise told from error


def tells_refusals(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view behind `@api` whose services' refusals are answered as such."""

    @wraps(view)
    def wrapper(request: ApiRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with refusals_told():
            return view(request, *args, **kwargs)

    return wrapper
