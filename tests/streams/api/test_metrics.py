"""GET …/metrics: figures of a stream, checked by hand."""

from datetime import timedelta
from decimal import Decimal

import pytest

from streams.ingest import ingest
from streams.models import Stream
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, bet_record

STATS = {
    "multiplier",
    "count",
    "last_nonce",
    "mean_gap",
    "std_gap",
    "p90_gap",
    "max_gap",
    "eta_theoretical",
    "eta_observed",
}


def test_it_works(api):
    # Hits of 1.63 at 10, 12, 16, 26: gaps 2, 4, 10; mean 16/3, population deviation √(104/9).
    path = api.send(
        *(bet_record(nonce, roundResult="1.63") for nonce in (10, 12, 16, 26)),
        bet_record(2500, roundResult="4.95"),
        bet_record(1999, roundResult="400.02"),
    )
    answer = api.get(f"{path}/metrics", multipliers=["1.63", "99"])
    body = answer.body
    assert set(body) == {
        "stream_id",
        "total_bets",
        "highest_multiplier",
        "hit_rate",
        "multiplier_stats",
        "density_buckets",
        "top_peaks",
    }
    assert (body["total_bets"], body["highest_multiplier"]) == (6, Decimal("400.02"))
    stats, nothing = body["multiplier_stats"]
    assert set(stats) == STATS
    assert (stats["multiplier"], stats["count"], stats["last_nonce"]) == (Decimal("1.63"), 4, 26)
    assert (round(stats["mean_gap"], 6), round(stats["std_gap"], 6)) == (Decimal("5.333333"), Decimal("3.399346"))
    assert (stats["p90_gap"], stats["max_gap"]) == (10, 10)
    assert round(stats["eta_observed"], 6) == Decimal("31.333333")
    # Expert, exactly one safe pump: P = C(23,9)/C(25,10) = 817190/3268760 = 1/4.
    assert stats["eta_theoretical"] == 4
    assert nothing == {**dict.fromkeys(STATS), "multiplier": 99, "count": 0}
    assert body["density_buckets"] == {"0": 4, "1": 1, "2": 1}
    assert [(peak["multiplier"], peak["nonce"]) for peak in body["top_peaks"][:2]] == [
        (Decimal("400.02"), 1999),
        (Decimal("4.95"), 2500),
    ]
    assert set(body["top_peaks"][0]) == {"multiplier", "nonce", "timestamp", "id"}
    assert body["top_peaks"][0]["timestamp"] == "2026-01-02T03:04:05.678000Z"


def test_the_rate_is_bets_a_minute(api):
    for minute in range(3):
        ingest([bet(10 * minute + n) for n in range(4)], at=NOON + timedelta(minutes=minute))
    path = f"/live/streams/{Stream.objects.get().public_id}"
    assert api.get(f"{path}/metrics").body["hit_rate"] == 6


def test_one_moment_gives_no_rate(api):
    assert api.get(f"{api.send(bet_record(1))}/metrics").body["hit_rate"] is None


def test_sizes_of_buckets_and_peaks(api):
    path = api.send_results("1", "2", "3", "4", None)
    body = api.get(f"{path}/metrics", bucket_size=2, top_peaks_limit=2).body
    assert body["density_buckets"] == {"0": 1, "1": 2, "2": 2}
    assert [peak["nonce"] for peak in body["top_peaks"]] == [4, 3]
    # A bet without a result is no peak, however few there are.
    assert len(api.get(f"{path}/metrics").body["top_peaks"]) == 4


@pytest.mark.parametrize(
    ("tolerance", "count"), [(None, 1), ("0.01", 2), ("0.009999999999999999", 1), ("1e-18", 1), ("99", 3)]
)
def test_the_tolerance_is_inclusive(api, tolerance, count):
    path = api.send_results("1.63", "1.64", "1.6300001")
    query = {"multipliers": "1.63", **({"tolerance": tolerance} if tolerance else {})}
    [stats] = api.get(f"{path}/metrics", **query).body["multiplier_stats"]
    assert stats["count"] == count + (tolerance in ("0.01", "0.009999999999999999"))


def test_the_largest_results_are_told_apart(api):
    big = "99999999999999999999.999999999999999999"
    path = api.send_results(big, "99999999999999999999.999999999")
    [stats] = api.get(f"{path}/metrics", multipliers=big, tolerance="1e-18").body["multiplier_stats"]
    assert (str(stats["multiplier"]), stats["count"]) == (big, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("multipliers", value) for value in ("", "nan", "inf", "-1", "x", "1,2", ["1", "nan"], ["1"] * 51)),
        *(("tolerance", value) for value in ("0", "-1", "nan", "x")),
        *(("bucket_size", value) for value in ("0", "-1", "x", "inf", "1.5")),
        *(("top_peaks_limit", value) for value in ("0", "101", "x")),
    ],
)
def test_it_rejects_and_names_the_parameter(api, name, value):
    answer = api.get(f"{api.send(bet_record(1))}/metrics", **{name: value})
    assert (answer.status, answer.fields) == (422, {name})
