"""What the close says of a signal. Pure.

The one number is the value at the close: the expected profit of a wager of 1 at the price taken, by the fair close for
the line taken. It needs the entry that the signal named at its time, a close with a fair price, and where the two are
at different lines a model of the sport's margins or totals; where one is missing the signal is not graded, and the
reason is counted.

A signal is read from its export, whose figures are rounded: one from the database and one from a back-test have the
same grade, to the last digit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from markets import clv
from markets.closing import Closing, line_model
from markets.consensus import Consensus
from markets.margins import LineModel
from markets.quotes import CANONICAL, SIDES, Market, Micros, Side
from markets.signals import Kind, Resolution, Timing, rounded
from markets.sports import SportModel

CONFIRMED_FROM: Final = 0.005  # further than half a percentage point


class Ungraded(StrEnum):
    """Why a signal has no grade."""

    NO_ENTRY = "no entry"
    NOT_POLLED = "not polled before the start"
    NO_CLOSE = "no close: too few families"
    AFTER_CLOSE = "raised after the close"
    OUTCOME = "the close does not have the outcome"
    NO_MODEL = "no model for the line taken"


class Claim(NamedTuple):
    """What of a signal is graded."""

    event: str
    market: Market
    kind: Kind
    at: Micros
    towards: Side
    timing: Timing
    resolution: Resolution
    line: float | None  # of the consensus at its time
    fair: tuple[float, ...]
    book: str | None  # of the entry; None where there was none
    point: float | None
    price: float | None
    value: float | None  # of the entry at that consensus

    @classmethod
    def of(cls, body: Mapping[str, Any], at: Micros) -> "Claim":
        """The claim of an exported signal (`Signal.to_dict`), raised at `at`."""
        entry = body["entry"] or {}
        return cls(
            event=body["event"],
            market=Market(body["market"]),
            kind=Kind(body["kind"]),
            at=at,
            towards=Side(body["towards"]),
            timing=Timing(body["timing"]),
            resolution=Resolution(body["resolution"]),
            line=body["consensus"]["line"],
            fair=tuple(body["consensus"]["fair"]),
            book=entry.get("book"),
            point=entry.get("point"),
            price=entry.get("price"),
            value=entry.get("value"),
        )


@dataclass(frozen=True, slots=True)
class Graded:
    """What the close says; with `ungraded` it says why it says nothing of the entry.

    `moved_on` and `confirmed` are of the signal and need no entry; they are None where lines cannot be compared.
    Probabilities and values are rounded to 1e-9.
    """

    ungraded: Ungraded | None = None
    win: float | None = None
    push: float | None = None
    clv: float | None = None  # expected profit of a wager of 1, at the fair close
    points: float | None = None  # by how many points the line taken was better than the close's
    probability: float | None = None  # fair at the close of a win where none pushes, less that of the price taken
    against_consensus: float | None = None
    moved_on: float | None = None
    confirmed: bool | None = None


_REASONS: Final = {clv.Ungraded.NO_MODEL: Ungraded.NO_MODEL, clv.Ungraded.NO_PRICE: Ungraded.OUTCOME}


def grade(claim: Claim, close: Closing | None, model: SportModel) -> Graded:
    """The grade of a signal whose event has started; `close` is its market's, None where no poll saw it before."""
    if close is None:
        return Graded(Ungraded.NOT_POLLED)
    if claim.at > close.at:
        return Graded(Ungraded.AFTER_CLOSE)
    if close.held is None:
        return Graded(Ungraded.NO_CLOSE)
    lines = line_model(model, claim.market)
    moved_on = _moved_on(claim, close.held, lines)
    confirmed = None if moved_on is None else moved_on > CONFIRMED_FROM
    if claim.price is None:
        return Graded(Ungraded.NO_ENTRY, moved_on=moved_on, confirmed=confirmed)
    found = clv.value_at_close(
        claim.price, claim.point, claim.market, claim.towards, close.held.line, close.held.fair, lines
    )
    if isinstance(found, clv.Ungraded):
        return Graded(_REASONS[found], moved_on=moved_on, confirmed=confirmed)
    return Graded(
        win=rounded(found.win),
        push=rounded(found.push),
        clv=rounded(found.ev),
        points=rounded(found.points),
        probability=rounded(found.probability),
        against_consensus=claim.value,
        moved_on=moved_on,
        confirmed=confirmed,
    )


def _moved_on(claim: Claim, held: Consensus, lines: LineModel | None) -> float | None:
    """How much likelier the outcome became from the signal's consensus to the close, at the close's line."""
    then, now = claim.fair, held.fair
    if len(then) != len(now):
        return None
    if claim.market is Market.H2H:
        place = SIDES[claim.market].index(claim.towards)
        return rounded(now[place] - then[place]) if place < len(now) else None
    if claim.line is None or held.line is None or (claim.line != held.line and lines is None):
        return None
    before = then[0] if lines is None or claim.line == held.line else lines.shift(then[0], claim.line, held.line)
    rose = now[0] - before
    return rounded(rose if claim.towards is CANONICAL[claim.market] else -rose)
