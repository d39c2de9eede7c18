"""Staff lists of the markets: written by the pipeline alone, and looked at here."""

from django.contrib import admin

from accounts.read_only_admin import ReadOnly
from markets.models import Book, Close, Cycle, Event, Grade, Listing, Poll, ProviderCall, QuoteChange, Signal, Standing


@admin.register(Book)
class BookAdmin(ReadOnly):
    """Who quotes."""

    list_display = ("key", "title")
    search_fields = ("key", "title")
    ordering = ("key",)


@admin.register(Event)
class EventAdmin(ReadOnly):
    """What is quoted on."""

    list_display = ("__str__", "sport", "commences_at", "last_seen_at", "is_simulated")
    list_filter = ("sport", "is_simulated")
    search_fields = ("home", "away", "provider_id__exact")
    search_help_text = "Part of a team's name, or the provider's id"
    date_hierarchy = "commences_at"
    ordering = ("-commences_at",)


@admin.register(Poll)
class PollAdmin(ReadOnly):
    """When the provider was asked, and what had changed."""

    list_display = ("at", "sport", "source", "events", "quotes", "changes", "credits")
    list_filter = ("sport", "source")
    ordering = ("-at",)


@admin.register(Listing)
class ListingAdmin(ReadOnly):
    """Which events the polls listed, and with what start."""

    list_display = ("at", "event", "commences_at")
    list_select_related = ("event",)
    search_fields = ("event__provider_id__exact",)
    ordering = ("-id",)


class _Quotes(ReadOnly):
    list_select_related = ("event", "book")
    list_filter = ("market", "in_play", "stale")
    search_fields = ("event__provider_id__exact", "event__home", "event__away", "book__key__exact")
    search_help_text = "Part of a team's name, the provider's id of the event, or a book's key"


@admin.register(QuoteChange)
class QuoteChangeAdmin(_Quotes):
    """Every change of a quote."""

    list_display = ("at", "event", "book", "market", "side", "point", "price", "american", "in_play", "stale")
    raw_id_fields = ("poll", "event")
    ordering = ("-id",)


@admin.register(Standing)
class StandingAdmin(_Quotes):
    """What each book quotes now."""

    list_display = ("event", "book", "market", "side", "point", "price", "american", "changed_at", "in_play", "stale")
    ordering = ("-id",)


@admin.register(Signal)
class SignalAdmin(ReadOnly):
    """What the engine saw."""

    list_display = ("at", "named", "event", "market", "side", "book", "strength")
    list_filter = ("kind", "market", "event__sport", "event__is_simulated")
    list_select_related = ("event", "book")
    search_fields = ("event__provider_id__exact", "event__home", "event__away")
    ordering = ("-id",)

    @admin.display(description="kind", ordering="kind")
    def named(self, signal: Signal) -> str:
        """The kind by its name, which is shorter than what it says."""
        return signal.kind


@admin.register(Close)
class CloseAdmin(ReadOnly):
    """The fair price at the last poll before the start."""

    list_display = ("event", "market", "line", "families", "grade", "age_seconds", "commenced_at")
    list_filter = ("market", "grade", "event__sport", "event__is_simulated")
    list_select_related = ("event",)
    search_fields = ("event__provider_id__exact", "event__home", "event__away")
    ordering = ("-id",)


@admin.register(Grade)
class GradeAdmin(ReadOnly):
    """What the close said of a signal."""

    list_display = ("signal", "clv", "points", "confirmed", "ungraded", "graded_at")
    list_filter = ("signal__kind", "signal__market", "confirmed", "ungraded")
    list_select_related = ("signal",)
    ordering = ("-pk",)


@admin.register(ProviderCall)
class ProviderCallAdmin(ReadOnly):
    """The credit ledger."""

    list_display = ("at", "endpoint", "sport", "status", "error", "expected_credits", "credits", "remaining")
    list_filter = ("endpoint", "status", "error", "is_simulated")
    ordering = ("-id",)


@admin.register(Cycle)
class CycleAdmin(ReadOnly):
    """Rounds of the poller."""

    list_display = ("begun_at", "polls", "events", "changes", "signals", "credits", "remaining", "degraded", "error")
    list_filter = ("degraded", "is_simulated")
    ordering = ("-id",)
