"""The tables of `ledger`."""

from ledger.adjustment_models import Adjustment
from ledger.book_models import (
    CODE_MAX,
    HOUSE_SHARDS,
    MAY_OWE,
    CurrencyRow,
    EntryRow,
    HoldRow,
    Journal,
    Result,
    WalletKind,
    WalletRow,
)
from ledger.check_models import CheckRun, Seal
from ledger.checkpoint_models import Checkpoint

__all__ = [
    "CODE_MAX",
    "HOUSE_SHARDS",
    "MAY_OWE",
    "Adjustment",
    "CheckRun",
    "Checkpoint",
    "CurrencyRow",
    "EntryRow",
    "HoldRow",
    "Journal",
    "Result",
    "Seal",
    "WalletKind",
    "WalletRow",
]
