"""What the provider refuses, and what is to be done about each refusal. Pure.

A refusal never holds the question, since the key is in that.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final

CODE_MAX: Final = 60


class Remedy(StrEnum):
    """What helps."""

    RETRY = "retry"  # it heals by itself: ask again, after a while
    PAUSE = "pause"  # nothing that costs is asked before credits are there again
    OPERATOR = "operator"  # somebody must look at the key
    SKIP = "skip"  # this cannot be had: go on with the next question
    MEND = "mend"  # the question is wrong, and stays wrong until the settings are other ones


# Of our own, where the provider's answer has no code or there is no answer.
NOT_CONNECTED: Final = "NOT_CONNECTED"
TIMED_OUT: Final = "TIMED_OUT"
BROKEN_OFF: Final = "BROKEN_OFF"
BROKEN_JSON: Final = "BROKEN_JSON"
CHANGED_SHAPE: Final = "CHANGED_SHAPE"
TOO_LARGE: Final = "TOO_LARGE"
UNAVAILABLE: Final = "UNAVAILABLE"
REFUSED: Final = "REFUSED"
OUT_OF_CREDITS: Final = "OUT_OF_USAGE_CREDITS"

REMEDIES: Final[Mapping[str, Remedy]] = {
    NOT_CONNECTED: Remedy.RETRY,
    TIMED_OUT: Remedy.RETRY,
    BROKEN_OFF: Remedy.RETRY,
    BROKEN_JSON: Remedy.RETRY,
    UNAVAILABLE: Remedy.RETRY,
    "EXCEEDED_FREQ_LIMIT": Remedy.RETRY,
    OUT_OF_CREDITS: Remedy.PAUSE,
    "MISSING_KEY": Remedy.OPERATOR,
    "INVALID_KEY": Remedy.OPERATOR,
    "DEACTIVATED_KEY": Remedy.OPERATOR,
    # The key is good, the plan has no history: the question cannot be answered, live polls can.
    "HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN": Remedy.MEND,
    "EVENT_NOT_FOUND": Remedy.SKIP,
    "UNKNOWN_SPORT": Remedy.MEND,
    "HISTORICAL_MARKETS_UNAVAILABLE_AT_DATE": Remedy.SKIP,
    CHANGED_SHAPE: Remedy.MEND,
    TOO_LARGE: Remedy.MEND,
    **dict.fromkeys(
        (
            *("MISSING_REGION", "INVALID_REGION", "MISSING_MARKET", "INVALID_MARKET", "INVALID_MARKET_COMBO"),
            *("INVALID_BOOKMAKERS", "INVALID_ODDS_FORMAT", "INVALID_DATE_FORMAT", "INVALID_SPORT"),
            *("INVALID_EVENT_ID", "INVALID_EVENT_IDS", "INVALID_SCORES_DAYS_FROM", "INVALID_ALL_SPORTS_PARAM"),
            *("MISSING_HISTORICAL_TIMESTAMP", "INVALID_HISTORICAL_TIMESTAMP", "INVALID_PARTICIPANT_ID"),
            *("INVALID_COMMENCE_TIME_FROM", "INVALID_COMMENCE_TIME_TO", "INVALID_COMMENCE_TIME_RANGE"),
            *("INVALID_INCLUDE_LINKS", "INVALID_INCLUDE_SIDS", "INVALID_INCLUDE_BET_LIMITS"),
            *("INVALID_INCLUDE_MULTIPLIERS", "INVALID_INCLUDE_ROTATION_NUMBERS"),
        ),
        Remedy.MEND,
    ),
}


def remedy_of(code: str, status: int | None) -> Remedy:
    """What helps against a code, or against a status where nobody knows the code."""
    known = REMEDIES.get(code)
    if known is not None:
        return known
    if status is None or status == 429 or status >= 500:
        return Remedy.RETRY
    return Remedy.OPERATOR if status in (401, 403) else Remedy.MEND


class ProviderError(Exception):
    """The provider did not give what was asked. `code` is its own word for it, or one of ours."""

    def __init__(self, code: str, sentence: str, *, status: int | None = None, wait: timedelta | None = None) -> None:
        super().__init__(sentence)
        self.code = code[:CODE_MAX]
        self.sentence = sentence
        self.status = status
        self.wait = wait  # as the provider asks for: Retry-After
        self.remedy = remedy_of(self.code, status)


class Limit(StrEnum):
    """What a question would have gone beyond."""

    RUN = "run"
    DAY = "day"
    REMAINING = "remaining"


class BudgetRefused(Exception):
    """A question was not asked, since it may cost more than is left. The text says of what."""

    def __init__(self, limit: Limit, sentence: str) -> None:
        super().__init__(sentence)
        self.limit = limit


class Interrupted(Exception):
    """Whoever asked is to stop; the question is not asked again."""
