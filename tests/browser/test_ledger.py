"""A person watches a wallet while money moves, pauses wagers, and everybody can read the pages."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts import switches
from accounts.audit import By
from ledger import adjustments, checks, posting, services
from ledger.adjustments import Caller
from ledger.money import Currency
from ledger.operations import Done, Kind, Op, Refused
from tests.browser.conftest import DESKTOP, Journey, overflow, resize, serious_faults

LONG = "an owner's name <b>as long</b> as one may be " + "x" * 55


@pytest.fixture
def wallet(db: None) -> Iterator[int]:
    """A wallet with 10.00 and a few entries."""
    at = timezone.now()
    services.add_currency(Currency("PTS", 2), by=By.command_line(), at=at)
    services.add_currency(Currency("BTC", 8), by=By.command_line(), at=at)
    made = services.open_wallet(owner=LONG, currency="PTS", at=at)
    posting.post([Op(Kind.DEPOSIT, made, uuid4(), 1_000, ref_type="bank", ref_id="in 1")])
    yield made
    posting.close()


def wager(wallet_id: int, amount: int) -> object:
    return posting.post_one(Op(Kind.PLACE, wallet_id, uuid4(), amount, ref_type="crash", ref_id="round 1"))


def test_a_statement_is_live_and_wagers_are_paused(journey, wallet):
    page = journey.open(f"/ledger/wallets/{wallet}/")
    rows = page.locator("#entries tr[data-version]")
    expect(rows).to_have_count(1)
    expect(page.locator("[data-poll-status]")).to_have_text("Live")
    assert isinstance(wager(wallet, 250), Done)
    assert isinstance(wager(wallet, 100), Done)
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Wager")
    assert [row.get_attribute("data-version") for row in rows.all()] == ["3", "2", "1"]
    expect(page.locator("#balance")).to_contain_text("6.50")
    expect(page.get_by_role("heading", name="Open holds")).to_be_visible()
    # Pausing, by keyboard.
    page.get_by_role("navigation", name="Ledger").get_by_role("link", name="Switches").press("Enter")
    page.get_by_label("Reason").first.press_sequentially("Looking into round 1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Wagers are paused.", exact=True)).to_be_visible()
    refused = wager(wallet, 1)
    assert isinstance(refused, Refused)
    assert refused.which == "Wagers"
    page.get_by_label("Reason").first.fill("Nothing was wrong")
    page.get_by_role("button", name="Allow wagers").click()
    expect(page.get_by_text("Wagers are allowed again.", exact=True)).to_be_visible()
    assert isinstance(wager(wallet, 1), Done)


def test_a_busy_statement_stays_bounded_and_loses_nothing(journey, wallet):
    page = journey.open(f"/ledger/wallets/{wallet}/")
    rows = page.locator("#entries tr[data-version]")
    expect(rows).to_have_count(1)
    # More than two polls bring, and more than the page keeps.
    posting.post([Op(Kind.DEPOSIT, wallet, uuid4(), 1) for _ in range(420)])
    expect(rows.first).to_have_attribute("data-version", "421", timeout=20_000)
    expect(rows).to_have_count(300)
    page.get_by_role("link", name="Older entries").click()
    expect(rows).to_have_count(350)
    shown = page.evaluate(
        "[...document.querySelectorAll('#entries tr[data-version]')].map((row) => row.dataset.version)"
    )
    assert shown == [str(version) for version in range(421, 71, -1)]


def test_without_scripts_the_pages_do_the_same(journey_at, live_server, wallet):
    posting.post([Op(Kind.DEPOSIT, wallet, uuid4(), 1) for _ in range(60)])
    page = journey_at(live_server.url, java_script_enabled=False).open("/ledger/")
    page.get_by_label("Owner").fill("AS LONG")
    page.get_by_role("button", name="Apply").click()
    page.get_by_role("link", name="an owner's name <b>as long</b>").click()
    page.get_by_role("link", name="Older entries").click()
    expect(page.locator("#entries tr[data-version]")).to_have_count(11)
    page.get_by_label("At version").fill("1")
    page.get_by_role("button", name="Look").click()
    expect(page.locator("#then")).to_contain_text("it had 10.00 PTS available and 0.00 locked")


def test_every_page_is_readable_and_fits(journey: Journey, wallet: int) -> None:
    wager(wallet, 250)
    at, by = timezone.now(), By("vera", "user")
    adjustments.ask(client_id=uuid4(), wallet_id=wallet, amount=-50, reason="y" * 500, caller=Caller(by), at=at)
    switches.turn(switches.DEPOSITS_PAUSED, True, by=by, at=at, reason="z" * 500)
    checks.run(full=True, at=at)
    checks.forget_health()
    found: dict[tuple[str, str], list[str]] = {}
    names = (
        "",
        f"wallets/{wallet}/",
        "journal/",
        "journal/1/",
        "invariants/",
        "adjustments/",
        "switches/",
        "currencies/",
    )
    for name in names:
        page = journey.open(f"/ledger/{name}")
        for details in page.locator("details").all():
            details.evaluate("node => node.open = true")
        for theme, width in (("light", DESKTOP), ("dark", 390)):
            page.emulate_media(color_scheme=theme)
            resize(page, width)
            wide = [f"{over} px too wide"] if (over := overflow(page)) else []
            found[name, theme] = [*serious_faults(page), *wide]
    assert {name: faults for name, faults in found.items() if faults} == {}
