"""Back-tests: the recorded seasons end to end, byte for byte again, and the same as what was seen live."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from markets import queries, report_queries
from markets.backtest import Backtest, run, thinned
from markets.backtest_report import EXTREMES, extremes, overlap, rates_of, signals_csv, summary, summary_json
from markets.close_capture import capture_and_grade
from markets.grading import Ungraded
from markets.models import Close, Grade, Signal
from markets.pipeline import Pipeline
from markets.quotes import MINUTE, SECOND, Change, Listed, Market, Poll, Quote, Side, from_micros, to_micros
from markets.scorecards import Verdict, scorecards
from markets.signal_text import card_lines, rate_lines
from markets.signals import Kind, rounded
from markets.signals import Signal as Seen
from tests.markets.evening import evening, ingest, quoted
from tests.markets.recordings import ODDS_DATA, moment, needs_recordings, polls_of_csv, raw_polls, rows

WNBA = "basketball_wnba"


@cache
def month() -> Backtest:
    """The recorded month of the WNBA, with the final starts that its table has."""
    starts = {row["event_id"]: moment(row["commence_time"]) for row in rows("wnba_2026_events")}
    return run(polls_of_csv("wnba_2026"), WNBA, starts=starts)


def quote(price: float) -> Quote:
    return Quote(None, price, None, None)


def poll(minute: float, *prices: tuple[str, float | None], start: int = 600) -> Poll:
    """A poll of one event's moneyline: home prices by book, the away one as if there was a margin of 4 %."""
    changes = [
        Change("e", book, Market.H2H, side, None if price is None else quote(price if side is Side.HOME else away))
        for book, price in prices
        for away in (0.0 if price is None else 1 / (1.04 - 1 / price),)
        for side in (Side.AWAY, Side.HOME)
    ]
    return Poll(WNBA, int(minute * MINUTE), (Listed("e", "Home", "Away", start * MINUTE),), tuple(changes))


BOOKS = ("betmgm", "betrivers", "bovada", "draftkings", "fanduel", "fanatics")


def market_at(minute: float, price: float, **more: Any) -> Poll:
    return poll(minute, *((book, price) for book in BOOKS), **more)


@needs_recordings
class TestRecordedMonth:
    def test_every_kind_is_raised_and_graded(self) -> None:
        found = month()
        assert (found.polls, found.changes, len(found.events)) == (3506, 102_645, 65)
        graded = {one.signal.kind for one in found.tested if one.graded is not None and one.graded.clv is not None}
        assert graded == set(Kind)
        shares = {rate.kind: rate.share for rate in rates_of(found) if rate.timing is None}
        assert all(share is not None and share >= 0.2 for share in shares.values())
        medians = [rate.median_with_one for rate in rates_of(found) if rate.timing is None]
        assert all(median is not None and median <= 12 for median in medians)

    def test_every_signal_has_a_value_or_a_reason_or_waits(self) -> None:
        found = month()
        for one in found.tested:
            if one.graded is None:
                assert found.events[one.signal.event].commences > (found.last or 0)
            else:
                assert (one.graded.clv is None) is (one.graded.ungraded is not None)
        reasons = {one.graded.ungraded for one in found.tested if one.graded and one.graded.ungraded}
        assert reasons <= {Ungraded.NO_ENTRY, Ungraded.NO_MODEL, Ungraded.AFTER_CLOSE}

    def test_closes_are_young(self) -> None:
        grades = summary(month(), version="x")["closes"]
        assert sum(grades.values()) == 180
        assert grades["A"] >= 75
        assert grades["A"] + grades["B"] >= 175

    def test_chosen_offers_are_told_by_their_value(self) -> None:
        """A dislocation's quote is worth more at the consensus of its time than other kinds' best price, and at the
        close it keeps a part of that."""
        cards = {(card.kind, card.market): card for card in scorecards(one.row for one in month().tested)}
        apart, moved = cards[Kind.DISLOCATION, Market.SPREADS], cards[Kind.MULTIBOOK_SYNC, Market.SPREADS]
        assert apart.clv is not None
        assert apart.against_consensus is not None
        assert moved.clv is not None
        assert apart.against_consensus.mean > apart.clv.mean > moved.clv.mean

    def test_what_totals_without_a_model_say_is_not_taken_for_all(self) -> None:
        cards = {(card.kind, card.market): card for card in scorecards(one.row for one in month().tested)}
        assert cards[Kind.MULTIBOOK_SYNC, Market.TOTALS].verdict is Verdict.SELECTED

    def test_the_consensus_nears_the_close(self) -> None:
        """Six hours before the start it is further from the close than an hour before."""
        by = {
            (each["market"], each["before"]): each
            for each in summary(month(), version="x")["calibration_against_close"]
        }
        for market in ("h2h", "spreads"):
            early, late = by[market, "24h"], by[market, "1h"]
            assert early["root_mean_square"] > late["root_mean_square"] > 0
            assert early["count"] >= 50

    def test_it_is_the_same_again(self) -> None:
        polls, starts = polls_of_csv("wnba_2026")[:800], month().starts
        first = run(iter(polls), WNBA, starts=starts)
        again = run(iter(polls), WNBA, starts=dict(reversed(starts.items())))
        assert len(first.tested) > 100
        assert signals_csv(again) == signals_csv(first)
        assert summary_json(again, version="x") == summary_json(first, version="x")

    def test_the_files_hold_what_they_say(self) -> None:
        found = month()
        read = list(csv.DictReader(io.StringIO(signals_csv(found))))
        assert len(read) == len(found.tested)
        assert [row["at"] for row in read] == sorted(row["at"] for row in read)
        text = summary_json(found, version="1.2")
        told = json.loads(text)
        assert told["code_version"] == "1.2"
        assert told["data"]["sha256"] == found.data_hash
        assert told["settings"] == json.loads(found.settings.canonical())
        assert told["seed"] is None
        assert {rate["kind"] for rate in told["rates"]} == {kind.value for kind in Kind}
        assert len(told["top"]) == len(told["bottom"]) == EXTREMES
        values = [float(row["clv"]) for row in read if row["clv"]]
        assert [one["clv"] for one in told["top"]] == sorted(values, reverse=True)[:EXTREMES]
        assert [one["clv"] for one in told["bottom"]] == sorted(values)[:EXTREMES]
        card = next(card for card in told["scorecards"] if card["kind"] == "STEAM" and card["market"] == "spreads")
        steam = [row for row in read if row["kind"] == "STEAM" and row["market"] == "spreads"]
        own = [float(row["clv"]) for row in steam if row["clv"] and row["close_age_grade"] != "F"]
        assert card["clv"]["mean"] == pytest.approx(sum(own) / len(own))
        assert card["graded"] == len(own)

    def test_timed_and_coarse_make_up_the_whole(self) -> None:
        tested = [one.row for one in month().tested]
        whole, parts = scorecards(tested), scorecards(tested, by_timing=True)
        for card in whole:
            own = [part for part in parts if (part.kind, part.market) == (card.kind, card.market)]
            assert sum(part.signals for part in own) == card.signals
        assert {part.timing for part in parts} == {"timed", "coarse"}

    def test_tables_for_people(self) -> None:
        lines = [*rate_lines(rates_of(month())), *card_lines(scorecards(one.row for one in month().tested))]
        assert any(line.startswith("STEAM timed") for line in lines)
        assert any("graded only where the line did not move" in line for line in lines)

    def test_the_command_reads_a_recordings_tables(self, tmp_path: Path) -> None:
        """Only the first days."""
        out = io.StringIO()
        options = ("--tables", str(ODDS_DATA), "--tables-name", "wnba_2026", "--end", "2026-07-17", "--report")
        call_command("backtest", *options, "--output-dir", str(tmp_path), stdout=out, stderr=io.StringIO())
        assert "changes and" in out.getvalue()
        end = moment("2026-07-17T00:00:00+00:00")
        early = [poll for poll in polls_of_csv("wnba_2026") if poll.at < end]
        told = json.loads((tmp_path / "backtest_summary.json").read_text())
        assert told["data"]["polls"] == len(early)
        assert told["data"]["changes"] == sum(len(poll.changes) for poll in early)
        assert told["data"]["last"] < "2026-07-17"
        read = list(csv.DictReader(io.StringIO((tmp_path / "backtest_signals.csv").read_text())))
        whole = list(csv.DictReader(io.StringIO(signals_csv(month()))))
        assert [row["at"] for row in read] == [row["at"] for row in whole if row["at"] < "2026-07-17"]


@needs_recordings
@pytest.mark.slow
def test_recorded_season_of_the_nfl() -> None:
    found = run(polls_of_csv("nfl_2025"), "americanfootball_nfl")
    graded = {one.signal.kind for one in found.tested if one.graded is not None and one.graded.clv is not None}
    assert graded == set(Kind)
    assert found.changes == 373_636
    shares = {rate.kind: rate.share for rate in rates_of(found) if rate.timing is None}
    assert all(share is not None and share >= 0.2 for share in shares.values())
    assert {card.verdict for card in scorecards(one.row for one in found.tested)} - {Verdict.TOO_FEW}


@needs_recordings
@pytest.mark.django_db
def test_live_is_replay() -> None:
    """The recorded evening, polled live: its stored signals and grades are those of a back-test of its stored polls."""
    pipeline = Pipeline(WNBA, simulated=False)
    last = 0
    for at, body in raw_polls():
        pipeline.ingest(json.dumps(body).encode(), at=from_micros(at), source="live")
        last = at
    counts = capture_and_grade(from_micros(last))
    found = run(
        queries.polls_of(WNBA, simulated=False), WNBA, starts=report_queries.final_starts(WNBA, simulated=False)
    )
    stored = Signal.objects.order_by("at", "event__provider_id", "market", "side", "kind", "book__key").values_list(
        "body", flat=True
    )
    live = sorted(json.dumps(body, sort_keys=True, separators=(",", ":")) for body in stored)
    assert live == sorted(one.signal.canonical() for one in found.tested)
    assert len(live) >= 20
    _same_grades(found)
    _same_closes(found)
    assert counts.graded == sum(1 for one in found.tested if one.graded and one.graded.clv is not None) >= 5


def _same_grades(found: Backtest) -> None:
    expected = {one.signal.identity: one.graded for one in found.tested if one.graded is not None}
    grades = Grade.objects.select_related("signal__event", "signal__book")
    assert len(grades) == len(expected)
    for grade in grades:
        signal = grade.signal
        book = signal.book.key if signal.book else ""
        key = (
            signal.event.provider_id,
            Market(signal.market),
            Side(signal.side),
            Kind(signal.kind),
            book,
            to_micros(signal.at),
        )
        own = expected[key]
        assert grade.ungraded == (own.ungraded.value if own.ungraded else "")
        for name in ("win", "push", "clv", "points", "probability", "against_consensus", "moved_on", "confirmed"):
            assert getattr(grade, name) == getattr(own, name), name


def _same_closes(found: Backtest) -> None:
    closes = {(close.event.provider_id, close.market): close for close in Close.objects.select_related("event")}
    assert set(closes) == {(event, market.value) for event, of in found.closes.items() for market in of}
    for (event, market), close in closes.items():
        own = found.closes[event][Market(market)]
        assert (to_micros(close.at), to_micros(close.commenced_at), close.grade) == (own.at, own.commences, own.grade)
        assert close.fair == (None if own.held is None else [rounded(p) for p in own.held.fair])
        assert close.quotes == [each.to_dict() for each in own.quotes]


@pytest.mark.django_db
class TestCommand:
    def run(self, tmp_path: Path, *args: str) -> str:
        out = io.StringIO()
        call_command("backtest", *args, "--output-dir", str(tmp_path), stdout=out, stderr=io.StringIO())
        return out.getvalue()

    @pytest.fixture
    def polls(self) -> None:
        """Three polls of one game, and one after it began."""
        pipeline = Pipeline(WNBA, simulated=False)
        evening(pipeline)
        ingest(pipeline, 121, quoted(-160, 140))

    @pytest.mark.usefixtures("polls")
    def test_stored_polls(self, tmp_path: Path) -> None:
        out = self.run(tmp_path, "--sport", WNBA)
        assert "5 polls" in out
        told = json.loads((tmp_path / "backtest_summary.json").read_text())
        assert told["data"]["sha256"] == queries.data_hash(WNBA, simulated=False).hexdigest()
        read = list(csv.DictReader(io.StringIO((tmp_path / "backtest_signals.csv").read_text())))
        assert len(read) == Signal.objects.count() > 0
        assert {row["close_age_grade"] for row in read} == {"A"}

    @pytest.mark.usefixtures("polls")
    def test_range_and_settings(self, tmp_path: Path) -> None:
        none = self.run(tmp_path, "--sport", WNBA, "--markets", "totals", "--min-books", "3")
        assert " 0 signals" in none
        told = json.loads((tmp_path / "backtest_summary.json").read_text())
        assert told["settings"]["families_least"] == 3
        some = self.run(
            tmp_path,
            "--sport_key",
            WNBA,
            "--set",
            "steam.enabled=false",
            "--lookback_minutes",
            "20",
            "--start",
            "2026-08-05",
        )
        assert "STEAM" not in some.split("kind and market")[1]
        told = json.loads((tmp_path / "backtest_summary.json").read_text())
        assert told["settings"]["move"]["window_s"] == {"h2h": 1200.0, "spreads": 1200.0, "totals": 1200.0}

    @pytest.mark.parametrize(
        ("args", "sentence"),
        [
            ((), "There are no polls."),
            (("--sport", WNBA), "There are no polls of basketball_wnba then."),
            (("--sport", "Möbius"), "small letters"),
            (("--sport", WNBA, "--start", "yesterday"), "ISO 8601"),
            (("--sport", WNBA, "--end", "0001-01-01"), "2000"),
            (("--sport", WNBA, "--markets", "props"), "h2h,spreads,totals"),
            (("--sport", WNBA, "--step-seconds", "-1"), "whole number"),
            (("--sport", WNBA, "--min-books", "1e999"), "whole number"),
            (("--sport", WNBA, "--name", "../x"), "--name"),
            (("--tables", "/nowhere"), "--tables-name"),
            (("--tables", "/nowhere", "--tables-name", "x"), "x_snapshots.csv"),
        ],
    )
    def test_it_rejects(self, tmp_path: Path, args: tuple[str, ...], sentence: str) -> None:
        with pytest.raises(CommandError, match=sentence):
            self.run(tmp_path, *args)

    @pytest.mark.usefixtures("polls")
    @pytest.mark.parametrize(
        ("setting", "sentence"),
        [
            ("nothing.such=1", "no setting nothing.such"),
            ("steam.movers_least", "NAME=VALUE"),
            ("steam.movers_least=NaN", "number"),
            ("method=astrology", "must be one of"),
            ("families_least=1", "families_least"),
        ],
    )
    def test_it_rejects_settings(self, tmp_path: Path, setting: str, sentence: str) -> None:
        with pytest.raises(CommandError, match=sentence):
            self.run(tmp_path, "--sport", WNBA, "--set", setting)


class TestThinning:
    def test_it_takes_polls_so_far_apart(self) -> None:
        polls = [market_at(minute, 1.9) for minute in (0, 1, 4, 5, 6, 12)]
        assert [each.at // MINUTE for each in thinned(polls, 5 * MINUTE)] == [0, 5, 12]
        assert list(thinned(polls, 0)) == polls

    def test_what_changed_meanwhile_is_told_once(self) -> None:
        polls = [
            poll(0, ("betmgm", 1.9)),
            poll(1, ("betmgm", 1.8), ("fanduel", 1.7)),
            poll(2, ("betmgm", 1.6)),
            poll(5, ("bovada", 2.0)),
        ]
        first, second = thinned(polls, 5 * MINUTE)
        assert first == polls[0]
        assert [(each.book, each.quote and each.quote.price) for each in second.changes if each.side is Side.HOME] == [
            ("betmgm", 1.6),
            ("bovada", 2.0),
            ("fanduel", 1.7),
        ]


class TestRun:
    def polls(self) -> Iterator[Poll]:
        yield market_at(0, 1.95)
        yield market_at(20, 1.95)
        yield market_at(23, 1.75)
        yield market_at(590, 1.7)
        yield poll(601)

    def test_it_works(self) -> None:
        found = run(self.polls(), WNBA)
        assert (found.polls, found.changes, found.points) == (5, 48, 4)
        kinds = {one.signal.kind: one for one in found.tested if one.signal.at == 23 * MINUTE}
        assert {Kind.MOVE, Kind.MULTIBOOK_SYNC, Kind.STEAM} <= set(kinds)
        one = kinds[Kind.STEAM]
        assert one.close is not None
        assert (one.close.at, one.close.grade) == (590 * MINUTE, "A")
        assert one.graded is not None
        assert one.graded.clv == pytest.approx((1 / 1.7 / 1.04) * 1.75 - 1, abs=1e-9)
        assert one.graded.confirmed

    def test_games_that_have_not_begun_wait(self) -> None:
        found = run(list(self.polls())[:4], WNBA)
        assert found.tested
        assert all(one.graded is None for one in found.tested)
        assert "not started" in signals_csv(found)

    def test_final_starts_serve_the_close_alone(self) -> None:
        later = run(self.polls(), WNBA, starts={"e": 620 * MINUTE, "other": 0})
        assert later.starts == {"e": 620 * MINUTE}
        assert [one.graded for one in later.tested] == [None] * len(later.tested)
        earlier = run(self.polls(), WNBA, starts={"e": 30 * MINUTE})
        assert {one.close.at for one in earlier.tested if one.close} == {23 * MINUTE}
        assert any(one.graded.ungraded is Ungraded.AFTER_CLOSE for one in earlier.tested if one.graded)

    def test_markets_that_were_not_asked_for_are_left_out(self) -> None:
        found = run(self.polls(), WNBA, markets=[Market.TOTALS])
        assert (found.points, found.tested, found.closes["e"]) == (0, [], {})

    def test_progress_is_told(self) -> None:
        told: list[tuple[int, int]] = []
        polls = (poll(minute) for minute in range(1001))
        run(polls, WNBA, progress=lambda done, at: told.append((done, at // MINUTE)))
        assert told == [(500, 499), (1000, 999)]

    def test_nothing_has_a_report_too(self) -> None:
        found = run([], WNBA)
        assert summary(found, version="x")["scorecards"] == []
        assert signals_csv(found).count("\n") == 1

    @pytest.mark.parametrize("wrong", [Poll("icehockey_nhl", 5, (), ()), Poll(WNBA, 0, (), ())])
    def test_it_rejects_polls_that_do_not_fit(self, wrong: Poll) -> None:
        with pytest.raises(ValueError, match="poll|Polls"):
            run([market_at(0, 1.9), wrong], WNBA)


class TestReport:
    def signals(self) -> list[Seen]:
        return [one.signal for one in run(TestRun().polls(), WNBA).tested]

    def test_overlap_is_of_one_direction_and_near(self) -> None:
        found = {(each["of"], each["with"]): each for each in overlap(self.signals())}
        assert len(found) == 6
        assert found["STEAM", "MOVE"]["share"] == 1
        steam = next(signal for signal in self.signals() if signal.kind is Kind.STEAM)
        move = next(signal for signal in self.signals() if signal.kind is Kind.MOVE)
        for other, near in (
            (replace(move, at=steam.at + 5 * MINUTE), 1),
            (replace(move, at=steam.at - 5 * MINUTE - SECOND), 0),
            (replace(move, event="f"), 0),
            (replace(move, market=Market.SPREADS), 0),
            (replace(move, kind=Kind.KEY_CROSS), 1),
        ):
            pair = next(each for each in overlap([steam, other]) if (each["of"], each["with"]) == ("STEAM", "MOVE"))
            assert pair["near"] == near

    def test_no_name_is_run_by_a_spreadsheet(self) -> None:
        found = run(TestRun().polls(), WNBA)
        found.events["e"] = Listed("e", "=cmd|' /C calc'!A0", "@away", 600 * MINUTE)
        row = next(csv.DictReader(io.StringIO(signals_csv(found))))
        assert (row["home"], row["away"]) == ("'=cmd|' /C calc'!A0", "'@away")

    def test_extremes_keep_the_order_of_equal_values(self) -> None:
        tested = run(TestRun().polls(), WNBA).tested
        found = extremes(tested)
        assert found["top"][0]["clv"] >= found["top"][-1]["clv"]
        assert found["bottom"][0]["clv"] <= found["bottom"][-1]["clv"]
