"""What runs in the background worker for the log of events."""

from django.utils import timezone
from procrastinate.contrib.django import app

from events import retention


@app.periodic(cron="*/10 * * * *")
@app.task(name="events.prune", queueing_lock="events.prune", lock="events.prune")
def prune(timestamp: int = 0) -> int:
    """Let events go that are too old or too many; how many rows went."""
    return retention.prune(at=timezone.now())
