"""Keys for the tests of the vault."""

import base64


def key(number: int) -> str:
    """A valid key of our own making, a different one for each number."""
    return base64.urlsafe_b64encode(bytes((number * 7 + i * 13) % 256 for i in range(32))).decode()
