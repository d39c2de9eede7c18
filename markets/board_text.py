"""The live board: recent signals, and what each could still be followed at. Pure.

A quote is actionable while its event has not started, a poll had it within the age limit, and the provider did not call
it old then: anything else is shown as stale, below the others, and never as actionable. Quotes are in the order of what
they are worth to the bettor at the consensus that stands now, not of how far they are from it: the worst price on the
board is far as well.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from markets.closing import line_model
from markets.clv import Ungraded, value_at_close
from markets.consensus import Consensus, consensus, pair
from markets.detector_settings import Settings
from markets.quotes import HOUR, MINUTE, Market, Micros, Quote, Side, line_text
from markets.sports import SportModel
from markets.weights import EQUAL, Weights

LIVE_FOR: Final[Micros] = 4 * HOUR


class Status(StrEnum):
    """Where an event is."""

    PRE = "pre"
    LIVE = "live"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Offer:
    """A book's quote on the side a signal speaks for."""

    book: str
    point: float | None  # as that side has it
    price: float
    american: int | None
    age: Micros  # since the last poll that had it
    value: float | None  # expected profit of a wager of 1 at the consensus now; None where it cannot be told
    stale: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A quote that stands, and the last poll that had it."""

    book: str
    side: Side
    quote: Quote
    polled: Micros


def status_of(commences: Micros, at: Micros) -> Status:
    """Before the start, up to four hours after it, or later."""
    if at < commences:
        return Status.PRE
    return Status.LIVE if at - commences <= LIVE_FOR else Status.POST


def offers(
    quotes: Sequence[Standing],
    market: Market,
    side: Side,
    model: SportModel,
    *,
    at: Micros,
    age_most: Micros,
    settings: Settings,
    weights: Weights = EQUAL,
) -> list[Offer]:
    """What the books of a market offer on a side, fresh ones first, each by its value: the best for the bettor on top.

    The consensus is of fresh quotes only.
    """
    fresh = [each for each in quotes if not each.quote.stale and at - each.polled <= age_most]
    held = _consensus(fresh, market, model, at, settings, weights)
    found = [
        Offer(
            each.book,
            each.quote.point,
            each.quote.price,
            each.quote.american,
            max(0, at - each.polled),
            _value(each.quote, market, side, held, model),
            each.quote.stale or at - each.polled > age_most,
        )
        for each in quotes
        if each.side is side
    ]
    return sorted(found, key=_order)


def _order(offer: Offer) -> tuple[bool, bool, float, float, str]:
    return offer.stale, offer.value is None, -(offer.value or 0.0), -offer.price, offer.book


def _consensus(
    quotes: Iterable[Standing], market: Market, model: SportModel, at: Micros, settings: Settings, weights: Weights
) -> Consensus | None:
    books: dict[str, dict[Side, Quote]] = {}
    for each in quotes:
        books.setdefault(each.book, {})[each.side] = each.quote
    pairs = [one for book in sorted(books) if (one := pair(book, market, books[book], settings.method)) is not None]
    return consensus(pairs, market, line_model(model, market), weights, at=at, minimum=settings.families_least)


def _value(quote: Quote, market: Market, side: Side, held: Consensus | None, model: SportModel) -> float | None:
    if held is None:
        return None
    found = value_at_close(quote.price, quote.point, market, side, held.line, held.fair, line_model(model, market))
    return None if isinstance(found, Ungraded) else found.ev


def offer_lines(found: Sequence[Offer], market: Market, status: Status, books: int) -> Iterator[str]:
    """At most so many offers, each with its age; nothing is called actionable once the event has started."""
    if not found:
        yield "no quote stands"
    for offer in found[:books]:
        line = line_text(market, offer.point)
        price = f"{offer.american:+d}" if offer.american is not None else f"{offer.price:.2f}"
        value = "no value known" if offer.value is None else f"{offer.value:+.2%}"
        if offer.stale:
            note = "STALE"
        elif status is not Status.PRE:
            note = "started"
        else:
            note = "actionable" if offer.value is not None and offer.value > 0 else "no edge"
        yield f"{offer.book:16} {line:>6} {price:>6}  {value:>14}  {age(offer.age):>7}  {note}"


def age(of: Micros) -> str:
    """A duration in the unit that suits it."""
    if of < MINUTE:
        return f"{of // 1_000_000} s"
    return f"{of // MINUTE} min" if of < 2 * HOUR else f"{of // HOUR} h"


def counts_lines(counts: Mapping[str, int], *, share: bool = False) -> Iterator[str]:
    """Names and numbers, with their share of the whole if asked."""
    whole = sum(counts.values())
    for name, count in counts.items():
        yield f"  {name:20} {count:>10,}" + (f"  {count / whole:6.1%}" if share and whole else "")
