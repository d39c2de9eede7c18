"""A venue of our own on loopback: the wire contract of Stake, play money, and outcomes that are really fair.

It is what the demo runs on and what the tests drive through real sockets. It knows neither Django nor our client, so
that the two can be held against each other. `Simulator` is all that others need:

    with Simulator(world=World(seed=7)) as simulator:
        token = simulator.world.open_account().token
        httpx.post(simulator.base_url + "/_api/casino/dice/roll", …)

From the bottom up: `money`, `games`, `states` and `mines` (pure), `facts` and `world` (what happened, and what follows
from it), `journal` (facts in a file), `graphql`, `selecting`, `schema`, `values` and `wire` (text in and out), `waits`
and `faults` (what goes wrong), `venue` (one request with what goes wrong), `control` (the path that scripts it),
`server` (on `loopback`), `home` (one simulator a folder).
"""

from stake.simulator.faults import Fault
from stake.simulator.server import Simulator
from stake.simulator.world import World

__all__ = ["Fault", "Simulator", "World"]
