"""The compiled back-end: HMAC-SHA256 of 256 messages at a time, and the mappings, without Python's lock.

`load` imports Numba and compiles, which takes seconds the first time and is kept on disk where that is possible. Numba
notices a change of the file a function stands in, and a change of Numba or of the processor; each function here calls
only functions of its own file, so what is kept is never older than the source.

LLVM turns the loops over lanes into vector instructions. For that to work the lanes of a variable lie side by side,
four rounds are done in one pass (their variables fit into registers), and every step is cut back to 32 bits: Numba
makes 64-bit integers of a sum of 32-bit ones, which would need twice the room.
"""

# Numba's compiler reads these functions; it has no types of its own, and they are never called as plain Python.
# mypy: disable-error-code="no-untyped-call, no-untyped-def, untyped-decorator, no-any-return, misc"
# mypy: disable-error-code="import-untyped, import-not-found"

from collections.abc import Callable
from typing import Any, Final

import numba
import numpy as np
from numba import uint32

from fairness.scanning import mappings

LANES: Final = 256  # the state and the schedule of so many fit into the first-level cache

_inline = numba.njit(inline="always")


@_inline
def _turned(x, by):
    return uint32(uint32(x >> uint32(by)) | uint32(x << uint32(32 - by)))


@_inline
def _schedule_low(x):
    return uint32(_turned(x, 7) ^ _turned(x, 18) ^ uint32(x >> uint32(3)))


@_inline
def _schedule_high(x):
    return uint32(_turned(x, 17) ^ _turned(x, 19) ^ uint32(x >> uint32(10)))


@_inline
def _first(e, f, g, h, constant, word):
    mixed = uint32(_turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25))
    chosen = uint32(g ^ (e & (f ^ g)))
    return uint32(h + mixed + chosen + constant + word)


@_inline
def _second(a, b, c):
    mixed = uint32(_turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22))
    majority = uint32((a & b) | (c & (a | b)))
    return uint32(mixed + majority)


@numba.njit
def _compress(state, words, constants):
    """The 64 rounds of a block on all lanes. Adding the state from before is left to the caller."""
    for t in range(0, 64, 4):
        if t >= 16:
            for j in range(t, t + 4):
                new, low, middle, high = words[j & 15], words[(j + 1) & 15], words[(j + 9) & 15], words[(j + 14) & 15]
                for lane in range(LANES):
                    new[lane] = uint32(new[lane] + _schedule_low(low[lane]) + middle[lane] + _schedule_high(high[lane]))
        k0, k1, k2, k3 = constants[t], constants[t + 1], constants[t + 2], constants[t + 3]
        w0, w1, w2, w3 = words[t & 15], words[(t + 1) & 15], words[(t + 2) & 15], words[(t + 3) & 15]
        for lane in range(LANES):
            a, b, c, d = state[lane], state[LANES + lane], state[2 * LANES + lane], state[3 * LANES + lane]
            e, f, g, h = (
                state[4 * LANES + lane],
                state[5 * LANES + lane],
                state[6 * LANES + lane],
                state[7 * LANES + lane],
            )
            # Instead of moving all variables after a round, the names of the next are moved on by one.
            first = _first(e, f, g, h, k0, w0[lane])
            d, h = uint32(d + first), uint32(first + _second(a, b, c))
            first = _first(d, e, f, g, k1, w1[lane])
            c, g = uint32(c + first), uint32(first + _second(h, a, b))
            first = _first(c, d, e, f, k2, w2[lane])
            b, f = uint32(b + first), uint32(first + _second(g, h, a))
            first = _first(b, c, d, e, k3, w3[lane])
            a, e = uint32(a + first), uint32(first + _second(f, g, h))
            state[lane], state[LANES + lane], state[2 * LANES + lane], state[3 * LANES + lane] = e, f, g, h
            state[4 * LANES + lane], state[5 * LANES + lane] = a, b
            state[6 * LANES + lane], state[7 * LANES + lane] = c, d


def _digests(template, at, digits, inner, outer, constants, found):
    """The eight words of the HMAC of every message of a run (see `lanes`), into the rows of `found`."""
    state = np.empty(8 * LANES, np.uint32)
    before = np.empty(8 * LANES, np.uint32)
    words = np.empty((16, LANES), np.uint32)
    for first in range(0, digits.size, LANES):
        lanes = min(LANES, digits.size - first)
        for row in range(8):
            for lane in range(LANES):
                state[row * LANES + lane] = inner[row]
        for block in range(0, template.size, 16):
            for row in range(16):
                for lane in range(LANES):
                    words[row, lane] = template[block + row]
            if block <= at < block + 16:
                for lane in range(lanes):
                    words[at - block, lane] |= uint32(digits[first + lane] >> np.uint64(32))
            if block <= at + 1 < block + 16:
                for lane in range(lanes):
                    words[at + 1 - block, lane] |= uint32(digits[first + lane])
            for i in range(8 * LANES):
                before[i] = state[i]
            _compress(state, words, constants)
            for i in range(8 * LANES):
                state[i] = uint32(state[i] + before[i])
        # The outer message is the inner digest, padded; its length counts the key's block.
        for row in range(8):
            for lane in range(LANES):
                words[row, lane] = state[row * LANES + lane]
                words[row + 8, lane] = uint32(0)
                state[row * LANES + lane] = outer[row]
        for lane in range(LANES):
            words[8, lane] = uint32(0x80000000)
            words[15, lane] = uint32(8 * 96)
        _compress(state, words, constants)
        for row in range(8):
            for lane in range(lanes):
                found[row, first + lane] = uint32(state[row * LANES + lane] + outer[row])


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        made = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # There is no folder that it could be kept in.
        made = numba.njit(nogil=True)(function)
    assert callable(made)
    return made


digests: Final = _compiled(_digests)

_MAPPINGS: dict[str, Callable[..., Any]] = {}


def mapping(family: str) -> mappings.Mapping:
    """A function of `mappings`, compiled when it is first called."""
    if family not in _MAPPINGS:
        _MAPPINGS[family] = _compiled(getattr(mappings, family))
    return _MAPPINGS[family]
