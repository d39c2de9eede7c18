"""Staff lists of the venue: looked at here, changed on the pages, which ask the venue and write audit rows.

No form shows or takes a secret: of a session's token and clearance only the last four characters are told.
"""

from django.contrib import admin

from accounts.read_only_admin import ReadOnly
from stake.models import BalanceSnapshot, BetIntent, CoolOff, Limit, SeedRotation, StakeSession, VaultDeposit

# Django's classes take type arguments only while types are checked.
MASK = "••••"


@admin.register(StakeSession)
class StakeSessionAdmin(ReadOnly):
    """Sessions are stored, changed and removed on their own pages, which verify them at the venue."""

    list_display = (
        "label",
        "host",
        "simulated",
        "account_name",
        "live",
        "token_hint",
        "last_verified_at",
        "last_error_kind",
        "removed_at",
    )
    list_filter = ("simulated", "live", "host", "last_error_kind", ("removed_at", admin.EmptyFieldListFilter))
    search_fields = ("label", "account_ref__exact", "account_name", "pair_hash__startswith", "pair_client_seed")
    search_help_text = "Part of a label or an account's name, an account's id, or of the pair in use"
    ordering = ("-created_at", "-pk")
    exclude = ("access_token", "cf_clearance")
    readonly_fields = ("token_hint", "clearance_hint")

    @admin.display(description="token")
    def token_hint(self, session: StakeSession) -> str:
        """How the token ends."""
        token = session.access_token
        return f"{MASK}{token.last4}" if token is not None and token.is_set else "–"

    @admin.display(description="clearance")
    def clearance_hint(self, session: StakeSession) -> str:
        """How the clearance ends."""
        clearance = session.cf_clearance
        return f"{MASK}{clearance.last4}" if clearance is not None and clearance.is_set else "–"


@admin.register(BetIntent)
class BetIntentAdmin(ReadOnly):
    """What was asked for, and what became of it; deciding by hand is the page's, which looks at the venue."""

    list_display = (
        "game",
        "amount",
        "currency",
        "state",
        "payout",
        "nonce",
        "session",
        "error_kind",
        "asked_by",
        "asked_at",
    )
    list_filter = ("state", "game", "currency", "session__simulated", "error_kind")
    search_fields = ("provider_bet_id__exact", "client_ref__exact", "identifier__exact", "pair_hash__startswith")
    search_help_text = "A bet's id, a client_ref or identifier, or the beginning of a server seed hash"
    list_select_related = ("session",)
    date_hierarchy = "asked_at"
    ordering = ("-asked_at", "-pk")


@admin.register(SeedRotation)
class SeedRotationAdmin(ReadOnly):
    list_display = ("__str__", "session", "state", "promise_kept", "old_nonce", "asked_by", "asked_at", "rotated_at")
    list_filter = ("state", "promise_kept", "session__simulated")
    search_fields = ("old_hash__startswith", "new_hash__startswith", "old_client_seed", "new_client_seed")
    search_help_text = "The beginning of a server seed hash, or part of a client seed"
    list_select_related = ("session",)
    ordering = ("-asked_at", "-pk")


@admin.register(BalanceSnapshot)
class BalanceSnapshotAdmin(ReadOnly):
    list_display = ("account_key", "currency", "available", "vault", "session", "captured_at")
    list_filter = ("currency", "session__simulated")
    search_fields = ("account_key", "session__label")
    list_select_related = ("session",)
    ordering = ("-captured_at", "-pk")


@admin.register(VaultDeposit)
class VaultDepositAdmin(ReadOnly):
    list_display = ("__str__", "session", "state", "amount", "currency", "asked_by", "asked_at", "decided_at")
    list_filter = ("state", "currency", "session__simulated")
    search_fields = ("client_ref__exact", "session__label")
    list_select_related = ("session",)
    ordering = ("-asked_at", "-pk")


@admin.register(Limit)
class LimitAdmin(ReadOnly):
    """Limits are set on the pages, which count the results they are compared with and write audit rows."""

    list_display = (
        "currency",
        "session",
        "max_wager",
        "daily_loss",
        "stop_loss",
        "take_profit",
        "bets_per_minute",
        "confirm_above",
        "changed_by",
        "changed_at",
    )
    list_filter = ("currency",)
    search_fields = ("currency", "session__label")
    list_select_related = ("session",)
    ordering = ("currency", "-changed_at", "-pk")


@admin.register(CoolOff)
class CoolOffAdmin(ReadOnly):
    """Pauses cannot be shortened by anybody; the database holds that."""

    list_display = ("kind", "session", "begins_at", "ends_at", "created_by")
    list_filter = ("kind",)
    search_fields = ("session__label", "created_by")
    list_select_related = ("session",)
    ordering = ("-ends_at", "-pk")
