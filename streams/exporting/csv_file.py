"""CSV: the columns of the older servers, in their order; more with `full`.

A cell that a spreadsheet would run as a formula gets an apostrophe in front, as does one that could be mistaken for
such a cell; `restored` takes it away again, so that what is imported is what was exported.
"""

import re
from collections.abc import Iterator

from streams.exporting.rows import CLIENT_SEED, HASH, MOMENT, NUMBER, copy_rows, in_chunks
from streams.queries import BetFilter, StreamSummary

# What spreadsheets take for the start of a formula (the wide forms where the language has them).
_STARTS = "=+@\t\r\n＝＋＠－-"  # noqa: RUF001
_NEUTRALISED = re.compile(f"'+[{re.escape(_STARTS)}]")

# An E string: the control characters are written out, the apostrophes doubled.
_RUNS = r"E'^''*[=+@\\t\\r\\n＝＋＠－-]'"  # noqa: RUF001
TEXT = f"CASE WHEN {{0}} ~ {_RUNS} THEN '''' || {{0}} ELSE {{0}} END"
PLAIN = "{}"

_COLUMNS = {
    "nonce": PLAIN.format("b.nonce"),
    "antebot_bet_id": TEXT.format("b.provider_bet_id"),
    "date_time": MOMENT.format("b.placed_at"),
    "received_at": MOMENT.format("b.received_at"),
    "amount": NUMBER.format("b.amount"),
    "payout": NUMBER.format("b.payout"),
    "difficulty": TEXT.format("b.difficulty"),
    "round_target": NUMBER.format("b.round_target"),
    "round_result": NUMBER.format("b.round_result"),
}
_MORE_COLUMNS = {
    "game": TEXT.format("b.game"),
    "currency": TEXT.format("b.currency"),
    "provider": PLAIN.format("b.provider"),
    "cell": PLAIN.format("b.cell"),
    "seq": PLAIN.format("b.seq"),
    # So that such a file says by itself which stream it is.
    "server_seed_hashed": TEXT.format(HASH),
    "client_seed": TEXT.format(CLIENT_SEED),
}
COLUMNS = tuple(_COLUMNS)
FULL_COLUMNS = (*_COLUMNS, *_MORE_COLUMNS)


def write(stream: StreamSummary, wanted: BetFilter, full: bool) -> Iterator[bytes]:
    """The header at once, then the rows."""
    columns = {**_COLUMNS, **(_MORE_COLUMNS if full else {})}
    yield (",".join(columns) + "\n").encode()
    yield from in_chunks(copy_rows(", ".join(columns.values()), stream, wanted, "FORMAT csv"))


def restored(cell: str) -> str:
    """The text that was exported as this cell."""
    return cell[1:] if _NEUTRALISED.match(cell) else cell
