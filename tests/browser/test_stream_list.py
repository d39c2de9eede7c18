"""The list of streams: it moves by itself, announces what is new, and opens it for whoever follows."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Token
from streams.models import Stream
from tests.browser.conftest import arrive

OTHER = {"serverSeedHashed": "cd" * 32, "clientSeed": "client-2"}


def test_the_first_stream_replaces_the_empty_page(journey):
    page = journey.open("/live")
    expect(page.get_by_role("heading", name="No bets yet")).to_be_visible()
    arrive(1)
    expect(page.get_by_role("link", name="client-1")).to_be_visible()


def test_a_token_is_made_and_filled_into_the_script_this_once(journey):
    page = journey.open("/live")
    expect(page.locator("#bot-script")).to_contain_text("PASTE_TOKEN_HERE")
    page.get_by_role("button", name="Make a token and fill it in").click()
    token = page.locator("#token").inner_text()
    assert re.fullmatch(r"sp_[A-Za-z0-9_-]{43}", token)
    expect(page.locator("#bot-script")).to_contain_text(f'token: "{token}"')
    expect(page.locator("#bot-script")).to_contain_text(f'url: "{journey.url}"')
    assert Token.objects.get().scopes == ["ingest"]
    journey.open("/live/setup")
    expect(page.locator("#bot-script")).to_contain_text("PASTE_TOKEN_HERE")


def test_rows_change_in_place_and_focus_stays(journey):
    stream = arrive(1)
    page = journey.open("/live")
    link = page.get_by_role("link", name="client-1")
    link.focus()
    handle = link.element_handle()
    arrive(2, 3)
    expect(page.locator(f"#s-{stream.public_id} [data-label=Bets]")).to_have_text("3", timeout=5000)
    expect(link).to_be_focused()
    assert handle.evaluate("element => element.isConnected")


def test_a_new_stream_is_announced_with_a_way_there(journey):
    arrive(1)
    page = journey.open("/live")
    arrive(1, **OTHER)
    toast = page.locator(".toast")
    expect(toast).to_contain_text("New stream: client-2", timeout=5000)
    expect(page.locator("#stream-list tr")).to_have_count(2)
    toast.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", name="client-2")).to_be_visible()


def test_following_opens_the_newest_and_goes_on_to_newer_ones(journey):
    arrive(1)
    page = journey.open("/live")
    page.get_by_label("Follow the newest stream").click()  # not check(): it is gone with the page at once
    expect(page.get_by_role("heading", name="client-1")).to_be_visible()
    arrive(1, **OTHER)
    expect(page.get_by_role("heading", name="client-2")).to_be_visible(timeout=5000)
    expect(page.get_by_label("Follow the newest stream")).to_be_checked()
    # Back in the list it stays there until something newer comes.
    journey.open("/live")
    page.wait_for_timeout(2500)
    expect(page.get_by_role("heading", name="Streams")).to_be_visible()


def test_search_filters_and_order_are_in_the_address(journey):
    old = arrive(1)
    arrive(1, 2, **OTHER)
    Stream.objects.filter(pk=old.pk).update(last_seen_at=timezone.now() - timedelta(hours=2))
    page = journey.open("/live")
    page.get_by_label("Search").fill("client-2")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("q=client-2"))
    expect(page.locator("#stream-list tr")).to_have_count(1)
    journey.open("/live?activity=idle")
    expect(page.locator("#stream-list tr")).to_contain_text("client-1")
    expect(page.locator("#stream-list .activity")).to_have_text("idle")
    journey.open("/live?q=nothing")
    expect(page.get_by_text("No stream matches.")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(page.locator("#stream-list tr")).to_have_count(2)


def test_the_hash_is_copied_whole(journey):
    stream = arrive(1)
    journey.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=journey.url)
    page = journey.open("/live")
    page.get_by_role("button", name="Copy the hash").click()
    expect(page.locator(f"#c-{stream.public_id}")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == stream.server_seed_hashed
