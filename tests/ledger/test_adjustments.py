"""Adjustments: one asks, another decides, and what is approved is posted exactly once whatever happens in between.

An operator who corrects a balance by hand, on one side and with nobody looking, is how books go wrong unnoticed. Here a
correction has a reason and a second person, and its other side is the house's.
"""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.audit import By
from accounts.models import AuditRow
from ledger import adjustments, checks, posting, queries, services
from ledger.adjustment_models import Adjustment
from ledger.adjustments import Caller
from ledger.operations import Done, Kind, Op
from tests.ledger.conftest import AT, POINTS

Opener = Callable[..., int]
BEA = Caller(By("bea", "user"), "bea")
OLGA = Caller(By("olga", "user"), "olga")
BOT_OF_BEA = Caller(By("support bot", "token"), "bea")
BOT_OF_NOBODY = Caller(By("support bot", "token"))


@pytest.fixture
def ann(wallet: Opener) -> int:
    """A wallet with 5.00."""
    made = wallet("ann")
    assert isinstance(posting.post_one(Op(Kind.DEPOSIT, made, uuid4(), 500)), Done)
    return made


def ask(wallet_id: int, amount: int = -200, *, client_id: UUID | None = None, caller: Caller = BEA) -> UUID:
    """An adjustment that waits."""
    key = client_id or uuid4()
    adjustments.ask(client_id=key, wallet_id=wallet_id, amount=amount, reason="paid twice", caller=caller, at=AT)
    return key


def approve(key: UUID, caller: Caller = OLGA) -> None:
    adjustments.approve(adjustment_id=key, caller=caller, at=AT)


def refuse(key: UUID, caller: Caller = OLGA) -> None:
    adjustments.refuse(adjustment_id=key, caller=caller, at=AT)


def actions() -> list[tuple[str, str]]:
    return list(
        AuditRow.objects.filter(action__startswith="ledger.adjustment")
        .order_by("pk")
        .values_list("action", "actor_name")
    )


def available(wallet_id: int) -> int:
    return queries.find_wallet(wallet_id).available


def test_it_works(ann: int) -> None:
    key = ask(ann)
    assert available(ann) == 500
    assert queries.find_adjustment(key).status == "waiting"
    approve(key)
    approve(key)  # says the same, and does nothing more
    found = queries.find_adjustment(key)
    assert (found.status, found.asked_by, found.decided_by, found.decided_at) == ("approved", "bea", "olga", AT)
    (entry,) = queries.latest_entries(ann, limit=1).entries
    assert (entry.kind, entry.d_available, entry.client_id) == (Kind.ADJUST, -200, key)
    assert (entry.ref_type, entry.ref_id, entry.reason) == ("adjustment", str(key), "paid twice")
    assert available(ann) == 300
    assert actions() == [("ledger.adjustment.asked", "bea"), ("ledger.adjustment.approved", "olga")]
    assert checks.check() == []


def test_it_is_refused(ann: int) -> None:
    key = ask(ann)
    refuse(key)
    refuse(key)
    with pytest.raises(adjustments.AlreadyDecided, match="refused by olga"):
        approve(key)
    assert available(ann) == 500
    assert actions()[1:] == [("ledger.adjustment.refused", "olga")]


def test_what_is_approved_cannot_be_refused(ann: int) -> None:
    key = ask(ann)
    approve(key)
    with pytest.raises(adjustments.AlreadyDecided, match="approved by olga"):
        refuse(key)


@pytest.mark.parametrize(
    ("asked", "decided"),
    [(BEA, BEA), (BOT_OF_BEA, BEA), (BEA, BOT_OF_BEA), (BOT_OF_BEA, BOT_OF_BEA), (BOT_OF_NOBODY, BOT_OF_NOBODY)],
)
def test_nobody_decides_about_their_own(ann: int, asked: Caller, decided: Caller) -> None:
    key = ask(ann, caller=asked)
    for decide in (approve, refuse):
        with pytest.raises(adjustments.OwnAdjustment):
            decide(key, decided)
    assert available(ann) == 500
    assert queries.find_adjustment(key).status == "waiting"


def test_what_the_ledger_refuses_keeps_waiting(ann: int) -> None:
    key = ask(ann, -501)
    with pytest.raises(adjustments.NotPosted) as refused:
        approve(key)
    assert (refused.value.answer.need, refused.value.answer.have) == (501, 500)
    assert queries.find_adjustment(key).status == "waiting"
    refuse(key)


def test_approving_again_finishes_what_a_dead_process_began(ann: int, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ask(ann)

    def die(*_args: Any, **_named: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(adjustments, "_mark", die)
        with pytest.raises(SystemExit):
            approve(key)
    assert (available(ann), queries.find_adjustment(key).status) == (300, "waiting")
    # The money has moved, so it cannot be refused any more.
    with pytest.raises(adjustments.AlreadyDecided, match="done already"):
        refuse(key)
    approve(key)
    assert (available(ann), queries.find_adjustment(key).status) == (300, "approved")
    assert checks.check() == []


def test_approving_and_refusing_at_once_does_one(ann: int) -> None:
    key = ask(ann)
    gate = threading.Barrier(6)
    failures: list[str] = []

    def decide(how: Callable[[UUID], None]) -> None:
        gate.wait()
        try:
            how(key)
        except adjustments.AlreadyDecided as error:
            failures.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(how,)) for how in (approve, refuse) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status = queries.find_adjustment(key).status
    assert (status, available(ann)) in {("approved", 300), ("refused", 500)}
    assert len(failures) == 3
    assert len(actions()) == 2


def test_the_same_id_is_the_same_adjustment(ann: int, wallet: Opener) -> None:
    key = ask(ann)
    assert not adjustments.ask(client_id=key, wallet_id=ann, amount=-200, reason="paid twice", caller=OLGA, at=AT)
    for other, amount in ((ann, -100), (wallet("bob"), -200)):
        with pytest.raises(adjustments.IdTaken):
            ask(other, amount, client_id=key)
    used = uuid4()
    posting.post_one(Op(Kind.PLACE, ann, used, 100))
    with pytest.raises(adjustments.IdTaken):
        ask(ann, client_id=used)
    assert len(actions()) == 1
    assert [each.id for each in queries.adjustments().adjustments] == [key]


def test_wallets_of_the_house_have_none(ledger: None) -> None:
    house = queries.wallets(kind="house", currency="PTS", limit=1).wallets[0]
    with pytest.raises(adjustments.NotAdjustable):
        ask(house.id)


def test_there_is_no_such_adjustment(ledger: None) -> None:
    for decide in (approve, refuse):
        with pytest.raises(adjustments.NoSuchAdjustment):
            decide(uuid4())


def test_the_list_goes_on(ann: int, wallet: Opener) -> None:
    keys = [ask(ann) for _ in range(3)]
    other = ask(wallet("bob"))
    approve(keys[1])
    seen: list[UUID] = []
    after = None
    while True:
        page = queries.adjustments(after=after, limit=2)
        seen += [each.id for each in page.adjustments]
        if (after := page.next_after) is None:
            break
    assert seen == sorted([*keys, other], reverse=True)  # asked for at the same moment
    assert {each.id for each in queries.adjustments(status="waiting", wallet_id=ann).adjustments} == {keys[0], keys[2]}
    with pytest.raises(queries.NoSuchAdjustment):
        queries.adjustments(after=uuid4())


# --- Held by the database ---------------------------------------------------------------------------

DECIDED = {"status": "approved", "decided_by": "olga", "decided_by_kind": "user", "decided_at": AT}


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("adjustment_has_a_reason", {"reason": "  "}),
        ("adjustment_amount_in_range", {"amount": 0}),
        ("adjustment_amount_in_range", {"amount": 10**17 + 1}),
        ("adjustment_asked_by_someone", {"asked_by": ""}),
        ("adjustment_decided_or_waiting", {"status": "approved"}),
        ("adjustment_decided_or_waiting", {"decided_by": "olga"}),
        ("adjustment_decided_or_waiting", {"decided_at": AT}),
        ("adjustment_decided_or_waiting", {**DECIDED, "status": "perhaps"}),
        ("adjustment_decided_by_another", {**DECIDED, "decided_by": "bea"}),
        ("adjustment_decided_by_another_person", {**DECIDED, "asked_person": "olga", "decided_person": "olga"}),
    ],
)
def test_the_database_refuses(db: None, constraint: str, fields: dict[str, Any]) -> None:
    wallet_id = _wallet_row()
    good = {
        "wallet_id": wallet_id,
        "amount": 1,
        "reason": "x",
        "asked_by": "bea",
        "asked_by_kind": "user",
        "asked_at": AT,
    }
    Adjustment.objects.create(id=uuid4(), **good, **DECIDED)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Adjustment.objects.create(id=uuid4(), **{**good, **fields})


def test_the_database_keeps_what_was_asked_and_decided(db: None) -> None:
    wallet_id = _wallet_row()
    good = {
        "wallet_id": wallet_id,
        "amount": 1,
        "reason": "x",
        "asked_by": "bea",
        "asked_by_kind": "user",
        "asked_at": AT,
    }
    waiting = Adjustment.objects.create(id=uuid4(), **good)
    decided = Adjustment.objects.create(id=uuid4(), **good, **DECIDED)
    for row, change in ((waiting, {"amount": 2}), (waiting, {"reason": "y"}), (decided, {"status": "waiting"})):
        with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
            Adjustment.objects.filter(pk=row.pk).update(**change)
    for row in (waiting, decided):
        with pytest.raises(IntegrityError, match="decided once"), transaction.atomic():
            Adjustment.objects.filter(pk=row.pk).delete()


def _wallet_row() -> int:
    services.add_currency(POINTS, by=By.command_line(), at=AT)
    return services.open_wallet(owner="ann", currency="PTS", at=AT)
