"""What the venue's records say about a bet whose answer never came. Pure.

The venue is asked for the pair in use, for the account's newest bets and, after a rotation, for the last nonce of the
pair before. From these there are three ways:

* one bet fits, and nobody else has claimed it: it is ours;
* several fit: nobody can tell which is ours, a person has to;
* none fits, and every round that the account has played since is one we can name: it was not placed, as far as these
  records go. Whether they go far enough is a matter of time, which the caller knows: a bet may be booked late.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stake import games
from stake.values import Order, RetiredSeed, SeedPair, VenueBet

# How far the venue's clock may be from ours.
CLOCKS_DIFFER: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Sought:
    """A bet that was sent: what it was, when, and what was known of the pair then (the nonce of its last round)."""

    order: Order
    sent_at: datetime
    pair_hash: str
    nonce_before: int | None


@dataclass(frozen=True, slots=True)
class Records:
    """What the venue says now. `whole` is false where the newest bets do not reach back to when ours was sent."""

    pair: SeedPair
    newest: Sequence[VenueBet]
    whole: bool
    retired: RetiredSeed | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The only bet that can be ours."""

    bet: VenueBet


@dataclass(frozen=True, slots=True)
class Several:
    """More than one bet can be ours."""

    bets: tuple[VenueBet, ...]


@dataclass(frozen=True, slots=True)
class NoTrace:
    """No bet can be ours, and every round since then is accounted for."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """No bet fits, but rounds were played that no record names; the text is for people."""

    reason: str


Verdict = Found | Several | NoTrace | CannotTell


def weigh(sought: Sought, records: Records, *, claimed: Callable[[str], bool]) -> Verdict:
    """What became of the bet, as far as the records tell. `claimed` says whether a bet id is known to be another's."""
    fitting = tuple(bet for bet in since(sought, records.newest) if may_be(sought, bet) and not claimed(bet.id))
    if len(fitting) == 1:
        return Found(fitting[0])
    if fitting:
        return Several(fitting)
    unnamed = _rounds_nobody_names(sought, records)
    return CannotTell(unnamed) if unnamed else NoTrace()


def since(sought: Sought, bets: Collection[VenueBet]) -> list[VenueBet]:
    """The bets that may have been placed after ours was sent; one without time or nonce may."""
    return [bet for bet in bets if not _is_before(sought, bet)]


def _is_before(sought: Sought, bet: VenueBet) -> bool:
    if bet.server_seed_hash == sought.pair_hash and None not in (bet.nonce, sought.nonce_before):
        return bet.nonce <= sought.nonce_before  # type: ignore[operator]
    return bet.placed_at is not None and bet.placed_at < sought.sent_at - CLOCKS_DIFFER


def reaches_back(sought: Sought, bets: Sequence[VenueBet]) -> bool:
    """Whether the newest bets, in the venue's order, go back to one that was there before ours was sent."""
    return any(_is_before(sought, bet) for bet in bets)


def may_be(sought: Sought, bet: VenueBet) -> bool:
    """Whether nothing that is told of the bet speaks against its being the one that was sent."""
    order = sought.order
    if (bet.game, bet.amount, bet.currency) != (order.game, order.amount, order.currency):
        return False
    if bet.placed_at is not None and bet.placed_at < sought.sent_at - CLOCKS_DIFFER:
        return False
    return games.same_options(order, bet) is not False


def _rounds_nobody_names(sought: Sought, records: Records) -> str:
    """Why the records do not account for every round since then; empty where they do."""
    if not records.whole:
        return "The account has played more since then than the venue's list of newest bets shows."
    if sought.nonce_before is None:
        return "It is not known which nonce the pair was at."
    ends = {records.pair.server_seed_hash: records.pair.nonce}
    if records.pair.server_seed_hash != sought.pair_hash:
        if records.retired is None or records.retired.server_seed_hash != sought.pair_hash:
            return "The seed pair has been rotated more than once since then."
        if records.retired.nonce is None:
            return "The venue does not tell the last nonce of the pair before."
        ends[sought.pair_hash] = records.retired.nonce
    for server_seed_hash, last in ends.items():
        first = sought.nonce_before + 1 if server_seed_hash == sought.pair_hash else 1
        named = {bet.nonce for bet in records.newest if bet.server_seed_hash == server_seed_hash}
        missing = next((nonce for nonce in range(first, min(last, first + 10_000) + 1) if nonce not in named), None)
        if missing is not None:
            return f"Nonce {missing} of this pair was played, but the venue's list does not show its bet yet."
    return ""
