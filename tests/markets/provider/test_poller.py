"""The poller against a simulated provider on a real socket: what it stores, and what every fault comes to."""

import logging
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection

from events.models import Event as LogEntry
from markets.credits import balance
from markets.models import Cycle, Poll, ProviderCall, QuoteChange, Source, Standing
from markets.planner import Band
from markets.quotes import MINUTE, from_micros
from markets.tally import Closed
from tests.markets.provider.conftest import KEY, NBA, World, turns

pytestmark = pytest.mark.django_db


def last_cycle() -> Cycle:
    return Cycle.objects.latest("pk")


def forward_and_turn(world: World, poller, minutes: float) -> Cycle:
    """Time goes on by so much; the poller learns of it with the next answer, and polls then."""
    world.forward(minutes)
    poller._clock.set(from_micros(world.provider.clock.now()))
    turns(poller)
    return last_cycle()


def test_it_looks_at_the_free_list_and_polls_what_is_near(world):
    pause = turns(world.poller())
    assert [call.operation for call in world.provider.calls] == ["sports", "events", "odds"]
    assert 0 < pause <= 60
    poll = Poll.objects.get()
    assert (poll.sport, poll.source, poll.is_simulated, poll.credits) == (NBA, Source.SIMULATION, True, 3)
    assert poll.at == from_micros(world.provider.clock.now())
    first, second = Cycle.objects.order_by("pk")
    assert (first.polls, first.credits, first.next_seconds, first.degraded) == (0, 0, 0, False)
    assert (second.polls, second.credits, second.remaining, second.degraded) == (1, 3, 497, False)
    assert second.changes == poll.changes == QuoteChange.objects.count() > 0
    assert 0 < second.next_seconds <= 60
    assert second.notes["sports"][NBA]["band"] == Band.CLOSE
    assert second.notes["target_interval_seconds"] >= 216


def test_every_request_is_in_the_ledger(world):
    turns(world.poller())
    rows = ProviderCall.objects.order_by("pk").values_list("endpoint", "expected_credits", "credits", "status", "error")
    assert list(rows) == [("sports", 0, 0, 200, ""), ("events", 0, 0, 200, ""), ("odds", 3, 3, 200, "")]
    found = balance(from_micros(world.provider.clock.now()), is_simulated=True)
    # The first call is of our own clock: it told us the simulator's.
    assert (found.remaining, found.used, found.counted_day, found.unanswered) == (497, 3, 3, 0)


def test_a_minute_later_it_polls_again(world):
    poller = world.poller()
    turns(poller)
    assert forward_and_turn(world, poller, 1).polls == 1
    assert Poll.objects.count() == 2
    assert poller.turn() > 0
    assert Poll.objects.count() == 2


def test_a_new_poller_goes_on_where_the_old_one_was(world):
    turns(world.poller())
    turns(world.poller())
    assert Poll.objects.count() == 1
    assert world.calls("odds") == 1
    forward_and_turn(world, world.poller(), 1)
    assert Poll.objects.count() == 2


@pytest.mark.parametrize(
    ("fault", "details", "charged"),
    [
        ("drop_before", {}, 3),
        ("drop_after", {}, 6),
        ("cut", {}, 6),
        ("truncate", {}, 6),
        ("not_json", {}, 3),
        ("server_error", {}, 3),
        ("unavailable", {"seconds": 2}, 3),
        ("rate_limit", {"seconds": 2}, 3),
    ],
)
def test_what_heals_is_asked_again_in_the_same_poll(world, fault, details, charged):
    world.provider.faults.add(fault, "odds", **details)
    turns(world.poller())
    assert Poll.objects.count() == 1
    assert world.calls("odds") == 2
    assert world.provider.account.used == charged
    assert last_cycle().error == ""
    assert len(world.slept) == 1
    assert world.slept[0] >= details.get("seconds", 0.5)
    # Never less than the provider: what was not answered counts in full.
    counted = balance(from_micros(world.provider.clock.now()), is_simulated=True).counted_day
    assert charged <= counted <= 6


def test_a_body_that_drips_past_the_deadline_is_given_up(world):
    world.provider.faults.add("slow_body", "odds", seconds=1.0)
    turns(world.poller(deadline=0.25))
    assert Poll.objects.count() == 1
    assert ProviderCall.objects.filter(error="TIMED_OUT").count() == 1


def test_a_poll_that_fails_is_one_failure_and_three_open_the_circuit(world):
    world.provider.faults.add("unavailable", "odds", times=None)
    poller = world.poller()
    turns(poller)
    cycle = last_cycle()
    assert world.calls("odds") == 3
    assert cycle.degraded
    assert cycle.error.startswith("UNAVAILABLE: The provider answered 503")
    assert cycle.notes["circuit"] == {"failures": 1, "open_until": None}
    forward_and_turn(world, poller, 1)
    assert forward_and_turn(world, poller, 1).notes["circuit"]["failures"] == 3
    calls = len(world.provider.calls)
    forward_and_turn(world, poller, 1)
    turns(world.poller(), 1)  # a new process knows that it is open, and asks for the time alone
    assert len(world.provider.calls) == calls + 1
    world.provider.faults.clear()
    cycle = forward_and_turn(world, poller, 1.1)
    assert (cycle.polls, cycle.notes["circuit"]["failures"]) == (1, 0)


def test_a_long_retry_after_is_waited_for_without_asking(world):
    world.provider.faults.add("rate_limit", "odds", seconds=600)
    poller = world.poller()
    turns(poller)
    assert world.calls("odds") == 1
    calls = len(world.provider.calls)
    forward_and_turn(world, poller, 9)
    assert len(world.provider.calls) == calls
    assert forward_and_turn(world, poller, 1.1).polls == 1


def test_without_credits_only_what_is_free_is_asked(world):
    world.provider.account.remaining = 2
    poller = world.poller()
    turns(poller)
    assert last_cycle().notes["paused"]
    assert forward_and_turn(world, poller, 15).degraded
    assert world.calls("events") == 2
    world.provider.account.remaining = 500
    cycle = forward_and_turn(world, poller, 15)
    assert (cycle.polls, cycle.degraded, cycle.remaining) == (1, False, 497)
    assert world.calls("odds") == 1


def test_a_refusal_for_want_of_credits_pauses(world):
    world.provider.faults.add("no_credits", "odds")
    poller = world.poller()
    turns(poller)
    assert last_cycle().error.startswith("OUT_OF_USAGE_CREDITS")
    assert last_cycle().notes["paused"]
    assert last_cycle().notes["circuit"]["failures"] == 0
    forward_and_turn(world, poller, 16)
    assert world.calls("odds") == 1


def test_a_refused_key_tells_the_operator_once(world, caplog):
    world.provider.account.state = "deactivated"
    poller = world.poller()
    assert poller.turn() == 5  # nothing is planned before the simulator has told its time
    world.provider.account.state = "active"
    turns(poller)
    world.provider.account.state = "deactivated"
    for minutes in (1, 30, 31):
        forward_and_turn(world, poller, minutes)
    cycle = Cycle.objects.filter(error__startswith="DEACTIVATED_KEY").latest("pk")
    assert cycle.degraded
    assert world.calls("odds") + world.calls("events") == 2 + 2  # one refusal at once, one an hour later
    (entry,) = LogEntry.objects.filter(stream="markets:provider")
    assert (entry.type, entry.body["code"]) == ("provider.key_refused", "DEACTIVATED_KEY")
    assert "look at ODDS_API_KEY" in caplog.text


def test_a_wrong_question_holds_its_sport_alone(world):
    poller = world.poller(ODDS_API_SPORT_KEYS=f"curling_world,{NBA}")
    turns(poller)
    assert Poll.objects.count() == 1
    assert any("UNKNOWN_SPORT" in cycle.error for cycle in Cycle.objects.all())
    forward_and_turn(world, poller, 6)
    assert world.calls("events") == 3  # nobody asks for the unknown one again within the hour


def test_an_answer_of_another_shape_stops_nothing_else(world):
    world.provider.faults.add("schema", "odds", field="bookmakers", change="renamed", to="books")
    poller = world.poller()
    turns(poller)
    poll = Poll.objects.get()
    assert (poll.quotes, poll.credits) == (0, 3)
    assert forward_and_turn(world, poller, 1).changes > 0


def test_a_lying_clock_is_only_a_late_poll(world):
    poller = world.poller()
    turns(poller)
    world.provider.faults.add("clock_skew", "odds", seconds=-300)
    cycle = forward_and_turn(world, poller, 1)
    assert cycle.error == ""
    assert cycle.notes["sports"][NBA].get("late")
    assert Standing.objects.exists()


def test_a_small_budget_is_kept_for_the_last_look(world):
    poller = world.poller(ODDS_API_TARGET_DAILY_CREDITS="7")
    turns(poller)
    start = min(poller._starts[NBA].values())
    while world.provider.clock.now() < start - MINUTE:
        assert world.provider.account.used == 0
        forward_and_turn(world, poller, 1)
    assert world.provider.account.used == 3
    assert last_cycle().notes["sports"][NBA]["last_look"]


def test_closes_follow_each_cycle_and_more_of_them_at_once(world):
    asked = []

    def closing(*, at, is_simulated, events):
        asked.append(events)
        return Closed(2, 5, len(asked) < 4)

    poller = world.poller(closing=closing, MARKETS_CLOSE_CAPTURE_MAX_EVENTS_PER_CYCLE="7")
    turns(poller, 6)
    assert asked == [7] * 4
    assert [(cycle.closes, cycle.grades) for cycle in Cycle.objects.all()] == [(2, 5)] * 4
    assert world.calls("odds") == 1


def test_what_fails_behind_a_poll_does_not_stop_polling(world, caplog):
    def closing(**_asked):
        raise ZeroDivisionError

    poller = world.poller(closing=closing)
    turns(poller)
    assert Poll.objects.count() == 1
    assert last_cycle().error.startswith("UNEXPECTED: closes could not be captured")


def test_an_answer_that_was_not_stored_is_stored_at_the_next_start(world, monkeypatch):
    def killed(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("markets.pipeline.Pipeline.ingest", killed)
        with pytest.raises(SystemExit):
            turns(world.poller())
    assert not Poll.objects.exists()
    assert len(list(world.spool.left())) == 1
    turns(world.poller())
    assert Poll.objects.get().credits == 3
    assert world.calls("odds") == 1
    assert list(world.spool.left()) == []


def test_what_cannot_be_stored_is_set_aside(world, monkeypatch, tmp_path):
    at = from_micros(world.provider.clock.now())
    world.spool.keep(NBA, at - timedelta(hours=1), b'{"no": "list"}', is_simulated=True, charged=3)
    (tmp_path / "answers" / "0-x.poll").write_bytes(b"no file of ours")
    turns(world.poller())
    assert list(world.spool.left()) == []
    assert len(list((tmp_path / "answers" / "refused").iterdir())) == 2
    assert Poll.objects.count() == 1


def test_a_database_that_fails_keeps_the_answer(world, monkeypatch):
    poller = world.poller()
    poller.turn()
    with monkeypatch.context() as patch:
        patch.setattr("markets.pipeline.Pipeline.ingest", lambda *_a, **_k: _fail())
        patch.setattr(connection, "close", lambda: None)  # it holds the test's transaction
        assert poller.turn() == 5
    turns(poller)
    assert Poll.objects.get().credits == 3
    assert world.calls("odds") == 1


def _fail():
    from django.db import OperationalError

    raise OperationalError("the server closed the connection unexpectedly")


@pytest.mark.parametrize(("seconds", "noted"), [(-61, True), (30, False), (3600, True)])
def test_a_clock_that_is_wrong_is_noted(world, monkeypatch, seconds, noted):
    poller = world.poller()
    monkeypatch.setattr(poller._provider, "_skew", lambda _reply: timedelta(seconds=seconds))
    turns(poller)
    assert last_cycle().notes.get("clock_skew_seconds") == (seconds if noted else None)


def test_the_key_is_in_no_table_file_or_log(world, caplog, tmp_path):
    """Whatever happened: polls, refusals, and an answer that was set aside."""
    caplog.set_level(logging.DEBUG)
    world.provider.faults.add("not_json", "odds")
    world.provider.faults.add("no_credits", "odds", skip=1)
    poller = world.poller()
    turns(poller)
    world.provider.account.state = "deactivated"
    forward_and_turn(world, poller, 6)
    world.spool.keep(NBA, from_micros(world.provider.clock.now()), b"{", is_simulated=True, charged=None)
    turns(poller, 2)
    tables = [model._meta.db_table for model in apps.get_app_config("markets").get_models()] + ["events_event"]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*), count(*) FILTER (WHERE strpos(t::text, %s) > 0) FROM {table} t", [KEY])
            assert cursor.fetchone()[1] == 0, table
    assert ProviderCall.objects.count() > 3
    assert KEY not in caplog.text
    for file in tmp_path.rglob("*"):
        assert file.is_dir() or KEY.encode() not in file.read_bytes()
