"""The pages of sessions, their limits and pauses: each works, and names the field that is wrong."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from stake.models import CoolOff, Limit, StakeSession
from tests.stake.conftest import live_session
from tests.stake.pages.asking import CLEARANCE, bet, of, said, text

pytestmark = pytest.mark.django_db


TOKEN = "tok-0123456789abcdefghijklmnopqrstuvwxyz-last"
SESSION_FORM = {
    **{"label": "main", "host": "stake.com", "currency": "BTC"},
    **{"token": TOKEN, "clearance": CLEARANCE, "user_agent": "Browser/1"},
}


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
