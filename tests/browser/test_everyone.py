"""Every page in both themes and at phone and desktop width: readable by all, and no wider than the screen."""

from django.utils import timezone
from playwright.sync_api import expect

from streams import services
from streams.ingest import ingest
from tests.browser.conftest import arrive, faults_for_anyone
from tests.streams.messages import bet, heartbeat

PAGES = {
    "streams": "/live",
    "stream": "/live/{stream}",
    "one bet": "/live/{stream}/bets/1",
    "conflicts": "/live/{stream}/conflicts",
    "missing rounds": "/live/{stream}/missing",
    "notes": "/live/{stream}/notes",
    "delete": "/live/{stream}/delete",
    "set-up": "/live/setup",
    "account": "/account",
}


def a_busy_stream():
    """A stream that shows everything a page can: money, holes, conflicts, a bookmark, notes."""
    stream = arrive(*range(1, 13), amount="0.00000012", payout="12345.678901234567", currency="btc")
    ingest([heartbeat(60), bet(3, id="other", amount=9), bet(61, difficulty="easy")], at=timezone.now())
    services.set_notes(stream_id=stream.public_id, notes="Night run.\nRotate after 20,000.")
    services.set_bookmark(stream_id=stream.public_id, seq=5, marked=True, note="look", at=timezone.now())
    return stream


def test_every_page_is_readable_and_fits(journey):
    found = {"empty": faults_for_anyone(journey.open("/live"))}
    stream = a_busy_stream()
    for name, path in PAGES.items():
        found[name] = faults_for_anyone(journey.open(path.format(stream=stream.public_id)))
    page = journey.open(f"/live/{stream.public_id}")
    page.keyboard.press("?")
    found["help"] = faults_for_anyone(page)
    journey.context.clear_cookies()
    found["sign in"] = faults_for_anyone(journey.open("/login"))
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_theme_is_chosen_and_remembered(journey):
    page = journey.open("/live")
    button = page.get_by_role("button", name="Theme")
    button.click()
    button.click()
    expect(button).to_have_text("Theme: dark")
    journey.open("/account")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
