"""NDJSON: all that is known of each bet, one a line; `import_bets` reads it back without loss.

Field names are those of ingest. The mark `stakepro` tells such a line from a message that a bot would send; the keys
that the bot sent beyond ours stay together under `extra`, where they cannot be taken for ours.
"""

from collections.abc import Iterator

from streams.exporting.rows import CLIENT_SEED, HASH, MOMENT, NUMBER, SIMULATED, copy_rows, in_chunks
from streams.queries import BetFilter, StreamSummary

MARK = "stakepro"
VERSION = 1

_FIELDS = {
    MARK: str(VERSION),
    "serverSeedHashed": HASH,
    "clientSeed": CLIENT_SEED,
    "provider": "b.provider",
    "id": "b.provider_bet_id",
    "game": "b.game",
    "nonce": "b.nonce",
    "amount": NUMBER.format("b.amount"),
    "payout": NUMBER.format("b.payout"),
    "currency": "b.currency",
    "difficulty": "b.difficulty",
    "roundTarget": NUMBER.format("b.round_target"),
    "roundResult": NUMBER.format("b.round_result"),
    "dateTime": MOMENT.format("b.placed_at"),
    "receivedAt": MOMENT.format("b.received_at"),
    "seq": "b.seq",
    "extra": "b.extra",
}
# Only lines of simulated streams say so: those of real ones stay as every version has written them.
_FIELDS_SIMULATED = {**_FIELDS, "simulated": SIMULATED}
# COPY's own text form would escape what JSON has escaped already. In CSV nothing is escaped until a cell holds the
# delimiter or the quote, and no JSON text holds these two control characters.
_AS_IT_IS = r"FORMAT csv, DELIMITER E'\x01', QUOTE E'\x02'"


def write(stream: StreamSummary, wanted: BetFilter, full: bool) -> Iterator[bytes]:
    """The rows; NDJSON has no header and always holds all fields."""
    yield b""
    fields = _FIELDS_SIMULATED if stream.simulated else _FIELDS
    select = "json_build_object(" + ", ".join(f"'{name}', {value}" for name, value in fields.items()) + ")"
    yield from in_chunks(copy_rows(select, stream, wanted, _AS_IT_IS))
