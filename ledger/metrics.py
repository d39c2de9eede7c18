"""What the ledger's engines count, for `/metrics`; pure but for the counters.

Each process counts for itself; `stakepro.metrics` puts the processes together. The state of the books, which is the
same for all of them, comes from the last check (`ledger.gauges`).
"""

from prometheus_client import Counter, Gauge, Histogram

_OPERATIONS = Histogram(
    "stakepro_ledger_batch_operations",
    "Requests of the ledger committed together, by batch.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000),
)
_SECONDS = Histogram(
    "stakepro_ledger_commit_seconds",
    "Seconds from taking a batch off the queue to its commit.",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
_ANSWERS = Counter("stakepro_ledger_answers", "Answers to requests of the ledger, by code; OK is done.", ["code"])
_REPLAYS = Counter("stakepro_ledger_replays", "Answers given again to a client id that was answered before.")
# Of the processes that live; each engine says 0 when it ends.
_QUEUE = Gauge("stakepro_ledger_queue", "Requests that wait for a batch, of all engines.", multiprocess_mode="livesum")
_CHECKS = Counter("stakepro_ledger_checks", "Checks of the books, by kind and what came of them.", ["kind", "result"])
_BREACHES = Counter("stakepro_ledger_breaches_found", "Breaches that checks found, each time one found it.")

# Finding a labelled child takes a lock and a tuple of texts each time; there are few codes, so they are kept.
_codes: dict[str, Counter] = {}


def batch(size: int, seconds: float) -> None:
    """A batch of so many requests was committed, in so many seconds."""
    _OPERATIONS.observe(size)
    _SECONDS.observe(seconds)


def answered(code: str, n: int = 1) -> None:
    """So many requests were answered with a code of `ledger.operations.Code`, or "OK"."""
    counter = _codes.get(code)
    if counter is None:
        counter = _codes[code] = _ANSWERS.labels(code)
    counter.inc(n)


def replayed(n: int = 1) -> None:
    """So many of the answers were given before."""
    _REPLAYS.inc(n)


def queue(n: int) -> None:
    """So many requests wait in this process's engine."""
    _QUEUE.set(n)


def checked(*, full: bool, breaches: int) -> None:
    """A check ended, and found so many breaches."""
    _CHECKS.labels("full" if full else "incremental", "broken" if breaches else "in_order").inc()
    _BREACHES.inc(breaches)
