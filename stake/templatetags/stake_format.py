"""How bets at the venue are written on a page."""

from collections.abc import Mapping
from typing import Any

from django import template

from stake.pages import title_of
from streams.exactjson import dumps

register = template.Library()

# What a state means to whoever waits for it.
STATES: dict[str, tuple[str, str]] = {
    "dry_run": ("Dry run", ""),
    "in_flight": ("Sent, waiting for the answer", "warn"),
    "unknown": ("Outcome unknown, being looked up", "warn"),
    "not_placed": ("Not placed", "bad"),
    "placed": ("Placed, its nonce is being looked up", "warn"),
    "recorded": ("Recorded", "good"),
    "done": ("Done", "good"),
    "not_done": ("Not done", "bad"),
}


@register.filter
def game_title(slug: str) -> str:
    """A game's title."""
    return title_of(slug)


@register.filter
def state_words(state: str) -> str:
    """What a state says."""
    return STATES[str(state)][0]


@register.filter
def state_badge(state: str) -> str:
    """The class of a state's badge."""
    tone = STATES[str(state)][1]
    return f"badge badge-{tone}" if tone else "badge"


@register.filter
def options_text(options: Mapping[str, Any]) -> str:
    """Options as words: target 2, condition above."""
    return ", ".join(f"{name} {_value(value)}" for name, value in options.items())


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, list):
        return " ".join(_value(item) for item in value)
    return dumps(value)
