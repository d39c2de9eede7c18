"""People and tokens on the admin site. Login links are not shown: there is nothing to do with them."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import services
from accounts.http import PersonRequest
from accounts.models import Token, User
from accounts.permissions import NotAllowed

# Django's classes take type arguments only while types are checked.
if TYPE_CHECKING:
    TokenModelAdmin = admin.ModelAdmin[Token]
else:
    TokenModelAdmin = admin.ModelAdmin

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
