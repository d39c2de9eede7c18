"""Commitments: the hash of a server seed, and whether a revealed seed is the one committed to."""

import pytest

from fairness.errors import InvalidInput
from fairness.seeds import hash_server_seed, is_revealed_by

# FIPS 180-2's own example, so the hash is held by something other than the library that computes it.
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_it_works() -> None:
    assert hash_server_seed("abc") == ABC
    assert is_revealed_by("abc", ABC)
    assert is_revealed_by("abc", ABC.upper())


def test_another_seed_does_not_reveal() -> None:
    assert not is_revealed_by("abd", ABC)
    assert not is_revealed_by("abc", ABC[:-1])
    assert not is_revealed_by("abc", "")


def test_a_hexadecimal_seed_is_text() -> None:
    assert hash_server_seed("616263") != ABC


@pytest.mark.parametrize("seed", ["", " abc", "abc\n", "a bc", "äbc"])
def test_it_refuses_a_seed_pasted_badly(seed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        hash_server_seed(seed)
    assert refused.value.field == "server_seed"
