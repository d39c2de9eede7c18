"""People, tokens, switches and what was done, on the admin site. Login links are not shown: there is nothing to do."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import services, switches
from accounts.audit import By
from accounts.http import PersonRequest
from accounts.models import AuditRow, Switch, Token, User
from accounts.permissions import NotAllowed

# Django's classes take type arguments only while types are checked.
if TYPE_CHECKING:
    TokenModelAdmin = admin.ModelAdmin[Token]
    AuditModelAdmin = admin.ModelAdmin[AuditRow]
    SwitchModelAdmin = admin.ModelAdmin[Switch]
else:
    TokenModelAdmin = AuditModelAdmin = SwitchModelAdmin = admin.ModelAdmin

admin.site.register(User, UserAdmin)


@admin.register(Token)
class TokenAdmin(TokenModelAdmin):
    """Tokens to look at and to revoke. They are made on the account page or by `create_token`, which show the text."""

    list_display = ["label", "scope_list", "hint", "created_by", "created_at", "last_used_at", "revoked_at"]
    list_select_related = ["created_by"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["label", "hint", "created_by__username"]
    ordering = ["-created_at", "-pk"]
    show_full_result_count = False
    actions = ["revoke"]
    readonly_fields = [
        "label",
        "scope_list",
        "hint",
        "created_by",
        "created_at",
        "last_used_at",
        "revoked_at",
        "revoked_by",
    ]
    exclude = ["scopes", "token_hash"]

    @admin.display(description="scopes")
    def scope_list(self, token: Token) -> str:
        """The scopes as words."""
        return ", ".join(token.scopes)

    @admin.action(description="Revoke the selected tokens", permissions=["change"])
    def revoke(self, request: PersonRequest, queryset: QuerySet[Token]) -> None:
        """Refuse these tokens from now on."""
        now = timezone.now()
        tokens = list(queryset.filter(revoked_at=None).order_by("pk"))
        try:
            for token in tokens:
                services.revoke_token(token=token, by=request.user, at=now)
        except NotAllowed as refusal:
            self.message_user(request, str(refusal), level="error")
            return
        self.message_user(request, f"Revoked: {len(tokens)}.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here: the text of a token is shown once, where it is made."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        """Never: a revoked token keeps telling when and by whom it was used."""
        return False


@admin.register(AuditRow)
class AuditRowAdmin(AuditModelAdmin):
    """What was done, to look at; nobody changes it."""

    list_display = ["at", "action", "subject", "actor_name", "actor_kind", "request_id"]
    list_filter = ["action", "actor_kind"]
    search_fields = ["actor_name", "subject", "action"]
    date_hierarchy = "at"
    ordering = ["-at", "-id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here: rows are written beside what they tell."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditRow | None = None) -> bool:
        """Never; the database refuses it too."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditRow | None = None) -> bool:
        """Never; the database refuses it too."""
        return False


@admin.register(Switch)
class SwitchAdmin(SwitchModelAdmin):
    """Switches to look at and to turn."""

    list_display = ["name", "meaning", "on", "reason", "changed_at", "changed_by"]
    readonly_fields = ["name", "meaning", "on", "reason", "changed_at", "changed_by"]
    ordering = ["name"]
    actions = ["turn_on", "turn_off"]

    @admin.display(description="what holds while it is on")
    def meaning(self, switch: Switch) -> str:
        """The switch in words."""
        return switches.KNOWN.get(switch.name, "")

    @admin.action(description="Turn on", permissions=["change"])
    def turn_on(self, request: PersonRequest, queryset: QuerySet[Switch]) -> None:
        """Turn the selected switches on."""
        self._turn(request, queryset, on=True)

    @admin.action(description="Turn off", permissions=["change"])
    def turn_off(self, request: PersonRequest, queryset: QuerySet[Switch]) -> None:
        """Turn the selected switches off."""
        self._turn(request, queryset, on=False)

    def _turn(self, request: PersonRequest, queryset: QuerySet[Switch], *, on: bool) -> None:
        now = timezone.now()
        for switch in queryset.order_by("name"):
            switches.turn(switch.name, on, by=By.of_user(request.user), at=now, reason="turned on the admin site")
            self.message_user(request, f"{switch.name} is {'on' if on else 'off'}.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never here: switches are made by the code that asks them."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Switch | None = None) -> bool:
        """Never: a missing switch would be an unwritten “off”."""
        return False
