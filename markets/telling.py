"""A signal made of what a detector found: who moved in which order, who is late, and what could be had. Pure."""

from collections.abc import Sequence

from markets.consensus import Consensus
from markets.look import Found, Look, Step, Steps
from markets.quotes import CANONICAL, MIRROR, SECOND, Market, Micros, Side
from markets.signals import (
    Component,
    Direction,
    Entry,
    Late,
    Mover,
    Resolution,
    Signal,
    Timing,
    component,
    strength_of,
)
from markets.state import BookState

SPEED_MOST = 15.0


def tell(look: Look, found: Found) -> Signal:
    """The signal of families that moved one way."""
    then, now = found.ends
    direction, sign = (Direction.UP, 1.0) if found.movers[0].size > 0 else (Direction.DOWN, -1.0)
    towards = _towards(look.market, direction, then.fair, now.fair)
    order = _order(look, found)
    resolution = _resolution(found)
    timing = _timing(look, found)
    components = (*found.components, *_speed(order, resolution, timing, found.window_s))
    before = look.measure.at(then.fair[0], then.line, now.line)
    return Signal(
        event=look.event,
        market=look.market,
        side=CANONICAL[look.market],
        kind=found.kind,
        at=look.at,
        book=None,
        direction=direction,
        towards=towards,
        commences=look.commences,
        from_line=then.line,
        to_line=now.line,
        from_fair=then.fair,
        to_fair=now.fair,
        moved=None if before is None else sign * (now.fair[0] - before),
        keys=found.keys,
        movers=order,
        opposed=found.opposed,
        leader=_leader(order),
        late=_late(look, order, found.steps, towards),
        window_s=found.window_s,
        since=found.steps.span.since,
        resolution=resolution,
        timing=timing,
        strength=strength_of(components),
        components=components,
        consensus=look.consensus,
        entry=_entry(look, towards),
    )


def offer(look: Look, state: BookState, side: Side, against: Consensus) -> Entry | None:
    """What a book offers on a side; None where it prices no market, or its quote was not confirmed lately.

    A quote that stands was in the last poll, and the provider had confirmed it within `STALE_AFTER`. One that was old
    already when it came is not taken for current until it changes.
    """
    quote = state.quotes.get(side)
    if quote is None or state.now is None:
        return None
    since = state.since[side]
    if quote.updated is not None and since - quote.updated > look.rules.settings.entry_age_most_s * SECOND:
        return None
    value = look.measure.value(against.fair, against.line, side, quote.point, quote.price)
    age = (look.at - since) / SECOND
    return Entry(state.book, side, quote.point, quote.price, quote.american, age, value)


def is_slip(look: Look, found: Entry) -> bool:
    """Whether a quote promises so much that it must be a mistake: a sign too many, a digit too few."""
    return found.value is not None and found.value > look.rules.settings.value_most


def _offers(look: Look, side: Side) -> list[Entry]:
    """What the books offer on a side, by their names, without slips."""
    offers = (offer(look, state, side, look.consensus) for state in look.books)
    return [each for each in offers if each is not None and not is_slip(look, each)]


def _entry(look: Look, side: Side) -> Entry | None:
    """The offer on a side that is worth most at the consensus; of equal ones the first book's.

    Where no model can tell what other lines are worth, only quotes at the consensus line compare.
    """
    offers = _offers(look, side)
    valued = [each for each in offers if each.value is not None]
    if valued:
        return max(valued, key=lambda each: each.value or 0.0)
    line = look.consensus.line
    if line is not None and look.market is Market.SPREADS and side is not CANONICAL[look.market]:
        line = -line
    return max((each for each in offers if each.point == line), key=lambda each: each.price, default=None)


def _late(look: Look, movers: Sequence[Mover], steps: Steps, towards: Side) -> tuple[Late, ...]:
    """Books of families that have not moved that way, with what they offer on it; the best offer first."""
    moved = {mover.family for mover in movers}
    late = [
        Late(each.book, family, each.point, each.price, each.american, each.age_s, each.value)
        for each in _offers(look, towards)
        if (family := look.state.books[each.book].family) not in moved and each.book not in steps.left_out
    ]
    late.sort(key=lambda each: (each.value is None, -(each.value or 0.0), each.book))
    return tuple(late[: look.rules.settings.late_most])


def _towards(market: Market, direction: Direction, then: Sequence[float], now: Sequence[float]) -> Side:
    """The outcome moved towards; with a draw, of the other two the one whose probability rose more."""
    side = CANONICAL[market]
    if direction is Direction.UP:
        return side
    if len(now) == len(then) == 3 and now[2] - then[2] > now[1] - then[1]:
        return Side.DRAW
    return MIRROR[side]


def _order(look: Look, found: Found) -> tuple[Mover, ...]:
    """The movers in the order in which it is known that they moved; by name where that is the same moment."""
    moved = sorted((_moved_at(look, found, step), step.now.family, step) for step in found.movers)
    return tuple(
        Mover(
            family=family,
            book=step.now.book,
            from_point=step.then.point,
            to_point=step.now.point,
            from_fair=step.then.fair[0],
            to_fair=step.now.fair[0],
            size=step.size,
            moved_at=at,
            lag_s=(at - moved[0][0]) / SECOND,
        )
        for at, family, step in moved
    )


def _moved_at(look: Look, found: Found, step: Step) -> Micros:
    """When a family's first quote on its way was known.

    That is the provider's time for it, kept between the poll that showed it and the one before. It is when the provider
    had last confirmed the quote, so the move itself may be earlier, but not earlier than that poll.
    """
    line, then = look.consensus.line, step.then
    sign = 1.0 if step.size > 0 else -1.0
    for at, pair in step.state.after(found.steps.span.since):
        rise = look.measure.rise(then.fair[0], then.point, pair.fair[0], pair.point, line)
        if rise is not None and sign * rise >= found.step_least:
            before = look.polls.before(at)
            return max(min(pair.changed or at, at), before if before is not None else at)
    return look.at


def _leader(movers: Sequence[Mover]) -> str | None:
    """The family that moved first; None where the first two are known from the same moment."""
    if len(movers) > 1 and movers[0].moved_at == movers[1].moved_at:
        return None
    return movers[0].family


def _timing(look: Look, found: Found) -> Timing:
    """`timed` where the provider's times of all movers lie within the window."""
    first = look.at - int(found.window_s * SECOND)
    known = all(first <= step.now.changed <= look.at for step in found.movers)
    return Timing.TIMED if known else Timing.COARSE


def _resolution(found: Found) -> Resolution:
    """`gap` where two polls of the window lie further apart than it is long."""
    return Resolution.GAP if found.steps.span.widest > found.window_s * SECOND else Resolution.WINDOW


def _speed(order: Sequence[Mover], resolution: Resolution, timing: Timing, window_s: float) -> tuple[Component, ...]:
    """How quickly the last followed the first; not scored where polls or provider cannot tell."""
    if resolution is Resolution.GAP or timing is Timing.COARSE or len(order) < 2:
        return ()
    return (component("speed", 1.0 - order[-1].lag_s / window_s, SPEED_MOST),)
