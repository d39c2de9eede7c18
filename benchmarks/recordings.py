"""The recorded odds that the figures of markets are measured on, where they lie beside the checkout."""

from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"
ODDS_API = SHARED / "odds_api"
ODDS_DATA = SHARED / "odds_data"


class Absent(Exception):
    """A figure cannot be measured here: the recordings it is measured on are not there."""


def present() -> None:
    """Raises `Absent` where there are none."""
    if not (ODDS_API.is_dir() and ODDS_DATA.is_dir()):
        raise Absent("the recorded odds are not beside the checkout")
