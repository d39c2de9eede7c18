"""A name for a range of polls that follows from what is in them: the SHA-256 of their canonical text. Pure.

One line of JSON for a poll, ended by a newline: its sport, moment, list and changes, in their order, with moments in
microseconds and prices and points as the shortest decimals that give them. It knows no row number and no source, so
that the same polls have the same name in every database, and in none.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator

from markets.quotes import Poll


class Fingerprint:
    """Of polls in their order, told one by one."""

    def __init__(self) -> None:
        self.polls = 0
        self.changes = 0
        self._hash = hashlib.sha256()

    def add(self, poll: Poll) -> None:
        """The next poll."""
        self.polls += 1
        self.changes += len(poll.changes)
        self._hash.update(canonical(poll).encode())

    def through(self, polls: Iterable[Poll]) -> Iterator[Poll]:
        """The same polls again, each taken note of when it is passed on."""
        for poll in polls:
            self.add(poll)
            yield poll

    def hexdigest(self) -> str:
        """Of all polls so far."""
        return self._hash.hexdigest()


def canonical(poll: Poll) -> str:
    """The poll's line."""
    content = [poll.sport, poll.at, sorted(poll.listed), poll.changes]
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"
