"""GET …/hits, …/hits/stats, …/hits/stats/global, …/hits/batch: hits of one result and the gaps between them."""

import statistics
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.ingest import ingest
from streams.models import Stream
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, bet_record, heartbeat_record


def send_hits(api, *nonces, result="1066.73"):
    return api.send(*(bet_record(nonce, roundResult=result) for nonce in nonces), bet_record(90, roundResult="1"))


def found(answer):
    return [(hit["nonce"], hit["distance_prev"]) for hit in answer.body["hits"]]


def test_it_works(api):
    path = send_hits(api, 10, 20, 30)
    answer = api.get(f"{path}/hits", bucket="1066.73")
    assert set(answer.body) == {"hits", "prev_nonce_before_range", "total_in_range", "has_more"}
    assert set(answer.body["hits"][0]) == {"nonce", "bucket", "distance_prev", "id", "date_time"}
    assert found(answer) == [(10, None), (20, 10), (30, 10)]
    assert answer.body["hits"][0]["bucket"] == Decimal("1066.73")
    assert answer.body["hits"][0]["id"] == 1
    assert answer.body["hits"][0]["date_time"] == "2026-01-02T03:04:05.678000Z"
    assert (answer.body["total_in_range"], answer.body["has_more"]) == (3, False)


def test_the_newest_bet_is_a_hit_too(api):
    path = api.send_results("1", "1.63", "1", "1.63")
    assert found(api.get(f"{path}/hits", bucket="1.63")) == [(2, None), (4, 2)]
    [row] = api.get(f"{path}/hits/stats", bucket="1.63").body["stats_by_range"]
    assert (row["range"], row["stats"]["count"]) == ("0-4", 2)


@pytest.mark.parametrize(
    ("query", "expected", "previous", "total"),
    [
        ({"after_nonce": 20}, [(20, 10), (30, 10)], 10, 2),
        ({"after_nonce": 21}, [(30, 10)], 20, 1),
        ({"before_nonce": 30}, [(10, None), (20, 10)], None, 2),
        ({"after_nonce": 15, "before_nonce": 25}, [(20, 10)], 10, 1),
        ({"after_nonce": 31}, [], 30, 0),
        ({"after_nonce": 25, "before_nonce": 5}, [], 20, 0),
        ({"limit": 2}, [(10, None), (20, 10)], None, 3),
        ({"order": "nonce_desc"}, [(30, 10), (20, 10), (10, None)], None, 3),
        ({"order": "nonce_desc", "limit": 1}, [(30, 10)], None, 3),
        ({"include_distance": "false"}, [(10, None), (20, None), (30, None)], None, 3),
    ],
)
def test_ranges_and_orders(api, query, expected, previous, total):
    answer = api.get(f"{send_hits(api, 10, 20, 30)}/hits", bucket="1066.73", **query)
    assert found(answer) == expected
    assert (answer.body["prev_nonce_before_range"], answer.body["total_in_range"]) == (previous, total)
    assert answer.body["has_more"] == (total > len(expected))


@pytest.mark.parametrize(("bucket", "nonces"), [("1.63", [1, 2]), ("1.6299", [1, 2]), ("1.64", [3]), ("0", [4])])
def test_a_bucket_is_a_result_rounded_to_two_decimals(api, bucket, nonces):
    path = api.send_results("1.63", "1.625", "1.635", "0.004")
    assert [nonce for nonce, _ in found(api.get(f"{path}/hits", bucket=bucket))] == nonces


def test_an_empty_stream_has_no_hits(api):
    path = api.send(heartbeat_record(1))
    empty = {"count": 0, "gaps": 0, "median": None, "mean": None, "min": None, "max": None, "method": "exact"}
    assert api.get(f"{path}/hits", bucket=1).body == {
        "hits": [],
        "prev_nonce_before_range": None,
        "total_in_range": 0,
        "has_more": False,
    }
    assert api.get(f"{path}/hits/stats", bucket=1).body["stats_by_range"][0]["stats"] == empty
    assert api.get(f"{path}/hits/stats/global", bucket=1).body["global_stats"] == empty
    assert api.get(f"{path}/hits/batch", buckets="1,2").body["hits_by_bucket"] == {"1.0": [], "2.0": []}


def test_statistics_of_ranges_keep_the_gap_into_a_range(api):
    path = send_hits(api, 10, 20, 50, 51)
    answer = api.get(f"{path}/hits/stats", bucket="1066.73", ranges="0-20,20-51,51-52,52-99")
    rows = {row["range"]: row["stats"] for row in answer.body["stats_by_range"]}
    assert list(rows) == ["0-20", "20-51", "51-52", "52-99"]
    assert [row["count"] for row in rows.values()] == [1, 2, 1, 0]
    assert (rows["20-51"]["gaps"], rows["20-51"]["mean"], rows["20-51"]["min"], rows["20-51"]["max"]) == (2, 20, 10, 30)
    assert (rows["51-52"]["gaps"], rows["51-52"]["median"]) == (1, 1)
    assert (rows["0-20"]["gaps"], rows["0-20"]["mean"]) == (0, None)


def test_global_statistics(api):
    """Expert 1066.73 is ten safe pumps: P = C(14,9)/C(25,10) = 2002/3268760, so 1632.7473 rounds from hit to hit."""
    path = api.send(*(bet_record(nonce, roundResult="1066.73" if nonce % 10 == 0 else "1") for nonce in range(1, 101)))
    body = api.get(f"{path}/hits/stats/global", bucket="1066.73").body
    assert (body["global_stats"]["count"], body["global_stats"]["mean"]) == (10, 10)
    assert round(body["theoretical_eta"], 4) == Decimal("1632.7473")
    low, high = body["confidence_interval"]
    # Wilson for 10 of 100 is 0.0552 to 0.1744.
    assert (round(1 / low, 4), round(1 / high, 4)) == (Decimal("0.1744"), Decimal("0.0552"))


def test_no_theory_where_there_is_none(api):
    path = api.send_results("1.64", "1.63")
    body = api.get(f"{path}/hits/stats/global", bucket="1.64").body
    assert body["theoretical_eta"] is None
    filtered = api.send(*(bet_record(nonce, clientSeed="c2") for nonce in (1, 10)))
    assert api.get(f"{filtered}/hits/stats/global", bucket=1).body["confidence_interval"] is None


def test_batch(api):
    path = api.send_results("1.63", "4.95", "1.63", "1.63", "1")
    answer = api.get(f"{path}/hits/batch", buckets="1.63, 4.95,1,11200.65", limit_per_bucket=2)
    assert set(answer.body) == {"hits_by_bucket", "stats_by_bucket"}
    hits = answer.body["hits_by_bucket"]
    assert list(hits) == ["1.63", "4.95", "1.0", "11200.65"]
    assert [len(rows) for rows in hits.values()] == [2, 1, 1, 0]
    assert answer.body["stats_by_bucket"]["1.63"]["count"] == 3
    narrowed = api.get(f"{path}/hits/batch", buckets="1.63", after_nonce=2, before_nonce=4).body
    assert [hit["distance_prev"] for hit in narrowed["hits_by_bucket"]["1.63"]] == [2]
    assert (narrowed["stats_by_bucket"]["1.63"]["count"], narrowed["stats_by_bucket"]["1.63"]["mean"]) == (1, 2)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nonces=st.sets(st.integers(0, 50), min_size=1), start=st.integers(0, 50), length=st.integers(1, 50))
def test_the_list_and_the_statistics_tell_the_same(api, nonces, start, length):
    Stream.objects.all().delete()
    ingest([bet(nonce, roundResult="1.63") for nonce in nonces], at=NOON)
    path = f"/live/streams/{Stream.objects.get().public_id}"
    end = start + length
    listed = found(api.get(f"{path}/hits", bucket="1.63", after_nonce=start, before_nonce=end))
    [row] = api.get(f"{path}/hits/stats", bucket="1.63", ranges=f"{start}-{end}").body["stats_by_range"]
    gaps = [gap for _, gap in listed if gap is not None]
    assert (row["stats"]["count"], row["stats"]["gaps"]) == (len(listed), len(gaps))
    if gaps:
        assert float(row["stats"]["mean"]) == statistics.mean(gaps)
        assert float(row["stats"]["median"]) == statistics.median(gaps)
        assert (row["stats"]["min"], row["stats"]["max"]) == (min(gaps), max(gaps))
    Stream.objects.all().delete()


@pytest.mark.parametrize("address", ["hits", "hits/stats", "hits/stats/global"])
@pytest.mark.parametrize("bucket", ["", "nan", "inf", "-1", "1e999", "x", "1" * 21, "0." + "1" * 19, "\0"])
def test_they_reject_a_wrong_bucket(api, address, bucket):
    answer = api.get(f"{api.send(bet_record(1))}/{address}", bucket=bucket)
    assert (answer.status, answer.fields) == (422, {"bucket"})


@pytest.mark.parametrize(
    ("address", "name", "value"),
    [
        ("hits", "after_nonce", "-1"),
        ("hits", "before_nonce", "x"),
        ("hits", "limit", "1001"),
        ("hits", "order", "asc"),
        ("hits", "include_distance", "x"),
        *(("hits/stats", "ranges", value) for value in ("5", "5-5", "9-1", "a-b", "-1-5", "1-2,x", "1-" + "9" * 17)),
        ("hits/stats", "ranges", ",".join(["0-1"] * 201)),
        *(("hits/batch", "buckets", value) for value in ("", ",", "x", "1,nan", ",".join(["1"] * 21))),
        ("hits/batch", "limit_per_bucket", "0"),
        ("hits/batch", "after_nonce", "1.5"),
    ],
)
def test_they_reject_and_name_the_parameter(api, address, name, value):
    query = {"bucket": 1, "buckets": 1, name: value}
    answer = api.get(f"{api.send(bet_record(1))}/{address}", **query)
    assert (answer.status, answer.fields) == (422, {name})
