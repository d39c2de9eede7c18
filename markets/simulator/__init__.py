"""An odds provider of our own on loopback: the wire contract of The Odds API, fed by recordings or from a seed.

It is what the demo runs on and what the tests drive through real sockets. It knows neither Django nor our client, so
that the two can be held against each other. `Provider` and `Simulator` are all that others need:

    with Simulator(Provider(Generated(seed=7))) as simulator:
        httpx.get(f"{simulator.base_url}/sports/basketball_nba/odds", params={"apiKey": "simulation", …})

From the bottom up: `dice`, `sports` and `books` (what is known), `laws` and `slate` (what is fair, which games there
are), `path` (what the market of a game does), `quoting` (what a book makes of that), `generator` and `recording` (the
two sources of polls), `clock`, `account`, `refusals`, `parameters`, `present` and `wire` (the contract), `operations`
(a path each), `faults` (what goes wrong), `provider`, `control` (the path that scripts it), `server` (on `loopback`).
"""

from markets.simulator.account import Account
from markets.simulator.clock import Clock
from markets.simulator.faults import Fault
from markets.simulator.generator import Generated
from markets.simulator.provider import Provider
from markets.simulator.recording import BadRecording, Recorded
from markets.simulator.server import Simulator

__all__ = ["Account", "BadRecording", "Clock", "Fault", "Generated", "Provider", "Recorded", "Simulator"]
