"""What every page shows of betting: the kill switch in its header, for people who may bet."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from accounts.models import User
from stake import page_queries
from stake.page_queries import BettingStop


@dataclass
class Betting:
    """Asked for only by templates that show it: a poll for rows costs nothing here."""

    request: HttpRequest = field(repr=False)

    @cached_property
    def is_mine(self) -> bool:
        """Whether the person may bet, and so stop all betting."""
        user = getattr(self.request, "user", None)
        return isinstance(user, User) and user.is_active and "bet" in user.scopes()

    @cached_property
    def stop(self) -> BettingStop | None:
        """The stop that is on; one query, and none for people who may not bet."""
        return page_queries.betting_stop() if self.is_mine else None


def betting(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    return {"betting": Betting(request)}
