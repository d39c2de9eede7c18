"""Signing in and out, one-time links over HTTP, and the account page."""

import re

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from accounts import services, tokens
from accounts.models import LoginLink, Token

PASSWORD = "correct horse"


@pytest.fixture
def viewer(client, member):
    user = member("viewer", username="vera")
    client.force_login(user)
    return user


def shown_token(response):
    return re.search(r"sp_[A-Za-z0-9_-]{43}", response.content.decode())


# --- Signing in -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_login_page_says_how_to_get_a_link(client):
    response = client.get("/login")
    assert response.status_code == 200
    assert "manage.py login_link" in response.content.decode()


@pytest.mark.django_db
def test_the_account_page_needs_a_login(client):
    response = client.get("/account")
    assert (response.status_code, response["Location"]) == (302, "/login?next=/account")


def test_a_password_signs_in_and_logout_out(client, member):
    member(username="vera")
    response = client.post("/login", {"username": "vera", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/live")
    assert client.get("/account").status_code == 200
    assert client.get("/logout").status_code == 405
    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(("target", "location"), [("/account", "/account"), ("https://evil.example/", "/live")])
def test_the_login_returns_to_pages_of_ours_only(client, member, target, location):
    member(username="vera")
    response = client.post("/login", {"username": "vera", "password": PASSWORD, "next": target})
    assert response["Location"] == location


def test_a_wrong_password_is_refused_and_too_many_lock_out(client, member, settings):
    member(username="vera")
    wrong = {"username": "vera", "password": "wrong"}
    answers = [client.post("/login", wrong).status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    locked = client.post("/login", {"username": "vera", "password": PASSWORD})
    assert locked.status_code == 429
    assert locked["Retry-After"] == "900"
    assert "Try again in 15 minutes" in locked.content.decode()
    # Another person, and the same person from elsewhere, are not locked out.
    member(username="walter")
    assert client.post("/login", {"username": "walter", "password": PASSWORD}).status_code == 302
    elsewhere = Client(REMOTE_ADDR="192.168.1.9")
    assert elsewhere.post("/login", {"username": "vera", "password": PASSWORD}).status_code == 302


def test_a_forged_forwarded_header_does_not_evade_the_limit(client, member, settings):
    member(username="vera")
    for number in range(settings.AXES_FAILURE_LIMIT):
        wrong = {"username": "vera", "password": "wrong"}
        response = client.post("/login", wrong, HTTP_X_FORWARDED_FOR=f"6.6.6.{number}")
    assert response.status_code == 429
    assert {attempt.ip_address for attempt in AccessAttempt.objects.all()} == {"127.0.0.1"}


def test_the_password_is_not_kept_with_the_attempt(client, member):
    member(username="vera")
    client.post("/login", {"username": "vera", "password": "a-wrong-password"})
    assert "a-wrong-password" not in str(AccessAttempt.objects.values().get())


# --- One-time links -------------------------------------------------------------------------------


def test_a_link_signs_in_once(client, member):
    text = services.create_login_link(user=member("viewer"), at=timezone.now())
    response = client.get("/login/link", {"token": text})
    assert (response.status_code, response["Location"]) == (302, "/live")
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert client.get("/account").status_code == 200
    assert Client().get("/login/link", {"token": text}).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("query", [{}, {"token": ""}, {"token": "x"}, {"token": "\x00"}, {"token": "x" * 5000}])
def test_a_wrong_link_is_told_so(client, query):
    response = client.get("/login/link", query)
    assert response.status_code == 400
    assert "does not sign you in" in response.content.decode()
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_looking_at_a_link_does_not_use_it_up(client, member):
    text = services.create_login_link(user=member("viewer"), at=timezone.now())
    assert client.head("/login/link", {"token": text}).status_code == 405
    assert client.post("/login/link", {"token": text}).status_code == 405
    assert LoginLink.objects.get().used_at is None


def test_signing_in_gives_a_new_session(client, member):
    client.get("/login")
    session = client.session
    session["before"] = 1
    session.save()
    client.cookies["stakepro_session"] = session.session_key
    client.get("/login/link", {"token": services.create_login_link(user=member("viewer"), at=timezone.now())})
    assert client.session.session_key != session.session_key


# --- The account page -----------------------------------------------------------------------------


def test_the_page_shows_who_i_am_and_is_not_stored(client, viewer):
    response = client.get("/account")
    assert "vera" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_token_is_shown_exactly_once(client, viewer):
    response = client.post("/account", {"action": "token", "label": "my bot", "scopes": ["read"]})
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    text = shown_token(response).group()
    token = Token.objects.get()
    assert (token.label, token.scopes, token.created_by, token.hint) == ("my bot", ["read"], viewer, text[-4:])
    assert tokens.cache.identify(text, at=timezone.now()).token_id == token.pk
    assert text not in str(dict(client.session))
    again = client.get("/account")
    assert "my bot" in again.content.decode()
    assert shown_token(again) is None


@pytest.mark.parametrize(
    "data",
    [
        {"label": "", "scopes": ["read"]},
        {"label": "bot"},
        {"label": "bot", "scopes": ["admin"]},
        {"label": "bot", "scopes": ["read", "nonsense"]},
        {"label": "a\x00b", "scopes": ["read"]},
        {"label": "x" * 101, "scopes": ["read"]},
    ],
)
def test_it_rejects_what_no_token_can_be_and_keeps_what_was_typed(client, viewer, data):
    response = client.post("/account", {"action": "token", **data})
    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert not Token.objects.exists()


def test_my_tokens_are_listed_and_an_admin_sees_all(client, viewer, member, token_text):
    token_text("read", label="from-the-command-line")
    services.create_token(label="from-the-page", scopes=["read"], by=viewer, at=timezone.now())
    mine = client.get("/account").content.decode()
    assert "from-the-page" in mine
    assert "from-the-command-line" not in mine
    client.force_login(member("admin"))
    everyones = client.get("/account").content.decode()
    assert "from-the-page" in everyones
    assert "from-the-command-line" in everyones


def test_i_revoke_my_token_and_nobody_elses(client, viewer, token_text):
    mine, _ = services.create_token(label="mine", scopes=["read"], by=viewer, at=timezone.now())
    token_text("read", label="theirs")
    theirs = Token.objects.get(label="theirs")
    assert client.post("/account", {"action": "revoke", "token_id": mine.pk})["Location"] == "/account"
    assert client.post("/account", {"action": "revoke", "token_id": theirs.pk}).status_code == 403
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert mine.revoked_by == viewer
    assert theirs.revoked_at is None


@pytest.mark.parametrize("token_id", ["", "0", "-1", "x", "999999", "9" * 30])
def test_revoking_what_is_not_there_is_404(client, viewer, token_id):
    assert client.post("/account", {"action": "revoke", "token_id": token_id}).status_code == 404


def test_an_unknown_action_changes_nothing(client, viewer):
    assert client.post("/account", {"action": "explode"}).status_code == 400


def test_a_form_without_csrf_token_is_refused(member):
    client = Client(enforce_csrf_checks=True)
    client.force_login(member("viewer"))
    assert client.post("/account", {"action": "token", "label": "bot", "scopes": ["read"]}).status_code == 403
    assert not Token.objects.exists()


def test_who_came_by_link_sets_a_password_without_the_old_one(client, viewer):
    viewer.set_unusable_password()
    viewer.save()
    client.force_login(viewer)
    other_device = Client()
    other_device.force_login(viewer)
    new = {"new_password1": "a long new phrase", "new_password2": "a long new phrase"}
    assert client.post("/account", {"action": "password", **new})["Location"] == "/account"
    viewer.refresh_from_db()
    assert viewer.check_password("a long new phrase")
    assert client.get("/account").status_code == 200
    assert other_device.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (PASSWORD, "a long new phrase", 302),
        ("wrong", "a long new phrase", 422),
        ("", "a long new phrase", 422),
        (PASSWORD, "short", 422),
        (PASSWORD, "12345678901234", 422),
    ],
)
def test_who_has_a_password_changes_it_with_the_old_one(client, viewer, old, new, status):
    data = {"action": "password", "old_password": old, "new_password1": new, "new_password2": new}
    assert client.post("/account", data).status_code == status
    viewer.refresh_from_db()
    assert viewer.check_password(new) is (status == 302)
