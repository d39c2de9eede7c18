"""POST /live/ingest/batch: many messages, one result for each, in their order."""

import json

import pytest

from streams.models import Bet, Stream
from tests.streams.messages import bet_record, heartbeat_record


def ndjson(*records, end="\n"):
    return end.join(record if isinstance(record, str) else json.dumps(record) for record in records)


def kinds(answer):
    """Each result in a word."""
    words = []
    for result in answer.body["results"]:
        if "error" in result:
            assert set(result["error"]) == {"code", "message", "fields"}
            words.append(",".join(sorted(result["error"]["fields"])))
        else:
            words.append("conflict" if result.get("conflict") else "new" if result["accepted"] else "known")
    return words


@pytest.mark.parametrize(
    "write",
    [
        json.dumps,
        lambda records: ndjson(*records),
        lambda records: ndjson(*records, end="\r\n") + "\r\n\r\n",
        lambda records: "\n\n" + ndjson(*records, end="\n\n"),
        lambda records: ("\ufeff" + ndjson(*records)).encode(),
        lambda records: ("\ufeff" + json.dumps(records)).encode(),
    ],
    ids=["array", "lines", "CRLF and an end", "empty lines", "lines with a BOM", "array with a BOM"],
)
def test_it_works(api, write):
    answer = api.post("/live/ingest/batch", write([bet_record(1), heartbeat_record(2), bet_record(1)]))
    assert answer.status == 200, answer.text
    stream = str(Stream.objects.get().public_id)
    assert answer.body == {
        "results": [
            {"streamId": stream, "accepted": True, "type": "bet"},
            {"streamId": stream, "accepted": True, "type": "heartbeat"},
            {"streamId": stream, "accepted": False, "type": "bet"},
        ],
        "accepted": 2,
        "total": 3,
    }


def test_a_single_object_is_a_batch_of_one(api):
    answer = api.post("/live/ingest/batch", bet_record(1))
    assert (answer.body["total"], kinds(answer)) == (1, ["new"])


def test_an_empty_array_is_answered(api):
    assert api.post("/live/ingest/batch", []).body == {"results": [], "accepted": 0, "total": 0}


def test_invalid_messages_are_refused_alone_and_in_place(api):
    records = [bet_record(1), {}, bet_record(2, amount=-1), [], "x", None, bet_record(3), heartbeat_record(-1)]
    answer = api.post("/live/ingest/batch", records)
    wanted = "amount,clientSeed,difficulty,id,nonce,payout,serverSeedHashed"
    assert kinds(answer)[0] == "new"
    assert set(kinds(answer)[1].split(",")) == set(wanted.split(","))
    assert kinds(answer)[2:] == ["amount", "body", "body", "body", "new", "nonce"]
    assert answer.body["accepted"] == 2
    assert sorted(Bet.objects.values_list("nonce", flat=True)) == [1, 3]


def test_a_line_that_is_no_json_is_refused_alone(api):
    body = ndjson(bet_record(1), '{"id":', "[" * 50_000, bet_record(2), "1", bet_record(3))
    assert kinds(api.post("/live/ingest/batch", body)) == ["new", "body", "body", "new", "body", "new"]


def test_duplicates_and_conflicts_inside_a_batch(api):
    records = [bet_record(1), bet_record(1), bet_record(1, id="other"), bet_record(1, amount=9), bet_record(2)]
    assert kinds(api.post("/live/ingest/batch", records)) == ["new", "known", "known", "conflict", "new"]
    assert Stream.objects.values_list("bets", "conflicts").get() == (2, 1)


def test_it_spreads_over_streams(api):
    answer = api.post("/live/ingest/batch", [bet_record(1, clientSeed=f"client-{n % 7}", id=f"b{n}") for n in range(7)])
    assert len({result["streamId"] for result in answer.body["results"]}) == 7


def test_all_invalid_stores_nothing(api):
    assert api.post("/live/ingest/batch", [{}] * 3).body["accepted"] == 0
    assert not Stream.objects.exists()


def test_it_takes_10_000_and_refuses_more(api):
    records = [heartbeat_record(nonce) for nonce in range(10_000)]
    assert api.post("/live/ingest/batch", records).body["accepted"] == 10_000
    one_more = [*records, heartbeat_record(10_000)]
    for body in (one_more, ndjson(*one_more), "{}\n" * 2_000_000):
        answer = api.post("/live/ingest/batch", body)
        assert (answer.status, answer.code) == (413, "too_large")
    assert Stream.objects.get().rounds == 10_000


def test_it_refuses_more_than_16_mb(api):
    for body in ("[" + " " * 16_000_000 + "]", "x" * 16_000_001):
        answer = api.post("/live/ingest/batch", body)
        assert (answer.status, answer.code) == (413, "too_large")


@pytest.mark.parametrize("body", ["", "x", "1", "true", '"x"', "[1", "[[]", '{"a":1', "[]\n[]\n", "x\n{}\n", b"\xff"])
def test_it_rejects_what_is_no_batch(api, body):
    answer = api.post("/live/ingest/batch", body)
    assert (answer.status, answer.fields) == (422, {"body"})
