"""Bets to measure with: a few seed pairs, results by Pump expert's exact distribution, the same in every run."""

import random
from bisect import bisect_right
from collections.abc import Iterator
from decimal import Decimal
from itertools import accumulate

from fairness.games import pump

PLACED = "2026-01-02T03:04:05.678Z"
TARGET = Decimal("400.02")
_TABLE = pump.PAYOUTS["expert"]
_REACHED = [float(pump.probability_at_least("expert", cell)) for cell in range(len(_TABLE))]
# The chance of exactly each cell, summed up.
_CUMULATIVE = list(accumulate(here - after for here, after in zip(_REACHED, [*_REACHED[1:], 0.0], strict=True)))


def record(nonce: int, result: Decimal, *, stream: int = 0) -> str:
    """One ingest message as JSON text."""
    payout = "80.004" if result >= TARGET else "0"
    return (
        f'{{"id":"bench-{stream}-{nonce}","dateTime":"{PLACED}","nonce":{nonce},"amount":0.2,"payout":{payout},'
        f'"difficulty":"expert","roundTarget":{TARGET},"roundResult":{result},'
        f'"clientSeed":"bench-client-{stream}","serverSeedHashed":"{stream:064x}"}}'
    )


def results(seed: int = 7) -> Iterator[Decimal]:
    """Results without end; the same for the same seed."""
    draw = random.Random(seed).random
    while True:
        yield _TABLE[min(bisect_right(_CUMULATIVE, draw()), len(_TABLE) - 1)]


def records(count: int, *, start: int = 1, streams: int = 1) -> Iterator[str]:
    """`count` messages over `streams` pairs in turn, nonces ascending without holes in each pair."""
    drawn = results()
    for index in range(count):
        yield record(start + index // streams, next(drawn), stream=index % streams)
