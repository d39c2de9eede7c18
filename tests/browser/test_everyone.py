"""Every page in both themes and at phone and desktop width: readable by all, and no wider than the screen."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from streams import services
from streams.ingest import ingest
from tests.browser.conftest import arrive, serious_faults
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
WIDTHS = {"phone": 360, "desktop": 1440, "wall": 1920}


def a_busy_stream():
    """A stream that shows everything a page can: money, holes, conflicts, a bookmark, notes."""
    stream = arrive(*range(1, 13), amount="0.00000012", payout="12345.678901234567", currency="btc")
    ingest([heartbeat(60), bet(3, id="other", amount=9), bet(61, difficulty="easy")], at=timezone.now())
    services.set_notes(stream_id=stream.public_id, notes="Night run.\nRotate after 20,000.")
    services.set_bookmark(stream_id=stream.public_id, seq=5, marked=True, note="look", at=timezone.now())
    return stream


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(journey_at, live_server, theme):
    journey = journey_at(live_server.url, color_scheme=theme)
    found = {"empty": serious_faults(journey.open("/live"))}
    stream = a_busy_stream()
    for name, path in PAGES.items():
        page = journey.open(path.format(stream=stream.public_id))
        found[name] = serious_faults(page)
    page = journey.open(f"/live/{stream.public_id}")
    page.keyboard.press("?")
    found["help"] = serious_faults(page)
    journey.context.clear_cookies()
    found["sign in"] = serious_faults(journey.open("/login"))
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_no_page_is_wider_than_the_screen(journey_at, live_server, width):
    journey = journey_at(live_server.url, viewport={"width": width, "height": 800})
    over = {"empty": overflow(journey.open("/live"))}
    stream = a_busy_stream()
    for name, path in PAGES.items():
        over[name] = overflow(journey.open(path.format(stream=stream.public_id)))
    assert {name: pixels for name, pixels in over.items() if pixels} == {}


def overflow(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_the_theme_is_chosen_and_remembered(journey):
    page = journey.open("/live")
    button = page.get_by_role("button", name="Theme")
    button.click()
    button.click()
    expect(button).to_have_text("Theme: dark")
    journey.open("/account")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
