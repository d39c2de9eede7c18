"""The column of a secret: sealed in the database, a `Secret` in code, never shown by forms, admin or dumps.

What is sealed is JSON, `{"place": "<table>:<row's uuid>:<field>", "value": …}`, and the place is checked on reading: a
value copied to another row, field or table does not open there. So a row needs a UUID before it is first stored, and
renaming the table or the field takes a migration that seals every row anew.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core import checks
from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import lookups
from django.db.models.query_utils import DeferredAttribute

from accounts.vault.secret import UNSET, Secret

# Django's classes take type arguments only while types are checked.
if TYPE_CHECKING:
    AnyField = models.Field[Any, Any]
else:
    AnyField = models.Field


class SecretAttribute(DeferredAttribute):
    """The attribute on a row: takes text, a Secret or None; gives a Secret that stands at this row's place."""

    field: "SecretField"

    def __get__(self, instance: models.Model | None, cls: type | None = None) -> Any:
        if instance is None:
            return self
        secret: Secret = super().__get__(instance, cls)
        return secret.at(self.field.place_of(instance))

    def __set__(self, instance: models.Model, value: Any) -> None:
        secret = self.field.to_python(value)
        # Bound as soon as the row is known: a copied row (a new key, then save) still opens what it was read with.
        if self.field.knows_row(instance):
            secret = secret.at(self.field.place_of(instance))
        instance.__dict__[self.field.attname] = secret


class SecretFormField(forms.CharField):
    """A password input that never holds what is stored; left empty, what is stored stays."""

    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})

    def prepare_value(self, value: Any) -> None:
        """Nothing: neither the secret nor its mask goes into a page's input."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether something was entered."""
        return bool(data)


class NotSet(lookups.Exact):
    """`filter(token=None)`, which Django turns into `isnull`; a comparison with anything else is refused."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if rhs is not None:
            raise FieldError("A secret cannot be looked for; each is encrypted differently.")
        super().__init__(lhs, rhs)


class SecretField(AnyField):
    """A text that is stored encrypted, NULL where none is set.

    `row` names the UUID field that tells rows apart (default: the primary key); it needs a default, so that it is
    known before the first INSERT. Lookups other than `isnull` and `=None` are refused.
    """

    description = "A secret, encrypted"
    descriptor_class = SecretAttribute
    empty_strings_allowed = False

    def __init__(self, *args: Any, row: str = "pk", **kwargs: Any) -> None:
        self.row = row
        kwargs["null"] = True  # an empty text is no secret, so NULL is the only way to say "not set"
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["null"]
        if self.row != "pk":
            kwargs["row"] = self.row
        return name, path, args, kwargs

    # --- Where a secret stands ---

    def place_of(self, instance: models.Model) -> str:
        """`<table>:<row's uuid>:<field>`."""
        return self.place(getattr(instance, self.row_field().attname))

    def place(self, row: object) -> str:
        """The place of this field in the row of this UUID."""
        return f"{self.model._meta.db_table}:{row}:{self.name}"

    def row_field(self) -> AnyField:
        """The field that tells rows apart."""
        field = self.model._meta.pk if self.row == "pk" else self.model._meta.get_field(self.row)
        assert isinstance(field, models.Field)
        return field

    def knows_row(self, instance: models.Model) -> bool:
        """Whether the row's UUID is loaded; a deferred one must not be asked for while the row is being made."""
        return instance.__dict__.get(self.row_field().attname) is not None

    # --- Between Python and the database ---

    def get_internal_type(self) -> str:
        return "BinaryField"

    def to_python(self, value: Any) -> Secret:
        if value is None or value == "":
            return UNSET
        if isinstance(value, Secret):
            return value
        if isinstance(value, str):
            return Secret.plain(value)
        raise ValidationError(f"The {self.verbose_name} must be text.", code="invalid")

    def get_default(self) -> None:
        """None: a secret has no default."""

    def from_db_value(self, value: Any, expression: object, connection: BaseDatabaseWrapper) -> Secret:
        """A Secret of an unknown row, so a mask, until the attribute of a row takes it."""
        return UNSET if value is None else Secret.sealed(bytes(value))

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> bytes | None:
        """The sealed bytes; Unreadable for a text that no row stands behind, as in `update(token="…")`."""
        return self.to_python(value).to_store()

    def get_placeholder(self, value: Any, compiler: object, connection: BaseDatabaseWrapper) -> str:
        """Through the function that refuses what was sealed with a retired key: see `accounts.vault.rotation`."""
        return "accounts_sealed(%s)"

    def get_lookup(self, lookup_name: str) -> Any:
        return {"isnull": lookups.IsNull, "exact": NotSet}.get(lookup_name)

    def get_transform(self, lookup_name: str) -> None:
        return None

    # --- Forms, validation, dumps ---

    def formfield(self, **kwargs: Any) -> Any:
        kwargs.pop("widget", None)  # the admin's own would be one that shows its value
        return super().formfield(form_class=SecretFormField, required=False, **kwargs)

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """An input left empty keeps what is stored."""
        if data:
            setattr(instance, self.attname, data)

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        if not self.blank and not value:
            raise ValidationError(self.error_messages["blank"], code="blank")

    def value_to_string(self, obj: models.Model) -> str:
        """Empty: a dump carries no secrets, and what is loaded from it asks for them again."""
        return ""

    # --- Checks ---

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return [*super().check(**kwargs), *self._check_row(), *self._check_options()]

    def _check_row(self) -> list[checks.CheckMessage]:
        try:
            field = self.row_field()
        except FieldDoesNotExist:
            return [checks.Error(f"There is no field “{self.row}”.", obj=self, id="accounts.E001")]
        if isinstance(field, models.UUIDField) and field.unique and field.has_default():
            return []
        hint = "Use models.UUIDField(primary_key=True, default=uuid.uuid4), or name such a unique field with row=."
        return [checks.Error("A secret needs a row with a UUID of its own.", hint=hint, obj=self, id="accounts.E002")]

    def _check_options(self) -> list[checks.CheckMessage]:
        wrong = [name for name in ("primary_key", "db_index", "_unique", "choices") if getattr(self, name)]
        if self.has_default():
            wrong.append("default")
        if not wrong:
            return []
        listed = ", ".join(name.lstrip("_") for name in wrong)
        return [checks.Error(f"A secret cannot have: {listed}.", obj=self, id="accounts.E003")]
