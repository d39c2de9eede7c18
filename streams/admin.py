"""Staff lists. Bets and what contradicts them are evidence: they are looked at here, never edited."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts.read_only_admin import ReadOnly
from streams import services
from streams.models import (
    Bet,
    BetSource,
    Bookmark,
    Conflict,
    Run,
    SeedAlias,
    Snapshot,
    Stream,
    StreamMoney,
    StreamVerification,
    VerificationFinding,
)

if TYPE_CHECKING:
    BetAdminBase = admin.ModelAdmin[Bet]
    StreamAdminBase = admin.ModelAdmin[Stream]
    MoneyInlineBase = admin.TabularInline[StreamMoney, Stream]
else:
    BetAdminBase = StreamAdminBase = admin.ModelAdmin
    MoneyInlineBase = admin.TabularInline


class MoneyInline(MoneyInlineBase):
    model = StreamMoney
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Stream)
class StreamAdmin(StreamAdminBase):
    """Notes may be edited; deleting is the page's, which removes rows in chunks."""

    list_display = (
        "__str__",
        "provider",
        "simulated",
        "bets",
        "rounds",
        "conflicts",
        "last_seen_at",
        "archived_at",
        "deleted_at",
    )
    list_filter = ("provider", "simulated", "archived_at", "deleted_at")
    search_fields = ("server_seed_hashed", "client_seed", "notes", "public_id")
    ordering = ("-last_seen_at", "-id")
    inlines = (MoneyInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Stream | None = None) -> list[str]:
        return [field.name for field in Stream._meta.fields if field.name != "notes"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Stream | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Stream, form: object, change: bool) -> None:
        # The service counts the version, so that an edit open on the page is told of this one.
        services.set_notes(stream_id=obj.public_id, notes=obj.notes.strip())


@admin.register(Bet)
class BetAdmin(ReadOnly):
    list_display = (
        "provider_bet_id",
        "stream",
        "seq",
        "nonce",
        "game",
        "amount",
        "payout",
        "currency",
        "round_result",
        "received_at",
    )
    list_filter = ("provider", "game")
    search_fields = ("provider_bet_id__exact", "stream__server_seed_hashed__startswith", "nonce__exact")
    search_help_text = "A bet's whole id, a nonce, or the beginning of a server seed hash"
    list_select_related = ("stream",)
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).filter(stream__deleted_at=None)


@admin.register(BetSource)
class BetSourceAdmin(ReadOnly):
    """Under which further ids, and by whom, bets were reported."""

    list_display = ("provider_bet_id", "provider", "bet", "stream", "created_at")
    list_filter = ("provider",)
    search_fields = ("provider_bet_id__exact", "bet__provider_bet_id__exact")
    list_select_related = ("bet", "stream")
    ordering = ("-id",)


@admin.register(Conflict)
class ConflictAdmin(ReadOnly):
    list_display = ("stream", "reason", "nonce", "provider_bet_id", "bet", "times", "first_at", "last_at")
    list_filter = ("reason",)
    search_fields = ("provider_bet_id__exact", "stream__server_seed_hashed__startswith", "nonce__exact")
    list_select_related = ("bet", "stream")
    ordering = ("-id",)


@admin.register(SeedAlias)
class SeedAliasAdmin(ReadOnly):
    """Revealed server seeds; the database holds that each hashes to its key."""

    list_display = ("server_seed_hashed", "first_seen_at", "last_seen_at")
    search_fields = ("server_seed_hashed__startswith",)
    ordering = ("-last_seen_at",)


@admin.register(Run)
class RunAdmin(ReadOnly):
    """Runs are asked for, cancelled and deleted on their own pages, which tell the worker."""

    list_display = (
        "public_id",
        "game",
        "difficulty",
        "client_seed",
        "status",
        "nonce_start",
        "nonce_end",
        "created_at",
    )
    list_filter = ("status", "game")
    search_fields = ("client_seed", "server_seed_sha256__startswith", "public_id")
    search_help_text = "Part of a client seed, the beginning of a server seed hash, or a whole id"
    list_select_related = ("created_by",)
    ordering = ("-id",)
    # Shown on the run's own page to those who ask; long results are on no form.
    exclude = ("server_seed", "distribution")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).filter(deleted_at=None).defer("server_seed", "distribution")


@admin.register(Bookmark)
class BookmarkAdmin(ReadOnly):
    list_display = ("bet", "stream", "note", "created_at")
    search_fields = ("note", "bet__provider_bet_id__exact")
    list_select_related = ("bet", "stream")
    ordering = ("-id",)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly):
    list_display = ("name", "stream", "last_seq", "created_at")
    search_fields = ("name",)
    list_select_related = ("stream",)
    ordering = ("-id",)


@admin.register(StreamVerification)
class StreamVerificationAdmin(ReadOnly):
    list_display = ("stream", "status", "matches", "mismatches", "cannots", "asked_by", "asked_at", "finished_at")
    list_filter = ("status",)
    search_fields = ("stream__server_seed_hashed__startswith", "stream__client_seed")
    list_select_related = ("stream",)
    ordering = ("-asked_at", "-pk")


@admin.register(VerificationFinding)
class VerificationFindingAdmin(ReadOnly):
    list_display = ("verification", "kind", "position", "seq", "game", "reason")
    list_filter = ("kind",)
    search_fields = ("verification__stream__server_seed_hashed__startswith", "position__exact")
    list_select_related = ("verification",)
    ordering = ("-id",)
