"""The provider's errors, by the codes that it documents."""

from http import HTTPStatus
from typing import Any, Final

GUIDE: Final = "https://the-odds-api.com/liveapi/guides/v4/api-error-codes.html#"
TEXT_MAX: Final = 100  # of what was sent, in a message

# Messages that were seen in public logs are the provider's; the others are ours, and nothing should depend on them.
_KNOWN: Final[dict[str, tuple[int, str]]] = {
    "MISSING_KEY": (401, "API key is missing. Get an API key at https://the-odds-api.com"),
    "INVALID_KEY": (401, "API key is not valid. Get an API key at https://the-odds-api.com"),
    "DEACTIVATED_KEY": (401, "API key is deactivated. See usage plans at https://the-odds-api.com"),
    "OUT_OF_USAGE_CREDITS": (401, "Usage quota has been reached. See usage plans at https://the-odds-api.com"),
    "HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN": (401, "Historical data are available on paid usage plans only"),
    "UNKNOWN_SPORT": (404, "Unknown sport"),
    "EVENT_NOT_FOUND": (404, "Event not found. The event may have expired or the event id may not be valid"),
    "EXCEEDED_FREQ_LIMIT": (429, "Requests are too frequent. Please space requests out over several seconds"),
    "MISSING_REGION": (422, "Missing regions or bookmakers key"),
    "MISSING_MARKET": (422, "Missing markets"),
    "INVALID_REGION": (422, "Invalid regions: {given}"),
    "INVALID_BOOKMAKERS": (422, "Invalid bookmakers: {given}"),
    "INVALID_MARKET": (422, "Markets not supported by this endpoint: {given}"),
    "INVALID_MARKET_COMBO": (422, "Markets that cannot be combined: {given}"),
    "INVALID_DATE_FORMAT": (422, "Invalid dateFormat parameter. It must be iso or unix"),
    "INVALID_ODDS_FORMAT": (422, "Invalid oddsFormat parameter. It must be decimal or american"),
    "INVALID_ALL_SPORTS_PARAM": (422, "Invalid all parameter. It must be true or false"),
    "INVALID_SPORT": (422, "Invalid sport parameter"),
    "INVALID_SCORES_DAYS_FROM": (422, "Invalid daysFrom parameter. It must be a whole number from 1 to 3"),
    "INVALID_EVENT_IDS": (422, "Invalid eventIds parameter"),
    "INVALID_EVENT_ID": (422, "Invalid event id"),
    "MISSING_HISTORICAL_TIMESTAMP": (422, "Missing date parameter"),
    "INVALID_HISTORICAL_TIMESTAMP": (422, "Invalid date parameter. It must be like 2021-10-18T12:00:00Z"),
    "HISTORICAL_MARKETS_UNAVAILABLE_AT_DATE": (422, "There are no data of this sport at or before this date"),
    "INVALID_COMMENCE_TIME_FROM": (422, "Invalid commenceTimeFrom parameter. It must be like 2021-10-18T12:00:00Z"),
    "INVALID_COMMENCE_TIME_TO": (422, "Invalid commenceTimeTo parameter. It must be like 2021-10-18T12:00:00Z"),
    "INVALID_COMMENCE_TIME_RANGE": (422, "commenceTimeFrom must not be after commenceTimeTo"),
    "INVALID_INCLUDE_LINKS": (422, "Invalid includeLinks parameter. It must be true or false"),
    "INVALID_INCLUDE_SIDS": (422, "Invalid includeSids parameter. It must be true or false"),
    "INVALID_INCLUDE_BET_LIMITS": (422, "Invalid includeBetLimits parameter. It must be true or false"),
    "INVALID_INCLUDE_ROTATION_NUMBERS": (422, "Invalid includeRotationNumbers parameter. It must be true or false"),
    "INVALID_INCLUDE_MULTIPLIERS": (422, "Invalid includeMultipliers parameter. It must be true or false"),
}
CODES: Final = tuple(_KNOWN)


class Refused(Exception):
    """A request that the provider refuses."""

    def __init__(self, code: str, given: str = "") -> None:
        status, message = _KNOWN[code]
        self.code, self.status = code, HTTPStatus(status)
        self.message = message.format(given=given[:TEXT_MAX])
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """What the provider says."""
        return {"message": self.message, "error_code": self.code, "details_url": GUIDE + anchor(self.code)}


def anchor(code: str) -> str:
    """Where the guide explains a code."""
    return code.lower().replace("_", "-")
