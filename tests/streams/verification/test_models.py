"""What the database itself refuses of a verification."""

import pytest
from django.db import IntegrityError, transaction

from streams.models import Stream, StreamVerification, VerificationFinding
from tests.streams.api.conftest import NOON
from tests.streams.verification.world import arrive, true_bet

pytestmark = pytest.mark.django_db
FINISHED = {"status": "finished", "started_at": NOON, "finished_at": NOON}


@pytest.fixture
def stream() -> Stream:
    return arrive(true_bet(1))


REFUSED = {
    "verification_status_known": {**FINISHED, "status": "done"},
    "verification_counts_not_negative": {"matches": -1},
    "verification_ended_has_a_moment": {**FINISHED, "finished_at": None},
    "verification_started_has_a_moment": {"status": "running"},
    "verification_failed_says_why": {"status": "failed", "finished_at": NOON},
}


@pytest.mark.parametrize(("constraint", "values"), REFUSED.items(), ids=REFUSED)
def test_it_refuses(stream, constraint, values):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        StreamVerification.objects.create(stream=stream, asked_at=NOON, **values)


def test_other_forms_are_among_the_matches(stream):
    with pytest.raises(IntegrityError, match="verification_counts_not_negative"), transaction.atomic():
        StreamVerification.objects.create(stream=stream, asked_at=NOON, matches=1, other_forms=2)


def test_a_stream_has_one_verification(stream):
    StreamVerification.objects.create(stream=stream, asked_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        StreamVerification.objects.create(stream=stream, asked_at=NOON)


@pytest.mark.parametrize(
    "values",
    [{"kind": "mismatch", "reason": "x"}, {"kind": "cannot"}, {"kind": "other", "reason": "x"}],
    ids=["a mismatch with a reason", "a cannot without one", "another kind"],
)
def test_a_finding_is_of_one_kind(stream, values):
    verification = StreamVerification.objects.create(stream=stream, asked_at=NOON)
    with pytest.raises(IntegrityError, match="finding_of_a_kind"), transaction.atomic():
        VerificationFinding.objects.create(verification=verification, position=1, game="pump", **values)


def test_a_row_is_found_once_of_each_kind(stream):
    verification = StreamVerification.objects.create(stream=stream, asked_at=NOON)
    made = {"verification": verification, "position": 1, "game": "pump"}
    VerificationFinding.objects.create(kind="mismatch", **made)
    VerificationFinding.objects.create(kind="cannot", reason="x", **made)
    with pytest.raises(IntegrityError, match="finding_once_per_row"), transaction.atomic():
        VerificationFinding.objects.create(kind="mismatch", **made)
