"""Switches and currencies on the pages: who may turn and change, what is refused, and what is written down."""

import pytest
from django.test import Client

from accounts import switches
from accounts.models import AuditRow, User
from ledger import queries
from ledger.money import Currency
from tests.ledger.conftest import BTC, POINTS
from tests.ledger.page_world import HOSTILE, currencies, person, said, text, wallet

pytestmark = pytest.mark.django_db
ACTS = ["/ledger/switches/wagers_paused", "/ledger/currencies/add", "/ledger/currencies/PTS"]


@pytest.fixture
def admin() -> Client:
    return person("admin", name="chief")


def test_acting_needs_the_scope_admin(admin):
    currencies()
    mover = person("read", "ledger", "write")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="chief"))
    for path in ACTS:
        assert mover.post(path, {"on": "1", "reason": "x"}).status_code == 403, path
        assert strict.post(path, {"on": "1", "reason": "x"}).status_code == 403, path
        assert admin.get(path).status_code == 405, path
    assert not switches.is_on(switches.WAGERS_PAUSED)
    for path in ("/ledger/switches/", "/ledger/currencies/"):
        assert "<form class" not in mover.get(path).content.decode()
        assert "<form class" in admin.get(path).content.decode()


# --- Switches ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [switches.WAGERS_PAUSED, switches.DEPOSITS_PAUSED, switches.WITHDRAWALS_PAUSED])
def test_a_switch_is_turned_and_written_down(admin, name):
    title = name.partition("_")[0].capitalize()
    page = admin.post(f"/ledger/switches/{name}", {"on": "1", "reason": f"Audit of {HOSTILE}"}, follow=True)
    assert said(page) == [f"{title} are paused."]
    assert switches.is_on(name)
    row = AuditRow.objects.get(action="switch.turned_on")
    assert (row.subject, row.actor_name, row.data) == (name, "chief", {"reason": f"Audit of {HOSTILE}"})
    body = page.content.decode()
    assert "<script>alert" not in body
    assert body.count("Audit of &lt;script&gt;") == 2
    currencies()
    for path in ("/ledger/", f"/ledger/wallets/{wallet('ann')}/"):
        assert f"{title} are paused since" in text(admin.get(path))
    page = admin.post(f"/ledger/switches/{name}", {"on": "0", "reason": "Audit is over"}, follow=True)
    assert said(page) == [f"{title} are allowed again."]
    assert not switches.is_on(name)
    assert "are paused since" not in text(admin.get("/ledger/"))
    assert [each.on for _, each in page.context["changes"]] == [False, True]


# Forms that turn no switch, and what is said of them.
HALF_FORMS = [
    ({"on": "1"}, "Reason is missing."),
    ({"on": "1", "reason": "  "}, "Reason is missing."),
    ({"on": "1", "reason": "x" * 501}, "Reason may have 500 characters."),
    ({"on": "1", "reason": "a\x00b"}, "Null characters are not allowed."),
    ({"on": "1", "reason": "a\nb"}, "Reason must be one line of text."),
    ({"on": "maybe", "reason": "x"}, "on must be 1 or 0."),
    ({"reason": "x"}, "on is missing."),
]


def test_a_switch_is_not_turned_by_half_a_form(admin):
    for form, told in HALF_FORMS:
        page = admin.post("/ledger/switches/deposits_paused", form)
        assert (page.status_code, told in text(page)) == (422, True), form
    assert not switches.is_on(switches.DEPOSITS_PAUSED)
    assert not AuditRow.objects.filter(action__startswith="switch.").exists()


@pytest.mark.parametrize("name", ["betting_stopped", "nonsense", "%00"])
def test_other_switches_are_not_turned_here(admin, name):
    assert admin.post(f"/ledger/switches/{name}", {"on": "1", "reason": "x"}).status_code == 404
    assert not switches.is_on(switches.BETTING_STOPPED)


# --- Currencies -------------------------------------------------------------------------------------


def test_a_currency_is_added_and_its_limits_are_changed(admin):
    page = admin.post(
        "/ledger/currencies/add", {"code": "EUR", "scale": "2", "least": "0.10", "most": "500"}, follow=True
    )
    assert said(page) == ["EUR is there. Open a wallet in it, and money can move."]
    assert queries.find_currency("EUR") == Currency("EUR", 2, 10, 50_000)
    page = admin.post("/ledger/currencies/EUR", {"least": "", "most": ""}, follow=True)
    assert said(page) == ["The limits of EUR are changed; they hold within a second."]
    assert queries.find_currency("EUR") == Currency("EUR", 2, 1, 0)
    assert len(queries.wallets(currency="EUR").wallets) == 17


# What is no currency, and what is said of it.
NO_CURRENCIES = [
    ({"code": "PTS", "scale": "2"}, "PTS is there already"),
    ({"code": "eur", "scale": "2"}, "Code must be 2 to 10 capital letters"),
    ({"code": "E", "scale": "2"}, "Code must be 2 to 10 capital letters"),
    ({"code": "", "scale": "2"}, "Code is missing."),
    ({"code": "EUR", "scale": "13"}, "Decimals must be 0 to 12."),
    ({"code": "EUR", "scale": "-1"}, "Decimals must be 0 to 12."),
    ({"code": "EUR", "scale": "1e999"}, "Decimals must be a whole number."),
    ({"code": "EUR", "scale": "9" * 5_000}, "Decimals must be"),
    ({"code": "EUR", "scale": ""}, "Decimals is missing."),
    ({"code": "EUR", "scale": "2", "least": "0"}, "Least must be above 0."),
    ({"code": "EUR", "scale": "2", "least": "-1"}, "Least must be a decimal of 0 or more"),
    ({"code": "EUR", "scale": "2", "least": "NaN"}, "Least must be a decimal"),
    ({"code": "EUR", "scale": "2", "least": "0.001"}, "Least may have 2 decimals in EUR."),
    ({"code": "EUR", "scale": "2", "least": "2", "most": "1"}, "Least must not be above Most."),
    ({"code": "EUR", "scale": "2", "most": "1e999"}, "Most must be a decimal"),
    ({"code": "EUR", "scale": "2", "most": "9" * 41}, "Most may have 40 characters."),
    ({"code": "EUR", "scale": "2", "most": "9" * 19}, "Most is larger than one operation may move."),
]


def test_what_is_no_currency_is_refused_by_the_fields_name(admin):
    currencies()
    for form, told in NO_CURRENCIES:
        page = admin.post("/ledger/currencies/add", form)
        assert (page.status_code, told in text(page)) == (422, True), form
    assert queries.currencies() == (BTC, POINTS)


def test_limits_that_do_not_fit_change_nothing(admin):
    currencies()
    page = admin.post("/ledger/currencies/PTS", {"least": "5", "most": "4"})
    assert page.status_code == 422
    assert "Least must not be above Most." in text(page)
    assert queries.find_currency("PTS") == POINTS
    assert admin.post("/ledger/currencies/XYZ", {"least": "1"}).status_code == 404
    assert admin.post("/ledger/currencies/%00", {"least": "1"}).status_code == 404
