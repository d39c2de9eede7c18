"""The API's page in a browser: whole on a phone, readable by everyone."""

import pytest
from axe_playwright_python.sync_playwright import Axe

WIDTHS = {"wide": 1280, "phone": 360}


# Each theme and each width once; the other two pairs repeat them, and axe looks at every colour for seconds.
@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", "wide"),
        ("dark", "phone"),
        pytest.param("light", "phone", marks=pytest.mark.slow),
        pytest.param("dark", "wide", marks=pytest.mark.slow),
    ],
)
def test_every_operation_opened_fits_and_is_accessible(journey_at, live_server, scheme, width):
    size = {"width": WIDTHS[width], "height": 800}
    journey = journey_at(live_server.url, viewport=size, color_scheme=scheme)
    page = journey.open("/api/docs")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
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
