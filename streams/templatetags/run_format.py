"""How figures of a run are written on a page."""

from datetime import timedelta

from django import template

register = template.Library()


@register.filter
def milliseconds(value: int | None) -> str:
    """A duration: 58 ms, 1.2 s, 3 min 20 s; a dash for none."""
    if not value:
        return "–"
    return f"{value} ms" if value < 1000 else roughly(timedelta(milliseconds=value))


@register.filter
def roughly(value: timedelta) -> str:
    """A duration to what matters of it."""
    seconds = value.total_seconds()
    if seconds < 10:
        return f"{max(seconds, 0.1):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min" if minutes else f"{hours:,} h"


@register.filter
def two_digits(value: float | None) -> str:
    """A rate: two digits tell enough of what differs from second to second."""
    if not value:
        return "–"
    digits = max(0, len(str(int(value))) - 2)
    return f"{round(value, -digits):,.0f}"
