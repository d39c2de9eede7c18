"""The commands for tokens and login links."""

import re

import pytest
from django.core.management import CommandError, call_command

from accounts import services, tokens
from accounts.models import Token
from tests.accounts.conftest import NOON

pytestmark = pytest.mark.django_db


def test_create_token_prints_the_token_alone(capsys):
    call_command("create_token", "bot", "--scope", "ingest", "--scope", "read")
    out, err = capsys.readouterr()
    assert re.fullmatch(r"sp_[A-Za-z0-9_-]{43}\n", out)
    assert out.strip() not in err
    identity = tokens.cache.identify(out.strip(), at=NOON)
    assert (identity.label, identity.scopes) == ("bot", {"ingest", "read"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bot", "--scope", "root"], "Unknown scope: root"),
        (["bot"], "at least one scope"),
        ([" ", "--scope", "read"], "Give the token a label"),
    ],
)
def test_create_token_refuses(capsys, arguments, message):
    with pytest.raises(CommandError, match=message):
        call_command("create_token", *arguments)
    assert capsys.readouterr().out == ""
    assert not Token.objects.exists()


def test_revoke_token_by_label_and_by_number(token_text):
    token_text("read", label="bot")
    token_text("read", label="other")
    call_command("revoke_token", "bot")
    call_command("revoke_token", str(Token.objects.get(label="other").pk))
    assert not Token.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize("name", ["nobody", "999999", "-1", "9" * 40, "٣"])
def test_revoke_token_refuses_what_is_not_there(name):
    with pytest.raises(CommandError, match="no usable token"):
        call_command("revoke_token", "--", name)


def test_revoke_token_asks_which_of_several(token_text):
    token_text("read", label="bot")
    token_text("read", label="bot")
    with pytest.raises(CommandError, match="Several tokens"):
        call_command("revoke_token", "bot")
    assert Token.objects.filter(revoked_at=None).count() == 2


@pytest.mark.parametrize("named", [True, False])
def test_login_link_prints_the_link_alone(capsys, client, member, settings, named):
    settings.HOST, settings.PORT, settings.HTTPS = "127.0.0.1", 8123, False
    person = member(username="vera") if named else services.ensure_owner(at=NOON)
    call_command("login_link", *(["vera"] if named else []))
    out = capsys.readouterr().out
    assert re.fullmatch(r"http://127\.0\.0\.1:8123/login/link\?token=[A-Za-z0-9_-]{43}\n", out)
    client.get(out.strip().removeprefix("http://127.0.0.1:8123"))
    assert client.session["_auth_user_id"] == str(person.pk)


def test_login_link_makes_the_owner_on_first_use(capsys):
    call_command("login_link")
    assert "/login/link?token=" in capsys.readouterr().out


def test_login_link_refuses_strangers_and_the_deactivated(member):
    member(username="gone", is_active=False)
    for name in ("nobody", "gone"):
        with pytest.raises(CommandError, match="no active person"):
            call_command("login_link", name)
