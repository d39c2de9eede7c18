"""What a run finds, however it is cut into pieces, interrupted, cancelled, or worked at by several at once."""

import threading
import time
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.utils import timezone

from fairness.scan import back_ends, scan
from streams.models import Run, RunHit
from streams.runs import progress, queries, services, work
from streams.runs.progress import Stopped
from streams.runs.wanted import read_body
from tests.streams.runs.bodies import KNOWN_COUNTS, body, finished_run, make_run
from tests.streams.runs.bodies import work as work_off

# The worker's lock belongs to its session, and other sessions look on.
pytestmark = pytest.mark.django_db(transaction=True)


def hits_of(run):
    return list(RunHit.objects.filter(run=run).order_by("target", "nonce").values_list("target", "nonce", "result"))


def expected_of(run):
    """What one scan of the whole range finds."""
    begun = progress.begin(run.pk, at=timezone.now())
    return scan(begun.plan, run.nonce_start, run.nonce_end, hits_max=10**6)


def stored(run_id):
    return Run.objects.get(public_id=run_id)


def test_it_works():
    found = stored(finished_run(end=100_000))
    assert dict(zip(KNOWN_COUNTS, found.counts, strict=True)) == KNOWN_COUNTS
    assert (found.status, found.next_nonce, found.engine) == ("finished", 100_001, back_ends()[0])
    assert (found.started_at is not None, found.finished_at is not None, found.error) == (True, True, "")
    assert sum(count for _, count in found.distribution) == 100_000
    assert RunHit.objects.filter(run=found, target=2, nonce=5663, result=Decimal("11200.65")).count() == 1
    assert len(hits_of(found)) == sum(KNOWN_COUNTS.values())
    assert not found.hits_truncated


@pytest.mark.parametrize(
    "changes",
    [
        {"start": 0, "end": 0},
        {"game": "limbo", "difficulty": None, "targets": [{"op": "ge", "value": 100}], "end": 30_000},
        {"game": "dice", "difficulty": None, "targets": [{"op": "between", "value": 1, "upper": 2}]},
        {"game": "plinko", "difficulty": None, "params": {"rows": 8, "risk": "high"}, "targets": [29]},
        {"start": 2**53 - 10, "end": 2**53 - 1, "targets": [{"op": "ge", "value": 0}]},
        {"targets": []},
    ],
    ids=["one nonce", "limbo", "dice", "plinko", "the last nonces", "no target"],
)
def test_other_games_and_ranges(changes):
    run_id = make_run(**changes)
    whole = expected_of(stored(run_id))
    work_off()
    found = stored(run_id)
    assert found.status == "finished", found.error
    assert tuple(found.counts) == whole.counts
    assert {Decimal(result): count for result, count in found.distribution} == whole.distribution
    assert (found.highest, tuple(found.top_nonces)) == (whole.highest, whole.highest_nonces)
    assert hits_of(found) == [(index, *hit) for index, hits in enumerate(whole.hits) for hit in hits]


def test_pieces_of_any_size_give_the_same(monkeypatch):
    monkeypatch.setattr(work, "PIECE_SECONDS", 0.0)
    monkeypatch.setattr(progress, "PIECE_HITS", 999)
    saved = counted(monkeypatch)
    in_pieces = stored(finished_run(targets=[{"op": "ge", "value": 0}, 1.63]))
    assert len(saved) > 5
    monkeypatch.undo()
    at_once = stored(finished_run(targets=[{"op": "ge", "value": 0}, 1.63]))
    for name in ("counts", "distribution", "highest", "top_nonces", "hits_truncated", "next_nonce"):
        assert getattr(in_pieces, name) == getattr(at_once, name), name
    assert hits_of(in_pieces) == hits_of(at_once)


def counted(monkeypatch):
    """The pieces that are saved from now on."""
    saved, save = [], progress.save
    monkeypatch.setattr(
        progress, "save", lambda *args, **kwargs: saved.append(kwargs["start"]) or save(*args, **kwargs)
    )
    return saved


def test_it_goes_on_where_it_was_left(monkeypatch):
    monkeypatch.setattr(progress, "PIECE_HITS", 1000)
    run_id = make_run(targets=[{"op": "ge", "value": 0}])
    stops = iter([False, False, False])
    work_off(should_stop=lambda: next(stops, True))
    left = stored(run_id)
    assert left.status == "running"
    assert 1 < left.next_nonce <= left.nonce_end
    assert RunHit.objects.filter(run=left).count() == left.next_nonce - 1
    work_off()
    found = stored(run_id)
    assert (found.status, found.counts, RunHit.objects.filter(run=found).count()) == ("finished", [6000], 6000)
    assert found.started_at == left.started_at


def test_a_piece_counts_once_whoever_computed_it():
    run = stored(make_run())
    begun = progress.begin(run.pk, at=timezone.now())
    found = scan(begun.plan, 1, 6000, hits_max=begun.hits_max)
    half = scan(begun.plan, 1, 3000, hits_max=begun.hits_max)
    assert progress.save(run.pk, start=1, found=half, at=timezone.now()) is True
    for piece in (half, found):
        with pytest.raises(Stopped):
            progress.save(run.pk, start=1, found=piece, at=timezone.now())
    assert (
        progress.save(run.pk, start=3001, found=scan(begun.plan, 3001, 6000, hits_max=100), at=timezone.now()) is False
    )
    with pytest.raises(Stopped):
        progress.save(run.pk, start=6001, found=half, at=timezone.now())
    finished = stored(run.public_id)
    assert (tuple(finished.counts), len(hits_of(finished))) == (found.counts, sum(found.counts))


def test_of_several_workers_one_works():
    run_ids = [make_run(end=20_000, targets=[{"op": "ge", "value": 5}]) for _ in range(3)]
    failures = []

    def worker():
        try:
            work_off()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = [stored(run_id) for run_id in run_ids]
    assert {run.status for run in found} == {"finished"}
    assert len({tuple(run.counts) for run in found}) == 1
    assert all(RunHit.objects.filter(run=run).count() == run.counts[0] for run in found)


def test_a_second_worker_leaves_the_runs_to_the_first():
    run_id = make_run()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [work.LANE_LOCK])
        work_off()
        assert stored(run_id).status == "queued"
        with other.cursor() as cursor:
            # Not by closing alone: the server notices that a moment later.
            cursor.execute("SELECT pg_advisory_unlock(%s)", [work.LANE_LOCK])
    finally:
        other.close()
    work_off()
    assert stored(run_id).status == "finished"


def test_runs_take_turns(monkeypatch):
    monkeypatch.setattr(progress, "PIECE_HITS", 1000)
    turns = []
    save = progress.save
    monkeypatch.setattr(progress, "save", lambda key, **kwargs: turns.append(key) or save(key, **kwargs))
    long = stored(make_run(end=5000, targets=[{"op": "ge", "value": 0}]))
    short = stored(make_run(end=10))
    work_off()
    assert turns[:3] == [long.pk, short.pk, long.pk]


def test_it_keeps_so_many_hits_and_counts_all(settings):
    settings.RUN_HITS_MAX = 100
    found = stored(finished_run(targets=[1.63, 11200.65, {"op": "ge", "value": 0}]))
    few, many, every = (RunHit.objects.filter(run=found, target=target) for target in (1, 0, 2))
    assert found.hits_truncated
    assert found.counts[2] == 6000
    assert found.counts[0] > 1000
    assert (many.count(), every.count(), few.count()) == (100, 100, found.counts[1])
    # The first by nonce.
    assert sorted(every.values_list("nonce", flat=True)) == list(range(1, 101))


def test_exactly_as_many_hits_as_are_kept_is_not_too_many(settings):
    settings.RUN_HITS_MAX = 50
    found = stored(finished_run(end=50, targets=[{"op": "ge", "value": 0}]))
    assert (found.counts, found.hits_truncated) == ([50], False)


# --- Cancelling and deleting ----------------------------------------------------------------------


def test_a_run_that_waits_is_cancelled_at_once():
    run_id = make_run()
    services.cancel(run_id=run_id, at=timezone.now())
    services.cancel(run_id=run_id, at=timezone.now())
    found = stored(run_id)
    assert (found.status, found.next_nonce, found.started_at) == ("cancelled", 1, None)
    work_off()
    assert stored(run_id).status == "cancelled"


@pytest.mark.parametrize("stop", [services.cancel, services.delete])
def test_a_run_under_way_stops_within_a_second(stop):
    run_id = make_run(end=9 * 10**9, targets=[11200.65])
    thread = threading.Thread(target=lambda: (work_off(), connections.close_all()))
    thread.start()
    try:
        until(lambda: stored(run_id).next_nonce > 1)
        asked = time.monotonic()
        stop(run_id=run_id, at=timezone.now())
    finally:
        thread.join(timeout=20)
    assert not thread.is_alive()
    assert time.monotonic() - asked < 3  # a second on a machine that does nothing else
    found = stored(run_id)
    assert RunHit.objects.filter(run=found).count() == min(found.counts[0], 100_000)
    if stop is services.cancel:
        assert (found.status, found.cancel_requested_at is not None) == ("cancelled", True)
        assert 1 < found.next_nonce < found.nonce_end


def until(holds, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_ended_cannot_be_cancelled():
    run_id = finished_run(end=10)
    with pytest.raises(services.RunEnded):
        services.cancel(run_id=run_id, at=timezone.now())
    assert stored(run_id).status == "finished"


def test_a_deleted_run_is_gone_at_once_and_then_its_rows():
    run_id, other = finished_run(), finished_run(end=10, targets=[{"op": "ge", "value": 0}])
    services.delete(run_id=run_id, at=timezone.now())
    for read in (queries.find_run, lambda key: queries.get_run(key, with_seed=True)):
        with pytest.raises(queries.NotFound):
            read(run_id)
    assert [row.id for row in queries.list_runs(limit=10).runs] == [other]
    assert services.remove_deleted(chunk=2) > 2
    assert list(Run.objects.values_list("public_id", flat=True)) == [other]
    assert RunHit.objects.count() == 10


# --- Failing --------------------------------------------------------------------------------------


def test_a_run_that_cannot_be_computed_says_why():
    run_id = make_run()
    Run.objects.filter(public_id=run_id).update(game="tetris")
    work_off()
    found = stored(run_id)
    assert found.status == "failed"
    assert found.error.startswith("game must be one of")


def test_an_error_nobody_foresaw_fails_the_run_and_no_other(monkeypatch, caplog):
    def broken(plan, *args, **kwargs):
        if plan.game == "limbo":
            raise ZeroDivisionError("secret seed")
        return scan(plan, *args, **kwargs)

    monkeypatch.setattr(work, "scan", broken)
    bad, good = make_run(game="limbo", difficulty=None), make_run(end=10)
    work_off()
    assert (stored(bad).status, stored(bad).error) == ("failed", work.UNFORESEEN)
    assert stored(good).status == "finished"
    assert "A run failed unexpectedly" in caplog.text


def test_the_server_seed_is_in_no_text_of_what_reads_it():
    run_id = make_run()
    seed = stored(run_id).server_seed
    wanted = read_body({**body(), "targets": []}, most=10**9)
    begun = progress.begin(stored(run_id).pk, at=timezone.now())
    for value in (stored(run_id), begun, queries.get_run(run_id, with_seed=True), queries.find_run(run_id), wanted):
        assert seed not in f"{value} {value!r}", type(value)
