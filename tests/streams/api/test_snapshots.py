"""Snapshots: a view of a stream as of one bet, shown again as it was."""

from decimal import Decimal

import pytest

from streams.models import Snapshot
from tests.streams.messages import bet_record

SNAPSHOT = {"id", "stream_id", "name", "filter_state", "last_id_checkpoint", "created_at"}


def keep(api, path, **changes):
    body = {"name": "now", "filter_state": {}, "last_id_checkpoint": 1, **changes}
    return api.post(f"{path}/snapshots", {name: value for name, value in body.items() if value is not ...})


def test_it_works(api):
    path = api.send_results("1.63", "4.95", "1", "9.08")
    state = {"min_multiplier": 1.63, "difficulty": "expert", "columns": ["a", {"width": 0.1}]}
    answer = keep(api, path, filter_state=state, last_id_checkpoint=3)
    assert answer.status == 200
    assert set(answer.body) == SNAPSHOT
    assert path.endswith(answer.body["stream_id"])
    assert answer.body["filter_state"] == {
        "min_multiplier": Decimal("1.63"),
        "difficulty": "expert",
        "columns": ["a", {"width": Decimal("0.1")}],
    }
    assert answer.body["last_id_checkpoint"] == 3
    assert answer.body["created_at"].endswith("Z")
    assert api.get(f"{path}/snapshots").body == [answer.body]
    replay = api.get(f"{path}/snapshots/{answer.body['id']}/replay").body
    assert replay["snapshot"] == answer.body
    assert [row["nonce"] for row in replay["bets"]] == [1, 2]
    assert (replay["total"], replay["has_more"], replay["next_after"]) == (2, False, None)


def test_a_replay_is_as_of_its_bet_whatever_came_since(api):
    path = api.send(bet_record(5), bet_record(3))
    snapshot = keep(api, path, last_id_checkpoint=2).body["id"]
    api.send(bet_record(1), bet_record(4))
    replay = api.get(f"{path}/snapshots/{snapshot}/replay").body
    assert [row["nonce"] for row in replay["bets"]] == [5, 3]


@pytest.mark.parametrize(
    ("state", "nonces"),
    [
        ({}, [1, 2, 3]),
        (None, [1, 2, 3]),
        ({"min_multiplier": None, "difficulty": None}, [1, 2, 3]),
        ({"min_multiplier": "4.95"}, [2, 3]),
        ({"difficulty": "hard"}, [3]),
        ({"min_multiplier": 5, "difficulty": "expert"}, []),
    ],
)
def test_a_replay_filters(api, state, nonces):
    path = api.send(
        bet_record(1), bet_record(2, roundResult="4.95"), bet_record(3, difficulty="hard", roundResult="8.41")
    )
    snapshot = keep(api, path, filter_state=state, last_id_checkpoint=3).body["id"]
    replay = api.get(f"{path}/snapshots/{snapshot}/replay").body
    assert [row["nonce"] for row in replay["bets"]] == nonces


def test_a_replay_is_read_in_pages(api):
    path = api.send_results(*["1"] * 5)
    snapshot = keep(api, path, last_id_checkpoint=5).body["id"]
    seen, after = [], ""
    while after is not None:
        page = api.get(f"{path}/snapshots/{snapshot}/replay", limit=2, after=after).body
        seen += [row["id"] for row in page["bets"]]
        after = page["next_after"]
    assert seen == [1, 2, 3, 4, 5]
    for name, value in (("limit", 0), ("limit", 1001), ("after", "x"), ("after", "1~2")):
        answer = api.get(f"{path}/snapshots/{snapshot}/replay", **{name: value})
        assert (answer.status, answer.fields) == (422, {name})


@pytest.mark.parametrize("number", [0, 3, 2**53 - 1])
def test_the_bet_has_to_exist(api, number):
    answer = keep(api, api.send_results("1", "1"), last_id_checkpoint=number)
    assert (answer.status, answer.code, answer.fields) == (400, "no_such_bet", {"last_id_checkpoint"})
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({"name": value}, "name") for value in (..., "", "x" * 201, 5, None, "\0")),
        *(({"last_id_checkpoint": value}, "last_id_checkpoint") for value in (..., None, -1, "x", 1.5, True, 2**53)),
        *(({"filter_state": value}, "filter_state") for value in ([], "x", 5, True)),
        *(
            ({"filter_state": {"min_multiplier": value}}, "filter_state.min_multiplier")
            for value in ("nan", -1, True, [], "", 10**20)
        ),
        *(({"filter_state": {"difficulty": value}}, "filter_state.difficulty") for value in (5, "", "x" * 21, {})),
        ({"filter_state": {"x": "y" * 9000}}, "extra"),
        ({"filter_state": {"x": "\0"}}, "extra"),
    ],
)
def test_a_bad_one_is_refused_when_it_is_saved(api, changes, field):
    answer = keep(api, api.send_results("1"), **changes)
    assert (answer.status, answer.fields) == (422, {field})
    assert not Snapshot.objects.exists()


def test_a_number_out_of_json_is_refused(api):
    path = api.send_results("1")
    for number in ("1e999", "NaN", "Infinity"):
        body = f'{{"name":"x","last_id_checkpoint":1,"filter_state":{{"min_multiplier":{number}}}}}'
        answer = api.post(f"{path}/snapshots", body)
        assert answer.status == 422
        assert answer.fields <= {"filter_state.min_multiplier", "extra"}


def test_deleting(api):
    path = api.send_results("1")
    snapshot = keep(api, path).body["id"]
    assert api.delete(f"/live/snapshots/{snapshot}").body == {"deleted": True, "snapshot_id": snapshot}
    assert api.delete(f"/live/snapshots/{snapshot}").status == 404
    assert api.get(f"{path}/snapshots/{snapshot}/replay").status == 404
    assert api.get(f"{path}/snapshots").body == []


def test_a_snapshot_belongs_to_its_stream(api):
    path = api.send_results("1")
    other = api.send(bet_record(1, clientSeed="other"))
    snapshot = keep(api, path).body["id"]
    answer = api.get(f"{other}/snapshots/{snapshot}/replay")
    assert (answer.status, answer.body["detail"]) == (404, "There is no such snapshot of this stream.")
