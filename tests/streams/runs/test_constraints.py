"""The database itself keeps runs true; each constraint by a row that breaks it and nothing else."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from streams.models import Run, RunHit
from streams.run_models import ENDED, OPEN, TRANSITIONS, RunStatus
from tests.streams.runs.bodies import make_run

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUNNING = {"status": "running", "started_at": AT}

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return Run.objects.get(public_id=make_run())


BROKEN = [
    ("run_seed_hashes_to_its_hash", {"server_seed": "another"}),
    ("run_seed_hashes_to_its_hash", {"server_seed_sha256": "0" * 64}),
    ("run_has_seed_and_game", {"client_seed": ""}),
    ("run_has_seed_and_game", {"game": ""}),
    ("run_nonces_in_order", {"nonce_start": -1, "next_nonce": 0}),
    ("run_nonces_in_order", {"nonce_start": 6001, "next_nonce": 6001}),
    ("run_nonces_in_order", {"nonce_end": 2**53}),
    ("run_next_nonce_in_range", {"next_nonce": 0}),
    ("run_next_nonce_in_range", {"next_nonce": 6002}),
    ("run_one_count_per_target", {"counts": []}),
    ("run_one_count_per_target", {"targets": []}),
    ("run_status_known", {"status": "lost"}),
    ("run_ended_has_a_moment", {**RUNNING, "finished_at": AT}),
    ("run_ended_has_a_moment", {"status": "cancelled"}),
    ("run_started_has_a_moment", {"status": "running"}),
    ("run_finished_is_complete", {**RUNNING, "status": "finished", "finished_at": AT, "next_nonce": 6000}),
    ("run_failed_says_why", {"status": "failed", "finished_at": AT}),
    ("run_failed_says_why", {"error": "It failed."}),
    ("run_duration_not_negative", {"duration_ms": -1}),
]


@pytest.mark.parametrize(("name", "changes"), BROKEN, ids=[f"{name}-{list(changes)}" for name, changes in BROKEN])
def test_a_run_that_breaks_it_is_refused(run, name, changes):
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Run.objects.filter(pk=run.pk).update(**changes)
    # What is no known status is no open or ended one either; whichever the database looks at first names it.
    names = {name, "run_ended_has_a_moment"} if name == "run_status_known" else {name}
    assert refused.value.__cause__.diag.constraint_name in names


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("run_hit_target_from_zero", {"target": -1}),
        ("run_hit_nonce_in_range", {"nonce": -1}),
        ("run_hit_nonce_in_range", {"nonce": 2**53}),
        ("streams_runhit_pkey", {"nonce": 7}),
    ],
)
def test_a_hit_that_breaks_it_is_refused(run, name, changes):
    RunHit.objects.create(run=run, target=0, nonce=7, result=2)
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        RunHit.objects.create(**{"run": run, "target": 0, "nonce": 8, "result": 2, **changes})
    assert refused.value.__cause__.diag.constraint_name == name


def test_a_hit_needs_its_run(run):
    RunHit.objects.create(run_id=run.pk + 1, target=0, nonce=8, result=2)
    with pytest.raises(IntegrityError), transaction.atomic():
        connection.check_constraints()
    RunHit.objects.all().delete()


@pytest.mark.parametrize("before", RunStatus)
@pytest.mark.parametrize("after", RunStatus)
def test_only_what_the_table_of_transitions_allows(before, after):
    run = Run(status=before)
    if after in TRANSITIONS[before]:
        run.move_to(after, at=AT, error="It failed." if after == "failed" else "")
        assert run.status == after
    else:
        with pytest.raises(AssertionError):
            run.move_to(after, at=AT)


def test_every_status_is_in_the_table():
    assert set(TRANSITIONS) == set(RunStatus)
    assert set(RunStatus) == OPEN | ENDED
    assert {"finished", "cancelled", "failed"} == ENDED


def test_the_guide_shows_the_table():
    guide = (settings.BASE_DIR / "docs" / "runs.md").read_text()
    shown = [line.strip() for line in guide.splitlines() if " → " in line]
    assert shown == [
        f"{before.value} → {', '.join(sorted(after.value for after in following))}"
        for before, following in TRANSITIONS.items()
        if following
    ]
