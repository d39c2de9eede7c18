"""Which pages of other sites may call us, and with what: the API's listed origins, never with cookies."""

import pytest
from django.test import Client

from accounts import ratelimit, services, tokens
from streams import sql
from streams.models import Bet
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet_record

VENUE = "https://venue.example"
STRANGER = "https://stranger.example"
SOME_STREAM = "/live/streams/0191d6f4-0000-7000-8000-000000000000"
ADDRESSES = [
    "/live/ingest",
    "/live/ingest/batch",
    "/live/streams",
    SOME_STREAM,
    f"{SOME_STREAM}/tail",
    "/live/bookmarks/1",
    "/live/live/bookmarks/1",
    "/live/snapshots/1",
    "/verify",
    "/healthz",
    "/api/openapi.json",
]
PAGES = ["/", "/live", "/live/setup", "/live/0191d6f4-0000-7000-8000-000000000000", "/login", "/account", "/api/docs"]
PAGES += ["/admin/", "/metrics", "/readyz", "/live/rows"]
# Nor is what money moves by: no script in a page of another site places a bet.
PAGES += ["/stake/session", "/stake/bet", "/stake/bets/house:1", "/stake/rotate-seed", "/stake/balance", "/stake/stop"]


@pytest.fixture(autouse=True)
def _settings(settings):
    settings.CORS_ALLOWED_ORIGINS = [VENUE]
    tokens.cache.clear()
    ratelimit.limiter.clear()
    sql.forget_streams()
    yield
    sql.forget_streams()
    tokens.cache.clear()


@pytest.fixture
def client():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def token(db):
    return services.create_token(label="bot", scopes=["ingest", "read"], by=None, at=NOON)[1]


def preflight(client, path, *, origin=VENUE, method="POST", headers="content-type,x-ingest-token,authorization"):
    return client.options(
        path,
        HTTP_ORIGIN=origin,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD=method,
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS=headers,
    )


def listed(response, name):
    return {each.strip().lower() for each in response[name].split(",")}


def cors_headers(response):
    return {name for name in response.headers if name.lower().startswith("access-control-")}


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_preflight_of_a_listed_origin_is_answered(client, path):
    response = preflight(client, path)  # It needs no token: browsers send none with it.
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == VENUE
    assert listed(response, "Access-Control-Allow-Methods") == {"get", "post", "put", "delete", "options"}
    assert {"content-type", "authorization", "x-ingest-token", "if-match", "if-none-match"} <= listed(
        response, "Access-Control-Allow-Headers"
    )
    assert "Access-Control-Allow-Credentials" not in response
    assert "origin" in listed(response, "Vary")


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("origin", [STRANGER, "http://venue.example", "https://venue.example.evil", "null", "*"])
def test_an_unlisted_origin_gets_no_header(client, path, origin):
    assert cors_headers(preflight(client, path, origin=origin)) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_not_covered(client, path):
    assert cors_headers(preflight(client, path)) == set()
    assert cors_headers(client.get(path, HTTP_ORIGIN=VENUE)) == set()


@pytest.mark.parametrize("header", ["HTTP_X_INGEST_TOKEN", "HTTP_AUTHORIZATION"])
def test_a_bot_in_the_venue_s_page_posts_and_reads_its_limits(client, token, header):
    sent = {header: token if header == "HTTP_X_INGEST_TOKEN" else f"Bearer {token}"}
    response = client.post("/live/ingest", bet_record(1), content_type="application/json", HTTP_ORIGIN=VENUE, **sent)
    assert (response.status_code, response.json()["accepted"]) == (200, True)
    assert response["Access-Control-Allow-Origin"] == VENUE
    assert "Access-Control-Allow-Credentials" not in response
    exposed = listed(response, "Access-Control-Expose-Headers")
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after", "etag"} <= exposed
    assert response["X-RateLimit-Remaining"]


def test_a_refusal_can_be_read_too(client, token, settings):
    settings.WEB_WORKERS = settings.INGEST_PER_MINUTE = 1
    sent = {"HTTP_ORIGIN": VENUE, "HTTP_AUTHORIZATION": f"Bearer {token}", "content_type": "application/json"}
    assert client.post("/live/ingest", bet_record(1), **sent).status_code == 200
    for status, headers in ((429, sent), (401, {**sent, "HTTP_AUTHORIZATION": "Bearer nonsense"})):
        response = client.post("/live/ingest", bet_record(2), **headers)
        assert (response.status_code, response["Access-Control-Allow-Origin"]) == (status, VENUE)


def test_a_stranger_s_page_is_answered_without_leave_to_read(client, token):
    response = client.get("/live/streams", HTTP_ORIGIN=STRANGER, HTTP_AUTHORIZATION=f"Bearer {token}")
    assert response.status_code == 200
    assert cors_headers(response) == set()


def test_a_page_s_cookie_is_not_enough_to_write(client, django_user_model):
    client.force_login(django_user_model.objects.create_superuser("olga", password="correct horse"))
    response = client.post("/live/ingest", bet_record(1), content_type="application/json", HTTP_ORIGIN=VENUE)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "csrf_failed")
    assert not Bet.objects.exists()


@pytest.mark.django_db
def test_open_ingest_is_open_to_listed_pages_alone(client, settings):
    settings.OPEN_INGEST = True
    for origin, status in ((VENUE, 200), (STRANGER, 401), ("null", 401)):
        response = client.post("/live/ingest", bet_record(1), content_type="application/json", HTTP_ORIGIN=origin)
        assert response.status_code == status, origin


def test_nobody_is_listed_unless_somebody_says_so():
    from stakepro import settings as project

    assert project.CORS_ALLOW_CREDENTIALS is False
    assert not getattr(project, "CORS_ALLOW_ALL_ORIGINS", False)
    assert project.CORS_ALLOWED_ORIGINS == []
