"""A form that narrows a list, and lives in the page's address."""

from typing import Any
from urllib.parse import urlencode

from django import forms


class FilterForm(forms.Form):
    """A filter in the address: what is empty or wrong does not narrow, and wrong fields are named."""

    def __init__(self, data: Any) -> None:
        super().__init__(data, label_suffix="")

    def query(self, **changes: object) -> str:
        """This filter as the end of an address, some fields changed; a change to None or "" leaves the field out."""
        values = {name: self.data.get(name, "") for name in self.fields if name not in self.errors} | changes
        parts = urlencode({name: value for name, value in values.items() if value not in ("", None)})
        return f"?{parts}" if parts else ""

    def sentences(self) -> list[str]:
        """What is wrong, field by field."""
        return [
            f"{self.fields[name].label or name}: {' '.join(str(error) for error in errors)}"
            for name, errors in self.errors.items()
        ]
