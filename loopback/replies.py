"""What is asked of a simulator, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

JSON: Final = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was read: `target` is its path with the query, and names of headers are in small letters."""

    method: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def from_page(self) -> bool:
        """Whether a page of a browser sent it: programs name no origin."""
        return "origin" in self.headers or "sec-fetch-site" in self.headers


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and how it is sent: after a `wait`, over `seconds`, or not at all where it is `dropped`.

    `cut` closes the connection after so many bytes of the body. Both durations are in seconds.
    """

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    seconds: float = 0.0
    cut: int | None = None
    dropped: bool = False


DROPPED: Final = Reply(0, b"", dropped=True)  # the connection is closed without an answer
