"""What `/metrics` shows about requests, over all web workers and those of the gateway.

Each worker counts in its own process. With `PROMETHEUS_MULTIPROC_DIR` set before the first import of prometheus_client
(`stakepro up` does so, after `prepare_folder`), workers share their counts through files in that folder and any web
worker answers for all. The gateway's folder lies in it, so that either server may start anew beside the other. Without
the variable a worker answers for itself.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
GATEWAY = "gateway"
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STATUS_CLASSES = ("0xx", "1xx", "2xx", "3xx", "4xx", "5xx")

REQUESTS = Counter(
    "stakepro_http_requests", "Requests answered, by route, method and class of status.", ["route", "method", "status"]
)
SECONDS = Histogram(
    "stakepro_http_request_seconds",
    "Seconds until the answer (of a download: until its first byte) was ready, by route.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)

# Finding a labelled child takes a lock and a tuple of texts each time; there are few, so we keep them.
_counters: dict[tuple[str, str, int], Counter] = {}
_histograms: dict[str, Histogram] = {}


def observe(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count one request."""
    key = (route, method, status // 100)
    counter = _counters.get(key)
    if counter is None:
        known_method = method if method in KNOWN_METHODS else "other"
        counter = REQUESTS.labels(route, known_method, STATUS_CLASSES[min(status // 100, 5)])
        # Methods are the client's free text: others than the known share a child and are not kept.
        if known_method == method:
            _counters[key] = counter
    counter.inc()
    histogram = _histograms.get(route)
    if histogram is None:
        histogram = _histograms[route] = SECONDS.labels(route)
    histogram.observe(seconds)


def render() -> bytes:
    """Everything counted so far, in Prometheus' text format."""
    if FOLDER_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    registry.register(_Shared(None))
    return generate_latest(registry)


class _Shared(MultiProcessCollector):
    """Reads the counts of the gateway's workers with those of the web workers."""

    def collect(self) -> Iterable[Metric]:
        folder = Path(os.environ[FOLDER_VARIABLE])
        files = [*folder.glob("*.db"), *folder.glob(f"{GATEWAY}/*.db")]
        metrics: Iterable[Metric] = self.merge([str(file) for file in files], accumulate=True)
        return metrics


def prepare_folder(home: Path, server: str = "") -> Path:
    """An empty folder for the workers' counts; its path belongs into `PROMETHEUS_MULTIPROC_DIR` of each.

    `server` is "" for the web server's, or `GATEWAY`. Called once at start, while no worker of it runs: counts of
    earlier workers would be added to the new ones'.
    """
    folder = home / "metrics" / server
    for each in (home / "metrics", folder):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink(missing_ok=True)
    return folder


def forget_the_dead() -> None:
    """Take out the gauges of workers that were killed; what they counted stays counted."""
    folder = os.environ.get(FOLDER_VARIABLE)
    for file in Path(folder).glob("gauge_live*_*.db") if folder else ():
        pid = file.stem.rpartition("_")[2]
        if pid.isdigit() and not _is_alive(int(pid)):
            file.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is there, and another's
        return True
    return True
