"""Seeds stay out of every log: of answers, refusals and faults, at the finest level, in both formats."""

import io
import logging
import sys
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from accounts.models import User
from stakepro import logs
from streams.api import verify
from streams.example import SERVER_SEED
from streams.models import SeedAlias
from tests.streams.verification.world import arrive, true_bet

pytestmark = pytest.mark.django_db
CLIENT_SEED = "a-client-seed-nobody-should-read"
QUERY = {"server_seed": SERVER_SEED, "client_seed": CLIENT_SEED, "nonce": "1"}


@pytest.fixture(params=[True, False], ids=["json", "text"])
def written(request, monkeypatch) -> Iterator[Callable[[], str]]:
    """What the process wrote to standard error, under the project's own configuration."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.logging_config(level="DEBUG", json=request.param)
    yield stream.getvalue
    root.handlers[:], root.level = before


@pytest.fixture
def owner() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("owner"))
    return client


def break_down(*_args: object, **_named: object) -> None:
    raise RuntimeError(f"a fault that names its request: GET /verify?server_seed={SERVER_SEED}&nonce=1")


def test_no_log_has_the_query_of_verify(owner, written, monkeypatch):
    arrive(true_bet(1))
    statuses = [
        owner.get("/verify", QUERY).status_code,  # of a hidden stream
        owner.get("/verify", {**QUERY, "nonce": "x"}).status_code,
        owner.delete(f"/verify?server_seed={SERVER_SEED}&client_seed={CLIENT_SEED}").status_code,
        owner.get("/verify/", QUERY).status_code,
        Client().get("/verify", QUERY).status_code,
    ]
    monkeypatch.setattr(verify, "play", break_down)
    statuses.append(owner.get("/verify", QUERY).status_code)
    assert statuses == [409, 422, 405, 404, 401, 500]
    assert "/verify" in written()
    assert "Traceback" in written()
    assert SERVER_SEED not in written()
    assert CLIENT_SEED not in written()


def test_no_log_has_what_was_posted(owner, written):
    stream = arrive(true_bet(1))
    form = {"game": "pump", "option_difficulty": "expert", "action": "round", **QUERY}
    for body in ({**QUERY, "game": "limbo"}, {**QUERY, "game": "poker"}):
        owner.post("/verify", body, content_type="application/json")
    owner.post("/check", form)
    owner.post("/check", {**form, "nonce": "x"})
    owner.post(f"/live/{stream.public_id}/reveal", {"server_seed": SERVER_SEED + "0"})
    owner.post(f"/live/{stream.public_id}/reveal", {"server_seed": SERVER_SEED})
    assert SeedAlias.objects.exists()
    assert "Server seed revealed" in written()
    assert SERVER_SEED not in written()
    assert CLIENT_SEED not in written()
