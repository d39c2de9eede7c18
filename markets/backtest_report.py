"""A back-test for people and for programs: every signal as a row of CSV, and a summary as JSON. Pure.

Nothing of when or where it was made is in it, so the same data and settings give the same bytes; the summary names
both: the data by their hash, the settings in full.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from markets.backtest import Backtest, Tested
from markets.calibration import Calibration, calibration_of
from markets.closing import ages
from markets.quotes import MINUTE, Market, Micros, from_micros
from markets.scorecards import GAMES_LEAST, LEFT_OUT_MOST, LEVEL, SIGNALS_LEAST, figures, scorecards
from markets.signal_rates import Rate, rates
from markets.signals import Kind, Signal, rounded
from markets.statistics import CONFIDENCE

EXTREMES: Final = 10
OVERLAP: Final = 5 * MINUTE

# Kinds that tell of the same thing in other ways. Crossing a key number is a move.
_FAMILIES: Final[Mapping[str, tuple[Kind, ...]]] = {
    "STEAM": (Kind.STEAM,),
    "MULTIBOOK_SYNC": (Kind.MULTIBOOK_SYNC,),
    "MOVE": (Kind.MOVE, Kind.KEY_CROSS),
}

# What spreadsheets take for the start of a formula, and an apostrophe that would hide one.
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "'")

_COLUMNS: Final[Mapping[str, Callable[[Tested, Backtest], object]]] = {
    "at": lambda one, of: moment(one.signal.at),
    "event": lambda one, of: _text(one.signal.event),
    "home": lambda one, of: _text(of.events[one.signal.event].home),
    "away": lambda one, of: _text(of.events[one.signal.event].away),
    "commences": lambda one, of: moment(of.events[one.signal.event].commences),
    "market": lambda one, of: one.signal.market.value,
    "kind": lambda one, of: one.signal.kind.value,
    "book": lambda one, of: _text(one.signal.book or ""),
    "direction": lambda one, of: one.signal.direction.value,
    "towards": lambda one, of: one.signal.towards.value,
    "strength": lambda one, of: one.signal.strength,
    "timing": lambda one, of: one.signal.timing.value,
    "resolution": lambda one, of: one.signal.resolution.value,
    "from_line": lambda one, of: one.signal.from_line,
    "to_line": lambda one, of: one.signal.to_line,
    "moved": lambda one, of: rounded(one.signal.moved),
    "families": lambda one, of: one.signal.consensus.families,
    "entry_book": lambda one, of: _text(one.signal.entry.book) if one.signal.entry else "",
    "entry_point": lambda one, of: one.signal.entry.point if one.signal.entry else None,
    "entry_price": lambda one, of: rounded(one.signal.entry.price) if one.signal.entry else None,
    "entry_american": lambda one, of: one.signal.entry.american if one.signal.entry else None,
    "against_consensus": lambda one, of: rounded(one.signal.entry.value) if one.signal.entry else None,
    "close_at": lambda one, of: moment(one.close.at) if one.close else "",
    "close_age_grade": lambda one, of: one.close.grade if one.close else "",
    "close_line": lambda one, of: one.close.held.line if one.close and one.close.held else None,
    "close_fair": lambda one, of: rounded(one.close.held.fair[0]) if one.close and one.close.held else None,
    "win": lambda one, of: one.graded.win if one.graded else None,
    "push": lambda one, of: one.graded.push if one.graded else None,
    "clv": lambda one, of: one.graded.clv if one.graded else None,
    "points": lambda one, of: one.graded.points if one.graded else None,
    "probability": lambda one, of: one.graded.probability if one.graded else None,
    "moved_on": lambda one, of: one.graded.moved_on if one.graded else None,
    "confirmed": lambda one, of: _yes_no(one.graded.confirmed) if one.graded else "",
    "ungraded": lambda one, of: _why(one),
}


def signals_csv(of: Backtest) -> str:
    """All signals, in the order of their times."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in of.tested:
        values = (column(one, of) for column in _COLUMNS.values())
        writer.writerow("" if value is None else value for value in values)
    return out.getvalue()


def summary_json(of: Backtest, *, version: str) -> str:
    """The summary as JSON with sorted keys, ended by a newline. `version` is of the program."""
    return json.dumps(summary(of, version=version), sort_keys=True, indent=2, allow_nan=False) + "\n"


def summary(of: Backtest, *, version: str) -> dict[str, Any]:
    """What the back-test came to, in types of JSON."""
    rows = [one.row for one in of.tested]
    return {
        "code_version": version,
        "data": _data(of),
        "settings": json.loads(of.settings.canonical()),
        "settings_sha256": hashlib.sha256(of.settings.canonical().encode()).hexdigest(),
        "weights": of.weights.provenance,
        "seed": None,  # nothing is drawn at random: intervals are computed, not simulated
        "statistics": {
            "confidence": CONFIDENCE,
            "level": LEVEL,
            "signals_least": SIGNALS_LEAST,
            "games_least": GAMES_LEAST,
            "left_out_most": LEFT_OUT_MOST,
            "intervals": "jackknife over games, Student's t; shares Wilson at the effective number of signals",
            "correction": "Benjamini-Hochberg over the cards of a table",
        },
        "rates": [rate.to_dict() for rate in rates_of(of)],
        "scorecards": [card.to_dict() for card in scorecards(rows)],
        "scorecards_by_timing": [card.to_dict() for card in scorecards(rows, by_timing=True)],
        "closes": dict(ages(close for markets in of.closes.values() for close in markets.values())),
        "closes_without_price": sum(
            1 for markets in of.closes.values() for close in markets.values() if close.held is None
        ),
        "overlap_within_s": OVERLAP // 1_000_000,
        "overlap": overlap([one.signal for one in of.tested]),
        "calibration_against_close": [
            {"market": market.value, "before": horizon, **calibration_dict(calibration_of(forecasts))}
            for (market, horizon), forecasts in sorted(of.forecasts.items())
        ],
        **extremes(of.tested),
    }


def rates_of(of: Backtest) -> list[Rate]:
    """How often each kind came, over the games that had a consensus in some market before their start."""
    games = set().union(*of.priced.values())
    return list(rates(((one.signal.event, one.signal.kind, one.signal.timing) for one in of.tested), games))


def overlap(signals: Sequence[Signal]) -> list[dict[str, Any]]:
    """How many signals of one family have one of another near: same event, market and direction, within minutes."""
    moments: dict[tuple[str, str, Market, str], list[Micros]] = {}
    for signal in signals:
        for family, kinds in _FAMILIES.items():
            if signal.kind in kinds:
                about = (family, signal.event, signal.market, signal.direction.value)
                moments.setdefault(about, []).append(signal.at)
    found = []
    for family in _FAMILIES:
        for other in _FAMILIES:
            if family == other:
                continue
            own = [(about, at) for about, each in sorted(moments.items()) if about[0] == family for at in each]
            near = sum(
                1
                for about, at in own
                if any(abs(at - when) <= OVERLAP for when in moments.get((other, *about[1:]), ()))
            )
            share = rounded(near / len(own)) if own else None
            found.append({"of": family, "with": other, "signals": len(own), "near": near, "share": share})
    return found


def extremes(tested: Sequence[Tested]) -> dict[str, list[dict[str, Any]]]:
    """The signals with the highest and the lowest value at the close."""
    valued = [(one.graded.clv, one) for one in tested if one.graded is not None and one.graded.clv is not None]
    # Equal values keep the order of their times.
    best = sorted(valued, key=lambda pair: -pair[0])[:EXTREMES]
    worst = sorted(valued, key=lambda pair: pair[0])[:EXTREMES]
    return {"top": [_named(one) for _, one in best], "bottom": [_named(one) for _, one in worst]}


def calibration_dict(found: Calibration) -> dict[str, Any]:
    """In types of JSON, rounded to 1e-9."""
    whole = {name: rounded(value) if isinstance(value, float) else value for name, value in asdict(found).items()}
    whole["bias"] = figures(found.bias)
    whole["bins"] = [
        {
            "low": rounded(each.low),
            "high": rounded(each.high),
            "count": each.count,
            "games": each.games,
            "given": rounded(each.given),
            "came": rounded(each.came),
            "difference": figures(each.difference),
            "share": figures(each.share),
        }
        for each in found.bins
    ]
    return whole


def moment(at: Micros) -> str:
    """ISO 8601 in UTC, to the microsecond where there are any."""
    return from_micros(at).isoformat().replace("+00:00", "Z")


def _data(of: Backtest) -> dict[str, Any]:
    return {
        "sport": of.sport,
        "sha256": of.data_hash,
        "starts_sha256": hashlib.sha256(json.dumps(sorted(of.starts.items())).encode()).hexdigest(),
        "polls": of.polls,
        "changes": of.changes,
        "step_s": of.step_s,
        "first": moment(of.first) if of.first is not None else None,
        "last": moment(of.last) if of.last is not None else None,
        "markets": [market.value for market in of.markets],
        "events": len(of.events),
        "events_priced": {market.value: len(of.priced.get(market, ())) for market in of.markets},
        "events_closed": len(of.closes),
        "consensus_points": of.points,
        "signals": len(of.tested),
    }


def _named(one: Tested) -> dict[str, Any]:
    signal, graded = one.signal, one.graded
    assert graded is not None, "only graded ones are extremes"
    return {
        "event": signal.event,
        "at": moment(signal.at),
        "kind": signal.kind.value,
        "market": signal.market.value,
        "towards": signal.towards.value,
        "book": signal.entry.book if signal.entry else None,
        "point": signal.entry.point if signal.entry else None,
        "price": rounded(signal.entry.price) if signal.entry else None,
        "close_line": one.close.held.line if one.close and one.close.held else None,
        "clv": graded.clv,
    }


def _why(one: Tested) -> str:
    if one.graded is None:
        return "not started"
    return one.graded.ungraded.value if one.graded.ungraded else ""


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _text(value: str) -> str:
    """A name from the provider, which no spreadsheet may run."""
    return f"'{value}" if value.startswith(_RISKY) else value
