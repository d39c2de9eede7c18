"""Fits the sport models to recorded odds and results: `fit_sport_models.py ODDS_DATA ODDS_API [FOLDER]`.

ODDS_DATA and ODDS_API are the folders of recordings that `tests/markets/recordings.py` describes; FOLDER is where the
files go, `markets/sport_models` unless given. The same recordings give the same files, byte for byte.

Where there are results, the standard deviation is that of the result around the closing line, and the factors at each
margin are how often it happened over how often the Normal has it, found by iteration with every game's mean such that
its closing line is fair. How far factors go was chosen by what they are worth on games they were not fitted to; the
files say both figures. Where there are only prices, the standard deviation is the one by which the books' spreads give
their own moneylines best.
"""

import argparse
import csv
import gzip
import itertools
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import NormalDist, fmean, stdev
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from markets.margins import WholeNormal  # noqa: E402
from markets.odds import read_american  # noqa: E402

FITTED: Final = "2026-11-21"  # the day this method was last changed
ROUNDS: Final = 16  # of the iteration for factors
KEY_ERRORS: Final = 2  # a key number's factor is above 1 by at least so many standard errors …
KEY_GAMES: Final = 50  # … and so many games closed within half a point of it
PUSHES_TO: Final = 20
SPREAD_MOST: Final = 25.0  # rows beyond have spread and total swapped
TOTAL_LEAST: Final = 25.0
LONG_SHOT: Final = 0.15  # the prices of longer ones are capped, and say more about margins than about games
NO_TIES: Final = {0: 0.0}
NORMAL: Final = NormalDist()

NO_TOTALS: Final = (
    "No results to fit to, and prices do not tell it: books that quote different totals at once also expect different "
    "scores. Lines by prices and prices by lines would be {low:.1f} and {high:.1f} points here; where results "
    "are known they are {nfl_low:.1f} and {nfl_high:.1f} instead of {nfl_known:.2f} in the NFL, "
    "{nba_low:.1f} and {nba_high:.1f} instead of {nba_known:.2f} in the NBA."
)


class Game(NamedTuple):
    """A result and its closing lines; the spread is the home team's handicap."""

    day: str
    margin: int
    spread: float
    total: int
    total_line: float | None


class Both(NamedTuple):
    """One book at one moment: the home handicap, and the fair probabilities of it and of the moneyline."""

    event: str
    line: float
    spread: float
    moneyline: float


class TotalQuote(NamedTuple):
    """One book at one moment: its total, and the fair probability of over."""

    line: float
    over: float


@dataclass(frozen=True)
class Implied:
    """What prices of one sport say."""

    both: list[Both]
    totals: Mapping[str, list[TotalQuote]]  # by event


Board = dict[tuple[str, str, str], dict[str, tuple[float | None, float]]]  # (event, book, market) → side → line, odds


def main() -> int:
    """Writes one file a sport."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("odds_data", type=Path)
    parser.add_argument("odds_api", type=Path)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "markets" / "sport_models")
    asked = parser.parse_args()
    for name, made in fitted(asked.odds_data, asked.odds_api).items():
        (asked.folder / f"{name}.json").write_text(as_text(made), encoding="utf-8")
        print(f"{name}: {made['sport']}, {made['spreads']['provenance']}")
    return 0


def as_text(made: Mapping[str, Any]) -> str:
    """A model as its file has it."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def fitted(odds_data: Path, odds_api: Path) -> dict[str, dict[str, Any]]:
    """The files by name."""
    nba, nfl = list(nba_games(odds_data)), list(nfl_games(odds_data))
    known = {
        "nba": from_results("basketball_nba", nba, NBA_SOURCE, factors_to=10, ties=False),
        "nfl": from_results("americanfootball_nfl", nfl, NFL_SOURCE, factors_to=24, ties=True),
    }
    nba_prices = read(nba_poll(odds_data))
    checks = {
        "nba_spread": implied_sd(nba_prices)[1],
        "nba_spread_known": known["nba"]["spreads"]["sd"],
        "nba_known": known["nba"]["totals"]["sd"],
        "nfl_known": known["nfl"]["totals"]["sd"],
    }
    checks["nba_low"], checks["nba_high"] = total_spread(nba_prices)
    checks["nfl_low"], checks["nfl_high"] = total_spread(read(closes(odds_data, "nfl_2025")))
    boards = {
        "wnba": ("basketball_wnba", closes(odds_data, "wnba_2026"), "odds/wnba.json", "14 Jul to 8 Aug 2026"),
        "mlb": ("baseball_mlb", closes(odds_data, "mlb_2026w30"), "odds/mlb.json", "25 Jul to 1 Aug 2026"),
        "ncaaf": ("americanfootball_ncaaf", one_poll(odds_api), "odds/ncaaf.json", "one poll, 8 Aug 2026"),
    }
    implied = {
        name: from_prices(sport, read(board), path, period, checks)
        for name, (sport, board, path, period) in boards.items()
    }
    return known | implied


# Results.

NBA_SOURCE: Final = {"repository": "Char1iee/NBA_Odds_Analysis", "path": "oddsData.csv"}
NFL_SOURCE: Final = {"repository": "flancast90/sportsbookreview-scraper", "path": "data/nfl_archive_10Y.json"}


def nba_games(folder: Path) -> Iterator[Game]:
    """Home rows of the archive; all of them have both closing lines."""
    for row in table(folder, "nba_2007_2022_close_results"):
        if row["home/visitor"] == "vs":
            home, away = int(row["score"]), int(row["opponentScore"])
            yield Game(row["date"], home - away, float(row["spread"]), home + away, float(row["total"]))


def nfl_games(folder: Path) -> Iterator[Game]:
    """Games whose spread is one; a total that is none is left out."""
    for row in table(folder, "nfl_2011_2021_open_close_results"):
        home, away = int(row["home_final"]), int(row["away_final"])
        spread, total = float(row["home_close_spread"] or "nan"), float(row["close_over_under"] or "nan")
        if abs(spread) <= SPREAD_MOST:
            day = f"{row['date'][:4]}-{row['date'][4:6]}-{row['date'][6:8]}"
            yield Game(day, home - away, spread, home + away, total if total > TOTAL_LEAST else None)


def from_results(
    sport: str, games: Sequence[Game], source: Mapping[str, str], *, factors_to: int, ties: bool
) -> dict[str, Any]:
    """The model of a sport whose results are known."""
    sd = round(stdev(game.margin + game.spread for game in games), 2)
    factors = factors_of(games, sd, factors_to)
    if not ties:
        factors[0] = 0.0
    order = sorted(games, key=lambda game: game.day)
    halves = order[: len(order) // 2], order[len(order) // 2 :]
    plain = WholeNormal("", sd)
    held_out = [log_loss(halves[1 - i], with_factors(sd, factors_of(halves[i], sd, factors_to))) for i in (0, 1)]
    totals = [game.total - game.total_line for game in games if game.total_line is not None]
    period = [order[0].day, order[-1].day]
    told = f"of {source['repository']}, {period[0]} to {period[1]}"
    pushes = push_table(games)
    return {
        "sport": sport,
        "fitted": FITTED,
        "sources": [{**source, "games": len(games), "period": period}],
        "spreads": {
            "name": "Normal in whole points, with measured factors",
            "sd": sd,
            "factors": {str(number): factor for number, factor in sorted(factors.items())},
            "market_implied": False,
            "provenance": f"{len(games):,} results around their closing spreads {told}",
            "log_loss": {
                "plain": round(log_loss(games, plain), 4),
                "with_factors": round(log_loss(games, with_factors(sd, factors)), 4),
                "with_factors_of_the_other_half": round(fmean(held_out), 4),
            },
        },
        "totals": {
            "name": "Normal in whole points",
            "sd": round(stdev(totals), 2),
            "market_implied": False,
            "provenance": f"{len(totals):,} results around their closing totals {told}",
        },
        "pushes": {str(number): list(counted) for number, counted in pushes.items()},
        "key_numbers": key_numbers(games, factors, pushes),
    }


def push_table(games: Iterable[Game]) -> dict[int, tuple[int, int]]:
    """By number: how often the favourite won by exactly that, of the games that closed within half a point of it."""
    counts = {number: [0, 0] for number in range(1, PUSHES_TO + 1)}
    for game in games:
        if game.spread:
            won_by = game.margin if game.spread < 0 else -game.margin
            for number in counts:
                if abs(abs(game.spread) - number) <= 0.5:
                    counts[number][0] += won_by == number
                    counts[number][1] += 1
    return {number: (seen, of) for number, (seen, of) in counts.items()}


def key_numbers(
    games: Sequence[Game], factors: Mapping[int, float], pushes: Mapping[int, tuple[int, int]]
) -> dict[str, float]:
    """The margins that happen more often than the Normal has them, beyond chance, with their push probability."""
    seen = Counter(abs(game.margin) for game in games)
    found = {}
    for number, (pushed, of) in pushes.items():
        if of >= KEY_GAMES and factors.get(number, 1.0) > 1 + KEY_ERRORS / math.sqrt(max(1, seen[number])):
            found[str(number)] = round(pushed / of, 4)
    return found


def factors_of(games: Sequence[Game], sd: float, most: int) -> dict[int, float]:
    """The factor of each margin from 0 to `most`."""
    seen = Counter(min(abs(game.margin), most + 1) for game in games)
    closed = Counter(abs(game.spread) for game in games)
    factors = dict.fromkeys(range(most + 1), 1.0)
    for _ in range(ROUNDS):
        model = with_factors(sd, factors)
        expected = dict.fromkeys(range(most + 2), 0.0)
        for spread, count in sorted(closed.items()):
            for number, share in shares(model, mean_of(model, -spread)).items():
                expected[min(abs(number), most + 1)] += count * share
        beyond = seen[most + 1] / expected[most + 1]  # the margins without a factor, to which all others are compared
        factors = {n: factor * seen[n] / expected[n] / beyond if factor else 0.0 for n, factor in factors.items()}
    return {number: round(factor, 3) for number, factor in factors.items()}


def log_loss(games: Sequence[Game], model: WholeNormal) -> float:
    """The mean of minus the logarithm of what the model gave to each game's margin."""
    by_spread = {spread: shares(model, mean_of(model, -spread)) for spread in {abs(game.spread) for game in games}}
    logs = []
    for game in games:
        won_by = game.margin if game.spread < 0 else -game.margin
        logs.append(-math.log(max(by_spread[abs(game.spread)].get(won_by, 0.0), 1e-12)))
    return fmean(logs)


def with_factors(sd: float, factors: Mapping[int, float]) -> WholeNormal:
    return WholeNormal("", sd, factors=factors)


def shares(model: WholeNormal, mean: float) -> dict[int, float]:
    """The probability of each margin."""
    normal = NormalDist(mean, model.sd)
    below = [normal.cdf(number - 0.5) for number in range(-120, 122)]
    weighed = {
        number: (below[i + 1] - below[i]) * model.factors.get(abs(number), 1.0)
        for i, number in enumerate(range(-120, 121))
    }
    whole = math.fsum(weighed.values())
    return {number: share / whole for number, share in weighed.items()}


def mean_of(model: WholeNormal, line: float, p: float = 0.5) -> float:
    """The mean at which a home team of that handicap wins the bet with a probability of p, where it does not push."""
    before = -line + model.sd * NORMAL.inv_cdf(p)
    mean = before + 1
    far, near = too_likely(model, before, line, p), too_likely(model, mean, line, p)
    while abs(near) > 1e-9:  # the secant; the function is nearly straight
        before, mean, far = mean, mean - near * (mean - before) / (near - far), near
        near = too_likely(model, mean, line, p)
    return mean


def too_likely(model: WholeNormal, mean: float, line: float, p: float) -> float:
    win, _, loss = model.chances(mean, line)
    return win * (1 - p) - loss * p


# Prices.


def from_prices(sport: str, implied: Implied, path: str, period: str, checks: Mapping[str, float]) -> dict[str, Any]:
    """The model of a sport of which only prices are known."""
    both, sd = implied_sd(implied)
    events = len({each.event for each in both})
    low, high = total_spread(implied)
    return {
        "sport": sport,
        "fitted": FITTED,
        "sources": [
            {"repository": "kevbowl/odds-fetcher", "path": path, "games": events, "pairs": len(both), "period": period}
        ],
        "spreads": {
            "name": "Normal in whole points, no ties",
            "sd": round(sd, 2),
            "factors": {str(number): factor for number, factor in NO_TIES.items()},
            "market_implied": True,
            "provenance": (
                f"{len(both):,} simultaneous spreads and moneylines of the same book, {events} games of "
                f"kevbowl/odds-fetcher, {path}, {period}; no results. The same way NBA prices give "
                f"{checks['nba_spread']:.2f} points, where results give {checks['nba_spread_known']:.2f}"
            ),
            "miss": round(math.sqrt(miss(both, sd) / len(both)), 4),
        },
        "totals": {"none": NO_TOTALS.format(low=low, high=high, **checks)},
        "pushes": {},
        "key_numbers": {},
    }


def implied_sd(implied: Implied) -> tuple[list[Both], float]:
    """The prices that are no long shots, and the standard deviation by which spreads give moneylines best."""
    both = [each for each in implied.both if all(LONG_SHOT < p < 1 - LONG_SHOT for p in (each.spread, each.moneyline))]
    return both, lowest(lambda sd: miss(both, sd), 1.0, 40.0)


def miss(both: Sequence[Both], sd: float) -> float:
    """How far the moneylines that spreads give are from those quoted, squared, in quantiles."""
    model = with_factors(sd, NO_TIES)
    missed = []
    for each in both:
        win, _, loss = model.chances(mean_of(model, each.line, each.spread), 0.0)
        missed.append((NORMAL.inv_cdf(win / (win + loss)) - NORMAL.inv_cdf(each.moneyline)) ** 2)
    return math.fsum(missed)


def lowest(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function with one valley is lowest, to a thousandth; by the golden section."""
    part = (math.sqrt(5) - 1) / 2
    left, right = high - part * (high - low), low + part * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > 1e-3:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - part * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + part * (high - low)
            at_right = function(right)
    return (low + high) / 2


def total_spread(implied: Implied) -> tuple[float, float]:
    """The totals' standard deviation as pairs of books imply it: lines by prices, and prices by lines.

    If books differed in nothing but where they put the line, both would be the same, and it.
    """
    moved = priced = crossed = 0.0
    for quotes in implied.totals.values():
        for one, other in itertools.combinations(quotes, 2):
            line = one.line - other.line
            price = NORMAL.inv_cdf(other.over) - NORMAL.inv_cdf(one.over)
            moved, priced, crossed = moved + line * line, priced + price * price, crossed + line * price
    return crossed / priced, moved / crossed


# Recordings.


def read(board: Board) -> Implied:
    """Both sides of each book's markets, without the margin."""
    both, totals = [], defaultdict(list)
    for (event, book, market), sides in sorted(board.items()):
        if market == "spreads":
            spread = mirrored(sides, "H", "A", -1)
            moneyline = mirrored(board.get((event, book, "h2h"), {}), "H", "A", 0)
            if spread and moneyline and spread[0] is not None:
                both.append(Both(event, spread[0], spread[1], moneyline[1]))
        elif market == "totals":
            over = mirrored(sides, "O", "U", 1)
            if over and over[0] is not None:
                totals[event].append(TotalQuote(over[0], over[1]))
    return Implied(both, totals)


def mirrored(
    sides: Mapping[str, tuple[float | None, float]], one: str, other: str, sign: int
) -> tuple[float | None, float] | None:
    """The line of the one side and its fair probability (multiplicative); None if the sides are not of one bet."""
    if one not in sides or other not in sides:
        return None
    (line, odds), (far, far_odds) = sides[one], sides[other]
    if line is not None and (far is None or line != sign * far):
        return None
    return line, far_odds / (odds + far_odds)


def closes(folder: Path, name: str) -> Board:
    """What stood before the earlier of the two starts known of each event."""
    starts = {
        row["event_id"]: min(row["commence_time"], row["first_commence_time"])
        for row in table(folder, f"{name}_events")
    }
    board: Board = defaultdict(dict)
    for row in table(folder, f"{name}_quotes"):
        if row["fetched_at"] < starts[row["event_id"]]:
            sides = board[row["event_id"], row["book"], row["market"]]
            if row["price"]:
                sides[row["outcome"]] = (float(row["point"]) if row["point"] else None, odds_of(row["price"]))
            else:
                sides.pop(row["outcome"], None)
    return board


def nba_poll(folder: Path) -> Board:
    """One poll of 67 books, in decimal odds."""
    board: Board = defaultdict(dict)
    for row in table(folder, "nba_2026-04-16_67books"):
        side = side_of(row["outcome_name"], row["home_team"])
        line = float(row["point"]) if row["point"] else None
        board[row["event_id"], row["bookmaker_key"], row["market"]][side] = (line, float(row["price"]))
    return board


def one_poll(folder: Path) -> Board:
    """One body of the provider, college football."""
    board: Board = defaultdict(dict)
    with gzip.open(folder / "odds_ncaaf_20260808T191529Z.json.gz", "rt", encoding="utf-8") as file:
        events = json.load(file)
    for event in events:
        for book in event["bookmakers"]:
            for market in book["markets"]:
                for outcome in market["outcomes"]:
                    side = side_of(outcome["name"], event["home_team"])
                    quote = (outcome.get("point"), odds_of(str(outcome["price"])))
                    board[event["id"], book["key"], market["key"]][side] = quote
    return board


def side_of(name: str, home: str) -> str:
    return {"Over": "O", "Under": "U", home: "H"}.get(name, "A")


@cache
def odds_of(american: str) -> float:
    return float(read_american(american))


def table(folder: Path, name: str) -> Iterator[dict[str, str]]:
    """The rows of a recorded table."""
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


if __name__ == "__main__":
    sys.exit(main())
