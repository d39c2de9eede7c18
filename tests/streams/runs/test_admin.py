"""Staff look at runs, without their seeds, and change none."""

import pytest
from django.urls import reverse

from accounts.models import User
from streams.models import Run
from tests.streams.runs.bodies import CLIENT_SEED, HASH, SERVER_SEED, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser("chief"))
    return client


@pytest.mark.parametrize("query", ["", CLIENT_SEED, HASH[:8]])
def test_it_lists_and_finds(staff, query):
    make_run()
    page = staff.get(reverse("admin:streams_run_changelist"), {"q": query})
    assert page.context["cl"].result_count == 1
    assert SERVER_SEED not in page.content.decode()


def test_it_shows_a_run_without_its_seed_and_without_a_way_to_change_it(staff):
    make_run()
    address = reverse("admin:streams_run_change", args=[Run.objects.get().pk])
    page = staff.get(address)
    assert page.status_code == 200
    assert SERVER_SEED not in page.content.decode()
    assert staff.post(address, {"game": "limbo"}).status_code == 403
