"""Who may call an address and how, the same for all of them; what each refuses of its own is in its own file."""

import pytest
from django.test import Client
from django.urls import get_resolver, resolve

from accounts.models import User
from streams.models import Bet, Stream
from tests.streams.api.client import Api, read_answer
from tests.streams.api.routes import ANY_READS, OF_A_STREAM, ROUTES, WITH_BODY, name
from tests.streams.messages import bet_record

every_route = pytest.mark.parametrize("route", ROUTES, ids=name)


@every_route
def test_it_needs_a_token(nobody, route):
    answer = nobody.request(route.method, route.address(), route.body)
    assert (answer.status, answer.code) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.body["detail"] == answer.body["error"]["message"]


@every_route
@pytest.mark.parametrize("header", ["HTTP_AUTHORIZATION", "HTTP_X_INGEST_TOKEN"])
def test_it_rejects_a_wrong_token(db, route, header):
    answer = Api("sp_" + "x" * 43, header=header).request(route.method, route.address(), route.body)
    assert (answer.status, answer.code) == (401, "unauthenticated")


@every_route
def test_it_needs_its_scope(with_scopes, route):
    others = {"ingest": ["write", "read"], "read": ["ingest", "bet"], "write": ["ingest", "read"]}[route.scope]
    answer = with_scopes(*others).request(route.method, route.address(), route.body)
    assert (answer.status, answer.code) == (403, "scope_missing")
    assert route.scope in answer.body["detail"]


@every_route
@pytest.mark.parametrize("header", ["HTTP_AUTHORIZATION", "HTTP_X_INGEST_TOKEN"])
def test_it_lets_its_scope_in_by_either_header(with_scopes, route, header):
    answer = with_scopes(route.scope, header=header).request(route.method, route.address(), route.body)
    assert answer.status in (200, 404, 422)


@every_route
def test_it_refuses_other_methods(api, route):
    allowed = {other.method for other in ROUTES if other.path == route.path}
    answer = api.request("PATCH", route.address())
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {*allowed, "OPTIONS", *(["HEAD"] if "GET" in allowed else [])}
    options = api.request("OPTIONS", route.address())
    assert (options.status, options.headers["Allow"]) == (204, answer.headers["Allow"])


@pytest.mark.parametrize("route", ANY_READS, ids=name)
def test_a_read_answers_head(api, route):
    stream = api.send(bet_record(1)).rpartition("/")[2]
    full = api.client.get(route.address(stream), **api.sent)
    head = api.client.head(route.address(stream), **api.sent)
    assert (head.status_code, head.content) == (full.status_code, b"")


@pytest.mark.parametrize("route", OF_A_STREAM, ids=name)
def test_it_does_not_know_another_stream(api, route):
    api.send(bet_record(1))
    answer = api.request(route.method, route.address(), route.body)
    assert (answer.status, answer.code) == (404, "not_found")
    assert answer.body["detail"] == "There is no such stream."


@pytest.mark.parametrize("route", OF_A_STREAM, ids=name)
def test_it_refuses_what_is_no_uuid(api, route):
    for stream_id in ("1", "none", "0191d6f4-0000-7000-8000-00000000000", "%00", "%F0%9F%8E%B2", "..", "*"):
        answer = api.request(route.method, route.address(stream_id), route.body)
        assert (answer.status, answer.fields) == (422, {"stream_id"}), stream_id
        assert answer.body["detail"] == [
            {"loc": ["body", "stream_id"], "msg": "must be a UUID.", "type": "value_error"},
        ]


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_it_has_no_trailing_slash_and_never_redirects(api, route):
    response = api.client.generic(route.method, route.path.format(id="x", run="x") + "/", **api.sent)
    assert response.status_code in (404, 405, 422)


# --- People ---------------------------------------------------------------------------------------


@pytest.fixture
def operator(db):
    client = Client(enforce_csrf_checks=True)
    user = User.objects.create_superuser("olga", password="correct horse")
    client.force_login(user)
    return client


def test_a_signed_in_person_reads(operator):
    assert read_answer(operator.get("/live/streams")).body["total"] == 0


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method != "GET"], ids=name)
def test_a_session_needs_the_csrf_token(operator, route):
    answer = read_answer(operator.generic(route.method, route.address(), "{}", content_type="application/json"))
    assert (answer.status, answer.code) == (403, "csrf_failed")


def test_a_session_with_the_csrf_token_writes(operator):
    operator.get("/login")
    operator.get("/account")
    token = operator.cookies["stakepro_csrf"].value
    response = operator.post("/live/ingest", bet_record(1), content_type="application/json", HTTP_X_CSRFTOKEN=token)
    assert read_answer(response).body["accepted"] is True
    assert Bet.objects.count() == 1


@pytest.mark.parametrize("route", [route for route in WITH_BODY if route.method == "POST"], ids=name)
def test_a_form_is_no_json(operator, route):
    operator.get("/account")
    token = operator.cookies["stakepro_csrf"].value
    for content_type in ("multipart/form-data; boundary=x", "multipart/form-data", "application/x-www-form-urlencoded"):
        body = "--x\r\nContent-Disposition: form-data; name=notes\r\n\r\nx\r\n--x--\r\n"
        response = operator.generic("POST", route.address(), body, content_type=content_type, HTTP_X_CSRFTOKEN=token)
        assert read_answer(response).status in (400, 404, 415, 422), content_type
    assert not Stream.objects.exists()


# --- The table above is complete ------------------------------------------------------------------


def test_every_json_address_of_streams_is_in_the_table():
    known = {resolve(route.path.format(id="x", run="x")).route for route in ROUTES}
    declared = {
        str(pattern.pattern)
        for part in get_resolver().url_patterns
        for pattern in getattr(part, "url_patterns", [part])
        if getattr(getattr(pattern, "callback", None), "__module__", "").startswith(("streams.api.", "accounts.http"))
    }
    exports = {route for route in declared if "export" in route}  # tested with the exports
    assert declared - exports == known
