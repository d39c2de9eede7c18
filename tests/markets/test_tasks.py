"""The worker lets go of what is too old, each night."""

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app

from markets import tasks
from markets.models import ProviderCall


@pytest.mark.django_db
def test_the_task_removes_what_is_too_old() -> None:
    for days in (500, 1):
        ProviderCall.objects.create(
            at=timezone.now() - timedelta(days=days),
            is_simulated=False,
            endpoint="odds",
            attempt=1,
            expected_credits=3,
            milliseconds=1,
        )
    assert tasks.prune()["calls"] == 1
    assert ProviderCall.objects.count() == 1


def test_it_is_known_to_the_worker() -> None:
    assert "markets.prune" in {task.name for task in app.tasks.values()}
    assert "markets.prune" in {each.task.name for each in app.periodic_registry.periodic_tasks.values()}
