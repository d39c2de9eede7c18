"""The OpenAPI document is true: of every address, every answer, every refusal; and its page shows it."""

import json
import re
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema_rs
import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import CHECKS, load_all_checks

import stakepro
from accounts import ratelimit, services, tokens
from accounts.audit import By
from accounts.models import User
from accounts.scopes import IMPLIED, SCOPES
from ledger import posting
from ledger import services as ledger
from ledger.directory import directory
from ledger.money import Currency
from stake.breaker import Breakers
from stake.services import venues
from stake.simulator import address
from stake.simulator.server import Simulator
from stake.simulator.world import World
from stakepro.openapi import document, published
from stakepro.wsgi import application
from streams import sql
from streams.runs.work import Worker
from tests.documented import strict_components, strict_document
from tests.streams.api.client import Api
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet_record, heartbeat_record

RUN = {"server_seed": "aa", "client_seed": "b", "start": 1, "end": 50, "difficulty": "easy"}


def one_connection(environ: Any, start_response: Any) -> list[bytes]:
    """The application, but it leaves the test's transaction open, as Django's own test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        with closing(application(environ, start_response)) as response:
            return [b"".join(response)]
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def schema_of(made: dict[str, Any]) -> Any:
    schema = schemathesis.openapi.from_dict(made)
    schema.app = one_connection
    return schema


load_all_checks()
WANTED = [
    CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    )
]
a_few = settings(
    max_examples=3,  # beside the boundaries of every parameter, which are always tried
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    for forget in (sql.forget_streams, tokens.cache.clear, ratelimit.limiter.clear, directory.clear):
        forget()
    yield
    for forget in (sql.forget_streams, tokens.cache.clear, directory.clear, posting.close):
        forget()


@pytest.fixture(autouse=True)
def _no_venue_but_the_simulator(tmp_path: Path, settings: Any) -> None:
    settings.STAKEPRO_HOME = tmp_path
    settings.STAKE_ALLOWED_HOSTS = []
    venues.BREAKERS = Breakers()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A venue on loopback, registered as this installation's."""
    with Simulator(world=World(seed=7)) as running:
        address.write(tmp_path, port=running.port, started_at="now")
        yield running


@pytest.fixture
def token(db: None) -> str:
    """Of a server that is ready: its background worker lives."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    return services.create_token(label="test", scopes=["admin"], by=None, at=NOON)[1]


@pytest.fixture
def world(token: str, simulator: Simulator) -> dict[str, Any]:
    """A stream in which there is some of everything, and a bet placed at the simulator; names as paths have them."""
    api = Api(token)
    path = api.send(
        *(
            bet_record(n, roundResult=["1.63", "11200.65", None][n % 3], currency=[None, "btc"][n % 2])
            for n in range(9)
        ),
        heartbeat_record(20),
    )
    api.post("/live/ingest", bet_record(1, amount="0.5"))
    bookmark = api.post(f"{path}/bookmarks", {"nonce": 0, "multiplier": 1.63}).body["id"]
    snapshot = api.post(f"{path}/snapshots", {"name": "x", "last_id_checkpoint": 5}).body["id"]
    run = api.post("/runs", {**RUN, "targets": [1.63, {"op": "ge", "value": 2}]}).body["id"]
    Worker(now=timezone.now, clock=time.monotonic, should_stop=lambda: False).work()
    return {
        **_in_the_ledger(),
        "run_id": run,
        "stream_id": path.rpartition("/")[2],
        "bookmark_id": bookmark,
        "snapshot_id": snapshot,
        **_placed(api, simulator),
    }


def _placed(api: Api, simulator: Simulator) -> dict[str, Any]:
    """A live session, and a bet that was placed with it."""
    account = simulator.world.open_account("player")
    session = api.post(
        "/stake/session", {"label": "x", "host": "simulator", "currency": "btc", "token": account.token}
    ).body["id"]
    api.put("/stake/limits", {"session": session, "currency": "btc", "max_wager": 1})
    api.put(f"/stake/session/{session}/live")
    bet = {"game": "limbo", "amount": 0.01, "currency": "btc", "options": {"target": 2}}
    intent = api.post("/stake/bet", {"session": session, "client_ref": "x", **bet}).body["stake"]
    return {"session_id": session, "intent_id": intent["id"], "name": intent["provider_bet_id"]}


def _in_the_ledger() -> dict[str, Any]:
    """A wallet, and names of what is not there: posting commits, and these tests do not."""
    ledger.add_currency(Currency("PTS", 2), by=By.command_line(), at=NOON)
    wallet = ledger.open_wallet(owner="ann", currency="PTS", at=NOON)
    return {"wallet_id": wallet, "hold": str(uuid4()), "adjustment_id": str(uuid4())}


@pytest.fixture
def ledger_world(token: str) -> dict[str, Any]:
    """The part of the world that the ledger's addresses show; the rest takes longer to make than to ask about."""
    return _in_the_ledger()


def of_this_world(case: Any, world: dict[str, Any]) -> None:
    """Put the names of what is there into a made-up request."""
    case.path_parameters = {**(case.path_parameters or {}), **{n: world[n] for n in case.path_parameters or {}}}
    for place in (case.query, case.body):
        if isinstance(place, dict) and place.get("session") is not None:
            place["session"] = world["session_id"]


# --- Held by schemathesis -------------------------------------------------------------------------

true_requests = schema_of(strict_document())
true_requests.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE])
any_requests = schema_of(document())
any_requests.config.phases.coverage.unexpected_methods = set()  # test_every_method_is_documented has them
SAME_AS_CSV = r"/export\.(ndjson|parquet)$"  # one view, one list of parameters


def documented_answer(case: Any, token: str) -> int:
    """The status of the answer, which is held to the document."""
    return int(case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=WANTED).status_code)


def not_our_error(status: int) -> bool:
    return status < 500 or status == 503


LEDGER = r"^/api/v1/"


@true_requests.exclude(path_regex=LEDGER).parametrize()
@a_few
def test_requests_as_documented_are_answered_as_documented(case, world, token):
    of_this_world(case, world)
    assert not_our_error(documented_answer(case, token))


@true_requests.include(path_regex=LEDGER).parametrize()
@a_few
def test_requests_to_the_ledger_are_answered_as_documented(case, ledger_world, token):
    of_this_world(case, ledger_world)
    assert not_our_error(documented_answer(case, token))


@any_requests.exclude(path_regex=SAME_AS_CSV).parametrize()
@a_few
def test_any_request_is_answered_as_documented(case, token, simulator):
    assert not_our_error(documented_answer(case, token))


# --- Complete -------------------------------------------------------------------------------------

API_MODULES = ("streams.api.", "stake.api.", "ledger.api.", "accounts.http", "stakepro.health", "stakepro.openapi")


def declared() -> set[str]:
    """The addresses of every view behind `@api`, and of health, as the document writes them."""
    found = set()
    for part in get_resolver().url_patterns:
        for pattern in getattr(part, "url_patterns", [part]):
            module = getattr(getattr(pattern, "callback", None), "__module__", "")
            if module.startswith(API_MODULES):
                found.add("/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)))
    return found


def test_every_address_is_documented_and_every_documented_address_exists():
    assert declared() == set(document()["paths"])


def test_every_method_is_documented(world, token):
    api = Api(token)
    for path, methods in document()["paths"].items():
        if path in ("/healthz", "/readyz", "/metrics"):
            continue  # They answer GET alone, and are no part of the JSON door.
        answer = api.request("OPTIONS", path.format(**world))
        allowed = set(answer.headers["Allow"].split(", ")) - {"OPTIONS", "HEAD"}
        assert allowed == {method.upper() for method in methods}, path


def test_operation_ids_are_unique_and_tags_known():
    operations = [each for methods in document()["paths"].values() for each in methods.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    assert {tag for each in operations for tag in each["tags"]} == {tag["name"] for tag in document()["tags"]}


def test_every_schema_is_used():
    schemas = document()["components"]["schemas"]
    text = str(document()["paths"]) + str(schemas)
    assert [name for name in schemas if f"#/components/schemas/{name}'" not in text] == []


def test_the_scopes_are_those_that_are_asked_for(db, world):
    others = {
        scope: services.create_token(
            label=scope,
            scopes=[each for each in SCOPES if each != scope and scope not in IMPLIED.get(each, ())],
            by=None,
            at=NOON,
        )[1]
        for scope in SCOPES
    }
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            if "x-scope" in operation:
                answer = Api(others[operation["x-scope"]]).request(method.upper(), path.format(**world))
                assert (answer.status, answer.code) == (403, "scope_missing"), (method, path)


# --- The examples ---------------------------------------------------------------------------------


def examples() -> Iterator[tuple[str, Any, Any]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            contents = [operation.get("requestBody", {}), *operation["responses"].values()]
            for content in contents:
                for media in content.get("content", {}).values():
                    if "example" in media:
                        yield f"{method} {path}", media["schema"], media["example"]


@pytest.mark.parametrize(("schema", "example"), [pytest.param(s, e, id=i) for i, s, e in examples()])
def test_an_example_is_what_its_schema_says(schema, example):
    faults = jsonschema_rs.validator_for({**schema, "components": strict_components()}).iter_errors(example)
    assert [fault.message for fault in faults] == []


def test_the_example_bets_are_taken(token):
    post = document()["paths"]["/live/ingest/batch"]["post"]
    body = post["requestBody"]["content"]["application/json"]["example"]
    answer = Api(token).post("/live/ingest/batch", body)
    assert [result["accepted"] for result in answer.body["results"]] == [True, True]


def test_the_document_says_the_version_of_the_project():
    with open(django_settings.BASE_DIR / "pyproject.toml", "rb") as file:
        assert tomllib.load(file)["project"]["version"] == stakepro.VERSION == document()["info"]["version"]


# --- Where it is served ---------------------------------------------------------------------------


def test_the_document_needs_the_scope_read(token):
    served = Client().get("/api/openapi.json", HTTP_AUTHORIZATION=f"Bearer {token}")
    assert (served.status_code, served.json()) == (200, json.loads(json.dumps(published())))
    assert Api(None).get("/api/openapi.json").status == 401
    ingest_only = services.create_token(label="bot", scopes=["ingest"], by=None, at=NOON)[1]
    assert Api(ingest_only).get("/api/openapi.json").status == 403


def test_the_page_needs_a_login(db):
    response = Client().get("/api/docs")
    assert (response.status_code, response["Location"]) == (302, "/login?next=/api/docs")


def test_the_page_shows_every_operation_within_the_csp(db):
    client = Client()
    client.force_login(User.objects.create_superuser("olga", password="correct horse"))
    response = client.get("/api/docs")
    text = response.content.decode()
    assert response.status_code == 200
    for path, methods in published()["paths"].items():
        assert path in text
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in text
            assert f'id="curl-{operation["operationId"]}"' in text
    assert "script-src &#x27;self&#x27;" not in text
    assert "style-src 'self'" in response["Content-Security-Policy"]
    # Nothing inline: every script has a source, no element has a style or a handler.
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text)
