"""The simulated provider as a server on loopback."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from loopback import Asked, LoopbackServer, Reply
from markets.simulator import control, wire
from markets.simulator.faults import Faults
from markets.simulator.provider import Provider
from markets.simulator.wire import Request

BODY_MOST: Final = 1_000_000  # bytes


class Simulator(LoopbackServer):
    """A running simulated provider. `with Simulator(provider) as simulator:` starts it, and stops it in any case."""

    software = "StakeProOddsSimulator"
    thread_name = "odds"
    body_max = BODY_MOST

    def __init__(self, provider: Provider, *, port: int = 0) -> None:
        super().__init__(port)
        self.provider = provider

    @property
    def faults(self) -> Faults:
        """The script of what goes wrong."""
        return self.provider.faults

    @property
    def base_url(self) -> str:
        """What to set as ODDS_API_BASE_URL."""
        return f"{self.address}/v4"

    def answer(self, asked: Asked) -> Reply:
        """The provider is only read; posting is for the control path."""
        try:
            parts = urlsplit(asked.target)
            query = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100))
        except ValueError:
            return self.refused(HTTPStatus.BAD_REQUEST, "The address cannot be read.")
        if parts.path.startswith(control.PREFIX):
            if asked.from_page:
                return self.refused(HTTPStatus.FORBIDDEN, "The control path is not for pages.")
            return control.respond(self.provider, asked.method, parts.path, asked.body)
        if asked.method != "GET":
            return self.refused(HTTPStatus.METHOD_NOT_ALLOWED, "The provider is only read.")
        return self.provider.respond(Request(parts.path, query, asked.headers))

    def refused(self, status: HTTPStatus, message: str) -> Reply:
        """A refusal that is none of the provider's own."""
        return wire.json_reply({"error": message}, status)
