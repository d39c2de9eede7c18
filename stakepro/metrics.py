"""What `/metrics` shows about requests, over all web workers.

Each worker counts in its own process. With `PROMETHEUS_MULTIPROC_DIR` set before the first import of prometheus_client
(`stakepro up` does so, after `prepare_folder`), workers share their counts through files in that folder and any of them
answers for all. Without it a worker answers for itself.
"""

import os
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
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
    MultiProcessCollector(registry)
    return generate_latest(registry)


def prepare_folder(home: Path) -> Path:
    """An empty folder for the workers' counts; its path belongs into `PROMETHEUS_MULTIPROC_DIR` of each.

    Called once at start, while no worker runs: counts of earlier workers would be added to the new ones'.
    """
    folder = home / "metrics"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink(missing_ok=True)
    return folder
