"""What the bet table of a stream shows, made from queries: its columns, its rows, and where its links lead."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from streams import queries
from streams.forms import BetFilterForm
from streams.queries import BetRow, NewestStream, StreamSummary

ROWS_PER_PAGE = 100
ROWS_LIVE = 500
DISTANCE_MEANING = "How many nonces back the previous bet with the same result was, in the same game and difficulty"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; `ascending` and `descending` are the orders it offers, empty where it has none."""

    label: str
    numeric: bool = False
    ascending: str = ""
    descending: str = ""
    meaning: str = ""


COLUMNS = (
    Column("Nonce", numeric=True, ascending="nonce_asc", descending="nonce_desc"),
    Column("Result", ascending="result_asc", descending="result_desc"),
    Column("Distance", numeric=True, meaning=DISTANCE_MEANING),
    Column("Amount", numeric=True, ascending="amount_asc", descending="amount_desc"),
    Column("Payout", numeric=True, ascending="payout_asc", descending="payout_desc"),
    Column("Currency"),
    Column("Difficulty"),
    Column("Target", numeric=True),
    Column("Arrival", numeric=True, ascending="id_asc", descending="id_desc", meaning="In which order the bets came"),
    Column("Time"),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column as the reader's order shows it: which way it is sorted, and where a press leads."""

    column: Column
    sorted: str
    href: str


def headings(stream: StreamSummary, form: BetFilterForm) -> list[Heading]:
    """Each column; a press sorts by it, largest first, and a second press the other way."""
    page = reverse("stream", args=[stream.id])
    shown = []
    for column in COLUMNS:
        way = {column.ascending: "ascending", column.descending: "descending"}.get(form.order, "")
        turned = column.ascending if way == "descending" else column.descending
        shown.append(Heading(column, way, page + form.query(sort=turned) if turned else ""))
    return shown


@dataclass(frozen=True, slots=True)
class ShownBet:
    """A bet as a row shows it. `cursor` is its place in the order of the page: scripts sort new rows in by it."""

    bet: BetRow
    cursor: str

    @property
    def at(self) -> datetime:
        """When it was placed, as the bot says; else when it arrived."""
        return self.bet.placed_at or self.bet.received_at

    @property
    def bookmarked(self) -> bool:
        return self.bet.bookmark_id is not None

    @property
    def recomputed(self) -> bool:
        """Whether it was recomputed from a revealed seed pair instead of bet."""
        return self.bet.extra.get("recomputed") is True


def shown(bets: Iterable[BetRow], *, order: str) -> list[ShownBet]:
    """The bets with their places in this order."""
    return [ShownBet(bet, queries.cursor_of(bet, order=order)) for bet in bets]


@dataclass(frozen=True, slots=True)
class BetTable:
    """One answer's worth of the bet table, and the addresses that go on from it."""

    bets: list[ShownBet]
    tail_href: str
    has_newer: bool
    older_href: str
    older_rows_href: str


def version(stream: StreamSummary, newest: NewestStream | None, *, at: datetime) -> str:
    """What a page shows beside its rows; a poll that finds no new rows and the same version has nothing to bring."""
    # A bet that was filled changes these two and no other count.
    unnamed = sum(line.bets for line in stream.money if line.currency is None)
    counts = f"{stream.rounds}.{stream.results}.{unnamed}.{stream.conflicts}"
    return f"{counts}.{stream.activity(at)}.{newest.id.hex[:12] if newest else ''}"


def table_behind(stream: StreamSummary, form: BetFilterForm, *, after: str, limit: int, tail_version: str) -> BetTable:
    """The table behind a cursor, or from its top. Raises `BadCursor`.

    `stream` was read before its bets: polling from its last seq brings what came in between.
    """
    page = queries.list_bets(stream, wanted=form.wanted(), order=form.order, limit=limit, after=after)
    bets = queries.with_distances(stream, page.bets)
    here, older = reverse("stream", args=[stream.id]), reverse("stream_older", args=[stream.id])
    query = form.query(after=page.next_after) if page.next_after else ""
    return BetTable(
        bets=shown(bets, order=form.order),
        tail_href=_tail_href(stream, form, since=stream.last_seq, version=tail_version),
        has_newer=False,
        older_href=here + query if query else "",
        older_rows_href=older + query if query else "",
    )


def table_since(stream: StreamSummary, form: BetFilterForm, *, since: int, tail_version: str) -> BetTable:
    """The rows numbered above `since` that pass the filter, newest first."""
    page = queries.list_bets(stream, wanted=form.wanted(), order="id_asc", limit=ROWS_LIVE, after=str(since))
    bets = queries.with_distances(stream, page.bets)
    # Bets may have been committed after `stream` was read; and rows that the filter drops count as seen.
    last = bets[-1].seq if page.has_more else max([stream.last_seq, since, *(bet.seq for bet in bets)])
    return BetTable(
        bets=shown(reversed(bets), order=form.order),
        tail_href=_tail_href(stream, form, since=last, version=tail_version),
        has_newer=page.has_more,
        older_href="",
        older_rows_href="",
    )


def _tail_href(stream: StreamSummary, form: BetFilterForm, *, since: int, version: str) -> str:
    return reverse("stream_rows", args=[stream.id]) + form.query(since=since, version=version)
