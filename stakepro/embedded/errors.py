"""The one error of the embedded server."""


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be used; the text is one sentence for people, printed without a traceback."""
