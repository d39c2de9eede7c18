"""Every JSON address of streams, by its name, with the scope it needs and a request that is understood."""

from typing import Any, NamedTuple

SOME_ID = "0191d6f4-0000-7000-8000-000000000000"


class Route(NamedTuple):
    method: str
    path: str  # with {id} where the stream's UUID stands, {run} where a run's
    scope: str
    query: str = ""
    body: Any = None

    def address(self, stream_id: str = SOME_ID) -> str:
        return self.path.format(id=stream_id, run=SOME_ID) + self.query


STREAM = "/live/streams/{id}"
RUN = "/runs/{run}"
SEEDS = "?server_seed=aa&client_seed=b&nonce=1"

ROUTES = [
    Route("POST", "/live/ingest", "ingest", body={}),
    Route("POST", "/live/ingest/batch", "ingest", body=[]),
    Route("GET", "/live/streams", "read"),
    Route("GET", STREAM, "read"),
    Route("PUT", STREAM, "write", body={"notes": "x"}),
    Route("DELETE", STREAM, "write"),
    Route("PUT", f"{STREAM}/archive", "write"),
    Route("DELETE", f"{STREAM}/archive", "write"),
    Route("GET", f"{STREAM}/bets", "read"),
    Route("GET", f"{STREAM}/tail", "read", "?since_id=0"),
    Route("GET", f"{STREAM}/holes", "read"),
    Route("GET", f"{STREAM}/conflicts", "read"),
    Route("GET", f"{STREAM}/metrics", "read"),
    Route("GET", f"{STREAM}/hits", "read", "?bucket=1.63"),
    Route("GET", f"{STREAM}/hits/stats", "read", "?bucket=1.63"),
    Route("GET", f"{STREAM}/hits/stats/global", "read", "?bucket=1.63"),
    Route("GET", f"{STREAM}/hits/batch", "read", "?buckets=1.63"),
    Route("GET", f"{STREAM}/bookmarks", "read"),
    Route("POST", f"{STREAM}/bookmarks", "write", body={"nonce": 1, "multiplier": 1}),
    Route("GET", f"{STREAM}/snapshots", "read"),
    Route("POST", f"{STREAM}/snapshots", "write", body={"name": "x", "filter_state": {}, "last_id_checkpoint": 1}),
    Route("GET", f"{STREAM}/snapshots/1/replay", "read"),
    Route("PUT", "/live/bookmarks/1", "write", body={"note": "x"}),
    Route("DELETE", "/live/bookmarks/1", "write"),
    Route("PUT", "/live/live/bookmarks/1", "write", body={"note": "x"}),
    Route("DELETE", "/live/live/bookmarks/1", "write"),
    Route("DELETE", "/live/snapshots/1", "write"),
    Route("GET", "/runs", "read"),
    Route("POST", "/runs", "write", body={}),
    Route("GET", RUN, "read"),
    Route("DELETE", RUN, "write"),
    Route("POST", f"{RUN}/cancel", "write"),
    Route("GET", f"{RUN}/hits", "read"),
    Route("GET", f"{RUN}/distances", "read", "?multiplier=2"),
    Route("GET", f"{RUN}/distances.csv", "read", "?multiplier=2"),
    Route("POST", f"{STREAM}/reveal", "write", body={"server_seed": "x"}),
    Route("GET", f"{STREAM}/verification", "read"),
    Route("POST", f"{STREAM}/verification", "write"),
    Route("GET", "/verify", "read", SEEDS),
    Route("POST", "/verify", "read", body={}),
]

OF_A_STREAM = [route for route in ROUTES if "{id}" in route.path]
ANY_READS = [route for route in ROUTES if route.method == "GET"]
# What streams hold shows in these; what is below a run is read in the tests of runs.
READS = [route for route in ANY_READS if "{run}" not in route.path]
WITH_BODY = [route for route in ROUTES if route.body is not None]


def name(route: Route) -> str:
    """How a test names its case."""
    return f"{route.method} {route.path.removeprefix('/live/')}"
