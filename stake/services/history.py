"""Bets that the venue knows and we may not: the account's history, and one bet by any form of its id."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from stake import evidence, refusals
from stake.client import Venue
from stake.errors import BetNotFound
from stake.models import BetIntent, IntentState, SeedRotation, StakeSession
from stake.references import BetReference
from stake.services import recording
from stake.services.names import read_name
from stake.services.reconcile import HISTORY_PAGE, complete
from stake.services.venues import find_session, line_to
from stake.values import VenueBet
from streams import queries
from streams.verification import services as verification
from streams.verification.tasks import verify_streams_soon

__all__ = ["Imported", "LookedUp", "import_history", "late_owner", "look_up", "read_name"]

log = logging.getLogger(__name__)

PAGES_DEFAULT: Final = 4
PAGES_MAX: Final = 200


@dataclass(slots=True)
class Imported:
    """What an import came to."""

    seen: int = 0
    new: int = 0
    known: int = 0
    conflicts: int = 0
    # Of games played in several steps that are not over, of other providers, or without seeds: in no stream.
    left_out: int = 0
    streams: set[UUID] = field(default_factory=set)
    whole: bool = False  # the list was read to its end, or to a page without anything new


def import_history(*, session_id: UUID, pages: int, now: Callable[[], datetime]) -> Imported:
    """Bring the account's newest bets into their streams, page by page; what is known already is not stored again.

    Stops at the end of the list, after a page that held nothing new, or after `pages`. Raises `Refused`, and what the
    venue raises; pages before that are kept.
    """
    session = find_session(session_id)
    if not session.account_key:
        raise refusals.NotVerified
    if not 1 <= pages <= PAGES_MAX:
        raise refusals.InvalidInput(f"pages must be from 1 to {PAGES_MAX}.", field="pages")
    imported = Imported()
    met: set[str] = set()
    with line_to(session, now=now) as venue:
        for page in range(pages):
            bets = venue.history(limit=HISTORY_PAGE, offset=page * HISTORY_PAGE)
            # Pages shift while the account plays: what was on the page before is met again here.
            fresh = [bet for bet in bets if bet.id not in met]
            met.update(bet.id for bet in bets)
            new_before = imported.new
            _take(session, [complete(venue, bet) for bet in fresh], imported, at=now())
            if len(bets) < HISTORY_PAGE or (fresh and imported.new == new_before):
                imported.whole = True
                break
    _reveal_known_seeds(session, imported.streams, at=now())
    return imported


def _take(session: StakeSession, bets: Iterable[VenueBet], imported: Imported, *, at: datetime) -> None:
    for bet in bets:
        imported.seen += 1
        if not recording.is_complete(bet):
            imported.left_out += 1
            continue
        owner = late_owner(session, bet)
        if owner is not None:
            intent = recording.note_placed(owner.pk, bet, at=at)
            log.warning("A bet that seemed not placed was found", extra={"intent": str(intent.pk), "bet": bet.id})
        with transaction.atomic():
            known = bet.id in queries.bets_by_provider_ids([bet.id], {bet.server_seed_hash or ""})
            stream_id, seq = recording.record(bet, session=session, at=at)
        imported.streams.add(stream_id)
        if seq is None:
            imported.conflicts += 1
        elif known:
            imported.known += 1
        else:
            imported.new += 1


def late_owner(session: StakeSession, bet: VenueBet) -> BetIntent | None:
    """The intent that sent this bet, if it is one that was looked for in vain: the venue booked it too late."""
    if BetIntent.objects.filter(provider_bet_id=bet.id).exists():
        return None
    lost = (
        BetIntent.objects.filter(
            account_key=session.account_key,
            state=IntentState.NOT_PLACED,
            checks__gt=0,
            game=bet.game,
            amount=bet.amount,
            currency=bet.currency,
        )
        .select_related("session")
        .order_by("-asked_at")
    )
    fitting = [
        intent
        for intent in lost
        if evidence.may_be(
            evidence.Sought(recording.order_of(intent), intent.asked_at, intent.pair_hash, intent.nonce_before), bet
        )
    ]
    # Of several that are alike in all respects it does not matter which; the newest is the likeliest.
    return fitting[0] if fitting else None


def _reveal_known_seeds(session: StakeSession, streams: Iterable[UUID], *, at: datetime) -> None:
    """Streams that came after their seed was revealed are verified now."""
    due = False
    for stream_id in streams:
        stream = queries.get_stream(stream_id)
        seed = (
            SeedRotation.objects.filter(account_key=session.account_key, old_hash=stream.server_seed_hashed)
            .exclude(server_seed="")
            .values_list("server_seed", flat=True)
            .first()
        )
        if seed:
            verification.reveal(stream_id=stream_id, server_seed=seed, by="stake", at=at)
            due = True
    if due:
        verify_streams_soon()


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A bet as the venue tells it, and the stream of ours that it belongs to, where there is one."""

    bet: VenueBet
    stream_id: UUID | None


def look_up(name: BetReference, *, session_id: UUID, now: Callable[[], datetime]) -> LookedUp:
    """Ask the venue for a bet, anybody's. A server seed that it shows is kept where a stream of ours waits for it.

    Raises `Refused`, `BetNotFound`, and what else the venue raises.
    """
    session = find_session(session_id)
    with line_to(session, now=now) as venue:
        bet = _ask(venue, name)
    stream = None
    if bet.server_seed_hash and bet.client_seed:
        stream = queries.find_by_pair(bet.server_seed_hash, bet.client_seed)
    if stream is not None and bet.server_seed:
        try:
            verification.reveal(stream_id=stream.id, server_seed=bet.server_seed, by="stake", at=now())
        except verification.NotThisSeed:
            log.warning("The venue shows a seed that is not its hash's", extra={"stream": str(stream.id)})
        else:
            verify_streams_soon()
    return LookedUp(bet, stream.id if stream else None)


def _ask(venue: Venue, name: BetReference) -> VenueBet:
    if name.iid is None and name.bet_id is None:
        raise BetNotFound
    return venue.look_up(iid=name.iid, bet_id=name.bet_id)
