"""The yardstick of the gateway: the view one writes first, with one transaction a wager by Django's ORM.

It writes to the same tables. It lets in the same callers and refuses what it must (unknown wallets, too little money, a
client id that came before), and leaves a locked amount, a hold and an entry. It leaves out the house, the journal's
hash, events, versions to expect and bodies written to confuse: all that would only make it slower. granian serves it as
it serves StakePro's own views.
"""

import json
import os
from decimal import Decimal
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stakepro.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402  the models need the settings
from django.db import transaction  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402
from django.http import HttpResponseBase, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

from accounts.http import ApiRequest, api  # noqa: E402
from ledger.models import EntryRow, HoldRow, WalletRow  # noqa: E402
from ledger.operations import Kind  # noqa: E402


@api(scope="ledger", methods=("POST",))
def hold(request: ApiRequest, wallet_id: int) -> HttpResponseBase:
    """Lock a part of a wallet's money."""
    body = json.loads(request.body)
    with transaction.atomic():
        wallet = WalletRow.objects.select_for_update(of=("self",)).select_related("currency").get(pk=wallet_id)
        amount = int(Decimal(body["amount"]).scaleb(wallet.currency.scale))
        known = HoldRow.objects.filter(wallet_id=wallet_id, client_id=body["client_id"]).first()
        if known is not None:
            return JsonResponse({"version": known.version, "replayed": True}, status=200)
        if not 0 < amount <= wallet.available:
            return JsonResponse({"error": "INSUFFICIENT_FUNDS"}, status=402)
        wallet.available -= amount
        wallet.locked += amount
        wallet.version += 1
        wallet.save(update_fields=["available", "locked", "version"])
        what = {"wallet_id": wallet_id, "client_id": body["client_id"], "kind": Kind.PLACE, "version": wallet.version}
        HoldRow.objects.create(**what, amount=amount, fingerprint=bytes(16))
        EntryRow.objects.create(
            **what,
            journal_id=0,
            d_available=-amount,
            d_locked=amount,
            available_after=wallet.available,
            locked_after=wallet.locked,
        )
    return JsonResponse({"wallet_id": wallet_id, "version": wallet.version, "replayed": False})


def _may_post(connection: Any, **signal: Any) -> None:
    """The database lets wallets be changed only by who says that they post; once a connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('ledger.posting', 'on', false)")


connection_created.connect(_may_post)
urlpatterns = [path("api/v1/wallets/<int:wallet_id>/holds", hold)]
# Before the first request: Django reads it then.
settings.ROOT_URLCONF = __name__
