"""Reading what the venue answers: values out of good replies, the right error out of the others, nothing else ever."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stake import errors, payloads
from stake.errors import BetNotFound, InvalidSession, SchemaChanged, VenueError
from stake.replies import Reply, read_answer, read_reply
from tests.stake import cassettes

AT = datetime(2026, 8, 8, 13, 10, tzinfo=UTC)
BETS = cassettes.load("bets")
ACCOUNT = cassettes.load("account")
REFUSALS = cassettes.load("refusals")
HASH = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"


def reply_of(entry: dict[str, Any]) -> Reply:
    body = entry["text"] if "text" in entry else json.dumps(entry["json"])
    return Reply(entry["status"], entry.get("headers", {}), body.encode())


def bet_of(name: str) -> Any:
    entry = BETS[name]
    return payloads.read_bet(read_reply(reply_of(entry), entry["operation"], at=AT))


def user_of(name: str) -> Any:
    return read_answer(json.dumps(ACCOUNT[name]), "user")


def test_it_reads_a_bet_with_nonce_and_seeds() -> None:
    bet = bet_of("limbo_graphql")
    assert (bet.id, bet.game, bet.currency) == ("7d4ac0a2-2d5b-4f0e-9f5c-6b1c1a1f0001", "limbo", "btc")
    assert (bet.amount, bet.payout, bet.multiplier) == (Decimal("1e-8"), Decimal("2e-8"), 2)
    assert (bet.nonce, bet.client_seed, bet.server_seed_hash, bet.server_seed) == (17, "a client seed", HASH, None)
    assert bet.placed_at == datetime(2026, 8, 8, 13, 9, 43, tzinfo=UTC)
    assert bet.state == {"result": Decimal("39.07902141536203"), "multiplierTarget": 2}


def test_it_reads_a_bet_that_says_less() -> None:
    bet = bet_of("limbo_rest")
    assert (bet.nonce, bet.client_seed, bet.server_seed_hash, bet.iid) == (None, None, None, None)
    assert bet.placed_at == datetime(2026, 8, 8, 13, 9, 44, tzinfo=UTC)


def test_data_counts_whatever_errors_are_beside_it() -> None:
    assert bet_of("dice_graphql").payout == Decimal("0.5")


def test_multipliers_keep_their_digits() -> None:
    assert bet_of("pump_graphql").multiplier == Decimal("1.6333333333333333")


def test_a_rest_answer_may_have_another_key() -> None:
    bet = bet_of("tower_rest_under_another_key")
    assert (bet.game, bet.placed_at) == ("dragon_tower", datetime(2026, 8, 8, 13, 9, 44, tzinfo=UTC))
    bare = BETS["tower_rest_under_another_key"]["json"]["dragonTower"]
    assert payloads.read_bet(read_answer(json.dumps(bare), "hiloBet")) == bet


@pytest.mark.parametrize("field", ["id", "amount", "payout", "payoutMultiplier", "currency", "game"])
@pytest.mark.parametrize("value", [None, True, [], {}, -1, "", "\ud800", "a\0b", 10**30, "x" * 300])
def test_a_bet_without_what_it_needs_is_refused(field: str, value: object) -> None:
    answer = {**BETS["limbo_rest"]["json"]["limboBet"], field: value}
    with pytest.raises(SchemaChanged, match=field) as refusal:
        payloads.read_bet(json.loads(json.dumps(answer), parse_float=Decimal))
    assert not refusal.value.proves_nothing_placed


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-0.1", "1e99999999999999999999", "1e-999"]
)
def test_numbers_that_are_no_amounts_are_refused(number: str) -> None:
    text = json.dumps(BETS["limbo_rest"]["json"]).replace('"amount": 0.5', f'"amount": {number}')
    with pytest.raises(SchemaChanged):
        payloads.read_bet(read_answer(text, "limboBet"))


@pytest.mark.parametrize("entry", REFUSALS, ids=lambda entry: entry["name"])
def test_every_refusal_has_its_kind_and_its_proof(entry: dict[str, Any]) -> None:
    with pytest.raises(VenueError) as refusal:
        read_reply(reply_of(entry), "limboBet", at=AT)
    assert type(refusal.value).__name__ == entry["error"]
    assert refusal.value.proves_nothing_placed is entry["proves"]
    assert len(refusal.value.message) > 20
    assert "<" not in refusal.value.message


@pytest.mark.parametrize(
    "entry", [entry for entry in REFUSALS if "errors" in entry.get("json", {})], ids=lambda entry: entry["name"]
)
def test_no_refusal_counts_where_the_bet_is_there(entry: dict[str, Any]) -> None:
    bet = BETS["limbo_graphql"]["json"]["data"]
    reply = Reply(entry["status"], {}, json.dumps({**entry["json"], "data": bet}).encode())
    assert read_reply(reply, "limboBet", at=AT)["nonce"] == 17


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("Sat, 08 Aug 2026 13:10:30 GMT", timedelta(seconds=30)),
        ("Sat, 08 Aug 2026 13:00:00 GMT", timedelta(0)),
        ("999999", timedelta(hours=1)),
        ("9" * 40, None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read(text: str, wait: timedelta | None) -> None:
    with pytest.raises(errors.RateLimited) as refusal:
        read_reply(Reply(429, {"retry-after": text}, b""), "user", at=AT)
    assert refusal.value.retry_after == wait


def test_the_venues_words_are_shown_without_what_could_be_a_secret() -> None:
    body = {"data": None, "errors": [{"message": f"Odd token {'a1' * 48} here", "errorType": "odd"}]}
    with pytest.raises(VenueError) as refusal:
        read_answer(json.dumps(body), "user")
    assert "a1a1" not in str(refusal.value)
    assert "Odd token … here" in str(refusal.value)


# --- The account ----------------------------------------------------------------------------------


def test_it_reads_a_person() -> None:
    assert payloads.read_person(user_of("person")).name == "somebody"


def test_somebody_signed_out_has_no_session() -> None:
    answer = read_reply(Reply(200, {}, json.dumps(ACCOUNT["signed_out"]).encode()), "user", at=AT, null_is_answer=True)
    with pytest.raises(InvalidSession):
        payloads.signed_in(answer)


def test_it_reads_balances() -> None:
    btc, ltc = payloads.read_balances(user_of("balances"))
    assert (btc.currency, btc.available, btc.vault) == ("btc", Decimal("0.12345678"), 0)
    assert (ltc.available, ltc.vault) == (Decimal("1e-8"), Decimal("12.5"))


def test_it_reads_the_seed_pair_and_the_open_games() -> None:
    pair = payloads.read_seed_pair(user_of("seed_pair"))
    assert (pair.nonce, pair.server_seed_hash, pair.client_seed) == (17, HASH, "a client seed")
    assert pair.open_games == ("dragon_tower", "mines")


def test_it_reads_a_rotation() -> None:
    pair = payloads.read_rotation(read_answer(json.dumps(ACCOUNT["rotation"]), "rotateSeedPair"))
    assert (pair.client_seed, pair.nonce, pair.open_games) == ("another client seed", 0, ())


def test_it_reads_the_retired_seed_and_its_absence() -> None:
    retired = payloads.read_retired_seed(user_of("retired_seed"))
    assert retired is not None
    assert (retired.server_seed, retired.nonce, retired.client_seed) == ("password", 17, "a client seed")
    assert payloads.read_retired_seed({"previousServerSeed": None}) is None


def test_it_reads_a_move_to_the_vault() -> None:
    move = payloads.read_vault_move(read_answer(json.dumps(ACCOUNT["vault"]), "createVaultDeposit"))
    assert (move.id, move.currency, move.amount) == ("v-1", "btc", Decimal("0.5"))


@pytest.mark.parametrize(
    ("reader", "user"),
    [
        (payloads.read_person, {"id": "1"}),
        (payloads.read_balances, {"balances": None}),
        (payloads.read_balances, {"balances": [None]}),
        (payloads.read_balances, {"balances": [{"available": {"amount": 1, "currency": "btc"}}]}),
        (
            payloads.read_balances,
            {"balances": [{"available": {"amount": 1, "currency": "btc"}, "vault": {"amount": 1, "currency": "eth"}}]},
        ),
        (payloads.read_seed_pair, {"activeClientSeed": {"seed": "a"}, "activeServerSeed": {"seedHash": HASH}}),
        (payloads.read_seed_pair, {"activeServerSeed": {"seedHash": HASH, "nonce": 1}}),
        (payloads.read_retired_seed, {"previousServerSeed": "x"}),
        (payloads.read_retired_seed, {"previousServerSeed": {"seed": None, "seedHash": HASH}}),
        (payloads.read_rotation, {"clientSeed": None}),
        (payloads.read_vault_move, {"id": "1", "currency": "btc", "amount": "0.5"}),
        (payloads.read_history, {}),
        (payloads.signed_in, "x"),
    ],
)
def test_an_account_without_what_it_needs_is_refused(reader: Any, user: dict[str, Any]) -> None:
    with pytest.raises(SchemaChanged):
        reader(user)


# --- Look-ups and history -------------------------------------------------------------------------


def test_it_reads_a_look_up_without_the_aliases() -> None:
    bet = payloads.read_looked_up(read_answer(json.dumps(ACCOUNT["look_up"]), "bet"))
    assert (bet.id, bet.iid, bet.nonce) == ("7d4ac0a2-2d5b-4f0e-9f5c-6b1c1a1f0002", "house:123456789", 17)
    assert bet.state == {"result": Decimal("1.0213"), "multiplierTarget": 2}


@pytest.mark.parametrize("name", ["look_up_crash"])
def test_a_look_up_of_a_shared_round_finds_no_bet_of_ours(name: str) -> None:
    with pytest.raises(BetNotFound, match="many players"):
        payloads.read_looked_up(read_answer(json.dumps(ACCOUNT[name]), "bet"))


@pytest.mark.parametrize("answer", [None, {"iid": "house:1", "bet": None}])
def test_a_look_up_of_nothing_finds_nothing(answer: Any) -> None:
    with pytest.raises(BetNotFound):
        payloads.read_looked_up(answer)


def test_history_leaves_out_what_no_single_player_made() -> None:
    (bet,) = payloads.read_history(user_of("history"))
    assert (bet.iid, bet.game, bet.nonce) == ("house:123456790", "pump", 18)
    assert bet.state == {"difficulty": "expert", "round": 4, "payoutMultiplier": 0}


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Sat, 08 Aug 2026 13:09:44 GMT", datetime(2026, 8, 8, 13, 9, 44, tzinfo=UTC)),
        ("Sat, 08 Aug 2026 13:09:44 -0000", datetime(2026, 8, 8, 13, 9, 44, tzinfo=UTC)),
        ("2026-08-08T13:09:44Z", datetime(2026, 8, 8, 13, 9, 44, tzinfo=UTC)),
        ("2026-08-08T15:09:44+02:00", datetime(2026, 8, 8, 13, 9, 44, tzinfo=UTC)),
        ("2026-08-08T13:09:44.250", datetime(2026, 8, 8, 13, 9, 44, 250_000, tzinfo=UTC)),
        (1786194584000, datetime(2026, 8, 8, 13, 9, 44, tzinfo=UTC)),
        (Decimal("1786194584000.0"), datetime(2026, 8, 8, 13, 9, 44, tzinfo=UTC)),
        (0, None),
        (True, None),
        (10**400, None),
        (Decimal("NaN"), None),
        (Decimal("Infinity"), None),
        ("yesterday", None),
        ("", None),
        ("9" * 300, None),
        (None, None),
    ],
)
def test_dates_are_read_in_three_forms(value: object, moment: datetime | None) -> None:
    assert payloads.read_moment(value) == moment


# --- Whatever the bytes are -----------------------------------------------------------------------


def read_everything(body: bytes, status: int = 200) -> list[bool]:
    """Whether each reader takes a body; what it does not take it refuses with a `VenueError` and nothing else."""
    taken = []
    for field, read in [
        ("limboBet", payloads.read_bet),
        ("bet", payloads.read_looked_up),
        *(
            ("user", reader)
            for reader in (
                payloads.read_person,
                payloads.read_balances,
                payloads.read_seed_pair,
                payloads.read_retired_seed,
                payloads.read_history,
            )
        ),
        ("rotateSeedPair", payloads.read_rotation),
    ]:
        try:
            read(read_reply(Reply(status, {}, body), field, at=AT))
            taken.append(True)
        except VenueError:
            taken.append(False)
    return taken


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"data":{"limboBet":' + b'{"state":' * 500 + b"1" + b"}" * 502,
        b" " * 10_000_000,
        b'"' + b"x" * 10_000_000 + b'"',
        b"1" * 5_000,
        b'{"data":{"limboBet":{"id":' + b"9" * 5_000 + b"}}}",
        b"\xff\xfe{}",
        b'{"errors":[null,1,"x",{"errorType":[]},{"message":{}},{"extensions":{"code":1}}]}',
        b'{"errors":{}}',
    ],
    ids=range(10),
)
def test_hostile_bodies_are_only_ever_refused(body: bytes) -> None:
    assert not any(read_everything(body))


@given(st.binary(max_size=200), st.integers(200, 599))
def test_arbitrary_bytes_are_only_ever_refused(body: bytes, status: int) -> None:
    assert not any(read_everything(body, status))


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}), st.just(10**25)
)


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in paths_of(item, (*path, key)))]


def changed(value: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    if not path:
        return leaf
    copy = value.copy()
    copy[path[0]] = changed(value[path[0]], path[1:], leaf)
    return copy


GOOD = [entry["json"] for entry in BETS.values()] + list(ACCOUNT.values())


@given(st.data())
def test_mutated_answers_are_read_or_refused(data: st.DataObject) -> None:
    answer = data.draw(st.sampled_from(GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        answer = changed(answer, data.draw(st.sampled_from(paths_of(answer))), data.draw(LEAVES))
    text = json.dumps(answer)
    kept = data.draw(st.one_of(st.just(len(text)), st.integers(0, len(text))))
    taken = read_everything(text[:kept].encode())
    # Half an answer is none, whoever reads it.
    assert kept == len(text) or not any(taken)


def test_a_state_that_could_not_be_stored_counts_as_not_told() -> None:
    answer = {**BETS["limbo_rest"]["json"]["limboBet"], "state": {"result": Decimal("Infinity")}}
    bet = payloads.read_bet({**answer, "amount": Decimal("0.5")})
    assert bet == replace(bet, state={})
