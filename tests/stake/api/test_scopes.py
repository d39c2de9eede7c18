"""Every address: who may ask it, and by which methods."""

import re

import pytest
from django.urls import get_resolver

from accounts.scopes import IMPLIED, SCOPES
from tests.streams.api.client import Api

ID = "0191d6f4-0000-4000-8000-000000000000"
# Address, method, the scope it needs, and the status of the refusal of a body or id that is of nothing.
ADDRESSES = [
    ("/stake/session", "GET", "read", 200),
    ("/stake/session", "POST", "sessions", 422),
    (f"/stake/session/{ID}", "GET", "read", 404),
    (f"/stake/session/{ID}", "PUT", "sessions", 422),
    (f"/stake/session/{ID}", "DELETE", "sessions", 404),
    (f"/stake/session/{ID}/verify", "POST", "sessions", 404),
    (f"/stake/session/{ID}/live", "PUT", "sessions", 404),
    (f"/stake/session/{ID}/live", "DELETE", "sessions", 404),
    ("/stake/bet", "GET", "read", 200),
    ("/stake/bet", "POST", "bet", 422),
    (f"/stake/bet/{ID}", "GET", "read", 404),
    ("/stake/bets/house:1", "GET", "read", 404),
    ("/stake/reconcile", "POST", "bet", 422),
    ("/stake/import-history", "POST", "bet", 422),
    ("/stake/rotate-seed", "POST", "bet", 422),
    ("/stake/rotations", "GET", "read", 200),
    ("/stake/balance", "GET", "read", 422),
    ("/stake/vault", "POST", "bet", 422),
    ("/stake/limits", "GET", "read", 200),
    ("/stake/limits", "PUT", "sessions", 422),
    ("/stake/pauses", "POST", "bet", 422),
    ("/stake/stop", "GET", "read", 200),
    ("/stake/stop", "PUT", "bet", 200),
    ("/stake/stop", "DELETE", "bet", 200),
]
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def body_for(method: str) -> dict | None:
    return None if method == "GET" else {}


@pytest.mark.parametrize(("path", "method", "scope", "status"), ADDRESSES)
def test_its_scope_lets_in(with_scopes, path, method, scope, status):
    assert with_scopes(scope).request(method, path, body_for(method)).status == status


@pytest.mark.parametrize(("path", "method", "scope", "status"), ADDRESSES)
def test_all_other_scopes_do_not(with_scopes, path, method, scope, status):
    others = [each for each in SCOPES if each != scope and scope not in IMPLIED.get(each, ())]
    answer = with_scopes(*others).request(method, path, body_for(method))
    assert (answer.status, answer.code) == (403, "scope_missing")


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "method", "scope", "status"), ADDRESSES)
def test_nobody_is_let_in_without_a_token(path, method, scope, status):
    assert Api(None).request(method, path, body_for(method)).status == 401


@pytest.mark.parametrize("path", sorted({path for path, *_ in ADDRESSES}))
def test_other_methods_are_refused(with_scopes, path):
    api = with_scopes("admin")
    known = {method for each, method, *_ in ADDRESSES if each == path}
    for method in METHODS - known:
        answer = api.request(method, path, body_for(method))
        assert (answer.status, answer.code) == (405, "method_not_allowed")
        assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == known


def test_these_are_all_addresses_for_programs():
    declared = {
        "/" + re.sub(r"<[^>]+>", "*", str(pattern.pattern))
        for part in get_resolver().url_patterns
        for pattern in getattr(part, "url_patterns", [])
        if getattr(pattern.callback, "__module__", "").startswith(("stake.api", "accounts.http"))
        and str(pattern.pattern).startswith("stake/")
    }
    listed = {path.replace(ID, "*").replace("house:1", "*") for path, *_ in ADDRESSES}
    assert listed == declared
