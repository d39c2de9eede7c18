"""The admin site lists the ledger, and changes nothing of it."""

from uuid import uuid4

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.audit import By
from accounts.models import User
from ledger import adjustments, checks
from ledger.adjustments import Caller
from ledger.models import Journal, Seal, WalletRow
from tests.ledger.conftest import AT
from tests.ledger.page_world import HOSTILE, currencies, deposit, wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client) -> Client:
    client.force_login(User.objects.create_superuser("chief"))
    currencies()
    made = wallet(HOSTILE)
    deposit(made, 150, reason=HOSTILE)
    adjustments.ask(
        client_id=uuid4(), wallet_id=made, amount=-50, reason=HOSTILE, caller=Caller(By.command_line()), at=AT
    )
    checks.run(full=True, at=AT)
    Seal.objects.create(
        day=AT.date(), sealed_at=AT, journal_no=1, hash=b"h", statement="{}", signature=b"s", public_key=b"k"
    )
    return client


def test_everything_lists_and_nothing_changes(staff):
    ours = [model for model in admin.site._registry if model._meta.app_label == "ledger"]
    names = {"currencyrow", "walletrow", "journal", "adjustment", "checkrun", "seal"}
    assert names <= {model._meta.model_name for model in ours}
    for model in ours:
        name = f"admin:ledger_{model._meta.model_name}"
        assert staff.get(reverse(f"{name}_changelist"), {"q": "1"}).status_code == 200
        assert staff.get(reverse(f"{name}_add")).status_code == 403
        row = model._base_manager.first()
        assert row is not None, "each list of this test has a row"
        change = reverse(f"{name}_change", args=[row.pk])
        assert staff.get(change).status_code == 200
        assert staff.post(change, {"owner": "me", "available": "77"}).status_code == 403
        assert staff.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_a_wallet_shows_its_entries_and_leads_to_its_page(staff):
    row = WalletRow.objects.get(owner=HOSTILE)
    body = staff.get(reverse("admin:ledger_walletrow_change", args=[row.pk])).content.decode()
    assert "1: Deposit, available +1.50, locked 0.00; then 1.50 and 0.00" in body
    assert f'href="/ledger/wallets/{row.pk}/"' in body
    assert "<script>alert" not in body


def test_a_journal_shows_its_hash(staff):
    row = Journal.objects.get()
    body = staff.get(reverse("admin:ledger_journal_change", args=[row.pk])).content.decode()
    assert bytes(row.hash).hex() in body
    assert 'href="/ledger/journal/1/"' in body
