"""Hand-written requests as public clients send them; nothing here is made by our own client."""

import ssl
from typing import Any

import httpx

from markets.simulator import Simulator

# Nothing here is https, and reading all certificates takes longer than most of the tests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
KEY = "simulation"
ALL = {"regions": "us", "markets": "h2h,spreads,totals", "oddsFormat": "american"}


class Caller:
    """A client of one simulator, over real sockets."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.client = httpx.Client(verify=NO_TLS, base_url=simulator.address, timeout=10)

    def get(self, path: str, *, key: str | None = KEY, headers: dict[str, str] | None = None, **query: Any) -> Any:
        """A path of the provider, below `/v4`; a query of None leaves the parameter out."""
        asked = {"apiKey": key, **query}
        return self.client.get(
            f"/v4{path}", params={name: value for name, value in asked.items() if value is not None}, headers=headers
        )

    def odds(self, sport: str = "basketball_nba", **query: Any) -> Any:
        """All quotes of a sport in the American format."""
        return self.get(f"/sports/{sport}/odds", **{**ALL, **query})

    def control(self, path: str, **given: Any) -> Any:
        """What the control path answers to a POST."""
        answer = self.client.post(f"/_simulator/{path}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()


def credit(answer: Any) -> tuple[int, int, int]:
    """What an answer says about credits: remaining, used, last."""
    names = ("x-requests-remaining", "x-requests-used", "x-requests-last")
    remaining, used, last = (int(answer.headers[name]) for name in names)
    return remaining, used, last
