"""When to poll: the bands, the budget, and a year of games."""

import random
from bisect import bisect_left
from collections import deque
from dataclasses import replace

import pytest

from markets import planner
from markets.planner import DAY, Band, Known, Spending, Sport, What, band_of, budget_floor, credits_a_day, plan
from markets.provider.configuration import Cadence
from markets.quotes import HOUR, MINUTE, SECOND

NOW = 1_780_000_000 * SECOND
CADENCE = Cadence(
    base=60,
    idle=300,
    low_credit=900,
    low_credit_threshold=200,
    daily_credits=1200,
    override=None,
    close_capture=True,
    closes_per_cycle=10,
)
RICH = replace(CADENCE, daily_credits=None)


def sport(key="basketball_nba", *starts, cost=3, **known):
    """A sport whose games start so many minutes from now, and whose events were listed just now."""
    moments = tuple(NOW + round(minutes * MINUTE) for minutes in sorted(starts))
    return Sport(key, cost, moments, **{"listed": NOW, **known})


def planned(*sports, cadence=CADENCE, spent=(), **known):
    return plan(Known(NOW, sports, Spending(spent), **known), cadence)


def asked(made, what=What.ODDS):
    return [ask.sport for ask in made.asks if ask.what is what]


def minutes_until_next(made):
    return (made.next_at - NOW) / MINUTE


@pytest.mark.parametrize(("cost", "daily", "seconds"), [(9, 1200, 648), (3, 1200, 216), (3, 4320, 60), (1, 7, 12343)])
def test_the_budget_slows_polls(cost, daily, seconds):
    assert budget_floor(cost, daily) == seconds
    assert cost * 86_400 / seconds <= daily


def test_one_sport_a_minute_costs_more_than_three_budgets():
    assert credits_a_day(3, 60) == 4320


def test_the_floor_counts_the_sports_that_have_games():
    three = [sport(key, 60 * 24 * 2, polled=NOW) for key in ("nba", "ncaab", "nfl")]
    assert planned(*three).floor == 648
    assert planned(three[0], sport("ncaab"), sport("nfl")).floor == 216
    assert planned(*three, cadence=RICH).floor == 0


@pytest.mark.parametrize(
    ("minutes", "band", "every"),
    [
        (-14, Band.CLOSE, 1),
        (0, Band.CLOSE, 1),
        (60, Band.CLOSE, 1),
        (61, Band.NEAR, 5),
        (180, Band.NEAR, 5),
        (181, Band.PRE, 15),
        (360, Band.PRE, 15),
        (361, Band.FAR, 30),
        (60 * 24 * 8, Band.REMOTE, 360),
        (-15, Band.NONE, None),
        (-300, Band.NONE, None),
    ],
)
def test_the_nearest_start_decides_how_often(minutes, band, every):
    assert band_of((NOW + minutes * MINUTE,), NOW) is band
    look_often = replace(RICH, idle=7 * 86_400)
    first = planned(sport("nba", minutes), cadence=look_often)
    assert asked(first) == ([] if every is None else ["nba"])
    if every is not None:
        # One that was polled a little less than the interval ago waits, unless it comes into a tighter band.
        waits = planned(sport("nba", minutes, polled=NOW - every * MINUTE + SECOND), cadence=look_often)
        assert asked(waits) == []
        assert waits.next_at == NOW + SECOND
        assert asked(planned(sport("nba", minutes, polled=NOW - every * MINUTE), cadence=look_often)) == ["nba"]


@pytest.mark.parametrize(("start", "ago"), [(61, 1), (181, 5), (361, 15), (60 * 24 * 7 + 1, 30)])
def test_a_tighter_band_is_due_at_once(start, ago):
    just = sport("nba", start, polled=NOW - ago * MINUTE)
    made = planned(just, cadence=replace(RICH, idle=7 * 86_400))
    assert made.asks == ()
    assert minutes_until_next(made) == 1


def test_without_events_only_the_free_list_is_asked_for():
    made = planned(Sport("nba", 3))
    assert [(ask.sport, ask.what) for ask in made.asks] == [("nba", What.EVENTS)]
    later = planned(sport("nba"))
    assert later.asks == ()
    assert minutes_until_next(later) == 5


def test_each_sport_has_its_own_rhythm():
    near, far = sport("nba", 30, polled=NOW - MINUTE), sport("nfl", 60 * 24 * 3, polled=NOW - 11 * MINUTE)
    assert asked(planned(near, far)) == ["nba"]


def test_the_last_look_comes_a_minute_before_the_start():
    made = planned(sport("nba", 10, polled=NOW - 5 * SECOND), cadence=replace(CADENCE, daily_credits=3))
    assert made.asks == ()
    # Slowed to an hour by a budget of one call, it is made all the same, when it counts.
    at_last = Known(NOW + 9 * MINUTE, (sport("nba", 10, polled=NOW - 2 * HOUR),), Spending())
    (ask,) = [each for each in plan(at_last, replace(CADENCE, daily_credits=3)).asks if each.what is What.ODDS]
    assert ask.last_look


def test_what_last_looks_need_is_kept():
    soon, later = sport("nba", 60 * 5), sport("nfl", 60 * 24 * 3)
    assert asked(planned(soon, later, cadence=replace(CADENCE, daily_credits=9))) == ["nba", "nfl"]
    tight = planned(soon, later, cadence=replace(CADENCE, daily_credits=5))
    assert asked(tight) == []
    assert tight.blocked == ("nba", "nfl")
    assert asked(planned(soon, later, remaining=8)) == ["nba"]


@pytest.mark.parametrize(("ago", "made"), [(23.9, []), (24.1, ["nba"])])
def test_the_budget_is_of_any_24_hours(ago, made):
    spent = [(NOW - round(ago * HOUR), 1200)]
    assert asked(planned(sport("nba", 60 * 30), spent=spent)) == made


def test_few_credits_slow_everything_but_last_looks():
    known = {"remaining": 150}
    assert asked(planned(sport("nba", 30, polled=NOW - 14 * MINUTE), **known)) == []
    assert asked(planned(sport("nba", 30, polled=NOW - 15 * MINUTE), **known)) == ["nba"]
    assert asked(planned(sport("nba", 0.9, polled=NOW - 14 * MINUTE), **known)) == ["nba"]


def test_a_pause_leaves_the_free_list():
    tired = sport("nba", 30, listed=NOW - 15 * MINUTE)
    made = planned(tired, paused=True)
    assert [ask.what for ask in made.asks] == [What.EVENTS]
    assert planned(replace(tired, listed=NOW - 14 * MINUTE), paused=True).asks == ()


def test_an_open_circuit_asks_nothing():
    made = planned(Sport("nba", 3), quiet_until=NOW + 2 * MINUTE)
    assert made.asks == ()
    assert minutes_until_next(made) == 2


def test_a_failed_call_is_tried_again_after_a_minute_and_sooner_before_a_start():
    failed = {"polled": NOW - HOUR, "asked": NOW - 20 * SECOND}
    assert asked(planned(sport("nba", 30, **failed))) == []
    assert asked(planned(sport("nba", 30, **{**failed, "asked": NOW - MINUTE}))) == ["nba"]
    assert asked(planned(sport("nba", 0.5, **failed))) == ["nba"]


def test_a_sport_that_is_held_is_left_alone():
    held = Sport("nba", 3, (NOW + 30 * MINUTE,), held=NOW + HOUR)
    assert planned(held).asks == ()


def test_the_operator_decides_over_every_band():
    fast = replace(RICH, override=5)
    assert asked(planned(sport("nba", 60 * 24 * 3, polled=NOW - 5 * SECOND), cadence=fast, remaining=10)) == ["nba"]
    assert asked(planned(sport("nba", 60 * 24 * 3, polled=NOW - 4 * SECOND), cadence=fast)) == []


def test_without_close_capture_the_base_interval_holds():
    plain = replace(RICH, close_capture=False, base=90)
    for minutes in (10, 100, 300):
        assert asked(planned(sport("nba", minutes, polled=NOW - 90 * SECOND), cadence=plain)) == ["nba"]
        assert asked(planned(sport("nba", minutes, polled=NOW - 89 * SECOND), cadence=plain)) == []


def test_starts_at_one_moment_share_a_last_look():
    games = sport("nba", *[60 * 20] * 12)
    assert asked(planned(games, cadence=replace(CADENCE, daily_credits=6))) == ["nba"]


# --- A year -------------------------------------------------------------------------------------------


def slate(chance, days):
    """Starts of one sport, in order: some evenings of several games, some single ones, some days without."""
    starts = []
    for day in range(2, days):
        kind = chance.random()
        first = NOW + day * DAY + round(chance.uniform(10, 20) * HOUR)
        games = 0 if kind < 0.3 else 1 if kind < 0.5 else chance.randrange(2, 9)
        starts += [first + chance.randrange(8) * 30 * MINUTE for _ in range(games)]
    return sorted(starts)


def year(chance, days, cadence, sports):
    """Poll so long; every call charges what it may at most. What was spent, and when each sport was polled."""
    states = {key: Sport(key, cost, listed=NOW) for key, (cost, _starts) in sports.items()}
    spent, polls = Spending(), {key: [] for key in sports}
    now = NOW
    while now < NOW + days * DAY:
        for key, (_cost, starts) in sports.items():
            # A game is listed two days before its start.
            upcoming = starts[bisect_left(starts, now - HOUR) : bisect_left(starts, now + 2 * DAY)]
            states[key] = replace(states[key], starts=tuple(upcoming), listed=now)
        made = plan(Known(now, tuple(states.values()), spent), cadence)
        for ask in made.asks:
            spent.add(now, states[ask.sport].credits)
            polls[ask.sport].append(now)
            states[ask.sport] = replace(states[ask.sport], polled=now, asked=now)
        assert made.asks or made.next_at > now
        now = min(made.next_at, now + 6 * HOUR)
        now += (1 + chance.randrange(3)) * SECOND // 2  # a cycle takes its time
    return spent, polls


def most_in_a_day(spending):
    """The largest sum of any 24 hours."""
    window, total, most, before = deque(), 0, 0, 0
    for at, after in zip(spending._at, spending._sum[1:], strict=True):
        window.append((at, after - before))
        total += after - before
        before = after
        while window[0][0] <= at - DAY:
            total -= window.popleft()[1]
        most = max(most, total)
    return most


def last_looks_of_a_day(sports):
    """Credits that the last looks of any 24 hours need at most, each start by itself."""
    looks = Spending((start, cost) for cost, starts in sports.values() for start in set(starts))
    return most_in_a_day(looks)


@pytest.mark.parametrize(("seed", "days"), [*((n, 30) for n in range(4)), pytest.param(9, 366, marks=pytest.mark.slow)])
def test_random_games_stay_in_the_budget_and_every_close_is_seen(seed, days):
    """Up to four sports; the budget is what their last looks need in the fullest 24 hours, and sometimes more."""
    chance = random.Random(seed)
    sports = {f"sport_{n}": (chance.choice([1, 3, 6]), slate(chance, days)) for n in range(chance.randrange(1, 5))}
    daily = last_looks_of_a_day(sports) + chance.choice([0, 5, 40, 400])
    spent, polls = year(chance, days, replace(CADENCE, daily_credits=max(daily, 1), idle=86_400), sports)
    assert most_in_a_day(spent) <= daily
    for key, (_cost, starts) in sports.items():
        for start in starts:
            index = bisect_left(polls[key], start)
            assert index, f"{key} was never polled before {start}"
            assert start - polls[key][index - 1] <= planner.FRESH + 5 * SECOND


def test_the_default_budget_watches_an_evening_closely():
    """One sport, seven games over three hours and a half: the budget pays nearly a minute's rhythm."""
    starts = [NOW + 2 * DAY + minutes * MINUTE for minutes in range(0, 211, 30)]
    spent, polls = year(random.Random(1), 3, replace(CADENCE, idle=86_400), {"nba": (3, starts)})
    watched = [at for at in polls["nba"] if starts[0] - HOUR <= at < starts[-1]]
    assert len(watched) > 200
    assert most_in_a_day(spent) <= 1200


def test_three_busy_sports_share_the_default_budget():
    """Starts every half hour of afternoon and night: polls thin out together, and no close is older than a look."""

    def evenings(first, last):
        return [NOW + day * DAY + half * 30 * MINUTE for day in range(1, 4) for half in range(2 * first, 2 * last)]

    sports = {"nba": (3, evenings(0, 4)), "ncaab": (3, evenings(-6, 5)), "nfl": (3, evenings(-2, 6))}
    spent, polls = year(random.Random(1), 4, replace(CADENCE, idle=86_400), sports)
    assert most_in_a_day(spent) <= 1200
    for key, (_cost, starts) in sports.items():
        ages = [start - polls[key][bisect_left(polls[key], start) - 1] for start in starts]
        assert max(ages) <= planner.FRESH + 5 * SECOND
        between = [later - at for at, later in zip(polls[key], polls[key][1:], strict=False) if starts[0] <= at]
        assert sorted(between)[len(between) // 2] <= 5 * MINUTE
