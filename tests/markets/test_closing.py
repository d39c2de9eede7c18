"""The close: which poll it is of, how old it is, and what stands at it."""

import pytest

from markets.closing import Closer, Closing, Held, Window, age_grade, ages, closing_of, standing_of, window_of
from markets.quotes import HOUR, MINUTE, SECOND, Change, Listed, Market, Micros, Poll, Quote, Side
from markets.sports import SportModel, for_sport
from markets.track import Listing

NFL = "americanfootball_nfl"
START = 1_757_000_000 * SECOND  # of most games here
BOOKS = ("betmgm", "draftkings", "fanduel")


def change(book: str, side: Side, price: float | None, *, event: str = "e", stale: bool = False) -> Change:
    quote = None if price is None else Quote(None, price, None, None, stale)
    return Change(event, book, Market.H2H, side, quote)


def both(book: str, home: float, away: float, *, event: str = "e") -> tuple[Change, Change]:
    return change(book, Side.HOME, home, event=event), change(book, Side.AWAY, away, event=event)


def poll(at: Micros, *changes: Change, start: Micros | None = START, event: str = "e") -> Poll:
    listed = () if start is None else (Listed(event, "Home", "Away", start),)
    return Poll(NFL, at, listed, changes)


def closes(*polls: Poll) -> dict[Market, Closing]:
    closer = Closer(for_sport(NFL))
    for each in polls:
        closer.take(each)
    return closer.closes().get("e", {})


class TestAgeGrade:
    @pytest.mark.parametrize(
        ("seconds", "grade"),
        [
            (0, "A"),
            (600, "A"),
            (601, "B"),
            (1800, "B"),
            (1801, "C"),
            (3600, "C"),
            (3601, "D"),
            (7200, "D"),
            (7201, "F"),
            (10**7, "F"),
        ],
    )
    def test_by_minutes(self, seconds: int, grade: str) -> None:
        assert age_grade(seconds * SECOND) == grade

    def test_a_microsecond_more_is_more(self) -> None:
        assert age_grade(10 * MINUTE + 1) == "B"

    def test_it_rejects_a_close_after_the_start(self) -> None:
        with pytest.raises(ValueError, match="age"):
            age_grade(-1)


class TestWindow:
    """Polls are at the hours from 0 to 100; an event's listings are told in hours."""

    @staticmethod
    def window(
        *listings: tuple[int, float | None], missing: range = range(0), final: float | None = None
    ) -> tuple[float, float, float] | None:
        polls = [hour * HOUR for hour in range(101) if hour not in missing]
        found = window_of(
            [Listing("e", at * HOUR, None if start is None else int(start * HOUR)) for at, start in listings],
            lambda at: max((each for each in polls if each < at), default=None),
            None if final is None else int(final * HOUR),
        )
        return None if found is None else (found.since / HOUR, found.at / HOUR, found.commences / HOUR)

    @pytest.mark.parametrize(
        ("listings", "expected"),
        [
            ([], None),
            ([(1, None)], None),
            ([(1, 10.5)], (1, 10, 10.5)),
            ([(1, 10)], (1, 9, 10)),  # a poll at the start is not before it
            ([(10, 10)], None),  # first listed when it began
            ([(12, 10)], None),  # first listed in play
            ([(1, 10), (8, 12.5)], (1, 12, 12.5)),  # moved to later
            ([(1, 10), (10, 10.2), (11, 10.2)], (1, 10, 10.2)),  # moved after it was to begin
            ([(1, 10), (8, 7.5)], (1, 7, 7.5)),  # told later to have begun earlier
            ([(1, 10), (5, None)], (1, 4, 10)),  # not listed any more before it began
            ([(1, 10), (5, None), (7, 10)], (1, 9, 10)),  # and listed again
            ([(1, 10), (5, None), (12, 10)], (1, 4, 10)),  # listed again in play only
            ([(1, 50), (5, None), (40, 50)], (40, 49, 50)),  # forgotten meanwhile: it began anew
            ([(1, 50), (5, None), (29, 50)], (1, 49, 50)),  # one poll from being forgotten
        ],
    )
    def test_the_last_poll_that_listed_it_before_its_start(
        self, listings: list[tuple[int, float | None]], expected: tuple[float, float, float] | None
    ) -> None:
        assert self.window(*listings) == expected

    @pytest.mark.parametrize(("final", "expected"), [(12.5, (1, 12, 12.5)), (7.5, (1, 7, 7.5)), (1, None)])
    def test_a_final_start_that_is_known_apart(self, final: float, expected: tuple[float, float, float] | None) -> None:
        assert self.window((1, 10), final=final) == expected

    def test_what_no_poll_saw_go_is_not_forgotten(self) -> None:
        assert self.window((1, 50), (5, None), (40, 50), missing=range(6, 40)) == (1, 49, 50)


class TestStanding:
    def test_the_last_change_stands_however_old(self) -> None:
        found = standing_of([(1, change("a", Side.HOME, 1.9)), (5, change("b", Side.HOME, 1.8))])
        assert found == {
            Market.H2H: {
                "a": {Side.HOME: Held(Quote(None, 1.9, None, None), 1)},
                "b": {Side.HOME: Held(Quote(None, 1.8, None, None), 5)},
            }
        }

    @pytest.mark.parametrize("gone", [change("a", Side.HOME, None), change("a", Side.HOME, 1.7, stale=True)])
    def test_what_was_taken_down_or_is_stale_is_no_quote(self, gone: Change) -> None:
        assert standing_of([(1, change("a", Side.HOME, 1.9)), (2, gone)])[Market.H2H]["a"] == {}


class TestClose:
    def three(self, at: Micros) -> Poll:
        return poll(at, *both("betmgm", 1.9, 1.95), *both("draftkings", 1.85, 2.0), *both("fanduel", 1.95, 1.9))

    def test_it_works(self) -> None:
        found = closes(self.three(START - HOUR), poll(START - 5 * MINUTE), poll(START + MINUTE))[Market.H2H]
        assert (found.at, found.commences, found.age_seconds, found.grade) == (START - 5 * MINUTE, START, 300, "A")
        assert found.held is not None
        assert (found.held.books, found.held.families, found.held.line) == (3, 3, None)
        assert found.held.fair[0] == pytest.approx(0.5065, abs=1e-4)
        assert [(each.book, each.side.value, each.price, each.age_seconds) for each in found.quotes[:2]] == [
            ("betmgm", "A", 1.95, 3600),
            ("betmgm", "H", 1.9, 3600),
        ]
        assert found.quotes[0].to_dict() == {
            "book": "betmgm", "side": "A", "point": None, "price": 1.95, "american": None, "age_seconds": 3600,
        }  # fmt: skip

    def test_a_quotes_age_is_from_the_providers_time(self) -> None:
        quote = Quote(None, 1.9, -111, START - 2 * HOUR)
        books = {"betmgm": {Side.HOME: Held(quote, START - HOUR)}}
        window = Window(START - HOUR, START - MINUTE, START)
        found = closing_of("e", Market.H2H, books, window, SportModel(NFL))
        assert [each.age_seconds for each in found.quotes] == [7200]
        assert found.held is None

    def test_what_changes_at_or_after_the_start_is_not_of_it(self) -> None:
        before = closes(self.three(START - MINUTE), poll(START + 1))
        after = closes(self.three(START - MINUTE), poll(START, *both("betmgm", 1.01, 20.0)), poll(START + 1))
        assert before == after

    def test_none_before_the_start(self) -> None:
        assert closes(self.three(START - MINUTE)) == {}

    def test_too_few_families_have_no_fair_price(self) -> None:
        # One of three books lost a side; lowvig and betonlineag are one operator.
        lost = closes(self.three(START - HOUR), poll(START - MINUTE, change("fanduel", Side.AWAY, None)), poll(START))
        twins = closes(
            poll(START - HOUR, *both("lowvig", 1.9, 1.95), *both("betonlineag", 1.9, 1.95), *both("fanduel", 1.9, 1.9)),
            poll(START),
        )
        for found in (lost, twins):
            assert found[Market.H2H].held is None
            assert len(found[Market.H2H].quotes) > 4

    def test_a_recording_tells_the_start_apart(self) -> None:
        closer = Closer(for_sport(NFL), starts={"e": START + 20 * MINUTE})
        for each in (self.three(START - HOUR), poll(START + MINUTE, *both("betmgm", 1.5, 2.8)), poll(START + HOUR)):
            closer.take(each)
        found = closer.closes()["e"][Market.H2H]
        assert (found.at, found.commences, found.grade) == (START + MINUTE, START + 20 * MINUTE, "B")
        assert found.quotes[1].price == 1.5

    def test_it_is_made_again_when_the_start_moves(self) -> None:
        closer = Closer(for_sport(NFL))
        for each in (self.three(START - HOUR), poll(START)):
            closer.take(each)
        assert closer.closes()["e"][Market.H2H].commences == START
        closer.take(poll(START + MINUTE, *both("betmgm", 1.5, 2.8), start=START + HOUR))
        assert "e" not in closer.closes(), "it has not begun yet"
        closer.take(poll(START + HOUR, start=START + HOUR))
        found = closer.closes()["e"][Market.H2H]
        assert (found.at, found.commences) == (START + MINUTE, START + HOUR)
        assert found.quotes[1].price == 1.5

    def test_it_is_kept_when_the_event_is_forgotten(self) -> None:
        polls = [self.three(START - HOUR), poll(START)]
        later = [poll(START + hours * HOUR, start=None) for hours in range(1, 60, 5)]
        assert closes(*polls, *later) == closes(*polls) != {}

    def test_no_quote_of_an_event_that_began_anew_is_of_its_first_life(self) -> None:
        old = self.three(START - 100 * HOUR)
        silent = [poll(START - hours * HOUR, start=None) for hours in range(90, 10, -10)]
        anew = poll(START - HOUR, *both("caesars", 1.9, 1.95))
        found = closes(old, *silent, anew, poll(START))[Market.H2H]
        assert {each.book for each in found.quotes} == {"caesars"}

    def test_home_and_away_are_mirrored(self) -> None:
        there = closes(
            poll(
                START - MINUTE, *both("betmgm", 1.95, 1.9), *both("draftkings", 2.0, 1.85), *both("fanduel", 1.9, 1.95)
            ),
            poll(START),
        )[Market.H2H]
        here = closes(self.three(START - MINUTE), poll(START))[Market.H2H]
        assert here.held is not None
        assert there.held is not None
        assert there.held.fair == pytest.approx(here.held.fair[::-1])

    def test_ages_count_what_has_a_price(self) -> None:
        priced = closes(self.three(START - 20 * MINUTE), poll(START))[Market.H2H]
        assert dict(ages([priced, priced, priced._replace(held=None)])) == {"A": 0, "B": 2, "C": 0, "D": 0, "F": 0}
