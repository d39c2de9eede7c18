"""Ids of bets in the forms in which people have them."""

import pytest

from fairness.errors import InvalidInput
from stake.references import BetReference, read_reference

UUID = "7d4ac0a2-2d5b-4f0e-9f5c-6b1c1a1f0001"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("house:123456789", BetReference(iid="house:123456789")),
        (" House: 123,456,789 ", BetReference(iid="house:123456789")),
        ("casino:42", BetReference(iid="casino:42")),
        (UUID, BetReference(bet_id=UUID)),
        (UUID.upper().replace("-", ""), BetReference(bet_id=UUID)),
        (f"https://stake.com/?betId={UUID}&modal=bet", BetReference(bet_id=UUID)),
        ("https://stake.com/?iid=house:123&modal=bet", BetReference(iid="house:123")),
        ("https://stake.com/?iid=house%3A1%2C234", BetReference(iid="house:1234")),
    ],
)
def test_every_form_is_read(text: str, found: BetReference) -> None:
    assert read_reference(text) == found


@pytest.mark.parametrize(
    "text", ["", "123", "house:", "house:abc", "mouse:1", "https://stake.com/", "http://[", "x" * 600, "é"]
)
def test_it_rejects_what_is_no_id(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read_reference(text)
    assert refusal.value.field == "id"
