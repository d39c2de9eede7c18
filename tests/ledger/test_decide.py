"""The rules of money, against a table of cases and against a model that knows nothing of how they are written."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.decide import State, Wallet
from ledger.money import BALANCE_MAX, Currency
from ledger.operations import SETTLING, Answer, Code, Done, Kind, Op, Refused

CURRENCIES = {"PTS": Currency("PTS", 2, least=1, most=1_000), "BTC": Currency("BTC", 8)}
HOUSE = {"PTS": 1, "BTC": 2}
WORLD = {"PTS": 3, "BTC": 4}
ANN, BEN, COIN = 10, 11, 12  # wallets; the third is of another currency


def state(**available: int) -> State:
    wallets = {
        number: Wallet(number, currency, allow_negative=True)
        for group in (HOUSE, WORLD)
        for currency, number in group.items()
    }
    wallets |= {
        ANN: Wallet(ANN, "PTS", available.get("ann", 0)),
        BEN: Wallet(BEN, "PTS", available.get("ben", 0)),
        COIN: Wallet(COIN, "BTC", available.get("coin", 0)),
    }
    return State(wallets, CURRENCIES, HOUSE, WORLD)


def cid(number: int) -> UUID:
    return UUID(int=number)


def place(number: int, amount: int, wallet: int = ANN, **more: object) -> Op:
    return Op(Kind.PLACE, wallet, cid(number), amount, **more)  # type: ignore[arg-type]


def ending(kind: Kind, number: int, hold: int, amount: int = 0, wallet: int = ANN) -> Op:
    return Op(kind, wallet, cid(number), amount, hold=cid(hold))


def held(state: State) -> dict[int, tuple[int, int]]:
    return {number: (wallet.available, wallet.locked) for number, wallet in state.wallets.items()}


def test_a_bet_touches_nobody_else():
    found = state(ann=100)
    assert found.decide_all([place(1, 30)]) == [Done(ANN, cid(1), 70, 30, 1)]
    (entry,) = found.entries
    assert entry[:7] == (ANN, 1, Kind.PLACE, -30, 30, 70, 30)


@pytest.mark.parametrize(
    ("ops", "ann", "house"),
    [
        ([ending(Kind.WIN, 2, 1, 75)], (145, 0), -45),
        ([ending(Kind.WIN, 2, 1, 10)], (80, 0), 20),
        ([ending(Kind.LOSE, 2, 1)], (70, 0), 30),
        ([ending(Kind.VOID, 2, 1)], (100, 0), 0),
    ],
    ids=["won", "won less than wagered", "lost", "void"],
)
def test_a_hold_ends_once(ops, ann, house):
    found = state(ann=100)
    found.decide_all([place(1, 30), *ops])
    assert held(found)[ANN] == ann
    assert held(found)[HOUSE["PTS"]] == (house, 0)
    again = found.decide_all([replace(op, client_id=cid(9)) for op in ops])
    assert [answer.code for answer in again] == [Code.HOLD_CLOSED]
    assert held(found)[ANN] == ann


def test_five_bets_of_ten_on_ten():
    found = state(ann=10)
    answers = found.decide_all([place(number, 10) for number in range(1, 6)])
    assert [type(answer) for answer in answers] == [Done, *[Refused] * 4]
    assert {(answer.code, answer.need, answer.have) for answer in answers[1:]} == {(Code.INSUFFICIENT_FUNDS, 10, 0)}


def test_five_bets_upon_the_same_version():
    found = state(ann=100)
    answers = found.decide_all([place(number, 10, expected_version=0) for number in range(1, 6)])
    assert isinstance(answers[0], Done)
    assert {(answer.code, answer.expected, answer.actual) for answer in answers[1:]} == {(Code.VERSION_CONFLICT, 0, 1)}


def test_a_retry_of_what_was_done_is_answered_as_then_whatever_its_version():
    found = state(ann=100)
    first, _, again = found.decide_all(
        [place(1, 30, expected_version=0), place(2, 5), place(1, 30, expected_version=0)]
    )
    assert again == replace(first, replayed=True)
    assert len(found.entries) == 2


def test_a_late_duplicate_of_what_was_refused_cannot_succeed():
    found = state(ann=10)
    refused, _, again = found.decide_all([place(1, 50), Op(Kind.DEPOSIT, ANN, cid(2), 100), place(1, 50)])
    assert again == replace(refused, replayed=True)
    assert held(found)[ANN] == (110, 0)


def test_a_client_id_means_one_request_for_ever():
    found = state(ann=100)
    _, other = found.decide_all([place(1, 30), place(1, 31)])
    assert other.code == Code.IDEMPOTENCY_MISMATCH
    assert found.decide(place(1, 30)).replayed


def test_another_wallets_client_id_is_another_request():
    found = state(ann=100, ben=100)
    assert [type(answer) for answer in found.decide_all([place(1, 30), place(1, 30, BEN)])] == [Done, Done]


@pytest.mark.parametrize(
    ("op", "code", "which"),
    [
        (place(1, 0), Code.LIMIT, "least"),
        (place(1, -5), Code.LIMIT, "least"),
        (place(1, 1_001), Code.LIMIT, "most"),
        (place(1, 5, wallet=99), Code.NOT_FOUND, "wallet"),
        (ending(Kind.WIN, 1, 7, 5), Code.NOT_FOUND, "hold"),
        (Op(Kind.TRANSFER, ANN, cid(1), 5, other_wallet_id=COIN), Code.NOT_FOUND, "other_wallet"),
        (Op(Kind.TRANSFER, ANN, cid(1), 5, other_wallet_id=ANN), Code.NOT_FOUND, "other_wallet"),
        (Op(Kind.TRANSFER, ANN, cid(1), 5), Code.NOT_FOUND, "other_wallet"),
        (Op(Kind.TRANSFER, ANN, cid(1), -5, other_wallet_id=BEN), Code.LIMIT, "least"),
        (Op(Kind.DEPOSIT, ANN, cid(1), -5), Code.LIMIT, "least"),
        (Op(Kind.WITHDRAW, ANN, cid(1), -5), Code.LIMIT, "least"),
        (Op(Kind.REVERSE, ANN, cid(1), undone=cid(7)), Code.NOT_FOUND, "undone"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(op, code, which):
    found = state(ann=10_000, coin=10_000)
    before = held(found)
    (answer,) = found.decide_all([op])
    assert isinstance(answer, Refused)
    assert (answer.code, answer.which) == (code, which)
    assert held(found) == before
    assert not found.entries


def test_a_bet_cannot_be_ended_as_a_withdrawal_nor_the_other_way_round():
    found = state(ann=100)
    found.decide_all([place(1, 30), Op(Kind.WITHDRAW, ANN, cid(2), 20)])
    answers = found.decide_all(
        [ending(Kind.REJECT_WITHDRAWAL, 3, 1), ending(Kind.VOID, 4, 2), ending(Kind.WIN, 5, 2, 9)]
    )
    assert {answer.code for answer in answers} == {Code.NOT_FOUND}


def test_a_withdrawal_leaves_for_the_world():
    found = state(ann=100)
    found.decide_all([Op(Kind.WITHDRAW, ANN, cid(1), 60), ending(Kind.SETTLE_WITHDRAWAL, 2, 1)])
    assert (held(found)[ANN], held(found)[WORLD["PTS"]]) == ((40, 0), (60, 0))


def test_what_was_done_is_undone_once():
    found = state()
    found.decide_all([Op(Kind.DEPOSIT, ANN, cid(1), 100), Op(Kind.TRANSFER, ANN, cid(2), 30, other_wallet_id=BEN)])
    undo = Op(Kind.REVERSE, ANN, cid(3), undone=cid(2))
    done, twice = found.decide_all([undo, replace(undo, client_id=cid(4))])
    assert isinstance(done, Done)
    assert twice.code == Code.HOLD_CLOSED
    assert (held(found)[ANN], held(found)[BEN]) == ((100, 0), (0, 0))


def test_what_was_spent_meanwhile_cannot_be_undone():
    found = state()
    found.decide_all([Op(Kind.DEPOSIT, ANN, cid(1), 100), place(2, 80)])
    (answer,) = found.decide_all([Op(Kind.REVERSE, ANN, cid(3), undone=cid(1))])
    assert (answer.code, answer.need, answer.have) == (Code.INSUFFICIENT_FUNDS, 100, 20)


def test_no_balance_outgrows_its_column():
    found = state(coin=BALANCE_MAX - 10)
    answers = found.decide_all([Op(Kind.DEPOSIT, COIN, cid(1), 10), Op(Kind.DEPOSIT, COIN, cid(2), 1)])
    assert isinstance(answers[0], Done)
    assert (answers[1].code, answers[1].which) == (Code.LIMIT, "balance")


def test_the_house_gets_one_entry_a_batch():
    found = state(ann=1_000)
    found.decide_all([op for n in range(1, 20, 2) for op in (place(n, 10), ending(Kind.LOSE, n + 1, n))])
    house = [entry for entry in found.entries if entry.wallet_id == HOUSE["PTS"]]
    assert [(entry.kind, entry.d_available, entry.version) for entry in house] == [(Kind.COUNTERPART, 100, 1)]


# --- Against a model --------------------------------------------------------------------------------------

wallets = st.sampled_from([ANN, BEN, COIN])
ids = st.integers(1, 12).map(cid)
ops = st.lists(
    st.builds(
        Op,
        kind=st.sampled_from([kind for kind in Kind if kind != Kind.COUNTERPART]),
        wallet_id=wallets,
        client_id=ids,
        amount=st.integers(-20, 120),
        expected_version=st.none() | st.integers(0, 4),
        hold=ids,
        other_wallet_id=st.none() | wallets,
        undone=ids,
    ),
    max_size=40,
)


class Model:
    """Balances by hand: what each request should do, one after the other, without versions, entries or batches."""

    def __init__(self) -> None:
        self.free = {ANN: 100, BEN: 50, COIN: 0}
        self.held: dict[tuple[int, UUID], tuple[Kind, int]] = {}
        self.moved: dict[tuple[int, UUID], tuple[int, int | None]] = {}

    def allows(self, op: Op) -> bool:
        amount, free, key = op.amount, self.free[op.wallet_id], (op.wallet_id, op.hold)
        currency = CURRENCIES["BTC" if op.wallet_id == COIN else "PTS"]
        usual = amount >= currency.least and (not currency.most or amount <= currency.most)
        match op.kind:
            case Kind.DEPOSIT:
                return usual
            case Kind.PLACE | Kind.WITHDRAW:
                return usual and free >= amount
            case Kind.TRANSFER:
                pair = {op.wallet_id, op.other_wallet_id}
                return pair == {ANN, BEN} and usual and free >= amount
            case Kind.ADJUST:
                return free + min(amount, 0) >= 0
            case Kind.REVERSE:
                amount, other = self.moved.get((op.wallet_id, op.undone), (0, None))
                loser = op.wallet_id if amount > 0 else other
                return (op.wallet_id, op.undone) in self.moved and (loser is None or self.free[loser] >= abs(amount))
            case _:
                bet = op.kind in (Kind.WIN, Kind.LOSE, Kind.VOID)
                return key in self.held and (self.held[key][0] == Kind.PLACE) == bet

    def apply(self, op: Op) -> None:
        wallet, own = op.wallet_id, (op.wallet_id, op.client_id)
        if op.kind in SETTLING:
            _, amount = self.held.pop((wallet, op.hold))
            back = {Kind.WIN: op.amount, Kind.VOID: amount, Kind.REJECT_WITHDRAWAL: amount}.get(op.kind, 0)
            self.free[wallet] += back
        elif op.kind in (Kind.PLACE, Kind.WITHDRAW):
            self.free[wallet] -= op.amount
            self.held[own] = (op.kind, op.amount)
        else:
            amount, other = {
                Kind.TRANSFER: (-op.amount, op.other_wallet_id),
                Kind.REVERSE: (0, None),
            }.get(op.kind, (op.amount, None))
            if op.kind == Kind.REVERSE:
                amount, other = self.moved.pop((wallet, op.undone))
                amount = -amount
            else:
                self.moved[own] = (amount, other)
            self.free[wallet] += amount
            if other is not None:
                self.free[other] -= amount


def sensible(op: Op) -> Op:
    """What the edge lets through: a payout is not below zero, an adjustment is not of nothing."""
    if op.kind == Kind.WIN:
        return replace(op, amount=abs(op.amount))
    return replace(op, amount=op.amount or 1) if op.kind == Kind.ADJUST else op


@settings(max_examples=400)
@given(ops, st.integers(1, 10))
def test_it_does_what_the_model_does(wanted, size):
    found, model = state(ann=100, ben=50), Model()
    answered: dict[tuple[int, UUID], tuple[bytes, Answer]] = {}
    wanted = [sensible(op) for op in wanted]
    for start in range(0, len(wanted), size):
        batch = wanted[start : start + size]
        versions = []
        for op, answer in zip(batch, found.decide_all(batch), strict=True):
            key = (op.wallet_id, op.client_id)
            if key in answered:
                fingerprint, first = answered[key]
                expected = replace(first, replayed=True) if fingerprint == op.fingerprint() else None
                assert answer == expected or (expected is None and answer.code == Code.IDEMPOTENCY_MISMATCH)
                continue
            answered[key] = (op.fingerprint(), answer)
            if isinstance(answer, Refused) and answer.code == Code.VERSION_CONFLICT:
                assert op.expected_version == answer.expected != answer.actual
                continue
            assert isinstance(answer, Done) == model.allows(op), (op, answer)
            if isinstance(answer, Done):
                model.apply(op)
                assert (answer.available, answer.locked) == (model.free[op.wallet_id], locked_of(model, op.wallet_id))
                versions.append(answer.version)
        assert_invariants(found, model)


def locked_of(model: Model, wallet: int) -> int:
    return sum(amount for (owner, _), (_, amount) in model.held.items() if owner == wallet)


def assert_invariants(found: State, model: Model) -> None:
    for wallet in (ANN, BEN, COIN):
        assert held(found)[wallet] == (model.free[wallet], locked_of(model, wallet))
        assert min(held(found)[wallet]) >= 0
    for currency in CURRENCIES:
        of = [entry for entry in found.entries if found.wallets[entry.wallet_id].currency == currency]
        assert sum(entry.d_available + entry.d_locked for entry in of) == 0
    for number, wallet in found.wallets.items():
        own = [entry for entry in found.entries if entry.wallet_id == number]
        assert [entry.version for entry in own] == list(range(1, len(own) + 1))
        if own:
            assert (own[-1].available_after, own[-1].locked_after) == (wallet.available, wallet.locked)
