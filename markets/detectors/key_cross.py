"""KEY_CROSS: the reference line of the spread reached, left or passed a key number. Pure.

The reference line is the one most families hang. It also flickers when books come and go, so only families that stood
at both ends of the window are asked, and so many of them must have crossed the same number with their own line. What a
number is worth comes from the sport's results; without them it is told without a value.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from markets.consensus import Consensus
from markets.look import Found, Look, Rules, Step, Steps, breadth
from markets.quotes import Market
from markets.signals import Key, Kind, component
from markets.sports import Crossing, crossings

VALUE_FULL = 0.2  # a crossing worth so much has all the points: through the 3 in American football is worth more


class Crossed(NamedTuple):
    """A crossing, by whom and from where."""

    steps: Steps
    ends: tuple[Consensus, Consensus]
    keys: tuple[Key, ...]
    movers: tuple[Step, ...]
    opposed: int


def key_cross(look: Look) -> Found | None:
    """What it found; None where no key number was crossed by the market and by enough of its families."""
    found = crossed(look)
    if found is None:
        return None
    settings = look.rules.settings
    parts = [
        component("size", abs(look.between(*found.ends)) / (2 * settings.move.size_least.spreads), 30.0),
        breadth(len(found.movers), found.steps, 35.0),
    ]
    values = [key.value for key in found.keys if key.value is not None]
    if values:
        parts.append(component("key", sum(values) / VALUE_FULL, 20.0))
    window_s = settings.key_cross.window_s.spreads
    return Found(Kind.KEY_CROSS, window_s, found.steps, found.movers, found.opposed, 0.0, found.ends, parts, found.keys)


def crossed(look: Look) -> Crossed | None:
    """The key numbers that the reference line met in the window, and the families that met one of them themselves."""
    settings = look.rules.settings.key_cross
    if look.market is not Market.SPREADS or not settings.enabled:
        return None
    steps = look.steps(settings.window_s)
    if steps is None or not any(step.then.point != step.now.point for step in steps.steps):
        return None
    ends = look.both(steps)
    if ends is None or ends[0].line == ends[1].line:
        return None
    met = _met(look.rules, ends[0].line, ends[1].line)
    size = look.between(*ends)
    line_up = (ends[1].line or 0.0) < (ends[0].line or 0.0)
    # A line that goes one way while the fair price goes the other is no move, but a price put into the line.
    if not met or (size > 0) is not line_up:
        return None
    movers, opposed = [], 0
    numbers = {crossing.number for crossing in met}
    for step in steps.steps:
        own = _met(look.rules, step.then.point, step.now.point)
        same = (step.size > 0) is line_up
        if any(crossing.number in numbers for crossing in own):
            if same and step.size != 0.0:
                movers.append(step)
            else:
                opposed += 1
    if len(movers) < settings.movers_least:
        return None
    return Crossed(steps, ends, keys(look.rules, met), tuple(movers), opposed)


def keys(rules: Rules, met: Sequence[Crossing]) -> tuple[Key, ...]:
    """Crossings as they are told: with their value only where results gave it."""
    measured = bool(rules.sport.key_numbers)
    return tuple(Key(each.number, each.kind.value, each.value if measured else None) for each in met)


def _met(rules: Rules, line: float | None, to: float | None) -> tuple[Crossing, ...]:
    if line is None or to is None or line == to:
        return ()
    model = rules.sport
    if not model.key_numbers:
        model = replace(model, key_numbers=dict.fromkeys(rules.settings.key_cross.numbers, 0.0))
    return crossings(model, line, to)
