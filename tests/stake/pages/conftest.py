"""Who looks at the pages, and what has been played."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from stake import hosts
from stake.models import SeedRotation, StakeSession
from stake.services import betting, venues
from stake.services.betting import Wanted
from streams import sql
from tests.stake.conftest import BY, Clock, limbo
from tests.stake.pages.asking import of


@pytest.fixture
def clock() -> Clock:
    """The pages read the real clock, so the simulator's is about the same."""
    return Clock(timezone.now())


@pytest.fixture
def owner(client: Client, db: None) -> Client:
    sql.forget_streams()
    client.force_login(User.objects.create_superuser("owner"))
    return client


@pytest.fixture
def played(session: StakeSession, clock: Clock, owner: Client) -> dict[str, str]:
    """A session with a bet and a rotation; the addresses of all that."""
    intent = betting.place(Wanted(session.pk, limbo(), "first"), by=BY, now=clock)
    owner.post(of(session, "/rotate"), {"client_seed": "next"})
    rotation = SeedRotation.objects.get()
    return {
        "session": of(session),
        "intent": f"/stake/intents/{intent.pk}",
        "rotation": f"/stake/seed-rotations/{rotation.pk}",
        "stream": str(intent.stream_id),
    }


@pytest.fixture
def at_the_simulator(settings, monkeypatch, simulator):
    """Sessions of the venue's real host reach the simulator instead."""
    real = venues.open_line
    monkeypatch.setattr(venues, "open_line", lambda host, **more: real(hosts.SIMULATOR, **more))
    return simulator
