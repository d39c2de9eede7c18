"""Bets of a stream: a page by filter and order, the tail, one, how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db import connection
from psycopg.types.datetime import TimestamptzLoader

from streams import exactjson
from streams.queries.errors import BadCursor, NotFound
from streams.queries.streams import StreamRef, StreamSummary

Parameter = int | str | Decimal | datetime  # what our statements take


class BetRow(NamedTuple):
    """One bet as lists show it; `distance` is filled by `with_distances` alone."""

    seq: int
    provider: str
    provider_bet_id: str
    game: str
    nonce: int | None
    amount: Decimal
    payout: Decimal
    currency: str | None
    difficulty: str | None
    round_target: Decimal | None
    round_result: Decimal | None
    cell: int | None
    placed_at: datetime | None
    received_at: datetime
    extra: dict[str, Any]
    bookmark_id: int | None
    bookmark_note: str | None
    position: int
    distance: int | None = None
    tier_distance: int | None = None


@dataclass(frozen=True, slots=True)
class BetFilter:
    """Which bets of a stream; every field narrows. Nonces and times are inclusive at both ends."""

    min_result: Decimal | None = None
    max_result: Decimal | None = None
    nonce_from: int | None = None
    nonce_to: int | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    game: str = ""
    difficulty: str = ""
    cell: int | None = None
    bookmarked: bool = False
    seq_to: int | None = None

    @property
    def narrows(self) -> bool:
        return self != BetFilter()


class _Order(NamedTuple):
    """The columns a list is sorted by; the last is unique in a stream, so together they are a keyset."""

    columns: tuple[str, ...]
    descending: bool


BET_ORDERS = {
    "nonce_asc": _Order(("position",), False),
    "nonce_desc": _Order(("position",), True),
    "id_asc": _Order(("seq",), False),
    "id_desc": _Order(("seq",), True),
    "result_asc": _Order(("result_key", "position"), False),
    "result_desc": _Order(("result_key", "position"), True),
    "amount_asc": _Order(("amount", "position"), False),
    "amount_desc": _Order(("amount", "position"), True),
    "payout_asc": _Order(("payout", "position"), False),
    "payout_desc": _Order(("payout", "position"), True),
}


@dataclass(frozen=True, slots=True)
class BetPage:
    """Bets in order; `next_after` asks for the page behind them, None when this is the last."""

    bets: tuple[BetRow, ...]
    next_after: str | None

    @property
    def has_more(self) -> bool:
        return self.next_after is not None


_SELECT_BETS = """
SELECT b.seq, b.provider, b.provider_bet_id, b.game, b.nonce, b.amount, b.payout, b.currency, b.difficulty,
       b.round_target, b.round_result, b.cell, b.placed_at, b.received_at, b.extra, m.id, m.note, b.position
FROM streams_bet b LEFT JOIN streams_bookmark m ON m.bet_id = b.id
"""


def list_bets(
    stream: StreamSummary | StreamRef,
    *,
    wanted: BetFilter = BetFilter(),
    order: str = "nonce_asc",
    limit: int,
    after: str = "",
    offset: int = 0,
) -> BetPage:
    """A page of bets behind the cursor `after` (of an earlier page, same order), or from `offset` on.

    Raises `BadCursor`.
    """
    columns, descending = BET_ORDERS[order]
    conditions, parameters = bet_conditions(stream, wanted)
    if after:
        comparison = "<" if descending else ">"
        keyset = ", ".join(f"b.{column}" for column in columns)
        marks = ", ".join(["%s"] * len(columns))
        conditions.append(f"({keyset}) {comparison} ({marks})")
        parameters.extend(_read_cursor(after, columns))
    direction = "DESC" if descending else "ASC"
    ordering = ", ".join(f"b.{column} {direction}" for column in columns)
    # One row more than asked tells whether there are more.
    rows = _select_bets(
        f"WHERE {' AND '.join(conditions)} ORDER BY {ordering} LIMIT %s OFFSET %s", [*parameters, limit + 1, offset]
    )
    page = rows[:limit]
    return BetPage(tuple(page), _write_cursor(page[-1], columns) if len(rows) > limit else None)


def cursor_of(bet: BetRow, *, order: str) -> str:
    """Where a bet stands in an order; `list_bets` with it as `after` goes on behind the bet."""
    return _write_cursor(bet, BET_ORDERS[order].columns)


def tail(stream: StreamSummary | StreamRef, *, since: int, limit: int) -> BetPage:
    """The bets numbered above `since`, oldest first: asking with the last number misses and repeats nothing."""
    return list_bets(stream, order="id_asc", limit=limit, after=str(since))


def get_bet(stream: StreamSummary | StreamRef, *, seq: int) -> BetRow:
    """One bet by its public number; raises `NotFound`."""
    rows = _select_bets("WHERE b.stream_id = %s AND b.seq = %s", [stream.key, seq])
    if not rows:
        raise NotFound("There is no such bet in this stream.")
    return rows[0]


def count_bets(stream: StreamSummary, wanted: BetFilter) -> int:
    """How many bets a filter leaves; the kept total where it leaves all."""
    if not wanted.narrows:
        return stream.bets
    conditions, parameters = bet_conditions(stream, wanted)
    source = "streams_bet b" + (" JOIN streams_bookmark m ON m.bet_id = b.id" if wanted.bookmarked else "")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {source} WHERE {' AND '.join(conditions)}", parameters)  # noqa: S608  fixed texts
        found: int = cursor.fetchone()[0]
    return found


def _select_bets(rest: str, parameters: Sequence[Parameter]) -> list[BetRow]:
    with connection.cursor() as cursor:
        # Django's loader of moments costs more than all else of a row together; the driver's own gives them in UTC too.
        cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(_SELECT_BETS + rest, parameters)
        # Raw cursors give jsonb as text in Django; it is read as exactly as it was kept. Nearly all are empty.
        return [
            BetRow._make((*row[:14], {} if row[14] == "{}" else exactjson.loads(row[14]), *row[15:], None, None))
            for row in cursor.fetchall()
        ]


def bet_conditions(stream: StreamSummary | StreamRef, wanted: BetFilter) -> tuple[list[str], list[Parameter]]:
    """What narrows bets `b` (with their bookmark `m`) to a stream and a filter: SQL texts, and their parameters."""
    choices: list[tuple[str, Parameter | None]] = [
        ("b.result_key >= %s", wanted.min_result),
        ("b.result_key <= %s", wanted.max_result),
        ("b.nonce >= %s", wanted.nonce_from),
        ("b.nonce <= %s", wanted.nonce_to),
        ("b.received_at >= %s", wanted.received_from),
        ("b.received_at <= %s", wanted.received_to),
        ("b.game = %s", wanted.game or None),
        ("b.difficulty = %s", wanted.difficulty or None),
        ("b.cell = %s", wanted.cell),
        ("b.seq <= %s", wanted.seq_to),
    ]
    used = [(text, value) for text, value in choices if value is not None]
    conditions = ["b.stream_id = %s", *(text for text, _ in used)]
    if wanted.bookmarked:
        conditions.append("m.id IS NOT NULL")
    return conditions, [stream.key, *(value for _, value in used)]


def _write_cursor(bet: BetRow, columns: tuple[str, ...]) -> str:
    values = {
        "position": bet.position,
        "seq": bet.seq,
        "result_key": Decimal(-1) if bet.round_result is None else bet.round_result,
        "amount": bet.amount,
        "payout": bet.payout,
    }
    return "~".join(exactjson.dumps(values[column]) for column in columns)


def _read_cursor(text: str, columns: tuple[str, ...]) -> list[int | Decimal]:
    parts = text.split("~")
    if len(parts) != len(columns) or any(len(part) > 60 for part in parts):
        raise BadCursor("This is no cursor of a page in this order.")
    try:
        values: list[int | Decimal] = [Decimal(part) for part in parts[:-1]]
        last = int(parts[-1])
    except (InvalidOperation, ValueError) as error:
        raise BadCursor("This is no cursor of a page in this order.") from error
    in_range = all(isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 40 for value in values)
    if not in_range or not -(2**63) <= last < 2**63:
        raise BadCursor("This is no cursor of a page in this order.")
    return [*values, last]
