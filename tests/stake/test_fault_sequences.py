"""Random sequences of bets, rotations, faults and deaths: in the end our records are the venue's, row for row.

Each sequence is drawn from its number, so that one that fails can be run again alone:
`pytest tests/stake/test_fault_sequences.py -k "sequence and 123"`.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from fairness.seeds import hash_server_seed
from stake import refusals
from stake.errors import VenueError
from stake.models import BetIntent, IntentState, SeedRotation, StakeSession
from stake.services import betting, history, reconcile, recording, rotation, sessions
from stake.services.betting import Wanted
from stake.simulator.server import Simulator
from stake.values import Order
from streams.models import Bet, Conflict
from tests.stake.conftest import BY, Clock, dice, limbo, live_session, pump, somebody

QUICK = range(40)
ALL = range(1_000)
STEPS = 9

FAULTS: list[dict[str, Any]] = [
    {"kind": "drop_before"},
    {"kind": "drop_after"},
    {"kind": "book_late", "seconds": 3000},
    {"kind": "truncate"},
    {"kind": "cut"},
    {"kind": "cloudflare"},
    {"kind": "unauthorized"},
    {"kind": "rate_limit"},
    {"kind": "rate_limit", "seconds": 7},
    {"kind": "unavailable"},
    {"kind": "unavailable", "booked": True},
    {"kind": "server_error"},
    {"kind": "server_error", "booked": True},
    {"kind": "redirect"},
    {"kind": "not_json"},
    {"kind": "not_json", "booked": True},
    {"kind": "error", "error_type": "internalError"},
    {"kind": "error", "error_type": "internalError", "booked": True},
    {"kind": "error", "error_type": "parallelCasinoBet"},
    {"kind": "error", "error_type": "insufficientBalance"},
    {"kind": "error", "error_type": "somethingNew", "booked": True},
    {"kind": "error_beside", "error_type": "internalError"},
    {"kind": "null_data"},
    {"kind": "null_data", "booked": True},
    {"kind": "schema", "field": "nonce", "change": "removed"},
    {"kind": "schema", "field": "nonce", "change": "refused"},
    {"kind": "schema", "field": "payout", "change": "renamed", "to": "paid"},
    {"kind": "expire_token"},
]
# Who is hit: the bet itself, its look-up, the reads that finding out needs, a rotation, anything.
OPERATIONS = ["place", "place", "place", "bet", "user", "houseBetList", "rotateSeedPair", ""]


class Killed(BaseException):
    """The server died just here."""


class Story:
    """One sequence, from its number."""

    def __init__(self, number: int, simulator: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.random = random.Random(number)
        self.simulator, self.clock, self.monkeypatch = simulator, clock, monkeypatch
        self.account = simulator.world.open_account(f"player {number}", balances={"btc": Decimal(100)})
        self.session = live_session(self.account, clock)
        self.token = self.account.token
        self.bets = 0
        self.rotations = 0

    def tell(self) -> None:
        acts: list[Callable[[], None]] = [self.bet, self.bet, self.bet, self.rotate, self.somebody, self.look]
        for _ in range(STEPS):
            if self.random.random() < 0.6:
                fault = dict(self.random.choice(FAULTS))
                self.simulator.faults.add(fault.pop("kind"), self.random.choice(OPERATIONS), **fault)
            self.random.choice(acts)()
            self.clock.pass_(seconds=self.random.choice([0, 1, 5, 20, 40, 700]))
        self.finish()

    def bet(self) -> None:
        self.bets += 1
        order = self.order()
        died = self.random.choice([None, None, None, None, "before", "after"])
        with self.monkeypatch.context() as patch, suppress(refusals.Refused, VenueError, Killed):
            if died == "before":
                patch.setattr(betting, "_send", _die)
            if died == "after":
                patch.setattr(recording, "note_placed", _die)
            betting.place(Wanted(self.session.pk, order, f"bet {self.bets}"), by=BY, now=self.clock)

    def order(self) -> Order:
        amount = self.random.choice(["0.01", "0.02"])
        return self.random.choice([limbo(amount), limbo(amount, "3.5"), pump(amount, 3, "hard"), dice(amount)])

    def rotate(self) -> None:
        self.rotations += 1
        with suppress(refusals.Refused, VenueError):
            rotation.rotate(session_id=self.session.pk, client_seed=f"seed {self.rotations}", by=BY, now=self.clock)

    def somebody(self) -> None:
        """Another program, whose wagers are never the same as ours: who could tell them apart?"""
        if self.random.random() < 0.2:
            somebody(self.simulator, self.account, "rotate", client_seed=f"theirs {self.random.random()}")
        else:
            options = {"multiplierTarget": 2}
            somebody(self.simulator, self.account, game="limbo", amount=0.05, currency="btc", options=options)

    def look(self) -> None:
        self.mend_token()
        reconcile.session(self.session.pk, now=self.clock)

    def mend_token(self) -> None:
        """A person enters the token of a new sign-in when the old one is refused."""
        if not self.account_now().token_valid:
            self.token = self.simulator.world.renew_token(self.account.id)
        if StakeSession.objects.get(pk=self.session.pk).access_token.reveal() != self.token:
            entered = sessions.Entered(label="Simulator", host="simulator", currency="btc", token=self.token)
            with suppress(VenueError):
                sessions.change(self.session.pk, entered, by=BY, now=self.clock)

    def account_now(self) -> Any:
        return self.simulator.world.account(self.account.id)

    def finish(self) -> None:
        """The storm is over: everything is looked into until nothing is open, and the history brings the rest."""
        self.simulator.faults.clear()
        assert self.simulator.settle(now=True)
        for _ in range(6):
            self.clock.pass_(minutes=10)
            self.look()
        history.import_history(session_id=self.session.pk, pages=10, now=self.clock)
        self.look()  # what came late is its own intent's now, and no longer stands beside another
        self.decide_by_hand()
        sessions.verify(self.session.pk, by=BY, now=self.clock)

    def decide_by_hand(self) -> None:
        """Where pairs were rotated away before anybody looked, a person looks at the venue's own page."""
        for intent in BetIntent.objects.filter(state=IntentState.UNKNOWN):
            assert "rotated more than once" in intent.error
            reconcile.decide(intent.pk, bet_id=self.unclaimed(), by=BY, now=self.clock)

    def unclaimed(self) -> str | None:
        bets = self.simulator.world.history(self.account.id, limit=500, offset=0)
        claimed = set(BetIntent.objects.values_list("provider_bet_id", flat=True))
        return next((bet.id for bet in bets if bet.by == "self" and bet.id not in claimed), None)

    def check(self) -> None:
        truth = {bet.id: bet for bet in self.simulator.world.history(self.account.id, limit=500, offset=0)}
        ours = {bet.provider_bet_id: bet for bet in Bet.objects.select_related("stream")}
        assert set(ours) == set(truth), "a bet is lost, or one is ours alone"
        assert Bet.objects.count() == len(truth), "a bet is there twice"
        for bet_id, bet in ours.items():
            booked = truth[bet_id]
            told = (
                booked.game,
                booked.nonce,
                booked.amount,
                booked.payout,
                booked.pair.server_seed_hash,
                booked.pair.client_seed,
            )
            kept = (bet.game, bet.nonce, bet.amount, bet.payout)
            assert (*kept, bet.stream.server_seed_hashed, bet.stream.client_seed) == told
        assert not Conflict.objects.exists()
        self.check_intents(truth)

    def check_intents(self, truth: dict[str, Any]) -> None:
        intents = list(BetIntent.objects.all())
        assert {intent.state for intent in intents} <= {IntentState.RECORDED, IntentState.NOT_PLACED}
        placed = {intent.provider_bet_id for intent in intents if intent.state == IntentState.RECORDED}
        assert placed == {bet_id for bet_id, bet in truth.items() if bet.by == "self"}
        assert len(placed) == sum(intent.state == IntentState.RECORDED for intent in intents)
        for intent in intents:
            if intent.state == IntentState.RECORDED:
                booked = truth[str(intent.provider_bet_id)]
                assert (intent.game, intent.amount, intent.payout) == (booked.game, booked.amount, booked.payout)
        assert {row.state for row in SeedRotation.objects.all()} <= {"done", "not_done"}
        for row in SeedRotation.objects.exclude(server_seed=""):
            assert hash_server_seed(row.server_seed) == row.old_hash
        session = StakeSession.objects.get(pk=self.session.pk)
        assert session.pair_hash == self.account_now().pair.server_seed_hash


def _die(*args: Any, **kwargs: Any) -> None:
    raise Killed


@pytest.mark.parametrize("number", QUICK)
def test_the_records_are_equal(number, simulator, clock, monkeypatch, db):
    story = Story(number, simulator, clock, monkeypatch)
    story.tell()
    story.check()


@pytest.mark.slow
@pytest.mark.parametrize("number", ALL[QUICK.stop :])
def test_the_records_are_equal_in_all_sequences(number, simulator, clock, monkeypatch, db):
    story = Story(number, simulator, clock, monkeypatch)
    story.tell()
    story.check()
