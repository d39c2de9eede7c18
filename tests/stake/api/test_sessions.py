"""Sessions: verified before they are stored, their secrets never told, changed and removed as a whole."""

from datetime import timedelta

import pytest

from accounts.models import AuditRow
from stake.models import BalanceSnapshot, Limit, StakeSession
from stake.services import venues
from stake.simulator import address
from stake.simulator.venue import Gate
from stake.values import Person
from tests.stake.api.conftest import LIMBO, other_account, stored
from tests.stake.conftest import START

CLEARANCE = "clearance-0123456789.abcdef-ance"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Test/1.0"


def test_it_works(api, account):
    answer = api.post("/stake/session", stored(account))
    assert answer.status == 201, answer.text
    body = answer.body
    assert (body["label"], body["host"], body["simulated"], body["live"]) == ("Mine", "simulator", True, False)
    assert body["account"] == {"id": account.id, "name": account.name}
    assert body["token"] == {"hint": account.token[-4:], "unreadable": False}
    assert body["clearance"] == {"set": False, "hint": None, "expires_at": None, "state": None}
    assert body["pair"]["client_seed"] == account.pair.client_seed
    assert body["currencies"] == ["btc", "usdt"]
    assert [(row["currency"], row["available"], row["vault"]) for row in body["balances"]] == [
        ("btc", 10, 0),
        ("usdt", 1000, 0),
    ]
    assert (body["limits"], body["trouble"]) == ([], None)
    session = StakeSession.objects.get()
    assert session.access_token.reveal() == account.token
    actions = list(AuditRow.objects.order_by("id").values_list("action", flat=True))
    assert actions[-2:] == ["stake.session.stored", "stake.session.verified"]


def test_it_is_listed_and_shown(api, account):
    made = api.post("/stake/session", stored(account)).body
    (listed,) = api.get("/stake/session").body["sessions"]
    assert listed.items() <= made.items()
    assert api.get(f"/stake/session/{made['id']}").body == made


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("unauthorized", 409, "invalid_session"),
        ("cloudflare", 409, "cloudflare_blocked"),
        ("rate_limit", 429, "rate_limited"),
        ("redirect", 502, "transient"),
        ("not_json", 502, "transient"),
    ],
)
def test_nothing_is_stored_of_what_the_venue_does_not_know(api, simulator, account, fault, status, code):
    simulator.faults.add(fault, times=None, seconds=60.0)
    answer = api.post("/stake/session", stored(account))
    assert (answer.status, answer.code) == (status, code), answer.text
    assert not StakeSession.objects.exists()


def test_an_unknown_token_is_refused(api, simulator):
    answer = api.post("/stake/session", {**LIMBO, "label": "x", "host": "simulator", "token": "0" * 96})
    assert (answer.status, answer.code) == (409, "invalid_session")
    assert not StakeSession.objects.exists()


def test_without_a_simulator_it_says_so(api, simulator, account, tmp_path):
    address.remove(tmp_path)
    answer = api.post("/stake/session", stored(account))
    assert (answer.status, answer.code) == (503, "not_connected")
    assert "simulator is not running" in answer.body["error"]["message"]


def test_a_session_is_kept_when_only_its_balances_cannot_be_read(api, simulator, account):
    simulator.faults.add("unauthorized", "balances")
    answer = api.post("/stake/session", stored(account))
    assert (answer.status, answer.body["trouble"]["kind"]) == (201, "invalid_session")
    assert (answer.body["balances"], answer.body["pair"]) == ([], None)
    assert api.post(f"/stake/session/{answer.body['id']}/verify").body["trouble"] is None


def test_the_clearance_passes_the_gate(api, simulator, account):
    simulator.venue.gate = Gate(CLEARANCE, AGENT)
    refused = api.post("/stake/session", stored(account))
    assert (refused.status, refused.code) == (409, "cloudflare_blocked")
    expires = (START + timedelta(minutes=30)).isoformat()
    with_it = stored(account, clearance=CLEARANCE, user_agent=AGENT, clearance_expires_at=expires)
    answer = api.post("/stake/session", with_it)
    assert answer.status == 201
    assert answer.body["clearance"] == {
        "set": True,
        "hint": "ance",
        "expires_at": "2026-11-21T12:30:00Z",
        "state": "soon",
    }
    assert answer.body["user_agent"] == AGENT


def test_a_new_token_is_verified_with_the_clearance_that_is_there(api, simulator, account):
    simulator.venue.gate = Gate(CLEARANCE, AGENT)
    made = api.post("/stake/session", stored(account, clearance=CLEARANCE, user_agent=AGENT)).body
    token = simulator.world.renew_token(account.id)
    path = f"/stake/session/{made['id']}"
    without_agent = api.put(path, stored(account, token=token))
    assert (without_agent.status, without_agent.fields) == (422, {"user_agent"})
    answer = api.put(path, stored(account, token=token, user_agent=AGENT))
    assert (answer.status, answer.body["token"]["hint"]) == (200, token[-4:])
    assert StakeSession.objects.get().cf_clearance.reveal() == CLEARANCE
    taken = api.put(path, stored(account, token=None, clearance=""))
    assert taken.body["clearance"]["set"] is False


def test_changing_keeps_the_token_that_is_left_out(api, session, account):
    answer = api.put(f"/stake/session/{session.pk}", {"label": "Renamed", "host": "simulator", "currency": "usdt"})
    assert (answer.status, answer.body["label"], answer.body["currency"]) == (200, "Renamed", "usdt")
    session.refresh_from_db()
    assert session.access_token.reveal() == account.token


def test_a_simulated_session_never_goes_to_another_host(api, session, account):
    answer = api.put(f"/stake/session/{session.pk}", stored(account, host="stake.com"))
    assert (answer.status, answer.fields) == (422, {"host"})
    session.refresh_from_db()
    assert session.host == "simulator"


def test_another_host_needs_the_token_again_and_never_gets_the_clearance(api, db, settings, monkeypatch):
    asked = []

    class FakeVenue:
        def who(self):
            return Person("1", "me")

        def close(self):
            pass

    def open_line(host, *, token, clearance, user_agent):
        asked.append((host, token, clearance))
        return FakeVenue()

    monkeypatch.setattr(venues, "open_line", open_line)
    session = StakeSession(
        label="real", host="stake.com", currency="btc", created_at=START, account_ref="1", user_agent=AGENT
    )
    session.access_token, session.cf_clearance = "old", "secret-clearance"
    session.save()
    path = f"/stake/session/{session.pk}"
    body = {"label": "real", "host": "stake.bet", "currency": "btc", "user_agent": AGENT}
    refused = api.put(path, body)
    assert (refused.status, refused.fields, asked) == (422, {"token"}, [])
    assert api.put(path, {**body, "token": "new"}).status == 200
    assert asked == [("stake.bet", "new", None)]
    session.refresh_from_db()
    assert (session.host, session.cf_clearance.is_set) == ("stake.bet", False)
    assert session.access_token.reveal() == "new"


def test_the_token_of_another_account_is_refused(api, session, simulator):
    answer = api.put(f"/stake/session/{session.pk}", stored(other_account(simulator)))
    assert (answer.status, answer.fields) == (422, {"token"})


def test_going_live_needs_limits(api, account):
    made = api.post("/stake/session", stored(account)).body
    path = f"/stake/session/{made['id']}/live"
    refused = api.put(path)
    assert (refused.status, refused.code) == (409, "no_limits")
    api.put("/stake/limits", {"session": made["id"], "currency": "btc", "max_wager": "1"})
    assert api.put(path).body["live"] is True
    assert api.delete(path).body["live"] is False


def test_removing_takes_the_secrets_and_keeps_the_history(api, session, played):
    path = f"/stake/session/{session.pk}"
    assert api.delete(path).body == {"removed": True, "session": str(session.pk)}
    row = StakeSession.objects.get()
    assert (row.access_token.is_set, row.cf_clearance.is_set, row.live) == (False, False, False)
    assert api.get(path).status == 404
    assert api.get("/stake/session").body["sessions"] == []
    assert len(api.get("/stake/bet", session=session.pk).body["intents"]) == 1
    for method, address_, body in (
        ("PUT", path, {"label": "x", "host": "simulator", "currency": "btc"}),
        ("POST", f"{path}/verify", None),
        ("PUT", f"{path}/live", None),
        ("DELETE", path, None),
        ("POST", "/stake/bet", {**LIMBO, "session": str(session.pk), "client_ref": "late"}),
        ("POST", "/stake/rotate-seed", {"session": str(session.pk)}),
        ("POST", "/stake/reconcile", {"session": str(session.pk)}),
        ("POST", "/stake/import-history", {"session": str(session.pk)}),
        ("PUT", "/stake/limits", {"session": str(session.pk), "currency": "btc"}),
    ):
        assert api.request(method, address_, body).status == 404, (method, address_)
    assert Limit.objects.count() == 1


def test_removing_waits_for_what_is_not_known(api, session, simulator):
    simulator.faults.add("drop_before", "place")
    api.post("/stake/bet", {**LIMBO, "session": str(session.pk), "client_ref": "lost"})
    answer = api.delete(f"/stake/session/{session.pk}")
    assert (answer.status, answer.code) == (409, "session_busy")
    session.refresh_from_db()
    assert session.access_token.is_set


def test_verifying_reads_balances_and_the_pair(api, session, account, simulator):
    before = BalanceSnapshot.objects.count()
    answer = api.post(f"/stake/session/{session.pk}/verify")
    assert answer.body["last_verified_at"] == "2026-11-21T12:00:00Z"
    assert answer.body["pair"]["server_seed_hashed"] == account.pair.server_seed_hash
    assert BalanceSnapshot.objects.count() > before
    simulator.world.expire_token(account.id)
    refused = api.post(f"/stake/session/{session.pk}/verify")
    assert (refused.status, refused.code) == (409, "invalid_session")
    trouble = api.get(f"/stake/session/{session.pk}").body["trouble"]
    assert (trouble["kind"], trouble["at"]) == ("invalid_session", "2026-11-21T12:00:00Z")
