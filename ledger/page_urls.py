"""Addresses of the pages of the ledger and their parts. The JSON addresses are in `ledger.urls`."""

from django.urls import path

from ledger.views import adjustments, currencies, invariants, journals, switches, wallets

urlpatterns = [
    path("ledger", wallets.home),
    path("ledger/", wallets.overview, name="ledger"),
    path("ledger/wallets/<int:wallet_id>/", wallets.wallet, name="ledger_wallet"),
    path("ledger/wallets/<int:wallet_id>/new", wallets.new_entries, name="ledger_new"),
    path("ledger/wallets/<int:wallet_id>/older", wallets.older_entries, name="ledger_older"),
    path("ledger/journal/", journals.chain, name="ledger_journals"),
    path("ledger/journal/<int:no>/", journals.journal, name="ledger_journal"),
    path("ledger/invariants/", invariants.overview, name="ledger_invariants"),
    path("ledger/invariants/check", invariants.check_now, name="ledger_check_now"),
    path("ledger/adjustments/", adjustments.overview, name="ledger_adjustments"),
    path("ledger/adjustments/<str:adjustment_id>/approve", adjustments.approve, name="ledger_approve"),
    path("ledger/adjustments/<str:adjustment_id>/refuse", adjustments.refuse, name="ledger_refuse"),
    path("ledger/switches/", switches.overview, name="ledger_switches"),
    path("ledger/switches/<str:name>", switches.turn, name="ledger_switch"),
    path("ledger/currencies/", currencies.overview, name="ledger_currencies"),
    path("ledger/currencies/add", currencies.add, name="ledger_currency_add"),
    path("ledger/currencies/<str:code>", currencies.change, name="ledger_currency"),
]
