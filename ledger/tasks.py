"""What the background worker does for the ledger: checking the books, and sealing them."""

import logging
from typing import Final

from django.utils import timezone
from procrastinate.contrib.django import app

from ledger import checks, metrics, seals, signing

log = logging.getLogger(__name__)

# One check at a time: a slow full one does not get incremental ones beside it.
ONE_AT_A_TIME: Final = "ledger.check"


@app.periodic(cron="* * * * *")
@app.task(name="ledger.check_new", queueing_lock="ledger.check_new", lock=ONE_AT_A_TIME)
def check_new(timestamp: int = 0) -> int:
    """Look at what came since the last check that found nothing; how many breaches there are."""
    return _check(full=False)


@app.periodic(cron="17 3 * * *")
@app.task(name="ledger.check_all", queueing_lock="ledger.check_all", lock=ONE_AT_A_TIME)
def check_all(timestamp: int = 0) -> int:
    """Look at everything, every night (UTC)."""
    return _check(full=True)


def _check(*, full: bool) -> int:
    run = checks.run(full=full, at=timezone.now())
    metrics.checked(full=run.is_full, breaches=run.breaches)
    return run.breaches


# More often than daily, should the machine have slept at midnight; a day's first one makes the seal.
@app.periodic(cron="*/10 * * * *")
@app.task(name="ledger.seal", queueing_lock="ledger.seal")
def seal(timestamp: int = 0) -> None:
    """Seal the books of this UTC day, unless that is done."""
    try:
        seals.seal(at=timezone.now())
    except signing.NoSigningKey as error:
        log.error("The books could not be sealed", extra={"reason": str(error)})
