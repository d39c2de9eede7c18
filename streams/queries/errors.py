"""What every query may raise."""

from django.http import Http404


class NotFound(Http404):
    """There is no such stream, bet, bookmark or snapshot; the text is a sentence for people."""


class BadCursor(ValueError):
    """An `after` that no page of ours has given out."""
