"""The simulated venue as a server on loopback."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from loopback import Asked, LoopbackServer, Reply
from stake.simulator import control
from stake.simulator.faults import Faults
from stake.simulator.venue import Request, Venue, json_reply
from stake.simulator.waits import Waits
from stake.simulator.world import World

BODY_MAX: Final = 10_000_000  # bytes


class Simulator(LoopbackServer):
    """A running simulated venue. `with Simulator() as simulator:` starts it, and stops it whatever happens.

    What was booked stays booked.
    """

    software = "StakeProSimulator"
    thread_name = "simulator"
    body_max = BODY_MAX

    def __init__(self, *, world: World | None = None, port: int = 0) -> None:
        super().__init__(port)
        self.world = world or World()
        self.faults = Faults()
        self.waits = Waits()
        self.venue = Venue(self.world, self.faults, self.waits)

    @property
    def base_url(self) -> str:
        """Where the venue's paths begin."""
        return self.address

    def answer(self, asked: Asked) -> Reply:
        """The venue is only posted to; the control path has questions without a body as well."""
        parts = urlsplit(asked.target)
        if parts.path.startswith(control.PREFIX):
            if asked.from_page:
                return self.refused(HTTPStatus.FORBIDDEN, "The control path is not for pages.")
            return control.respond(self.venue, asked.method, parts.path, dict(parse_qsl(parts.query)), asked.body)
        if asked.method != "POST":
            return self.refused(HTTPStatus.NOT_FOUND, "Not found.")
        return self.venue.respond(Request(parts.path, asked.headers, asked.body))

    def refused(self, status: HTTPStatus, message: str) -> Reply:
        """A refusal as an entry of `errors`."""
        return json_reply({"errors": [{"message": message, "errorType": "badRequest"}]}, status)

    def settle(self, *, now: bool = False, timeout: float = 30) -> bool:
        """Wait until no late booking and no request is pending; `now` lets the late ones come at once."""
        return self.waits.settle(now=now, timeout=timeout)

    def sleep(self, seconds: float) -> bool:
        """Wait as everything here waits: it can be hurried up, and called off."""
        return self.waits.sleep(seconds)

    def call_off(self) -> None:
        """Late bookings do not come any more either."""
        self.waits.end()

    def closed(self) -> None:
        """Close the journal, once nothing can be booked."""
        self.waits.settle(timeout=5)
        self.world.close()
