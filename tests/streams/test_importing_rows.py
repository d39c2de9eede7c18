"""What one row says, in every shape that files come in; no database."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from streams.importing.rows import Defaults, Reader, Rejected, parse_time, rows_of
from streams.wire import HeartbeatMessage
from tests.streams.messages import HASH, bet_record, heartbeat_record

AT = datetime(2026, 2, 2, 3, 4, 5, tzinfo=UTC)
ARCHIVED = {
    "id": "11111111-2222-3333-4444-555555555555",
    "iid": "house:123456",
    "type": "casino",
    "gameName": "Limbo",
    "currency": "btc",
    "amount": Decimal("0.00000012"),
    "payout": Decimal("0.00000024"),
    "payoutMultiplier": 2,
    "value": Decimal("0.01"),
    "createdAt": 1770001445000,
    "serverSeedHash": HASH,
}
GRAPHQL_BET = {
    "__typename": "CasinoBet",
    "id": "aaaa",
    "active": False,
    "nonce": 7,
    "game": "pump",
    "amount": 1,
    "payout": Decimal("1.63"),
    "currency": "trx",
    "updatedAt": "Mon, 02 Feb 2026 03:04:05 GMT",
    "serverSeed": {"id": "s", "seed": None, "seedHash": HASH},
    "clientSeed": {"id": "c", "seed": "my seed"},
    "state": {"difficulty": "expert", "roundTarget": 1, "roundResult": 3},
}


def read(record, **defaults):
    return Reader(Defaults(**defaults)).json(record)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(ARCHIVED, id="flat"),
        pytest.param({"id": 5, "created_at": "2026-02-02T03:04:06Z", "data": ARCHIVED}, id="wrapped"),
        pytest.param({**ARCHIVED, "createdAt": "2026-02-02T03:04:05.000Z", "game": "limbo"}, id="flat, ISO time"),
        pytest.param({**ARCHIVED, "createdAt": "1770001445"}, id="seconds as text"),
    ],
)
def test_an_archived_bet_is_read_whatever_wraps_it(record):
    bet = read(record)
    assert (bet.provider, bet.provider_bet_id, bet.server_seed_hashed) == ("import", ARCHIVED["id"], HASH)
    assert (bet.game, bet.currency, bet.nonce, bet.client_seed) == ("limbo", "btc", None, "")
    assert (bet.amount, bet.payout) == (Decimal("0.00000012"), Decimal("0.00000024"))
    assert bet.placed_at == AT
    assert bet.extra["iid"] == "house:123456"


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(GRAPHQL_BET, id="bare"),
        pytest.param({"id": "outer", "iid": "house:1", "type": "casino", "bet": GRAPHQL_BET}, id="in a bet list"),
    ],
)
def test_a_graphql_bet_tells_its_result_from_its_state(record):
    bet = read(record)
    assert (bet.provider_bet_id, bet.server_seed_hashed, bet.client_seed, bet.nonce) == ("aaaa", HASH, "my seed", 7)
    assert (bet.difficulty, bet.round_target, bet.round_result, bet.cell) == (
        "expert",
        Decimal("1.63"),
        Decimal("4.95"),
        3,
    )
    assert bet.placed_at == AT


def test_a_limbo_state_is_its_result_and_target():
    state = {"result": Decimal("1.0823456789"), "multiplierTarget": 2}
    bet = read({**GRAPHQL_BET, "game": "limbo", "state": state})
    assert (bet.round_result, bet.round_target) == (Decimal("1.0823456789"), 2)
    assert bet.extra["state"] == state


def test_messages_of_bots_keep_their_meaning():
    bet = read(bet_record(3, lucky="yes"))
    assert (bet.provider, bet.nonce, bet.round_result, bet.extra) == ("import", 3, 1, {"lucky": "yes"})
    assert isinstance(read(heartbeat_record(4)), HeartbeatMessage)


def test_a_message_with_another_kind_of_time_is_still_dated():
    assert read(bet_record(3, dateTime="Mon, 02 Feb 2026 03:04:05 GMT")).placed_at == AT


def test_what_rows_lack_comes_from_the_options():
    exported = {"id": "x1", "createdAt": "2026-02-02T03:04:05Z", "betSize": 2, "payout": 4, "multiplier": 2}
    bet = read(exported, server_seed_hash=HASH, client_seed="mine", currency="usdt", game="dice")
    assert (bet.server_seed_hashed, bet.client_seed, bet.currency, bet.game) == (HASH, "mine", "usdt", "dice")
    assert (bet.amount, bet.payout, bet.extra) == (2, 4, {"multiplier": 2})


def test_options_do_not_override_what_a_row_says():
    bet = read(ARCHIVED, server_seed_hash="cd" * 32, currency="usdt", game="dice")
    assert (bet.server_seed_hashed, bet.currency, bet.game) == (HASH, "btc", "limbo")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({**ARCHIVED, "type": "sportsbook"}, "'sportsbook' is no round"),
        ({**ARCHIVED, "type": "evolution"}, "'evolution' is no round"),
        ({**ARCHIVED, "type": "casino", "__typename": "MultiplayerCrashBet"}, "'MultiplayerCrashBet' is no round"),
        ({**ARCHIVED, "serverSeedHash": None}, "no server seed hash"),
        ({"id": 1, "created_at": "x", "data": None}, "has no data"),
        ({"id": 1, "bet": None}, "has no bet"),
        ({**GRAPHQL_BET, "active": True}, "not finished"),
        ({**ARCHIVED, "amount": None}, "amount is required"),
        ({**ARCHIVED, "payout": -1}, "payout: must not be negative"),
        ({**ARCHIVED, "amount": Decimal("NaN")}, "amount: must be a finite number"),
        ({**ARCHIVED, "gameName": None}, "game is required"),
        ({**GRAPHQL_BET, "nonce": -1}, "nonce: must be from 0"),
        ({**GRAPHQL_BET, "state": {"difficulty": "brutal"}}, "difficulty: must be one of"),
        (bet_record(1, amount=-1), "amount: must not be negative"),
        ({"page": 1}, "not recognised"),
        ("text", "not a JSON object"),
        ({"stakepro": 99, "nonce": 1}, "newer StakePro"),
    ],
)
def test_it_rejects_what_is_no_bet_and_says_why(record, reason):
    with pytest.raises(Rejected, match=reason):
        read(record)


def test_a_binary_float_with_too_many_decimals_is_rounded_and_kept_as_it_came():
    sent = Decimal("1.2000000000000001E-7")
    bet = read({**ARCHIVED, "amount": sent})
    assert bet.amount == Decimal("0.000000120000000000")
    assert bet.extra["amountSent"] == sent


def test_a_state_too_long_to_keep_does_not_lose_its_bet():
    bet = read({**GRAPHQL_BET, "state": {**GRAPHQL_BET["state"], "path": "L" * 9000}})
    assert "state" not in bet.extra
    assert bet.cell == 3


def test_an_id_is_made_of_the_content_where_there_is_none():
    nameless = {**GRAPHQL_BET, "id": None}
    one, again = read(nameless), read(dict(reversed(nameless.items())))
    assert one.provider_bet_id == again.provider_bet_id
    assert one.provider_bet_id.startswith("import:")
    assert read({**nameless, "nonce": 8}).provider_bet_id != one.provider_bet_id


def test_identical_rows_without_id_and_nonce_are_counted_apart():
    nameless = {**ARCHIVED, "id": None, "iid": None}
    reader, second_file = Reader(), Reader()
    ids = [reader.json(nameless).provider_bet_id for _ in range(3)]
    assert len(set(ids)) == 3
    assert [second_file.json(nameless).provider_bet_id for _ in range(3)] == ids
    assert reader.counted


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1770001445, AT),
        (1770001445000, AT),
        (Decimal("1770001445.5"), AT.replace(microsecond=500_000)),
        ("1770001445000", AT),
        ("2026-02-02T04:04:05+01:00", AT),
        ("2026-02-02 03:04:05", AT),
        ("Mon, 02 Feb 2026 03:04:05 GMT", AT),
        ("yesterday", None),
        (True, None),
        (-5, None),
        (10**40, None),
        ("", None),
    ],
)
def test_times_come_as_iso_rfc_1123_and_epochs(value, expected):
    assert parse_time(value) == expected


def test_a_time_that_cannot_be_read_stays_beside_the_bet():
    bet = read({**ARCHIVED, "createdAt": "yesterday"})
    assert bet.placed_at is None
    assert bet.extra["dateTime"] == "yesterday"


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ([{"nonce": 1}, {"nonce": 2}], [{"nonce": 1}, {"nonce": 2}]),
        ({"data": [{"nonce": 1}]}, [{"nonce": 1}]),
        ({"data": {"user": {"id": "u", "houseBetList": [{"bet": {}}, {"bet": None}]}}}, [{"bet": {}}, {"bet": None}]),
        ({"data": {"bet": {"nonce": 1}}, "errors": [{"message": "x"}]}, [{"bet": {"nonce": 1}}]),
        ({"limboBet": {"amount": 1}}, [{"amount": 1}]),
        ({"data": None}, [{"data": None}]),
        (5, [5]),
    ],
)
def test_rows_are_found_in_what_wraps_them(value, rows):
    assert list(rows_of(value)) == rows


@pytest.mark.parametrize("option", [{"currency": "x" * 11}, {"game": "x" * 41}, {"server_seed_hash": "a\0"}])
def test_it_rejects_options_that_no_row_could_hold(option):
    with pytest.raises(Rejected, match="^--"):
        Defaults(**option)
