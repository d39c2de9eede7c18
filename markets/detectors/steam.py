"""STEAM: a larger move runs through many families at once: who was first, who follows, who has the old price. Pure.

It is a narrower sync: more families, nearly all one way, and the median of them moved as far as a MOVE asks of the
whole market. `Signal.leader` was first, `Signal.movers` is the order of adoption, `Signal.late` the actionable list.
"""

from markets.look import Found, Look, breadth, median_size
from markets.signals import Kind, component


def steam(look: Look) -> Found | None:
    """What it found; None where too few moved far enough, they did not agree, or polls were missing in between."""
    settings = look.rules.settings.steam
    steps = look.steps(settings.window_s)
    if steps is None or look.torn(steps):
        return None
    least = settings.size_least[look.market]
    step_least = settings.step_share * least
    up, down = steps.beyond(step_least)
    movers, opposed = (up, down) if len(up) >= len(down) else (down, up)
    if len(movers) < settings.movers_least or len(movers) < settings.agreement * (len(movers) + len(opposed)):
        return None
    size = median_size(movers)
    if size < least:
        return None
    ends = look.both(steps)
    if ends is None:
        return None
    parts = [component("size", size / (2.5 * least), 45.0), breadth(len(movers), steps, 40.0)]
    window_s = settings.window_s[look.market]
    return Found(Kind.STEAM, window_s, steps, movers, len(opposed), step_least, ends, parts)
