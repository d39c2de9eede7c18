"""Staff lists of the venue load, find, and let neither history nor a secret be touched."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from stake.models import BetIntent, StakeSession
from stake.services import balances, betting, limits, rotation
from stake.services.betting import Wanted
from tests.stake.conftest import BY, Clock, limbo

MODELS = ("stakesession", "betintent", "seedrotation", "balancesnapshot", "vaultdeposit", "limit", "cooloff")
CLEARANCE = "cle-0123456789abcdefghijklmnopqrstuvwxyz-ends"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(client: Client, session: StakeSession, clock: Clock) -> Client:
    """Signed in, with a row in every list."""
    client.force_login(User.objects.create_superuser("chief"))
    betting.place(Wanted(session.pk, limbo(), "first"), by=BY, now=clock)
    rotation.rotate(session_id=session.pk, client_seed="next", by=BY, now=clock)
    balances.refresh(session_id=session.pk, now=clock)
    balances.move_to_vault(
        session_id=session.pk, currency="btc", amount=limbo().amount, client_ref="move", by=BY, now=clock
    )
    at = timezone.now()
    limits.begin_pause(session_id=session.pk, kind="cool_off", ends_at=at.replace(year=at.year + 1), by=BY, at=at)
    return client


def rows(model: str) -> list[str]:
    return [str(key) for key in apps.get_model("stake", model).objects.values_list("pk", flat=True)]


@pytest.mark.parametrize("model", MODELS)
def test_it_lists_searches_and_shows_without_a_way_to_change(staff, model):
    address = reverse(f"admin:stake_{model}_changelist")
    assert staff.get(address).context["cl"].result_count >= 1
    assert staff.get(address, {"q": "e"}).status_code == 200
    (key, *_) = rows(model)
    change = reverse(f"admin:stake_{model}_change", args=[key])
    page = staff.get(change)
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert staff.post(change, {"label": "other"}).status_code == 403
    assert staff.post(reverse(f"admin:stake_{model}_delete", args=[key]), {"post": "yes"}).status_code == 403
    assert staff.get(reverse(f"admin:stake_{model}_add")).status_code == 403


@pytest.mark.parametrize(
    ("model", "query", "found"),
    [
        ("stakesession", "Simul", 1),
        ("stakesession", "Elsewhere", 0),
        ("betintent", "first", 1),
        ("betintent", "firs", 0),
        ("seedrotation", "next", 1),
        ("vaultdeposit", "move", 1),
    ],
)
def test_it_finds(staff, model, query, found):
    page = staff.get(reverse(f"admin:stake_{model}_changelist"), {"q": query})
    assert page.context["cl"].result_count == found


def test_secrets_are_masked(staff, session, account):
    row = StakeSession.objects.get(pk=session.pk)
    row.cf_clearance = CLEARANCE
    row.save(update_fields=["cf_clearance"])
    for address in (
        reverse("admin:stake_stakesession_changelist"),
        reverse("admin:stake_stakesession_change", args=[session.pk]),
    ):
        body = staff.get(address).content.decode()
        assert f"••••{account.token[-4:]}" in body
        assert account.token not in body
        assert CLEARANCE not in body
    assert "••••ends" in body


def test_a_list_costs_the_same_however_many_rows(staff, session):
    address = reverse("admin:stake_betintent_changelist")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            staff.get(address)
        return len(queries)

    staff.get(address)
    before = cost()
    (row,) = BetIntent.objects.values()
    for number in range(5):
        names = {"client_ref": f"more {number}", "identifier": f"more {number}", "provider_bet_id": f"more {number}"}
        BetIntent.objects.create(**{**row, **names, "id": uuid4()})
    assert cost() == before
