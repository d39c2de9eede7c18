"""What the checks of the books found, as an OpenAPI operation. Pure data."""

from accounts.openapi import Schema, answer, array, nullable, operation, record
from ledger.openapi import examples
from ledger.openapi import parameters as own

_TEXT: Schema = {"type": "string"}
_BREACH = record({"invariant": _TEXT, "text": {**_TEXT, "description": "Names the wallet, entry or journal."}})
_HEALTH = record(
    {
        "status": {"type": "string", "enum": ["ok", "violated", "unknown"]},
        "reason": _TEXT,
        "invariants": {
            "type": "object",
            "additionalProperties": {"type": "string", "enum": ["ok", "violated"]},
            "description": "By number, those that were looked at.",
        },
        "not_checked": {"type": "object", "additionalProperties": _TEXT, "description": "Which are not, and why."},
        "breaches": array(_BREACH, maxItems=100),
        "checked_at": nullable(own.MOMENT),
        "full_check_at": nullable(own.MOMENT),
        "journal_no": {**own.NUMBER, "description": "The last journal that was looked at."},
        "unchecked_journals": {**own.NUMBER, "description": "How many came since."},
    }
)
_EXAMPLE = {
    "status": "ok",
    "reason": "",
    "invariants": dict.fromkeys(("I1", "I2", "I3", "I4", "I5", "I6", "I10", "I11"), "ok"),
    "not_checked": {"I7": "needs commissions"},
    "breaches": [],
    "checked_at": examples.NOON,
    "full_check_at": examples.NOON,
    "journal_no": 4711,
    "unchecked_journals": 3,
}


def paths() -> dict[str, Schema]:
    """By address."""
    return {"/api/v1/ledger/health": {"get": _health()}}


def _health() -> Schema:
    broken = answer(_HEALTH, description="Something is broken: `breaches` says what.")
    return operation(
        "getLedgerHealth",
        tag=own.WALLETS,
        summary="Whether the books are in order",
        scope="read",
        description=(
            "What the last checks found, at most 30 seconds old: the worker looks at what is new every minute, and at "
            "everything every night. `unknown` where nothing was checked for a quarter of an hour."
        ),
        answers={200: answer(_HEALTH, _EXAMPLE), 500: broken},
    )
