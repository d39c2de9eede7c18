"""Detector settings that a site has changed, read from the text that its environment holds. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from markets.detector_settings import BadSetting, Settings

EVERY: Final = "every"  # in place of a sport: all of them
_SPORT: Final = re.compile(r"[a-z0-9_]{1,60}")

Overrides = Mapping[str, Mapping[str, Any]]


def read(text: str) -> Overrides:
    """What a text like {"every": {"steam.movers_least": 5}, "basketball_nba": {"move.window_s": 300}} says, checked.

    Raises `BadSetting` with a sentence that names what is wrong.
    """
    if not text.strip():
        return {}
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise BadSetting("It must be JSON: an object of sports, each an object of settings.") from None
    if not isinstance(held, dict) or not all(isinstance(each, dict) for each in held.values()):
        raise BadSetting("It must be an object of sports, each an object of settings.")
    for sport in held:
        if not _SPORT.fullmatch(sport):
            raise BadSetting(f"{sport[:60]!r} is no sport's key; use {EVERY!r} for all sports.")
    for sport in {*held, EVERY}:
        settings_of(held, sport)
    return held


def settings_of(overrides: Overrides, sport: str) -> Settings:
    """A sport's defaults, with what was changed for every sport, and then for this one. Raises `BadSetting`."""
    changed = {**overrides.get(EVERY, {}), **(overrides.get(sport, {}) if sport != EVERY else {})}
    return Settings.for_sport(sport).changed(changed)
