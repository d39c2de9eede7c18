"""Staff lists load, find, and do not let evidence be edited."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import User
from streams.ingest import ingest
from streams.models import Bet, Conflict, Stream
from tests.streams.messages import HASH, bet

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
MODELS = (
    *("stream", "bet", "betsource", "conflict", "seedalias", "bookmark", "snapshot"),
    *("streamverification", "verificationfinding"),
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("chief", password="not-used-here"))
    ingest([bet(1), bet(1, id="alias"), bet(1, amount=9)], at=AT)
    return client


@pytest.mark.parametrize("model", MODELS)
def test_it_lists_and_searches(staff, model):
    address = reverse(f"admin:streams_{model}_changelist")
    assert staff.get(address).status_code == 200
    assert staff.get(address, {"q": "1"}).status_code == 200


@pytest.mark.parametrize(("model", "query"), [("bet", "bet-1"), ("bet", HASH[:8]), ("conflict", "1"), ("stream", HASH)])
def test_it_finds(staff, model, query):
    page = staff.get(reverse(f"admin:streams_{model}_changelist"), {"q": query})
    assert page.context["cl"].result_count == 1


def test_it_shows_a_bet_without_a_way_to_change_it(staff):
    stored = Bet.objects.get()
    address = reverse("admin:streams_bet_change", args=[stored.pk])
    page = staff.get(address)
    assert page.status_code == 200
    assert b'name="amount"' not in page.content
    assert staff.post(address, {"amount": "77"}).status_code == 403
    assert staff.post(reverse("admin:streams_bet_delete", args=[stored.pk]), {"post": "yes"}).status_code == 403
    stored.refresh_from_db()
    assert stored.amount == 2


def test_it_edits_the_notes_of_a_stream_and_nothing_else(staff):
    stream = Stream.objects.get()
    page = staff.get(reverse("admin:streams_stream_change", args=[stream.pk]))
    form = page.context["adminform"].form
    assert list(form.fields) == ["notes"]
    inline = {"money-TOTAL_FORMS": "0", "money-INITIAL_FORMS": "0"}
    staff.post(reverse("admin:streams_stream_change", args=[stream.pk]), {"notes": " looked at ", **inline})
    stream.refresh_from_db()
    assert (stream.notes, stream.notes_version) == ("looked at", 2)


def test_it_keeps_what_was_sent_in_a_conflict(staff):
    found = Conflict.objects.get()
    assert found.message["amount"] == 9
    assert staff.get(reverse("admin:streams_conflict_change", args=[found.pk])).status_code == 200
