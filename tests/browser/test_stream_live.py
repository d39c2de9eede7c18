"""Bets arrive in the table by themselves, once each, whatever happens to tab, server or reader."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.antebot.served import RealServer
from tests.browser.conftest import Journey, arrive, expect_nonces, nonces_shown


def open_stream(journey: Journey, stream, query: str = "") -> Page:
    page = journey.open(f"/live/{stream.public_id}{query}")
    expect(page.locator("[data-poll-status]")).to_have_text("Live")
    return page


def test_a_bet_is_shown_within_moments(journey):
    stream = arrive(1, 2)
    page = open_stream(journey, stream)
    expect_nonces(page, ["2", "1"])
    arrive(3)
    # The poll asks each second; the other second is for a busy machine.
    expect(page.locator("#bet-3")).to_be_visible(timeout=2000)
    expect_nonces(page, ["3", "2", "1"])
    expect(page.locator("#counts")).to_have_text("3")
    expect(page.locator("#totals")).to_contain_text("164.72×")


def test_heartbeats_alone_move_the_totals(journey):
    from django.utils import timezone

    from streams.ingest import ingest
    from tests.streams.messages import heartbeat

    stream = arrive(1)
    page = open_stream(journey, stream)
    ingest([heartbeat(2), heartbeat(5)], at=timezone.now())
    expect(page.locator("#totals")).to_contain_text("2 missing")
    page.get_by_role("link", name="Which never arrived").click()
    expect(page.locator("#missing")).to_contain_text("3–4 never arrived")


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("id_desc", ["2", "4", "5", "3", "1"]),
        ("id_asc", ["1", "3", "5", "4", "2"]),
        ("nonce_desc", ["5", "4", "3", "2", "1"]),
        ("nonce_asc", ["1", "2", "3", "4", "5"]),
        ("result_desc", ["5", "4", "3", "2", "1"]),
        ("result_asc", ["1", "2", "3", "4", "5"]),
    ],
)
def test_a_new_row_finds_its_place_in_every_order(journey, order, expected):
    page = open_stream(journey, arrive(1, 3, 5), f"?sort={order}")
    arrive(4)
    arrive(2)
    expect(page.locator("tr[data-seq]")).to_have_count(5)
    expect_nonces(page, expected)


def test_the_tab_at_the_back_stops_asking_and_catches_up(journey):
    page = open_stream(journey, arrive(1))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {get: () => window.away, configurable: true});"
        "window.away = true; document.dispatchEvent(new Event('visibilitychange'))"
    )
    arrive(2, 3)
    page.wait_for_timeout(1800)
    assert [url for url in asked if "/rows" in url] == []
    page.evaluate("window.away = false; document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#bet-3")).to_be_visible()
    expect_nonces(page, ["3", "2", "1"])


def test_pause_stops_and_goes_on_without_a_hole(journey):
    page = open_stream(journey, arrive(1))
    page.keyboard.press("p")
    expect(page.locator("[data-poll-status]")).to_have_text("Paused")
    arrive(2, 3)
    page.wait_for_timeout(1300)
    expect_nonces(page, ["1"])
    page.keyboard.press("p")
    expect(page.locator("#bet-3")).to_be_visible()
    expect_nonces(page, ["3", "2", "1"])


def test_freeze_collects_and_shows_when_asked(journey):
    page = open_stream(journey, arrive(1))
    page.keyboard.press("f")
    arrive(2, 3)
    expect(page.get_by_role("button", name="2 new")).to_be_visible()
    expect_nonces(page, ["1"])
    page.get_by_role("button", name="2 new").click()
    expect_nonces(page, ["3", "2", "1"])
    arrive(4)
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    page.keyboard.press("f")
    expect_nonces(page, ["4", "3", "2", "1"])


def test_a_period_is_remembered(journey):
    stream = arrive(1)
    page = open_stream(journey, stream)
    page.get_by_label("5 s", exact=True).check()
    page.reload()
    expect(page.get_by_label("5 s", exact=True)).to_be_checked()
    expect(page.locator("#bets")).to_have_attribute("data-poll", "5000")


def test_many_rows_at_once_are_all_shown(journey):
    page = open_stream(journey, arrive(1))
    arrive(*range(2, 803))  # more than one answer holds
    expect(page.locator("tr[data-seq]")).to_have_count(802, timeout=10_000)
    expect_nonces(page, [str(nonce) for nonce in range(802, 0, -1)])


def test_what_is_announced_is_one_sentence(journey):
    page = open_stream(journey, arrive(1))
    arrive(3, 4)
    expect(page.locator("#arrivals")).to_have_text("2 new bets, highest 1,066.73×")


def test_a_server_restarted_under_the_page_misses_and_doubles_nothing(journey_at):
    stream = arrive(*range(1, 6))
    with RealServer() as server:
        journey = journey_at(server.url)
        journey.expected = {"ERR_", "htmx:"}  # the browser and htmx report what cannot be reached
        page = open_stream(journey, stream)
        server.kill()
        expect(page.locator("[data-poll-status]")).to_contain_text("Offline", timeout=10_000)
        arrive(6, 7)
        server.start()
        arrive(8)
        expect(page.locator("#bet-8")).to_be_visible(timeout=20_000)
        expect(page.locator("[data-poll-status]")).to_have_text("Live")
        expect_nonces(page, [str(nonce) for nonce in range(8, 0, -1)])


def test_a_signed_out_page_says_so_and_shows_no_foreign_rows(journey):
    page = open_stream(journey, arrive(1))
    journey.context.clear_cookies()
    arrive(2)
    expect(page.locator("[data-poll-status]")).to_contain_text("You are signed out.")
    expect_nonces(page, ["1"])
    expect(page.locator("table input[name=username]")).to_have_count(0)


def test_a_deleted_stream_says_so(journey):
    stream = arrive(1)
    journey.expected = {"404", "htmx:"}
    page = open_stream(journey, stream)
    stream.delete()
    expect(page.locator("[data-poll-status]")).to_contain_text("This has been deleted.")


def scroll_until_shown(page: Page, seq: int) -> None:
    """Turn the wheel until the bet has been loaded."""
    deadline = time.monotonic() + 30
    while page.locator(f"#bet-{seq}").count() == 0:
        assert time.monotonic() < deadline, "the older rows did not come"
        page.mouse.wheel(0, 3000)
        page.wait_for_timeout(50)


def test_older_rows_are_loaded_on_and_on(journey):
    page = open_stream(journey, arrive(*range(1, 702)))
    expect(page.locator("tr[data-seq]")).to_have_count(100)
    scroll_until_shown(page, 1)
    expect_nonces(page, [str(nonce) for nonce in range(701, 0, -1)])
    expect(page.locator("#older")).to_have_count(0)


def test_rows_beyond_the_bound_leave_the_table_and_can_be_loaded_again(journey):
    stream = arrive(*range(1, 101))
    page = open_stream(journey, stream)
    arrive(*range(101, 1151))
    expect(page.locator("#bet-1150")).to_be_attached(timeout=20_000)
    # The table holds its newest thousand; what left it at the lower end is loaded again from there.
    expect(page.locator("tr[data-seq]")).to_have_count(1000)
    expect(page.locator("#bet-150")).to_have_count(0)
    scroll_until_shown(page, 1)
    shown = [int(nonce.replace(",", "")) for nonce in nonces_shown(page)]
    assert shown == list(range(1000, 0, -1))
    # Now the upper end is set aside: what comes there is counted, and a press leads back.
    expect(page.locator("#set-aside")).to_be_visible()
    arrive(1151)
    page.get_by_role("button", name="1 new").click()
    expect(page.locator("tr[data-seq]").first).to_have_attribute("id", "bet-1151")
