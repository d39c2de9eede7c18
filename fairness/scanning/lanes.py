"""HMAC-SHA256 of many messages that differ in a few digits, side by side: word by word, a row holds one word of each.

The key's two blocks and the whole blocks of the client seed are the same for all messages and are compressed once. Of
the rest only the last four digits of the nonce differ over 10,000 nonces, so a *run* is a template and those digits.
SHA-256 is FIPS 180-4, HMAC is RFC 2104.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Row: TypeAlias = NDArray[np.uint32]
Digits: TypeAlias = NDArray[np.uint64]

BLOCK: Final = 64  # bytes
DIGEST_WORDS: Final = 8
LOW_DIGITS: Final = 4  # of the nonce, that differ within a run


def _primes(count: int) -> list[int]:
    found: list[int] = []
    candidate = 2
    while len(found) < count:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return found


def _root_bits(number: int, degree: int) -> int:
    """The first 32 bits of the fractional part of a root, by bisection on integers."""
    low, high = 0, number << 32
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= number << (32 * degree) else (low, middle - 1)
    return low & 0xFFFFFFFF


# FIPS 180-4, 4.2.2 and 5.3.3: the fractions of the cube roots and of the square roots of the first primes.
CONSTANTS: Final[Row] = np.array([_root_bits(prime, 3) for prime in _primes(64)], np.uint32)
INITIAL: Final[Row] = np.array([_root_bits(prime, 2) for prime in _primes(8)], np.uint32)


@dataclass(frozen=True)
class Run:
    """Consecutive nonces whose messages differ in their last digits only."""

    template: Row  # the padded rest of the message, with zero bytes where the digits go
    at: int  # the first of the two words that hold the digits
    digits: Digits  # per nonce, those two words


class Messages:
    """The messages `client_seed:nonce:block` under one key, cut into runs."""

    def __init__(self, server_seed: str, client_seed: str) -> None:
        key = server_seed.encode("ascii")
        key = (sha256(key).digest() if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
        prefix = f"{client_seed}:".encode()
        whole = len(prefix) // BLOCK * BLOCK
        self.inner = _state_after(bytes(byte ^ 0x36 for byte in key) + prefix[:whole])
        self.outer = _state_after(bytes(byte ^ 0x5C for byte in key))
        self._rest = prefix[whole:]
        self._skipped = BLOCK + whole

    def run(self, start: int, size: int, block: int) -> Run:
        """The run of nonces from `start`; it must not go past `last_of_run`."""
        text = str(start)
        low = min(LOW_DIGITS, len(text))
        offset = len(self._rest) + len(text) - low
        message = self._rest + text[:-low].encode() + bytes(low) + f":{block}".encode()
        bits = 8 * (self._skipped + len(message))
        blocks = -(-(len(message) + 9) // BLOCK)
        padded = (message + b"\x80").ljust(blocks * BLOCK - 8, b"\0") + bits.to_bytes(8, "big")
        first = start % 10**low
        digits = _digit_texts(low)[first : first + size] << np.uint64(8 * (8 - offset % 4 - low))
        return Run(np.frombuffer(padded, ">u4").astype(np.uint32), offset // 4, digits)


def runs(start: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    """The range as (first nonce, size) of runs of `most` nonces at most."""
    while start <= end:
        size = min(end, last_of_run(start), start + most - 1) - start + 1
        yield start, size
        start += size


def last_of_run(start: int) -> int:
    """The last nonce whose digits before the last four, and number of digits, are those of `start`."""
    width: int = 10 ** min(LOW_DIGITS, len(str(start)))
    return start // width * width + width - 1


@lru_cache(maxsize=LOW_DIGITS)
def _digit_texts(width: int) -> Digits:
    """The ASCII text of every number of this many digits, leading zeros included, as a big-endian integer."""
    texts = np.zeros(1, np.uint64)
    for _ in range(width):
        texts = ((texts << np.uint64(8))[:, None] | np.arange(ord("0"), ord("9") + 1, dtype=np.uint64)).ravel()
    return texts


def _state_after(data: bytes) -> Row:
    """The state of SHA-256 after whole blocks."""
    words = np.frombuffer(data, ">u4").astype(np.uint32).reshape(-1, 16)
    state = [np.array([word]) for word in INITIAL]
    for block in words:
        state = compress(state, [np.array([word]) for word in block])
    return np.concatenate(state)


def digests(run: Run, inner: Row, outer: Row) -> list[Row]:
    """The eight words of the HMAC of every message of a run. Rows that are the same for all hold one word only."""
    state = [np.array([word]) for word in inner]
    rows = [np.array([word]) for word in run.template]
    rows[run.at] = rows[run.at] | (run.digits >> np.uint64(32)).astype(np.uint32)
    rows[run.at + 1] = rows[run.at + 1] | run.digits.astype(np.uint32)
    for first in range(0, len(rows), 16):
        state = compress(state, rows[first : first + 16])
    # The outer message is the inner digest; its length counts the key's block.
    padding = (0x80000000, 0, 0, 0, 0, 0, 0, 8 * (BLOCK + 4 * DIGEST_WORDS))
    tail = [np.array([word], np.uint32) for word in padding]
    return compress([np.array([word]) for word in outer], state + tail)


def compress(state: list[Row], block: list[Row]) -> list[Row]:
    """One block of SHA-256 on all lanes, FIPS 180-4, 6.2.2."""
    schedule = list(block)
    a, b, c, d, e, f, g, h = state
    for t in range(64):
        if t >= 16:
            schedule.append(
                _mix(schedule[t - 2], 17, 19, shift=10)
                + schedule[t - 7]
                + _mix(schedule[t - 15], 7, 18, shift=3)
                + schedule[t - 16]
            )
        first = h + _mix(e, 6, 11, turn=25) + (g ^ (e & (f ^ g))) + (CONSTANTS[t : t + 1] + schedule[t])
        second = _mix(a, 2, 13, turn=22) + ((a & b) | (c & (a | b)))
        a, b, c, d, e, f, g, h = first + second, a, b, c, d + first, e, f, g
    return [before + after for before, after in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


def _mix(x: Row, turn1: int, turn2: int, *, turn: int = 0, shift: int = 0) -> Row:
    """Two turns to the right and a third turn, or a shift, added without carry."""
    last = x >> np.uint32(shift) if shift else _turned(x, turn)
    return _turned(x, turn1) ^ _turned(x, turn2) ^ last


def _turned(x: Row, by: int) -> Row:
    return (x >> np.uint32(by)) | (x << np.uint32(32 - by))
