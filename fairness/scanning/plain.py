"""The back-end of the standard library: `hashlib` and whole numbers, one round after the other.

HMAC-SHA256 hashes the key first, and the same key and client seed begin every message. That state is computed once and
copied for each nonce, which halves the work of `hmac`. The families of `mappings` stand here once more, for one round.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import combinations
from operator import mul
from struct import Struct
from typing import Final, TypeAlias

from fairness.scanning.rules import Rule

BLOCK: Final = 64  # bytes
WORD_BYTES: Final = 4

Cell: TypeAlias = Callable[[Sequence[int]], int]


def words_of_nonce(server_seed: str, client_seed: str, words: int) -> Callable[[int], tuple[int, ...]]:
    """A function from a nonce to the first words of its round."""
    key = server_seed.encode("ascii")
    key = (sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in key) + f"{client_seed}:".encode())
    outer = sha256(bytes(byte ^ 0x5C for byte in key))
    unpack = Struct(f">{words}I").unpack_from

    def digest(message: bytes) -> bytes:
        first, second = inner.copy(), outer.copy()
        first.update(message)
        second.update(first.digest())
        return second.digest()

    digest_bytes = sha256().digest_size
    if words * WORD_BYTES <= digest_bytes:
        return lambda nonce: unpack(digest(b"%d:0" % nonce))
    blocks = range(-(-words * WORD_BYTES // digest_bytes))
    return lambda nonce: unpack(b"".join([digest(b"%d:%d" % (nonce, block)) for block in blocks]))


def cell_of_words(rule: Rule) -> Cell:
    """The function from the words of a round to its cell."""
    return _FAMILIES[rule.family](rule)


def _scaled(rule: Rule) -> Cell:
    (places,), table = rule.numbers, rule.table
    return lambda words: table[words[0] * places >> 32]


def _at_thresholds(rule: Rule) -> Cell:
    lowest, table = rule.numbers, rule.table
    return lambda words: table[bisect_right(lowest, words[0])]


def _smallest_drawn(rule: Rule) -> Cell:
    table = rule.table
    pool_sizes = range(rule.numbers[0], rule.numbers[0] - rule.words, -1)
    return lambda words: table[min(map(mul, words, pool_sizes)) >> 32]


def _drawn_among(rule: Rule) -> Cell:
    (pool_size, wanted), table = rule.numbers, rule.table
    positions = [wanted >> position & 1 for position in range(pool_size)]
    pool_sizes = range(pool_size, pool_size - rule.words, -1)

    def cell(words: Sequence[int]) -> int:
        pool = positions.copy()
        return table[sum([pool.pop(word * size >> 32) for word, size in zip(words, pool_sizes, strict=True)])]

    return cell


def _rights(rule: Rule) -> Cell:
    table = rule.table
    return lambda words: table[sum([word >> 31 for word in words])]


def _equal_pairs(rule: Rule) -> Cell:
    (kinds,), table = rule.numbers, rule.table
    return lambda words: table[sum([a == b for a, b in combinations([word * kinds >> 32 for word in words], 2)])]


def _limbo(rule: Rule) -> Cell:
    most, least = rule.numbers
    return lambda words: max(least, most // ((words[0] >> 8) + 1))


def _drill(rule: Rule) -> Cell:
    drill, full, least, most = rule.numbers
    return lambda words: min(max(full // (2**32 - words[drill]), least), most)


_FAMILIES: Final[dict[str, Callable[[Rule], Cell]]] = {
    "scaled": _scaled,
    "at_thresholds": _at_thresholds,
    "smallest_drawn": _smallest_drawn,
    "drawn_among": _drawn_among,
    "rights": _rights,
    "equal_pairs": _equal_pairs,
    "limbo": _limbo,
    "drill": _drill,
}
