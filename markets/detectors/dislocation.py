"""DISLOCATION: one book's fair price stands apart from the consensus of all families but its own. Pure.

The judged outcome is the one that is cheap there, and the entry is that book's quote of it. A book is told once, and
again only after it has come back to the others: a quote that stands apart for hours is one dislocation. Nor is it told
where its quote is a slip, or where it is another book's slip that moved the consensus.
"""

from markets.consensus import Consensus, Pair
from markets.look import Look
from markets.quotes import CANONICAL, SECOND, SIDES, Side
from markets.signals import Direction, Kind, Resolution, Signal, Timing, component, strength_of
from markets.state import BookState, EventState
from markets.telling import is_slip, offer

# A book that is a quarter of a consensus is a third further from it once it is left out; of three eighths, 1.6 times.
# Whoever is not as far as that from the whole need not be asked about the rest.
_LEFT_OUT_MOST = 1.6


def dislocations(look: Look, event: EventState) -> list[Signal]:
    """The signals of one market; takes note in `event.apart` of books that came back."""
    settings = look.rules.settings.dislocation
    least = settings.size_least[look.market]
    sides = SIDES[look.market]
    found = []
    for state in look.books:
        pair = state.now
        if pair is None:
            continue
        told = [side for side in sides if (look.market, side, state.book) in event.apart] if event.apart else []
        if not told and not _may_be_apart(look, state, pair, least / _LEFT_OUT_MOST):
            continue
        others = look.without(pair.family)
        side, gap = (None if others is None else _distance(look, state, pair, others)) or (None, 0.0)
        for each in told:
            if each is not side or gap < settings.rearm_share * least:
                event.apart.discard((look.market, each, state.book))
        if others is None or side is None or side in told or gap < least:
            continue
        if _most_agree(look, state, pair, others, side, settings.rearm_share * least):
            signal = _judge(look, state, pair, others, side, gap)
            if signal is not None:
                found.append(signal)
    return found


def _may_be_apart(look: Look, state: BookState, pair: Pair, least: float) -> bool:
    """Whether it is so far from the consensus that it is part of: the quick question, asked of every book."""
    if len(pair.fair) != 2:
        return True
    here = state.placed(pair, look.consensus.line, look.measure)
    return here is not None and abs(here - look.consensus.fair[0]) >= least


def _distance(look: Look, state: BookState, pair: Pair, others: Consensus) -> tuple[Side, float] | None:
    """The outcome that is cheap at a book, and by how much at the consensus line; None where that cannot be told."""
    if len(pair.fair) != len(others.fair):
        return None
    sides = SIDES[look.market]
    if len(pair.fair) == 2:
        here = state.placed(pair, others.line, look.measure)
        if here is None:
            return None
        gap = others.fair[0] - here
        return (sides[0], gap) if gap > 0 else (sides[1], -gap)
    gaps = [there - here for here, there in zip(pair.fair, others.fair, strict=True)]
    place = max(range(len(gaps)), key=gaps.__getitem__)
    return sides[place], gaps[place]


def _most_agree(look: Look, state: BookState, pair: Pair, others: Consensus, side: Side, least: float) -> bool:
    """Whether most other books, each by itself, stand off the same way.

    One wrong price pulls the mean of a few away from all of them, and each would seem to stand apart from it.
    """
    here = _chance(look, state, pair, others.line, side)
    off = books = 0
    for other in look.books:
        if other.now is None or other.family == pair.family:
            continue
        there = _chance(look, other, other.now, others.line, side)
        if here is not None and there is not None:
            books += 1
            off += there - here >= least
    return 2 * off > books


def _chance(look: Look, state: BookState, pair: Pair, line: float | None, side: Side) -> float | None:
    """A book's fair probability of an outcome at a line."""
    place = SIDES[look.market].index(side)
    if len(pair.fair) != 2:
        return pair.fair[place]
    if place == 2:
        return None
    first = state.placed(pair, line, look.measure)
    return first if first is None or place == 0 else 1.0 - first


def _judge(look: Look, state: BookState, pair: Pair, others: Consensus, side: Side, gap: float) -> Signal | None:
    """The signal, if its quote is recent, good enough, and not too good to be meant."""
    settings = look.rules.settings
    rules = settings.dislocation
    entry = offer(look, state, side, others)
    age = (look.at - state.since[side]) / SECOND
    if age > rules.age_most_s:
        return None
    if entry is not None and (is_slip(look, entry) or (entry.value is not None and entry.value < rules.value_least)):
        return None
    least = rules.size_least[look.market]
    spread = others.dispersion if others.dispersion is not None else least
    parts = (
        component("size", gap / (3 * least), 45.0),
        component("agreement", 1.0 - spread / least, 25.0),
        component("breadth", (others.effective - 3.0) / 5.0, 15.0),
        component("freshness", 1.0 - age / rules.age_most_s, 15.0),
    )
    confirmed = look.at - pair.changed <= settings.entry_age_most_s * SECOND
    return Signal(
        event=look.event,
        market=look.market,
        side=side,
        kind=Kind.DISLOCATION,
        at=look.at,
        book=state.book,
        direction=Direction.UP if side is CANONICAL[look.market] else Direction.DOWN,
        towards=side,
        commences=look.commences,
        from_line=pair.point,
        to_line=others.line,
        from_fair=pair.fair,
        to_fair=others.fair,
        moved=gap,
        keys=(),
        movers=(),
        opposed=0,
        leader=None,
        late=(),
        window_s=0.0,
        since=look.at,
        resolution=Resolution.WINDOW,
        timing=Timing.TIMED if confirmed else Timing.COARSE,
        strength=strength_of(parts),
        components=parts,
        consensus=others,
        entry=entry,
    )
