"""Placing bets, what became of them, looking one up, finding out, importing the history."""

from decimal import Decimal
from urllib.parse import quote
from uuid import uuid4

import pytest

from stake.models import BetIntent, Limit, StakeSession
from streams.models import Bet, Stream
from tests.stake.api.conftest import bet, truth
from tests.stake.conftest import somebody_bets_limbo

PUMP = {"game": "pump", "options": {"difficulty": "easy", "pumps": 1}}
DICE = {"game": "dice", "options": {"target": "50.5", "condition": "above"}}


@pytest.mark.parametrize("changes", [{}, PUMP, DICE], ids=["limbo", "pump", "dice"])
def test_it_works(api, session, simulator, account, changes):
    answer = bet(api, session, "first", **changes)
    assert answer.status == 201, answer.text
    (booked,) = truth(simulator, account)
    told = answer.body["stake"]
    assert (told["state"], told["provider_bet_id"], told["nonce"]) == ("recorded", booked.id, 1)
    assert (told["payout"], told["simulated"], told["error"]) == (booked.payout, True, None)
    assert (told["stream_id"], told["bet_id"]) == (answer.body["id"], 1)
    (row,) = answer.body["recent_bets"]
    assert (row["nonce"], row["amount"], row["payout"]) == (1, Decimal("0.01"), booked.payout)


def test_the_answer_is_the_stream_with_the_bet_in_it(api, session):
    answer = bet(api, session, "first").body
    stream = api.get(f"/live/streams/{answer['stake']['stream_id']}").body
    assert {name: value for name, value in answer.items() if name != "stake"} == stream


def test_the_same_client_ref_is_the_same_bet(api, session, simulator, account):
    first = bet(api, session, "same")
    again = bet(api, session, "same")
    assert (again.status, again.body) == (201, first.body)
    # The same content, written otherwise.
    assert bet(api, session, "same", amount=0.01, options={"target": 2}).body == first.body
    other = bet(api, session, "same", amount="0.02")
    assert (other.status, other.code) == (409, "client_ref_reused")
    assert len(truth(simulator, account)) == Bet.objects.count() == 1


def test_a_dry_run_is_told_and_not_sent(api, session, simulator, account):
    StakeSession.objects.update(live=False)
    answer = bet(api, session, "dry")
    assert (answer.status, set(answer.body)) == (200, {"stake"})
    told = answer.body["stake"]
    assert (told["state"], told["stream_id"]) == ("dry_run", None)
    assert round(told["expected_loss"], 8) == Decimal("0.0001")
    assert not truth(simulator, account)
    assert not Stream.objects.exists()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"kind": "error", "error_type": "insufficientBalance"}, 409, "insufficient_balance"),
        ({"kind": "error", "error_type": "insignificantBet"}, 422, "invalid_bet"),
        ({"kind": "error", "error_type": "parallelCasinoBet"}, 409, "parallel_bet"),
        ({"kind": "error", "error_type": "existingGame"}, 409, "existing_game"),
        ({"kind": "unauthorized"}, 409, "invalid_session"),
        ({"kind": "cloudflare"}, 409, "cloudflare_blocked"),
        ({"kind": "rate_limit"}, 429, "rate_limited"),
    ],
)
def test_a_bet_that_was_not_placed_is_the_venue_s_refusal(api, session, simulator, account, fault, status, code):
    simulator.faults.add(fault.pop("kind"), "place", **fault)
    answer = bet(api, session, "refused")
    assert (answer.status, answer.code) == (status, code)
    message = answer.body["error"]["message"]
    sentences = [sentence for sentence in message.split(". ") if sentence]
    assert len(sentences) == len(set(sentences)), message
    # The same client_ref is that very refusal again, though the venue would take the bet now.
    again = bet(api, session, "refused")
    assert (again.status, again.body) == (status, answer.body)
    assert not truth(simulator, account)


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "server_error", "truncate"])
def test_an_unknown_outcome_is_202_and_holds_up_the_next_bet(api, session, simulator, account, clock, fault):
    simulator.faults.add(fault, "place")
    answer = bet(api, session, "lost")
    assert (answer.status, set(answer.body)) == (202, {"stake"})
    assert (answer.body["stake"]["state"], answer.body["stake"]["stream_id"]) == ("unknown", None)
    assert bet(api, session, "lost").status == 202
    held_up = bet(api, session, "next")
    assert (held_up.status, held_up.code) == (409, "session_busy")
    assert not Bet.objects.exists()
    (pending,) = api.get("/stake/bet", pending="true").body["intents"]
    assert pending["client_ref"] == "lost"


def test_an_unknown_outcome_is_found_out(api, session, simulator, account, clock):
    simulator.faults.add("drop_after", "place")
    intent = bet(api, session, "lost").body["stake"]["id"]
    clock.pass_(seconds=31)
    looked = api.post("/stake/reconcile", {"session": str(session.pk)})
    assert (looked.status, looked.body) == (
        200,
        {"session": str(session.pk), "done": True, "pending": [], "rotations": [], "deposits": []},
    )
    shown = api.get(f"/stake/bet/{intent}").body
    assert shown["stake"]["state"] == "recorded"
    assert [row["nonce"] for row in shown["recent_bets"]] == [1]
    assert bet(api, session, "lost").body == shown
    assert len(truth(simulator, account)) == 1


def test_two_looks_prove_that_nothing_was_placed(api, session, simulator, account, clock):
    simulator.faults.add("drop_before", "place")
    bet(api, session, "lost")
    clock.pass_(seconds=31)
    first = api.post("/stake/reconcile", {"session": str(session.pk)}).body
    assert (first["done"], [row["state"] for row in first["pending"]]) == (False, ["unknown"])
    clock.pass_(seconds=31)
    assert api.post("/stake/reconcile", {"session": str(session.pk)}).body["done"] is True
    answer = bet(api, session, "lost")
    assert (answer.status, answer.code) == (409, "no_trace")
    assert bet(api, session, "next").status == 201


def two_that_fit(api, session, simulator, account, clock):
    """The bet whose answer was lost, and another of the same content by somebody else."""
    simulator.faults.add("drop_after", "place")
    intent = bet(api, session, "lost").body["stake"]["id"]
    somebody_bets_limbo(simulator, account)
    clock.pass_(seconds=31)
    api.post("/stake/reconcile", {"session": str(session.pk)})
    return intent


@pytest.mark.parametrize("form", ["id", "iid"])
def test_a_person_says_which_bet_it_was(api, session, simulator, account, clock, form):
    intent = two_that_fit(api, session, simulator, account, clock)
    unknown = api.get(f"/stake/bet/{intent}").body["stake"]
    assert (unknown["state"], len(unknown["candidates"])) == ("unknown", 2)
    theirs, ours = truth(simulator, account)
    answer = api.post("/stake/reconcile", {"intent": intent, "bet_id": getattr(ours, form)})
    assert (answer.status, answer.body["stake"]["state"], answer.body["stake"]["nonce"]) == (200, "recorded", 1)
    again = api.post("/stake/reconcile", {"intent": intent, "bet_id": theirs.id})
    assert (again.status, again.code) == (409, "session_busy")


def test_a_person_says_that_nothing_was_placed(api, session, simulator, clock):
    simulator.faults.add("drop_before", "place")
    intent = bet(api, session, "lost").body["stake"]["id"]
    answer = api.post("/stake/reconcile", {"intent": intent, "not_placed": True})
    assert answer.body["stake"]["state"] == "not_placed"
    again = bet(api, session, "lost")
    assert (again.status, again.code) == (409, "by_hand")


@pytest.mark.parametrize(
    ("decision", "status", "field"),
    [
        ({}, 422, "bet_id"),
        ({"bet_id": str(uuid4()), "not_placed": True}, 422, "bet_id"),
        ({"bet_id": "nonsense"}, 422, "bet_id"),
        ({"not_placed": "yes"}, 422, "not_placed"),
        ({"bet_id": str(uuid4())}, 404, None),
    ],
)
def test_a_decision_that_says_nothing_is_refused(api, session, simulator, decision, status, field):
    simulator.faults.add("drop_before", "place")
    intent = bet(api, session, "lost").body["stake"]["id"]
    answer = api.post("/stake/reconcile", {"intent": intent, **decision})
    assert (answer.status, answer.fields) == (status, {field} if field else set())
    assert BetIntent.objects.get().state == "unknown"


def test_another_bet_is_not_accepted_by_hand(api, session, simulator, account):
    bet(api, session, "other", amount="0.02")
    simulator.faults.add("drop_before", "place")
    intent = bet(api, session, "lost").body["stake"]["id"]
    (other,) = truth(simulator, account)
    answer = api.post("/stake/reconcile", {"intent": intent, "bet_id": other.id})
    assert (answer.status, answer.fields) == (422, {"bet_id"})


def test_intents_are_listed_newest_first(api, session, clock):
    for ref in ("first", "second", "third"):
        bet(api, session, ref)
        clock.pass_(seconds=1)
    listed = api.get("/stake/bet", limit=2, offset=1).body
    assert [row["client_ref"] for row in listed["intents"]] == ["second", "first"]
    assert api.get("/stake/bet", session=uuid4()).body["intents"] == []


# --- Limits -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "amount", "code"),
    [
        ({"max_wager": "0.005"}, "0.01", "limit_max_wager"),
        ({"daily_loss": "0.005"}, "0.01", "limit_daily_loss"),
        ({"stop_loss": "0.005"}, "0.01", "limit_stop_loss"),
        ({"confirm_above": "0.005"}, "0.01", "limit_confirmation"),
    ],
)
def test_a_limit_is_a_refusal_with_its_name(api, session, simulator, account, values, amount, code):
    Limit.objects.update(**values)
    answer = bet(api, session, "large", amount=amount)
    assert (answer.status, answer.code) == (409, code)
    assert not BetIntent.objects.exists()
    assert not truth(simulator, account)


def test_a_large_wager_is_taken_when_it_is_confirmed(api, session):
    Limit.objects.update(confirm_above="0.005")
    assert bet(api, session, "large", confirmed=True).status == 201


# --- Looking up -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        lambda booked: booked.id,
        lambda booked: booked.id.upper(),
        lambda booked: booked.iid,
        lambda booked: booked.iid.replace("house:", "House: "),
        lambda booked: f"house: {int(booked.iid.partition(':')[2]):,}",
        lambda booked: f"https://stake.com/?betId={booked.id}&modal=bet",
        lambda booked: f"https://stake.com/?iid={booked.iid}&modal=bet",
        lambda booked: f"https://stake.com/?iid={booked.iid.replace(':', '%3A')}&modal=bet",
    ],
    ids=["uuid", "UUID", "iid", "blank", "commas", "link", "link-iid", "link-encoded"],
)
def test_a_bet_is_looked_up_by_any_form_of_its_id(api, session, simulator, account, played, form):
    (booked,) = truth(simulator, account)
    answer = api.get(f"/stake/bets/{quote(form(booked), safe='')}")
    assert answer.status == 200, answer.text
    body = answer.body
    assert (body["provider_bet_id"], body["iid"], body["nonce"]) == (booked.id, booked.iid, 1)
    assert (body["server_seed"], body["stream_id"]) == (None, played["stake"]["stream_id"])


@pytest.mark.parametrize("name", ["nonsense", "house:", "house:12x", "x" * 600, "123", "%5B", "http:%2F%2F%5B%3Fiid=1"])
def test_what_is_no_id_is_refused_by_name(api, session, name):
    answer = api.get(f"/stake/bets/{name}")
    assert (answer.status, answer.fields) == (422, {"name"})


def test_a_bet_that_the_venue_does_not_know(api, session):
    for name in ("house:1", str(uuid4())):
        answer = api.get(f"/stake/bets/{name}")
        assert (answer.status, answer.code) == (404, "bet_not_found")


def test_looking_up_needs_a_session(api, db):
    assert api.get("/stake/bets/house:1").status == 404
    assert api.get("/stake/bets/house:1", session="nonsense").fields == {"session"}
    assert api.get("/stake/bets/house:1", session=uuid4()).status == 404


# --- History ----------------------------------------------------------------------------------------


def test_the_history_is_imported_once(api, session, simulator, account, played):
    for _ in range(3):
        somebody_bets_limbo(simulator, account)
    body = {"session": str(session.pk)}
    first = api.post("/stake/import-history", body)
    assert first.status == 200, first.text
    expected = {"seen": 4, "new": 3, "known": 1, "conflicts": 0, "left_out": 0, "whole": True}
    assert {name: first.body[name] for name in expected} == expected
    assert first.body["streams"] == [played["stake"]["stream_id"]]
    again = api.post("/stake/import-history", body).body
    assert (again["new"], again["known"]) == (0, 4)
    assert Bet.objects.count() == len(truth(simulator, account)) == 4


@pytest.mark.parametrize("pages", [0, 201, -1, "many", 1.5, True])
def test_pages_are_a_number_of_pages(api, session, pages):
    answer = api.post("/stake/import-history", {"session": str(session.pk), "pages": pages})
    assert (answer.status, answer.fields) == (422, {"pages"})
