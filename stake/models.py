"""The tables of `stake`. Rows are written by `stake.services` alone."""

from stake.limit_models import CoolOff, CoolOffKind, Limit
from stake.order_models import (
    OPEN,
    REQUEST_OPEN,
    TAKEN,
    TRANSITIONS,
    BetIntent,
    IntentState,
    RequestState,
    SeedRotation,
    VaultDeposit,
)
from stake.session_models import AccountPair, AccountTally, BalanceSnapshot, StakeSession, TallyPosition

__all__ = [
    "OPEN",
    "REQUEST_OPEN",
    "TAKEN",
    "TRANSITIONS",
    "AccountPair",
    "AccountTally",
    "BalanceSnapshot",
    "BetIntent",
    "CoolOff",
    "CoolOffKind",
    "IntentState",
    "Limit",
    "RequestState",
    "SeedRotation",
    "StakeSession",
    "TallyPosition",
    "VaultDeposit",
]
