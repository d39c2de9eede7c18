"""The demonstration: simulated odds through sockets, the poller and the pipeline, and never among real ones."""

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from markets.models import Event, Poll, ProviderCall, Signal
from markets.place import Place

MLB = "baseball_mlb"


@pytest.mark.django_db(transaction=True)
def test_a_simulated_morning_passes_and_goes_on_where_it_ended() -> None:
    polls = 0
    for _ in range(2):
        said = StringIO()
        call_command("try_markets", sport=MLB, games=1, hours=0.5, speed=1_800, stdout=said, stderr=StringIO())
        found = re.search(r"(\d+) polls for (\d+) credits, (\d+) signals", said.getvalue())
        assert found is not None
        assert "No price here is a real offer" in said.getvalue()
        polls += int(found[1])
        assert Poll.objects.filter(sport=MLB, is_simulated=True).count() == polls > 0
    moments = list(Poll.objects.order_by("id").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert not Event.objects.filter(is_simulated=False).exists()
    assert not ProviderCall.objects.filter(is_simulated=False).exists()
    assert {signal.event.home[:9] for signal in Signal.objects.select_related("event")} <= {"Simulated"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"hours": 0}, "--hours"),
        ({"hours": float("nan")}, "--hours"),
        ({"speed": 0.5}, "--speed"),
        ({"speed": float("inf")}, "--speed"),
        ({"games": 0}, "one game at least"),
        ({"sport": "curling"}, "curling cannot be simulated"),
    ],
)
def test_what_cannot_be_simulated_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("try_markets", **options, stdout=StringIO(), stderr=StringIO())
    assert not Poll.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_it_does_not_poll_beside_a_poller() -> None:
    with Place() as place:
        assert place.take()
        with pytest.raises(CommandError, match="one at a time"):
            call_command("try_markets", stdout=StringIO(), stderr=StringIO())
