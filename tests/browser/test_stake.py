"""A person bets at a simulated venue: from the first press to a rotation, and what they see while nobody knows more."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from stake.models import BetIntent, SeedRotation, StakeSession
from stake.services import balances, reconcile, rotation, venues
from stake.services.betting import Wanted, place
from stake.simulator import address
from stake.simulator.server import Simulator
from stake.simulator.world import World
from streams.models import Bet, Stream
from tests.browser.conftest import DESKTOP, PHONE, Journey, nonces_shown, overflow, resize, serious_faults
from tests.stake.conftest import BY, limbo, live_session


@pytest.fixture
def simulator(tmp_path, settings, monkeypatch):
    """The venue of this installation, at the real time: the pages read that clock."""
    settings.STAKEPRO_HOME = tmp_path
    monkeypatch.setattr(venues, "BREAKERS", type(venues.BREAKERS)())
    with Simulator(world=World(seed=7, clock=timezone.now)) as running:
        address.write(tmp_path, port=running.port, started_at="now")
        yield running


@pytest.fixture
def account(simulator: Simulator) -> Any:
    return simulator.world.open_account("player", balances={"btc": Decimal(10)})


@pytest.fixture
def session(account: Any, owner: object) -> StakeSession:
    return live_session(account, timezone.now, confirm_above=Decimal("0.5"))


def stream_of(session: StakeSession) -> Stream:
    """The stream of a first bet."""
    place(Wanted(session.pk, limbo(), "first"), by=BY, now=timezone.now)
    return Stream.objects.get()


def expect_bets(page: Page, number: int) -> None:
    """So many bets are stored, each in one row, with none left waiting."""
    expect(page.locator("tr[data-seq]:visible")).to_have_count(number)
    expect(page.locator("#pending li")).to_have_count(0)
    assert Bet.objects.count() == number
    assert len(set(nonces_shown(page))) == number


def test_one_press_tries_it_and_bets_go_on_by_keyboard(journey, simulator):
    page = journey.open("/live")
    page.get_by_role("button", name="Try it with the simulator").click()
    page.wait_for_url(re.compile(r"/live/[0-9a-f-]{36}$"))
    expect(page.get_by_text("This is a simulation")).to_be_visible()
    button = page.locator("#bet-button")
    expect(button).to_have_text("Bet 0.001 btc")
    expect_bets(page, 1)
    for number, game, option, value in (
        (2, "Pump", "Pumps", "2"),
        (3, "Limbo", "Target", "1.5"),
        (4, "Dice", "Target", "70"),
    ):
        page.get_by_label("Game").select_option(label=game)
        expect(page.locator("#bet-options [name=options_of]")).to_have_value(game.lower())
        field = page.locator("#bet-options").get_by_label(option, exact=True)
        field.focus()
        field.press("ControlOrMeta+a")
        page.keyboard.type(value)
        page.keyboard.press("Enter")
        expect(page.locator(".outcome")).to_contain_text(f"nonce {number}: returned")
        expect_bets(page, number)
        expect(page.locator("#bet-options").get_by_label(option, exact=True)).to_have_value(value)
    assert list(Bet.objects.order_by("nonce").values_list("game", flat=True)) == ["pump", "pump", "limbo", "dice"]
    # Figures and button follow what is typed; halving and doubling is exact.
    page.get_by_role("button", name="Double the amount").click()
    expect(button).to_have_text("Bet 0.002 btc")
    expect(page.locator("#figures")).to_contain_text("0.00002")
    for _ in range(3):
        page.get_by_role("button", name="Halve the amount").click()
    expect(page.get_by_label("Amount", exact=True)).to_have_value("0.00025")
    expect(button).to_have_text("Bet 0.00025 btc")
    button.focus()
    page.keyboard.press("Enter")
    expect_bets(page, 5)
    expect(page.locator("#bet-button")).to_be_focused()


def test_a_bet_shows_at_once_and_pressing_twice_places_it_once(journey, session, simulator):
    page = journey.open(f"/live/{stream_of(session).public_id}")
    simulator.faults.add("process_slowly", "place", seconds=0.7)
    page.locator("#bet-button").dblclick()
    expect(page.locator("#pending li")).to_contain_text("sent, waiting for the answer")
    expect(page.locator("#bet-button")).to_be_disabled()
    expect_bets(page, 2)
    assert BetIntent.objects.count() == 2


def test_a_large_wager_is_confirmed_in_a_dialog(journey, session):
    journey.expected = {"409"}
    page = journey.open(f"/stake/sessions/{session.pk}/bet")
    page.get_by_label("Amount", exact=True).fill("0.75")
    page.locator("#bet-button").click()
    dialog = page.get_by_role("dialog", name="Place this bet?")
    expect(dialog).to_contain_text("A wager above 0.5 btc has to be confirmed")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert not BetIntent.objects.exists()
    page.locator("#bet-button").click()
    dialog.get_by_role("button", name="Yes, bet 0.75 btc").click()
    expect(page.locator(".outcome")).to_contain_text("nonce 1: returned")
    assert Bet.objects.get().amount == Decimal("0.75")


def test_an_unknown_outcome_is_listed_until_it_is_known(journey, session, simulator):
    page = journey.open(f"/live/{stream_of(session).public_id}")
    simulator.faults.add("drop_after", "place")
    page.locator("#bet-button").click()
    expect(page.locator("#pending li")).to_contain_text("Outcome unknown, being looked up")
    # What the worker does; the panel asks by itself, and its row comes once.
    reconcile.session(session.pk, now=timezone.now)
    expect(page.locator("#pending li")).to_contain_text("Recorded")
    expect(page.locator("tr[data-seq]:visible")).to_have_count(2)
    assert sorted(nonces_shown(page)) == ["1", "2"]
    simulator.faults.add("drop_before", "place")
    page.locator("#bet-button").click()
    expect(page.locator("#pending li")).to_contain_text("Outcome unknown")
    page.goto(f"{journey.url}/stake")
    page.get_by_role("link", name="It was not placed…").click()
    page.get_by_label("I looked at the venue's list").check()
    page.get_by_role("button", name="It was not placed").click()
    expect(page.get_by_text("Noted. The session may place bets again.")).to_be_visible()
    assert BetIntent.objects.order_by("-asked_at").first().state == "not_placed"


def test_a_rotation_and_the_kill_switch(journey, session):
    journey.expected = {"409"}
    old = stream_of(session)
    page = journey.open(f"/live/{old.public_id}")
    page.get_by_role("link", name="Rotate the seed pair…").click()
    page.get_by_label("New client seed").fill("my next seed")
    page.get_by_role("button", name="Rotate now").click()
    expect(page.get_by_text("The promise was kept")).to_be_visible()
    page.get_by_role("link", name="Open the stream").click()
    expect(page.locator("#rotated-away")).to_contain_text("begins with the next bet")
    page.locator("#bet-button").click()
    page.locator(".outcome").get_by_role("link", name="Open its stream").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("my next seed")
    assert SeedRotation.objects.get().new_stream_id == Stream.objects.get(client_seed="my next seed").public_id
    page.get_by_role("button", name="Stop betting").click()
    expect(page.get_by_role("region", name="Betting is stopped")).to_be_visible()
    page.locator("#bet-button").click()
    expect(page.get_by_role("alert")).to_contain_text("Betting is stopped")
    page.get_by_role("button", name="Allow betting").click()
    page.locator("#bet-button").click()
    expect(page.locator(".outcome")).to_contain_text("nonce 2: returned")


def test_without_scripts_a_bet_is_placed(journey_at, live_server, session):
    journey = journey_at(live_server.url, java_script_enabled=False)
    page = journey.open(f"/stake/sessions/{session.pk}/bet")
    page.get_by_label("Game").select_option(label="Wheel")
    page.get_by_role("button", name="Show the options of this game").click()
    page.get_by_label("Amount", exact=True).fill("0.02")
    page.get_by_label("Amount", exact=True).press("Enter")
    page.wait_for_url(re.compile(r"/live/[0-9a-f-]{36}$"))
    bet = Bet.objects.get()
    assert (bet.game, bet.amount) == ("wheel", Decimal("0.02"))


# --- For everyone: both themes, phone and desktop --------------------------------------------------------


PAGES = {
    "overview": "/stake",
    "session": "/stake/sessions/{session}",
    "new": "/stake/sessions/new",
    "change": "/stake/sessions/{session}/edit",
    "remove": "/stake/sessions/{session}/remove",
    "bet": "/stake/sessions/{session}/bet",
    "rotate": "/stake/sessions/{session}/rotate",
    "rotation": "/stake/seed-rotations/{rotation}",
    "intent": "/stake/intents/{intent}",
    "limits": "/stake/limits-of-all",
    "stream": "/live/{stream}",
}


@pytest.fixture
def everything(session: StakeSession, simulator: Simulator) -> Callable[[str], str]:
    """A session that shows what a page can: bets, a rotation, two readings, trouble, an unknown outcome."""
    stream = stream_of(session)
    rotated = rotation.rotate(session_id=session.pk, client_seed="next" * 15, by=BY, now=timezone.now)
    balances.refresh(session_id=session.pk, now=timezone.now)
    StakeSession.objects.update(
        label="A session with a name that is as long as a label may well become", user_agent="x"
    )
    simulator.faults.add("drop_after", "place")
    intent = place(Wanted(session.pk, limbo(), "unknown"), by=BY, now=timezone.now)
    StakeSession.objects.update(clearance_expires_at=timezone.now())
    names = {"session": session.pk, "stream": stream.public_id, "rotation": rotated.pk, "intent": intent.pk}
    return lambda path: path.format(**names)


def test_every_page_is_readable_and_fits(journey: Journey, everything: Callable[[str], str]) -> None:
    found: dict[tuple[str, str], list[str]] = {}
    for name, path in PAGES.items():
        page = journey.open(everything(path))
        if name in ("bet", "stream"):
            expect(page.locator("#bet-form")).to_be_visible()
        for details in page.locator("details.limit, details.request").all():
            details.evaluate("node => node.open = true")
        for theme, width in (("light", DESKTOP), ("dark", PHONE)):
            page.emulate_media(color_scheme=theme)
            resize(page, width)
            wide = [f"{over} px too wide"] if (over := overflow(page)) else []
            found[name, theme] = [*serious_faults(page), *wide]
    assert {name: faults for name, faults in found.items() if faults} == {}
