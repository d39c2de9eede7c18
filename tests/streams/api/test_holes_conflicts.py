"""GET …/holes and …/conflicts: what never arrived, and what contradicts."""

import pytest

from tests.streams.messages import bet_record, heartbeat_record

# --- Holes ----------------------------------------------------------------------------------------


def test_holes_are_ranges_newest_first(api):
    path = api.send(*(heartbeat_record(nonce) for nonce in (5, 6, 9, 10, 20)), bet_record(12))
    answer = api.get(f"{path}/holes")
    assert answer.body == {
        "holes": [
            {"first": 13, "last": 19, "nonces": 7},
            {"first": 11, "last": 11, "nonces": 1},
            {"first": 7, "last": 8, "nonces": 2},
        ],
        "missing_rounds": 10,
        "has_heartbeats": True,
        "coverage": answer.body["coverage"],
    }
    assert str(answer.body["coverage"]) == "0.375"
    assert len(api.get(f"{path}/holes", limit=1).body["holes"]) == 1


def test_a_late_round_fills_its_hole(api):
    path = api.send(heartbeat_record(1), heartbeat_record(3))
    api.send(heartbeat_record(2))
    answer = api.get(f"{path}/holes").body
    assert (answer["holes"], answer["missing_rounds"], answer["coverage"]) == ([], 0, 1)


def test_without_heartbeats_nothing_is_called_missing(api):
    path = api.send(bet_record(1), bet_record(10))
    answer = api.get(f"{path}/holes").body
    assert (answer["has_heartbeats"], answer["missing_rounds"], str(answer["coverage"])) == (False, None, "0.2")


@pytest.mark.parametrize("limit", [0, 1001, "x", "-1"])
def test_holes_reject_a_wrong_limit(api, limit):
    answer = api.get(f"{api.send(bet_record(1))}/holes", limit=limit)
    assert (answer.status, answer.fields) == (422, {"limit"})


# --- Conflicts ------------------------------------------------------------------------------------


def test_conflicts_are_kept_with_what_was_sent(api):
    path = api.send(bet_record(1), heartbeat_record(2, roundResult="4.95"))
    records = [
        bet_record(1, id="other", amount="0.123456789012345678"),
        bet_record(1, payout="1.50"),
        bet_record(1, payout="1.5"),
        bet_record(2, roundResult="1.63"),
    ]
    results = api.post("/live/ingest/batch", records).body["results"]
    assert all(result["conflict"] and not result["accepted"] for result in results)
    answer = api.get(f"{path}/conflicts")
    assert set(answer.body) == {"conflicts", "total"}
    result, by_id, nonce = answer.body["conflicts"]
    assert (nonce["reason"], nonce["nonce"], nonce["antebot_bet_id"], nonce["bet_id"]) == ("nonce", 1, "other", 1)
    assert '"amount":0.123456789012345678' in answer.text
    assert (by_id["reason"], by_id["bet_id"], by_id["times"]) == ("id", 1, 2)
    assert str(by_id["message"]["payout"]) == "1.5"
    assert (result["reason"], result["nonce"], result["bet_id"], result["times"]) == ("result", 2, None, 1)
    assert result["first_at"].endswith("Z")
    assert answer.body["total"] == 3
    # In no total, and nothing overwritten.
    detail = api.get(path).body
    assert (detail["total_bets"], detail["total_conflicts"], detail["money"][0]["wagered"]) == (1, 3, 2)


def test_conflicts_are_read_in_pages(api):
    path = api.send(bet_record(1))
    api.post("/live/ingest/batch", [bet_record(1, amount=amount) for amount in range(10, 15)])
    seen, before = [], {}
    while rows := api.get(f"{path}/conflicts", limit=2, **before).body["conflicts"]:
        seen += [row["message"]["amount"] for row in rows]
        before = {"before": rows[-1]["id"]}
    assert seen == [14, 13, 12, 11, 10]


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 1001), ("before", "x"), ("before", 2**63)])
def test_conflicts_reject_and_name_the_parameter(api, name, value):
    answer = api.get(f"{api.send(bet_record(1))}/conflicts", **{name: value})
    assert (answer.status, answer.fields) == (422, {name})
