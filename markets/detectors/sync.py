"""MULTIBOOK_SYNC: several families moved the same way in a few minutes, and few the other. Pure."""

from markets.look import Found, Look, breadth, median_size
from markets.signals import Kind, component


def sync(look: Look) -> Found | None:
    """What it found; None where too few moved, they did not agree, or polls were missing in between."""
    settings = look.rules.settings.sync
    steps = look.steps(settings.window_s)
    if steps is None or look.torn(steps):
        return None
    least = settings.step_least[look.market]
    up, down = steps.beyond(least)
    movers, opposed = (up, down) if len(up) >= len(down) else (down, up)
    if len(movers) < settings.movers_least or len(movers) < settings.agreement * (len(movers) + len(opposed)):
        return None
    ends = look.both(steps)
    if ends is None:
        return None
    parts = [
        component("size", median_size(movers) / (3 * least), 35.0),
        breadth(len(movers), steps, 50.0),
    ]
    window_s = settings.window_s[look.market]
    return Found(Kind.MULTIBOOK_SYNC, window_s, steps, movers, len(opposed), least, ends, parts)
