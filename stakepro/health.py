"""What machines ask: is the process alive, is all it needs there, what has it counted."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker
from prometheus_client import CONTENT_TYPE_LATEST

from accounts import addresses
from accounts.http import ApiRequest, api
from ledger import gauges as ledger_gauges
from stakepro import metrics as request_metrics

logger = logging.getLogger(__name__)

# A worker notes that it lives every ten seconds.
WORKER_SILENT_MAX = timedelta(minutes=1)


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing else, so that a database that is away does not get it restarted."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether this server can do its work: 200 when all is there, else 503 naming what is not.

    Anyone may ask, so it says only ok or not ok; the log says why.
    """
    checks = {name: _passes(name, check, timezone.now()) for name, check in CHECKS.items()}
    ready = all(checks.values())
    body = {"status": _word(ready), "checks": {name: _word(passed) for name, passed in checks.items()}}
    return JsonResponse(body, status=200 if ready else 503)


@login_not_required  # Its two halves say for themselves who may come in.
@require_safe
def metrics(request: HttpRequest) -> HttpResponseBase:
    """What was counted, for Prometheus: to this machine, and to whoever may read."""
    sends_token = any(header in request.META for header in ("HTTP_AUTHORIZATION", "HTTP_X_INGEST_TOKEN"))
    if addresses.is_loopback(request) and not sends_token:
        return _metrics()
    return _metrics_for_readers(request)


@api(scope="read", methods=("GET",))
def _metrics_for_readers(request: ApiRequest) -> HttpResponse:
    return _metrics()


def _metrics() -> HttpResponse:
    return HttpResponse(
        request_metrics.render() + ledger_gauges.render(),
        content_type=CONTENT_TYPE_LATEST,
        headers={"Cache-Control": "no-store"},
    )


def _word(passed: bool) -> str:
    return "ok" if passed else "not ok"


def _passes(name: str, check: Callable[[datetime], bool], at: datetime) -> bool:
    try:
        return check(at)
    except Exception:
        # Whatever keeps us from finding out, we are not ready.
        logger.warning("A readiness check failed", extra={"check": name}, exc_info=True)
        return False


def database_answers(at: datetime) -> bool:
    """The database runs a query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def migrations_applied(at: datetime) -> bool:
    """The database's tables are those that this code expects."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def worker_alive(at: datetime) -> bool:
    """A background worker gave a sign of life lately."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=at - WORKER_SILENT_MAX).exists()


CHECKS: dict[str, Callable[[datetime], bool]] = {
    "database": database_answers,
    "migrations": migrations_applied,
    "worker": worker_alive,
}
