"""What a request asks for, checked as the provider checks it. Unknown parameters are passed over, as it does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from markets.quotes import Micros, to_micros
from markets.simulator.books import BOOKS_BY_REGION
from markets.simulator.refusals import Refused

FEATURED: Final = ("h2h", "spreads", "totals", "outrights", "h2h_lay", "outrights_lay")
BOOKS_A_REGION: Final = 10  # so many bookmakers cost what a region costs

# What may follow `include`: the code of its refusal, and what it adds.
INCLUDES: Final = {
    "includeLinks": "INVALID_INCLUDE_LINKS",
    "includeSids": "INVALID_INCLUDE_SIDS",
    "includeBetLimits": "INVALID_INCLUDE_BET_LIMITS",
    "includeRotationNumbers": "INVALID_INCLUDE_ROTATION_NUMBERS",
    "includeMultipliers": "INVALID_INCLUDE_MULTIPLIERS",
}

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_SPORT: Final = re.compile(r"[a-z0-9_]{1,100}", re.ASCII)
_EVENT: Final = re.compile(r"[0-9a-f]{32}", re.ASCII)
_ANY_MARKET: Final = re.compile(
    r"(?:h2h|spreads|totals|team_totals|alternate|player|batter|pitcher|outrights|btts|draw_no_bet|double_chance)"
    r"(?:_[a-z0-9_]{1,60})?",
    re.ASCII,
)

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """Which events are shown, and how times are written."""

    unix: bool
    events: frozenset[str] | None
    since: Micros | None
    until: Micros | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which quotes are asked for, and how they are written."""

    shown: Shown
    regions: tuple[str, ...]
    bookmakers: tuple[str, ...]
    markets: tuple[str, ...]
    american: bool
    includes: frozenset[str]

    @property
    def units(self) -> int:
        """How many regions' worth of books that is; named bookmakers win over regions."""
        return -(-len(self.bookmakers) // BOOKS_A_REGION) if self.bookmakers else len(self.regions)


def check_sport(sport: str) -> None:
    """Raises `Refused` for what cannot be a sport's key."""
    if not _SPORT.fullmatch(sport):
        raise Refused("INVALID_SPORT")


def check_event(event: str) -> None:
    """Raises `Refused` for what cannot be an event's id."""
    if not _EVENT.fullmatch(event):
        raise Refused("INVALID_EVENT_ID")


def read_shown(query: Query) -> Shown:
    """`dateFormat`, `eventIds` and the range of starts. Raises `Refused`."""
    written = query.get("dateFormat", "iso")
    if written not in ("iso", "unix"):
        raise Refused("INVALID_DATE_FORMAT")
    events = _several(query, "eventIds") if "eventIds" in query else None
    if events is not None and (not events or not all(_EVENT.fullmatch(event) for event in events)):
        raise Refused("INVALID_EVENT_IDS")
    since = _date(query, "commenceTimeFrom", "INVALID_COMMENCE_TIME_FROM")
    until = _date(query, "commenceTimeTo", "INVALID_COMMENCE_TIME_TO")
    if since is not None and until is not None and since > until:
        raise Refused("INVALID_COMMENCE_TIME_RANGE")
    return Shown(written == "unix", None if events is None else frozenset(events), since, until)


def read_asked(query: Query, *, knows_book: Callable[[str], bool], any_market: bool = False) -> Asked:
    """What `/odds` and the odds of an event are asked. Raises `Refused`."""
    shown = read_shown(query)
    written = query.get("oddsFormat", "decimal")
    if written not in ("decimal", "american"):
        raise Refused("INVALID_ODDS_FORMAT")
    regions, bookmakers = _several(query, "regions"), _several(query, "bookmakers")
    if not regions and not bookmakers:
        raise Refused("MISSING_REGION")
    _check("INVALID_REGION", [region for region in regions if region not in BOOKS_BY_REGION])
    _check("INVALID_BOOKMAKERS", [book for book in bookmakers if not knows_book(book)])
    markets = _several(query, "markets") if "markets" in query else ("h2h",)
    if not markets:
        raise Refused("MISSING_MARKET")
    _check("INVALID_MARKET", [market for market in markets if not _knows_market(market, any_market)])
    if "outrights" in markets and set(markets) - {"outrights", "outrights_lay"}:
        raise Refused("INVALID_MARKET_COMBO", ",".join(markets))
    includes = frozenset(name for name, code in INCLUDES.items() if read_flag(query, name, code))
    return Asked(shown, regions, bookmakers, markets, written == "american", includes)


def read_flag(query: Query, name: str, code: str) -> bool:
    """A parameter that is true or false; false where it is not given. Raises `Refused`."""
    given = query.get(name, "false")
    if given not in ("true", "false"):
        raise Refused(code)
    return given == "true"


def read_date(query: Query) -> Micros:
    """`date` of the historical paths: whole seconds and a Z, nothing else. Raises `Refused`."""
    if not query.get("date"):
        raise Refused("MISSING_HISTORICAL_TIMESTAMP")
    found = _date(query, "date", "INVALID_HISTORICAL_TIMESTAMP")
    assert found is not None
    return found


def read_days(query: Query) -> int | None:
    """`daysFrom` of the scores. Raises `Refused`."""
    if "daysFrom" not in query:
        return None
    if query["daysFrom"] not in ("1", "2", "3"):
        raise Refused("INVALID_SCORES_DAYS_FROM")
    return int(query["daysFrom"])


def _knows_market(market: str, any_market: bool) -> bool:
    return market in FEATURED or (any_market and _ANY_MARKET.fullmatch(market) is not None)


def _several(query: Query, name: str) -> tuple[str, ...]:
    """Names between commas, each once, in the order they were given."""
    return tuple(dict.fromkeys(part for part in query.get(name, "").split(",") if part))


def _check(code: str, wrong: list[str]) -> None:
    if wrong:
        raise Refused(code, ",".join(wrong))


def _date(query: Query, name: str, code: str) -> Micros | None:
    given = query.get(name)
    if given is None:
        return None
    if not _DATE.fullmatch(given):
        raise Refused(code)
    try:
        return to_micros(datetime.strptime(given, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC))
    except ValueError:
        raise Refused(code) from None
