"""`manage.py print_actionable_live_board`: recent strong signals, and where they could still be followed."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from markets import board_queries, report_queries
from markets.board_queries import Board
from markets.board_text import Status, offer_lines, offers, status_of
from markets.configured import book_weights, signal_settings
from markets.management import options
from markets.quotes import SECOND, Market, Micros, Side, to_micros
from markets.signals import Kind
from markets.sports import for_sport
from markets.weights import BadWeights

AHEAD = timedelta(hours=12)
BACK = timedelta(hours=6)
BOOKS = 5


class Command(BaseCommand):
    """Find events and signals, and print their boards."""

    help = (
        "Recent signals of events from 6 hours ago to 12 hours ahead, each with what books offer now on its side, the "
        "best for the bettor first. Quotes that nobody has confirmed lately are marked stale and come last."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Which signals, how many, and how old a quote may be."""
        parser.add_argument("--sport", type=options.sport, help="the provider's key; default: all")
        parser.add_argument("--simulated", action="store_true", help="what a simulated provider quoted")
        parser.add_argument("--minutes", type=options.whole, default=60, help="signals so old at most")
        parser.add_argument("--limit-events", type=options.whole, default=10)
        parser.add_argument("--limit-signals", type=options.whole, default=5, help="of an event")
        parser.add_argument("--min-confidence", type=options.whole, default=60, help="strength from 1 to 100, at least")
        parser.add_argument("--event-id", type=options.event, help="this event only, whenever it starts")
        parser.add_argument("--signal-types", type=_kinds, default=tuple(Kind), help="MOVE,KEY_CROSS,…")
        parser.add_argument("--books", type=options.whole, default=BOOKS, help="of a board")
        parser.add_argument(
            "--max-age-minutes", type=options.whole, default=10, help="of a quote that is no longer polled"
        )

    def handle(self, **given: Any) -> None:
        """Print; an empty board says so."""
        try:
            self._print(datetime.now(UTC), given)
        except BadWeights as error:
            raise CommandError(str(error)) from error

    def _print(self, at: datetime, given: dict[str, Any]) -> None:
        boards = board_queries.boards(
            simulated=given["simulated"],
            sport=given["sport"],
            event=given["event_id"],
            since=at - BACK,
            until=at + AHEAD,
        )
        signals = report_queries.recent_signals(
            [board.event_id for board in boards],
            [kind.value for kind in given["signal_types"]],
            since=at - timedelta(minutes=given["minutes"]),
            least=given["min_confidence"],
        )
        shown = 0
        for board in boards:
            own = [signal for signal in signals if signal.event_id == board.event_id][: given["limit_signals"]]
            if not own or shown == given["limit_events"]:
                continue
            shown += 1
            status = status_of(board.commences, to_micros(at))
            self.stdout.write(f"{board.start:%Y-%m-%d %H:%M}  {status:4}  {board.name}  {board.provider_id}")
            for signal in own:
                minutes = (at - signal.at) / timedelta(minutes=1)
                self.stdout.write(
                    f"  {signal.kind} {signal.market} towards {signal.body['towards']}, strength {signal.strength}, "
                    f"{minutes:.0f} min ago, {signal.body['timing']}"
                )
                for line in _board(board, signal, status, to_micros(at), given):
                    self.stdout.write(f"    {line}")
        if not shown:
            self.stdout.write("No such signals.")


def _board(board: Board, signal: Any, status: Status, at: Micros, given: dict[str, Any]) -> Iterator[str]:
    found = offers(
        board_queries.standing(board, signal.market),
        Market(signal.market),
        Side(signal.body["towards"]),
        for_sport(board.sport),
        at=at,
        age_most=given["max_age_minutes"] * 60 * SECOND,
        settings=signal_settings(board.sport),
        weights=book_weights(board.sport, before=at),
    )
    return offer_lines(found, Market(signal.market), status, given["books"])


def _kinds(text: str) -> tuple[Kind, ...]:
    """Names of kinds. Raises `ArgumentTypeError`."""
    try:
        return tuple(Kind(name.strip().upper()) for name in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"use names out of {','.join(Kind)}.") from None
