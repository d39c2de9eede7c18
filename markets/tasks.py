"""What runs in the background worker for the markets."""

from django.utils import timezone
from procrastinate.contrib.django import app

from markets import retention


@app.periodic(cron="43 4 * * *")
@app.task(name="markets.prune", queueing_lock="markets.prune", lock="markets.prune")
def prune(timestamp: int = 0) -> dict[str, int]:
    """Delete what is older than the settings keep it; how many rows of each kind went."""
    return retention.prune(retention.configured(), at=timezone.now())._asdict()
