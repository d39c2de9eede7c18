"""The sports that can be simulated: the provider's names of them, and what a game of each is like.

The spreads of results around the market are those measured on real games where there are any (NBA margins 12.17 and
totals 17.71 points, NFL 13.30 and 13.21); the rest are round numbers of the right size. Nothing here is a model of a
sport that anything but the simulator uses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Sport:
    """What the generator knows of a sport. Points are the sport's own: points, runs, goals."""

    key: str
    group: str
    title: str
    description: str
    minutes: int  # from the start to the end, breaks included
    starts: tuple[int, int]  # first and last start, minutes after midnight UTC; the last may be past 24 hours
    games_a_day: int
    home_edge: float
    strength_sd: float  # of a team, around an average one
    total: float
    total_sd: float  # of a game's expected total, around the sport's
    walk_margin: float  # sd of how far the market's mean walks until the start
    walk_total: float
    margin_result_sd: float = 0.0  # of results around the closing mean; 0: goals are counted, see `dispersion`
    total_result_sd: float = 0.0
    dispersion: float | None = None  # of counted goals: variance = mean · (1 + dispersion)
    run_line: float | None = None  # a handicap that never moves, only its price does
    band: float = 0.03  # how far from one half a book lets a line's probability go before it moves the line
    draws: bool = False
    decider: int = 1  # what wins a game that would be drawn


_SPORTS: Final = (
    Sport(
        key="basketball_nba",
        group="Basketball",
        title="NBA",
        description="US Basketball",
        minutes=140,
        starts=(23 * 60, 27 * 60 + 30),
        games_a_day=7,
        home_edge=2.3,
        strength_sd=4.3,
        total=226.0,
        total_sd=5.0,
        walk_margin=1.3,
        walk_total=2.2,
        margin_result_sd=12.17,
        total_result_sd=17.71,
    ),
    Sport(
        key="basketball_ncaab",
        group="Basketball",
        title="NCAAB",
        description="US College Basketball",
        minutes=125,
        starts=(17 * 60, 26 * 60),
        games_a_day=12,
        home_edge=3.2,
        strength_sd=5.0,
        total=144.0,
        total_sd=6.0,
        walk_margin=1.3,
        walk_total=1.9,
        margin_result_sd=11.0,
        total_result_sd=16.0,
    ),
    Sport(
        key="basketball_wnba",
        group="Basketball",
        title="WNBA",
        description="US Basketball",
        minutes=125,
        starts=(23 * 60, 26 * 60),
        games_a_day=4,
        home_edge=2.2,
        strength_sd=4.4,
        total=166.0,
        total_sd=4.5,
        walk_margin=1.2,
        walk_total=1.9,
        margin_result_sd=11.5,
        total_result_sd=15.5,
    ),
    Sport(
        key="americanfootball_nfl",
        group="American Football",
        title="NFL",
        description="US Football",
        minutes=190,
        starts=(18 * 60, 25 * 60 + 20),
        games_a_day=8,
        home_edge=1.8,
        strength_sd=3.9,
        total=45.0,
        total_sd=3.5,
        walk_margin=1.1,
        walk_total=1.3,
        margin_result_sd=13.30,
        total_result_sd=13.21,
        decider=3,
    ),
    Sport(
        key="americanfootball_ncaaf",
        group="American Football",
        title="NCAAF",
        description="US College Football",
        minutes=205,
        starts=(16 * 60, 26 * 60),
        games_a_day=12,
        home_edge=2.4,
        strength_sd=6.5,
        total=54.0,
        total_sd=5.0,
        walk_margin=1.4,
        walk_total=1.6,
        margin_result_sd=15.5,
        total_result_sd=16.5,
        decider=3,
    ),
    Sport(
        key="baseball_mlb",
        group="Baseball",
        title="MLB",
        description="Major League Baseball",
        minutes=165,
        starts=(17 * 60, 26 * 60 + 10),
        games_a_day=10,
        home_edge=0.25,
        strength_sd=0.45,
        total=8.7,
        total_sd=0.8,
        walk_margin=0.25,
        walk_total=0.3,
        dispersion=1.1,
        run_line=1.5,
        band=0.075,
    ),
    Sport(
        key="icehockey_nhl",
        group="Ice Hockey",
        title="NHL",
        description="US Ice Hockey",
        minutes=150,
        starts=(23 * 60, 27 * 60),
        games_a_day=7,
        home_edge=0.2,
        strength_sd=0.35,
        total=6.1,
        total_sd=0.3,
        walk_margin=0.14,
        walk_total=0.16,
        dispersion=0.0,
        run_line=1.5,
        band=0.09,
    ),
    Sport(
        key="soccer_epl",
        group="Soccer",
        title="EPL",
        description="English Premier League",
        minutes=115,
        starts=(11 * 60 + 30, 19 * 60),
        games_a_day=5,
        home_edge=0.35,
        strength_sd=0.55,
        total=2.85,
        total_sd=0.2,
        walk_margin=0.12,
        walk_total=0.1,
        dispersion=0.0,
        band=0.13,
        draws=True,
    ),
)
SPORTS: Final[Mapping[str, Sport]] = {sport.key: sport for sport in _SPORTS}

PLACES: Final = (
    *("Amber Bay", "Birch Hollow", "Cedar Point", "Copper Ridge", "Drift Island", "Eastmoor", "Fable Creek"),
    *("Granite Falls", "Harbor", "Iron Coast", "Juniper Flats", "Kestrel Cove", "Lantern Hill", "Maple Junction"),
    *("North Quay", "Orchard Valley", "Pinewater", "Quarry Town", "Rivermouth", "Saltmarsh", "Tidewater"),
    *("Umber Heights", "Violet Plains", "Windmill", "Yarrow Field", "Zephyr Lake"),
)
NICKNAMES: Final = (
    *("Gulls", "Lanterns", "Badgers", "Comets", "Ferries", "Herons", "Millers", "Otters", "Pilots", "Ravines"),
    *("Sextants", "Tailwinds", "Voyagers", "Wardens", "Anvils", "Beacons", "Cobblers", "Drakes", "Embers", "Foxgloves"),
    *("Granites", "Harriers", "Icebreakers", "Jackdaws", "Kites", "Lighters"),
)
