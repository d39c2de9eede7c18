"""Verifying in a browser: a revealed stream, one round with its steps, on every screen, with and without scripts."""

import time
from types import SimpleNamespace

from django.utils import timezone
from playwright.sync_api import expect

from accounts import services as accounts
from streams import example
from streams.ingest import ingest
from streams.models import Stream
from streams.verification import tasks
from tests.browser.conftest import faults_for_anyone
from tests.streams.verification.world import true_heartbeat

FED = range(5655, 5670)


def feed(url: str) -> Stream:
    """Rounds of the recorded pair, posted as `feed_example` posts them."""
    _, token = accounts.create_token(label="feed", scopes=["ingest"], by=None, at=timezone.now())
    with example.client(url, token=token) as http:
        progress = example.Feed(
            http, now=timezone.now, clock=time.monotonic, sleep=time.sleep, report=lambda progress: None
        ).run(FED, rate=1000)
    assert progress.accepted == len(FED)
    return Stream.objects.get()


def work_off() -> None:
    """What the background worker does when it is asked."""
    tasks.verify_streams(SimpleNamespace(should_abort=lambda: False))


def test_a_stream_is_revealed_and_verified(journey, live_server):
    stream = feed(live_server.url)
    page = journey.open(f"/live/{stream.public_id}")
    page.get_by_role("link", name="Reveal it").click()
    seed = page.get_by_label("Server seed", exact=True)
    journey.expected.add("422")
    seed.fill("not-this-one")
    page.get_by_role("button", name="Reveal and verify").click()
    expect(page.locator(".errorlist")).to_contain_text("This seed hashes to")
    seed.fill(example.SERVER_SEED)
    page.get_by_role("button", name="Reveal and verify").click()
    expect(page.get_by_role("heading", name="Verifying")).to_be_visible()
    work_off()
    # The page asks by itself until it is done.
    expect(page.get_by_role("heading", name="Every round matches")).to_be_visible()
    expect(page.locator(".verdicts dd").first).to_have_text("15")

    page.get_by_role("link", name="Report to print").click()
    expect(page.get_by_text(example.SERVER_SEED)).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.get_by_text(example.SERVER_SEED)).to_be_visible()
    page.emulate_media(media="screen")

    journey.open(f"/live/{stream.public_id}")
    expect(page.get_by_role("link", name="all 15 rounds match")).to_be_visible()
    journey.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the server seed", exact=True).click()
    expect(page.get_by_role("button", name="Copy the server seed", exact=True)).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == example.SERVER_SEED


def test_what_does_not_match_leads_to_its_steps(journey, live_server):
    stream = feed(live_server.url)
    ingest([true_heartbeat(5670, roundResult="48536.13"), true_heartbeat(5675, difficulty=None)], at=timezone.now())
    page = journey.open(f"/live/{stream.public_id}/verification")
    page.get_by_label("Server seed", exact=True).fill(example.SERVER_SEED)
    page.get_by_role("button", name="Reveal and verify").click()
    work_off()
    expect(page.get_by_role("heading", name="Not every round matches")).to_be_visible()
    expect(page.get_by_text("5,671–5,674 never arrived")).to_be_visible()
    page.get_by_role("link", name="5,670").click()
    expect(page.get_by_role("heading", name="Nonce 5,670 does not match")).to_be_visible()
    expect(page.get_by_role("list", name="Balloon").get_by_role("listitem")).to_have_count(25)


def test_the_form_follows_the_game(journey):
    page = journey.open("/check")
    page.get_by_label("Server seed", exact=True).fill(example.SERVER_SEED)
    page.get_by_label("Game", exact=True).select_option("mines")
    expect(page.get_by_label("Mines", exact=True)).to_be_visible()
    page.get_by_label("Game", exact=True).select_option("crash")
    expect(page.get_by_label("Game hash")).to_be_visible()
    expect(page.get_by_label("Server seed", exact=True)).to_be_hidden()
    page.get_by_label("Game", exact=True).select_option("pump")
    expect(page.get_by_label("Server seed", exact=True)).to_have_value(example.SERVER_SEED)
    page.get_by_label("Difficulty").select_option("expert")
    page.get_by_label("Client seed").fill(example.CLIENT_SEED)
    page.get_by_label("Nonce").fill("5663")
    page.get_by_label("Nonce").press("Enter")
    expect(page.get_by_role("heading", name="Pump: multiplier 11,200.65")).to_be_visible()
    expect(page.locator(".tile-safe")).to_have_count(12 + 1)  # the legend's among them
    assert "5663" not in page.url
    assert example.SERVER_SEED not in page.url


def test_without_scripts_it_works_too(journey_at, live_server):
    journey = journey_at(live_server.url, java_script_enabled=False)
    page = journey.open("/check")
    page.get_by_label("Client seed").fill(example.CLIENT_SEED)
    page.get_by_label("Game", exact=True).select_option("limbo")
    page.get_by_role("button", name="Show the options of this game").click()
    expect(page.get_by_label("Target")).to_be_visible()
    expect(page.get_by_label("Client seed")).to_have_value(example.CLIENT_SEED)
    page.get_by_label("Server seed", exact=True).fill(example.SERVER_SEED)
    page.get_by_label("Nonce").fill("1")
    page.get_by_role("button", name="Recompute", exact=True).last.click()
    expect(page.get_by_role("heading", name="Limbo: multiplier")).to_be_visible()


def test_a_bet_is_looked_up(journey, live_server):
    feed(live_server.url)
    page = journey.open("/check")
    page.get_by_label("Bet id").fill("example:5663")
    page.get_by_role("button", name="Look it up").click()
    expect(page.get_by_role("heading", name="Nonce 5,663 not yet")).to_be_visible()


PAGES = {
    "verification": "/live/{stream}/verification",
    "report": "/live/{stream}/verification/report",
    "round": "/live/{stream}/verification/rounds/5663",
    "mismatch": "/live/{stream}/verification/rounds/5670",
    "stream": "/live/{stream}",
    "verify": "/check",
    "verify a chain's game": "/check?game=crash",
}


def a_verified_stream(url: str) -> Stream:
    from streams.verification import services

    stream = feed(url)
    wrong = [true_heartbeat(5670, roundResult="48536.13"), true_heartbeat(5675, difficulty=None)]
    ingest(wrong, at=timezone.now())
    services.reveal(stream_id=stream.public_id, server_seed=example.SERVER_SEED, by="owner", at=timezone.now())
    work_off()
    ingest([true_heartbeat(5680)], at=timezone.now())
    return stream


def test_every_page_is_readable_and_fits(journey, live_server):
    stream = feed(live_server.url)
    found = {"hidden": faults_for_anyone(journey.open(f"/live/{stream.public_id}/verification"))}
    journey.expected.add("422")
    page = journey.page
    page.get_by_label("Server seed", exact=True).fill("not-this-one")
    page.get_by_role("button", name="Reveal and verify").click()
    expect(page.locator(".errorlist")).to_be_visible()
    found["refused seed"] = faults_for_anyone(page)
    Stream.objects.all().delete()
    stream = a_verified_stream(live_server.url)
    for name, path in PAGES.items():
        found[name] = faults_for_anyone(journey.open(path.format(stream=stream.public_id)))
    page = journey.open("/check")
    page.get_by_role("button", name="Recompute", exact=True).last.click()
    expect(page.locator(".errorlist").first).to_be_visible()
    found["refused"] = faults_for_anyone(page)
    page.get_by_role("button", name="Show an example").click()
    expect(page.locator("#steps")).to_be_visible()
    found["steps"] = faults_for_anyone(page)
    assert {name: faults for name, faults in found.items() if faults} == {}
