"""How often one question is asked. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """How often one question is asked, and how long to wait between: doubled each time, up to the longest."""

    attempts: int = 3
    first_wait: float = 1.0
    longest_wait: float = 8.0

    def wait(self, attempt: int, chance: float) -> float:
        """Seconds after the attempt of this number, counted from 1; `chance` is from 0 to 1."""
        full = min(self.longest_wait, self.first_wait * 2.0 ** min(attempt - 1, 30))
        return full * (1 + chance) / 2
