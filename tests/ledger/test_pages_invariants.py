"""The page of the invariants: what it says before a look, after one, and when something does not hold."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from ledger import checks, present
from ledger.models import CheckRun
from ledger.present import Part
from tests.ledger.page_world import currencies, deposit, person, said, text, wallet

pytestmark = pytest.mark.django_db
PATH, CHECK = "/ledger/invariants/", "/ledger/invariants/check"


@pytest.fixture(autouse=True)
def _nothing_known():
    checks.forget_health()
    yield
    checks.forget_health()


@pytest.fixture
def staff() -> Client:
    return person("admin", name="chief", staff=True)


@pytest.fixture
def ann() -> int:
    currencies()
    made = wallet("ann")
    deposit(made, 400, 600)
    return made


def test_before_a_look_nothing_is_known(ann, staff):
    words = text(staff.get(PATH))
    assert "invariants: unknown" in words
    assert "Press “Check now”" in words
    assert words.count("unknown") == 1 + len(present.INVARIANTS) - 1  # I7 is not looked at, and says why
    assert "not looked at: needs commissions" in words
    assert "invariants: unknown" in text(staff.get("/ledger/"))


def test_a_look_says_that_all_holds(ann, staff):
    page = staff.post(CHECK, follow=True)
    assert said(page) == ["Everything holds up to journal 1."]
    words = text(page)
    assert "invariants: hold" in words
    assert "all hold" in words
    assert page.content.decode().count('badge-good">holds<') == len(present.INVARIANTS) - 1
    deposit(ann, 1)
    page = staff.post(CHECK, follow=True)
    assert "journals 2 to 2" in text(page)
    assert [run.is_full for run in page.context["runs"]] == [False, True]
    assert "invariants: hold" in text(staff.get("/ledger/"))


def test_a_breach_is_explained_with_links(ann, staff):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_entry SET available_after = 77 WHERE wallet_id = %s AND version = 1", [ann])
    page = staff.post(CHECK, follow=True)
    assert "breach" in said(page)[0]
    body, words = page.content.decode(), text(page)
    assert "invariants: broken" in words
    assert f'<a href="/ledger/wallets/{ann}/?before=2">wallet {ann}, entry 1</a>' in body
    assert '<a href="/ledger/journal/1/">journal 1</a>' in body
    assert "invariants: broken" in text(staff.get("/ledger/"))


def test_what_was_looked_at_long_ago_is_not_believed(ann, staff):
    checks.run(full=True, at=timezone.now() - timedelta(hours=1))
    words = text(staff.get(PATH))
    assert "invariants: unknown" in words
    assert "Nothing was checked for" in words


def test_who_may_have_it_checked(ann):
    for number, (scopes, is_staff, status) in enumerate(
        [(["read"], True, 403), (["ledger", "read"], True, 403), (["admin"], False, 403), (["admin"], True, 302)]
    ):
        client = person(*scopes, name=f"person {number}", staff=is_staff)
        assert ("Check now</button>" in client.get(PATH).content.decode()) == (status == 302)
        assert client.post(CHECK).status_code == status
    assert CheckRun.objects.count() == 1
    assert person("ingest").get(PATH).status_code == 403
    assert client.get(CHECK).status_code == 405


def test_a_look_that_takes_too_long_is_given_up(ann, staff, monkeypatch):
    def slow(**_: object) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(checks, "run", slow)
    assert said(staff.post(CHECK, follow=True)) == ["It took longer than 10 seconds; run manage.py check_ledger."]
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.parametrize(
    ("told", "parts"),
    [
        ("wallet 3, entry 4: no", [Part("wallet 3, entry 4", wallet=3, entry=4), Part(": no")]),
        ("wallet 3 has 1", [Part("wallet 3", wallet=3), Part(" has 1")]),
        ("of journal 5 now", [Part("of "), Part("journal 5", journal=5), Part(" now")]),
        ("<b>PTS</b> adds up to 3", [Part("<b>PTS</b> adds up to 3")]),
    ],
)
def test_a_breach_in_parts(told, parts):
    assert present.breach_parts(told) == parts
