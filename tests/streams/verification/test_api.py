"""Reveal and verification as JSON: who may, what is refused, what is answered."""

from decimal import Decimal

import pytest

from streams.example import CLIENT_SEED, SERVER_SEED, SERVER_SEED_HASHED
from streams.ingest import ingest
from streams.models import SeedAlias, Stream, StreamVerification
from streams.verification import tasks, work
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet
from tests.streams.test_tasks import waiting
from tests.streams.verification.world import PAIR, arrive, true_bet, true_heartbeat

pytestmark = pytest.mark.django_db


def address(stream: Stream, rest: str = "") -> str:
    return f"/live/streams/{stream.public_id}{rest}"


def work_off(stream: Stream) -> None:
    assert work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)


def test_it_works(api):
    stream = arrive(true_bet(5663), true_bet(5664), true_heartbeat(5665, roundResult="48536.13"))
    before = api.get(address(stream, "/verification")).body
    assert (before["status"], before["revealed"], before["server_seed"]) == ("not_yet", False, None)
    assert (before["unverified_rounds"], before["unverified_bets"]) == (3, 2)

    answer = api.post(address(stream, "/reveal"), {"server_seed": SERVER_SEED})
    assert (answer.status, answer.body["status"], answer.body["server_seed"]) == (200, "queued", SERVER_SEED)
    assert waiting("streams.verify_streams") == 1
    work_off(stream)

    body = api.get(address(stream, "/verification")).body
    assert (body["status"], body["matches"], body["mismatches"], body["cannot"]) == ("finished", 2, 1, 0)
    assert body["asked_by"] == "test"
    [row] = body["mismatch_rows"]
    assert (row["nonce"], row["bet_id"]) == (5665, None)
    [difference] = row["differences"]
    assert (difference["what"], difference["stored"]) == ("result", Decimal("48536.13"))
    assert difference["recomputed"] == row["explained"]["result"]
    assert len(row["explained"]["steps"]["picks"]) == 10


def test_revealing_twice_is_as_once(api):
    stream = arrive(true_bet(1))
    first = api.post(address(stream, "/reveal"), {"server_seed": SERVER_SEED}).body
    work_off(stream)
    second = api.post(address(stream, "/reveal"), {"server_seed": SERVER_SEED}).body
    assert second["status"] == "finished"
    assert second["revealed_at"] == first["revealed_at"]
    assert SeedAlias.objects.count() == StreamVerification.objects.count() == 1


def test_a_seed_reveals_every_stream_of_its_hash(api):
    streams = [arrive(true_bet(1)), None]
    ingest([bet(1, serverSeedHashed=SERVER_SEED_HASHED.upper(), clientSeed="other")], at=NOON)
    streams[1] = Stream.objects.get(client_seed="other")
    api.post(address(streams[0], "/reveal"), {"server_seed": SERVER_SEED})
    for stream in streams:
        body = api.get(address(stream, "/verification")).body
        assert (body["revealed"], body["status"]) == (True, "queued")


REFUSED = {
    "another seed": ({"server_seed": "abc"}, "server_seed", "hashes to ba7816bf"),
    "whitespace": ({"server_seed": SERVER_SEED + "\n"}, "server_seed", "contains whitespace"),
    "empty": ({"server_seed": ""}, "server_seed", "is empty"),
    "missing": ({}, "server_seed", "is missing"),
    "a number": ({"server_seed": 5}, "server_seed", "must be text"),
    "not ASCII": ({"server_seed": "ä"}, "server_seed", "ASCII"),
    "10 MB": ({"server_seed": "a" * 10_000_000}, "server_seed", "is longer than"),
    "a list": ([], "body", "object"),
}


@pytest.mark.parametrize(("body", "field", "words"), REFUSED.values(), ids=REFUSED)
def test_it_rejects_a_seed_and_says_why(api, body, field, words):
    stream = arrive(true_bet(1))
    answer = api.post(address(stream, "/reveal"), body)
    assert (answer.status, answer.fields) == (422, {field})
    assert words in answer.body["error"]["message"] + str(answer.body["error"]["fields"])
    assert not SeedAlias.objects.exists()


def test_it_requires_the_scope_write(with_scopes):
    stream = arrive(true_bet(1))
    reader = with_scopes("read")
    assert reader.post(address(stream, "/reveal"), {"server_seed": SERVER_SEED}).code == "scope_missing"
    assert reader.post(address(stream, "/verification")).code == "scope_missing"


def test_the_seed_is_for_those_who_may_write(api, with_scopes):
    stream = arrive(true_bet(1))
    api.post(address(stream, "/reveal"), {"server_seed": SERVER_SEED})
    answer = with_scopes("read").get(address(stream, "/verification"))
    assert (answer.body["revealed"], answer.body["server_seed"]) == (True, None)
    assert SERVER_SEED not in answer.text


def test_a_hidden_stream_cannot_be_verified_again(api):
    answer = api.post(address(arrive(true_bet(1)), "/verification"))
    assert (answer.status, answer.code) == (409, "not_revealed")


def test_verifying_again_begins_anew_unless_it_is_at_work(api):
    stream = arrive(true_bet(1))
    api.post(address(stream, "/reveal"), {"server_seed": SERVER_SEED})
    api.post(address(stream, "/verification"))
    assert StreamVerification.objects.get().edition == 1
    work_off(stream)
    assert api.post(address(stream, "/verification")).body["status"] == "queued"
    assert StreamVerification.objects.get().edition == 2


def test_the_task_verifies_all_that_wait_and_outlives_a_fault_of_one(monkeypatch):
    from types import SimpleNamespace

    from streams.verification import services

    broken, well = arrive(true_bet(1)), None
    ingest([bet(1, serverSeedHashed=SERVER_SEED_HASHED, clientSeed="other")], at=NOON)
    well = Stream.objects.get(client_seed="other")
    services.reveal(stream_id=broken.public_id, server_seed=SERVER_SEED, by="olga", at=NOON)
    advance = work.advance

    def advance_or_break(key, **rest):
        if key == broken.pk:
            raise RuntimeError("a fault of ours")
        return advance(key, **rest)

    monkeypatch.setattr(work, "advance", advance_or_break)
    tasks.verify_streams(SimpleNamespace(should_abort=lambda: False))
    assert StreamVerification.objects.get(pk=broken.pk).status == "failed"
    assert StreamVerification.objects.get(pk=well.pk).status == "finished"


# --- POST /verify ---------------------------------------------------------------------------------

ROUND = {"server_seed": SERVER_SEED, "client_seed": CLIENT_SEED, "nonce": 5663}
HASH_ROUND = {"game_hash": "a" * 64, "salt": "salt"}


def test_one_round_of_any_game(api):
    body = api.post("/verify", {"game": "pump", "params": {"difficulty": "expert"}, **ROUND}).body
    assert (body["result"], body["answers"]["pop_point"]) == (Decimal("11200.65"), 13)
    assert [digest["message"] for digest in body["steps"]["digests"]] == [f"{CLIENT_SEED}:5663:{n}" for n in (0, 1)]
    assert SERVER_SEED not in str(body)


def test_every_game_answers_exact_json(api):
    from fairness.games import registry
    from fairness.games.base import HashGame

    for game in registry.games():
        params = {}
        for info in game.option_infos:
            if not info.optional and info.default is None:
                least = "false" if info.kind == "yes" else str(1 if info.low is None else info.low)
                params[info.name] = info.choices[0] if info.choices else least
        if game.name == "floats":
            params["count"] = 4  # it wants one of its two options
        source = HASH_ROUND if isinstance(game, HashGame) else ROUND
        answer = api.post("/verify", {"game": game.name, "params": params, **source})
        assert answer.status == 200, (game.name, answer.text[:300])
        assert answer.body["game"] == game.name


WRONG = {
    "no game": ({**ROUND}, "game"),
    "an unknown game": ({**ROUND, "game": "poker"}, "game"),
    "a game that is a number": ({**ROUND, "game": 5}, "game"),
    "a missing option": ({**ROUND, "game": "pump"}, "difficulty"),
    "an option out of range": ({**ROUND, "game": "mines", "params": {"mines": 25}}, "mines"),
    "an unknown option": ({**ROUND, "game": "limbo", "params": {"colour": "red"}}, "colour"),
    "params that are no object": ({**ROUND, "game": "limbo", "params": [1]}, "params"),
    "a nonce below 0": ({**ROUND, "game": "limbo", "nonce": -1}, "nonce"),
    "an absurd nonce": ({**ROUND, "game": "limbo", "nonce": 10**30}, "nonce"),
    "a nonce that is true": ({**ROUND, "game": "limbo", "nonce": True}, "nonce"),
    "no nonce": ({**ROUND, "game": "limbo", "nonce": None}, "nonce"),
    "an empty server seed": ({**ROUND, "game": "limbo", "server_seed": ""}, "server_seed"),
    "10 MB of server seed": ({**ROUND, "game": "limbo", "server_seed": "a" * 10_000_000}, "server_seed"),
    "10 MB of client seed": ({**ROUND, "game": "limbo", "client_seed": "a" * 10_000_000}, "client_seed"),
    "a line break": ({**ROUND, "game": "limbo", "client_seed": "a\nb"}, "client_seed"),
    "half a surrogate pair": ({**ROUND, "game": "limbo", "client_seed": "\ud800"}, "client_seed"),
    "no client seed": ({**ROUND, "game": "limbo", "client_seed": None}, "client_seed"),
    "no game hash": ({**ROUND, "game": "crash"}, "game_hash"),
    "a game hash that is none": ({**HASH_ROUND, "game": "crash", "game_hash": "xyz"}, "game_hash"),
    "an empty salt": ({**HASH_ROUND, "game": "crash", "salt": ""}, "salt"),
    "a list": ([], "body"),
    "a bet id that is a list": ({"bet_id": []}, "bet_id"),
    "a long bet id": ({"bet_id": "x" * 10_000}, "bet_id"),
}


@pytest.mark.parametrize(("body", "field"), WRONG.values(), ids=WRONG)
def test_it_rejects_and_names_the_field(api, body, field):
    answer = api.post("/verify", body)
    assert (answer.status, answer.fields) == (422, {field}), answer.text[:500]


def test_more_than_any_body_is_413(api):
    assert api.post("/verify", "x" * 16_000_001).status == 413


# --- A bet by its id ------------------------------------------------------------------------------


def test_a_bet_of_a_hidden_stream_is_not_yet_and_later_it_matches(api):
    stream = arrive(true_bet(5663, id="house:123456789"), true_bet(5664, roundResult="48536.13", roundTarget=None))
    spellings = ["house:123456789", "house: 123,456,789", f"{stream.public_id}:1"]
    for spelling in spellings:
        [found] = api.post("/verify", {"bet_id": spelling}).body["bets"]
        assert (found["status"], found["nonce"], found["explained"]) == ("not_yet", 5663, None)
    api.post(address(stream, "/reveal"), {"server_seed": SERVER_SEED})
    for spelling in spellings:
        [found] = api.post("/verify", {"bet_id": spelling}).body["bets"]
        assert (found["status"], found["compared"]) == ("match", ["result", "payout"])
    [found] = api.post("/verify", {"bet_id": "bet-5664"}).body["bets"]
    assert found["status"] == "mismatch"
    assert found["differences"][0]["stored"] == Decimal("48536.13")


def test_an_alias_finds_its_bet(api):
    arrive(true_bet(1), true_bet(1, id="the same"))
    [found] = api.post("/verify", {"bet_id": "the same"}).body["bets"]
    assert found["nonce"] == 1


@pytest.mark.parametrize(
    "bet_id", ["house:1", "nobody", 5, "0191d6f4-0000-7000-8000-000000000000:1", "'; --", "%", "\u0000"]
)
def test_an_unknown_bet_is_not_found(api, bet_id):
    arrive(true_bet(1))
    answer = api.post("/verify", {"bet_id": bet_id})
    assert answer.status == (422 if bet_id == "\u0000" else 404)


def test_a_bet_without_its_options_cannot_be_checked(api):
    stream = arrive(bet(1, **PAIR, game="mines", difficulty=None, roundResult="1.1"))
    api.post(address(stream, "/reveal"), {"server_seed": SERVER_SEED})
    [found] = api.post("/verify", {"bet_id": "bet-1"}).body["bets"]
    assert (found["status"], found["reason"], found["explained"]) == ("cannot", "mines is missing.", None)


# --- GET /verify ----------------------------------------------------------------------------------


def test_get_refuses_the_seed_of_a_hidden_stream(api):
    stream = arrive(true_bet(1))
    answer = api.get("/verify", **ROUND)
    assert (answer.status, answer.code, answer.fields) == (409, "not_revealed", {"server_seed"})
    assert "not revealed" in answer.body["error"]["message"]
    # By POST whoever has the seed may use it.
    assert api.post("/verify", {"game": "limbo", **ROUND}).status == 200
    api.post(address(stream, "/reveal"), {"server_seed": SERVER_SEED})
    assert api.get("/verify", **ROUND).body["pop_point"] == 13
