"""What a person does on a stream's page: filter, sort, mark, note, delete; by mouse, by keys, and without scripts."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from streams import services
from streams.models import Bookmark, Stream
from tests.browser.conftest import arrive, expect_nonces


def test_a_filter_narrows_and_can_be_cleared(journey):
    page = journey.open(f"/live/{arrive(*range(1, 7)).public_id}")
    page.get_by_label("Result from").fill("164.72")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect_nonces(page, ["5", "4", "3"])
    expect(page.locator("#counts")).to_have_text("3 of 6 match")
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("[data-bet]")).to_have_count(6)


def test_new_rows_pass_the_filter_or_do_not_show(journey):
    page = journey.open(f"/live/{arrive(1, 4).public_id}?min_result=1000")
    arrive(7, 10)  # 1.63 and 1066.73
    expect(page.locator("#counts")).to_have_text("2 of 4 match")
    expect_nonces(page, ["10", "4"])


def test_a_wrong_filter_is_named_and_loses_nothing(journey):
    page = journey.open(f"/live/{arrive(1, 2).public_id}?min_result=lots&nonce_from=2")
    expect(page.get_by_role("alert")).to_contain_text("Result from: Enter a number.")
    expect_nonces(page, ["2"])
    expect(page.get_by_label("Result from")).to_have_value("lots")


def test_a_heading_sorts_and_the_choice_is_remembered(journey):
    stream = arrive(1, 5, 3)
    page = journey.open(f"/live/{stream.public_id}")
    expect_nonces(page, ["3", "5", "1"])
    page.get_by_role("link", name="Result", exact=True).click()
    expect_nonces(page, ["5", "3", "1"])
    expect(page.get_by_role("columnheader", name="Result")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("link", name="Result", exact=True).click()
    expect_nonces(page, ["1", "3", "5"])
    journey.open(f"/live/{stream.public_id}")
    expect_nonces(page, ["1", "3", "5"])


def test_keys_choose_rows_and_bookmark(journey):
    page = journey.open(f"/live/{arrive(1, 2, 3).public_id}")
    for key in "jjjk":
        page.keyboard.press(key)
    expect(page.locator("tr.is-chosen")).to_have_attribute("data-seq", "2")
    expect(page.locator("tr.is-chosen")).to_be_focused()
    page.keyboard.press("b")
    expect(page.locator("#star-2")).to_have_attribute("aria-pressed", "true")
    assert [mark.bet.seq for mark in Bookmark.objects.select_related("bet")] == [2]
    page.keyboard.press("b")
    expect(page.locator("#star-2")).to_have_attribute("aria-pressed", "false")
    assert not Bookmark.objects.exists()


def test_a_bet_opens_with_all_its_fields_and_takes_a_note(journey):
    stream = arrive(1, at=None, strategy="doubling", recomputed=True)
    page = journey.open(f"/live/{stream.public_id}")
    expect(page.get_by_text("recomputed")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("doubling")
    dialog.get_by_label("Why this bet is bookmarked").fill("first of the night")
    dialog.get_by_role("button", name="Bookmark").click()
    expect(page).to_have_url(f"{journey.url}/live/{stream.public_id}/bets/1")
    assert Bookmark.objects.get().note == "first of the night"


def test_the_other_keys(journey):
    page = journey.open(f"/live/{arrive(*range(1, 31)).public_id}")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.get_by_label("Result from")).to_be_focused()
    page.keyboard.type("jp?")
    expect(page.get_by_label("Result from")).to_have_value("jp?")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("g")
    page.get_by_role("dialog", name="Go to nonce").get_by_label("Nonce").fill("12")
    page.keyboard.press("Enter")
    expect(page.locator("tr.is-chosen [data-bet]")).to_have_text("12")
    expect(page.locator("[data-bet]").first).to_have_text("12")
    page.get_by_role("link", name="Back to the top").click()
    expect(page.locator("[data-bet]").first).to_have_text("30")


def test_single_keys_can_be_switched_off(journey):
    page = journey.open(f"/live/{arrive(1).public_id}")
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys are on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.locator("[data-poll-status]")).to_have_text("Live")
    page.reload()
    page.keyboard.press("j")
    expect(page.locator("tr.is-chosen")).to_have_count(0)


def test_notes_edited_by_two_are_shown_side_by_side(journey):
    stream = arrive(1)
    journey.expected = {"409"}
    page = journey.open(f"/live/{stream.public_id}")
    page.get_by_role("link", name="Edit the notes").first.click()
    services.set_notes(stream_id=stream.public_id, notes="theirs")
    page.get_by_label("What to remember").fill("mine")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Yours")).to_have_value("mine")
    expect(page.get_by_label("As it is stored now")).to_have_value("theirs")
    page.get_by_role("button", name="Save yours over theirs").click()
    expect(page.locator(".notes")).to_have_text("mine")
    stream.refresh_from_db()
    assert stream.notes == "mine"


def test_deleting_needs_the_typed_start_of_the_hash(journey):
    stream = arrive(1, 2)
    page = journey.open(f"/live/{stream.public_id}/delete")
    button = page.get_by_role("button", name="Delete for good")
    expect(button).to_be_disabled()
    page.get_by_label("Type").fill("abababa")
    expect(button).to_be_disabled()
    page.get_by_label("Type").fill(stream.server_seed_hashed[:8])
    button.click()
    expect(page.get_by_text("The stream and its 2 bets are deleted.")).to_be_visible()
    assert not Stream.objects.alive().exists()


def test_archiving_takes_out_of_the_list_and_back(journey):
    stream = arrive(1)
    page = journey.open(f"/live/{stream.public_id}")
    page.get_by_text("Manage").click()
    page.get_by_role("button", name="Archive").click()
    stream.refresh_from_db()
    assert stream.archived_at is not None
    page.get_by_text("Manage").click()
    page.get_by_role("button", name="Take out of the archive").click()
    stream.refresh_from_db()
    assert stream.archived_at is None


def test_an_unknown_stream_leads_back(journey):
    journey.expected = {"404"}
    for name in ("no-such-thing", "6ec0bde3-30be-4a2b-a1a5-21c545382709"):
        page = journey.open(f"/live/{name}")
        expect(page.get_by_role("heading")).to_have_text("There is no such page")
        page.get_by_role("link", name="Back to the streams").click()
        expect(page.get_by_role("heading", name="Streams")).to_be_visible()


@pytest.fixture
def unscripted(journey_at, live_server):
    return journey_at(live_server.url, java_script_enabled=False)


def test_without_scripts_pages_still_read_sort_filter_and_page(unscripted):
    stream = arrive(*range(1, 131))
    page = unscripted.open(f"/live/{stream.public_id}")
    expect(page.locator("[data-bet]")).to_have_count(100)
    page.get_by_role("link", name="Load older").click()
    expect_nonces(page, [str(nonce) for nonce in range(30, 0, -1)])
    page.get_by_role("link", name="Back to the top").click()
    page.get_by_role("link", name="Nonce", exact=True).click()
    expect(page.locator("[data-bet]").first).to_have_text("130")
    page.get_by_label("Nonce to").fill("3")
    page.get_by_role("button", name="Filter", exact=True).click()
    expect_nonces(page, ["3", "2", "1"])


def test_without_scripts_bets_are_marked_and_notes_are_kept(unscripted):
    stream = arrive(1, 2)
    page = unscripted.open(f"/live/{stream.public_id}")
    with page.expect_navigation():
        page.get_by_role("button", name="Bookmark nonce 2").click()
    assert Bookmark.objects.get().bet.seq == 2
    page.get_by_label("Why this bet is bookmarked").fill("look again")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the note").click()
    assert Bookmark.objects.get().note == "look again"
    with page.expect_navigation():
        page.get_by_role("button", name="Remove the bookmark").click()
    assert not Bookmark.objects.exists()
    expect(page.locator(".js-only:visible")).to_have_count(0)


def test_times_are_shown_in_the_readers_zone(journey_at, live_server):
    stream = arrive(1, at=timezone.now())
    page = journey_at(live_server.url, timezone_id="Asia/Tokyo", locale="en-GB").open(f"/live/{stream.public_id}")
    placed = page.locator("#bet-1 time")
    expect(placed).to_have_attribute("datetime", "2026-01-02T03:04:05.678Z")
    expect(placed).to_have_text("2 Jan 12:04:05")
