"""The run pages in a real browser: a run is asked for, watched, read, copied and deleted; readable by all."""

import re
import threading

from django.db import connections
from playwright.sync_api import expect

from streams.models import Run
from tests.browser.conftest import DESKTOP, PHONE, faults_for_anyone
from tests.streams.runs.bodies import CLIENT_SEED, SERVER_SEED, finished_run, make_run, work

SOME = [{"op": "ge", "value": "34.68"}, "1066.73", "3200.18", "11200.65", {"op": "between", "value": 2, "upper": 5}]


def pages():
    """Every page about runs, with some of everything on it."""
    finished = finished_run(end=100_000, targets=SOME)
    rolls = finished_run(game="dice", difficulty=None, targets=[{"op": "le", "value": 1}])
    edges = finished_run(game="limbo", difficulty=None, end=60_000, targets=["100", {"op": "ge", "value": 1000}])
    waiting = make_run(client_seed="a-client-seed-that-is-rather-long-" * 4)
    return {
        "runs": "/replay",
        "new run": "/replay/new",
        "another game": "/replay/new?game=plinko",
        "a copy": f"/replay/new?from={finished}",
        "finished": f"/replay/{finished}",
        "rolls": f"/replay/{rolls}",
        "edges": f"/replay/{edges}",
        "waiting": f"/replay/{waiting}",
        "delete": f"/replay/{finished}/delete",
    }


def test_every_page_is_readable_and_fits(journey):
    widths = (PHONE, DESKTOP)
    found = {"empty": faults_for_anyone(journey.open("/replay"), widths)}
    for name, path in pages().items():
        found[name] = faults_for_anyone(journey.open(path), widths)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_a_run_from_the_form_to_its_results(journey, page):
    journey.open("/replay")
    page.get_by_role("link", name="Start a run").click()
    page.get_by_label("Server seed").fill(SERVER_SEED)
    page.get_by_label("Client seed").fill(CLIENT_SEED)
    page.get_by_label("Difficulty").select_option("expert")
    page.get_by_label("Last nonce").fill("6,000")
    page.get_by_label("Targets").fill("11200.65\n>= 1066.73")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("Waiting for the worker")).to_be_visible()
    expect(page.locator("[data-poll-status]")).to_have_text("Live")
    work()
    # The page notices by itself that the run has ended.
    expect(page.get_by_role("heading", name="Distribution")).to_be_visible(timeout=10_000)
    targets = page.get_by_role("table", name="Targets")
    expect(targets.get_by_role("row", name="11,200.65")).to_have_text(re.compile(r"11,200\.65\s*1\s*0\.4"))
    expect(page.locator("#hits").get_by_role("cell", name="5,663")).to_be_visible()
    assert SERVER_SEED not in page.content()
    page.get_by_role("button", name="Show the server seed").click()
    expect(page.locator("#server-seed")).to_have_text(SERVER_SEED)
    page.reload()
    assert SERVER_SEED not in page.content()


def test_progress_is_shown_and_a_long_run_cancelled(journey, page):
    run_id = make_run(end=9 * 10**9, targets=["11200.65"])
    worker = threading.Thread(target=lambda: (work(), connections.close_all()))
    worker.start()
    try:
        journey.open(f"/replay/{run_id}")
        expect(page.get_by_text("a second").first).to_be_visible(timeout=20_000)
    finally:
        page.get_by_role("button", name="Cancel").click()
        worker.join(timeout=20)
    expect(page.get_by_text("Cancelled after")).to_be_visible(timeout=10_000)
    assert Run.objects.get().status == "cancelled"


def test_a_refused_form_keeps_what_was_typed(journey, page):
    journey.expected.add("422")
    journey.open("/replay/new")
    page.get_by_label("Server seed").fill("two words")
    page.get_by_label("Targets").fill("> 5")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("is no target")).to_be_visible()
    expect(page.get_by_label("Targets")).to_have_value("> 5")
    expect(page.get_by_label("Targets")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Targets").fill("5")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("contains whitespace")).to_be_visible()


def test_it_works_without_scripts(journey_at, live_server):
    journey = journey_at(live_server.url, java_script_enabled=False)
    run_id = finished_run(targets=SOME)
    page = journey.open(f"/replay/{run_id}")
    page.get_by_role("button", name="Show the server seed").click()
    expect(page.get_by_text(SERVER_SEED)).to_be_visible()
    journey.open(f"/replay/{run_id}")
    page.get_by_role("link", name="Next hits").click()
    expect(page.get_by_text("Back to the first hit")).to_be_visible()
    page.get_by_role("link", name="Duplicate").click()
    page.get_by_label("Last nonce").fill("100")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("Waiting for the worker")).to_be_visible()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The run is deleted.")).to_be_visible()


def test_the_navigation_names_the_place(journey, page):
    journey.open("/replay/new")
    current = page.get_by_role("navigation", name="Main").get_by_role("link", name="Runs")
    expect(current).to_have_attribute("aria-current", "true")
    current.click()
    expect(current).to_have_attribute("aria-current", "page")
