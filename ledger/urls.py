"""The addresses of the ledger's JSON API."""

from django.urls import path

from ledger.api import adjustments, events, health, posting, wallets

_WALLET = "api/v1/wallets/<str:wallet_id>"
_HOLD = f"{_WALLET}/holds/<str:hold>"
_WITHDRAWAL = f"{_WALLET}/withdrawals/<str:hold>"
_ADJUSTMENT = "api/v1/adjustments/<str:adjustment_id>"

urlpatterns = [
    path(f"{_WALLET}/holds", posting.place, name="ledger_api_place"),
    path(f"{_WALLET}/holds:batch", posting.wallet_holds_batch, name="ledger_api_wallet_holds_batch"),
    path("api/v1/holds:batch", posting.holds_batch, name="ledger_api_holds_batch"),
    path("api/v1/operations:batch", posting.operations_batch, name="ledger_api_operations_batch"),
    path(f"{_HOLD}/win", posting.win, name="ledger_api_win"),
    path(f"{_HOLD}/lose", posting.lose, name="ledger_api_lose"),
    path(f"{_HOLD}/void", posting.void, name="ledger_api_void"),
    path(f"{_WALLET}/deposits", posting.deposit, name="ledger_api_deposit"),
    path(f"{_WALLET}/withdrawals", posting.withdraw, name="ledger_api_withdraw"),
    path(f"{_WITHDRAWAL}/settle", posting.settle_withdrawal, name="ledger_api_settle_withdrawal"),
    path(f"{_WITHDRAWAL}/reject", posting.reject_withdrawal, name="ledger_api_reject_withdrawal"),
    path(f"{_WALLET}/transfers", posting.transfer, name="ledger_api_transfer"),
    path(f"{_WALLET}/reversals", posting.reverse, name="ledger_api_reverse"),
    path(f"{_WALLET}/adjustments", adjustments.ask, name="ledger_api_ask_adjustment"),
    path("api/v1/adjustments", adjustments.adjustment_list, name="ledger_api_adjustments"),
    path(f"{_ADJUSTMENT}/approve", adjustments.approve, name="ledger_api_approve"),
    path(f"{_ADJUSTMENT}/refuse", adjustments.refuse, name="ledger_api_refuse"),
    path("api/v1/wallets", wallets.wallet_list, name="ledger_api_wallets"),
    path(_WALLET, wallets.wallet, name="ledger_api_wallet"),
    path(f"{_WALLET}/entries", wallets.entries, name="ledger_api_entries"),
    path(f"{_WALLET}/entries.csv", wallets.entries_csv, name="ledger_api_entries_csv"),
    path("api/v1/currencies", wallets.currency_list, name="ledger_api_currencies"),
    path("api/v1/ledger/health", health.health, name="ledger_api_health"),
    path("api/v1/events", events.event_list, name="ledger_api_events"),
]
