"""The bodies have the shape of the provider's own examples, and the package stands alone."""

import ast
import gzip
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

import markets.simulator
from tests.markets.recordings import ODDS_API, needs_recordings
from tests.markets.simulator.wire import ALL, Caller

ALLOWED = {"markets.quotes", "markets.odds", "markets", "loopback", "loopback.faults"}

# The examples that have prices American are compared with American ones, the other one is decimal.
EXAMPLES = [
    ("docs_sports.json", "/sports", {}),
    ("docs_events_nfl.json", "/sports/basketball_nba/events", {}),
    ("docs_odds_nfl_12books.json", "/sports/basketball_nba/odds", ALL),
    ("docs_scores_nba.json", "/sports/basketball_nba/scores", {"daysFrom": "1"}),
    ("docs_event_odds_player_pass_tds.json", "/sports/basketball_nba/events/EVENT/odds", ALL),
    ("docs_event_markets_mlb.json", "/sports/basketball_nba/events/EVENT/markets", ALL),
    ("docs_historical_odds_nfl.json", "/historical/sports/basketball_nba/odds", {**ALL, "date": "DATE"}),
    ("docs_historical_events_nba.json", "/historical/sports/basketball_nba/events", {"date": "DATE"}),
    (
        "docs_historical_event_odds_nba.json",
        "/historical/sports/basketball_nba/events/EVENT/odds",
        {"regions": "us", "markets": "h2h,totals", "date": "DATE"},
    ),
    ("odds_nfl_20251123T172412Z.json.gz", "/sports/basketball_nba/odds", ALL),
]
OF_PLAYERS = "description"  # whom a player's market is about; featured markets have none
ADDED = {"sport_title", "last_update"}  # since the examples were written

Shape = dict[str, set[str]]


def shape(value: Any, path: str = "") -> Shape:
    """The kinds of value at every path of a body; all members of a list are at one."""
    kind = {int: "number", float: "number"}.get(type(value), type(value).__name__)
    found: Shape = {path: {kind}}
    inner: Iterable[tuple[str, Any]] = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        inner = [("[]", part) for part in value]
    for name, part in inner:
        for where, kinds in shape(part, f"{path}.{name}").items():
            found.setdefault(where, set()).update(kinds)
    return found


def example(name: str) -> Any:
    """One of the provider's own bodies."""
    content = (ODDS_API / name).read_bytes()
    return json.loads(gzip.decompress(content) if name.endswith(".gz") else content)


@needs_recordings
def test_bodies_have_the_shape_of_the_examples(call: Caller) -> None:
    call.control("clock", to="2026-01-11T23:50:00Z")
    event = call.get("/sports/basketball_nba/events").json()[-1]["id"]
    for name, path, query in EXAMPLES:
        asked = {key: value.replace("DATE", "2026-01-11T23:45:00Z") for key, value in query.items()}
        ours = shape(call.get(path.replace("EVENT", event), **asked).json())
        theirs = shape(example(name))
        missing = {where for where in theirs.keys() - ours.keys() if not where.endswith(OF_PLAYERS)}
        assert not missing, name
        added = {where for where in ours.keys() - theirs.keys() if where.rpartition(".")[2] not in ADDED}
        # Head to head has no point, and scores are null until a game runs: not every example has both.
        assert {where for where in added if not where.endswith(".point")} == set(), name
        for where in theirs.keys() & ours.keys():
            assert theirs[where] <= ours[where], (name, where)
            assert ours[where] - theirs[where] <= {"NoneType"}, (name, where)


@needs_recordings
def test_our_books_are_the_providers_by_key_and_title(call: Caller) -> None:
    ours = {book["key"]: book["title"] for event in call.odds().json() for book in event["bookmakers"]}
    theirs = {
        book["key"]: book["title"]
        for event in example("odds_nfl_20251123T172412Z.json.gz")
        for book in event["bookmakers"]
    }
    assert ours == theirs


@pytest.mark.parametrize(
    "path", sorted(Path(markets.simulator.__file__).parent.glob("*.py")), ids=lambda path: path.name
)
def test_a_module_imports_nothing_but_words(path: Path) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module is not None
            imported.add(node.module)
            if node.module == "markets":
                imported |= {f"markets.{alias.name}" for alias in node.names}
    others = {
        name
        for name in imported
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("markets.simulator")
    }
    assert others <= ALLOWED
