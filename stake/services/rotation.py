"""Rotating the seed pair: the promise checked, the old server seed revealed, its stream verified.

As a bet, a rotation is committed before it is sent and never sent twice; what became of it is told by the hash that is
in use afterwards.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import transaction

from accounts import audit
from accounts.audit import By
from stake import refusals
from stake.client import DEADLINE, Venue
from stake.errors import BetNotFound, VenueError
from stake.models import REQUEST_OPEN, BetIntent, RequestState, SeedRotation, StakeSession
from stake.services import betting, locks, pairs
from stake.services.venues import find_session, line_to
from stake.values import RetiredSeed, SeedPair
from streams import queries
from streams.verification import services as verification
from streams.verification.tasks import verify_streams_soon

log = logging.getLogger(__name__)

CLIENT_SEED_MAX: Final = 64
SEED_MISMATCH: Final = "seed_mismatch"
QUIET: Final = timedelta(seconds=30)
SENDER_GONE_AFTER: Final = timedelta(seconds=DEADLINE + 5)


def rotate(*, session_id: UUID, client_seed: str | None, by: By, now: Callable[[], datetime]) -> SeedRotation:
    """Rotate the pair of the session's account; without a client seed a random one is taken.

    The rotation's state says what is known: `done`, `not_done` with the reason, `unknown` (being looked into). Raises
    `Refused` and its kinds, among them `RoundsOpen`, and `VenueError` where the pair in use could not be read.
    """
    session = find_session(session_id)
    wanted = _check_client_seed(client_seed) if client_seed is not None else secrets.token_hex(10)
    if not session.account_key:
        raise refusals.NotVerified
    with line_to(session, now=now) as venue:
        pair = venue.seed_pair()
    pairs.keep(session, pair, at=now())
    if pair.open_games:
        games = ", ".join(dict.fromkeys(pair.open_games))
        raise refusals.RoundsOpen(f"Finish the open rounds first: {games}. The venue keeps the pair while they last.")
    rotation_id = uuid4()
    with locks.in_flight(rotation_id):
        _commit(rotation_id, session.pk, pair, wanted, by=by, at=now())
        try:
            with line_to(session, now=now) as venue:
                new = venue.rotate(wanted)
        except VenueError as error:
            state = RequestState.NOT_DONE if error.proves_nothing_placed else RequestState.UNKNOWN
            return _note_failure(rotation_id, state, kind=error.kind, message=error.message)
        done = _note_done(rotation_id, new, at=now())
    return _try_to_reveal(done, now=now)


def _check_client_seed(text: str) -> str:
    fits = 0 < len(text) <= CLIENT_SEED_MAX and text.isascii() and text.isprintable() and text == text.strip()
    if not fits:
        raise refusals.InvalidInput(
            f"The client seed must be 1 to {CLIENT_SEED_MAX} visible characters of plain ASCII, with no blank at "
            "either end.",
            field="client_seed",
        )
    return text


@transaction.atomic
def _commit(rotation_id: UUID, session_id: UUID, pair: SeedPair, client_seed: str, *, by: By, at: datetime) -> None:
    session = StakeSession.objects.select_for_update(no_key=True).get(pk=session_id)
    betting.check_nothing_open(session)
    old = queries.find_by_pair(pair.server_seed_hash, pair.client_seed)
    row = SeedRotation.objects.create(
        id=rotation_id,
        session=session,
        account_key=session.account_key,
        state=RequestState.IN_FLIGHT,
        asked_at=at,
        asked_by=by.name,
        old_hash=pair.server_seed_hash,
        old_client_seed=pair.client_seed,
        old_nonce=pair.nonce,
        announced_hash=pair.next_server_seed_hash or "",
        wanted_client_seed=client_seed,
        old_stream_id=old.id if old else None,
    )
    audit.write(action="stake.rotation.asked", by=by, at=at, subject=str(row), data={"session": session.label})


def _note_failure(rotation_id: UUID, state: RequestState, *, kind: str, message: str) -> SeedRotation:
    SeedRotation.objects.filter(pk=rotation_id, state__in=REQUEST_OPEN).update(
        state=state, error_kind=kind, error=message[:500]
    )
    return SeedRotation.objects.select_related("session").get(pk=rotation_id)


@transaction.atomic
def _note_done(rotation_id: UUID, new: SeedPair, *, at: datetime) -> SeedRotation:
    """The pair is another: keep it, and say whether it is the one that was announced."""
    row = (
        SeedRotation.objects.select_related("session").select_for_update(of=("self",), no_key=True).get(pk=rotation_id)
    )
    if row.state not in REQUEST_OPEN:
        return row
    row.state, row.rotated_at, row.error_kind, row.error = RequestState.DONE, at, "", ""
    row.new_hash, row.new_client_seed = new.server_seed_hash, new.client_seed
    if new.client_seed == row.wanted_client_seed:
        row.promise_kept = new.server_seed_hash == row.announced_hash if row.announced_hash else None
    else:
        # Another rotation followed or came first, so this hash need not be the one that was announced.
        row.error = "The client seed in use is not the one asked for: somebody else rotated the pair as well."
    row.save()
    pairs.keep(row.session, new, at=at)
    if row.promise_kept is False:
        log.warning("The venue's new seed is not the one it announced", extra={"rotation": str(row.pk)})
    audit.write(
        action="stake.rotation.done",
        by=By.worker(),
        at=at,
        subject=str(row),
        data={"new_hash": row.new_hash, "promise_kept": row.promise_kept},
    )
    return row


def look_into(rotation_id: UUID, *, now: Callable[[], datetime]) -> SeedRotation:
    """Find out what became of a rotation whose answer never came. Raises what the venue raises."""
    with locks.if_nobody_waits(rotation_id) as ours:
        row = SeedRotation.objects.select_related("session").get(pk=rotation_id)
        if not ours or row.state not in REQUEST_OPEN or now() - row.asked_at < SENDER_GONE_AFTER:
            return row
        with line_to(row.session, now=now) as venue:
            pair = venue.seed_pair()
        if pair.server_seed_hash != row.old_hash:
            row = _note_done(rotation_id, pair, at=now())
        elif now() - row.asked_at >= SENDER_GONE_AFTER + QUIET:
            row = _note_failure(
                rotation_id, RequestState.NOT_DONE, kind="no_trace", message="The old pair is still in use."
            )
        else:
            row = _note_failure(
                rotation_id, RequestState.UNKNOWN, kind=row.error_kind or "interrupted", message=row.error
            )
    return _try_to_reveal(row, now=now) if row.state == RequestState.DONE else row


def reveal_what_is_due(session: StakeSession, *, now: Callable[[], datetime]) -> None:
    """Ask for the server seeds of past rotations that the venue has not shown us yet. Raises what the venue raises."""
    for row in SeedRotation.objects.filter(session=session, state=RequestState.DONE, server_seed=""):
        reveal(row.pk, now=now)


def _try_to_reveal(row: SeedRotation, *, now: Callable[[], datetime]) -> SeedRotation:
    """The rotation with its server seed, if the venue shows it now; it is asked again later otherwise."""
    try:
        return reveal(row.pk, now=now)
    except (VenueError, refusals.Refused):
        return row


def reveal(rotation_id: UUID, *, now: Callable[[], datetime]) -> SeedRotation:
    """Read the retired server seed, keep it if it hashes to the old hash, and have its stream verified.

    Raises what the venue raises.
    """
    row = SeedRotation.objects.select_related("session").get(pk=rotation_id)
    if row.state != RequestState.DONE or row.server_seed:
        return row
    with line_to(row.session, now=now) as venue:
        server_seed = _retired_seed(venue, row)
    if server_seed is not None:
        _keep_seed(row, server_seed, at=now())
    return row


def _retired_seed(venue: Venue, row: SeedRotation) -> str | None:
    """The server seed as the venue shows it: as the pair before, or on any bet that was made with it."""
    retired: RetiredSeed | None = venue.retired_seed()
    if retired is not None and retired.server_seed_hash == row.old_hash:
        return retired.server_seed
    intent = BetIntent.objects.filter(
        session=row.session, pair_hash=row.old_hash, provider_bet_id__isnull=False
    ).first()
    if intent is None:
        return None
    try:
        return venue.look_up(bet_id=intent.provider_bet_id).server_seed
    except BetNotFound:
        return None


def _keep_seed(row: SeedRotation, server_seed: str, *, at: datetime) -> None:
    if hashlib.sha256(server_seed.encode()).hexdigest() != row.old_hash:
        log.warning("The venue's retired seed does not hash to its hash", extra={"rotation": str(row.pk)})
        SeedRotation.objects.filter(pk=row.pk).update(
            error_kind=SEED_MISMATCH, error="The server seed that the venue shows does not hash to the old hash."
        )
        return
    stream = queries.find_by_pair(row.old_hash, row.old_client_seed)
    with transaction.atomic():
        row.server_seed, row.revealed_at = server_seed, at
        if row.error_kind == SEED_MISMATCH:  # it was another seed that the venue showed then
            row.error_kind, row.error = "", ""
        row.old_stream_id = stream.id if stream else row.old_stream_id
        row.save(update_fields=["server_seed", "revealed_at", "error_kind", "error", "old_stream_id"])
        if stream is not None:
            verification.reveal(stream_id=stream.id, server_seed=server_seed, by=row.asked_by, at=at)
            transaction.on_commit(verify_streams_soon)
