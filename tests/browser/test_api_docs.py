"""The API's page in a browser: whole on a phone, readable by everyone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

WIDTHS = {"wide": 1280, "phone": 360}


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_operation_opened_fits_and_is_accessible(journey_at, live_server, width, scheme):
    journey = journey_at(live_server.url, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = journey.open("/api/docs")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
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
