"""POST /live/ingest: one message; what it answers, and what it refuses without storing anything."""

import json
from decimal import Decimal

import pytest

from streams.api import ingest as view
from streams.ingest import StreamsBusy
from streams.models import Bet, Round, Stream
from tests.streams.api.client import read_answer
from tests.streams.messages import CLIENT, HASH, bet_record, heartbeat_record


def test_it_works(api):
    answer = api.post("/live/ingest", bet_record(5))
    stream = Stream.objects.get()
    assert answer.status == 200
    assert answer.body == {"streamId": str(stream.public_id), "accepted": True, "type": "bet"}
    assert (stream.server_seed_hashed, stream.client_seed, stream.bets) == (HASH, CLIENT, 1)


@pytest.mark.parametrize("header", ["HTTP_AUTHORIZATION", "HTTP_X_INGEST_TOKEN"])
def test_a_bot_needs_no_more_than_the_scope_ingest(with_scopes, header):
    assert with_scopes("ingest", header=header).post("/live/ingest", bet_record(1)).body["accepted"] is True


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/json;charset=x", ""]
)
def test_what_the_body_is_called_does_not_matter(api, content_type):
    """`curl -d` calls everything a form, and a page's fetch without a preflight sends text."""
    response = api.client.generic(
        "POST", "/live/ingest", json.dumps(bet_record(1)), content_type=content_type, **api.sent
    )
    assert read_answer(response).body["accepted"] is True


def test_it_answers_a_heartbeat(api):
    answer = api.post("/live/ingest", heartbeat_record(5))
    assert (answer.body["accepted"], answer.body["type"]) == (True, "heartbeat")
    assert (Round.objects.count(), Bet.objects.count()) == (1, 0)


def test_a_duplicate_is_200_and_not_accepted(api):
    first = api.post("/live/ingest", bet_record(5)).body
    for again in (bet_record(5), bet_record(5, id="another id"), heartbeat_record(5)):
        answer = api.post("/live/ingest", again)
        assert answer.status == 200
        assert answer.body == {**first, "accepted": False, "type": again.get("type", "bet")}
    assert Bet.objects.count() == 1


def test_a_conflict_is_200_and_says_so(api):
    api.post("/live/ingest", bet_record(5))
    answer = api.post("/live/ingest", bet_record(5, amount=3))
    assert (answer.status, answer.body["accepted"], answer.body["conflict"]) == (200, False, True)
    assert Bet.objects.get().amount == 2


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"id": 123}, {"provider_bet_id": "123"}),
        ({"nonce": "12"}, {"nonce": 12}),
        ({"nonce": 0}, {"nonce": 0}),
        ({"nonce": 2**53 - 1}, {"nonce": 2**53 - 1}),
        ({"amount": "0.000000000000000001"}, {"amount": Decimal("1e-18")}),
        ({"amount": 0, "payout": 0}, {"amount": 0, "payout": 0}),
        ({"roundResult": None}, {"round_result": None, "cell": None}),
        ({"roundTarget": None}, {"round_target": None}),
        ({"dateTime": "2026-01-02 03:04:05"}, {"placed_at__year": 2026, "placed_at__hour": 3}),
        ({"dateTime": "2026-01-02T03:04:05+02:00"}, {"placed_at__hour": 1}),
        ({"dateTime": "yesterday"}, {"placed_at": None, "extra__dateTime": "yesterday"}),
        ({"dateTime": 1767323045}, {"placed_at": None, "extra__dateTime": 1767323045}),
        ({"game": "limbo", "difficulty": None}, {"game": "limbo", "difficulty": None}),
        ({"currency": "btc"}, {"currency": "btc"}),
        ({"note": "kept", "deep": {"a": [1]}}, {"extra__note": "kept", "extra__deep__a": [1]}),
        ({"clientSeed": " spaces are part of a seed "}, {"stream__client_seed": " spaces are part of a seed "}),
        ({"id": "x" * 200}, {"provider_bet_id": "x" * 200}),
        ({"serverSeedHashed": "x" * 256, "clientSeed": "y" * 256}, {"stream__client_seed": "y" * 256}),
    ],
)
def test_it_accepts(api, sent, kept):
    answer = api.post("/live/ingest", {**bet_record(5), **sent})
    assert (answer.status, answer.body.get("accepted")) == (200, True), answer.text
    assert Bet.objects.filter(**kept).count() == 1, Bet.objects.values().get()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        *(({name: None}, name) for name in ("id", "nonce", "amount", "payout", "clientSeed", "serverSeedHashed")),
        *(({name: value}, name) for name in ("amount", "payout") for value in (-1, "1,5", "", True, [], "NaN", "0x1")),
        *(({"nonce": value}, "nonce") for value in (-1, 1.5, 2**53, "x", True, "1.0", {}, 1e30)),
        *(({"id": value}, "id") for value in ("", "x" * 201, 1.5, True, ["a"], "a\0b")),
        *(({name: value}, name) for name in ("clientSeed", "serverSeedHashed") for value in ("", "x" * 257, 5, "\0")),
        *(({"difficulty": value}, "difficulty") for value in (None, "", "Expert", "insane", 3)),
        *(({"roundTarget": value}, "roundTarget") for value in (0, -1, "x", 10**20)),
        *(({"roundResult": value}, "roundResult") for value in (-0.01, "x", 10**20, "0.0000000000000000001")),
        *(({"game": value}, "game") for value in ("", "x" * 41, 7)),
        *(({"currency": value}, "currency") for value in ("", "x" * 11, 7)),
        *(({"type": value}, "type") for value in ("Bet", "", 1, [], {})),
        ({"unknown": "x" * 9000}, "extra"),
        ({"unknown": "a\0b"}, "extra"),
    ],
)
def test_it_rejects_and_names_the_field(api, sent, field):
    answer = api.post("/live/ingest", {**bet_record(5), **sent})
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", {field})
    assert answer.body["detail"][0]["loc"] == ["body", field]
    assert not Stream.objects.exists()


def test_it_names_every_wrong_field_at_once(api):
    answer = api.post("/live/ingest", {"amount": -1, "type": "bet"})
    assert answer.fields == {"id", "nonce", "amount", "payout", "clientSeed", "serverSeedHashed", "difficulty"}


@pytest.mark.parametrize("changes", [{"nonce": None}, {"nonce": -1}, {"roundResult": -1}, {"difficulty": "x"}])
def test_it_rejects_a_wrong_heartbeat(api, changes):
    answer = api.post("/live/ingest", {**heartbeat_record(5), **changes})
    assert (answer.status, answer.fields) == (422, set(changes))
    assert not Stream.objects.exists()


@pytest.mark.parametrize("body", ["", " ", "x", "[]", "null", "1", '"text"', '{"a":1', "[" * 100_000, b"\xff\xfe{}"])
def test_it_rejects_what_is_no_object(api, body):
    answer = api.post("/live/ingest", body)
    assert (answer.status, answer.fields) == (422, {"body"})


def test_it_rejects_a_body_over_1_mb(api, settings):
    record = bet_record(1, padding="x" * settings.INGEST_BODY_BYTES_MAX)
    answer = api.post("/live/ingest", record)
    assert (answer.status, answer.code) == (413, "too_large")
    assert not Stream.objects.exists()


def test_streams_that_stay_busy_are_503(api, monkeypatch):
    def busy(*args, **options):
        raise StreamsBusy("The streams were busy.")

    monkeypatch.setattr(view.committer, "submit", busy)
    monkeypatch.setattr(view, "ingest", busy)
    for path in ("/live/ingest", "/live/ingest/batch"):
        answer = api.post(path, bet_record(1))
        assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "busy", "1")
