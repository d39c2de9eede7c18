"""A provider whose answers with odds somebody else hears as well."""

from collections.abc import Callable
from datetime import datetime

import structlog

from markets.provider.client import Answer, Provider
from markets.provider.contract import Call

ODDS = "odds"

log = structlog.get_logger(__name__)


class Tapped(Provider):
    """Asks through another. Who listens never keeps a poll from being stored: its failures are logged."""

    def __init__(self, provider: Provider, on_body: Callable[[datetime, str, bytes], None]) -> None:
        self.base = provider.base
        self._provider = provider
        self._on_body = on_body

    def close(self) -> None:
        """Close the connections of the other."""
        self._provider.close()

    def ask(self, call: Call) -> Answer:
        """As `Provider.ask`."""
        answer = self._provider.ask(call)
        if call.endpoint == ODDS:
            try:
                self._on_body(answer.at, call.sport, answer.body)
            except Exception as error:
                log.exception("A poll could not be recorded", sport=call.sport, error=type(error).__name__)
        return answer
