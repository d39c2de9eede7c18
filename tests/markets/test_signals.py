"""A signal's text: whole, rounded, and the same for the same signal."""

import json

from markets.consensus import Consensus
from markets.quotes import Market, Side
from markets.signals import Component, Kind, component, consensus_to_dict, rounded, strength_of
from tests.markets.feeds import DAWN, engine, quiet, settle


def test_its_text_is_whole_and_plain_json() -> None:
    held, feed = engine(), quiet()
    settle(held, feed)
    for place, book in enumerate("abcde"):
        feed.hang(book, -5.5, minute=1 + place / 10)
    signals = held.poll(feed.poll(2)).signals
    assert [signal.kind for signal in signals] == [Kind.DISLOCATION, Kind.MOVE, Kind.MULTIBOOK_SYNC, Kind.STEAM]
    steam = signals[-1]
    told = json.loads(steam.canonical())
    assert told == steam.to_dict()
    assert told["at"] == "2026-08-05T12:02:00.000000Z"
    assert told["since"] == "2026-08-05T11:58:00.000000Z"
    assert told["from"] == {"line": -4.5, "fair": [0.5, 0.5]}
    assert told["to"]["line"] == -5.5
    assert told["side"] == told["towards"] == "H"
    assert told["leader"] == "a"
    assert told["late"][0]["book"] == "f"
    assert told["entry"]["point"] == -4.5
    assert told["entry"]["age_s"] == 22 * 60
    assert told["consensus"]["families"] == 6
    assert told["movers"][1]["lag_s"] == 6.0
    assert steam.identity == ("e", Market.SPREADS, Side.HOME, Kind.STEAM, "", DAWN + 120_000_000)


def test_signals_come_in_the_order_of_their_identity() -> None:
    held, feed = engine(), quiet()
    settle(held, feed)
    feed.all(dict.fromkeys("abcdef", -5.5)).market = Market.TOTALS
    feed.all(dict.fromkeys("abcdef", 220.5))
    signals = held.poll(feed.poll(2)).signals
    assert [signal.identity for signal in signals] == sorted(signal.identity for signal in signals)
    assert len({signal.identity for signal in signals}) == len(signals) == 3


def test_probabilities_are_rounded_and_never_a_negative_zero() -> None:
    assert rounded(None) is None
    assert rounded(1 / 3) == 0.333333333
    assert str(rounded(-1e-12)) == "0.0"
    found = consensus_to_dict(Consensus(None, (2 / 3, 1 / 3), 6, 5, 5.0, None))
    assert found["fair"] == [0.666666667, 0.333333333]
    assert found["dispersion"] is None


def test_strength_is_of_what_was_scored() -> None:
    assert component("size", 0.5, 50.0) == Component("size", 25.0, 50.0)
    assert component("size", 7.0, 50.0).points == 50.0
    assert component("size", -1.0, 50.0).points == 0.0
    half = (component("size", 0.5, 50.0), component("breadth", 0.5, 35.0))
    assert strength_of(half) == 50
    assert strength_of((*half, component("speed", 1.0, 15.0))) == 58
    assert strength_of((component("size", 0.0, 50.0),)) == 1
