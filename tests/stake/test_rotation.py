"""A rotation: its promise checked, the old seed revealed and its stream verified, and never sent twice."""

from decimal import Decimal

import pytest

from fairness.seeds import hash_server_seed
from stake import refusals
from stake.models import SeedRotation, StakeSession
from stake.services import reconcile, rotation
from streams.models import SeedAlias, Stream, StreamVerification
from streams.verification import work
from tests.stake.conftest import BY, dice, limbo, pump, somebody
from tests.stake.test_betting import place


def rotate(session: StakeSession, clock, client_seed: str | None = "chosen") -> SeedRotation:
    return rotation.rotate(session_id=session.pk, client_seed=client_seed, by=BY, now=clock)


def test_it_works(session, simulator, account, clock):
    for number, order in enumerate([limbo(), pump(), dice()]):
        place(session, order, f"bet {number}", clock)
    old = Stream.objects.get()
    announced = StakeSession.objects.get().pair_next_hash
    done = rotate(session, clock)
    assert (done.state, done.promise_kept, done.error) == ("done", True, "")
    assert (done.new_hash, done.new_client_seed) == (announced, "chosen")
    assert done.old_stream_id == old.public_id
    assert hash_server_seed(done.server_seed) == old.server_seed_hashed
    assert SeedAlias.objects.get().server_seed == done.server_seed
    assert StreamVerification.objects.get().stream == old
    place(session, limbo(), "of the new pair", clock)
    new = Stream.objects.exclude(pk=old.pk).get()
    assert SeedRotation.objects.get().new_stream_id == new.public_id
    assert (new.server_seed_hashed, new.client_seed, new.last_nonce) == (announced, "chosen", 1)


def test_every_bet_of_the_old_stream_is_verified(session, simulator, clock):
    orders = [limbo("0.01", "1.5"), pump("0.01", 2, "expert"), dice("0.01", "30", "below"), limbo("0", "9")]
    for number, order in enumerate(orders * 3):
        place(session, order, f"bet {number}", clock)
    rotate(session, clock)
    found = verified(Stream.objects.get(), clock)
    assert (found.status, found.mismatches, found.cannots) == ("finished", 0, 0)
    assert found.matches == found.bets_checked == len(orders) * 3


def verified(stream: Stream, clock) -> StreamVerification:
    work.advance(stream.pk, now=clock, should_stop=lambda: False)
    return StreamVerification.objects.get(stream=stream)


def test_open_rounds_are_named(session, simulator, account, clock):
    somebody(simulator, account, "open_mines", amount=0.01, currency="btc")
    with pytest.raises(refusals.RoundsOpen, match="mines"):
        rotate(session, clock)
    assert not SeedRotation.objects.exists()


def test_a_random_client_seed_is_taken_where_none_is_given(session, clock):
    assert len(rotate(session, clock, None).new_client_seed) == 20


@pytest.mark.parametrize("seed", ["", "x" * 65, "line\nbreak", "é", "nul\0"])
def test_a_client_seed_that_cannot_be_sent_is_refused(session, clock, seed):
    with pytest.raises(refusals.InvalidInput) as refused:
        rotate(session, clock, seed)
    assert refused.value.field == "client_seed"


def test_a_rotation_without_an_answer_is_decided_by_the_hash_in_use(session, simulator, clock):
    place(session, limbo(), "bet", clock)
    simulator.faults.add("drop_after", "rotateSeedPair")
    assert rotate(session, clock).state == "unknown"
    with pytest.raises(refusals.SessionBusy, match="rotation"):
        place(session, limbo(), "meanwhile", clock)
    clock.pass_(seconds=61)
    assert reconcile.session(session.pk, now=clock)
    done = SeedRotation.objects.get()
    assert (done.state, done.promise_kept, done.new_client_seed) == ("done", True, "chosen")
    assert done.server_seed


def test_a_rotation_that_never_came_through(session, simulator, clock):
    simulator.faults.add("drop_before", "rotateSeedPair")
    assert rotate(session, clock).state == "unknown"
    reconcile.session(session.pk, now=clock)
    assert SeedRotation.objects.get().state == "unknown"
    clock.pass_(seconds=61)
    assert reconcile.session(session.pk, now=clock)
    assert SeedRotation.objects.get().state == "not_done"
    assert rotate(session, clock, "again").state == "done"


def test_a_seed_that_is_not_shown_yet_is_asked_for_again(session, simulator, clock):
    place(session, limbo(), "bet", clock)
    simulator.faults.add("unavailable", "previousServerSeed", times=None)
    done = rotate(session, clock)
    assert (done.state, done.server_seed) == ("done", "")
    simulator.faults.clear()
    clock.pass_(minutes=10)
    reconcile.session(session.pk, now=clock)
    assert hash_server_seed(SeedRotation.objects.get().server_seed) == done.old_hash


def test_a_broken_promise_is_told(session, simulator, account, clock, monkeypatch):
    place(session, limbo(), "bet", clock)
    read = rotation.Venue.seed_pair

    def announced_another(venue):
        pair = read(venue)
        return type(pair)(pair.client_seed, pair.server_seed_hash, "ab" * 32, pair.nonce, pair.open_games)

    monkeypatch.setattr(rotation.Venue, "seed_pair", announced_another)
    done = rotate(session, clock)
    assert (done.state, done.promise_kept) == ("done", False)


def test_somebody_elses_rotation_is_seen(session, simulator, account, clock):
    simulator.faults.add("drop_before", "rotateSeedPair")
    rotate(session, clock)
    somebody(simulator, account, "rotate", client_seed="theirs")
    clock.pass_(seconds=61)
    reconcile.session(session.pk, now=clock)
    done = SeedRotation.objects.get()
    assert (done.state, done.new_client_seed, done.promise_kept) == ("done", "theirs", None)
    assert "somebody else" in done.error


def test_amounts_survive_to_the_last_digit(session, clock):
    intent = place(session, limbo("0.00000001"), "smallest", clock)
    assert intent.amount == Decimal("0.00000001")
