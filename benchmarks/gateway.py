"""Wagers a second over HTTP, by wrk: the gateway's, beside a Django view with one ORM transaction a wager.

wrk, the server and PostgreSQL share the machine's cores. Each request has a client id of its own; every answer must be
200. Beside both stands StakePro's own Django view, which posts through an engine too.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.ledger import prepare
from benchmarks.served import CHECKOUT, Served, free_port

WALLETS = 10_000
WARM_SECONDS = 3
SECONDS = 8
ROUNDS = 3
SINGLE_CONNECTIONS = 96
BATCH = 100
BATCH_CONNECTIONS = 16
# The processes and threads that StakePro's web server has by default serve the yardstick.
VIEW_WORKERS, VIEW_THREADS = 2, 8
VIEW_CONNECTIONS = 32

SCRIPT = """
local first, count = tonumber(os.getenv("FIRST")), tonumber(os.getenv("COUNT"))
local size, seed = tonumber(os.getenv("SIZE")), tonumber(os.getenv("SEED"))
local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. os.getenv("TOKEN")}
local r = math.random

local function fields()
  return string.format('"client_id":"%04x%04x-%04x-4%03x-8%03x-%04x%04x%04x","amount":"0.%02d"', r(0, 65535),
    r(0, 65535), r(0, 65535), r(0, 4095), r(0, 4095), r(0, 65535), r(0, 65535), r(0, 65535), r(1, 99))
end

local function wallet()
  return r(first, first + count - 1)
end

function init(args)
  math.randomseed(seed)
end

function request()
  if size == 1 then
    return wrk.format("POST", "/api/v1/wallets/" .. wallet() .. "/holds", headers, "{" .. fields() .. "}")
  end
  local holds = {}
  for n = 1, size do
    holds[n] = '{"wallet_id":' .. wallet() .. "," .. fields() .. "}"
  end
  return wrk.format("POST", "/api/v1/holds:batch", headers, '{"holds":[' .. table.concat(holds, ",") .. "]}")
end

function done(summary, latency, requests)
  local errors = summary.errors
  print(string.format('{"requests":%d,"seconds":%.6f,"bad":%d,"p50_ms":%.2f,"p99_ms":%.2f}', summary.requests,
    summary.duration / 1e6, errors.status + errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
"""


def single(server: Served) -> dict[str, Any]:
    """One wager a request."""
    return _figure(server, size=1, connections=SINGLE_CONNECTIONS)


def batch(server: Served) -> dict[str, Any]:
    """A hundred wagers a request."""
    return _figure(server, size=BATCH, connections=BATCH_CONNECTIONS)


def _figure(server: Served, *, size: int, connections: int) -> dict[str, Any]:
    wallets = prepare(server.database(), WALLETS)
    assert wallets == list(range(wallets[0], wallets[0] + WALLETS)), "the script counts wallets up"
    _wait_until_served(server.gateway_port)
    _load(server, server.gateway_port, wallets[0], size=size, connections=connections, seconds=WARM_SECONDS)
    rounds = [
        _load(server, server.gateway_port, wallets[0], size=size, connections=connections, seconds=SECONDS)
        for _ in range(ROUNDS)
    ]
    of_gateway = sorted(rounds, key=lambda each: each["bets"])[ROUNDS // 2]
    with _orm_view(server) as port:
        orm = _one_by_one(server, port, wallets[0])
    django = _one_by_one(server, server.port, wallets[0])
    return {
        "figure": round(of_gateway["bets"]),
        "unit": "durable bets/s",
        "rounds": [round(each["bets"]) for each in rounds],
        "connections": connections,
        "p50_ms": of_gateway["p50_ms"],
        "p99_ms": of_gateway["p99_ms"],
        "orm_view": round(orm["bets"]),
        "orm_view_p99_ms": orm["p99_ms"],
        "times_orm_view": round(of_gateway["bets"] / orm["bets"], 1),
        "django_view": round(django["bets"]),
        "django_view_p99_ms": django["p99_ms"],
    }


def _one_by_one(server: Served, port: int, first: int) -> dict[str, float]:
    """What an address of single wagers takes, warmed up."""
    _load(server, port, first, size=1, connections=VIEW_CONNECTIONS, seconds=WARM_SECONDS)
    return _load(server, port, first, size=1, connections=VIEW_CONNECTIONS, seconds=SECONDS)


def _load(server: Served, port: int, first: int, *, size: int, connections: int, seconds: int) -> dict[str, float]:
    if shutil.which("wrk") is None:
        raise SystemExit("These figures need wrk (Debian: apt-get install wrk).")
    variables = {
        "TOKEN": server.token,
        "FIRST": str(first),
        "COUNT": str(WALLETS),
        "SIZE": str(size),
        "SEED": str(secrets.randbelow(2**31)),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT)
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "-s", script.name, f"http://127.0.0.1:{port}"]
        done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
    said: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    if said["bad"]:
        raise SystemExit(f"Not every answer was 200: {done.stdout}")
    return {**said, "bets": said["requests"] * size / said["seconds"]}


@contextmanager
def _orm_view(server: Served) -> Iterator[int]:
    """The port that the yardstick's view is served at."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--no-ws"),
        *("--workers", str(VIEW_WORKERS), "--blocking-threads", str(VIEW_THREADS), "--log-level", "error"),
        "benchmarks.orm_view:application",
    ]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=server.environment, start_new_session=True)
    try:
        _wait_until_served(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_served(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"Nothing answers on port {port}.")
