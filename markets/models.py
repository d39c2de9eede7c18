"""The tables of the markets, in three parts."""

from markets.provider_models import Cycle, ProviderCall
from markets.quote_models import MARKETS, SIDES, Book, Event, Listing, Poll, QuoteChange, Source, Standing
from markets.signal_models import AgeGrade, Close, ConsensusPoint, Grade, Kind, Signal

__all__ = [
    "MARKETS",
    "SIDES",
    "AgeGrade",
    "Book",
    "Close",
    "ConsensusPoint",
    "Cycle",
    "Event",
    "Grade",
    "Kind",
    "Listing",
    "Poll",
    "ProviderCall",
    "QuoteChange",
    "Signal",
    "Source",
    "Standing",
]
