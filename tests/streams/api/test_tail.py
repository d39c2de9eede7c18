"""GET /live/streams/{id}/tail: what came after a number, so that a poll misses and repeats nothing."""

import pytest

from streams.ingest import ingest
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, bet_record


def ids(answer):
    return [row["id"] for row in answer.body["bets"]]


def test_it_works(api):
    path = api.send(*(bet_record(nonce) for nonce in (9, 3, 7)))
    answer = api.get(f"{path}/tail", since_id=0)
    assert set(answer.body) == {"bets", "last_id", "has_more"}
    assert [(row["id"], row["nonce"]) for row in answer.body["bets"]] == [(1, 9), (2, 3), (3, 7)]
    assert (answer.body["last_id"], answer.body["has_more"]) == (3, False)
    assert answer.body["bets"][0]["distance_prev_opt"] is None


def test_it_goes_on_where_it_ended(api):
    path = api.send_results(*["1"] * 5)
    seen, since, more = [], 0, True
    while more:
        answer = api.get(f"{path}/tail", since_id=since, limit=2)
        seen += ids(answer)
        since, more = answer.body["last_id"], answer.body["has_more"]
    assert seen == [1, 2, 3, 4, 5]
    api.send(bet_record(100), bet_record(50))
    assert ids(api.get(f"{path}/tail", since_id=since)) == [6, 7]


def test_it_answers_at_most_1000(api):
    path = api.send(bet_record(0))
    ingest([bet(nonce) for nonce in range(1, 1002)], at=NOON)
    first = api.get(f"{path}/tail", since_id=0)
    assert (len(ids(first)), first.body["has_more"], first.body["last_id"]) == (1000, True, 1000)
    rest = api.get(f"{path}/tail", since_id=1000)
    assert (ids(rest), rest.body["has_more"]) == ([1001, 1002], False)


@pytest.mark.parametrize("since", [2, 3, 2**63 - 1])
def test_nothing_new_keeps_the_number_asked_with(api, since):
    path = api.send_results("1", "1")
    answer = api.get(f"{path}/tail", since_id=since)
    assert (answer.status, answer.body) == (200, {"bets": [], "last_id": since, "has_more": False})


def test_304_only_to_who_asks_for_it(api):
    path = api.send_results("1", "1")
    tail = f"{path}/tail?since_id=2"
    tag = api.get(tail).headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = api.request("GET", tail, HTTP_IF_NONE_MATCH=known)
        assert (answer.status, answer.headers["ETag"]) == (304, tag)
    for unknown in ('"other"', "", "x", tag.strip('"')):
        assert api.request("GET", tail, HTTP_IF_NONE_MATCH=unknown).status == 200
    api.send(bet_record(3))
    answer = api.request("GET", tail, HTTP_IF_NONE_MATCH=tag)
    assert (answer.status, ids(answer)) == (200, [3])


def test_a_heartbeat_is_no_bet(api):
    path = api.send_results("1")
    api.post("/live/ingest", {**bet_record(2), "type": "heartbeat"})
    assert api.get(f"{path}/tail", since_id=1).body["bets"] == []


def test_distances_reach_behind_the_tail(api):
    path = api.send_results("1.63", "4.95", "1.63", "1.63")
    rows = api.get(f"{path}/tail", since_id=2, include_distance="true").body["bets"]
    assert [row["distance_prev_opt"] for row in rows] == [2, 1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("since_id", value) for value in ("", "-1", "x", "1e99", "1.0", 2**63, "9" * 40, "NaN", "\0")),
        *(("limit", value) for value in (0, 1001, -1, "x")),
        ("include_distance", "x"),
    ],
)
def test_it_rejects_and_names_the_parameter(api, name, value):
    answer = api.get(f"{api.send(bet_record(1))}/tail", **{"since_id": 0, name: value})
    assert (answer.status, answer.fields) == (422, {name})


def test_an_idle_poll_costs_one_query(api, django_assert_num_queries):
    path = api.send_results("1", "1")
    with django_assert_num_queries(1):
        api.get(f"{path}/tail", since_id=2)
