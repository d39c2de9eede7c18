"""A line in the log for each request that failed on our side, and not ten thousand a second of them."""

import logging
from typing import Final

LINES_A_TICK: Final = 10


class FailureLog:
    """Logs the first failures of each tick, and how many more there were."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._lines = 0

    def note(self, *, method: str, path: str, status: int, request_id: str) -> None:
        """One failure; the path is without its query."""
        self._lines += 1
        if self._lines <= LINES_A_TICK:
            about = {"method": method, "path": path, "status": status, "request_id": request_id}
            self._logger.warning("Request answered", extra=about)

    def tell_of_silence(self) -> None:
        """Say how many failures had no line of their own. To be called at each tick."""
        unsaid, self._lines = self._lines - LINES_A_TICK, 0
        if unsaid > 0:
            self._logger.warning("More requests failed than are told of one by one", extra={"requests": unsaid})
