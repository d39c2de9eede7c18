"""One stored round, verified while somebody looks at it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fairness.errors import InvalidInput
from fairness.rounds import Explained, Seeds, explain
from fairness.verify import Answer, Cannot, Mismatch, NotYet, find_game, options_of_bet, verify
from streams import queries
from streams.queries import NotFound, StreamSummary
from streams.queries.verification import (
    Finding,
    StoredRow,
    find_bets,
    get_stored_rounds,
    get_stored_row,
    revealed,
)
from streams.verification.options import options_of, stored_of

FOUND_MAX: Final = 20

# Our own name of a bet: its stream's id and its number there.
_OWN_NAME = re.compile(r"([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})\s*[:#/ ]\s*([0-9]{1,18})", re.IGNORECASE)
# As shown on a venue's page, with blanks and commas: "house: 123,456,789".
_HOUSE = re.compile(r"(house|casino)\s*:\s*([0-9][0-9,\s]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Checked:
    """A stored row, what verifying it says, and its steps where the seeds are known."""

    stream: StreamSummary
    row: StoredRow
    answer: Answer
    explained: Explained | None


def check_row(stream: StreamSummary, position: int) -> Checked:
    """Verify one row of a stream. Raises `NotFound`."""
    row = get_stored_row(stream, position)
    seed = revealed(stream)
    if seed is None:
        return Checked(stream, row, NotYet(), None)
    if row.nonce is None:
        return Checked(stream, row, Cannot("nonce", "The bet was reported without its nonce."), None)
    source, options = Seeds(seed.server_seed, stream.client_seed, row.nonce), options_of(row)
    answer = verify(row.game, source, options, stored_of(row))
    if isinstance(answer, Mismatch):
        return Checked(stream, row, answer, answer.explained)
    try:
        game = find_game(row.game)
        return Checked(stream, row, answer, explain(game, source, options_of_bet(game, options, stored_of(row))))
    except InvalidInput:
        return Checked(stream, row, answer, None)


def explain_findings(stream: StreamSummary, findings: Sequence[Finding]) -> dict[int, Explained]:
    """The steps of rounds that do not match, by nonce."""
    seed = revealed(stream)
    if seed is None or not findings:
        return {}
    rows = get_stored_rounds(stream, [finding.position for finding in findings])
    return {
        row.position: explain(
            find_game(row.game), Seeds(seed.server_seed, stream.client_seed, row.position), options_of(row)
        )
        for row in rows
    }


def check_bets(text: str) -> tuple[Checked, ...]:
    """Verify the bets of an id: one that a bot or a venue gave, or our own `stream id:number`. None for an unknown."""
    if own := _OWN_NAME.fullmatch(text.strip()):
        return _check_own(UUID(own[1]), int(own[2]))
    found = find_bets(_spellings(text), limit=FOUND_MAX)
    return tuple(answer for bet in found for answer in _check_own(bet.stream_id, bet.seq))


def _check_own(stream_id: UUID, seq: int) -> tuple[Checked, ...]:
    try:
        stream = queries.get_stream(stream_id)
        nonce = queries.get_bet(stream, seq=seq).nonce
        return (check_row(stream, -seq if nonce is None else nonce),)
    except NotFound:
        return ()


def _spellings(text: str) -> list[str]:
    """The id as it was given, and as it is kept where it is one that venues show with blanks and commas."""
    house = _HOUSE.fullmatch(text.strip())
    if house is None:
        return [text]
    return [text, f"{house[1].lower()}:{re.sub(r'[^0-9]', '', house[2])}"]
