"""What becomes of each message, given what its stream already knows: the rules of idempotence, pure and in one place.

The caller holds the stream's lock and fills in what is known; `decide` answers and notes what has to be written.

* A bet we know by id (its own or an alias, from any provider) or by nonce is not stored again: with equal content it
  is a duplicate, and a further id becomes an alias; with other content it is a conflict, kept apart, never overwriting.
* Content is game, nonce, amount, payout, currency (unless one side names none) and result; never id, provider or time.
* A round is counted once, whether a heartbeat or a bet brought it; a different result for its nonce is a conflict.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from typing import NamedTuple
from uuid import UUID

from streams.wire import BetMessage, HeartbeatMessage, Message

# Why a message contradicts what we have; `models.Conflict.Reason` says the same for people.
OTHER_BET_AT_NONCE = "nonce"
OTHER_CONTENT_UNDER_ID = "id"
OTHER_RESULT_OF_ROUND = "result"


class Outcome(NamedTuple):
    """What became of one message: stored (accepted), already known (neither), or kept apart as a conflict."""

    stream_id: UUID
    accepted: bool
    conflict: bool


class KnownBet(NamedTuple):
    """What a stored bet is compared by, and its place in its stream."""

    seq: int
    provider: str
    provider_bet_id: str
    game: str
    nonce: int | None
    amount: Decimal
    payout: Decimal
    currency: str | None
    round_result: Decimal | None


class KnownRound(NamedTuple):
    """What a stored round holds; a later message may fill what is missing, never change what is there."""

    difficulty: str | None
    result: Decimal | None


class NewBet(NamedTuple):
    seq: int
    message: BetMessage


class NewAlias(NamedTuple):
    seq: int
    message: BetMessage


class NewConflict(NamedTuple):
    reason: str
    seq: int | None  # of the bet it contradicts
    message: Message


@dataclass(slots=True)
class Money:
    """What a batch adds to one currency's line."""

    bets: int = 0
    wagered: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)


@dataclass(slots=True)
class StreamChange:
    """One locked stream: what is known of the messages at hand, and what they add."""

    id: int
    public_id: UUID
    last_seq: int

    by_id: dict[str, KnownBet] = field(default_factory=dict)
    by_nonce: dict[int, KnownBet] = field(default_factory=dict)
    rounds: dict[int, KnownRound] = field(default_factory=dict)

    bets: list[NewBet] = field(default_factory=list)
    round_messages: dict[int, Message] = field(default_factory=dict)  # of new rounds, and of known ones now filled
    aliases: list[NewAlias] = field(default_factory=list)
    conflicts: list[NewConflict] = field(default_factory=list)
    money: dict[str | None, Money] = field(default_factory=dict)
    games: set[str] = field(default_factory=set)  # of what is added
    rounds_added: int = 0
    results_added: int = 0
    result_sum: Decimal = Decimal(0)
    highest: Decimal | None = None
    lowest: Decimal | None = None
    first_nonce: int | None = None
    last_nonce: int | None = None
    heartbeat: bool = False
    placed_last: datetime | None = None


# Sums must not lose a digit: far more of them than any batch can need, and an error rather than a rounding.
_EXACT = Context(prec=200, traps=[Inexact, InvalidOperation])


def decide_all(streams: Mapping[int, StreamChange], messages: Iterable[tuple[int, Message]]) -> list[Outcome]:
    """Apply messages, each with the key of its stream, in order; the outcomes in the same order."""
    with localcontext(_EXACT):
        return [decide(streams[stream_id], message) for stream_id, message in messages]


def decide(stream: StreamChange, message: Message) -> Outcome:
    """Apply one message to what is known of its stream, and say what became of it."""
    if isinstance(message, BetMessage):
        accepted, conflict = _decide_bet(stream, message)
    else:
        accepted, conflict = _decide_heartbeat(stream, message)
    return Outcome(stream.public_id, accepted, conflict)


def same_content(known: KnownBet, bet: BetMessage) -> bool:
    """Whether a report tells the same of a bet as what is stored; archives often lack the nonce and the result."""
    if known.game != bet.game or known.amount != bet.amount or known.payout != bet.payout:
        return False
    if known.currency != bet.currency and known.currency is not None and bet.currency is not None:
        return False
    archived = "import" in (known.provider, bet.provider)
    for ours, theirs in ((known.nonce, bet.nonce), (known.round_result, bet.round_result)):
        if ours != theirs and not (archived and (ours is None or theirs is None)):
            return False
    return True


def _decide_bet(stream: StreamChange, bet: BetMessage) -> tuple[bool, bool]:
    known = stream.by_id.get(bet.provider_bet_id)
    if known is not None:
        if same_content(known, bet):
            return False, False
        return _contradict(stream, OTHER_CONTENT_UNDER_ID, known.seq, bet)
    if bet.nonce is not None:
        known = stream.by_nonce.get(bet.nonce)
        if known is not None:
            if same_content(known, bet):
                stream.aliases.append(NewAlias(known.seq, bet))
                stream.by_id[bet.provider_bet_id] = known
                return False, False
            return _contradict(stream, OTHER_BET_AT_NONCE, known.seq, bet)
        if _differs(stream, bet.nonce, bet.round_result):
            return _contradict(stream, OTHER_RESULT_OF_ROUND, None, bet)
    _add_bet(stream, bet)
    return True, False


def _decide_heartbeat(stream: StreamChange, heartbeat: HeartbeatMessage) -> tuple[bool, bool]:
    if _differs(stream, heartbeat.nonce, heartbeat.round_result):
        return _contradict(stream, OTHER_RESULT_OF_ROUND, None, heartbeat)
    stream.heartbeat = True
    return _add_round(stream, heartbeat.nonce, heartbeat.round_result, heartbeat), False


def _contradict(stream: StreamChange, reason: str, seq: int | None, message: Message) -> tuple[bool, bool]:
    stream.conflicts.append(NewConflict(reason, seq, message))
    return False, True


def _differs(stream: StreamChange, nonce: int, result: Decimal | None) -> bool:
    known = stream.rounds.get(nonce)
    return known is not None and None not in (known.result, result) and known.result != result


def _add_bet(stream: StreamChange, bet: BetMessage) -> None:
    seq = stream.last_seq + len(stream.bets) + 1
    stream.bets.append(NewBet(seq, bet))
    known = KnownBet(
        seq,
        bet.provider,
        bet.provider_bet_id,
        bet.game,
        bet.nonce,
        bet.amount,
        bet.payout,
        bet.currency,
        bet.round_result,
    )
    stream.by_id[bet.provider_bet_id] = known
    stream.games.add(bet.game)
    line = stream.money.get(bet.currency)
    if line is None:
        line = stream.money[bet.currency] = Money()
    line.bets += 1
    line.wagered += bet.amount
    line.returned += bet.payout
    if bet.placed_at is not None and (stream.placed_last is None or bet.placed_at > stream.placed_last):
        stream.placed_last = bet.placed_at
    if bet.nonce is None:
        _count_result(stream, bet.round_result)
    else:
        stream.by_nonce[bet.nonce] = known
        _add_round(stream, bet.nonce, bet.round_result, bet)


def _add_round(stream: StreamChange, nonce: int, result: Decimal | None, message: Message) -> bool:
    """Note a round, or what was missing of a known one; false when the message adds nothing."""
    known = stream.rounds.get(nonce)
    if known is None:
        known = KnownRound(None, None)
        stream.rounds_added += 1
        if stream.first_nonce is None or nonce < stream.first_nonce:
            stream.first_nonce = nonce
        if stream.last_nonce is None or nonce > stream.last_nonce:
            stream.last_nonce = nonce
    elif (known.result is not None or result is None) and (known.difficulty is not None or message.difficulty is None):
        return False
    if known.result is None:
        _count_result(stream, result)
    stream.rounds[nonce] = KnownRound(
        message.difficulty if known.difficulty is None else known.difficulty,
        result if known.result is None else known.result,
    )
    stream.round_messages[nonce] = message
    stream.games.add(message.game)
    return True


def _count_result(stream: StreamChange, result: Decimal | None) -> None:
    if result is None:
        return
    stream.results_added += 1
    stream.result_sum += result
    if stream.highest is None or result > stream.highest:
        stream.highest = result
    if stream.lowest is None or result < stream.lowest:
        stream.lowest = result
