"""GET /live/streams/{id}/bets: pages by offset and by cursor, in every order, narrowed by filters."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.ingest import ingest
from streams.models import Stream
from streams.queries import BET_ORDERS
from tests.streams.api.client import archived
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, bet_record

BET = {
    "id",
    "antebot_bet_id",
    "received_at",
    "date_time",
    "nonce",
    "amount",
    "payout",
    "difficulty",
    "round_target",
    "round_result",
    "distance_prev_opt",
}


def nonces(answer):
    return [row["nonce"] for row in answer.body["bets"]]


def test_it_works(api):
    path = api.send(bet_record(7, amount="0.10", payout="40.000", roundTarget="400", roundResult="400.02", memo="x"))
    answer = api.get(f"{path}/bets")
    assert {"bets", "total", "limit", "offset", "stream_id"} <= set(answer.body)
    assert (answer.body["total"], answer.body["limit"], answer.body["offset"]) == (1, 100, 0)
    assert path.endswith(answer.body["stream_id"])
    [row] = answer.body["bets"]
    assert set(row) > BET
    received = row.pop("received_at")
    assert received.endswith("Z")
    assert row == {
        "id": 1,
        "antebot_bet_id": "bet-7",
        "date_time": "2026-01-02T03:04:05.678000Z",
        "nonce": 7,
        "amount": Decimal("0.1"),
        "payout": 40,
        "difficulty": "expert",
        "round_target": 400,
        "round_result": Decimal("400.02"),
        "distance_prev_opt": None,
        "distance_prev_tier": None,
        "game": "pump",
        "currency": None,
        "cell": 9,
        "provider": "antebot",
        "bookmark_id": None,
        "extra": {"memo": "x"},
    }


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("0.000000000000000001", "0.000000000000000001"),
        ("99999999999999999999.999999999999999999", "99999999999999999999.999999999999999999"),
        ("10.50", "10.5"),
        ("1e3", "1000"),
        ("1E-5", "0.00001"),
        ("100", "100"),
        ("0.0", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0.30000000000000000000000", "0.3"),
        ("0.1" + "0" * 500_000, "0.1"),
    ],
)
def test_numbers_keep_their_digits(api, sent, shown):
    body = f'{{"id":"x","nonce":1,"amount":{sent},"payout":0,"roundResult":1,"difficulty":"easy",'
    api.post("/live/ingest", body + '"clientSeed":"c","serverSeedHashed":"h"}')
    path = f"/live/streams/{Stream.objects.get().public_id}"
    assert f'"amount":{shown},' in api.get(f"{path}/bets").text
    assert f'"wagered":{shown},' in api.get(path).text


def test_unknown_keys_keep_their_digits(api):
    path = api.send(bet_record(1))
    body = '{"id":"y","nonce":2,"amount":1,"payout":0,"difficulty":"easy","clientSeed":"client-1",'
    body += f'"serverSeedHashed":"{"ab" * 32}","odds":[0.1,123456789012345678901234567890,1.25000]}}'
    assert api.post("/live/ingest", body).body["accepted"] is True
    assert '"extra":{"odds":[0.1,123456789012345678901234567890,1.25]}' in api.get(f"{path}/bets").text


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (None, [1, 2, 3, 4]),
        ("nonce_asc", [1, 2, 3, 4]),
        ("nonce_desc", [4, 3, 2, 1]),
        ("id_asc", [3, 1, 4, 2]),
        ("id_desc", [2, 4, 1, 3]),
        ("result_asc", [3, 2, 4, 1]),
        ("result_desc", [1, 4, 2, 3]),
        ("amount_asc", [1, 2, 3, 4]),
        ("amount_desc", [4, 3, 2, 1]),
        ("payout_asc", [2, 3, 1, 4]),
        ("payout_desc", [4, 1, 3, 2]),
    ],
)
def test_orders(api, order, expected):
    results, payouts = {1: "9.08", 2: "1.63", 3: None, 4: "1.63"}, {1: 5, 2: 0, 3: 0, 4: 9}
    path = api.send(*(bet_record(n, roundResult=results[n], payout=payouts[n]) for n in (3, 1, 4, 2)))
    assert nonces(api.get(f"{path}/bets", **({"order": order} if order else {}))) == expected


def test_pages_by_offset(api):
    path = api.send_results(*["1"] * 7)
    pages = [api.get(f"{path}/bets", limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [nonces(page) for page in pages] == [[1, 2, 3], [4, 5, 6], [7], []]
    assert [page.body["has_more"] for page in pages] == [True, True, False, False]
    assert {page.body["total"] for page in pages} == {7}


def walk(api, path, **query):
    """Every page by its cursor, to the end."""
    rows, after = [], ""
    while True:
        page = api.get(f"{path}/bets", after=after, **query).body
        rows += page["bets"]
        after = page["next_after"]
        assert page["has_more"] == (after is not None)
        if after is None:
            return rows


money = st.sampled_from(["0", "0.5", "0.000000000000000001", "99999999999999999999.5"])
rows = st.lists(
    st.tuples(st.booleans(), st.none() | st.sampled_from(["0", "1", "1.63", "3203384.8"]), money, money),
    min_size=1,
    max_size=25,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows, limit=st.integers(1, 9), shuffle=st.randoms(use_true_random=False))
def test_walking_any_order_meets_every_row_once(api, rows, limit, shuffle):
    Stream.objects.all().delete()
    messages = []
    for number, (is_import, result, amount, payout) in enumerate(rows):
        message = bet(number, roundResult=result, amount=amount, payout=payout)
        messages.append(archived(message, nonce=None) if is_import else message)
    shuffle.shuffle(messages)
    ingest(messages, at=NOON)
    stream = Stream.objects.get()
    path = f"/live/streams/{stream.public_id}"
    for order in BET_ORDERS:
        seen = [row["id"] for row in walk(api, path, order=order, limit=limit)]
        assert sorted(seen) == list(range(1, len(rows) + 1)), order
        assert seen == [row["id"] for row in api.get(f"{path}/bets", order=order, limit=1000).body["bets"]], order
    Stream.objects.all().delete()


def test_a_walk_is_not_disturbed_by_new_rows(api):
    path = api.send_results(*["1"] * 6)
    first = api.get(f"{path}/bets", order="nonce_desc", limit=3).body
    api.send(bet_record(100))
    rest = api.get(f"{path}/bets", order="nonce_desc", limit=3, after=first["next_after"])
    assert nonces(rest) == [3, 2, 1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"min_multiplier": "1.63"}, [2, 3, 4]),
        ({"min_multiplier": "1.630000000000000001"}, [3, 4]),
        ({"min_multiplier": 0}, [1, 2, 3, 4]),
        ({"max_multiplier": "1.63"}, [1, 2]),
        ({"min_multiplier": "1.63", "max_multiplier": "4.95"}, [2, 3]),
        ({"nonce_from": 2}, [2, 3, 4]),
        ({"nonce_to": 2}, [1, 2]),
        ({"nonce_from": 2, "nonce_to": 3}, [2, 3]),
        ({"nonce_from": 3, "nonce_to": 2}, []),
        ({"difficulty": "easy"}, [3]),
        ({"game": "pump"}, [1, 2, 3]),
        ({"game": "limbo"}, [4]),
        ({"cell": 1}, [2]),
        ({"bookmarked": "true"}, [2]),
        ({"bookmarked": "false"}, [1, 2, 3, 4]),
        ({"received_from": "2000-01-01T00:00:00Z"}, [1, 2, 3, 4]),
        ({"received_from": "2999-01-01"}, []),
        ({"received_to": "2000-01-01T00:00:00+01:00"}, []),
        ({"bookmarked": "true", "cell": 5}, []),
    ],
)
def test_filters(api, query, expected):
    path = api.send(
        bet_record(1, roundResult="1"),
        bet_record(2, roundResult="1.63"),
        bet_record(3, roundResult="4.95", difficulty="easy"),
        bet_record(4, roundResult="9", game="limbo", difficulty=None),
    )
    api.post(f"{path}/bookmarks", {"nonce": 2, "multiplier": 1.63})
    answer = api.get(f"{path}/bets", **query)
    assert nonces(answer) == expected
    assert answer.body["total"] == len(expected)
    assert [row["nonce"] for row in walk(api, path, limit=1, **query)] == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", value) for value in (0, 1001, -1, "x", "1.0", "NaN")),
        *(("offset", value) for value in (-1, "x", 2**53, "1e3")),
        *(("order", value) for value in ("x", "nonce", "id_asc; DROP TABLE", "\0")),
        *(("min_multiplier", value) for value in ("nan", "inf", "-1", "1e999", "x", "1,5")),
        ("max_multiplier", "Infinity"),
        *(("nonce_from", value) for value in (-1, "x", 2**53)),
        ("nonce_to", "1.5"),
        *(("received_from", value) for value in ("now", "2026-13-01", "1")),
        ("received_to", "99999-01-01T00:00:00Z"),
        ("difficulty", "x" * 21),
        ("game", "x" * 41),
        ("cell", 32_768),
        ("bookmarked", "perhaps"),
        ("include_distance", "2"),
        ("distance_tier", "nan"),
        *(("after", value) for value in ("x", "1~2", "~", "nan", "9" * 61, "9" * 30, "1.5", "x" * 121, "\0")),
    ],
)
def test_it_rejects_and_names_the_parameter(api, name, value):
    path = api.send(bet_record(1))
    answer = api.get(f"{path}/bets", **{name: value})
    assert (answer.status, answer.fields) == (422, {name})


@pytest.mark.parametrize("after", ["1", "x~1", "nan~1", "1~x", "1e50~1", "1~2~3", "inf~1"])
def test_it_rejects_a_cursor_of_another_order(api, after):
    answer = api.get(f"{api.send(bet_record(1))}/bets", order="result_desc", after=after)
    assert (answer.status, answer.fields) == (422, {"after"})


def test_imports_without_nonce_are_listed(api):
    path = api.send(bet_record(1))
    placed = datetime(2024, 1, 1, tzinfo=UTC)
    ingest([archived(bet(2), nonce=None, placed_at=placed, round_result=None, cell=None)], at=NOON)
    answer = api.get(f"{path}/bets")
    assert nonces(answer) == [None, 1]
    assert answer.body["bets"][0]["provider"] == "import"
    assert re.search(r'"round_result":null', answer.text)
