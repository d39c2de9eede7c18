"""A real Chromium for each journey, signed in, which fails on any console error, CSP violation or broken answer."""

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from accounts.models import User
from streams import sql
from streams.ingest import ingest
from streams.models import Stream
from tests.streams.messages import bet

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
# Where motion is welcome a dot beats and new rows glow: each frame is painted anew, and none of it is looked at.
WINDOW = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
LEAVE_SECONDS = 30
HERE = os.path.dirname(__file__)

# Playwright's synchronous interface runs an event loop in this thread, where Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a journey in a browser."""
    for item in items:
        if str(item.path).startswith(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield browser
        # All tests are over: a browser that takes its time to leave a busy machine is no fault of theirs.
        watch = threading.Timer(LEAVE_SECONDS, end_driver)
        watch.daemon = True
        watch.start()
        with contextlib.suppress(PlaywrightError):
            browser.close()
    watch.cancel()


def end_driver() -> None:
    """Kill Playwright's own process, and with it the browser."""
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and b"playwright" in (process / "cmdline").read_bytes():
                status = (process / "status").read_text()
                if f"\nPPid:\t{os.getpid()}\n" in status:
                    os.kill(int(process.name), signal.SIGKILL)


@pytest.fixture
def owner(db: None) -> User:
    sql.forget_streams()
    return User.objects.create_superuser("owner")


def session_cookie(user: User) -> str:
    """The cookie of a signed-in session."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Journey:
    """A page signed in as the owner at one server, and what went wrong on it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.url = url
        self.faults: list[str] = []
        self.expected: set[str] = set()
        self.page = self.watched(context.new_page())

    def watched(self, page: Page) -> Page:
        """Note each console error (CSP violations are some) and each exception of a script."""
        page.on("console", lambda message: message.type == "error" and self.faults.append(message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        return page

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(text in fault for text in self.expected)]


# Sessions of closed windows: those at work are waited for, the others were kept for a next request that never comes.
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def end_other_sessions() -> None:
    """The database is about to be emptied and dropped: let requests end, then end what they left."""
    deadline = time.monotonic() + 20
    with connection.cursor() as cursor:
        while True:
            cursor.execute(f"SELECT count(*) {OTHERS} AND state <> 'idle'")
            if cursor.fetchone()[0] == 0:
                break
            assert time.monotonic() < deadline, "a request does not end"
            time.sleep(0.02)
        cursor.execute(f"SELECT pg_terminate_backend(pid) {OTHERS} AND state = 'idle'")


@pytest.fixture
def journey_at(chromium: Browser, owner: User) -> Iterator[Callable[..., Journey]]:
    """Open a browser window at a server; options are Playwright's own, such as `viewport` and `color_scheme`."""
    opened: list[Journey] = []

    def make(url: str, **options: Any) -> Journey:
        context = chromium.new_context(**{**WINDOW, **options})
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_cookie(owner), "url": url}])
        opened.append(Journey(context, url))
        return opened[-1]

    yield make
    for journey in opened:
        journey.context.close()
    end_other_sessions()
    assert [fault for journey in opened for fault in journey.unexpected()] == []


@pytest.fixture
def journey(journey_at: Callable[..., Journey], live_server: Any) -> Journey:
    return journey_at(live_server.url)


@pytest.fixture
def page(journey: Journey) -> Page:
    return journey.page


# The results that the invented bets of these tests run through, by nonce.
RESULTS = (1, "1.63", "34.68", "164.72", "1066.73", "11200.65")


def arrive(*nonces: int, at: datetime | None = None, **changes: Any) -> Stream:
    """Bets of these nonces come in, as if a bot had sent them; their stream."""
    messages = [bet(nonce, **{"roundResult": RESULTS[nonce % len(RESULTS)], **changes}) for nonce in nonces]
    ingest(messages, at=at or timezone.now())
    return Stream.objects.get(server_seed_hashed=messages[0].server_seed_hashed)


def nonces_shown(page: Page) -> list[str]:
    """The nonces of the visible rows, from the top."""
    return page.locator("tr[data-seq]:visible [data-bet]").all_inner_texts()


def expect_nonces(page: Page, nonces: list[str]) -> None:
    """These are the visible rows, from the top; within a moment, for a page may be on its way."""
    expect(page.locator("tr[data-seq]:visible [data-bet]")).to_have_text(nonces)


# The rules of axe for which it matters whether a page is light or dark.
COLOURS = ("color-contrast", "link-in-text-block")
PHONE, DESKTOP, WALL = 360, 1440, 1920


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("innerWidth") == width


def faults_for_anyone(page: Page, widths: tuple[int, ...] = (PHONE, DESKTOP, WALL)) -> list[str]:
    """What axe finds serious in both themes, and the widths at which the page is wider than its window.

    A page is loaded once for all of it: what it holds follows neither the theme nor the width, but how it looks does.
    """
    resize(page, WINDOW["viewport"]["width"])
    found = serious_faults(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {fault}" for fault in serious_faults(page, COLOURS)]
    page.emulate_media(color_scheme="light")
    for width in widths:
        resize(page, width)
        found += [f"{over} px too wide at {width}"] if (over := overflow(page)) else []
    return found


def serious_faults(page: Page, rules: tuple[str, ...] = ()) -> list[str]:
    """What axe finds that keeps people out; by these rules alone if some are named."""
    options = {"resultTypes": ["violations"], **({"runOnly": [*rules]} if rules else {})}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:160]}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]
