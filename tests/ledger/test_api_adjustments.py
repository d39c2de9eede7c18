"""Adjustments over HTTP: a program may ask, and a second person with the scope admin approves.

That balances are corrected by an UPDATE out of a runbook, one-sided and by one person alone, was how ledgers before
this one were repaired.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts import services
from accounts.models import User
from ledger import checks
from tests.documented import faults_of_answer
from tests.ledger.client import Api
from tests.ledger.conftest import AT

Opener = Callable[..., int]


@pytest.fixture
def desk(ledger: None) -> Api:
    return Api("ledger", "read", label="support desk")


@pytest.fixture
def admin(ledger: None) -> Api:
    return Api("admin", label="olga's")


@pytest.fixture
def ann(desk: Api, wallet: Opener) -> str:
    """The address of a wallet with 5.00."""
    path = f"wallets/{wallet('ann')}"
    desk.ask(f"{path}/deposits", amount="5.00")
    return path


def test_it_works(desk: Api, admin: Api, ann: str) -> None:
    asked = desk.ask(f"{ann}/adjustments", amount="-2.50", reason="paid twice")
    key = asked.body["id"]
    assert (asked.status, asked.body["status"], asked.body["amount"]) == (202, "waiting", "-2.50")
    assert (asked.body["asked_by"], asked.body["decided_by"]) == ("support desk", None)
    assert desk.get(ann).body["available"] == "5.00"
    assert [each["id"] for each in desk.get("adjustments", status="waiting").body["adjustments"]] == [key]
    for _ in range(2):
        approved = admin.post(f"adjustments/{key}/approve")
        assert (approved.status, approved.body["status"], approved.body["decided_by"]) == (200, "approved", "olga's")
    assert desk.get(ann).body["available"] == "2.50"
    assert desk.get(f"{ann}/entries").body["entries"][-1]["ref_id"] == key
    assert desk.get("adjustments", status="waiting").body == {"adjustments": [], "next_after": None}
    late = admin.post(f"adjustments/{key}/refuse")
    assert (late.status, late.code) == (409, "already_decided")
    # It can be taken back as any movement.
    assert desk.ask(f"{ann}/reversals", undone=key).body["available"] == "5.00"
    assert checks.check() == []


def test_it_is_refused(desk: Api, admin: Api, ann: str) -> None:
    key = desk.ask(f"{ann}/adjustments", amount="2.50", reason="forgotten").body["id"]
    assert admin.post(f"adjustments/{key}/refuse").body["status"] == "refused"
    assert admin.post(f"adjustments/{key}/approve").status == 409
    assert desk.get(ann).body["version"] == 1


def test_it_takes_another_person_with_the_scope(desk: Api, admin: Api, ann: str) -> None:
    own = admin.ask(f"{ann}/adjustments", amount="1", reason="a present").body["id"]
    for decision in ("approve", "refuse"):
        refused = admin.post(f"adjustments/{own}/{decision}")
        assert (refused.status, refused.code) == (403, "own_adjustment")
        assert desk.post(f"adjustments/{own}/{decision}").code == "scope_missing"
    assert desk.get(ann).body["version"] == 1


def test_a_signed_in_person_approves_but_not_what_their_token_asked(desk: Api, ann: str) -> None:
    olga = User.objects.create_superuser("olga", password="correct horse")
    _, text = services.create_token(label="olga's bot", scopes=["ledger"], by=olga, at=AT)
    browser = Client()
    browser.force_login(olga)

    def approve(key: str) -> tuple[int, Any]:
        path = f"/api/v1/adjustments/{key}/approve"
        response = browser.post(path, content_type="application/json")
        body = response.json()
        assert faults_of_answer("POST", path, response.status_code, body) == []
        return response.status_code, body

    body = {"client_id": str(uuid4()), "amount": "1", "reason": "a present"}
    asked = Client().post(
        f"/api/v1/{ann}/adjustments", body, content_type="application/json", headers={"Authorization": f"Bearer {text}"}
    )
    assert asked.status_code == 202
    status, refused = approve(body["client_id"])
    assert (status, refused["error"]["code"]) == (403, "own_adjustment")
    key = desk.ask(f"{ann}/adjustments", amount="1", reason="a present").body["id"]
    status, approved = approve(key)
    assert (status, approved["decided_by"]) == (200, "olga")
    assert desk.get(ann).body["available"] == "6.00"


def test_what_the_ledger_refuses_keeps_waiting_and_says_why(
    desk: Api, admin: Api, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = desk.ask(f"{ann}/adjustments", amount="-5.01", reason="paid twice").body["id"]
    with monkeypatch.context() as patched:
        patched.setattr("ledger.engine.QUEUE_MAX", 0)
        assert admin.post(f"adjustments/{key}/approve").code == "BUSY"
    short = admin.post(f"adjustments/{key}/approve")
    assert (short.status, short.code, short.body["error"]["have"]) == (402, "INSUFFICIENT_FUNDS", "5.00")
    assert short.body["detail"].endswith("refuse it, and ask for another.")
    assert desk.get("adjustments").body["adjustments"][0]["status"] == "waiting"
    assert admin.post(f"adjustments/{key}/refuse").status == 200


def test_the_same_id_is_the_same_adjustment(desk: Api, ann: str) -> None:
    body = {"client_id": str(uuid4()), "amount": "1", "reason": "a present"}
    first, again = (desk.post(f"{ann}/adjustments", body) for _ in range(2))
    assert (again.status, again.body) == (202, first.body)
    for change in ({"amount": "2"}, {"amount": "-1"}, {"reason": "another"}):
        other = desk.post(f"{ann}/adjustments", {**body, **change})
        assert (other.status, other.code) == (409, "IDEMPOTENCY_MISMATCH")
    hold = str(uuid4())
    desk.ask(f"{ann}/holds", client_id=hold, amount="1")
    assert desk.post(f"{ann}/adjustments", {**body, "client_id": hold}).code == "IDEMPOTENCY_MISMATCH"


WRONG: dict[str, list[Any]] = {
    "amount": [None, 1, -1, "0", "-0.00", "--1", "-", "1.001", "-1e3", "NaN", "-Infinity", "9" * 19, "+1", [], "-\x00"],
    "reason": [None, "", "   ", "\u00a0", 7, "a\x00", "a" * 501, "\ud800"],
    "client_id": [None, "7"],
    "ref_type": ["adjustment", None],
    "expected_version": [1],
    "stake": ["1"],
}


def test_what_cannot_be_asked_for(desk: Api, admin: Api, ann: str) -> None:
    for name, values in WRONG.items():
        for value in values:
            answer = desk.ask(f"{ann}/adjustments", **{"amount": "1", "reason": "a present", name: value})
            assert (answer.status, set(answer.fields)) == (422, {name}), value
    assert set(desk.post(f"{ann}/adjustments", {}).fields) == {"amount", "reason", "client_id"}
    assert set(desk.post(f"{ann}/adjustments", []).fields) == {"body"}
    assert desk.ask("wallets/999999999/adjustments", amount="1", reason="x").code == "NOT_FOUND"
    house = desk.get("wallets", kind="house", limit=1).body["wallets"][0]["id"]
    assert set(desk.ask(f"wallets/{house}/adjustments", amount="1", reason="x").fields) == {"wallet_id"}
    for decision in ("approve", "refuse"):
        assert admin.post(f"adjustments/{uuid4()}/{decision}").status == 404
        assert set(admin.post(f"adjustments/x/{decision}").fields) == {"adjustment_id"}
    for name, bad in (("status", "done"), ("wallet_id", "x"), ("after", "x"), ("after", str(uuid4())), ("limit", "0")):
        assert set(desk.get("adjustments", **{name: bad}).fields) == {name}
    assert desk.get("adjustments").body["adjustments"] == []
