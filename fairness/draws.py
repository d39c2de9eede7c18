"""Random numbers of one round: HMAC bytes to floats to draws. Knows no game.

Block r of a round is HMAC-SHA256 with the server seed's text as key and `client_seed:nonce:r` as message. The blocks
form one stream of bytes; every four bytes are one float, so a block gives eight.
"""

import hmac
from collections.abc import Iterable, Iterator
from itertools import count, islice

from fairness.errors import InvalidInput
from fairness.seeds import check_client_seed, check_server_seed

NONCE_MAX = 2**53 - 1  # The largest integer every JSON reader keeps exactly.

BYTES_PER_FLOAT = 4


def check_nonce(nonce: int) -> None:
    """Refuse a nonce that is not a whole number from 0 to 2^53-1. A bool is an int in Python, but no nonce."""
    if not isinstance(nonce, int) or isinstance(nonce, bool):
        raise InvalidInput("nonce", "must be a whole number")
    if not 0 <= nonce <= NONCE_MAX:
        raise InvalidInput("nonce", f"must be from 0 to {NONCE_MAX}")


def blocks(*, server_seed: str, client_seed: str, nonce: int) -> Iterator[bytes]:
    """The endless blocks of 32 bytes that belong to one round. Bad input is refused here, not at the first block."""
    check_server_seed(server_seed)
    check_client_seed(client_seed)
    check_nonce(nonce)
    key = server_seed.encode("ascii")
    return (hmac.digest(key, f"{client_seed}:{nonce}:{block}".encode(), "sha256") for block in count())


def floats(*, server_seed: str, client_seed: str, nonce: int) -> Iterator[float]:
    """The endless floats of one round, each in [0, 1).

    b0/256 + b1/256^2 + b2/256^3 + b3/256^4 is a 32-bit integer over 2^32, which a double holds exactly.
    """
    for block in blocks(server_seed=server_seed, client_seed=client_seed, nonce=nonce):
        for start in range(0, len(block), BYTES_PER_FLOAT):
            yield int.from_bytes(block[start : start + BYTES_PER_FLOAT], "big") / 2**32


def draw_without_repeats(numbers: Iterable[float], *, pool_size: int, picks: int) -> tuple[int, ...]:
    """Draw `picks` different positions out of 0..pool_size-1, in the order they were drawn.

    Each number picks one item of the pool, which is removed; later items move up. (Not the swapping shuffle: the two
    give different results.)
    """
    if not 0 <= picks <= pool_size:
        raise InvalidInput("picks", f"must be from 0 to {pool_size}")
    pool = list(range(pool_size))
    return tuple(pool.pop(int(number * len(pool))) for number in islice(numbers, picks))
