"""Betting from pages, with scripts and without: what was typed is kept, and a bet is placed once."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from stake.games import GAMES
from stake.models import BetIntent, StakeSession
from stake.services import betting
from stake.services.betting import Wanted
from stake.values import Order
from streams.ingest import ingest
from streams.models import Bet, Stream
from tests.stake.conftest import BY, limbo, live_session
from tests.stake.pages.asking import LIMBO, bet, of, said, text
from tests.streams.messages import bet as message

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "wanted",
    [
        LIMBO,
        {"game": "pump", "amount": "0.01", "currency": "BTC", "option_difficulty": "hard", "option_pumps": "2"},
        {"game": "dice", "amount": "0.01", "currency": "btc", "option_target": "40", "option_condition": "below"},
        {"game": "keno", "amount": "0.01", "currency": "btc", "option_picks": "1, 2, 3", "option_risk": "low"},
    ],
    ids=lambda wanted: wanted["game"],
)
def test_a_bet_leads_to_its_stream(owner, session, wanted):
    placed = owner.post(of(session, "/bet"), {**wanted, "client_ref": "one"}, follow=True)
    stored = Bet.objects.get()
    assert placed.redirect_chain == [(f"/live/{stored.stream.public_id}", 302)]
    assert (stored.game, stored.amount) == (wanted["game"], Decimal("0.01"))
    assert said(placed)[0].startswith("Placed: ")
    # The same form sent twice, as by a double click, is one bet.
    owner.post(of(session, "/bet"), {**wanted, "client_ref": "one"})
    assert Bet.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e40"}, "amount"),
        ({"amount": "0." + "0" * 18 + "1"}, "amount"),
        ({"currency": "no way"}, "currency"),
        ({"option_target": "1"}, "option_target"),
        ({"option_target": ""}, "option_target"),
        ({"client_ref": ""}, "client_ref"),
        ({"client_ref": "x" * 101}, "client_ref"),
        ({"game": "roulette", "option_bet": "number"}, "option_numbers"),
        ({"game": "roulette", "option_bet": "number", "option_numbers": "1, 2, 3", "amount": "0.00000001"}, "amount"),
    ],
)
def test_a_wrong_bet_is_named_and_keeps_what_was_typed(owner, session, changes, field):
    page = bet(owner, session, **{"amount": "0.03", **changes})
    assert page.status_code == 422
    assert field in page.context["form"].errors
    if "amount" not in changes:
        assert 'value="0.03"' in page.content.decode()
    assert not BetIntent.objects.exists()


def test_another_game_brings_its_options_and_keeps_the_amount(owner, session):
    page = bet(owner, session, game="wheel", amount="0.07", action="options").content.decode()
    assert 'name="option_segments"' in page
    assert 'value="0.07"' in page
    assert not BetIntent.objects.exists()


def test_a_dry_run_shows_the_request_and_sends_nothing(owner, session, simulator, account):
    StakeSession.objects.update(live=False)
    assert "Check bet (dry run)" in text(owner.get(of(session, "/bet")))
    page = text(bet(owner, session))
    assert "mutation LimboBet(" in page
    assert "&quot;multiplierTarget&quot;:2" in page.replace(" ", "")
    assert "loses 0.0001" in page
    assert simulator.world.history(account.id, limit=5, offset=0) == []
    assert BetIntent.objects.get().state == "dry_run"


def test_a_dry_run_that_could_not_be_sent_still_has_its_page(owner, session, clock):
    """Another program may ask for what the form refuses: a wager that does not split over its numbers."""
    StakeSession.objects.update(live=False)
    uneven = Order("roulette", Decimal("0.00000001"), "btc", {"bet": "number", "numbers": [1, 2, 3]})
    intent = betting.place(Wanted(session.pk, uneven, "uneven"), by=BY, now=clock)
    page = owner.get(f"/stake/intents/{intent.pk}")
    assert page.status_code == 200
    assert "The exact request" not in text(page)


def test_a_wager_above_the_confirmation_is_asked_for_once_more(owner, account, clock):
    session = live_session(account, clock, confirm_above=Decimal("0.005"))
    page = bet(owner, session)
    assert page.status_code == 409
    assert "A wager above 0.005 btc has to be confirmed" in text(page)
    assert 'name="confirmed"' in page.content.decode()
    assert not BetIntent.objects.exists()
    assert bet(owner, session, confirmed="1").status_code == 302
    assert Bet.objects.count() == 1


def test_a_limit_is_told_and_the_form_kept(owner, session):
    page = bet(owner, session, amount="2")
    assert page.status_code == 409
    assert "above the limit of 1 btc" in text(page)
    assert 'value="2"' in page.content.decode()


def test_what_the_venue_refuses_is_told(owner, session, simulator):
    simulator.faults.add("error", "place", error_type="insufficientBalance")
    page = bet(owner, session)
    assert page.status_code == 200
    assert "Not placed:" in text(page)
    assert 'value="ref-1"' not in page.content.decode()  # The next press is another bet.


def test_a_reused_name_is_explained_and_renewed(owner, session):
    bet(owner, session)
    page = bet(owner, session, amount="0.02")
    assert page.status_code == 409
    assert "was asked for already" in text(page)
    assert 'value="ref-1"' not in page.content.decode()


def test_the_card_alone_is_answered_and_the_tail_is_asked(owner, session):
    answer = bet(owner, session, htmx=True)
    body = answer.content.decode()
    assert answer["HX-Trigger"] == "streams:poll-now"
    assert body.lstrip().startswith('<div id="bet-card"')
    assert 'id="pending" class="pending" hx-swap-oob="true"' in body
    assert "nonce 1: returned" in text(answer)
    assert "every 2s" not in body
    assert 'value="ref-1"' not in body


def test_an_unknown_outcome_is_listed_polled_and_found(owner, session, simulator):
    simulator.faults.add("drop_after", "place")
    answer = bet(owner, session, htmx=True)
    assert "HX-Trigger" not in answer
    assert "Outcome unknown, being looked up" in text(answer)
    assert 'hx-trigger="every 2s"' in answer.content.decode()
    intent = BetIntent.objects.get()
    poll = f"/stake/pending?session={session.pk}&watch={intent.pk}"
    assert "HX-Trigger" not in owner.get(poll)
    busy = bet(owner, session, ref="ref-2", htmx=True)
    assert (busy.status_code, "not known yet" in text(busy)) == (409, True)
    assert "Not decided yet" in text(owner.get("/stake"))
    owner.post(of(session, "/look-again"))
    found = owner.get(poll)
    assert found["HX-Trigger"] == "streams:poll-now"
    assert "Recorded" in text(found)
    assert "every 2s" not in found.content.decode()
    assert Bet.objects.count() == 1


def test_a_person_decides_what_cannot_be_found_out(owner, session, simulator, account):
    simulator.faults.add("drop_before", "place")
    bet(owner, session)
    intent = BetIntent.objects.get()
    address = f"/stake/intents/{intent.pk}"
    assert "It was not placed" in text(owner.get(address))
    page = owner.post(f"{address}/decide", {"not_placed": "1"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["looked"])
    page = owner.post(f"{address}/decide", {"bet_id": "nonsense"})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["bet_id"])
    assert owner.post(f"{address}/decide", {"bet_id": str(uuid4())}).status_code == 404
    owner.post(f"{address}/decide", {"not_placed": "1", "looked": "on"})
    intent.refresh_from_db()
    assert (intent.state, intent.error_kind) == ("not_placed", "by_hand")
    assert bet(owner, session, ref="next").status_code == 302


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("game=limbo&option_target=2", ["49.5 %", "2×", "0.02", "1 %", "0.0001"]),
        (
            "game=dice&option_target=50.5&option_condition=above",
            ["49.5 %", "2×", "1.01 %", "house edge"],
        ),
        ("game=pump&option_difficulty=easy&option_pumps=1", ["96 %", "1.02", "2 %"]),
        ("game=limbo&option_target=", ["Target is missing"]),
        ("game=limbo&option_target=0.5", ["Target must"]),
    ],
)
def test_figures_follow_what_is_typed(owner, session, query, words):
    page = text(owner.get(f"/stake/prospects?session={session.pk}&amount=0.01&currency=btc&{query}")).lower()
    assert [word for word in words if word.lower() not in page] == [], page


def test_every_game_has_its_form_and_figures(owner, session):
    for slug in GAMES:
        page = owner.get(f"/stake/options?session={session.pk}&game={slug}&amount=0.01&currency=btc")
        assert page.status_code == 200, slug
        assert 'id="figures"' in page.content.decode(), slug


def test_the_panel_is_on_the_stream_of_the_pair(owner, session, clock):
    assert owner.get(f"/stake/panel?stream={uuid4()}").content.strip() != b""
    intent = betting.place(Wanted(session.pk, limbo(), "first"), by=BY, now=clock)
    page = owner.get(f"/stake/panel?stream={intent.stream_id}")
    assert "Bet 0.001 btc" in text(page)
    assert "Simulation" in text(page)
    assert f"/bet?stream={intent.stream_id}" in page.content.decode()


def test_a_strange_stream_has_a_line_or_nothing(owner, session, clock):
    ingest([message(1)], at=timezone.now())
    stream = Stream.objects.get().public_id
    assert "No session plays this pair" in text(owner.get(f"/stake/panel?stream={stream}"))
    StakeSession.objects.update(removed_at=timezone.now(), access_token=None, cf_clearance=None, live=False)
    assert text(owner.get(f"/stake/panel?stream={stream}")) == ""


def test_after_a_rotation_the_old_panel_leads_to_the_new_stream(owner, session, played):
    old = f"/stake/panel?stream={played['stream']}"
    assert "begins with the next bet" in text(owner.get(old))
    answer = bet(owner, session, ref="after", query=f"?stream={played['stream']}", htmx=True)
    new = Stream.objects.exclude(public_id=played["stream"]).get()
    assert f'href="/live/{new.public_id}"' in answer.content.decode()
    page = owner.get(old).content.decode()
    assert f'href="/live/{new.public_id}"' in page
    assert played["rotation"] in page
    assert played["rotation"] in owner.get(f"/stake/panel?stream={new.public_id}").content.decode()


@pytest.mark.parametrize("htmx", [False, True], ids=["page", "htmx"])
def test_options_of_another_game_place_nothing(owner, session, htmx):
    """The game was changed, and Bet pressed before its options had come: the target typed was for Dice."""
    answer = bet(owner, session, options_of="dice", htmx=htmx)
    assert answer.status_code == 409
    assert "Nothing was bet" in text(answer)
    assert 'name="options_of" value="limbo"' in answer.content.decode()
    assert not BetIntent.objects.exists()
    assert bet(owner, session, options_of="limbo", htmx=htmx).status_code < 400
