"""Trying it out, the stop of all betting, and that no page holds a secret."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import switches
from accounts.audit import By
from stake.models import StakeSession
from stake.services import simulator as trying
from streams.models import Bet, Stream
from tests.stake.pages.asking import CLEARANCE, READING, bet, of, person, said, text

pytestmark = pytest.mark.django_db


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
