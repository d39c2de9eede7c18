"""Operator families: what is one voice, and what only looks like one."""

from collections import Counter
from itertools import combinations

import pytest

from markets.families import FAMILIES, family_of
from markets.quotes import Market, Side
from tests.markets.recordings import needs_recordings, polls_of_csv


@pytest.mark.parametrize(
    ("book", "family"),
    [
        ("lowvig", "betonlineag"),
        ("betonlineag", "betonlineag"),
        ("neds", "ladbrokes_au"),
        ("hardrockbet_fl", "hardrockbet"),
        ("betfair_ex_au", "betfair_ex"),
        ("betus", "betus"),  # close to betonlineag, and not it
        ("coral", "coral"),
        ("a book nobody knows", "a book nobody knows"),
    ],
)
def test_a_book_speaks_for_its_family(book: str, family: str) -> None:
    assert family_of(book) == family


def test_no_book_is_in_two_families_nor_a_family_in_another() -> None:
    books = [book for family in FAMILIES for book in family.books]
    assert len(books) == len(set(books))
    for family in FAMILIES:
        assert len(family.books) >= 2
        assert family.evidence
        # A family's name is never another family's book: `family_of` twice is `family_of` once.
        assert family_of(family.name) == family.name


@needs_recordings
def test_the_recordings_have_one_pair_of_twins() -> None:
    standing: dict[str, dict[str, float]] = {}
    both: Counter[tuple[str, str]] = Counter()
    same: Counter[tuple[str, str]] = Counter()
    for poll in polls_of_csv("wnba_2026"):
        for change in poll.changes:
            if change.market is Market.H2H and change.side is Side.HOME:
                prices = standing.setdefault(change.event, {})
                if change.quote is None:
                    prices.pop(change.book, None)
                else:
                    prices[change.book] = change.quote.price
        for listed in poll.listed:
            if poll.at < listed.commences:
                prices = standing.get(listed.event, {})
                for two in combinations(sorted(prices), 2):
                    both[two] += 1
                    same[two] += prices[two[0]] == prices[two[1]]
    twins = {two for two, polls in both.items() if polls >= 30 and same[two] >= 0.99 * polls}
    assert twins == {("betonlineag", "lowvig")}
    assert both["betonlineag", "lowvig"] == 9373
    assert same["betonlineag", "lowvig"] / 9373 == pytest.approx(0.9948, abs=5e-5)
    assert same["betus", "lowvig"] / both["betus", "lowvig"] == pytest.approx(0.6033, abs=5e-5)
