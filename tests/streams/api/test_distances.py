"""Distances, on /bets: back to the previous bet of the same cell, and to the previous hit of a tier."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.ingest import ingest
from streams.models import Stream
from tests.streams.api.client import archived
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, bet_record


def distances(api, path, name="distance_prev_opt", **query):
    answer = api.get(f"{path}/bets", include_distance="true", **query)
    return {row["nonce"]: row[name] for row in answer.body["bets"]}


def test_it_works(api):
    path = api.send_results("1.63", "4.95", "1.63", "1", "4.95", "1.63")
    assert distances(api, path) == {1: None, 2: None, 3: 2, 4: None, 5: 3, 6: 3}


def test_the_first_row_of_a_page_knows_its_distance(api):
    path = api.send_results("1.63", "4.95", "1.63", "1", "4.95", "1.63")
    assert distances(api, path, offset=4) == {5: 3, 6: 3}
    assert distances(api, path, order="nonce_desc", limit=1) == {6: 3}
    assert distances(api, path, min_multiplier=2) == {2: None, 5: 3}


def test_arrival_does_not_matter(api):
    path = api.send(*(bet_record(nonce, roundResult="1.63") for nonce in (30, 10, 20)))
    assert distances(api, path) == {10: None, 20: 10, 30: 10}
    api.send(bet_record(15, roundResult="1.63"))
    assert distances(api, path) == {10: None, 15: 5, 20: 5, 30: 10}


def test_a_cell_is_of_one_game_and_difficulty(api):
    path = api.send(
        bet_record(1, roundResult="1.23", difficulty="hard"),
        bet_record(2, roundResult="1.23", difficulty="easy"),
        bet_record(3, roundResult="1.23", game="limbo", difficulty=None),
        bet_record(4, roundResult="1.23", difficulty="hard"),
        bet_record(5, roundResult="1.23", game="limbo", difficulty=None),
        bet_record(6, roundResult=None),
        bet_record(7, roundResult=None),
    )
    assert distances(api, path) == {1: None, 2: None, 3: None, 4: 3, 5: 2, 6: None, 7: None}


def test_bets_without_nonce_have_and_give_none(api):
    path = api.send_results("1.63", "1.63")
    ingest([archived(bet(9, roundResult="1.63"), nonce=None)], at=NOON)
    assert distances(api, path) == {None: None, 1: None, 2: 1}
    assert distances(api, path, "distance_prev_tier", distance_tier="1") == {None: None, 1: None, 2: 1}


def test_the_tier_distance_is_to_the_previous_hit_of_the_tier_or_above(api):
    path = api.send_results("400.02", "1", "1066.73", "1", "400.02", "3200.18")
    assert distances(api, path, "distance_prev_tier", distance_tier="1066.73") == {
        1: None,
        2: None,
        3: None,
        4: 1,
        5: 2,
        6: 3,
    }
    assert distances(api, path, "distance_prev_tier", distance_tier="400.02", offset=5) == {6: 1}


def test_both_are_null_unless_asked_for(api):
    path = api.send_results("1.63", "1.63")
    rows = api.get(f"{path}/bets").body["bets"]
    assert [(row["distance_prev_opt"], row["distance_prev_tier"]) for row in rows] == [(None, None)] * 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    results=st.dictionaries(st.integers(0, 60), st.sampled_from(["1", "1.63", "4.95", "9.08"]), min_size=1),
    order=st.randoms(use_true_random=False),
    limit=st.integers(1, 10),
    tier=st.sampled_from(["0", "1.63", "5", "100"]),
)
def test_both_equal_a_plain_count(api, results, order, limit, tier):
    Stream.objects.all().delete()
    messages = [bet(nonce, roundResult=result) for nonce, result in results.items()]
    order.shuffle(messages)
    ingest(messages, at=NOON)
    path = f"/live/streams/{Stream.objects.get().public_id}"
    for offset in range(0, len(results), limit):
        rows = api.get(f"{path}/bets", include_distance="true", distance_tier=tier, limit=limit, offset=offset).body[
            "bets"
        ]
        for row in rows:
            nonce = row["nonce"]
            same = [other for other in results if other < nonce and results[other] == results[nonce]]
            above = [other for other in results if other < nonce and float(results[other]) >= float(tier)]
            assert row["distance_prev_opt"] == (nonce - max(same) if same else None)
            assert row["distance_prev_tier"] == (nonce - max(above) if above else None)
    Stream.objects.all().delete()
