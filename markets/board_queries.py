"""What the live board reads: events near their start, and the quotes that stand."""

from dataclasses import dataclass
from datetime import datetime

from markets import queries
from markets.board_text import Standing
from markets.models import Event
from markets.odds import read_american
from markets.quotes import Micros, Quote, Side, to_micros


@dataclass(frozen=True, slots=True)
class Board:
    """An event, and when it was last polled."""

    event_id: int
    provider_id: str
    sport: str
    name: str
    start: datetime
    polled_at: datetime  # the last poll that listed it

    @property
    def commences(self) -> Micros:
        """Its start."""
        return to_micros(self.start)


def boards(*, simulated: bool, sport: str | None, event: str | None, since: datetime, until: datetime) -> list[Board]:
    """Events that start between two moments, the first to start first; with `event` that one, whenever it starts."""
    found = Event.objects.filter(is_simulated=simulated)
    if sport is not None:
        found = found.filter(sport=sport)
    if event is not None:
        found = found.filter(provider_id=event)
    else:
        found = found.filter(commences_at__gte=since, commences_at__lte=until)
    return [
        Board(
            each.pk,
            each.provider_id,
            each.sport,
            str(each),
            each.commences_at,
            each.last_seen_at,
        )
        for each in found.order_by("commences_at", "provider_id")
    ]


def standing(board: Board, market: str) -> list[Standing]:
    """What stands of a market, by book and side.

    A quote that stands was in the last poll that listed its event, so it is as old as that poll; one that the provider
    itself had not confirmed for `quotes.STALE_AFTER` by then is marked.
    """
    found = []
    for each in queries.standing(board.event_id):
        if each.market == market:
            price = float(each.price) if each.american is None else float(read_american(each.american))
            point = None if each.point is None else float(each.point)
            updated = None if each.updated_at is None else to_micros(each.updated_at)
            quote = Quote(point, price, each.american, updated, each.stale)
            found.append(Standing(each.book, Side(each.side), quote, to_micros(board.polled_at)))
    return found
