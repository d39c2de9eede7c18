"""Reading the ledger: pages by key, and what a wallet had at a version or a moment."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from ledger import queries
from ledger.operations import Kind, Op
from ledger.poster import Poster
from tests.ledger.conftest import AT, BTC, POINTS

Opener = Callable[..., int]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ann(wallet: Opener, poster: Poster) -> int:
    """A wallet with a deposit a minute of 1, 2, 3, 4 and 5, in batches of one, and two in the last."""
    made = wallet("ann")
    for minute, amounts in enumerate(([1], [2], [3], [4, 5])):
        poster.post([Op(Kind.DEPOSIT, made, uuid4(), amount) for amount in amounts], at=AT + minute * MINUTE)
    return made


def test_a_balance_then(ann: int) -> None:
    wallet = queries.find_wallet(ann)
    had = [queries.balance_at_version(wallet, version).available for version in range(6)]
    assert had == [0, 1, 3, 6, 10, 15]
    with pytest.raises(queries.NoSuchVersion):
        queries.balance_at_version(wallet, 6)
    microsecond = timedelta(microseconds=1)
    moments = [(AT - microsecond, 0), (AT, 1), (AT + MINUTE - microsecond, 1), (AT + MINUTE, 2), (AT + 2.5 * MINUTE, 3)]
    moments += [(AT + 3 * MINUTE, 5), (AT + 1_000 * MINUTE, 5)]
    assert [queries.balance_at_time(wallet, at).version for at, _ in moments] == [version for _, version in moments]
    assert queries.balance_at_time(wallet, AT + MINUTE).recorded_at == AT + MINUTE


def test_a_wallet_that_never_moved(wallet: Opener) -> None:
    empty = queries.find_wallet(wallet("bob"))
    assert queries.balance_at_time(empty, AT) == queries.Balance(0, 0, 0, None)
    assert queries.entries(empty.id) == queries.EntryPage((), None)
    with pytest.raises(queries.NoSuchWallet):
        queries.find_wallet(10**6)


def test_entries_by_page(ann: int) -> None:
    seen, after = [], 0
    while True:
        page = queries.entries(ann, after_version=after, limit=2)
        seen += [(entry.version, entry.d_available, entry.available_after) for entry in page.entries]
        if page.next_version is None:
            break
        after = page.next_version
    assert seen == [(1, 1, 1), (2, 2, 3), (3, 3, 6), (4, 4, 10), (5, 5, 15)]
    newest = queries.latest_entries(ann, limit=2)
    assert [entry.version for entry in newest.entries] == [5, 4]
    older = queries.latest_entries(ann, before_version=newest.next_version, limit=3)
    assert ([entry.version for entry in older.entries], older.next_version) == ([3, 2, 1], None)
    assert {(entry.kind, entry.journal_no, entry.recorded_at) for entry in newest.entries} == {
        (Kind.DEPOSIT, 4, AT + 3 * MINUTE)
    }


def test_wallets_by_page(wallet: Opener) -> None:
    own = [wallet("ann"), wallet("ann", "BTC"), wallet("bob")]
    assert [each.id for each in queries.wallets(owner="ann").wallets] == own[:2]
    assert [each.id for each in queries.wallets(kind="user", currency="PTS").wallets] == [own[0], own[2]]
    first = queries.wallets(kind="user", limit=2)
    assert first.next_after == own[1]
    assert queries.wallets(kind="user", after=own[1], limit=2) == queries.WalletPage(
        (queries.find_wallet(own[2]),), None
    )
    assert queries.currencies() == (BTC, POINTS)
    assert queries.find_currency("PTS") == POINTS
    assert queries.find_currency("XXX") is None
