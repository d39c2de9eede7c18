"""What the detectors reckon with: windows, thresholds, cool-downs and caps, by sport. Pure.

Sizes are fair probability of a market's canonical side (home, over) at one line, so that a move of the price counts as
one of the line does. Where a sport has no model to carry a probability from line to line, a point counts as
`Settings.point_worth`, for size alone: nothing shown is computed from it.

The usual defaults of such detectors cannot work on polls that are minutes apart; where ours differ:

- A window looks back to the quote that stood at its beginning, whenever the polls were (`gap_most_s` alone limits
  that), so one that is shorter than the time between polls sees what moved since the last of them.
- The least move is a probability instead of 0.5 points of a spread and 1 of a total: half a point of an NBA spread is
  about 2 percentage points, of an NFL spread onto the 3 more than 4, a point of an NBA total 2.3. Moneylines count too.
- MULTIBOOK_SYNC: each mover by 1.25 points of probability instead of by anything, three quarters of all that moved one
  way, 15 minutes of rest instead of 5. STEAM: the median mover by 1.5 instead of 0.5 or 1 points of line.
- DISLOCATION: 3 points of probability at the consensus line in every market, instead of 1 point of a spread, 2 of a
  total or 3 of a moneyline's raw probability; only a quote worth more than it costs; once until its book comes back.
- Caps are 12 of a kind for an event and day, instead of 4 or 6 a run. Cool-downs are at least as long as the window.

On recordings with the default settings (`tests/markets/test_signals_recorded.py` holds the rates), WNBA of 2026 (65
games, polls 15 minutes apart), NFL of 2025 (269, 23 minutes) and a week of MLB (143, 15 minutes). "Confirmed": the fair
close moved further that way by more than half a percentage point; "against": the other way. Nearly all moves lie in one
gap between two polls; timed and coarse are apart. Where lines cannot be compared at the close there is neither.

                 signals   games with one   median, most   confirmed/against: timed          coarse
WNBA  MOVE           215        92 %            3,  9      36 / 38 % of  98           50 / 12 % of   8
      KEY_CROSS      168        68 %            2,  9      42 / 37 % of 163           60 / 40 % of   5
      SYNC           570        95 %            9, 18      40 / 32 % of 373           40 / 30 % of  47
      STEAM          400        92 %            6, 18      39 / 30 % of 193           41 / 31 % of 108
      DISLOCATION    323        95 %            4, 17      26 / 55 % of 250           37 / 46 % of  67
NFL   MOVE           582        75 %            1, 15      52 / 29 % of 576           83 / 17 % of   6
      KEY_CROSS      245        49 %            0,  9      51 / 27 % of 241           75 / 25 % of   4
      SYNC          1240        74 %            4, 26      53 / 26 % of 1195          67 / 24 % of  45
      STEAM          883        71 %            3, 18      53 / 26 % of 751           52 / 32 % of 132
      DISLOCATION   1260        64 %            1, 49      46 / 38 % of 1140          54 / 36 % of 120
MLB   MOVE            85        38 %            0,  4      40 / 21 % of  73            0 /  0 % of   2
      SYNC           230        64 %            1,  7      46 / 18 % of 210            0 / 100 % of  1
      STEAM          144        52 %            1,  7      45 / 14 % of 112           50 / 31 % of  16
      DISLOCATION    122        36 %            0, 13      27 / 46 % of  82           47 / 35 % of  34

A run line has no key numbers. A dislocation is no claim that the others are right: in WNBA and MLB it is more often
they that come to the book, and yet its quote was worth having (at the close +1.0 %, +4.7 % and +2.1 % of the wager).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from typing import Any, Final, Self

from markets.consensus import MIN_FAMILIES
from markets.devig import DEFAULT, Method
from markets.quotes import Market


class BadSetting(ValueError):
    """A setting does not exist, or cannot have this value; the message is a sentence that names it."""


@dataclass(frozen=True, slots=True)
class ByMarket:
    """One number for each market."""

    h2h: float
    spreads: float
    totals: float

    def __post_init__(self) -> None:
        for name in ("h2h", "spreads", "totals"):
            # 600 and 600.0 are the same setting, and must have the same text.
            object.__setattr__(self, name, float(getattr(self, name)))

    def __getitem__(self, market: Market) -> float:
        return self.totals if market is Market.TOTALS else self.spreads if market is Market.SPREADS else self.h2h

    @property
    def most(self) -> float:
        """The largest of them."""
        return max(self.h2h, self.spreads, self.totals)

    @property
    def least(self) -> float:
        """The smallest of them."""
        return min(self.h2h, self.spreads, self.totals)


@dataclass(frozen=True, slots=True)
class Common:
    """What every detector has: when it rests, and how much it may say."""

    enabled: bool = True
    cooldown_s: int = 900  # until the same market may have the same kind and direction again
    per_day_most: int = 12  # of this kind, for one event in any 24 hours


@dataclass(frozen=True, slots=True)
class Move(Common):
    """MOVE: the consensus of the families that stand at both ends of the window moved."""

    window_s: ByMarket = field(default_factory=lambda: ByMarket(600, 600, 900))
    size_least: ByMarket = field(default_factory=lambda: ByMarket(0.015, 0.015, 0.015))
    movers_least: int = 2  # families that moved themselves, the same way


@dataclass(frozen=True, slots=True)
class KeyCross(Common):
    """KEY_CROSS: the reference line reached, left or passed a key number, and so did families' own lines."""

    window_s: ByMarket = field(default_factory=lambda: ByMarket(600, 600, 600))
    movers_least: int = 3  # families whose own line did
    numbers: tuple[float, ...] = ()  # used where the sport's model names none; they have no value


@dataclass(frozen=True, slots=True)
class Sync(Common):
    """MULTIBOOK_SYNC: several families moved the same way."""

    window_s: ByMarket = field(default_factory=lambda: ByMarket(300, 300, 300))
    step_least: ByMarket = field(default_factory=lambda: ByMarket(0.0125, 0.0125, 0.0125))  # of each family
    movers_least: int = 3
    agreement: float = 0.75  # the movers' share of all that moved either way


@dataclass(frozen=True, slots=True)
class Steam(Common):
    """STEAM: a larger move that runs through many families; it names who moved first and who has not yet."""

    window_s: ByMarket = field(default_factory=lambda: ByMarket(180, 180, 180))
    size_least: ByMarket = field(default_factory=lambda: ByMarket(0.015, 0.015, 0.015))  # the median mover's
    step_share: float = 0.4  # of `size_least`: what a family moves at least to count
    movers_least: int = 4
    agreement: float = 0.8


@dataclass(frozen=True, slots=True)
class Dislocation(Common):
    """DISLOCATION: one book's fair price stands apart from the consensus of all other families."""

    size_least: ByMarket = field(default_factory=lambda: ByMarket(0.03, 0.03, 0.03))
    rearm_share: float = 0.5  # of `size_least`: a book must come this close before it can be told again
    value_least: float = 0.0  # the judged quote's expected profit at that consensus; -1 asks for none
    age_most_s: int = 6 * 3600  # since the judged quote last changed


@dataclass(frozen=True, slots=True)
class Settings:
    """All that decides which signals the same polls give. Times in seconds, sizes in probability."""

    method: Method = DEFAULT
    families_least: int = MIN_FAMILIES  # that a consensus is of; the judged book's own is one of them
    horizon_s: int = 7 * 86_400  # no signal earlier before the start than this
    gap_most_s: int = 3600  # between two polls: across a longer one nothing is told as together or fast
    entry_age_most_s: int = 600  # since the provider confirmed the price that a signal could have been taken at
    value_most: float = 0.25  # expected profit of a quote; one that promises more is a slip that no book pays
    late_most: int = 30  # books listed as not having moved yet
    point_worth: ByMarket = field(default_factory=lambda: ByMarket(0.0, 0.0, 0.0))  # 0: lines are not compared
    move: Move = field(default_factory=Move)
    key_cross: KeyCross = field(default_factory=KeyCross)
    sync: Sync = field(default_factory=Sync)
    steam: Steam = field(default_factory=Steam)
    dislocation: Dislocation = field(default_factory=Dislocation)

    def __post_init__(self) -> None:
        _check(self)

    @classmethod
    def for_sport(cls, sport: str) -> "Settings":
        """The defaults of a sport, by the provider's key; an unknown sport has the general ones."""
        return cls().changed(SPORTS.get(sport, {}))

    def changed(self, values: Mapping[str, Any]) -> Self:
        """These settings with some others: {"steam.movers_least": 5, "move.window_s.spreads": 300}.

        Raises `BadSetting` for a name that there is not, and for a value that cannot be.
        """
        new = self
        for name, value in values.items():
            new = _with(new, name.split("."), value, name)
        return new

    def canonical(self) -> str:
        """The same text for the same settings, always: JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @property
    def lookback_s(self) -> float:
        """The longest window."""
        return max(detector.window_s.most for detector in (self.move, self.key_cross, self.sync, self.steam))


# For want of a model: a point of a spread or two of a total count as 3 percentage points, as in the usual thresholds of
# dislocation. Key numbers say nothing of their value here; a model from results brings its own.
_POINTS: Final = {"point_worth.spreads": 0.03, "point_worth.totals": 0.015}
BASKETBALL: Final = _POINTS | {"key_cross.numbers": (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0)}
FOOTBALL: Final = _POINTS | {"key_cross.numbers": (3.0, 6.0, 7.0, 10.0, 14.0)}

SPORTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "basketball_nba": BASKETBALL,
    "basketball_wnba": BASKETBALL,
    "basketball_ncaab": BASKETBALL,
    "americanfootball_nfl": FOOTBALL,
    "americanfootball_ncaaf": FOOTBALL,
}


def _with(part: Any, path: list[str], value: Any, name: str) -> Any:
    """A copy of a dataclass with one value in its depth replaced."""
    if not is_dataclass(part) or path[0] not in {each.name for each in fields(part)}:
        raise BadSetting(f"There is no setting {name}.")
    old = getattr(part, path[0])
    if len(path) > 1:
        return replace(part, **{path[0]: _with(old, path[1:], value, name)})  # type: ignore[type-var]
    return replace(part, **{path[0]: _as(old, value, name)})  # type: ignore[type-var]


def _as(old: object, value: Any, name: str) -> Any:
    """A new value in the old one's type, so that equal settings have equal text."""
    if isinstance(old, ByMarket):
        if isinstance(value, ByMarket):
            return value
        return ByMarket(*(_number(value, name),) * 3)
    if is_dataclass(old):
        raise BadSetting(f"{name} must be followed by the name of one of its settings.")
    if isinstance(old, tuple):
        if not isinstance(value, list | tuple):
            raise BadSetting(f"{name} must be a list of numbers.")
        return tuple(sorted(float(_number(each, name)) for each in value))
    if isinstance(old, Method):
        try:
            return Method(value)
        except ValueError:
            raise BadSetting(f"{name} must be one of {', '.join(Method)}.") from None
    if isinstance(old, bool):
        if not isinstance(value, bool):
            raise BadSetting(f"{name} must be true or false.")
        return value
    number = _number(value, name)
    if isinstance(old, int):
        if number != int(number):
            raise BadSetting(f"{name} must be a whole number.")
        return int(number)
    return float(number)


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        raise BadSetting(f"{name} must be a number.")
    return value


def _check(settings: Settings) -> None:
    """Raises `BadSetting` where settings contradict themselves."""
    for name in ("move", "key_cross", "sync", "steam", "dislocation"):
        part = getattr(settings, name)
        if part.per_day_most < 0 or part.cooldown_s < 0:
            raise BadSetting(f"{name} needs a cap and a cool-down that are not below 0.")
        window = getattr(part, "window_s", None)
        if window is not None and window.least <= 0:
            raise BadSetting(f"{name}.window_s must be above 0.")
        if window is not None and window.most > part.cooldown_s:
            raise BadSetting(f"{name}.cooldown_s must be at least as long as its window, or a move is told twice.")
        for least in ("size_least", "step_least"):
            size = getattr(part, least, None)
            if size is not None and size.least <= 0:
                raise BadSetting(f"{name}.{least} must be above 0.")
    if settings.families_least < 2:
        raise BadSetting("families_least must be at least 2.")
    if settings.value_most <= 0:
        raise BadSetting("value_most must be above 0.")
    if settings.gap_most_s <= 0 or settings.horizon_s < 0 or settings.late_most < 0:
        raise BadSetting("gap_most_s must be above 0, horizon_s and late_most not below.")
