"""Mistakes that ledgers of games were made with, one test each: what went wrong, and that it cannot here.

Where another test shows it already, it is named here and not repeated:

| the mistake | where it is shown |
|---|---|
| an amount below zero, NaN or 1e999 is taken at the door | `test_wire.py`, `test_money.py`, `test_decide.py` |
| a refusal is told with a status of success | `test_wire.py::test_every_code_is_told_even_without_a_wallet` |
| what is acknowledged is written later, and lost by a crash | `test_killed.py`, `test_simulation.py` |
| a request's id is forgotten after a day, or means two things | `test_long_memory.py`, `test_engine.py` |
| two wallets of one request are changed in two steps | `test_concurrency.py`, `test_simulation.py` |
| open wagers live in the memory of one process | `test_state_machine.py` (restarts), `test_killed.py` |
| two messages end one wager twice | `test_double_spend.py::test_a_hold_is_ended_one_way_and_pays_once` |
| importing balances again doubles them | `test_importing.py` |
| events fall out of a ring buffer, their numbers begin anew | `test_wallet_events.py`, `tests/events/test_replay.py` |
| a correction needs no second person, or is approved twice at once | `test_adjustments.py` |
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4, uuid5

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Sum

from ledger import checks
from ledger.decide import State
from ledger.engine import Engine
from ledger.models import EntryRow, HoldRow, Journal, Result, WalletRow
from ledger.money import AMOUNT_MAX, parse, show
from ledger.operations import Answer, Code, Done, Kind, Op, Refused
from ledger.poster import Poster
from tests.ledger.conftest import AT, BTC

Opener = Callable[..., int]


def deposit(wallet: int, amount: int) -> Op:
    return Op(Kind.DEPOSIT, wallet, uuid4(), amount)


def place(wallet: int, amount: int, **more: Any) -> Op:
    return Op(Kind.PLACE, wallet, uuid4(), amount, **more)


def end(kind: Kind, bet: Op, amount: int = 0) -> Op:
    return Op(kind, bet.wallet_id, uuid4(), amount, hold=bet.client_id)


def has(wallet: int) -> tuple[int, int]:
    row = WalletRow.objects.get(pk=wallet)
    return row.available, row.locked


def write_as_who_posts(wallet: int, **columns: Any) -> None:
    """Change a wallet's row by hand, as somebody does who knows how posting names itself."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ledger.posting = 'on'")
        WalletRow.objects.filter(pk=wallet).update(**columns)


def only(answers: list[Answer]) -> Refused:
    (answer,) = answers
    assert isinstance(answer, Refused)
    return answer


def test_a_refusal_is_a_value_with_its_numbers(wallet: Opener, poster: Poster) -> None:
    """A refusal came as an exception: the caller lost the balance that was told with it, and took it for an outage."""
    answer = only(poster.post([place(wallet("ann"), 10)], at=AT))
    assert (answer.code, answer.need, answer.have) == (Code.INSUFFICIENT_FUNDS, 10, 0)


def test_an_outage_is_not_told_as_an_empty_wallet(wallet: Opener) -> None:
    """Whatever went wrong was answered "insufficient funds", so nobody saw that the store was down."""

    def away() -> psycopg.Connection[Any]:
        raise psycopg.OperationalError("connection refused")

    made = Engine(away, now=lambda: AT)
    answer = only(made.submit([place(wallet("ann"), 10)]).result(timeout=60))
    made.close()
    assert (answer.code, answer.have) == (Code.UNAVAILABLE, None)


@pytest.mark.parametrize("kind", [Kind.PLACE, Kind.WITHDRAW])
def test_an_amount_below_zero_is_refused_by_the_tables_alone(
    wallet: Opener, poster: Poster, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    """A wager of -50 credited the wallet. Should every rule be gone, the tables still do not hold it."""
    ann = wallet("ann")
    poster.post([deposit(ann, 100)], at=AT)
    monkeypatch.setattr(State, "_limited", lambda self, op, wallet: None)
    with pytest.raises(psycopg.errors.CheckViolation):
        poster.post([Op(kind, ann, uuid4(), -50)], at=AT)
    assert has(ann) == (100, 0)
    assert not HoldRow.objects.exists()


@pytest.mark.parametrize("texts", [["0.3", "0.1"], ["90071992.54740993", "0.00000001"], ["999999999.99999999"]])
def test_amounts_are_exact(wallet: Opener, poster: Poster, texts: list[str]) -> None:
    """0.3 - 0.1 was kept as 0.19999999999999998, and amounts of 17 digits lost their last ones."""
    coin = wallet("ann", "BTC")
    minor = [parse(text, BTC) for text in texts]
    poster.post([deposit(coin, minor[0]), *(place(coin, each) for each in minor[1:])], at=AT)
    assert has(coin) == (minor[0] - sum(minor[1:]), sum(minor[1:]))
    assert show(sum(has(coin)), BTC) == texts[0].ljust(texts[0].index(".") + 9, "0")


def test_a_thousand_times_a_tenth_is_a_hundred(wallet: Opener, poster: Poster) -> None:
    """Adding 0.1 a thousand times left 0.0000227601 too much."""
    coin = wallet("ann", "BTC")
    poster.post([deposit(coin, parse("0.1", BTC)) for _ in range(1_000)], at=AT)
    assert show(has(coin)[0], BTC) == "100.00000000"


def test_what_is_wagered_is_locked_until_it_is_settled(wallet: Opener, poster: Poster) -> None:
    """A wager was taken off the balance and was nowhere until its round ended: no open round could be reconciled."""
    ann = wallet("ann")
    poster.post([deposit(ann, 100), place(ann, 30, ref_type="round", ref_id="7"), place(ann, 20)], at=AT)
    assert has(ann) == (50, 50)
    assert HoldRow.objects.filter(wallet=ann, status="open").aggregate(all=Sum("amount")) == {"all": 50}
    assert HoldRow.objects.get(ref_type="round", ref_id="7").amount == 30
    assert checks.check() == []


def test_a_deposit_that_is_seen_again_is_credited_once(wallet: Opener, poster: Poster) -> None:
    """Every scan of the last blocks drew a new id and credited the deposit once more: 1000 became 2000 in 1.5 s."""
    ann = wallet("ann")
    seen = Op(Kind.DEPOSIT, ann, uuid5(UUID(int=0), "chain 2741, transaction 0xab, log 3, block 0xcd"), 1_000)
    for _ in range(25):
        poster.post([seen, seen], at=AT)
    assert has(ann) == (1_000, 0)
    assert EntryRow.objects.filter(client_id=seen.client_id).count() == 1


def test_a_retry_of_a_wager_that_was_taken_is_no_conflict(wallet: Opener, poster: Poster) -> None:
    """The version was compared before the id was looked up: the retry of a wager that was taken failed by its own
    success, and the player wagered again."""
    ann = wallet("ann")
    bet = place(ann, 30, expected_version=1)
    _, taken = poster.post([deposit(ann, 100), bet], at=AT)
    poster.post([deposit(ann, 1)], at=AT)
    assert isinstance(taken, Done)
    assert poster.post([bet], at=AT) == [replace(taken, replayed=True)]


def test_a_win_is_paid_for_ones_own_open_wager_once(wallet: Opener, poster: Poster) -> None:
    """Whoever called said what was wagered and won: any id paid, twice paid twice, and `locked` fell to -100."""
    ann, ben = wallet("ann"), wallet("ben")
    bet = place(ann, 100)
    poster.post([deposit(ann, 100), deposit(ben, 100), bet], at=AT)
    invented = Op(Kind.WIN, ann, uuid4(), 200, hold=uuid4())
    of_another = Op(Kind.WIN, ben, uuid4(), 200, hold=bet.client_id)
    assert {only(poster.post([op], at=AT)).code for op in (invented, of_another)} == {Code.NOT_FOUND}
    assert isinstance(poster.post([end(Kind.WIN, bet, 200)], at=AT)[0], Done)
    for kind in (Kind.WIN, Kind.LOSE, Kind.VOID):
        assert only(poster.post([end(kind, bet, 200 * (kind == Kind.WIN))], at=AT)).code == Code.HOLD_CLOSED
    assert (has(ann), has(ben)) == ((200, 0), (100, 0))


def test_locked_is_never_below_zero_whoever_writes(wallet: Opener, poster: Poster) -> None:
    """`locked` was clamped at zero with max(locked - x, 0), which hid that it had drifted."""
    ann = wallet("ann")
    poster.post([deposit(ann, 100), place(ann, 10)], at=AT)
    with pytest.raises(DatabaseError, match="wallet_locked_not_negative"):
        write_as_who_posts(ann, locked=F("locked") - 11, version=F("version") + 1)


@pytest.mark.parametrize("kind", [Kind.WIN, Kind.DEPOSIT])
def test_nothing_is_written_for_a_wallet_that_is_missing(ledger: None, poster: Poster, kind: Kind) -> None:
    """A win for an account that did not exist was written into the ledger and credited to nobody."""
    answer = only(poster.post([Op(kind, 10**12, uuid4(), 50, hold=uuid4())], at=AT))
    assert (answer.code, answer.which) == (Code.NOT_FOUND, "wallet")
    assert not any(model.objects.exists() for model in (EntryRow, Result, Journal))
    assert {each for row in WalletRow.objects.all() for each in (row.available, row.locked)} == {0}


@pytest.fixture
def history(wallet: Opener, poster: Poster) -> int:
    """The wallet of ann, who has done everything once, over several batches and two currencies."""
    ann, ben, coin = wallet("ann"), wallet("ben"), wallet("ann", "BTC")
    bets = [place(ann, amount) for amount in (100, 40, 30, 20)]
    out, back = (Op(Kind.WITHDRAW, ann, uuid4(), amount) for amount in (50, 60))
    gift = Op(Kind.TRANSFER, ann, uuid4(), 15, other_wallet_id=ben)
    for ops in (
        [deposit(ann, 900), deposit(coin, 10**15), place(coin, 10**14)],
        [*bets, out, back, gift, Op(Kind.ADJUST, ann, uuid4(), -7, reason="counted twice")],
        [end(Kind.WIN, bets[0], 250), end(Kind.LOSE, bets[1]), end(Kind.VOID, bets[2])],
        [end(Kind.SETTLE_WITHDRAWAL, out), end(Kind.REJECT_WITHDRAWAL, back)],
        [Op(Kind.REVERSE, ann, uuid4(), undone=gift.client_id), Op(Kind.ADJUST, coin, uuid4(), 3, reason="ü")],
    ):
        assert all(isinstance(answer, Done) for answer in poster.post(ops, at=AT))
    return ann


def test_what_one_loses_somebody_has(history: int) -> None:
    """There was one entry for each change, and no house: what was lost vanished, and no sum could be zero."""
    sums = EntryRow.objects.values("wallet__currency").annotate(all=Sum(F("d_available") + F("d_locked")))
    assert {row["wallet__currency"]: row["all"] for row in sums} == {"PTS": 0, "BTC": 0}
    each = EntryRow.objects.values("journal", "wallet__currency").annotate(all=Sum(F("d_available") + F("d_locked")))
    assert {row["all"] for row in each} == {0}
    house = WalletRow.objects.filter(kind="house", currency="PTS").aggregate(all=Sum("available"))
    assert house["all"] == -150 + 40 + 7  # ann's win, her loss, and the correction


def test_a_right_history_reconciles(history: int) -> None:
    """The reconciliation counted wins without their wagers and no corrections: an alarm after every right history."""
    row = WalletRow.objects.get(pk=history)
    entries = EntryRow.objects.filter(wallet=history)
    sums = entries.aggregate(available=Sum("d_available"), locked=Sum("d_locked"))
    last = entries.latest("version")
    assert (row.available, row.locked) == (900 + 150 - 40 - 7 - 50 - 20, 20)
    assert (row.available, row.locked) == (sums["available"], sums["locked"])
    assert (row.available, row.locked, row.version) == (last.available_after, last.locked_after, last.version)
    assert checks.check() == []


def test_undoing_keeps_what_came_later(wallet: Opener, poster: Poster) -> None:
    """Undoing wrote the balance from before back, and with it erased whatever had moved since."""
    ann = wallet("ann")
    first = deposit(ann, 100)
    poster.post([first, deposit(ann, 500), place(ann, 40)], at=AT)
    poster.post([Op(Kind.REVERSE, ann, uuid4(), undone=first.client_id)], at=AT)
    assert has(ann) == (460, 40)
    assert EntryRow.objects.filter(wallet=ann).count() == 4


def test_sums_have_no_limit_of_rows_and_no_last_digit_to_lose(ledger: None, poster: Poster) -> None:
    """Sums were read a thousand rows at a time and as doubles: beyond either, a difference of one unit was zero."""
    large = AMOUNT_MAX // 100
    opened = [WalletRow(owner=f"player {number}", currency_id="BTC", opened_at=AT) for number in range(1_100)]
    wallets = [row.pk for row in WalletRow.objects.bulk_create(opened)]
    poster.post([deposit(each, large) for each in wallets], at=AT)
    assert len(wallets) * large > 2**53
    assert checks.check() == []
    write_as_who_posts(wallets[-1], available=large + 1, version=2)
    told = {breach.invariant: breach.text for breach in checks.check()}
    assert told["I1"] == "BTC adds up to 1"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_wallet SET available = available + 100 WHERE id = %s",
        "UPDATE ledger_wallet SET locked = 0 WHERE id = %s",
        "UPDATE ledger_wallet SET available = available + 100, version = version - 1 WHERE id = %s",
        "UPDATE ledger_wallet SET available = available + 100, version = version + 1 WHERE id = %s",
        "UPDATE ledger_entry SET available_after = available_after + 100 WHERE wallet_id = %s",
        "DELETE FROM ledger_entry WHERE wallet_id = %s",
    ],
)
def test_a_balance_is_not_corrected_by_hand(history: int, statement: str) -> None:
    """The book of rules for operators corrected balances by UPDATE; the ledger then said something else for ever."""
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [history])
    assert checks.check() == []


def test_a_one_sided_correction_is_noticed(history: int) -> None:
    """… or by an INSERT of one side. Who owns the tables can do that; every check then names wallet and journal."""
    row = WalletRow.objects.get(pk=history)
    journal = Journal.objects.latest("no")
    EntryRow.objects.create(
        wallet=row,
        version=row.version + 1,
        journal=journal,
        kind=Kind.ADJUST,
        d_available=100,
        d_locked=0,
        available_after=row.available + 100,
        locked_after=row.locked,
    )
    write_as_who_posts(history, available=row.available + 100, version=row.version + 1)
    told = checks.check()
    assert {"I1", "I10"} <= {breach.invariant for breach in told}
    assert any(f"journal {journal.no} " in breach.text for breach in told)
