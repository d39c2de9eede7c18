"""What this site has decided about signals: detector settings and book weights, by sport."""

from django.conf import settings

from markets import overrides
from markets.detector_settings import Settings
from markets.quotes import Micros
from markets.weights import EQUAL, BadWeights, Weights, read_weights


def signal_settings(sport: str) -> Settings:
    """The sport's settings, with those of `MARKETS_SIGNALS`."""
    return overrides.settings_of(settings.MARKETS_SIGNALS, sport)


def book_weights(sport: str, *, before: Micros) -> Weights:
    """The weights of `<sport>.json` in `MARKETS_WEIGHTS`, in what begins at `before`; equal ones where there is none.

    Raises `BadWeights`, with the file's name, for a file that cannot be used.
    """
    if settings.MARKETS_WEIGHTS is None:
        return EQUAL
    path = settings.MARKETS_WEIGHTS / f"{sport}.json"
    try:
        text = path.read_text()
    except FileNotFoundError:
        return EQUAL
    except (OSError, UnicodeDecodeError) as error:
        raise BadWeights(f"{path.name} cannot be read: {type(error).__name__}.") from None
    try:
        return read_weights(text, sport=sport, before=before)
    except BadWeights as error:
        raise BadWeights(f"{path.name}: {error}") from None
