"""What is known of the work at hand. Pure; logs and audit rows both read it."""

from contextvars import ContextVar

# The request being answered by this thread; set by RequestLogMiddleware.
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
