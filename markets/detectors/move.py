"""MOVE: the consensus of the families that stood at both ends of the window moved. Pure.

Size is the fair probability of the canonical side at today's line, so a price that moves at an unchanged line counts.
Families that came or went move nothing: only those that stood at both ends are asked. So many of them must have moved
themselves, the same way.
"""

from markets.detectors.key_cross import crossed
from markets.look import Found, Look, breadth
from markets.signals import Kind, component

# A mover counts from this share of the size that the consensus needs: what is less is a book's own noise.
MOVER_SHARE = 0.4


def move(look: Look) -> Found | None:
    """What it found; None where the move is too small or too few books', or is told as KEY_CROSS."""
    settings = look.rules.settings.move
    steps = look.steps(settings.window_s)
    if steps is None:
        return None
    least = settings.size_least[look.market]
    # A mean cannot move further than whoever moved furthest.
    if not any(abs(step.size) >= least for step in steps.steps):
        return None
    ends = look.both(steps)
    if ends is None:
        return None
    size = look.between(*ends)
    up, down = steps.beyond(MOVER_SHARE * least)
    movers, opposed = (up, down) if size > 0 else (down, up)
    if abs(size) < least or len(movers) < settings.movers_least or crossed(look) is not None:
        return None
    parts = [component("size", abs(size) / (3 * least), 50.0), breadth(len(movers), steps, 35.0)]
    window_s = settings.window_s[look.market]
    return Found(Kind.MOVE, window_s, steps, movers, len(opposed), MOVER_SHARE * least, ends, parts)
