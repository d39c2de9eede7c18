"""Logs: lines of text or JSON on standard error, with the request's id and without secrets.

Events are constant sentences and their data are fields: `logger.info("Stream deleted", extra={"stream": …})` with the
standard library, `log.info("Stream deleted", stream=…)` with structlog; both come out alike. The last step before
rendering takes out secrets (`accounts.redaction`), whatever field, message or traceback they are in.
"""

import logging
import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from accounts.redaction import REDACTED, is_secret_key, redact, redact_text
from accounts.work import request_id

__all__ = ["REDACTED", "is_secret_key", "logging_config", "redact", "redact_text", "request_id"]


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last processor before rendering. A message keeps to its line: line breaks in it may come from outside."""
    clean = {key: REDACTED if is_secret_key(key) else redact(value) for key, value in event.items()}
    clean["event"] = str(clean.get("event", "")).replace("\r", "\\r").replace("\n", "\\n")
    return clean


def add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Name the request that the line belongs to."""
    current = request_id.get()
    if current is not None:
        event.setdefault("request_id", current)
    return event


def drop_request_objects(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Django attaches the request to its lines; written out it would show the query string."""
    for key in ("request", "server_time"):
        event.pop(key, None)
    return event


class CutQuery(logging.Filter):
    """Django's development server logs the request line; this keeps its path alone."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                re.sub(r"\?\S*", "", argument) if isinstance(argument, str) else argument for argument in record.args
            )
        return True


# What both ways to log have in common; the order matters: exceptions become text before redaction reads it.
_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    add_request_id,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(*, level: str, json: bool) -> None:
    """Send every log of the process to standard error in one format; may be called again with other settings."""
    if level not in logging.getLevelNamesMapping():
        raise ValueError(f"STAKEPRO_LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not {level}.")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_stdlib_config(level=level, json=json))


def _stdlib_config(*, level: str, json: bool) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"cut_query": {"()": CutQuery}},
        "formatters": {"lines": {"()": _formatter, "json": json}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Its warnings repeat, for each 4xx, what our request line says; its errors carry the traceback.
            "django.request": {"level": "ERROR"},
            "django.server": {"filters": ["cut_query"], "handlers": [], "propagate": True},
            # Chatty below warnings even where we want our own details.
            "django.db.backends": {"level": "WARNING"},
            "django.template": {"level": "WARNING"},
            "django.utils.autoreload": {"level": "WARNING"},
            "asyncio": {"level": "WARNING"},
            "environ": {"level": "WARNING"},
            # Their lines on import repeat what the code says.
            "procrastinate.blueprints": {"level": "WARNING"},
            "procrastinate.periodic": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
        },
    }


def _formatter(*, json: bool) -> structlog.stdlib.ProcessorFormatter:
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(default=str)
    if not json:
        # The plain traceback: the rich one would print local variables, secrets among them.
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
        processors=[
            _drop_meta,
            drop_request_objects,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            redact_event,
            renderer,
        ],
    )


def _drop_meta(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(_logger, _method, dict(event))
