"""Each request gets an id, a line and a count."""

import logging
import re

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import Client
from django.urls import path
from prometheus_client import REGISTRY

from accounts import services
from accounts.http import api
from stakepro import logs, middleware
from tests.accounts.conftest import NOON


def page(request):
    return HttpResponse(logs.request_id.get())


def refuse(request):
    return HttpResponse(status=409)


def explode(request):
    raise ZeroDivisionError


page.login_required = refuse.login_required = explode.login_required = False

urlpatterns = [
    path("page", page, name="page"),
    path("refuse", refuse, name="refuse"),
    path("explode", explode, name="explode"),
    path("live/ingest", page, name="ingest"),
    path("live/streams/1/tail", page, name="tail"),
    path("who", api(scope="read", methods=("GET",))(lambda request: JsonResponse({})), name="who"),
]


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def line(caplog):
    """The one line of the request just made, with its fields."""
    caplog.set_level(logging.DEBUG, logger="stakepro.request")

    def read():
        (record,) = [record for record in caplog.records if record.name == "stakepro.request"]
        return record

    return read


def test_a_given_id_goes_through(client):
    response = client.get("/page", HTTP_X_REQUEST_ID="Trace-123")
    assert response["X-Request-ID"] == "Trace-123"
    assert response.content == b"Trace-123"
    assert logs.request_id.get() is None


@pytest.mark.parametrize(
    "given", [None, "", " ", "a b", "a\nb", "a\r\nSet-Cookie: x=y", "x" * 65, "é", "a_b", "<script>", "%0a", "a\x00"]
)
def test_another_id_is_made_where_the_given_one_is_odd(client, given):
    headers = {} if given is None else {"HTTP_X_REQUEST_ID": given}
    made = client.get("/page", **headers)["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{16}", made)
    assert made != client.get("/page", **headers)["X-Request-ID"]


def test_the_line_has_the_path_without_the_query(client, line):
    client.get("/page?token=geheim&q=1")
    record = line()
    assert (record.getMessage(), record.method, record.path, record.status) == ("Request answered", "GET", "/page", 200)
    assert record.ms >= 0
    assert "geheim" not in str(vars(record))


@pytest.mark.parametrize(
    ("address", "headers", "level"),
    [
        ("/page", {}, logging.INFO),
        ("/refuse", {}, logging.INFO),
        ("/nowhere", {}, logging.INFO),
        ("/explode", {}, logging.WARNING),
        ("/live/ingest", {}, logging.DEBUG),
        ("/live/streams/1/tail", {}, logging.DEBUG),
        ("/page", {"HTTP_HX_REQUEST": "true"}, logging.DEBUG),
        ("/refuse", {"HTTP_HX_REQUEST": "true"}, logging.INFO),
    ],
)
def test_only_frequent_successes_are_details(client, db, line, address, headers, level):
    client.get(address, **headers)
    assert line().levelno == level


def test_the_line_says_who_asked_without_asking_the_database(client, line, django_assert_num_queries, db):
    client.force_login(services.ensure_owner(at=NOON))
    with django_assert_num_queries(0):
        client.get("/page")
    assert line().actor == "nobody"


@pytest.mark.parametrize(("scope", "actor"), [("read", "token"), (None, "nobody")])
def test_the_line_names_the_kind_of_caller(client, db, line, scope, actor):
    headers = {}
    if scope:
        _, text = services.create_token(label="bot", scopes=[scope], by=None, at=NOON)
        headers = {"HTTP_AUTHORIZATION": f"Bearer {text}"}
    client.get("/who", **headers)
    assert line().actor == actor


@pytest.mark.parametrize(
    ("method", "address", "labels"),
    [
        ("GET", "/page", {"route": "page", "method": "GET", "status": "2xx"}),
        ("POST", "/refuse", {"route": "refuse", "method": "POST", "status": "4xx"}),
        ("GET", "/explode", {"route": "explode", "method": "GET", "status": "5xx"}),
        ("GET", "/nowhere/at/all", {"route": "none", "method": "GET", "status": "4xx"}),
        ("BREW", "/page", {"route": "page", "method": "other", "status": "2xx"}),
    ],
)
def test_requests_are_counted_by_route(client, db, method, address, labels):
    def count():
        return REGISTRY.get_sample_value("stakepro_http_requests_total", labels) or 0

    before = count()
    for _ in range(2):
        client.generic(method, address)
    assert count() == before + 2
    seconds = {"route": labels["route"]}
    assert REGISTRY.get_sample_value("stakepro_http_request_seconds_count", seconds) >= 2


def test_made_up_methods_do_not_fill_the_memory(client):
    from stakepro import metrics

    client.generic("GET", "/page")
    before = len(metrics._counters)
    for number in range(20):
        client.generic(f"BREW{number}", "/page")
    assert len(metrics._counters) == before


def test_a_request_id_is_not_left_to_the_next_request_of_the_thread():
    def fail(request):
        raise RuntimeError

    outermost = middleware.RequestLogMiddleware(fail)
    from django.test import RequestFactory

    with pytest.raises(RuntimeError):
        outermost(RequestFactory().get("/"))
    assert logs.request_id.get() is None
