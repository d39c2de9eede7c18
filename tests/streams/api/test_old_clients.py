"""What was written for the earlier servers works unchanged: both bot scripts' bodies, and the calls of their pages."""

import pytest

from streams.models import Bet, Round, Stream
from tests.streams.api.client import Api

HASH = "7d9e0b53b9b8a5a0f0d3c3d3b0d7ec7c1fd9e9c2a6a8e9b6b7f3c1d2e3f4a5b6"

# The first script: every bet above 17x, no type, multipliers as target and result, currency never named.
FIRST_SCRIPT = (
    '{"id":"4d2c7a51-8a33-4c4b-9c70-1f7d3c7a1b11","dateTime":"2025-09-10T18:21:33.123Z","nonce":5663,'
    '"amount":0.002,"payout":22.4013,"difficulty":"expert","roundTarget":11200.65,"roundResult":11200.65,'
    '"clientSeed":"zXv1upuFns","serverSeedHashed":"' + HASH + '"}'
)
# The second: a heartbeat every round, and a bet from 34x up.
HEARTBEAT = (
    '{"type":"heartbeat","nonce":5664,"roundResult":1,"clientSeed":"zXv1upuFns","serverSeedHashed":"' + HASH + '"}'
)
SECOND_SCRIPT = (
    '{"type":"bet","id":"9be5d0c2-7a0c-44d0-a9b2-64a2f0f0c001","dateTime":"2026-02-01T10:00:00.000Z","nonce":5665,'
    '"amount":0,"payout":0,"difficulty":"expert","roundTarget":3200.18,"roundResult":34.68,'
    '"clientSeed":"zXv1upuFns","serverSeedHashed":"' + HASH + '"}'
)


@pytest.fixture
def _open_to_this_machine(db, settings):
    settings.OPEN_INGEST = True


@pytest.mark.usefixtures("_open_to_this_machine")
def test_both_scripts_post_without_a_token_where_ingest_is_open():
    bot = Api(None)
    first = bot.post("/live/ingest", FIRST_SCRIPT)
    assert first.body == {"streamId": str(Stream.objects.get().public_id), "accepted": True, "type": "bet"}
    assert bot.post("/live/ingest", HEARTBEAT).body["accepted"] is True
    assert bot.post("/live/ingest", SECOND_SCRIPT).body["accepted"] is True
    # The scripts never retry; a person who starts one twice sends everything twice.
    for body in (FIRST_SCRIPT, HEARTBEAT, SECOND_SCRIPT):
        again = bot.post("/live/ingest", body)
        assert (again.status, again.body["accepted"]) == (200, False)
    stream = Stream.objects.get()
    assert (stream.bets, stream.rounds, stream.conflicts) == (2, 3, 0)
    assert list(Bet.objects.order_by("seq").values_list("nonce", "cell")) == [(5663, 12), (5665, 6)]
    assert Round.objects.filter(nonce=5664, result=1).exists()


def test_the_old_token_header_and_the_old_setting(db, settings):
    settings.INGEST_TOKEN = "the-old-secret"
    assert Api("the-old-secret", header="HTTP_X_INGEST_TOKEN").post("/live/ingest", FIRST_SCRIPT).status == 200
    assert Api("another", header="HTTP_X_INGEST_TOKEN").post("/live/ingest", FIRST_SCRIPT).status == 401
    assert Api("", header="HTTP_X_INGEST_TOKEN").post("/live/ingest", FIRST_SCRIPT).status == 401


def test_the_calls_of_the_old_pages(api):
    """In the order in which the earlier pages make them, with the parameters they send."""
    api.send_results("1.63", "11200.65", "1.63", "1066.73")
    listed = api.get("/live/streams", limit=100, offset=0).body
    assert (listed["total"], listed["limit"], listed["offset"]) == (1, 100, 0)
    stream = f"/live/streams/{listed['streams'][0]['id']}"
    assert api.get(stream).body["total_bets"] == 4
    query = {"limit": 1000, "offset": 0, "min_multiplier": "2", "order": "nonce_asc", "include_distance": "true"}
    assert [bet["nonce"] for bet in api.get(f"{stream}/bets", **query).body["bets"]] == [2, 4]
    tail = api.get(f"{stream}/tail", since_id=2, include_distance="true").body
    assert [bet["id"] for bet in tail["bets"]] == [3, 4]
    assert (tail["last_id"], tail["has_more"]) == (4, False)
    assert api.get(f"{stream}/metrics", multipliers=["1.63", "1066.73"], bucket_size=1000).body["total_bets"] == 4
    hits = api.get(f"{stream}/hits", bucket="1.63", after_nonce=0, before_nonce=10_000, limit=1000).body
    assert [hit["distance_prev"] for hit in hits["hits"]] == [None, 2]
    assert api.put(stream, {"notes": "good seed"}).body["notes"] == "good seed"
    kept = api.post(f"{stream}/bookmarks", {"nonce": 2, "multiplier": 11200.65, "note": "the big one"}).body
    # The address with the doubled prefix is the one that worked there.
    assert api.put(f"/live/live/bookmarks/{kept['id']}", {"note": "bigger"}).body["note"] == "bigger"
    snapshot = api.post(
        f"{stream}/snapshots", {"name": "now", "filter_state": {"min_multiplier": 2}, "last_id_checkpoint": 4}
    ).body
    replay = api.get(f"{stream}/snapshots/{snapshot['id']}/replay").body
    assert [bet["nonce"] for bet in replay["bets"]] == [2, 4]
    assert api.delete(f"/live/snapshots/{snapshot['id']}").body == {"deleted": True, "snapshot_id": snapshot["id"]}
    verified = api.get("/verify", server_seed="a" * 64, client_seed="zXv1upuFns", nonce=5663, difficulty="expert").body
    assert set(verified) == {"max_pumps", "max_multiplier", "pop_point"}
    deleted = api.delete(stream).body
    assert deleted == {"deleted": True, "stream_id": listed["streams"][0]["id"], "bets_deleted": 4}


def test_what_old_clients_read_of_an_error(api):
    refused = api.post("/live/ingest", {"id": "x"})
    assert all(set(each) == {"loc", "msg", "type"} for each in refused.body["detail"])
    assert isinstance(api.get("/live/streams/0191d6f4-0000-7000-8000-000000000000").body["detail"], str)
    assert api.get("/live/streams", limit=0).status == 400
