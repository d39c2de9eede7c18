"""The JSON door: who comes in, with what, and how every refusal looks."""

import json
import logging
from datetime import timedelta

import psycopg
import pytest
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse, UnreadablePostError
from django.test import Client
from django.urls import path

from accounts import services
from accounts.http import ApiError, Invalid, NotFound, api, error_response
from accounts.models import Token
from stakepro import health
from tests.accounts.conftest import NOON

ORIGIN = "https://venue.example"
RAISED = {}


def who(request):
    actor = request.actor
    return JsonResponse(
        {"kind": actor.kind, "name": actor.name, "rate_key": actor.rate_key, "scopes": sorted(actor.scopes)}
    )


def fail(request):
    raise RAISED["error"]


urlpatterns = [
    path("any", api(scope=None, methods=("GET",))(who)),
    path("read", api(scope="read", methods=("GET", "POST"))(who)),
    path("write", api(scope="write", methods=("POST",))(who)),
    path("ingest", api(scope="ingest", methods=("POST",))(who)),
    path("fail", api(scope="read", methods=("GET",))(fail)),
    path("healthz", health.healthz),
]


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.ROOT_URLCONF = __name__
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]


@pytest.fixture
def client():
    """A program on this machine: no cookies, CSRF enforced as in real life."""
    return Client(enforce_csrf_checks=True)


def bearer(text):
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def code(response):
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"error", "detail"}
    assert set(body["error"]) == {"code", "message", "fields"}
    return body["error"]["code"]


# --- Tokens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        lambda text: {"HTTP_AUTHORIZATION": f"Bearer {text}"},
        lambda text: {"HTTP_AUTHORIZATION": f"bearer  {text} "},
        lambda text: {"HTTP_X_INGEST_TOKEN": text},
        lambda text: {"HTTP_X_INGEST_TOKEN": f" {text} "},
        lambda text: {"HTTP_AUTHORIZATION": "Basic dTpw", "HTTP_X_INGEST_TOKEN": text},
    ],
)
def test_a_token_comes_in_by_either_header(client, token_text, headers):
    text = token_text("write", label="script")
    token = Token.objects.get()
    assert client.post("/read", **headers(text)).json() == {
        "kind": "token",
        "name": "script",
        "rate_key": f"token:{token.pk}",
        "scopes": ["read", "write"],
    }


WRONG_TOKENS = [
    {"HTTP_AUTHORIZATION": "Bearer"},
    {"HTTP_AUTHORIZATION": "Bearer "},
    {"HTTP_AUTHORIZATION": "Bearer nonsense"},
    {"HTTP_AUTHORIZATION": "Bearer sp_" + "x" * 43},
    {"HTTP_AUTHORIZATION": "sp_" + "x" * 43},
    {"HTTP_AUTHORIZATION": "Token sp_" + "x" * 43},
    {"HTTP_AUTHORIZATION": "Bearer \u00ff\x00"},
    {"HTTP_X_INGEST_TOKEN": "nonsense"},
    {"HTTP_X_INGEST_TOKEN": "sp_" + "x" * 43},
    {"HTTP_AUTHORIZATION": "Basic dTpw", "HTTP_X_INGEST_TOKEN": "nonsense"},
]


@pytest.mark.parametrize("headers", WRONG_TOKENS)
def test_a_wrong_token_is_401_even_with_a_session_and_open_ingest(client, settings, member, headers):
    settings.OPEN_INGEST = True
    client.force_login(member("admin"))
    response = client.post("/ingest", **headers)
    assert (response.status_code, code(response)) == (401, "unauthenticated")
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_revoked_token_is_401(client, token_text):
    text = token_text("ingest")
    services.revoke_token(token=Token.objects.get(), by=None, at=NOON)
    assert client.post("/ingest", **bearer(text)).status_code == 401


def test_the_second_header_does_not_rescue_a_wrong_first(client, token_text):
    text = token_text("ingest")
    assert client.post("/ingest", **bearer("nonsense"), HTTP_X_INGEST_TOKEN=text).status_code == 401


@pytest.mark.parametrize(
    ("scopes", "address", "status"),
    [
        (["ingest"], "/ingest", 200),
        (["ingest"], "/read", 403),
        (["ingest"], "/write", 403),
        (["read"], "/read", 200),
        (["read"], "/ingest", 403),
        (["read"], "/write", 403),
        (["write"], "/read", 200),
        (["write"], "/write", 200),
        (["write"], "/ingest", 403),
        (["bet"], "/read", 403),
        (["admin"], "/ingest", 200),
        (["admin"], "/write", 200),
        (["admin"], "/read", 200),
    ],
)
def test_a_token_needs_the_scope(client, token_text, scopes, address, status):
    response = client.post(address, **bearer(token_text(*scopes)))
    assert response.status_code == status
    if status == 403:
        assert code(response) == "scope_missing"
        assert f"“{address[1:]}”" in response.json()["error"]["message"]


def test_any_known_caller_may_where_no_scope_is_named(client, token_text):
    assert client.get("/any", **bearer(token_text("bet"))).status_code == 200
    assert client.get("/any").status_code == 401


# --- The token of the environment -----------------------------------------------------------------


def test_the_environment_token_posts_and_does_nothing_else(client, settings, db):
    settings.INGEST_TOKEN = "from the old set-up ü"
    header = {"HTTP_X_INGEST_TOKEN": settings.INGEST_TOKEN}
    answer = client.post("/ingest", **header).json()
    assert (answer["kind"], answer["rate_key"], answer["scopes"]) == ("environment", "environment", ["ingest"])
    assert client.post("/ingest", **bearer(settings.INGEST_TOKEN)).status_code == 200
    assert client.post("/read", **header).status_code == 403
    assert client.post("/ingest", HTTP_X_INGEST_TOKEN="from the old").status_code == 401


def test_an_empty_environment_token_opens_nothing(client, settings, db):
    settings.INGEST_TOKEN = ""
    for headers in ({"HTTP_X_INGEST_TOKEN": ""}, {"HTTP_AUTHORIZATION": "Bearer "}, {}):
        assert client.post("/ingest", **headers).status_code == 401


# --- Sessions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "address", "status"),
    [
        ("viewer", "/read", 200),
        ("viewer", "/write", 403),
        ("viewer", "/ingest", 403),
        ("operator", "/write", 200),
        ("operator", "/ingest", 200),
        ("admin", "/ingest", 200),
    ],
)
def test_a_session_needs_the_scope_too(member, group, address, status):
    client = Client()
    user = member(group)
    client.force_login(user)
    response = client.post(address)
    assert response.status_code == status
    if status == 200:
        assert (response.json()["kind"], response.json()["rate_key"]) == ("user", f"user:{user.pk}")


def test_a_session_needs_the_csrf_token_for_changes(client, member):
    client.force_login(member("operator"))
    assert client.get("/read").status_code == 200
    refused = client.post("/write", data="{}", content_type="application/json")
    assert (refused.status_code, code(refused)) == (403, "csrf_failed")
    client.cookies["stakepro_csrf"] = "a" * 32
    assert client.post("/write", HTTP_X_CSRFTOKEN="a" * 32).status_code == 200
    assert client.post("/write", HTTP_X_CSRFTOKEN="b" * 32).status_code == 403
    assert client.post("/write", HTTP_X_CSRFTOKEN="a" * 32, HTTP_ORIGIN="https://evil.example").status_code == 403


def test_nobody_is_401_and_not_sent_to_the_login_page(client, db):
    response = client.get("/read")
    assert (response.status_code, code(response)) == (401, "unauthenticated")
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_deactivated_persons_session_is_401(client, member):
    user = member("viewer")
    client.force_login(user)
    user.is_active = False
    user.save()
    assert client.get("/read").status_code == 401


# --- Open ingest ----------------------------------------------------------------------------------

HERE = {"REMOTE_ADDR": "127.0.0.1"}
ELSEWHERE = {"REMOTE_ADDR": "192.168.1.9"}


@pytest.mark.parametrize(
    ("is_open", "headers", "status"),
    [
        (False, HERE, 401),
        (True, HERE, 200),
        (True, {"REMOTE_ADDR": "::1"}, 200),
        (True, ELSEWHERE, 401),
        (True, {**ELSEWHERE, "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 401),
        (True, {**HERE, "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 401),
        (True, {**HERE, "HTTP_X_REAL_IP": "127.0.0.1"}, 401),
        (True, {**HERE, "HTTP_FORWARDED": "for=127.0.0.1"}, 401),
        (True, {**HERE, "HTTP_ORIGIN": ORIGIN}, 200),
        (True, {**HERE, "HTTP_ORIGIN": "https://evil.example"}, 401),
        (True, {**HERE, "HTTP_ORIGIN": "null"}, 401),
        (True, {**HERE, "HTTP_ORIGIN": ""}, 401),
        (True, {**ELSEWHERE, "HTTP_ORIGIN": ORIGIN}, 401),
        (True, {**HERE, "HTTP_X_INGEST_TOKEN": ""}, 200),
        (True, {**HERE, "HTTP_X_INGEST_TOKEN": "wrong"}, 401),
        (True, {**HERE, "HTTP_AUTHORIZATION": "Bearer wrong"}, 401),
    ],
)
def test_open_ingest(client, settings, token_text, is_open, headers, status):
    token_text("ingest")  # That tokens exist changes nothing.
    settings.OPEN_INGEST = is_open
    response = client.post("/ingest", **headers)
    assert response.status_code == status
    if status == 200:
        assert response.json()["kind"] == "open"
        assert response.json()["scopes"] == ["ingest"]
        assert response.json()["rate_key"] == f"open:{headers['REMOTE_ADDR']}"


def test_open_ingest_opens_ingest_only(client, settings, db):
    settings.OPEN_INGEST = True
    for method, address in (("get", "/read"), ("post", "/write"), ("get", "/any")):
        assert getattr(client, method)(address).status_code == 401


def test_open_ingest_asks_no_session_for_a_csrf_token(client, settings, member):
    settings.OPEN_INGEST = True
    client.force_login(member("viewer"))
    assert client.post("/ingest").json()["kind"] == "open"


def test_open_ingest_costs_no_query(client, settings):
    settings.OPEN_INGEST = True
    assert client.post("/ingest").status_code == 200  # This test has no database.


# --- Methods and errors ---------------------------------------------------------------------------


def test_wrong_methods_are_told_the_right_ones(client):
    response = client.delete("/read")
    assert (response.status_code, code(response)) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_options_names_the_methods(client):
    response = client.options("/ingest")
    assert (response.status_code, response["Allow"]) == (204, "POST, OPTIONS")


def test_head_is_answered_where_get_is(client, token_text):
    assert client.head("/any", **bearer(token_text("read"))).status_code == 200


@pytest.mark.parametrize(
    ("error", "status", "error_code"),
    [
        (ApiError(409, "conflict", "Somebody else changed it."), 409, "conflict"),
        (NotFound("There is no such stream."), 404, "not_found"),
        (Http404("There is no such bet."), 404, "not_found"),
        (PermissionDenied("Not yours."), 403, "forbidden"),
        (RequestDataTooBig("x"), 413, "too_large"),
        (UnreadablePostError("x"), 400, "bad_request"),
        (BadRequest("x"), 400, "bad_request"),
        (SuspiciousOperation("x"), 400, "bad_request"),
        (OperationalError("secret host"), 503, "unavailable"),
        (InterfaceError("secret host"), 503, "unavailable"),
        (psycopg.OperationalError("secret host"), 503, "unavailable"),
        (ZeroDivisionError("secret detail"), 500, "internal_error"),
    ],
)
def test_what_a_view_raises_becomes_json(client, token_text, error, status, error_code):
    RAISED["error"] = error
    response = client.get("/fail", **bearer(token_text("read")))
    assert (response.status_code, code(response)) == (status, error_code)
    assert "secret" not in response.content.decode()
    assert response.headers.get("Retry-After") == ("1" if status == 503 else None)


def test_an_unforeseen_error_is_logged_with_its_traceback(client, token_text, caplog):
    RAISED["error"] = ZeroDivisionError("what went wrong")
    client.get("/fail", **bearer(token_text("read")))
    (record,) = [record for record in caplog.records if record.name == "accounts.http"]
    assert record.levelno == logging.ERROR
    assert "what went wrong" in str(record.exc_info[1])


def test_a_refusal_is_no_error_in_the_log(client, token_text, caplog):
    RAISED["error"] = Invalid({"nonce": "Must not be negative."})
    client.get("/fail", **bearer(token_text("read")))
    assert not [record for record in caplog.records if record.name == "accounts.http"]


def test_the_database_away_while_the_caller_is_looked_up_is_503(client, monkeypatch):
    def away(token_hash):
        raise OperationalError("connection refused")

    monkeypatch.setattr("accounts.tokens._look_up", away)
    assert client.get("/read", **bearer("sp_" + "x" * 43)).status_code == 503


def test_invalid_fields_are_named_in_both_shapes():
    body = json.loads(Invalid({"nonce": "Must not be negative.", "amount": "Must be a number."}).response().content)
    assert body == {
        "error": {
            "code": "invalid",
            "message": "Must not be negative. Must be a number.",
            "fields": {"nonce": "Must not be negative.", "amount": "Must be a number."},
        },
        "detail": [
            {"loc": ["body", "nonce"], "msg": "Must not be negative.", "type": "value_error"},
            {"loc": ["body", "amount"], "msg": "Must be a number.", "type": "value_error"},
        ],
    }


def test_a_422_without_fields_and_other_errors_say_it_in_detail():
    without = json.loads(error_response(422, "invalid", "The body is not JSON.").content)
    assert without["detail"] == [{"loc": ["body"], "msg": "The body is not JSON.", "type": "value_error"}]
    assert json.loads(error_response(404, "not_found", "Gone.").content)["detail"] == "Gone."
    assert json.loads(error_response(404, "not_found", "Gone.", detail={"a": 1}).content)["detail"] == {"a": 1}


def test_text_that_is_no_unicode_goes_out_escaped():
    assert isinstance(error_response(422, "invalid", "\udcff", {"\udcff": "\ud800"}), HttpResponse)


def test_a_busy_token_costs_no_query_for_each_request(client, token_text, django_assert_max_num_queries):
    text = token_text("ingest")
    with django_assert_max_num_queries(5 + 5):  # Looking up, and noting the use; twice if a second passes meanwhile.
        for _ in range(50):
            assert client.post("/ingest", **bearer(text)).status_code == 200
    assert Token.objects.get().last_used_at - NOON > timedelta(0)
