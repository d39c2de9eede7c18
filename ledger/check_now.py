"""Looking at the invariants while somebody waits for the page: what came since the last look, within a bound."""

from datetime import datetime
from typing import Final

from django.db import OperationalError, connection

from ledger import checks
from ledger.models import CheckRun

# Of each statement. The worker looks every minute, so what came since is little; but a first look is at everything.
STATEMENT_SECONDS: Final = 10


class TookTooLong(Exception):
    """The look was given up, and nothing of it is kept; the text is for people."""


def check_now(*, at: datetime) -> CheckRun:
    """An incremental check. Raises `TookTooLong`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{STATEMENT_SECONDS}s"])
    try:
        return checks.run(full=False, at=at)
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        raise TookTooLong(f"It took longer than {STATEMENT_SECONDS} seconds; run manage.py check_ledger.") from error
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
