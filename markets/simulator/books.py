"""The books: the provider's keys, titles and regions, and how each of the simulated ones behaves.

Keys and titles are the provider's own, so that families, colours and filters work as they do with real quotes. How a
book behaves here is invented: no figure of this file says anything about the company whose name it has.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Book:
    """A simulated book. Probabilities of a side are moved in log-odds, so that they stay probabilities."""

    key: str
    title: str
    family: str  # books of a family read the market with the same eyes
    hold: float  # what the probabilities of a line add up to above 1
    hold_h2h: float
    lag: float  # seconds behind the market, about
    error: float  # log-odds; how far its own opinion is from the market's
    patience: float  # by how much a probability must have changed before it changes a price
    coarse: bool  # prices in steps of 5, 10, 25 … instead of 1, 2, 5
    in_play: bool = True


BOOKS: Final = (
    Book("lowvig", "LowVig.ag", "betonline", 0.036, 0.040, 12, 0.010, 0.007, coarse=False),
    Book("betonlineag", "BetOnline.ag", "betonline", 0.046, 0.040, 12, 0.010, 0.007, coarse=False),
    Book("draftkings", "DraftKings", "draftkings", 0.047, 0.046, 35, 0.018, 0.010, coarse=True),
    Book("fanduel", "FanDuel", "fanduel", 0.047, 0.045, 45, 0.020, 0.010, coarse=True),
    Book("betmgm", "BetMGM", "betmgm", 0.048, 0.048, 75, 0.028, 0.013, coarse=True),
    Book("williamhill_us", "Caesars", "williamhill_us", 0.047, 0.045, 90, 0.028, 0.011, coarse=False),
    Book("fanatics", "Fanatics", "fanatics", 0.049, 0.049, 100, 0.030, 0.013, coarse=True),
    Book("bovada", "Bovada", "bovada", 0.048, 0.050, 170, 0.040, 0.015, coarse=True),
    Book("betrivers", "BetRivers", "betrivers", 0.054, 0.052, 240, 0.038, 0.014, coarse=False),
    Book("betus", "BetUS", "betus", 0.048, 0.047, 420, 0.042, 0.018, coarse=True, in_play=False),
    Book("mybookieag", "MyBookie.ag", "mybookieag", 0.048, 0.051, 600, 0.048, 0.020, coarse=True, in_play=False),
)

# Where the provider lists a book. A book that a recording has and this table has not is served in any region.
_KEYS_BY_REGION: Final = {
    "us": "betmgm betonlineag betrivers betus bovada draftkings fanatics fanduel lowvig mybookieag williamhill_us",
    "us2": "ballybet betanysports betparx espnbet fliff hardrockbet hardrockbet_az hardrockbet_fl rebet",
    "us_dfs": "betr_us_dfs pick6 prizepicks underdog",
    "us_ex": "betopenly kalshi novig polymarket prophetx",
    "uk": "betfair_ex_uk betfair_sb_uk betvictor betway boylesports casumo coral grosvenor ladbrokes_uk leovegas"
    " livescorebet matchbook paddypower skybet smarkets sport888 unibet_uk virginbet williamhill",
    "eu": "betanysports betclic_fr betfair_ex_eu betonlineag betsson betvictor codere_it coolbet everygame gtbets"
    " leovegas_se marathonbet matchbook mybookieag nordicbet onexbet pinnacle pmu_fr sport888 suprabets tipico_de"
    " unibet_fr unibet_it unibet_nl unibet_se williamhill winamax_de winamax_fr",
    "au": "betfair_ex_au betr_au betright boombet dabble_au ladbrokes_au neds playup pointsbetau sportsbet tab tabtouch"
    " unibet",
    "fr": "betclic_fr pmu_fr unibet_fr winamax_fr",
    "se": "betsson leovegas_se nordicbet unibet_se",
}
BOOKS_BY_REGION: Final[Mapping[str, frozenset[str]]] = {
    region: frozenset(keys.split()) for region, keys in _KEYS_BY_REGION.items()
}
KNOWN: Final = frozenset(key for keys in BOOKS_BY_REGION.values() for key in keys)
