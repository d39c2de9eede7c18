"""The state of wallets, for listeners whose missed events are not kept any more."""

from collections.abc import Iterable
from typing import Any

from ledger.models import WalletRow
from ledger.money import Currency, show
from ledger.wallet_events import WORD, wallet_of


def wallet_states(streams: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What each wallet among these streams has, in the words of its events; other streams have no state."""
    ids = [wallet_id for stream in streams if (wallet_id := wallet_of(stream)) is not None]
    rows = WalletRow.objects.filter(pk__in=ids).select_related("currency")
    return {f"{WORD}:{row.pk}": _state(row, Currency(row.currency_id, row.currency.scale)) for row in rows}


def _state(row: WalletRow, currency: Currency) -> dict[str, Any]:
    return {
        "currency": currency.code,
        "available": show(row.available, currency),
        "locked": show(row.locked, currency),
        "version": row.version,
    }
