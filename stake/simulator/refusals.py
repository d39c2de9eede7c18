"""What the venue refuses, as it says it: the text and the type of an entry of `errors`."""

from typing import Final


class Refused(Exception):
    """The venue does not do what was asked, and says so with this message and type."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message


# Messages of the types that clients know; the texts without a public source are the simulator's own.
MESSAGES: Final[dict[str, str]] = {
    "parallelCasinoBet": "You can only place one bet at a time.",
    "insufficientBalance": "You do not have enough balance to do that.",
    "insignificantBet": "Amount too small.",
    "existingGame": "You already have an active game.",
    "notFound": "Not found.",
    "internalError": "An internal error occurred.",
}


def refusal(error_type: str, message: str = "") -> Refused:
    """A refusal of a known type, with its usual message where none is given."""
    return Refused(error_type, message or MESSAGES.get(error_type, "This action is not available."))


def not_allowed() -> Refused:
    """What somebody who is signed out is told."""
    return Refused("notAllowed", "You are not allowed to do that.")
