"""Quotes name polls, events and books that are there, though no foreign key of each row asks for it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from markets.models import Book, Event, Poll, QuoteChange, Standing

pytestmark = pytest.mark.django_db

AT = datetime(2026, 8, 5, 17, 0, 48, tzinfo=UTC)
NOBODY = 30_000


@pytest.fixture
def quote() -> dict[str, Any]:
    event = Event.objects.create(
        provider_id="one",
        is_simulated=False,
        sport="basketball_wnba",
        home="Atlanta",
        away="Phoenix",
        commences_at=AT,
        first_commences_at=AT,
        first_seen_at=AT,
        last_seen_at=AT,
    )
    return {
        "event_id": event.pk,
        "book_id": Book.objects.create(key="betmgm").pk,
        "market": "h2h",
        "side": "H",
        "price": Decimal("1.909091"),
        "in_play": False,
        "stale": False,
    }


@pytest.fixture
def change(quote: dict[str, Any]) -> dict[str, Any]:
    poll = Poll.objects.create(
        sport="basketball_wnba", at=AT, is_simulated=False, source="recording", events=1, quotes=1, changes=1
    )
    return {**quote, "poll_id": poll.pk, "at": AT}


@pytest.mark.parametrize("name", ["poll", "event", "book"])
def test_a_change_names_what_is_there(change: dict[str, Any], name: str) -> None:
    rows = [QuoteChange(**change), QuoteChange(**change | {"side": "A", f"{name}_id": NOBODY})]
    with pytest.raises(IntegrityError, match=f"names {name} {NOBODY}"), transaction.atomic():
        QuoteChange.objects.bulk_create(rows)
    assert not QuoteChange.objects.exists()
    QuoteChange.objects.bulk_create(rows[:1])


@pytest.mark.parametrize("name", ["event", "book"])
def test_a_standing_quote_names_what_is_there(quote: dict[str, Any], name: str) -> None:
    with pytest.raises(IntegrityError, match=f"names {name} {NOBODY}"), transaction.atomic():
        Standing.objects.create(**quote | {f"{name}_id": NOBODY}, changed_at=AT)
    Standing.objects.create(**quote, changed_at=AT)


@pytest.mark.parametrize(("model", "name"), [(Poll, "poll"), (Event, "event"), (Book, "book")])
def test_what_is_named_stays(change: dict[str, Any], model: Any, name: str) -> None:
    QuoteChange.objects.create(**change)
    named = model.objects.filter(pk=change[f"{name}_id"])
    with pytest.raises(IntegrityError, match=f"{name} {change[f'{name}_id']} is still named"), transaction.atomic():
        named._raw_delete("default")  # Django's own would take the changes with it
    QuoteChange.objects.all().delete()
    assert named._raw_delete("default") == 1


def test_what_stands_is_still_named(quote: dict[str, Any]) -> None:
    Standing.objects.create(**quote, changed_at=AT)
    for model, name in ((Event, "event"), (Book, "book")):
        with pytest.raises(IntegrityError, match="is still named"), transaction.atomic():
            model.objects.filter(pk=quote[f"{name}_id"])._raw_delete("default")


def test_what_was_seen_never_changes(change: dict[str, Any], quote: dict[str, Any]) -> None:
    QuoteChange.objects.create(**change)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        QuoteChange.objects.update(price=Decimal(3))
    standing = Standing.objects.filter(pk=Standing.objects.create(**quote, changed_at=AT).pk)
    assert standing.update(price=Decimal(3)) == 1
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        standing.update(side="A")


@pytest.mark.django_db(transaction=True)
def test_the_checks_can_be_taken_back(change: dict[str, Any]) -> None:
    call_command("migrate", "markets", "0001", verbosity=0)
    QuoteChange.objects.create(**change | {"book_id": NOBODY})
    call_command("migrate", "markets", verbosity=0)
    with pytest.raises(IntegrityError, match="names book"):
        QuoteChange.objects.create(**change | {"book_id": NOBODY, "side": "A"})
