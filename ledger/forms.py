"""What people type on the pages of the ledger: its shape. What it means is decided in the services."""

import re
from typing import Any, Final
from uuid import uuid4

from django import forms
from django.core.validators import RegexValidator

from accounts import filter_form
from accounts.switches import REASON_CHARACTERS_MAX
from ledger import present
from ledger.models import WalletKind
from ledger.money import AMOUNT_MAX, SCALE_MAX, BadAmount, Currency, parse, show
from ledger.operations import REASON_MAX, Kind
from ledger.page_queries import ID_MAX, WalletFilter

ANY: Final = ("", "Any")
OWNER_MAX: Final = 100
AMOUNT_CHARACTERS_MAX: Final = 40
PLAIN: Final = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


def _text(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={**PLAIN, **attrs})


def _key_field() -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=0, max_value=ID_MAX, widget=forms.HiddenInput)


# --- Filters -----------------------------------------------------------------------------------------


class FilterForm(filter_form.FilterForm):
    """A filter whose fields are None where nothing valid was given."""

    def given(self, name: str) -> Any:
        """The value of a field; None where nothing valid was given."""
        value = self.cleaned_data.get(name) if self.is_bound else None
        return None if value == "" else value


class WalletFilterForm(FilterForm):
    """Which wallets to list; `before` is the id that the page begins below."""

    owner = forms.CharField(
        required=False,
        max_length=OWNER_MAX,
        label="Owner",
        widget=_text(type="search", placeholder="Part of the owner's name"),
    )
    currency = forms.ChoiceField(required=False, label="Currency")
    kind = forms.ChoiceField(required=False, label="Kind", choices=[ANY, *WalletKind.choices])
    before = _key_field()

    def __init__(self, data: Any, *, currencies: tuple[Currency, ...]) -> None:
        super().__init__(data)
        chosen: Any = self.fields["currency"]
        chosen.choices = [ANY, *((each.code, each.code) for each in currencies)]
        self.full_clean()

    def wanted(self) -> WalletFilter:
        """The filter, less what is wrong."""
        return WalletFilter(self.given("owner") or "", self.given("currency") or "", self.given("kind") or "")

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self.wanted() != WalletFilter()


class StatementForm(FilterForm):
    """Which entries of a wallet to show; `before` and `since` are versions."""

    kind = forms.TypedChoiceField(
        required=False,
        label="What",
        coerce=int,
        empty_value=None,
        choices=[ANY, *((str(kind.value), present.WORDS[kind]) for kind in Kind)],
    )
    before = _key_field()
    since = _key_field()

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.full_clean()

    @property
    def narrows(self) -> bool:
        """Whether entries of some kinds are left out."""
        return self.given("kind") is not None


class JournalsForm(FilterForm):
    """Where the list of journals begins."""

    before = _key_field()

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.full_clean()


_AFTER: Final = re.compile(r"^([0-9]{1,18})-([0-9]{1,18})\Z", re.ASCII)


class JournalForm(FilterForm):
    """Behind which entry of a journal its list goes on: a wallet and a version."""

    after = forms.RegexField(_AFTER, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.full_clean()

    def place(self) -> tuple[int, int] | None:
        """The wallet and version; None for the beginning."""
        match = _AFTER.match(self.given("after") or "")
        return (int(match[1]), int(match[2])) if match else None


class AdjustmentsForm(FilterForm):
    """Behind which adjustment the list of those decided goes on."""

    after = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.full_clean()


class BalanceForm(FilterForm):
    """What a wallet had: at a version, or at a time."""

    version = forms.IntegerField(
        required=False, min_value=0, max_value=ID_MAX, label="At version", widget=_text(inputmode="numeric")
    )
    at = forms.DateTimeField(
        required=False,
        label="or at a time (UTC)",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
        error_messages={"invalid": "The time must be a date and a time, such as 2026-11-21 12:00:00."},
    )

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.full_clean()

    @property
    def asked(self) -> bool:
        """Whether anything was asked for."""
        return any(self.data.get(name) for name in self.fields)

    def clean(self) -> dict[str, Any] | None:
        """One of the two."""
        if self.cleaned_data.get("version") is not None and self.cleaned_data.get("at") is not None:
            self.add_error("version", "Give a version or a time, not both.")
        return super().clean()


# --- Actions ----------------------------------------------------------------------------------------


class ActionForm(forms.Form):
    """A form whose fields say what is wrong with them, whether the form or a service found it."""

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, label_suffix="", **more)

    def blame(self, field: str, message: str) -> None:
        """Say at a field what a service refused; at the form where it has no such field."""
        self.add_error(field if field in self.fields else None, message)


def _line_field(label: str, most: int, **attrs: str) -> forms.CharField:
    """A line of text that the ledger and the audit rows can keep."""
    return forms.CharField(
        label=label,
        max_length=most,
        widget=_text(**attrs),
        validators=[RegexValidator(r"^[^\x00-\x1f\x7f]*\Z", f"{label} must be one line of text.")],
        error_messages={"required": f"{label} is missing.", "max_length": f"{label} may have {most} characters."},
    )


class SwitchForm(ActionForm):
    """A switch to turn, and why."""

    on = forms.TypedChoiceField(
        choices=[("1", "pause"), ("0", "allow")],
        coerce=lambda text: text == "1",
        widget=forms.HiddenInput,
        error_messages={"required": "on is missing.", "invalid_choice": "on must be 1 or 0."},
    )
    reason = _line_field("Reason", REASON_CHARACTERS_MAX)

    def __init__(self, data: Any = None, *, name: str = "") -> None:
        super().__init__(data, auto_id=f"id_{name}_%s")


class AmountField(forms.CharField):
    """An amount as decimal text; it becomes minor units once its currency is known (`read_amount`)."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(
            label=label,
            max_length=AMOUNT_CHARACTERS_MAX,
            widget=_text(inputmode="decimal"),
            error_messages={
                "required": f"{label} is missing.",
                "max_length": f"{label} may have {AMOUNT_CHARACTERS_MAX} characters.",
            },
            **more,
        )


def read_amount(form: ActionForm, name: str, currency: Currency, *, signed: bool = False) -> int | None:
    """Minor units of what was typed, with `signed` below zero too; None, and the field says why, where it is none."""
    text = form.cleaned_data.get(name)
    if not text:
        return None
    sign, digits = 1, text.replace(present.MINUS, "-")
    if signed and digits[:1] in "+-":
        sign, digits = (-1 if digits[0] == "-" else 1), digits[1:]
    try:
        return sign * parse(digits, currency)
    except BadAmount as error:
        form.add_error(name, f"{form.fields[name].label} {error}")
        return None


class CurrencyForm(ActionForm):
    """A currency to add, or new limits of one: what one operation may move, least and most."""

    code = forms.RegexField(
        r"^[A-Z][A-Z0-9]{1,9}\Z",
        label="Code",
        widget=_text(maxlength="10", placeholder="EUR"),
        help_text="2 to 10 capital letters and digits.",
        error_messages={
            "required": "Code is missing.",
            "invalid": "Code must be 2 to 10 capital letters and digits, beginning with a letter.",
        },
    )
    scale = forms.IntegerField(
        min_value=0,
        max_value=SCALE_MAX,
        label="Decimals",
        widget=_text(inputmode="numeric"),
        help_text="For ever: every amount hangs on it.",
        error_messages={
            "required": "Decimals is missing.",
            "invalid": "Decimals must be a whole number.",
            "min_value": f"Decimals must be 0 to {SCALE_MAX}.",
            "max_value": f"Decimals must be 0 to {SCALE_MAX}.",
        },
    )
    least = AmountField("Least", required=False, help_text="Of one operation; empty is the smallest unit.")
    most = AmountField("Most", required=False, help_text="Of one operation; empty is no limit of its own.")

    def __init__(self, data: Any = None, *, currency: Currency | None = None) -> None:
        initial = {} if currency is None else {"least": show(currency.least, currency), "most": _most_text(currency)}
        super().__init__(data, initial=initial, auto_id=f"id_{currency.code if currency else 'new'}_%s")
        self.currency = currency
        if currency is not None:
            # Their values are the address's; only the limits change.
            del self.fields["code"], self.fields["scale"]

    def wanted(self) -> Currency | None:
        """The currency with its limits; None, and the fields say why, where they do not fit."""
        code = self.currency.code if self.currency else self.cleaned_data.get("code")
        scale = self.currency.scale if self.currency else self.cleaned_data.get("scale")
        if code is None or scale is None:
            return None
        plain = Currency(code, scale)
        least, most = (read_amount(self, name, plain) for name in ("least", "most"))
        if self.cleaned_data.get("least") and least == 0:
            self.add_error("least", "Least must be above 0.")
        if least is not None and least > (most or AMOUNT_MAX):
            self.add_error("least", "Least must not be above Most.")
        return None if self.errors else Currency(code, scale, least or 1, most or 0)


def _most_text(currency: Currency) -> str:
    return show(currency.most, currency) if currency.most else ""


class AskForm(ActionForm):
    """An adjustment to ask for. Its client id is drawn with the page, so that pressing twice asks once."""

    wallet = forms.IntegerField(
        min_value=1,
        max_value=ID_MAX,
        label="Wallet",
        widget=_text(inputmode="numeric"),
        help_text="Its number, as the list of wallets shows it.",
        error_messages={
            "required": "Wallet is missing.",
            "invalid": "Wallet must be a number.",
            "min_value": "Wallet must be a number above 0.",
            "max_value": "There is no such wallet.",
        },
    )
    amount = AmountField("Amount", help_text="What comes in; with a minus in front, what goes out.")
    reason = _line_field("Reason", REASON_MAX)
    client_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": "client_id is missing.", "invalid": "client_id must be a UUID."},
    )

    def __init__(self, data: Any = None, *, wallet: str = "") -> None:
        super().__init__(data, initial={"client_id": str(uuid4()), "wallet": wallet})
