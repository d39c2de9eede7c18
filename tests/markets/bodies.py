"""Bodies as the provider sends them, for tests: builders and strategies."""

from typing import Any

from hypothesis import strategies as st

SPORT = "basketball_wnba"
AT = 1_785_949_200_000_000  # 2026-08-05 17:00:00
START = "2026-08-05T17:00:00Z"

TEXT = st.text(st.characters(exclude_categories=()), max_size=8)


def outcome(name: Any, price: Any, point: Any = None) -> dict[str, Any]:
    return {"name": name, "price": price} | ({} if point is None else {"point": point})


def market(key: Any, *outcomes: Any, updated: Any = START) -> dict[str, Any]:
    return {"key": key, "last_update": updated, "outcomes": list(outcomes)}


def book(key: Any = "fanduel", markets: Any = None, title: Any = "FanDuel", updated: Any = START) -> dict[str, Any]:
    if markets is None:
        markets = [market("h2h", outcome("Dream", -110), outcome("Mercury", -110))]
    return {"key": key, "title": title, "last_update": updated, "markets": markets}


def event(key: Any = "e1", books: Any = None, start: Any = START, **fields: Any) -> dict[str, Any]:
    return {
        "id": key,
        "sport_key": SPORT,
        "commence_time": start,
        "home_team": "Dream",
        "away_team": "Mercury",
        "bookmakers": [book()] if books is None else books,
    } | fields
