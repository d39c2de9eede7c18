"""Finding out what became of what was sent and never answered. Only reads are sent to the venue from here.

A bet is taken for placed when exactly one bet of the venue can be it, and for not placed when two looks, half a minute
apart, both account for every round of the account without it. Until then nothing more is sent with its session; where
several bets fit, a person decides (`decide`).
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.audit import By
from stake import evidence, refusals
from stake.client import DEADLINE, Venue
from stake.errors import BetNotFound, VenueError
from stake.evidence import CannotTell, Found, NoTrace, Several
from stake.models import OPEN, REQUEST_OPEN, BetIntent, IntentState, SeedRotation, StakeSession, VaultDeposit
from stake.references import BetReference
from stake.services import balances, locks, pairs, recording, rotation
from stake.services.names import read_name
from stake.services.venues import find_session, line_to
from stake.values import VenueBet
from streams import queries

log = logging.getLogger(__name__)

# Between the two looks that find no trace of a bet.
QUIET: Final = timedelta(seconds=30)
# A sender whose connection to the database broke may wait for its answer this long at most.
SENDER_GONE_AFTER: Final = timedelta(seconds=DEADLINE + 5)
HISTORY_PAGE: Final = 50
HISTORY_PAGES_MAX: Final = 20


def session(session_id: UUID, *, now: Callable[[], datetime]) -> bool:
    """Look into everything of the session that is not decided; whether nothing is left open.

    What the venue refuses meanwhile is noted on the session and tried again later. Raises `NoSession`.
    """
    row = find_session(session_id)
    try:
        for rotated in SeedRotation.objects.filter(session=row, state__in=REQUEST_OPEN):
            rotation.look_into(rotated.pk, now=now)
        for deposit in VaultDeposit.objects.filter(session=row, state__in=REQUEST_OPEN):
            balances.look_into(deposit.pk, now=now)
        for intent in BetIntent.objects.filter(session=row, state__in=[*OPEN, IntentState.PLACED]).order_by("asked_at"):
            bet(intent.pk, now=now)
        rotation.reveal_what_is_due(row, now=now)
    except (VenueError, refusals.Unreadable) as error:
        log.info("Nothing can be reconciled just now", extra={"session": str(row.pk), "reason": type(error).__name__})
    return not is_open(row)


def is_open(row: StakeSession) -> bool:
    """Whether something of the session is still to be found out."""
    return (
        BetIntent.objects.filter(session=row, state__in=[*OPEN, IntentState.PLACED]).exists()
        or SeedRotation.objects.filter(session=row, state__in=REQUEST_OPEN).exists()
        or VaultDeposit.objects.filter(session=row, state__in=REQUEST_OPEN).exists()
    )


def sessions_with_something_open() -> list[UUID]:
    """The sessions that `session` has work for."""
    found: set[UUID] = set()
    for rows in (
        BetIntent.objects.filter(state__in=[*OPEN, IntentState.PLACED]),
        SeedRotation.objects.filter(state__in=REQUEST_OPEN),
        VaultDeposit.objects.filter(state__in=REQUEST_OPEN),
    ):
        found.update(rows.filter(session__removed_at=None).values_list("session_id", flat=True))
    return sorted(found)


def bet(intent_id: UUID, *, now: Callable[[], datetime]) -> BetIntent:
    """Look for one bet, and write down what became of it as far as that is known. Raises what the venue raises."""
    with locks.if_nobody_waits(intent_id) as ours:
        intent = BetIntent.objects.select_related("session").get(pk=intent_id)
        if not ours:
            return intent
        if intent.state == IntentState.IN_FLIGHT:
            if now() - intent.asked_at < SENDER_GONE_AFTER:
                return intent
            intent = recording.note_unknown(
                intent.pk, kind="interrupted", message="We were interrupted while the bet was in flight.", at=now()
            )
        if intent.state == IntentState.UNKNOWN:
            return _look_for(intent, now=now)
        if intent.state == IntentState.PLACED:
            return _complete(intent, now=now)
        return intent


def _look_for(intent: BetIntent, *, now: Callable[[], datetime]) -> BetIntent:
    sought = evidence.Sought(recording.order_of(intent), intent.asked_at, intent.pair_hash, intent.nonce_before)
    with line_to(intent.session, now=now) as venue:
        records = read_records(venue, sought)
        verdict = evidence.weigh(sought, records, claimed=claims(intent, records.newest))
        if isinstance(verdict, Found):
            verdict = Found(complete(venue, verdict.bet))
    pairs.keep(intent.session, records.pair, at=now())
    match verdict:
        case Found(bet=bet):
            return recording.note_placed(intent.pk, bet, at=now())
        case Several(bets=bets):
            return _still_unknown(intent.pk, candidates=[bet.id for bet in bets], reason="", at=now())
        case CannotTell(reason=reason):
            return _still_unknown(intent.pk, candidates=[], reason=reason, at=now())
        case NoTrace():
            return _no_trace(intent.pk, at=now())


def read_records(venue: Venue, sought: evidence.Sought) -> evidence.Records:
    """What the venue says now: first the pair, then the newest bets, so that the list is never behind the pair."""
    pair = venue.seed_pair()
    retired = venue.retired_seed() if pair.server_seed_hash != sought.pair_hash else None
    newest: dict[str, VenueBet] = {}
    whole = False
    for page in range(HISTORY_PAGES_MAX):
        # Pages shift while the account plays; a bet that is met twice is one.
        bets = venue.history(limit=HISTORY_PAGE, offset=page * HISTORY_PAGE)
        newest.update({bet.id: bet for bet in bets})
        if len(bets) < HISTORY_PAGE or evidence.reaches_back(sought, bets):
            whole = True
            break
    return evidence.Records(pair, list(newest.values()), whole, retired)


def claims(intent: BetIntent, bets: Sequence[VenueBet]) -> Callable[[str], bool]:
    """Which of these bets are known to be another's: of another intent, or reported by a bot or an import."""
    ids = [bet.id for bet in bets]
    others = set(
        BetIntent.objects.filter(provider_bet_id__in=ids)
        .exclude(pk=intent.pk)
        .values_list("provider_bet_id", flat=True)
    )
    hashes = {bet.server_seed_hash for bet in bets if bet.server_seed_hash}
    known = queries.bets_by_provider_ids(ids, hashes)
    return lambda bet_id: bet_id in others or (bet_id in known and known[bet_id].provider != "stake")


def complete(venue: Venue, bet: VenueBet) -> VenueBet:
    """The bet with its nonce and seeds, where looking it up tells them."""
    if recording.is_complete(bet):
        return bet
    try:
        return venue.look_up(bet_id=bet.id)
    except BetNotFound:
        return bet


def _complete(intent: BetIntent, *, now: Callable[[], datetime]) -> BetIntent:
    with line_to(intent.session, now=now) as venue:
        found = venue.look_up(bet_id=intent.provider_bet_id)
    BetIntent.objects.filter(pk=intent.pk).update(checks=F("checks") + 1, checked_at=now())
    return recording.note_placed(intent.pk, found, at=now())


@transaction.atomic
def _still_unknown(intent_id: UUID, *, candidates: list[str], reason: str, at: datetime) -> BetIntent:
    intent = recording.lock(intent_id)
    if intent.state == IntentState.UNKNOWN:
        intent.checks += 1
        intent.checked_at, intent.candidates, intent.quiet_since = at, candidates, None
        if reason:
            intent.error = reason
        intent.save(update_fields=["checks", "checked_at", "candidates", "quiet_since", "error"])
    return intent


def _no_trace(intent_id: UUID, *, at: datetime) -> BetIntent:
    with transaction.atomic():
        intent = recording.lock(intent_id)
        if intent.state != IntentState.UNKNOWN:
            return intent
        since = intent.quiet_since or at
        intent.checks += 1
        intent.checked_at, intent.quiet_since, intent.candidates = at, since, []
        intent.save(update_fields=["checks", "checked_at", "quiet_since", "candidates"])
        if at - since < QUIET:
            return intent
        return recording.note_not_placed(
            intent_id,
            kind="no_trace",
            message="The venue has no such bet: two looks at the account found every round played without it.",
            at=at,
        )


def decide(intent_id: UUID, *, bet_id: str | None, by: By, now: Callable[[], datetime]) -> BetIntent:
    """A person says which bet of the venue it was, by any form of its id, or (None) that it was not placed.

    Raises `Refused`, and what the venue raises.
    """
    intent = BetIntent.objects.select_related("session").filter(pk=intent_id).first()
    if intent is None:
        raise refusals.NotFound("There is no such bet intent.")
    if intent.state != IntentState.UNKNOWN:
        raise refusals.SessionBusy("It is known already what became of this bet.")
    if bet_id is None:
        decided = recording.note_not_placed(
            intent.pk, kind="by_hand", message=f"{by.name} looked at the venue and found no such bet.", at=now()
        )
    else:
        decided = _decide_for(intent, read_name(bet_id), now=now)
    audit.write(
        action="stake.bet.decided",
        by=by,
        at=now(),
        subject=str(intent),
        data={"bet": decided.provider_bet_id, "state": decided.state},
    )
    return decided


def _decide_for(intent: BetIntent, name: BetReference, *, now: Callable[[], datetime]) -> BetIntent:
    with line_to(intent.session, now=now) as venue:
        found = venue.look_up(iid=name.iid, bet_id=name.bet_id)
    order = recording.order_of(intent)
    if (found.game, found.amount, found.currency) != (order.game, order.amount, order.currency):
        raise refusals.InvalidInput("That bet has another game, wager or currency.", field="bet_id")
    try:
        return recording.note_placed(intent.pk, found, at=now())
    except recording.OtherBet as error:
        raise refusals.InvalidInput(str(error), field="bet_id") from None
