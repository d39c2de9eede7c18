"""People and tokens on the admin site."""

import pytest
from django.urls import reverse

from accounts import services
from accounts.models import Token
from tests.accounts.conftest import NOON


@pytest.fixture
def owner(client, db):
    owner = services.ensure_owner(at=NOON)
    client.force_login(owner)
    return owner


@pytest.fixture
def token(token_text):
    token_text("read", "ingest", label="antebot")
    return Token.objects.get()


@pytest.mark.parametrize("page", ["accounts_user_changelist", "accounts_user_add", "accounts_token_changelist"])
def test_the_pages_load(client, owner, token, page):
    assert client.get(reverse(f"admin:{page}")).status_code == 200


def test_people_and_tokens_can_be_looked_at_without_their_secret(client, owner, token):
    assert client.get(reverse("admin:accounts_user_change", args=[owner.pk])).status_code == 200
    page = client.get(reverse("admin:accounts_token_change", args=[token.pk])).content.decode()
    assert "ingest, read" in page
    assert token.token_hash not in page


def test_tokens_are_searched(client, owner, token):
    assert "antebot" in client.get(reverse("admin:accounts_token_changelist"), {"q": "ante"}).content.decode()
    assert "antebot" not in client.get(reverse("admin:accounts_token_changelist"), {"q": "nobody"}).content.decode()


def test_tokens_are_neither_added_changed_nor_deleted_here(client, owner, token):
    assert client.get(reverse("admin:accounts_token_add")).status_code == 403
    assert client.post(reverse("admin:accounts_token_delete", args=[token.pk])).status_code == 403
    client.post(reverse("admin:accounts_token_change", args=[token.pk]), {"label": "other", "scopes": "admin"})
    token.refresh_from_db()
    assert (token.label, token.scopes) == ("antebot", ["ingest", "read"])


def test_the_action_revokes(client, owner, token):
    data = {"action": "revoke", "_selected_action": [token.pk]}
    client.post(reverse("admin:accounts_token_changelist"), data)
    token.refresh_from_db()
    assert token.revoked_by == owner


def test_login_links_are_not_shown(client, owner):
    assert "loginlink" not in client.get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize(
    ("group", "staff", "status"), [("admin", True, 200), ("admin", False, 302), ("viewer", True, 403)]
)
def test_who_may_look_at_tokens_here(client, member, group, staff, status):
    client.force_login(member(group, is_staff=staff))
    assert client.get(reverse("admin:accounts_token_changelist")).status_code == status
