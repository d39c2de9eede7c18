"""What the page of a run shows, made from queries: its targets beside chance, its distribution, its hits."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.urls import reverse

from fairness.errors import InvalidInput
from fairness.games.registry import game as find_game
from streams.run_forms import HitFilterForm
from streams.runs import expectation, hits, targets
from streams.runs.expectation import Bar, Expected
from streams.runs.hits import HitFilter, RunHitPage
from streams.runs.queries import RunDetail, RunRow

HITS_PER_PAGE: Final = 100
# Below this many expected, a count is too far from normal for its standard deviations to mean what people expect.
MEAN_MIN: Final = 5
# A picture of a bar, in units of its own.
BAR_WIDTH: Final = 200


@dataclass(frozen=True, slots=True)
class Beside:
    """What chance gives, as text; "" where it is not known or not of use."""

    mean: str
    deviations: str
    unusual: bool


def beside(count: int, expected: Expected | None) -> Beside:
    """A count's expectation, and how many standard deviations it is off."""
    if expected is None:
        return Beside("", "", False)
    if expected.mean < MEAN_MIN or expected.deviation == 0:
        return Beside(_rounded(expected.mean), "", False)
    off = (count - expected.mean) / expected.deviation
    sign = "−" if off < 0 else "+"
    return Beside(_rounded(expected.mean), f"{sign}{abs(off):.1f}", abs(off) > 3)


def _rounded(mean: float) -> str:
    return f"{mean:,.0f}" if mean >= 1000 else f"{mean:,.1f}" if mean >= 1 else f"{mean:.2g}"


@dataclass(frozen=True, slots=True)
class TargetLine:
    label: str
    count: int
    beside: Beside
    hits_href: str


def target_lines(row: RunRow) -> list[TargetLine]:
    """Each target with its exact count beside what chance gives for as many rounds."""
    here = reverse("run", args=[row.id])
    return [
        TargetLine(
            label=targets.label(target),
            count=count,
            beside=beside(count, expectation.of_target(row.game, row.params, target, rounds=row.done)),
            hits_href=f"{here}?target={place}#hits" if count else "",
        )
        for place, (target, count) in enumerate(zip(row.targets, row.counts, strict=True))
    ]


@dataclass(frozen=True, slots=True)
class BarLine:
    """One bar: the length of what was seen, and where chance puts its end; None where that is not known."""

    label: str
    count: int
    beside: Beside
    seen: str
    expected: str | None


def bar_lines(found: RunDetail) -> list[BarLine]:
    """The observed distribution over the exact one."""
    row = found.row
    made = expectation.bars(row.game, row.params, found.distribution, between_edges=found.between_edges)
    most = max((max(bar.count, bar.expected.mean if bar.expected else 0) for bar in made), default=0) or 1
    return [
        BarLine(
            label=_bar_label(bar),
            count=bar.count,
            beside=beside(bar.count, bar.expected),
            seen=f"{bar.count / most * BAR_WIDTH:.2f}",
            expected=None if bar.expected is None else f"{bar.expected.mean / most * BAR_WIDTH:.2f}",
        )
        for bar in made
    ]


def _bar_label(bar: Bar) -> str:
    low = _number(bar.low)
    if bar.high is None:
        return f"{low} and over"
    return low if bar.high == bar.low else f"{low} to {_number(bar.high)}"


def _number(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class HitTable:
    """A page of hits, and where the next begins; `first_href` leads back where this is not the first."""

    page: RunHitPage
    next_href: str
    first_href: str


def hit_table(row: RunRow, form: HitFilterForm) -> HitTable:
    """The hits that pass the filter, behind the nonce it names."""
    wanted = HitFilter(min_result=form.cleaned_data.get("min_result"), target=form.cleaned_data.get("target"))
    after = form.cleaned_data.get("after")
    page = hits.list_hits(row, wanted=wanted, limit=HITS_PER_PAGE, after=after, distance="per_multiplier")
    here = reverse("run", args=[row.id])
    return HitTable(
        page=page,
        next_href=f"{here}{form.query(after=page.next_after)}#hits" if page.next_after is not None else "",
        first_href=f"{here}{form.query(after='')}#hits" if after is not None else "",
    )


def target_labels(row: RunRow) -> list[str]:
    """The targets as people write them, in the order of their places."""
    return [targets.label(target) for target in row.targets]


def title(row: RunRow) -> str:
    """What the run is of: Pump, expert."""
    return ", ".join([_game_words(row.game)[0], *([row.difficulty] if row.difficulty else [])])


def result_name(row: RunRow) -> str:
    """What the results of the game are: multiplier, roll, pocket."""
    return _game_words(row.game)[1]


def _game_words(slug: str) -> tuple[str, str]:
    """A game's title and what its results are; of one that is not known any more its own name."""
    try:
        game = find_game(slug)
    except InvalidInput:
        return slug, "result"
    return game.title, game.result_name


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as its list shows it."""

    row: RunRow
    title: str
    found: Sequence[tuple[str, int]]
    more: int


TARGETS_LISTED: Final = 3


def listed(row: RunRow) -> ListedRun:
    """The run with the first of its targets; the rest are counted."""
    found = list(zip(target_labels(row), row.counts, strict=True))
    return ListedRun(row, title(row), found[:TARGETS_LISTED], max(0, len(found) - TARGETS_LISTED))
