"""What a scan found, in a form that adds up: two ranges of nonces scanned apart give what one scan of both gives."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

# Games with more different results than this are counted between edges.
DISTINCT_MAX: Final = 20_000

HIGHEST_NONCES: Final = 5

# Ten edges a decade, the preferred numbers of ISO 3 (Renard's R10), from 0.1 to 100,000,000, and zero below them.
_R10: Final = tuple(Decimal(hundredths).scaleb(-2) for hundredths in (100, 125, 160, 200, 250, 315, 400, 500, 630, 800))
EDGES: Final[tuple[Decimal, ...]] = (
    Decimal(0),
    *(number.scaleb(exponent) for exponent in range(-1, 8) for number in _R10),
    Decimal(10) ** 8,
)
assert all(lower < upper for lower, upper in pairwise(EDGES))

Hit = tuple[int, Decimal]  # nonce and result


@dataclass
class Result:
    """What the scanned nonces gave. `left + right` is the result of both; their nonces must not overlap."""

    nonces: int
    counts: tuple[int, ...]  # per target, always exact
    hits: tuple[list[Hit], ...]  # per target the first `hits_max`, ordered by nonce
    hits_max: int
    # How often each result came up; where `edges` are given, how many results were from a lower edge to the next.
    distribution: Mapping[Decimal, int]
    edges: tuple[Decimal, ...] = ()
    highest: Decimal | None = None
    highest_nonces: tuple[int, ...] = ()  # the first of those that reached it
    seconds: float = 0.0
    setup_seconds: float = 0.0  # imports, compiling, starting processes
    back_end: str = ""

    @classmethod
    def empty(cls, targets: int, *, hits_max: int = 0) -> "Result":
        """The result of no nonce, to add to."""
        return cls(0, (0,) * targets, tuple([] for _ in range(targets)), hits_max, {})

    @property
    def hits_truncated(self) -> tuple[bool, ...]:
        """Per target, whether there were more hits than are listed."""
        return tuple(count > len(found) for count, found in zip(self.counts, self.hits, strict=True))

    def __add__(self, other: "Result") -> "Result":
        if len(self.counts) != len(other.counts) or self.hits_max != other.hits_max:
            raise ValueError("Only results of the same targets and the same most hits add up.")
        distribution, edges = _add_distributions(self, other)
        highest, highest_nonces = _higher(self, other)
        names = dict.fromkeys(name for name in (*self.back_end.split("+"), *other.back_end.split("+")) if name)
        return Result(
            self.nonces + other.nonces,
            tuple(mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)),
            tuple(sorted(mine + theirs)[: self.hits_max] for mine, theirs in zip(self.hits, other.hits, strict=True)),
            self.hits_max,
            distribution,
            edges,
            highest,
            highest_nonces,
            self.seconds + other.seconds,
            self.setup_seconds + other.setup_seconds,
            "+".join(names),
        )

    merge = __add__


def between_edges(distribution: Mapping[Decimal, int]) -> dict[Decimal, int]:
    """The counts of results as counts between edges, named by the lower edge."""
    found: dict[Decimal, int] = {}
    for value, count in distribution.items():
        edge = EDGES[max(0, bisect_right(EDGES, value) - 1)]
        found[edge] = found.get(edge, 0) + count
    return dict(sorted(found.items()))


def _add_distributions(left: Result, right: Result) -> tuple[Mapping[Decimal, int], tuple[Decimal, ...]]:
    edges = left.edges or right.edges
    total: dict[Decimal, int] = {}
    for part in (left, right):
        counts = between_edges(part.distribution) if edges and not part.edges else part.distribution
        for value, count in counts.items():
            total[value] = total.get(value, 0) + count
    if not edges and len(total) > DISTINCT_MAX:
        return between_edges(total), EDGES
    return dict(sorted(total.items())), edges


def _higher(left: Result, right: Result) -> tuple[Decimal | None, tuple[int, ...]]:
    if left.highest is None or right.highest is None:
        reached = right if left.highest is None else left
        return reached.highest, reached.highest_nonces
    if left.highest == right.highest:
        return left.highest, tuple(sorted(left.highest_nonces + right.highest_nonces)[:HIGHEST_NONCES])
    reached = max(left, right, key=lambda part: part.highest or Decimal(0))
    return reached.highest, reached.highest_nonces
