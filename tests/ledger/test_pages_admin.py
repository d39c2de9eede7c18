"""The admin site lists the ledger, and changes nothing of it."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from ledger.models import Journal, WalletRow
from tests.ledger.page_world import HOSTILE, currencies, deposit, wallet

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client) -> Client:
    client.force_login(User.objects.create_superuser("chief"))
    currencies()
    deposit(wallet(HOSTILE), 150, reason=HOSTILE)
    return client


def test_everything_lists_and_nothing_changes(staff):
    ours = [model for model in admin.site._registry if model._meta.app_label == "ledger"]
    assert {"currencyrow", "walletrow", "journal"} <= {model._meta.model_name for model in ours}
    for model in ours:
        name = f"admin:ledger_{model._meta.model_name}"
        assert staff.get(reverse(f"{name}_changelist"), {"q": "1"}).status_code == 200
        assert staff.get(reverse(f"{name}_add")).status_code == 403
        row = model._base_manager.first()
        if row is None:
            continue
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
