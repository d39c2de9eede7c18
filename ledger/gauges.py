"""The state of the books for `/metrics`: what the last check found, and how far the ledger is since.

It is read from the database when it is asked for, so every server answers alike, and none counts by itself.
"""

import logging
from collections.abc import Iterator

from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ledger.checks import last_run
from ledger.models import CheckRun

log = logging.getLogger(__name__)


def render() -> bytes:
    """The gauges in Prometheus' text format; nothing where the database does not answer."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Books())
    try:
        return generate_latest(registry)
    except DatabaseError:
        log.warning("The ledger's gauges could not be read", exc_info=True)
        return b""


class _Books(Collector):
    """Made anew for each question."""

    def describe(self) -> Iterator[Metric]:
        """Nothing is read before it is asked for."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Everything, where a check was ever made; how far the log is, always."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT journal_no, event_seq FROM events_head WHERE id = 1")
            journal_no, event_seq = cursor.fetchone() or (0, 0)
        yield GaugeMetricFamily("stakepro_ledger_journals", "Batches committed so far.", value=journal_no)
        yield GaugeMetricFamily("stakepro_events_seq", "The number of the newest event.", value=event_seq)
        full, newest = last_run(full=True), last_run()
        if newest is not None:
            yield GaugeMetricFamily(
                "stakepro_ledger_unchecked_journals",
                "Batches committed since the last check.",
                value=max(journal_no - newest.journal_no, 0),
            )
            yield GaugeMetricFamily(
                "stakepro_ledger_open_holds", "Open holds at the last check.", value=newest.open_holds
            )
            yield _times(full, last_run(full=False))
            yield _broken([newest] if full is None or full.pk == newest.pk else [full, newest])
            yield from _of_wallets(newest)


def _times(*runs: CheckRun | None) -> Metric:
    family = GaugeMetricFamily(
        "stakepro_ledger_check_timestamp_seconds", "When the last check of a kind began.", labels=["kind"]
    )
    for run in runs:
        if run is not None:
            family.add_metric(["full" if run.is_full else "incremental"], run.begun_at.timestamp())
    return family


def _broken(runs: list[CheckRun]) -> Metric:
    found: dict[str, int] = {}
    for run in runs:
        for each in run.results:
            found[each["name"]] = found.get(each["name"], 0) + len(each["breaches"])
    family = GaugeMetricFamily(
        "stakepro_ledger_breaches", "Breaches that the last full check and the last check found.", labels=["invariant"]
    )
    for name, count in found.items():
        family.add_metric([name], count)
    return family


def _of_wallets(run: CheckRun) -> Iterator[Metric]:
    wallets = GaugeMetricFamily("stakepro_ledger_wallets", "Wallets at the last check.", labels=["currency", "kind"])
    drift: dict[str, int] = {}
    negative: dict[str, int] = {}
    for each in run.totals:
        currency = each["currency"]
        wallets.add_metric([currency, each["kind"]], each["wallets"])
        drift[currency] = drift.get(currency, 0) + int(each["available"]) + int(each["locked"])
        negative[currency] = negative.get(currency, 0) + each["negative"]
    yield wallets
    for name, text, values in (
        ("drift", "What all wallets of a currency add up to, in minor units; it must be 0.", drift),
        ("negative_wallets", "Wallets that owe and may not.", negative),
    ):
        family = GaugeMetricFamily(f"stakepro_ledger_{name}", text, labels=["currency"])
        for currency, value in values.items():
            family.add_metric([currency], value)
        yield family
