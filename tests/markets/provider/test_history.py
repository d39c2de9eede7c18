"""Backfills against a simulated provider: games that are over, the estimate first, and nothing twice."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from markets.history import list_moments, moments_of
from markets.models import Event, Poll, ProviderCall, QuoteChange, Source
from markets.quotes import HOUR, from_micros
from tests.markets.provider.conftest import KEY, first_start

HOURS = timedelta(hours=1)
START = datetime(2026, 1, 10, tzinfo=UTC)


def test_the_lists_are_looked_at_once_a_day():
    assert list_moments(START, START + timedelta(hours=30)) == [START, START + timedelta(hours=24)]
    assert list_moments(START, START + timedelta(hours=24)) == [START]


def test_moments_are_closer_near_the_start_and_shared():
    commences = START + timedelta(hours=40, minutes=7)
    moments = moments_of(commences, since=START, step=timedelta(minutes=60))
    left = [(commences - moment) / HOURS for moment in moments]
    assert left[0] <= 24
    gaps = [(left[0], left[0] - left[1]) for left in zip(left, left[1:], strict=False)]
    assert max(gap for _, gap in gaps) == pytest.approx(2)
    assert max(gap for before, gap in gaps if before <= 11) == pytest.approx(1)
    assert max(gap for before, gap in gaps if before <= 3) < 0.34
    assert moments[-1] == commences - timedelta(minutes=1)
    # Another game of the evening needs only its own last look and the steps until its start.
    other = moments_of(commences + timedelta(minutes=30), since=START, step=timedelta(minutes=60))
    assert len(set(other) - set(moments)) <= 4


def test_nothing_before_the_start_of_the_backfill():
    moments = moments_of(START + timedelta(hours=2), since=START, step=timedelta(minutes=60))
    assert min(moments) >= START


@pytest.fixture
def backfill(world, generated, settings):
    """The command, of the first evening, when that is long over."""
    start = from_micros(first_start(generated))
    world.provider.clock.advance(world.provider.clock.now() + 48 * HOUR)
    world.provider.account.remaining = 5000

    def run(*flags, command="backfill_history"):
        settings.ODDS = world.odds()
        out, err = io.StringIO(), io.StringIO()
        dates = ["--start", (start - timedelta(hours=3)).isoformat(), "--end", (start + 3 * HOURS).isoformat()]
        try:
            call_command(command, *dates, *flags, stdout=out, stderr=err)
        finally:
            run.said = err.getvalue()
        return json.loads(out.getvalue())

    return run


@pytest.mark.django_db
def test_it_finds_games_that_are_over_and_costs_what_it_said(world, backfill):
    told = backfill("--max_events", "2", "--history_step_minutes", "120")
    assert told["events_processed"] == 2
    assert told["history_endpoint_variant"] == "bulk"
    assert told["credits_used"] == world.provider.account.used <= told["credits_estimated"] <= 1000
    assert told["requests_remaining"] == 5000 - told["credits_used"]
    assert told["requests_limit"] == 5000
    assert told["polls_inserted"] == Poll.objects.count() > 3
    assert told["snapshots_inserted"] == QuoteChange.objects.count() > 100
    assert (told["budget_stopped"], told["budget_stop_reason"]) == (False, None)
    assert set(Poll.objects.values_list("source", flat=True)) == {Source.SIMULATION}
    # The close of each game: a poll in the last minutes before its start.
    for event in Event.objects.order_by("commences_at")[:2]:
        last = Poll.objects.filter(at__lt=event.commences_at).latest("at")
        assert event.commences_at - last.at <= timedelta(minutes=7)
    assert f"Estimate: {told['credits_estimated']} credits" in backfill.said


@pytest.mark.django_db
def test_a_second_run_asks_only_for_the_lists(world, backfill):
    flags = ["--max_events", "1", "--history_step_minutes", "180"]
    first = backfill(*flags)
    calls = world.calls("historical_odds")
    again = backfill(*flags)
    assert world.calls("historical_odds") == calls
    assert again["polls_inserted"] == 0
    assert again["duplicates_skipped"] == first["polls_inserted"] > 0
    assert again["credits_used"] <= 1


@pytest.mark.django_db
def test_it_refuses_above_the_cap_before_it_spends(world, backfill):
    with pytest.raises(CommandError, match="the cap is 40") as refused:
        backfill("--max_credits", "40")
    assert refused.value.returncode == 2
    assert world.provider.account.used <= 1
    assert not Poll.objects.exists()
    assert "Estimate:" in backfill.said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("flags", "remaining", "reason"),
    [
        (["--max_requests", "3"], 5000, "max_requests_reached"),
        (["--min_requests_remaining", "400"], 480, "min_requests_remaining_reached"),
    ],
)
def test_it_stops_at_its_limits_and_goes_on_later(world, backfill, flags, remaining, reason):
    world.provider.account.remaining = remaining
    told = backfill("--max_events", "1", "--history_step_minutes", "180", *flags)
    assert (told["budget_stopped"], told["budget_stop_reason"]) == (True, reason)
    assert told["polls_inserted"] == Poll.objects.count() == 2
    world.provider.account.remaining = 5000
    rest = backfill("--max_events", "1", "--history_step_minutes", "180")
    assert rest["budget_stopped"] is False
    assert rest["duplicates_skipped"] == 2
    assert Poll.objects.count() == 2 + rest["polls_inserted"]


@pytest.mark.django_db
def test_game_by_game_where_there_is_no_more_at_once(world, backfill):
    world.provider.faults.add("schema", "historical_odds", field="data", change="nulled", times=None)
    told = backfill("--max_events", "2", "--history_step_minutes", "240")
    assert told["history_endpoint_variant"] == "event"
    assert world.calls("historical_odds") == 1
    assert world.calls("historical_event_odds") > Poll.objects.count() > 0
    # Two games of one snapshot are one poll.
    assert Poll.objects.filter(events=2).exists()


@pytest.mark.django_db
def test_a_probe_asks_in_both_ways_and_ends(world, backfill):
    told = backfill("--probe_only")
    assert (told["probe_requests_used"], world.calls("historical_odds"), world.calls("historical_event_odds")) == (
        2,
        1,
        1,
    )
    assert told["probe"]["bulk"]["events"] > 1
    assert told["probe"]["event"]["events"] == 1
    assert told["history_endpoint_variant"] == "bulk"


@pytest.mark.django_db
def test_a_plan_without_history_is_said_in_a_sentence(world, backfill):
    world.provider.account.free_plan = True
    with pytest.raises(CommandError, match="HISTORICAL_UNAVAILABLE_ON_FREE_USAGE_PLAN"):
        backfill()
    assert ProviderCall.objects.filter(error__startswith="HISTORICAL").count() == 1
    assert KEY not in backfill.said


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--start", "2026-01-10", "--end", "2026-01-10"], "--end must be after"),
        (["--start", "2019-01-10", "--end", "2026-01-10"], "--start must not be before 2020-06-06"),
        (["--start", "soon", "--end", "2026-01-10"], "must be a moment"),
        (["--start", "2026-01-10", "--end", "2026-01-11", "--markets", "corners"], "--markets may name"),
        (["--start", "2026-01-10", "--end", "2026-01-11", "--sport_key", "../x"], "--sport_key"),
        (["--start", "2026-01-10", "--end", "2026-01-11", "--regions", "u s"], "--regions"),
        (["--start", "2026-01-10", "--end", "2026-01-11", "--max_credits", "0"], "must be a whole number"),
        (["--start", "2026-01-10", "--end", "2026-01-11", "--probe_only", "perhaps"], "must be true or false"),
    ],
)
def test_bad_flags_are_named(world, settings, flags, sentence):
    settings.ODDS = world.odds()
    with pytest.raises(CommandError, match=sentence):
        call_command("backfill_history", *flags)


@pytest.mark.parametrize("flag", ["--max_events=51", "--max_requests=801", "--max_credits=12001"])
def test_a_costly_run_needs_a_confirmation(flag):
    with pytest.raises(CommandError, match="--confirm_costly_run") as refused:
        call_command("run_research_backfill", "--start", "2026-01-10", "--end", "2026-01-11", flag)
    assert refused.value.returncode == 2


@pytest.mark.parametrize("command", ["backfill_history", "run_dataset_build", "run_research_backfill"])
def test_without_a_key_it_says_what_to_do(command):
    with pytest.raises(CommandError, match="set ODDS_API_KEY"):
        call_command(command, "--start", "2026-01-10", "--end", "2026-01-11")


@pytest.mark.django_db
def test_a_data_set_is_built_and_checked(world, backfill, monkeypatch):
    run = []
    monkeypatch.setattr(
        "markets.management.commands.run_dataset_build.call_command", lambda *a, **k: run.append((*a, k["simulated"]))
    )
    told = backfill("--max_events", "1", command="run_dataset_build")
    assert told["polls_inserted"] > 0
    assert run == [("dataset_sanity", True)]
    run.clear()
    with pytest.raises(CommandError):
        backfill("--max_events", "2", "--max_credits", "30", command="run_research_backfill")
    assert run == []  # the first that fails ends it
