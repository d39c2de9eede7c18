"""Wallets' currencies, remembered."""

from collections.abc import Collection

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.audit import By
from ledger.directory import Directory
from ledger.money import Currency
from ledger.services import add_currency, open_wallet

EURO = Currency("EUR", 2)


class Shelf:
    """Stands in for the database: every even wallet is one of euros; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def look_up(self, wallet_ids: Collection[int]) -> dict[int, Currency]:
        self.asked.append(sorted(wallet_ids))
        return {each: EURO for each in wallet_ids if each % 2 == 0}


@pytest.mark.django_db
def test_it_works(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    now = timezone.now()
    add_currency(Currency("EUR", 2, least=10, most=1000), by=By.command_line(), at=now)
    add_currency(Currency("BTC", 8), by=By.command_line(), at=now)
    euros = open_wallet(owner="ann", currency="EUR", at=now)
    coins = open_wallet(owner="ann", currency="BTC", at=now)
    directory = Directory()
    with django_assert_num_queries(1):
        assert directory.currencies([euros, coins, 10**9]) == {euros: EURO, coins: Currency("BTC", 8)}
    with django_assert_num_queries(0):
        assert directory.currency(euros) == directory.known(euros) == EURO
        assert directory.known(10**9) is None
    with django_assert_num_queries(1):
        assert directory.currency(10**9) is None


def test_what_is_not_there_is_asked_for_again() -> None:
    shelf = Shelf()
    directory = Directory(shelf.look_up)
    assert [directory.currency(7), directory.currency(7), directory.currency(8), directory.currency(8)] == [
        None,
        None,
        EURO,
        EURO,
    ]
    assert shelf.asked == [[7], [7], [8]]


@pytest.mark.parametrize("wallet_id", [0, -2, 2**63, 10**4000])
def test_an_id_that_no_wallet_can_have_asks_nobody(wallet_id: int) -> None:
    shelf = Shelf()
    assert Directory(shelf.look_up).currency(wallet_id) is None
    assert shelf.asked == []


def test_many_are_one_question_and_known_ones_are_left_out() -> None:
    shelf = Shelf()
    directory = Directory(shelf.look_up)
    directory.currency(2)
    assert directory.currencies([2, 4, 6, 6, 5]) == {2: EURO, 4: EURO, 6: EURO}
    assert shelf.asked == [[2], [4, 5, 6]]


def test_its_memory_is_bounded() -> None:
    shelf = Shelf()
    directory = Directory(shelf.look_up, remembered_max=3)
    for wallet_id in (2, 4, 6, 8):
        assert directory.currency(wallet_id) == EURO
    assert [directory.known(each) for each in (2, 4, 6, 8)] == [None, None, None, EURO]
