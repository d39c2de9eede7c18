"""Whether signals were worth anything: by kind and market, what the close said of them, and how sure that is. Pure.

A card counts everything: the signals, those not graded and why, those whose game has not started. Its mean is of the
value at the close, with an interval over games (`markets.statistics`). Whether it differs from nothing is asked of
every card of a table at once, so the p-values are corrected together (Benjamini and Hochberg). Below `SIGNALS_LEAST`
graded signals or `GAMES_LEAST` games a card says that they are too few to say, and takes no part in the correction.

Where a sport has no model of a market, only signals whose line is still the close's can be graded, and those are the
ones that went nowhere. A card with more than `LEFT_OUT_MOST` of them missing says so, and takes no part either.

A close of age grade F is hours older than the start, and says nothing of it: what hangs on one counts as not graded.

A tier is given to what beat the close significantly, and to nothing else: A at 1 % after the correction, B at 5 %.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

from fairness.chance import benjamini_hochberg
from fairness.chance.words import plural
from markets.grading import Graded, Ungraded
from markets.quotes import Market
from markets.signals import Kind, Timing, rounded
from markets.statistics import Mean, Share, mean_of, share_of

SIGNALS_LEAST: Final = 30
GAMES_LEAST: Final = 20
LEFT_OUT_MOST: Final = 0.1  # of those with an entry and a close
TOO_OLD: Final = "F"
OLD_CLOSE: Final = "close older than 120 minutes"
LEVEL: Final = 0.05
LEVEL_A: Final = 0.01


class Verdict(StrEnum):
    """What a card comes to."""

    TOO_FEW = "too few to say"
    SELECTED = "graded only where the line did not move"
    BEATS = "beats the close"
    LOSES = "loses to the close"
    NOTHING_SHOWN = "no difference shown"


class Row(NamedTuple):
    """A signal and its grade; None where its game has not started."""

    game: str
    kind: Kind
    market: Market
    timing: Timing
    graded: Graded | None
    age: str | None = None  # grade of the close, A to F


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One kind of signal in one market, `timing` None for all of them. Values and shares are of the graded ones."""

    kind: Kind
    market: Market
    timing: Timing | None
    signals: int
    games: int
    pending: int  # whose game has not started
    ungraded: Mapping[str, int]  # by reason
    clv: Mean | None  # expected profit of a wager of 1 at the fair close
    against_consensus: Mean | None  # the same entries, at the consensus of their time
    positive: Share | None  # with a value above 0 at the close
    ties: int  # with a value of exactly 0: neither won nor lost to the close
    moved_on: Mean | None  # the close's fair probability less that at the signal, its way; with or without an entry
    confirmed: Share | None  # that moved on by more than half a percentage point
    adjusted: float | None = None  # the p-value of `clv`, corrected; None where they are too few
    verdict: Verdict = Verdict.TOO_FEW

    @property
    def graded(self) -> int:
        """How many have a value."""
        return self.clv.count if self.clv is not None else 0

    @property
    def enough(self) -> bool:
        """Whether there are enough of them to say anything."""
        return self.clv is not None and self.clv.count >= SIGNALS_LEAST and self.clv.games >= GAMES_LEAST

    @property
    def selected(self) -> bool:
        """Whether those that could be graded do not stand for the others."""
        left_out = self.ungraded.get(Ungraded.NO_MODEL.value, 0)
        return left_out > LEFT_OUT_MOST * (left_out + self.graded)

    @property
    def tier(self) -> str | None:
        """A or B for what beat the close; None for everything else."""
        if self.verdict is not Verdict.BEATS or self.adjusted is None:
            return None
        return "A" if self.adjusted < LEVEL_A else "B"

    @property
    def sentence(self) -> str:
        """The card for people."""
        name = f"{self.kind} {self.market}" + (f", {self.timing}" if self.timing else "")
        if self.clv is None:
            return f"{name}: {plural(self.signals, 'signal')} of {plural(self.games, 'game')}, none graded."
        counted = f"{name}: {plural(self.clv.count, 'graded signal')} of {plural(self.clv.games, 'game')}"
        if self.verdict is Verdict.SELECTED:
            return f"{counted}, {self.verdict}: they do not stand for the others."
        if not self.enough or self.clv.low is None or self.clv.high is None or self.adjusted is None:
            return f"{counted}, {Verdict.TOO_FEW}."
        return (
            f"{counted}, mean value at the close {self.clv.mean:+.2%} ({self.clv.low:+.2%} to {self.clv.high:+.2%}), "
            f"p {self.adjusted:.3f} corrected: {self.verdict}."
        )

    def to_dict(self) -> dict[str, Any]:
        """In types of JSON, rounded to 1e-9."""
        return {
            "kind": self.kind.value,
            "market": self.market.value,
            "timing": self.timing.value if self.timing else None,
            "signals": self.signals,
            "games": self.games,
            "pending": self.pending,
            "ungraded": dict(self.ungraded),
            "graded": self.graded,
            "clv": figures(self.clv),
            "against_consensus": figures(self.against_consensus),
            "positive": figures(self.positive),
            "ties": self.ties,
            "moved_on": figures(self.moved_on),
            "confirmed": figures(self.confirmed),
            "p_value_adjusted": rounded(self.adjusted),
            "verdict": self.verdict.value,
            "tier": self.tier,
        }


def scorecards(rows: Iterable[Row], *, by_timing: bool = False) -> list[Scorecard]:
    """A card for each kind and market that has signals, in their order; timed and coarse ones apart if asked."""
    groups: dict[tuple[Kind, Market, Timing | None], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.kind, row.market, row.timing if by_timing else None), []).append(row)
    ordered = sorted(groups, key=lambda key: (_KINDS[key[0]], key[1], key[2] or ""))
    return _judged([_card(*key, groups[key]) for key in ordered])


_KINDS: Final = {kind: place for place, kind in enumerate(Kind)}


def figures(of: Mean | Share | None) -> dict[str, Any] | None:
    """A mean's or a share's fields in types of JSON, rounded to 1e-9."""
    if of is None:
        return None
    return {name: rounded(value) if isinstance(value, float) else value for name, value in asdict(of).items()}


def _card(kind: Kind, market: Market, timing: Timing | None, rows: Sequence[Row]) -> Scorecard:
    pending = sum(1 for row in rows if row.graded is None)
    old = sum(1 for row in rows if row.graded is not None and row.age == TOO_OLD)
    done = [(row.game, row.graded) for row in rows if row.graded is not None and row.age != TOO_OLD]
    values = [(game, graded.clv) for game, graded in done if graded.clv is not None]
    then = [(game, graded.against_consensus) for game, graded in done if graded.against_consensus is not None]
    moved = [(game, graded.moved_on) for game, graded in done if graded.moved_on is not None]
    confirmed = [(game, graded.confirmed) for game, graded in done if graded.confirmed is not None]
    reasons = Counter(graded.ungraded.value for _, graded in done if graded.ungraded is not None)
    if old:
        reasons[OLD_CLOSE] = old
    return Scorecard(
        kind=kind,
        market=market,
        timing=timing,
        signals=len(rows),
        games=len({row.game for row in rows}),
        pending=pending,
        ungraded=dict(sorted(reasons.items())),
        clv=mean_of(values) if values else None,
        against_consensus=mean_of(then) if then else None,
        positive=share_of([(game, value > 0) for game, value in values]) if values else None,
        ties=sum(1 for _, value in values if value == 0),
        moved_on=mean_of(moved) if moved else None,
        confirmed=share_of(confirmed) if confirmed else None,
    )


def _judged(cards: list[Scorecard]) -> list[Scorecard]:
    """The cards with their verdicts, the p-values of all that have enough signals corrected together."""
    cards = [replace(card, verdict=Verdict.SELECTED) if card.enough and card.selected else card for card in cards]
    asked = [place for place, card in enumerate(cards) if card.enough and not card.selected]
    if not asked:
        return cards
    # Whoever has enough games has a p-value.
    p_values = [card.clv.p_value for card in (cards[place] for place in asked) if card.clv is not None]
    adjusted = benjamini_hochberg([p_value for p_value in p_values if p_value is not None]).adjusted
    for place, value in zip(asked, adjusted, strict=True):
        cards[place] = replace(cards[place], adjusted=value, verdict=_verdict(cards[place].clv, value))
    return cards


def _verdict(clv: Mean | None, adjusted: float) -> Verdict:
    if clv is None or adjusted >= LEVEL:
        return Verdict.NOTHING_SHOWN
    return Verdict.BEATS if clv.mean > 0 else Verdict.LOSES
