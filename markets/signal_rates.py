"""How often each kind of signal comes, over all games that could have had one. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

from markets.signals import Kind, Timing, rounded


@dataclass(frozen=True, slots=True)
class Rate:
    """One kind's, `timing` None for all of them. A game without one counts as 0."""

    kind: Kind
    timing: Timing | None
    per_game: tuple[int, ...]  # in ascending order

    @property
    def signals(self) -> int:
        """How many there are."""
        return sum(self.per_game)

    @property
    def games_with_one(self) -> int:
        """How many games had at least one."""
        return sum(1 for count in self.per_game if count)

    @property
    def share(self) -> float | None:
        """The part of the games that had at least one; None without games."""
        return self.games_with_one / len(self.per_game) if self.per_game else None

    @property
    def median_with_one(self) -> float | None:
        """Of the games that had at least one; None where none had."""
        counts = [count for count in self.per_game if count]
        return median(counts) if counts else None

    def to_dict(self) -> dict[str, Any]:
        """In types of JSON, rounded to 1e-9."""
        return {
            "kind": self.kind.value,
            "timing": self.timing.value if self.timing else None,
            "signals": self.signals,
            "games": len(self.per_game),
            "games_with_one": self.games_with_one,
            "share_of_games": rounded(self.share),
            "mean_per_game": rounded(mean(self.per_game)) if self.per_game else None,
            "median_per_game": median(self.per_game) if self.per_game else None,
            "median_in_games_with_one": self.median_with_one,
            "most_in_a_game": max(self.per_game, default=0),
        }


def rates(signals: Iterable[tuple[str, Kind, Timing]], games: Collection[str]) -> Iterator[Rate]:
    """The rates of every kind, of all its signals and of timed and coarse ones apart. Signals are of these games."""
    counts: dict[tuple[Kind, Timing | None], Counter[str]] = {}
    for game, kind, timing in signals:
        for key in ((kind, None), (kind, timing)):
            counts.setdefault(key, Counter())[game] += 1
    for kind in Kind:
        for each in (None, *Timing):
            of = counts.get((kind, each), Counter())
            yield Rate(kind, each, tuple(sorted(of[game] for game in games)))
