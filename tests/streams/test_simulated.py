"""Streams of a simulated venue: marked wherever they are shown or leave, and never mixed up with real ones."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from accounts import services as account_services
from accounts.models import User
from streams import queries, sql
from streams.exporting import export
from streams.ingest import ingest
from streams.models import Bet, Run, Stream
from streams.queries import BetFilter, StreamFilter
from streams.runs.queries import stream_of
from tests.streams.api.client import Api
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet

AT = datetime(2026, 11, 21, 6, tzinfo=UTC)
BADGE = "Simulation</span>"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    sql.forget_streams()
    yield
    sql.forget_streams()


@pytest.fixture
def api(db: None) -> Api:
    return Api(account_services.create_token(label="test", scopes=["read", "write"], by=None, at=NOON)[1])


@pytest.fixture
def person(client):
    client.force_login(User.objects.create_superuser("chief", password="not-used-here"))
    return client


def two_streams() -> tuple[queries.StreamSummary, queries.StreamSummary]:
    """A simulated one and a real one."""
    ingest([bet(1, clientSeed="pretended")._replace(provider="stake")], at=AT, simulated=True)
    ingest([bet(1, clientSeed="real")], at=AT)
    pretended, real = (queries.find_by_name(str(row.public_id)) for row in Stream.objects.order_by("pk"))
    return pretended, real


def test_a_stream_stays_what_it_began_as():
    pretended, real = two_streams()
    assert (pretended.simulated, real.simulated) == (True, False)
    ingest([bet(2, clientSeed="pretended")], at=AT)
    ingest([bet(2, clientSeed="real")], at=AT, simulated=True)
    assert dict(Stream.objects.values_list("client_seed", "simulated")) == {"pretended": True, "real": False}


@pytest.mark.parametrize("simulated", [True, False])
def test_the_database_refuses_to_change_it(simulated):
    two_streams()
    with pytest.raises(IntegrityError, match="as it began"), transaction.atomic():
        Stream.objects.filter(simulated=not simulated).update(simulated=simulated)


def test_the_api_says_and_filters_it(api):
    pretended, real = two_streams()
    said = {row["id"]: row["simulated"] for row in api.get("/live/streams").body["streams"]}
    assert said == {str(pretended.id): True, str(real.id): False}
    assert api.get(f"/live/streams/{pretended.id}").body["simulated"] is True
    assert api.get(f"/live/streams/{pretended.id}/verification").body["simulated"] is True
    for text, expected in (("true", ["pretended"]), ("false", ["real"]), ("any", ["real", "pretended"])):
        found = api.get("/live/streams", simulated=text).body["streams"]
        assert sorted(row["client_seed"] for row in found) == sorted(expected)
    assert api.get("/live/streams", simulated="maybe").status == 400


@pytest.mark.parametrize("path", ["", "/bets/1", "/verification", "/verification/report"])
def test_pages_carry_the_badge(person, path):
    pretended, real = two_streams()
    assert BADGE in person.get(f"/live/{pretended.id}{path}").content.decode()
    assert BADGE not in person.get(f"/live/{real.id}{path}").content.decode()


@pytest.mark.parametrize(("query", "expected"), [("", 1), ("?simulated=yes", 1), ("?simulated=no", 0)])
def test_the_list_badges_and_filters_it(person, query, expected):
    pretended, real = two_streams()
    page = person.get(f"/live{query}").content.decode()
    assert page.count(BADGE) == expected
    assert (f'id="s-{pretended.id}"' in page, f'id="s-{real.id}"' in page) == (expected == 1, query != "?simulated=yes")


def test_a_run_knows_that_its_stream_is_one():
    pretended, _ = two_streams()
    run = Run(created_at=AT, server_seed="s", server_seed_sha256=pretended.server_seed_hashed, client_seed="pretended")
    assert stream_of(run) == (pretended.id, True)  # type: ignore[arg-type]


def exported(stream: queries.StreamSummary, file_format: str) -> tuple[str, bytes]:
    made = export(stream, file_format=file_format, wanted=BetFilter())
    return made.name, b"".join(made.chunks)


@pytest.mark.django_db(transaction=True)
def test_exports_say_it_and_imports_keep_it(tmp_path, settings):
    settings.STAKEPRO_HOME = tmp_path
    pretended, real = two_streams()
    name, lines = exported(pretended, "ndjson")
    assert name.startswith("simulation_")
    assert json.loads(lines)["simulated"] is True
    _, real_lines = exported(real, "ndjson")
    assert "simulated" not in json.loads(real_lines)
    assert pq.read_schema(io.BytesIO(exported(pretended, "parquet")[1])).metadata[b"stakepro.simulated"] == b"true"
    assert b"stakepro.simulated" not in (pq.read_schema(io.BytesIO(exported(real, "parquet")[1])).metadata or {})
    Bet.objects.all().delete()
    Stream.objects.all().delete()
    sql.forget_streams()
    path = tmp_path / "both.ndjson"
    path.write_bytes(real_lines + lines)
    call_command("import_bets", str(path), stdout=io.StringIO(), stderr=io.StringIO())
    assert dict(Stream.objects.values_list("client_seed", "simulated")) == {"pretended": True, "real": False}


def test_the_filter_of_queries():
    two_streams()
    for wanted, expected in ((None, 2), (True, 1), (False, 1)):
        found = queries.list_streams(wanted=StreamFilter(simulated=wanted), limit=10, at=AT)
        assert found.total == expected


# --- The places where other apps show what is theirs ----------------------------------------------


def test_the_panel_is_offered_to_those_who_may_bet(person, settings):
    _, real = two_streams()
    settings.STREAM_PANEL_URL = "/elsewhere/panel"
    assert f'hx-get="/elsewhere/panel?stream={real.id}"' in person.get(f"/live/{real.id}").content.decode()
    settings.STREAM_PANEL_URL = ""
    assert "bet-panel" not in person.get(f"/live/{real.id}").content.decode()


def test_the_panel_is_not_offered_to_readers(client, settings):
    _, real = two_streams()
    settings.STREAM_PANEL_URL = "/elsewhere/panel"
    client.force_login(User.objects.create_user("reader", password="not-used-here"))
    page = client.get(f"/live/{real.id}")
    assert page.status_code in (200, 403)
    assert "bet-panel" not in page.content.decode()


@pytest.mark.parametrize("with_streams", [True, False])
def test_the_offer_is_a_link_without_scripts(person, settings, with_streams):
    if with_streams:
        two_streams()
    settings.STREAM_FIRST_OFFER_URL = "/elsewhere/offer"
    page = person.get("/live").content.decode()
    assert 'hx-get="/elsewhere/offer" hx-trigger="load"' in page
    assert 'href="/elsewhere/offer"' in page
    settings.STREAM_FIRST_OFFER_URL = ""
    assert "offer" not in person.get("/live").content.decode().replace("offers", "")
