"""Tokens: shown once, kept as a hash, believed for a second, noted when used."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import services, tokens
from accounts.models import Token
from accounts.permissions import NotAllowed, TokenRefused
from accounts.tokens import TokenCache
from tests.accounts.conftest import NOON


@pytest.fixture
def seconds():
    return [0.0]


@pytest.fixture
def cache(seconds):
    return TokenCache(clock=lambda: seconds[0])


@pytest.mark.django_db
def test_a_token_is_kept_as_a_hash_only():
    token, text = services.create_token(label=" bot ", scopes=["read", "ingest", "read"], by=None, at=NOON)
    assert re.fullmatch(r"sp_[A-Za-z0-9_-]{43}", text)
    assert (token.label, token.scopes, token.hint) == ("bot", ["ingest", "read"], text[-4:])
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_token::text FROM accounts_token")
        (row,) = cursor.fetchone()
    assert text not in row
    assert tokens.hash_secret(text) in row


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("label", "scopes", "field", "message"),
    [
        ("", ["read"], "label", "Give the token a label"),
        ("  ", ["read"], "label", "Give the token a label"),
        ("a\x00b", ["read"], "label", "Give the token a label"),
        ("x" * 101, ["read"], "label", "at most 100"),
        ("bot", [], "scopes", "at least one scope"),
        ("bot", ["root", "read"], "scopes", "Unknown scope: root"),
    ],
)
def test_it_refuses_by_field(label, scopes, field, message):
    with pytest.raises(TokenRefused, match=message) as refusal:
        services.create_token(label=label, scopes=scopes, by=None, at=NOON)
    assert refusal.value.field == field
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    ("group", "scopes", "allowed"),
    [
        ("viewer", ["read"], True),
        ("viewer", ["ingest"], False),
        ("viewer", ["read", "admin"], False),
        ("operator", ["ingest", "read", "write", "bet"], True),
        ("operator", ["admin"], False),
        ("admin", ["admin"], True),
    ],
)
def test_a_person_gives_only_scopes_they_have(member, group, scopes, allowed):
    person = member(group)
    if allowed:
        services.create_token(label="bot", scopes=scopes, by=person, at=NOON)
    else:
        with pytest.raises(TokenRefused, match="you lack"):
            services.create_token(label="bot", scopes=scopes, by=person, at=NOON)


def test_a_token_is_identified(cache, token_text):
    identity = cache.identify(token_text("write", label="bot"), at=NOON)
    assert (identity.label, identity.scopes) == ("bot", {"write", "read"})


@pytest.mark.parametrize(
    "text", ["", "sp_", "sp_" + "x" * 42, "sp_" + "x" * 44, "x" * 46, "sp_" + "é" * 43, "sp_" + "\udcff" * 43]
)
def test_a_malformed_token_is_refused_without_a_query(cache, text):
    assert cache.identify(text, at=NOON) is None  # This test has no database.


def test_an_unknown_token_is_refused_and_not_remembered(cache, token_text, django_assert_num_queries):
    token_text("read")
    unknown = tokens.PREFIX + "x" * 43
    for _ in range(2):
        with django_assert_num_queries(1):
            assert cache.identify(unknown, at=NOON) is None
    assert not cache._found


def test_a_token_is_looked_up_once_a_second(cache, seconds, token_text, django_assert_num_queries):
    text = token_text("ingest")
    cache.identify(text, at=NOON)
    seconds[0] = 0.99
    with django_assert_num_queries(0):
        assert cache.identify(text, at=NOON)
    seconds[0] = 1.0
    with django_assert_num_queries(1):
        assert cache.identify(text, at=NOON)


def test_a_revoked_token_is_refused_at_once_here_and_after_a_second_elsewhere(
    cache, seconds, token_text, django_capture_on_commit_callbacks
):
    text = token_text("ingest")
    token = Token.objects.get()
    assert cache.identify(text, at=NOON)  # Another process …
    assert tokens.cache.identify(text, at=NOON)  # … and this one.
    with django_capture_on_commit_callbacks(execute=True):
        services.revoke_token(token=token, by=None, at=NOON)
    assert tokens.cache.identify(text, at=NOON) is None
    assert cache.identify(text, at=NOON) is not None
    seconds[0] = 1.0
    assert cache.identify(text, at=NOON) is None


def test_revoking_twice_keeps_the_first_time(member, token_text):
    token_text("read")
    token, admin = Token.objects.get(), member("admin")
    services.revoke_token(token=token, by=admin, at=NOON)
    services.revoke_token(token=token, by=None, at=NOON + timedelta(days=1))
    assert (token.revoked_at, token.revoked_by) == (NOON, admin)


@pytest.mark.parametrize(("who", "allowed"), [("maker", True), ("operator", False), ("admin", True)])
def test_who_may_revoke(member, who, allowed):
    people = {"maker": member("viewer"), "operator": member("operator"), "admin": member("admin")}
    token, _ = services.create_token(label="bot", scopes=["read"], by=people["maker"], at=NOON)
    if allowed:
        services.revoke_token(token=token, by=people[who], at=NOON)
    else:
        with pytest.raises(NotAllowed):
            services.revoke_token(token=token, by=people[who], at=NOON)
    token.refresh_from_db()
    assert (token.revoked_at is not None) is allowed


def test_a_token_never_may_more_than_its_maker_may_now(cache, seconds, member):
    maker = member("operator")
    _, text = services.create_token(label="bot", scopes=["write", "ingest"], by=maker, at=NOON)
    assert cache.identify(text, at=NOON).scopes == {"write", "read", "ingest"}
    maker.groups.set([*maker.groups.none(), member("viewer").groups.get()])
    seconds[0] = 1.0
    assert cache.identify(text, at=NOON).scopes == {"read"}
    maker.is_active = False
    maker.save()
    seconds[0] = 2.0
    assert cache.identify(text, at=NOON) is None


def test_the_cache_is_bounded(cache, token_text, monkeypatch):
    monkeypatch.setattr(tokens, "CACHED_MAX", 3)
    for number in range(10):
        assert cache.identify(token_text("read", label=str(number)), at=NOON)
    assert len(cache._found) <= 3
    assert len(cache._use_noted) <= 3


@pytest.mark.parametrize(
    ("second_use", "noted"),
    [
        (NOON + timedelta(seconds=30), NOON),
        (NOON + timedelta(seconds=59), NOON),
        (NOON + timedelta(seconds=60), NOON + timedelta(seconds=60)),
        (NOON - timedelta(hours=1), NOON),  # The clock was set back; the later time stays.
    ],
)
def test_the_last_use_is_written_once_a_minute(cache, seconds, token_text, second_use, noted):
    text = token_text("ingest")
    for seconds[0], at in ((0.0, NOON), (5.0, second_use)):
        cache.identify(text, at=at)
    assert Token.objects.get().last_used_at == noted


@pytest.mark.django_db(transaction=True)
def test_a_row_locked_by_others_does_not_delay_the_request(cache, token_text, caplog):
    text = token_text("ingest")
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_token FOR UPDATE")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 1000")
    try:
        assert cache.identify(text, at=NOON)
    finally:
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
    assert Token.objects.get().last_used_at is None
    assert not caplog.records  # It did not wait until the time-out either.


def test_a_failure_to_note_the_use_fails_neither_request_nor_transaction(cache, token_text):
    text = token_text("ingest")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_token ADD CONSTRAINT never_used CHECK (last_used_at IS NULL)")
    assert cache.identify(text, at=NOON)
    assert Token.objects.count() == 1  # The transaction around us still works.


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("token_label_not_blank", {"label": ""}),
        ("token_scopes_known", {"scopes": ["read", "root"]}),
        ("token_scopes_known", {"scopes": []}),
        ("token_hash_is_sha256", {"token_hash": "sp_plain"}),
        ("token_revoked_by_needs_at", {"revoked_by_id": 0}),
    ],
)
def test_the_database_refuses_impossible_tokens(member, token_text, constraint, values):
    token_text("read")
    if "revoked_by_id" in values:
        values = {"revoked_by_id": member().pk}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Token.objects.update(**values)
