"""Who may look at the pages of the venue, and who may act."""

import pytest
from django.test import Client

from accounts import switches
from accounts.models import User
from tests.stake.pages.asking import READING, person, text

pytestmark = pytest.mark.django_db


NOWHERE = "00000000-0000-4000-8000-000000000000"
# Address, and the scope without which it is refused.
ACTING = [
    ("/stake/try", "bet"),
    ("/stake/stop-betting", "bet"),
    ("{session}/bet", "bet"),
    ("{session}/rotate", "bet"),
    ("{session}/balances", "bet"),
    ("{session}/pause", "bet"),
    ("{session}/deposit", "bet"),
    ("{session}/import", "bet"),
    ("{session}/look-again", "bet"),
    ("{intent}/decide", "bet"),
    ("/stake/limits-of-all/pause", "bet"),
    ("/stake/sessions/new", "sessions"),
    ("{session}/edit", "sessions"),
    ("{session}/verify", "sessions"),
    ("{session}/live", "sessions"),
    ("{session}/remove", "sessions"),
    ("{session}/limits", "sessions"),
    ("/stake/limits-of-all/set", "sessions"),
]


def test_every_page_reads_with_the_scope_read_and_acts_with_none(played):
    reader, nobody = person("read"), person("ingest")
    for address in READING:
        path = address.format(**played)
        assert reader.get(path).status_code == 200, path
        assert nobody.get(path).status_code == 403, path
    for address, _ in ACTING:
        assert reader.post(address.format(**played)).status_code == 403, address


@pytest.mark.parametrize("scope", ["bet", "sessions"])
def test_an_act_needs_its_own_scope(played, scope):
    """Whoever may only bet stores no session, and the other way round."""
    other = person("read", "sessions" if scope == "bet" else "bet")
    for address, needed in ACTING:
        if needed == scope:
            assert other.post(address.format(**played)).status_code == 403, address
    assert not switches.is_on(switches.BETTING_STOPPED)


def test_buttons_are_shown_to_those_who_may_press_them(played):
    reader = text(person("read").get("/stake"))
    assert "Change" not in reader
    assert "Add a session" not in reader
    assert "Stop betting" not in reader
    better = text(person("read", "bet").get(played["session"]))
    assert "Stop betting" in better
    assert "Refresh" in better
    assert "Go live" not in better


def test_a_post_without_its_token_is_refused(played, session):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="owner"))
    for address, _ in ACTING:
        assert strict.post(address.format(**played)).status_code == 403, address


@pytest.mark.parametrize(
    "path",
    [
        "/stake/sessions/nonsense",
        f"/stake/sessions/{NOWHERE}",
        f"/stake/sessions/{NOWHERE}/bet",
        "/stake/intents/nonsense",
        f"/stake/intents/{NOWHERE}",
        "/stake/seed-rotations/nonsense",
        "/stake/options?session=nonsense",
        "/stake/prospects",
        "/stake/pending?session=1",
    ],
)
def test_what_is_not_there_is_not_found(owner, path):
    assert owner.get(path).status_code == 404


def test_it_sends_the_rest_to_the_login(client, db):
    assert client.get("/stake")["Location"].startswith("/login")
