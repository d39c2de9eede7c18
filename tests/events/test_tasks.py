"""The worker lets old events go by itself."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from events import tasks
from events.log import NewEvent, append
from events.models import Event
from events.retention import KEPT_FOR


@pytest.mark.django_db
def test_the_task_removes_what_is_too_old():
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        for at in (now - KEPT_FOR - timedelta(minutes=1), now):
            append(cursor.cursor, [NewEvent("public:news", "news.told", {})], at=at)
    assert tasks.prune() == 1
    assert list(Event.objects.values_list("seq", flat=True)) == [2]


def test_it_is_known_to_the_worker():
    assert "events.prune" in {task.name for task in app.tasks.values()}
    assert "events.prune" in {each.task.name for each in app.periodic_registry.periodic_tasks.values()}
