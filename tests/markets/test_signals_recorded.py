"""Default settings on the recordings: every kind fires in every sport it can, and none of them floods a game."""

from collections import Counter, defaultdict
from statistics import median

import pytest

from markets.engine import Engine
from markets.quotes import SECOND
from markets.signals import Kind, Resolution, Signal
from tests.markets.recordings import needs_recordings, polls_of_csv

pytestmark = needs_recordings

# A run line stands at a run and a half and has no key numbers.
NEVER = {"mlb_2026w30": {Kind.KEY_CROSS}}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("wnba_2026", marks=pytest.mark.slow),  # its rates are held in test_backtest as well
        pytest.param("nfl_2025", marks=pytest.mark.slow),
        pytest.param("mlb_2026w30", marks=pytest.mark.slow),
    ],
)
def test_every_kind_fires_often_enough_and_not_too_often(name: str) -> None:
    polls = polls_of_csv(name)
    held = Engine(polls[0].sport)
    games = {listed.event for poll in polls for listed in poll.listed}
    told: dict[Kind, Counter[str]] = defaultdict(Counter)
    for poll in polls:
        starts = {listed.event: listed.commences for listed in poll.listed}
        for signal in held.poll(poll).signals:
            _check(signal)
            assert poll.at < starts[signal.event], "nothing is told in play"
            told[signal.kind][signal.event] += 1
    for kind in set(Kind) - NEVER.get(name, set()):
        assert len(told[kind]) >= 0.2 * len(games), f"{kind} fires too seldom"
        assert median(told[kind][game] for game in games) <= 12, f"{kind} fires too often"
    assert not told.keys() & NEVER.get(name, set())


def _check(signal: Signal) -> None:
    """What is true of every signal."""
    assert 1 <= signal.strength <= 100
    assert signal.moved is None or signal.moved > -1e-9 or signal.kind in {Kind.MULTIBOOK_SYNC, Kind.STEAM}
    assert len({mover.family for mover in signal.movers}) == len(signal.movers)
    assert all((mover.size > 0) == (signal.movers[0].size > 0) for mover in signal.movers)
    assert [mover.lag_s for mover in signal.movers] == sorted(mover.lag_s for mover in signal.movers)
    assert not {late.family for late in signal.late} & {mover.family for mover in signal.movers}
    assert signal.entry is None or signal.entry.side is signal.towards
    if signal.kind is Kind.DISLOCATION:
        assert signal.book is not None
        assert signal.entry is None or signal.entry.book == signal.book
    else:
        assert signal.since < signal.at
        if signal.at - signal.since > 2 * signal.window_s * SECOND:
            assert signal.resolution is Resolution.GAP
