"""Commands that tell what is stored, and the live board."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from markets.board_text import Standing, Status, age, counts_lines, offer_lines, offers, status_of
from markets.close_capture import capture_and_grade
from markets.consensus import MIN_FAMILIES
from markets.detector_settings import Settings
from markets.models import Close, Cycle, Grade, Signal
from markets.pipeline import Pipeline
from markets.quotes import HOUR, MINUTE, SECOND, Market, Quote, Side
from markets.sports import SportModel, for_sport
from tests.markets import evening as game
from tests.markets.bodies import SPORT
from tests.markets.evening import BOOKS, after, evening, ingest, quoted

AT = 1_000 * HOUR
DB = pytest.mark.django_db


def printed(name: str, *args: str) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline(SPORT, simulated=False)


@pytest.fixture
def graded(pipeline: Pipeline) -> None:
    """An evening, with its close and grades."""
    evening(pipeline)
    capture_and_grade(after(121))


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def poll(pipeline: Pipeline, now: datetime) -> Any:
    def at(minutes: float, *events: Any) -> int:
        return ingest(pipeline, (now - game.NOON) / timedelta(minutes=1) + minutes, *events)

    return at


WIDE = ("--start", "2026-01-01")


@DB
class TestDatasetSanity:
    def test_nothing_is_stored(self) -> None:
        assert printed("dataset_sanity") == "No such events are stored.\n"

    @pytest.mark.usefixtures("graded")
    def test_it_works(self) -> None:
        out = printed("dataset_sanity")
        lines = {line.split("  ")[1].strip(): line.split()[1:] for line in out.splitlines() if line.startswith("  ")}
        assert lines["events"] == ["1"]
        assert lines["changes"] == ["36"]
        assert lines["signals"] == [str(Signal.objects.count())]
        assert lines["draftkings"] == ["6", "16.7%"]
        assert lines["h2h"] == ["36", "100.0%"]
        assert lines["A"] == ["1", "100.0%"]
        assert lines["none"] == ["0", "0.0%"]
        assert "covered: 1 (100.0%)" in out
        assert "6 books  last poll 5.0 min before (A)  Mercury at Dream" in out

    @pytest.mark.usefixtures("graded")
    def test_an_event_without_a_close_is_counted_as_none(self) -> None:
        Close.objects.all().delete()
        out = printed("dataset_sanity")
        assert "covered: 0 (0.0%)" in out
        assert "no close  Mercury at Dream" in out

    @pytest.mark.usefixtures("graded")
    @pytest.mark.parametrize(
        "args", [("--sport", "icehockey_nhl"), ("--simulated",), ("--start", "2026-08-06"), ("--end", "2026-08-05")]
    )
    def test_it_can_be_narrowed_down(self, args: tuple[str, ...]) -> None:
        assert printed("dataset_sanity", *args) == "No such events are stored.\n"

    @pytest.mark.parametrize(
        "args", [("--sport", "no such"), ("--start", "x"), ("--latest", "-1"), ("--latest", "9" * 99)]
    )
    def test_it_rejects(self, args: tuple[str, ...]) -> None:
        with pytest.raises(CommandError):
            printed("dataset_sanity", *args)


@DB
class TestSnapshot:
    def test_nothing_is_stored(self) -> None:
        assert "Latest events:\nLatest changes:\nLatest signals:\n" in printed("print_live_data_snapshot")

    def test_it_works(self, pipeline: Pipeline) -> None:
        evening(pipeline)
        ingest(pipeline, 118, quoted(-160, 140, books=BOOKS[1:]))
        out = printed("print_live_data_snapshot", "--changes", "3", "--signals", "1")
        changes = out.split("Latest changes:\n")[1].split("Latest signals:")[0].splitlines()
        assert len(changes) == 3
        assert sum(line.endswith("draftkings  h2h H  taken down") for line in changes) == 1
        assert "2026-08-05 18:40:00  Mercury at Dream  fanduel  h2h H  -160" in printed("print_live_data_snapshot")
        assert out.count("towards H  strength") == 1


@DB
class TestCheckCloseCapture:
    def test_nothing_is_stored(self) -> None:
        out = printed("check_close_capture")
        assert "Last round of the poller: none yet." in out
        assert "Nothing is missing that could be there." in out
        assert "after each round: yes" in out
        assert "events in a round, at most: 10" in out

    def test_what_is_missing_is_named_and_can_be_made(self, poll: Any, now: datetime) -> None:
        ago = now - timedelta(hours=3)
        poll(-300, quoted(-110, -110, start=ago))
        poll(-295, quoted(-140, 120, start=ago))
        signals = Signal.objects.count()
        out = io.StringIO()
        with pytest.raises(SystemExit):
            call_command("check_close_capture", stdout=out)
        assert f"Missing: 1 events without a close; {signals} signals not looked at." in out.getvalue()
        with_grades = printed("check_close_capture", "--capture")
        assert "of 1 events and graded" in with_grades
        assert "Nothing is missing" in with_grades
        assert Grade.objects.count() == signals
        again = printed("check_close_capture", "--capture", "--again")
        assert f"{Close.objects.count():,} closes of 1 events" in again

    def test_the_last_round_is_shown(self) -> None:
        for minute, error in ((0, ""), (5, "timeout")):
            Cycle.objects.create(
                begun_at=after(minute),
                milliseconds=5,
                is_simulated=False,
                polls=2,
                events=1,
                changes=0,
                points=0,
                signals=0,
                closes=3,
                grades=4,
                credits=6,
                next_seconds=60,
                degraded=bool(error),
                error=error,
            )
        out = printed("check_close_capture")
        assert "2026-08-05 17:05:00 UTC, 2 polls, 3 closes, 4 grades, next after 60 s, degraded: timeout." in out


@DB
class TestSignalReport:
    def test_nothing_is_stored(self) -> None:
        assert printed("signal_report") == "No signals for such games.\n"

    @pytest.mark.usefixtures("graded")
    def test_it_works(self) -> None:
        out = printed("signal_report", *WIDE)
        rates, cards, by_timing = out.strip().split("\n\n")
        assert "1 of 1   100%" in rates
        assert "too few to say" in cards
        assert {line.split()[2] for line in by_timing.splitlines()[1:]} <= {"timed", "coarse"}
        total = sum(int(line.split()[2]) for line in cards.splitlines()[1:])
        assert total == Grade.objects.filter(ungraded="").count() == Signal.objects.count()

    @pytest.mark.usefixtures("graded")
    def test_games_before_the_last_days_are_left_out(self) -> None:
        assert printed("signal_report", "--start", "2026-08-06") == "No signals for such games.\n"
        assert printed("signal_report", *WIDE, "--simulated") == "No signals for such games.\n"

    def test_games_that_have_not_begun_wait(self, pipeline: Pipeline) -> None:
        evening(pipeline)
        assert "0 of " in printed("signal_report", *WIDE)


@DB
class TestLiveBoard:
    """Polled on our clock, for the board is of now."""

    def board(self, *args: str) -> str:
        return printed("print_actionable_live_board", "--min-confidence", "1", *args)

    def test_no_signals(self) -> None:
        assert self.board() == "No such signals.\n"

    def moved(self, poll: Any, start: datetime, minutes: float = 0.0) -> None:
        """Five books move home, the sixth does not: its home price is the one to take."""
        late = quoted(-110, -110, start=start, books=BOOKS[:1])
        moved = quoted(-150, 130, start=start, books=BOOKS[1:])
        both = late | {"bookmakers": [*late["bookmakers"], *moved["bookmakers"]]}
        poll(minutes - 20, quoted(-110, -110, start=start))
        poll(minutes - 4, quoted(-110, -110, start=start))
        assert poll(minutes - 1, both) > 0

    def test_the_best_for_the_bettor_is_on_top(self, poll: Any, now: datetime) -> None:
        self.moved(poll, now + timedelta(hours=2))
        out = self.board("--signal-types", "STEAM,MULTIBOOK_SYNC", "--books", "6")
        first, second = [line for line in out.splitlines() if line.startswith("    ")][:2]
        assert "pre   Mercury at Dream" in out
        assert first.split()[:2] == ["draftkings", "-110"]
        assert first.endswith("actionable")
        assert second.endswith("no edge")

    def test_what_nobody_confirmed_lately_is_never_actionable(self, poll: Any, now: datetime) -> None:
        self.moved(poll, now + timedelta(hours=2), minutes=-30)
        out = self.board()
        quotes = [line for line in out.splitlines() if line.startswith("    ")]
        assert quotes
        assert all(line.endswith("STALE") for line in quotes)
        assert "actionable" not in out

    def test_what_has_begun_is_not_actionable(self, poll: Any, now: datetime) -> None:
        self.moved(poll, now - timedelta(seconds=30))
        out = self.board()
        assert "live  Mercury at Dream" in out
        assert "started" in out
        assert "actionable" not in out

    def test_limits(self, poll: Any, now: datetime) -> None:
        self.moved(poll, now + timedelta(hours=2))
        assert len(self.board("--limit-signals", "1", "--books", "2").splitlines()) == 4
        assert self.board("--limit-events", "0") == "No such signals.\n"
        assert self.board("--event-id", "other") == "No such signals.\n"
        assert self.board("--event-id", "e1") != "No such signals.\n"
        assert printed("print_actionable_live_board", "--min-confidence", "100") == "No such signals.\n"
        assert self.board("--minutes", "0") == "No such signals.\n"
        assert self.board("--sport", "icehockey_nhl") == "No such signals.\n"

    @pytest.mark.parametrize("args", [("--signal-types", "TIP"), ("--event-id", "a b"), ("--minutes", "soon")])
    def test_it_rejects(self, args: tuple[str, ...]) -> None:
        with pytest.raises(CommandError):
            self.board(*args)


def stands(book: str, home: float, away: float, *, age_s: int = 60, stale: bool = False) -> list[Standing]:
    return [
        Standing(book, side, Quote(None, price, None, None, stale), AT - age_s * SECOND)
        for side, price in ((Side.AWAY, away), (Side.HOME, home))
    ]


class TestOffers:
    def offered(self, *quotes: list[Standing], side: Side = Side.HOME, model: SportModel | None = None) -> list[Any]:
        return offers(
            [each for pair in quotes for each in pair],
            Market.H2H,
            side,
            model or for_sport(SPORT),
            at=AT,
            age_most=10 * MINUTE,
            settings=Settings(),
        )

    def test_by_value_not_by_distance(self) -> None:
        """The worst price is further from the consensus than the best, and comes last all the same."""
        even = [stands(book, 1.9, 1.95) for book in BOOKS[1:]]
        found = self.offered(*even, stands("worst", 1.5, 2.5), stands("best", 2.1, 1.75))
        assert (found[0].book, found[-1].book) == ("best", "worst")
        assert [offer.value for offer in found] == sorted((offer.value for offer in found), reverse=True)
        mirrored = self.offered(*even, stands("worst", 1.5, 2.5), stands("best", 2.1, 1.75), side=Side.AWAY)
        assert (mirrored[0].book, mirrored[-1].book) == ("worst", "best")

    def test_stale_ones_come_last_and_are_in_no_consensus(self) -> None:
        even = [stands(book, 1.9, 1.95) for book in BOOKS]
        alone = self.offered(*even)
        found = self.offered(*even, stands("old", 9.0, 1.05, age_s=601), stands("called", 9.0, 1.05, stale=True))
        assert [offer.book for offer in found[-2:]] == ["called", "old"]
        assert all(offer.stale for offer in found[-2:])
        assert found[0].value == alone[0].value
        text = list(offer_lines(found, Market.H2H, Status.PRE, 10))
        assert [line.split()[-1] for line in text[-2:]] == ["STALE", "STALE"]

    def test_too_few_families_have_no_value(self) -> None:
        found = self.offered(*(stands(book, 1.9, 1.95) for book in BOOKS[: MIN_FAMILIES - 1]))
        assert {offer.value for offer in found} == {None}
        assert "no value known" in next(offer_lines(found, Market.H2H, Status.PRE, 1))

    def test_nothing_stands(self) -> None:
        assert list(offer_lines([], Market.H2H, Status.PRE, 5)) == ["no quote stands"]

    @pytest.mark.parametrize(
        ("minutes", "status"),
        [(-1, Status.PRE), (0, Status.LIVE), (240, Status.LIVE), (241, Status.POST)],
    )
    def test_status(self, minutes: int, status: Status) -> None:
        assert status_of(AT, AT + minutes * MINUTE) is status

    @pytest.mark.parametrize(
        ("of", "text"),
        [(0, "0 s"), (59 * SECOND, "59 s"), (MINUTE, "1 min"), (119 * MINUTE, "119 min"), (2 * HOUR, "2 h")],
    )
    def test_ages(self, of: int, text: str) -> None:
        assert age(of) == text

    def test_shares_of_nothing(self) -> None:
        assert list(counts_lines({"a": 0}, share=True)) == ["  a                             0"]
