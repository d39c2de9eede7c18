"""What becomes of each message, given what its stream already knows: the rules of idempotence, pure and in one place.

The caller holds the stream's lock and fills in what is known; `decide` answers and notes what has to be written.

* A bet we know by id (from any provider) or by nonce is not stored again: with equal content it is a duplicate, and a
  further id or provider becomes a source of it; with other content it is a conflict, kept apart, never overwriting.
* Content is game, nonce, amount, payout, currency (unless one side names none) and result; never id, provider or time.
  Between providers it is compared less strictly, and the later one fills what the first left empty (`streams.merge`).
* A round is counted once, whether a heartbeat or a bet brought it; a different result for its nonce is a conflict.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from typing import Any, NamedTuple
from uuid import UUID

from streams import merge
from streams.merge import KnownBet
from streams.wire import BetMessage, HeartbeatMessage, Message

# Why a message contradicts what we have; `models.Conflict.Reason` says the same for people.
OTHER_BET_AT_NONCE = "nonce"
OTHER_CONTENT_UNDER_ID = "id"
OTHER_RESULT_OF_ROUND = "result"

HEARTBEATS_FROM = "antebot"  # the only provider that sends them


class Outcome(NamedTuple):
    """What became of one message: stored (accepted), already known (neither), or kept apart as a conflict."""

    stream_id: UUID
    accepted: bool
    conflict: bool


class KnownRound(NamedTuple):
    """What a stored round holds; a later message may fill what is missing, never change what is there."""

    difficulty: str | None
    result: Decimal | None


class NewBet(NamedTuple):
    seq: int
    message: BetMessage


class Source(NamedTuple):
    """A provider and the id under which it reports a bet."""

    provider: str
    provider_bet_id: str


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
    known: dict[int, KnownBet] = field(default_factory=dict)  # those that were stored or are filled now, by seq
    sources: set[Source] = field(default_factory=set)  # further ones of known bets

    bets: list[NewBet] = field(default_factory=list)
    round_messages: dict[int, Message] = field(default_factory=dict)  # of new rounds, and of known ones now filled
    new_sources: dict[Source, int] = field(default_factory=dict)  # each with its bet's seq
    fills: dict[int, dict[str, Any]] = field(default_factory=dict)  # by seq, which also a bet of this batch may have
    conflicts: list[NewConflict] = field(default_factory=list)
    money: dict[str | None, Money] = field(default_factory=dict)
    named: Money = field(default_factory=Money)  # of bets that named no currency before and do now
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


def _decide_bet(stream: StreamChange, bet: BetMessage) -> tuple[bool, bool]:
    known, reason = stream.by_id.get(bet.provider_bet_id), OTHER_CONTENT_UNDER_ID
    if known is None and bet.nonce is not None:
        known, reason = stream.by_nonce.get(bet.nonce), OTHER_BET_AT_NONCE
        if known is None and _differs(stream, bet.nonce, bet.round_result, bet, bet.provider):
            return _contradict(stream, OTHER_RESULT_OF_ROUND, None, bet)
    if known is None:
        _add_bet(stream, bet)
        return True, False
    if not merge.same_content(known, bet):
        return _contradict(stream, reason, known.seq, bet)
    return _merge(stream, known, bet)


def _merge(stream: StreamChange, known: KnownBet, bet: BetMessage) -> tuple[bool, bool]:
    """Note what a further report of a known bet adds to it: a source, and what was empty."""
    added = merge.missing(known, bet)
    if "round_result" in added:
        assert bet.nonce is not None
        # The bet did not know its result, but a heartbeat may have brought the round's.
        if _differs(stream, bet.nonce, bet.round_result, bet, bet.provider):
            return _contradict(stream, OTHER_RESULT_OF_ROUND, known.seq, bet)
    # An archive that tells nothing new of an id we know is no source: it may be our own export, read back.
    if added or bet.provider_bet_id not in stream.by_id or bet.provider != "import":
        _note_source(stream, known, Source(bet.provider, bet.provider_bet_id))
    stream.by_id[bet.provider_bet_id] = known
    if added:
        _fill(stream, known, added, bet)
    return False, False


def _note_source(stream: StreamChange, known: KnownBet, source: Source) -> None:
    if source != (known.bet.provider, known.bet.provider_bet_id) and source not in stream.sources:
        stream.sources.add(source)
        stream.new_sources[source] = known.seq


def _fill(stream: StreamChange, known: KnownBet, added: dict[str, Any], bet: BetMessage) -> None:
    merge.fill(known, added, provider=bet.provider)
    fills = stream.fills.setdefault(known.seq, {})
    fills |= added | ({"extra": {**fills.get("extra", {}), **added["extra"]}} if "extra" in added else {})
    stream.known[known.seq] = known
    if "currency" in added:
        _count_money(stream.named, bet)
        _count_money(stream.money.setdefault(bet.currency, Money()), bet)
    if "placed_at" in added:
        _note_placed(stream, bet.placed_at)
    if not added.keys().isdisjoint(("round_result", "difficulty", "cell")):
        assert bet.nonce is not None
        told = bet._replace(game=known.bet.game, cell=known.bet.cell)
        if not _add_round(stream, bet.nonce, bet.round_result, told) and "cell" in added:
            noted = stream.round_messages.get(bet.nonce, told)
            stream.round_messages[bet.nonce] = noted._replace(cell=told.cell)


def _decide_heartbeat(stream: StreamChange, heartbeat: HeartbeatMessage) -> tuple[bool, bool]:
    if _differs(stream, heartbeat.nonce, heartbeat.round_result, heartbeat, HEARTBEATS_FROM):
        return _contradict(stream, OTHER_RESULT_OF_ROUND, None, heartbeat)
    stream.heartbeat = True
    return _add_round(stream, heartbeat.nonce, heartbeat.round_result, heartbeat), False


def _contradict(stream: StreamChange, reason: str, seq: int | None, message: Message) -> tuple[bool, bool]:
    stream.conflicts.append(NewConflict(reason, seq, message))
    return False, True


def _differs(stream: StreamChange, nonce: int, result: Decimal | None, message: Message, provider: str) -> bool:
    """Whether the round of this nonce has another result; only another provider's may be rounded."""
    known = stream.rounds.get(nonce)
    if known is None or None in (known.result, result) or known.result == result:
        return False
    bet = stream.by_nonce.get(nonce)
    only = HEARTBEATS_FROM if bet is None else bet.bet.provider
    others = only != provider or (bet is not None and "round_result" in bet.filled)
    return not (others and merge.comparable(message.game, known.result, result))


def _add_bet(stream: StreamChange, bet: BetMessage) -> None:
    seq = stream.last_seq + len(stream.bets) + 1
    stream.bets.append(NewBet(seq, bet))
    known = KnownBet(seq, bet)
    stream.by_id[bet.provider_bet_id] = known
    stream.games.add(bet.game)
    line = stream.money.get(bet.currency)
    if line is None:
        line = stream.money[bet.currency] = Money()
    _count_money(line, bet)
    _note_placed(stream, bet.placed_at)
    if bet.nonce is None:
        _count_result(stream, bet.round_result)
    else:
        stream.by_nonce[bet.nonce] = known
        _add_round(stream, bet.nonce, bet.round_result, bet)


def _count_money(line: Money, bet: BetMessage) -> None:
    line.bets += 1
    line.wagered += bet.amount
    line.returned += bet.payout


def _note_placed(stream: StreamChange, placed_at: datetime | None) -> None:
    if placed_at is not None and (stream.placed_last is None or placed_at > stream.placed_last):
        stream.placed_last = placed_at


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
    noted = stream.round_messages.get(nonce)
    if noted is not None and message.cell is None:
        message = message._replace(cell=noted.cell)  # told by one, and not by the other
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
