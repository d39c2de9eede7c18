"""The API's page in a browser: whole on a phone, readable by everyone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, Journey, resize

WIDE = 1280


def opened(journey: Journey, width: int) -> Page:
    """The page with every operation opened, which is no wider than its window."""
    page = journey.open("/api/docs")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    fits(page, width)
    return page


def fits(page: Page, width: int) -> None:
    resize(page, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_operation_opened_fits_and_is_accessible(journey):
    page = opened(journey, WIDE)
    assert Axe().run(page).response["violations"] == []
    # Axe looks at every colour for seconds: the other theme and width are the next test's.
    fits(page, PHONE)


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "width"), [("light", PHONE), ("dark", WIDE), ("dark", PHONE)])
def test_it_is_so_in_every_theme_at_every_width(journey_at, live_server, scheme, width):
    page = opened(journey_at(live_server.url, color_scheme=scheme), width)
    assert Axe().run(page).response["violations"] == []


def test_an_example_call_is_copied(journey_at, live_server):
    journey = journey_at(live_server.url, permissions=["clipboard-read", "clipboard-write"])
    page = journey.open("/api/docs")
    page.locator("#tailBets summary").click()
    page.locator("#tailBets button").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('curl -H "Authorization: Bearer $TOKEN"')
    assert f"{live_server.url}/live/streams/" in copied
    assert "since_id=0" in copied
