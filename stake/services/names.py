"""A bet's id as somebody entered it, read or refused by the name of its field."""

from fairness.errors import InvalidInput
from stake import refusals
from stake.references import BetReference, read_reference


def read_name(text: str, *, field: str = "bet_id") -> BetReference:
    """The id in whatever form people copy it: a UUID, `house:123`, `house: 123,456,789`, a link of the venue.

    Raises `refusals.InvalidInput` naming the field that it was in.
    """
    try:
        return read_reference(text)
    except InvalidInput as error:
        raise refusals.InvalidInput(f"The id {error.problem}.", field=field) from None
