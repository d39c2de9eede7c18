"""Django's error pages and error e-mails, through the same filter as the logs; with DEBUG on too."""

from collections.abc import Mapping
from pprint import pformat
from types import FrameType
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from accounts.redaction import REDACTED, is_secret_key, redact, redact_text


class Shown(str):
    """Text that is shown as it is where Django would show its `repr`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class RedactingFilter(SafeExceptionReporterFilter):
    """Decides by our names of secrets, beside Django's own, and looks into texts."""

    cleansed_substitute = REDACTED

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        """A setting, a header or an environment variable."""
        if is_secret_key(str(key)):
            return self.cleansed_substitute
        cleansed = super().cleanse_setting(key, value)
        return redact(cleansed) if isinstance(cleansed, str | bytes) else cleansed

    def get_safe_cookies(self, request: HttpRequest | None) -> dict[str, Any]:
        """Their names: any cookie may be what lets somebody in."""
        return dict.fromkeys(getattr(request, "COOKIES", {}), self.cleansed_substitute)

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        """What a form sent, without secrets."""
        return _parameters(super().get_post_parameters(request))

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> Any:
        """Local variables: those of a secret's name not at all, the others as redacted text."""
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return [(name, REDACTED if is_secret_key(name) else _shown(value)) for name, value in variables]


class RedactingReporter(ExceptionReporter):
    """Redacts what Django passes around its filter: messages, notes, causes, the address."""

    def get_traceback_data(self) -> dict[str, Any]:
        """What the page and the e-mail show."""
        data = super().get_traceback_data()
        for name in ("exception_value", "exception_notes", "request_insecure_uri", "unicode_hint"):
            if data.get(name):
                data[name] = redact_text(str(data[name]))
        if "request_GET_items" in data:
            data["request_GET_items"] = list(_parameters(dict(data["request_GET_items"])).items())
        return data

    def get_exception_traceback_frames(self, exc_value: Any, tb: Any) -> Any:
        """The frames of one exception, its cause as redacted text."""
        for frame in super().get_exception_traceback_frames(exc_value, tb):
            if frame.get("exc_cause") is not None:
                frame["exc_cause"] = redact_text(_printed(frame["exc_cause"]))
            yield frame


def _parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: REDACTED if is_secret_key(name) else redact(value) for name, value in given.items()}


def _shown(value: Any) -> Shown:
    return Shown(redact_text(_printed(value)))


def _printed(value: Any) -> str:
    """The value as text, whatever it is; an object whose own `repr` fails does not break the report."""
    try:
        if isinstance(value, MultiValueDict):
            value = dict(value.lists())
        if isinstance(value, Mapping | list | tuple | set | frozenset | bytes):
            value = redact(value)
        return str(value) if isinstance(value, BaseException) else pformat(value)
    except Exception as error:
        return f"[{type(error).__name__} while printing a {type(value).__name__}]"
