"""People, the tokens of their programs, login links, audit rows, switches, and which keys of the vault are retired.

Tokens and links are kept as SHA-256 only; what must be read again stands in a `SecretField` (`accounts.vault`).
"""

from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts import scopes

HASH_IS_SHA256 = Q(("token_hash__regex", r"^[0-9a-f]{64}$"))


class User(AbstractUser):
    """A person who signs in. What they may do comes from their groups' `scope_…` permissions."""

    def scopes(self) -> frozenset[str]:
        """What this person may do now; asks the database once per instance, as `has_perm` does."""
        return scopes.expand(scope for scope in scopes.SCOPES if self.has_perm(f"accounts.scope_{scope}"))


class TokenQuerySet(models.QuerySet["Token"]):
    """Chainable filters over tokens."""

    def usable(self) -> "TokenQuerySet":
        """Not revoked, and of an active maker where there is one."""
        return self.filter(Q(created_by=None) | Q(created_by__is_active=True), revoked_at=None)

    def newest_first(self) -> "TokenQuerySet":
        return self.order_by("-created_at", "-pk")


class Token(models.Model):
    """A secret that lets a program act within some scopes.

    Its maker's leave limits it: a token made by a person never may do more than that person may now, stops when
    they are deactivated and goes when they are deleted. One made on the command line has no maker.
    """

    label = models.CharField(max_length=100)
    scopes = ArrayField(models.TextField())
    token_hash = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4, help_text="The token's last characters, to tell it from others.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="tokens")
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = TokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="token_label_not_blank", condition=~Q(label="")),
            models.CheckConstraint(
                name="token_scopes_known",
                condition=Q(scopes__contained_by=list(scopes.SCOPES)) & Q(scopes__len__gte=1),
            ),
            models.CheckConstraint(name="token_hash_is_sha256", condition=HASH_IS_SHA256),
            models.CheckConstraint(
                name="token_revoked_by_needs_at", condition=Q(revoked_by=None) | Q(revoked_at__isnull=False)
            ),
        ]
        permissions = [(f"scope_{scope}", f"May {meaning}") for scope, meaning in scopes.MEANINGS.items()]

    def __str__(self) -> str:
        return f"{self.label} (…{self.hint}, {self.pk})"

    def allows(self) -> frozenset[str]:
        """What the token may do now, its maker's leave considered."""
        given = scopes.expand(self.scopes)
        return given if self.created_by is None else given & self.created_by.scopes()


class LoginLinkQuerySet(models.QuerySet["LoginLink"]):
    """Chainable filters over login links."""

    def dead(self, *, at: datetime) -> "LoginLinkQuerySet":
        """Used or expired: nobody can sign in with these any more."""
        return self.filter(Q(used_at__isnull=False) | Q(expires_at__lte=at))


class LoginLink(models.Model):
    """A link that signs its person in once, within ten minutes."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="login_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = LoginLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="login_link_expires_later", condition=Q(expires_at__gt=F("created_at"))),
            models.CheckConstraint(name="login_link_hash_is_sha256", condition=HASH_IS_SHA256),
        ]

    def __str__(self) -> str:
        return f"login link {self.pk} of {self.user_id}"


class AuditRow(models.Model):
    """What somebody did, told once: a trigger refuses changes, and removal within `accounts.audit.RETENTION`.

    Names are copied, so that a row still says who it was when the person or token is gone.
    """

    at = models.DateTimeField()
    actor_name = models.TextField()
    actor_kind = models.TextField()
    action = models.TextField(help_text="What was done, in dotted words, such as stake.session.stored.")
    subject = models.TextField(blank=True, help_text="To what it was done.")
    data = models.JSONField(default=dict, blank=True)
    request_id = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="audit_action_is_dotted_words",
                condition=Q(action__regex=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"),
            ),
            models.CheckConstraint(name="audit_actor_named", condition=~Q(actor_name="") & ~Q(actor_kind="")),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest_first"),
            models.Index(fields=["action", "-at"], name="audit_by_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} ({self.pk})"


class Switch(models.Model):
    """Something that is on or off for everybody; `accounts.switches` says which there are."""

    name = models.TextField(unique=True)
    on = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_by = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "switches"
        constraints = [
            models.CheckConstraint(
                name="switch_changed_at_and_by",
                condition=Q(changed_at=None, changed_by="") | (Q(changed_at__isnull=False) & ~Q(changed_by="")),
            ),
            models.CheckConstraint(name="switch_on_was_changed", condition=Q(on=False) | Q(changed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.name} is {'on' if self.on else 'off'}"


class RetiredKey(models.Model):
    """A key of the vault, by its fingerprint, with which nothing may be stored any more."""

    fingerprint = models.BinaryField(unique=True)
    retired_at = models.DateTimeField()

    class Meta:
        db_table = "accounts_retired_key"

    def __str__(self) -> str:
        return f"key {bytes(self.fingerprint).hex()}"
