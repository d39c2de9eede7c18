"""The shape of what people type on the account page; the rules are in the services."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts import scopes


class TokenForm(forms.Form):
    """A new token: what it is for, and what it may do among what its maker may do."""

    label = forms.CharField(max_length=100, help_text="The program that will use it, such as “Antebot on the laptop”.")
    scopes = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, label="It may")

    def __init__(self, *args: Any, may_give: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(scope, f"{scope}: {scopes.MEANINGS[scope]}") for scope in scopes.in_order(may_give)]


class RevokeForm(forms.Form):
    """Which token to revoke."""

    token_id = forms.IntegerField(min_value=1, max_value=2**63 - 1)
