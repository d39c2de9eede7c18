"""The pages of the venue: each works, refuses who may not, names the field that is wrong, and never shows a secret."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import switches
from accounts.audit import By
from accounts.models import User
from stake import hosts
from stake.games import GAMES
from stake.models import BetIntent, CoolOff, Limit, SeedRotation, StakeSession, VaultDeposit
from stake.services import betting, venues
from stake.services import simulator as trying
from stake.services.betting import Wanted
from stake.values import Order
from streams import sql
from streams.ingest import ingest
from streams.models import Bet, Stream
from tests.stake.conftest import BY, Clock, limbo, live_session
from tests.streams.messages import bet as message

pytestmark = pytest.mark.django_db(transaction=True)

LIMBO = {"game": "limbo", "amount": "0.01", "currency": "btc", "option_target": "2"}


@pytest.fixture
def clock() -> Clock:
    """The pages read the real clock, so the simulator's is about the same."""
    return Clock(timezone.now())


@pytest.fixture
def owner(client: Client, transactional_db: None) -> Client:
    sql.forget_streams()
    client.force_login(User.objects.create_superuser("owner"))
    return client


def person(*scopes: str) -> Client:
    user = User.objects.create_user(f"person-{'-'.join(scopes)}")
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"scope_{scope}" for scope in scopes]))
    client = Client()
    client.force_login(user)
    return client


def of(session: StakeSession, rest: str = "") -> str:
    return f"/stake/sessions/{session.pk}{rest}"


def bet(client: Client, session: StakeSession, *, ref: str = "ref-1", query: str = "", **changes: Any) -> Any:
    headers = {"HX-Request": "true"} if changes.pop("htmx", False) else {}
    data = {**LIMBO, "client_ref": ref, "action": "bet", **changes}
    return client.post(of(session, f"/bet{query}"), data, headers=headers)


def text(response: Any) -> str:
    """The page's words, its white space as a browser shows it."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode())).strip()


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


# --- Who may what -------------------------------------------------------------------------------------


READING = [
    "/stake",
    "/stake/offer",
    "/stake/limits-of-all",
    "{session}",
    "{intent}",
    "{rotation}",
    "/stake/panel?stream={stream}",
]
# Address, and the scope without which it is refused.
ACTING = [
    ("/stake/try", "bet"),
    ("/stake/stop-betting", "bet"),
    ("{session}/bet", "bet"),
    ("{session}/rotate", "bet"),
    ("{session}/balances", "bet"),
    ("{session}/pause", "bet"),
    ("{session}/deposit", "bet"),
    ("{session}/import", "bet"),
    ("{session}/look-again", "bet"),
    ("{intent}/decide", "bet"),
    ("/stake/limits-of-all/pause", "bet"),
    ("/stake/sessions/new", "sessions"),
    ("{session}/edit", "sessions"),
    ("{session}/verify", "sessions"),
    ("{session}/live", "sessions"),
    ("{session}/remove", "sessions"),
    ("{session}/limits", "sessions"),
    ("/stake/limits-of-all/set", "sessions"),
]


@pytest.fixture
def played(session: StakeSession, clock: Clock, owner: Client) -> dict[str, str]:
    """A session with a bet and a rotation; the addresses of all that."""
    intent = betting.place(Wanted(session.pk, limbo(), "first"), by=BY, now=clock)
    owner.post(of(session, "/rotate"), {"client_seed": "next"})
    rotation = SeedRotation.objects.get()
    return {
        "session": of(session),
        "intent": f"/stake/intents/{intent.pk}",
        "rotation": f"/stake/seed-rotations/{rotation.pk}",
        "stream": str(intent.stream_id),
    }


def test_every_page_reads_with_the_scope_read_and_acts_with_none(played):
    reader, nobody = person("read"), person("ingest")
    for address in READING:
        path = address.format(**played)
        assert reader.get(path).status_code == 200, path
        assert nobody.get(path).status_code == 403, path
    for address, _ in ACTING:
        assert reader.post(address.format(**played)).status_code == 403, address


@pytest.mark.parametrize("scope", ["bet", "sessions"])
def test_an_act_needs_its_own_scope(played, scope):
    """Whoever may only bet stores no session, and the other way round."""
    other = person("read", "sessions" if scope == "bet" else "bet")
    for address, needed in ACTING:
        if needed == scope:
            assert other.post(address.format(**played)).status_code == 403, address
    assert not switches.is_on(switches.BETTING_STOPPED)


def test_buttons_are_shown_to_those_who_may_press_them(played):
    reader = text(person("read").get("/stake"))
    assert "Change" not in reader
    assert "Add a session" not in reader
    assert "Stop betting" not in reader
    better = text(person("read", "bet").get(played["session"]))
    assert "Stop betting" in better
    assert "Refresh" in better
    assert "Go live" not in better


def test_a_post_without_its_token_is_refused(played, session):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="owner"))
    for address, _ in ACTING:
        assert strict.post(address.format(**played)).status_code == 403, address


@pytest.mark.parametrize(
    "path",
    [
        "/stake/sessions/nonsense",
        f"/stake/sessions/{uuid4()}",
        f"/stake/sessions/{uuid4()}/bet",
        "/stake/intents/nonsense",
        f"/stake/intents/{uuid4()}",
        "/stake/seed-rotations/nonsense",
        "/stake/options?session=nonsense",
        "/stake/prospects",
        "/stake/pending?session=1",
    ],
)
def test_what_is_not_there_is_not_found(owner, path):
    assert owner.get(path).status_code == 404


def test_it_sends_the_rest_to_the_login(client, db):
    assert client.get("/stake")["Location"].startswith("/login")


# --- Sessions -------------------------------------------------------------------------------------------


TOKEN = "tok-0123456789abcdefghijklmnopqrstuvwxyz-last"
CLEARANCE = "cle-0123456789abcdefghijklmnopqrstuvwxyz-ends"
SESSION_FORM = {
    **{"label": "main", "host": "stake.com", "currency": "BTC"},
    **{"token": TOKEN, "clearance": CLEARANCE, "user_agent": "Browser/1"},
}


@pytest.fixture
def at_the_simulator(settings, monkeypatch, simulator):
    """Sessions of the venue's real host reach the simulator instead."""
    real = venues.open_line
    monkeypatch.setattr(venues, "open_line", lambda host, **more: real(hosts.SIMULATOR, **more))
    return simulator


def test_the_first_page_offers_both_ways(owner):
    page = owner.get("/stake")
    assert "No session yet" in text(page)
    assert 'href="/stake/sessions/new"' in page.content.decode()
    assert 'action="/stake/try"' in page.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"label": ""}, "label"),
        ({"host": "evil.example"}, "host"),
        ({"host": "simulator"}, "host"),
        ({"currency": "b t c"}, "currency"),
        ({"token": ""}, "token"),
        ({"token": "x" * 501}, "token"),
        ({"clearance_expires_at": "tomorrow"}, "clearance_expires_at"),
    ],
)
def test_a_wrong_field_is_named_and_secrets_are_not_sent_back(owner, changes, field):
    page = owner.post("/stake/sessions/new", {**SESSION_FORM, **changes})
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert TOKEN not in page.content.decode()
    assert CLEARANCE not in page.content.decode()
    assert not StakeSession.objects.exists()


def test_a_token_that_the_venue_does_not_know_is_not_stored(owner, at_the_simulator):
    page = owner.post("/stake/sessions/new", SESSION_FORM)
    assert page.status_code == 409
    assert "does not accept this session's token" in text(page).replace("&#x27;", "'")
    assert not StakeSession.objects.exists()


def test_a_session_is_stored_changed_and_removed(owner, at_the_simulator, account):
    stored = owner.post("/stake/sessions/new", {**SESSION_FORM, "token": account.token})
    session = StakeSession.objects.get()
    assert stored["Location"] == of(session)
    assert (session.label, session.currency, session.live) == ("main", "btc", False)
    changed = {"label": "other", "host": "stake.com", "currency": "usdt", "user_agent": "Browser/2"}
    assert owner.post(of(session, "/edit"), changed).status_code == 302
    session.refresh_from_db()
    assert (session.label, session.user_agent) == ("other", "Browser/2")
    assert (session.access_token.reveal(), session.cf_clearance.reveal()) == (account.token, CLEARANCE)
    owner.post(of(session, "/edit"), {**changed, "drop_clearance": "on"})
    session.refresh_from_db()
    assert session.cf_clearance is None or not session.cf_clearance.is_set
    moved = owner.post(of(session, "/edit"), {**changed, "host": "stake.bet"})
    assert (moved.status_code, list(moved.context["form"].errors)) == (422, ["token"])
    assert "Remove “other”" in text(owner.get(of(session, "/remove")))
    owner.post(of(session, "/remove"))
    assert owner.get(of(session)).status_code == 404


def test_verifying_and_going_live(owner, account, clock):
    session = live_session(account, clock)
    StakeSession.objects.update(live=False)
    Limit.objects.all().delete()
    assert "Set limits for btc first" in said(owner.post(of(session, "/live"), {"live": "1"}, follow=True))[-1]
    owner.post(of(session, "/limits"), {"currency": "BTC", "max_wager": "0.5"})
    assert "play money" in said(owner.post(of(session, "/live"), {"live": "1"}, follow=True))[-1]
    session.refresh_from_db()
    assert session.live
    assert "its account is simulated-player" in said(owner.post(of(session, "/verify"), follow=True))[0]
    owner.post(of(session, "/live"), {"live": "0"})
    session.refresh_from_db()
    assert not session.live


def test_trouble_is_told_with_what_to_do(owner, session, simulator):
    simulator.faults.add("cloudflare", "user")
    told = said(owner.post(of(session, "/verify"), follow=True))
    assert "refused this session's clearance" in told[0]
    page = text(owner.get("/stake")).replace("&#x27;", "'")
    assert "enter its new cf_clearance together with the browser's user agent" in page
    StakeSession.objects.update(clearance_expires_at=timezone.now() - timedelta(minutes=1))
    assert "The clearance expired" in text(owner.get("/stake"))


# --- Limits and pauses ------------------------------------------------------------------------------------


def test_limits_are_set_shown_and_counted_anew(owner, session):
    values = {"currency": "btc", "max_wager": "0.25", "confirm_above": "0", "bets_per_minute": "30"}
    owner.post(of(session, "/limits"), values)
    limit = Limit.objects.get()
    assert (limit.max_wager, limit.confirm_above, limit.bets_per_minute) == (Decimal("0.25"), Decimal(0), 30)
    page = owner.get(of(session)).content.decode()
    assert 'value="0.25"' in page
    counted = limit.counted_from
    owner.post(of(session, "/limits"), {**values, "count_anew": "on"})
    assert Limit.objects.get().counted_from > counted
    owner.post("/stake/limits-of-all/set", {"currency": "usdt", "daily_loss": "10"})
    assert Limit.objects.get(session=None).daily_loss == 10
    assert "usdt" in text(owner.get("/stake/limits-of-all"))


@pytest.mark.parametrize("where", ["session", "all"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"max_wager": "lots"}, "max_wager"),
        ({"max_wager": "0"}, "max_wager"),
        ({"stop_loss": "-1"}, "stop_loss"),
        ({"take_profit": "NaN"}, "take_profit"),
        ({"daily_loss": "1e99"}, "daily_loss"),
        ({"bets_per_minute": "0"}, "bets_per_minute"),
        ({"currency": "b/c"}, "currency"),
    ],
)
def test_a_wrong_limit_is_named_and_nothing_is_set(owner, session, where, changes, field):
    address = of(session, "/limits") if where == "session" else "/stake/limits-of-all/set"
    before = list(Limit.objects.values())
    page = owner.post(address, {"currency": "usdt", **changes})
    assert page.status_code == 422
    assert list(page.context["new_limits"].errors) == [field]
    assert list(Limit.objects.values()) == before


def test_a_pause_needs_the_typed_word(owner, session):
    wanted = {"kind": "cool_off", "lasts": "1d"}
    page = owner.post(of(session, "/pause"), {**wanted, "confirm": "yes"})
    assert (page.status_code, list(page.context["pause_form"].errors)) == (422, ["confirm"])
    assert not CoolOff.objects.exists()
    owner.post(of(session, "/pause"), {**wanted, "confirm": "no bets"})
    pause = CoolOff.objects.get()
    assert pause.ends_at - pause.begins_at == timedelta(days=1)
    refused = bet(owner, session)
    assert refused.status_code == 409
    assert "Cool-off of this session lasts until" in text(refused)
    assert "It cannot be shortened" in text(owner.get(of(session)))


def test_a_pause_of_everything(owner, session):
    owner.post("/stake/limits-of-all/pause", {"kind": "self_exclusion", "lasts": "30d", "confirm": "no bets"})
    assert CoolOff.objects.get().session is None
    assert "Self-exclusion of all betting" in text(owner.get("/stake"))
    assert (
        owner.post("/stake/limits-of-all/pause", {"kind": "nap", "lasts": "1h", "confirm": "no bets"}).status_code
        == 422
    )


# --- Betting without scripts -------------------------------------------------------------------------------


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


# --- Betting with htmx --------------------------------------------------------------------------------------


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


# --- The panel on a stream's page -----------------------------------------------------------------------------


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


# --- Rotation, balances, vault, history ------------------------------------------------------------------------


def test_a_rotation_says_whether_the_promise_was_kept(owner, played, session):
    page = text(owner.get(played["rotation"]))
    assert "The promise was kept" in page
    assert "The old stream is being verified" in page
    rotation = SeedRotation.objects.get()
    assert rotation.server_seed in page
    detail = owner.get(of(session)).content.decode()
    assert "Kept" in detail
    assert f"/live/{played['stream']}/verification" in detail
    SeedRotation.objects.update(promise_kept=False)
    assert "The promise was broken" in text(owner.get(played["rotation"]))


@pytest.mark.parametrize("seed", ["", "x" * 65, "sö", "a\nb"])
def test_a_client_seed_that_the_venue_would_not_take(owner, session, seed):
    page = owner.post(of(session, "/rotate"), {"client_seed": seed})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["client_seed"])
    assert not SeedRotation.objects.exists()


def test_the_rotation_form_says_what_happens_and_has_a_random_seed(owner, session):
    first, second = (owner.get(of(session, "/rotate")).content.decode() for _ in range(2))
    assert "its server seed becomes public" in re.sub(r"\s+", " ", first)
    value = re.compile(r'name="client_seed" value="([0-9a-f]{20})"')
    assert value.search(first)[1] != value.search(second)[1]


def test_balances_are_read_and_drawn(owner, session, simulator, account):
    owner.post(of(session, "/balances"))
    answer = owner.post(of(session, "/balances"), headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div id="balances"')
    assert "10 btc" in text(answer)
    assert "<polyline" in answer.content.decode()
    simulator.faults.add("unauthorized", "balances")
    assert "does not accept" in text(owner.post(of(session, "/balances"), headers={"HX-Request": "true"}))
    assert "10 btc" in text(owner.post(of(session, "/balances"), headers={"HX-Request": "true"}))


def test_money_is_moved_into_the_vault_once(owner, session):
    move = {"amount": "2", "currency": "btc", "client_ref": "move-1"}
    owner.post(of(session, "/deposit"), move)
    owner.post(of(session, "/deposit"), move)
    assert VaultDeposit.objects.get().state == "done"
    assert owner.post(of(session, "/deposit"), {**move, "client_ref": "m2", "amount": "0"}).status_code == 422
    page = owner.post(of(session, "/deposit"), {**move, "client_ref": "m3", "amount": "99"})
    assert (page.status_code, list(page.context["deposit_form"].errors)) == (422, ["amount"])


def test_history_is_imported(owner, session):
    bet(owner, session)
    assert "1 bets read: 0 new, 1 known" in said(owner.post(of(session, "/import"), {"pages": "1"}, follow=True))[-1]
    assert owner.post(of(session, "/import"), {"pages": "0"}).status_code == 422


# --- Trying it out, and the kill switch -------------------------------------------------------------------------


def test_one_press_tries_it(owner, simulator):
    page = owner.post("/stake/try", follow=True)
    stream = Stream.objects.get()
    assert page.redirect_chain == [(f"/live/{stream.public_id}", 302)]
    assert "This is a simulation" in said(page)[0]
    assert (stream.simulated, stream.bets) == (True, 1)
    # A second press uses the session that is there.
    owner.post("/stake/try")
    assert (StakeSession.objects.count(), Bet.objects.count()) == (1, 2)


def test_trying_says_when_the_simulator_does_not_run(owner, settings, tmp_path, monkeypatch):
    settings.STAKEPRO_HOME = tmp_path
    monkeypatch.setattr(trying, "START_SECONDS", 0.0)
    assert "The simulator does not answer yet" in said(owner.post("/stake/try", follow=True))[0]


def test_the_kill_switch_stops_and_leads_back(owner, session):
    assert "Stop betting" in text(owner.get("/check"))
    stopped = owner.post("/stake/stop-betting", {"stopped": "1", "next": "/check?game=dice"})
    assert stopped["Location"] == "/check?game=dice"
    assert "Betting is stopped since" in text(owner.get("/live"))
    refused = bet(owner, session)
    assert refused.status_code == 409
    assert "Betting is stopped" in text(refused)
    owner.post("/stake/stop-betting", {"stopped": "0", "next": "/stake"})
    assert bet(owner, session).status_code == 302


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "", "evil"])
def test_the_kill_switch_leads_nowhere_else(owner, next_):
    assert owner.post("/stake/stop-betting", {"stopped": "1", "next": next_})["Location"] == "/stake"
    assert switches.is_on(switches.BETTING_STOPPED)


def test_an_incomplete_form_stops_nothing(owner):
    owner.post("/stake/stop-betting", {})
    assert not switches.is_on(switches.BETTING_STOPPED)


def test_the_switch_costs_one_query_and_only_those_who_may_bet(owner):
    def asked(client: Client, path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        return sum("accounts_switch" in query["sql"] for query in queries)

    assert asked(owner, "/check") == 1
    assert asked(person("read"), "/check") == 0
    assert asked(owner, "/live/rows") == 0


def test_the_stop_is_counted_as_said_by_whom(owner):
    switches.turn(switches.BETTING_STOPPED, True, by=By(name="night watch", kind="user"), at=timezone.now())
    assert "by night watch" in text(owner.get("/stake"))


# --- Secrets ------------------------------------------------------------------------------------------------------


def test_no_page_holds_a_secret(owner, played, session, account):
    """Every page of the venue and of its admin, after a session with token and clearance was stored."""
    row = StakeSession.objects.get()
    row.cf_clearance = CLEARANCE
    row.save(update_fields=["cf_clearance"])
    owner.post(of(session, "/deposit"), {"amount": "1", "currency": "btc", "client_ref": "move"})
    pages = [address.format(**played) for address in READING]
    pages += [of(session, rest) for rest in ("/edit", "/remove", "/bet", "/rotate")]
    pages += ["/stake/sessions/new", f"/live/{played['stream']}", "/live", "/account"]
    for model in ("stakesession", "betintent", "seedrotation", "balancesnapshot", "vaultdeposit", "limit", "cooloff"):
        pages.append(reverse(f"admin:stake_{model}_changelist"))
    pages.append(reverse("admin:stake_stakesession_change", args=[session.pk]))
    pages.append(reverse("admin:accounts_auditrow_changelist"))
    hints = 0
    for path in pages:
        page = owner.get(path)
        assert page.status_code == 200, path
        body = page.content.decode()
        assert account.token not in body, path
        assert CLEARANCE not in body, path
        hints += f"••••{account.token[-4:]}" in body
    assert hints >= 3
