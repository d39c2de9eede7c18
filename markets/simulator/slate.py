"""Which games there are: teams, days, starts and how they move. Everything follows from the seed."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from markets.quotes import HOUR, MINUTE, SECOND, Micros
from markets.simulator.dice import Dice
from markets.simulator.sports import NICKNAMES, PLACES, Sport

DAY: Final = 24 * HOUR
LISTED_BEFORE: Final = 30 * HOUR  # how long before the start a game is listed
FINISHING: Final = 4 * MINUTE  # how long after the end it still is


@dataclass(frozen=True)
class Fixture:
    """A game as it will be. `moves` are what the provider says of the start, and since when."""

    id: str
    sport: Sport
    home: str
    away: str
    margin: float  # what the market expects when the game is listed
    total: float
    listed: Micros
    scheduled: Micros
    starts: Micros
    ends: Micros
    moves: tuple[tuple[Micros, Micros], ...]

    def commences(self, at: Micros) -> Micros:
        """The start as it is told at a moment."""
        return [start for since, start in self.moves if since <= at or since == self.listed][-1]

    def is_listed(self, at: Micros) -> bool:
        """Whether `/odds` and `/events` have it."""
        return self.listed <= at < self.ends + FINISHING


class Slate:
    """The games of a sport, by day. `games` overrides how many there are a day."""

    def __init__(self, seed: int, sport: Sport, games: int | None = None) -> None:
        self._seed, self.sport = seed, sport
        self._games = min(games or sport.games_a_day, len(PLACES) // 2)
        dice = Dice(seed, sport.key, "teams")
        pairs = zip(dice.shuffled(PLACES), dice.shuffled(NICKNAMES), strict=True)
        self.teams = tuple(f"Simulated {place} {nickname}" for place, nickname in pairs)
        self._strength = {team: dice.normal(sport.strength_sd) for team in self.teams}
        self.day = lru_cache(maxsize=64)(self._day)

    def listed(self, at: Micros) -> list[Fixture]:
        """The games that are upcoming or live, by start and id."""
        return [game for game in self.around(at) if game.is_listed(at)]

    def around(self, at: Micros, days: int = 0) -> list[Fixture]:
        """All games of the days around a moment, `days` more of the past, by start and id."""
        today = at // DAY
        found = [game for day in range(today - 2 - days, today + 3) for game in self.day(day)]
        return sorted(found, key=lambda game: (game.scheduled, game.id))

    def _day(self, day: int) -> tuple[Fixture, ...]:
        dice = Dice(self._seed, self.sport.key, "day", day)
        teams = dice.shuffled(self.teams)
        return tuple(
            self._fixture(day, number, teams[2 * number], teams[2 * number + 1]) for number in range(self._games)
        )

    def _fixture(self, day: int, number: int, home: str, away: str) -> Fixture:
        sport = self.sport
        identity = hashlib.sha256(f"{self._seed}:{sport.key}:{day}:{number}".encode()).hexdigest()[:32]
        dice = Dice(self._seed, identity, "fixture")
        first, last = sport.starts
        scheduled = day * DAY + round(dice.between(first, last) / 10) * 10 * MINUTE
        listed = scheduled - LISTED_BEFORE - dice.whole(90) * MINUTE
        moves, told = [(listed, scheduled)], scheduled
        if dice.chance(0.25):  # Television, weather, a late bus.
            told += (1 + dice.whole(6)) * 10 * MINUTE * (-1 if dice.chance(0.3) else 1)
            moves.append((scheduled - int(dice.between(2, 20) * HOUR), told))
        starts = told + dice.whole(11 * 60) * SECOND
        moves.append((starts, starts))
        margin = sport.home_edge + self._strength[home] - self._strength[away]
        most = 1.2 * (sport.margin_result_sd or 0.8)  # Beyond that nobody hangs a price on the underdog.
        return Fixture(
            *(identity, sport, home, away, min(max(margin, -most), most)),
            total=max(sport.total + dice.normal(sport.total_sd), sport.total / 2),
            listed=listed,
            scheduled=scheduled,
            starts=starts,
            ends=starts + int(sport.minutes * dice.between(0.95, 1.12) * 60) * SECOND,
            moves=tuple(moves),
        )
