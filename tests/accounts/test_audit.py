"""Audit rows: what they say, that they hold no secret, and that they stay."""

import math
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import audit, services, work
from accounts.audit import By
from accounts.http import ENVIRONMENT
from accounts.models import AuditRow
from accounts.vault.secret import Secret
from tests.accounts.conftest import NOON

pytestmark = pytest.mark.django_db
BY = By(name="vera", kind="user")


def row(**changes):
    given = {"action": "stake.session.stored", "by": BY, "at": timezone.now(), "subject": "main"} | changes
    return audit.write(**given)


def test_it_works():
    context = work.request_id.set("abc-1")
    try:
        row(at=NOON, data={"host": "stake.com", "amount": Decimal("0.10"), "when": NOON, "list": (1, None, True)})
    finally:
        work.request_id.reset(context)
    stored = AuditRow.objects.get()
    assert (stored.at, stored.actor_name, stored.actor_kind) == (NOON, "vera", "user")
    assert (stored.action, stored.subject, stored.request_id) == ("stake.session.stored", "main", "abc-1")
    assert stored.data == {"host": "stake.com", "amount": "0.10", "when": str(NOON), "list": [1, None, True]}


def test_outside_a_request_there_is_no_id():
    row()
    stored = AuditRow.objects.get()
    assert (stored.request_id, stored.data) == ("", {})


def test_who_did_it(member):
    assert By.of_user(member("admin", username="ada")) == By("ada", "user")
    assert By.of(ENVIRONMENT) == By(ENVIRONMENT.name, "environment")
    assert (By.command_line().kind, By.worker().kind) == ("command", "worker")


def test_no_secret_gets_in():
    token = "s3cret-" * 5
    row(
        subject=f"session token={token}",
        data={
            "x-access-token": token,
            "deep": [{"cf_clearance": token}, ("Cookie", token)],
            "error": ValueError(f"accessToken: {token}"),
            "field": Secret.plain(token),
        },
    )
    stored = AuditRow.objects.get()
    assert token not in f"{stored.subject} {stored.data}"
    assert stored.data["x-access-token"] == "[redacted]"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (math.nan, "nan"),
        (math.inf, "inf"),
        ("nul \x00", "nul \ufffd"),
        ("half \ud800", "half ?"),
        ({"\x00": ["\x00"]}, {"\ufffd": ["\ufffd"]}),
        ("\\u0000", "\\u0000"),
    ],
)
def test_what_the_database_cannot_hold_is_replaced(value, kept):
    row(data={"value": value}, subject="a\x00b")
    stored = AuditRow.objects.get()
    assert (stored.data["value"], stored.subject) == (kept, "a\ufffdb")


@pytest.mark.parametrize("action", ["", "stored", "Stake.session", "stake..x", "stake.session.", "stake session.x"])
def test_an_action_is_dotted_words(action):
    with pytest.raises(IntegrityError, match="audit_action_is_dotted_words"), transaction.atomic():
        row(action=action)


def test_somebody_did_it():
    with pytest.raises(IntegrityError, match="audit_actor_named"), transaction.atomic():
        row(by=By(name="", kind="user"))


def test_it_goes_with_the_callers_transaction():
    with transaction.atomic():
        row()
        transaction.set_rollback(True)
    assert not AuditRow.objects.exists()


@pytest.mark.parametrize("days", [0, 729, 3000])
def test_rows_are_never_changed(days):
    row(at=timezone.now() - timedelta(days=days))
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        AuditRow.objects.update(subject="other")


def test_rows_are_kept_until_the_retention_is_over():
    hour = timedelta(hours=1)
    row(at=timezone.now() - audit.RETENTION + hour, subject="young")
    row(at=timezone.now() - audit.RETENTION - hour, subject="old")
    for young in (AuditRow.objects.filter(subject="young"), AuditRow.objects.all()):
        with pytest.raises(DatabaseError, match="kept for 730 days"), transaction.atomic():
            young.delete()
    AuditRow.objects.filter(subject="old").delete()
    assert [each.subject for each in AuditRow.objects.all()] == ["young"]


# --- On the admin site ------------------------------------------------------------------------------


@pytest.fixture
def owner(client):
    client.force_login(services.ensure_owner(at=NOON))
    return client


def test_the_admin_shows_and_searches_them(owner):
    row(subject="first session")
    row(subject="second session", action="stake.bet.placed", data={"amount": "5"})
    page = reverse("admin:accounts_auditrow_changelist")
    for query, shown in [({}, {"first", "second"}), ({"q": "first"}, {"first"}), ({"q": "vera"}, {"first", "second"})]:
        text = owner.get(page, query).content.decode()
        assert {name for name in ("first", "second") if f"{name} session" in text} == shown
    filtered = owner.get(page, {"action": "stake.bet.placed"}).content.decode()
    assert "second session" in filtered
    assert "first session" not in filtered
    one = AuditRow.objects.get(subject="second session")
    assert "amount" in owner.get(reverse("admin:accounts_auditrow_change", args=[one.pk])).content.decode()


def test_the_admin_changes_nothing(owner):
    stored = row()
    assert owner.get(reverse("admin:accounts_auditrow_add")).status_code == 403
    for name in ("change", "delete"):
        assert (
            owner.post(reverse(f"admin:accounts_auditrow_{name}", args=[stored.pk]), {"subject": "x"}).status_code
            == 403
        )
    assert AuditRow.objects.get().subject == "main"
