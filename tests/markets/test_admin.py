"""The admin site lists what markets keep, and changes nothing of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from markets.models import (
    Book,
    Close,
    ConsensusPoint,
    Cycle,
    Event,
    Grade,
    Listing,
    Poll,
    ProviderCall,
    QuoteChange,
    Signal,
    Standing,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 8, 5, 17, 0, 48, tzinfo=UTC)
HOSTILE = "<script>alert('team')</script>"


@pytest.fixture
def event() -> Event:
    return Event.objects.create(
        provider_id="2977c51845a4f2621deca3d4a38a0ac2",
        is_simulated=False,
        sport="basketball_wnba",
        home=HOSTILE,
        away="Phoenix",
        commences_at=AT + timedelta(hours=6),
        first_commences_at=AT + timedelta(hours=6),
        first_seen_at=AT,
        last_seen_at=AT,
    )


@pytest.fixture
def staff(client: Client, event: Event) -> Client:
    client.force_login(User.objects.create_superuser("chief"))
    book = Book.objects.create(key="betmgm", title="BetMGM")
    poll = Poll.objects.create(
        sport=event.sport, at=AT, is_simulated=False, source="recording", events=1, quotes=2, changes=2
    )
    quote = {
        "event": event,
        "book": book,
        "market": "spreads",
        "side": "H",
        "point": Decimal("-6.5"),
        "price": Decimal("1.909091"),
        "american": -110,
        "in_play": False,
        "stale": False,
    }
    Listing.objects.create(event=event, at=AT, commences_at=event.commences_at)
    QuoteChange.objects.create(poll=poll, at=AT, **quote)
    Standing.objects.create(changed_at=AT, **quote)
    signal = Signal.objects.create(event=event, market="spreads", side="H", kind="MOVE", at=AT, strength=40, body={})
    close = Close.objects.create(
        event=event,
        market="spreads",
        at=AT,
        commenced_at=AT,
        line=Decimal("-6.5"),
        fair=[0.5, 0.5],
        books=9,
        families=8,
        age_seconds=0,
        grade="A",
        quotes=[],
        captured_at=AT,
    )
    Grade.objects.create(signal=signal, close=close, clv=0.01, graded_at=AT)
    ConsensusPoint.objects.create(
        event=event, market="spreads", at=AT, line=Decimal("-6.5"), fair=[0.5, 0.5], books=9, families=8, effective=8
    )
    ProviderCall.objects.create(
        at=AT, is_simulated=False, endpoint="odds", attempt=1, expected_credits=3, milliseconds=12
    )
    Cycle.objects.create(
        begun_at=AT,
        milliseconds=1,
        is_simulated=False,
        polls=1,
        events=1,
        changes=2,
        points=1,
        signals=1,
        closes=0,
        grades=0,
        credits=3,
        next_seconds=60,
        degraded=False,
    )
    return client


def test_everything_lists_and_nothing_changes(staff: Client) -> None:
    ours = [model for model in admin.site._registry if model._meta.app_label == "markets"]
    assert {Book, Event, Poll, QuoteChange, Standing, Signal, Close, Grade, ProviderCall, Cycle} <= set(ours)
    for model in ours:
        name = f"admin:markets_{model._meta.model_name}"
        listed = staff.get(reverse(f"{name}_changelist"), {"q": "1"})
        assert listed.status_code == 200
        assert staff.get(reverse(f"{name}_add")).status_code == 403
        row = model._base_manager.first()
        assert row is not None, "each list of this test has a row"
        change = reverse(f"{name}_change", args=[row.pk])
        shown = staff.get(change)
        assert shown.status_code == 200
        assert "<script>alert(" not in shown.content.decode()
        assert staff.post(change, {"sport": "mine"}).status_code == 403
        assert staff.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"market": "props"}, "markets_standing_is_of_a_market"),
        ({"side": "X"}, "markets_standing_is_of_a_market"),
        ({"price": Decimal(1)}, "markets_standing_price_above_one"),
        ({"price": None}, "markets_standing_taken_down_is_empty"),
        ({"point": None}, "markets_standing_point_where_it_has_one"),
        ({"market": "h2h"}, "markets_standing_point_where_it_has_one"),
        ({}, "markets_standing_once"),
    ],
)
def test_the_database_refuses_what_is_no_quote(event: Event, changes: dict[str, object], constraint: str) -> None:
    quote = {
        "event": event,
        "book": Book.objects.create(key="betmgm"),
        "market": "spreads",
        "side": "H",
        "point": Decimal("-6.5"),
        "price": Decimal("1.909091"),
        "in_play": False,
        "stale": False,
        "changed_at": AT,
    }
    Standing.objects.create(**quote)
    if changes:
        quote["event"] = Event.objects.create(
            **{name: getattr(event, name) for name in ("sport", "home", "away", "commences_at", "first_commences_at")},
            provider_id="other",
            is_simulated=False,
            first_seen_at=AT,
            last_seen_at=AT,
        )
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Standing.objects.create(**quote | changes)


def test_what_is_simulated_never_says_it_is_real(event: Event) -> None:
    for source, simulated in (("live", True), ("simulation", False)):
        with pytest.raises(IntegrityError, match="markets_poll_says_what_is_simulated"), transaction.atomic():
            Poll.objects.create(
                sport=event.sport, at=AT, is_simulated=simulated, source=source, events=0, quotes=0, changes=0
            )
