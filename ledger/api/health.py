"""Whether the books are in order, for machines that watch."""

from django.http import HttpResponse
from django.utils import timezone

from accounts.http import ApiRequest, api
from ledger import checks
from ledger.api.common import answer


@api(scope="read", methods=("GET",))
def health(request: ApiRequest) -> HttpResponse:
    """What the last checks found: 200 for ok and for unknown, 500 where something is broken."""
    told = checks.health(at=timezone.now())
    return answer(told, status=500 if told["status"] == "violated" else 200)
