"""A seeded simulator of everything that can go wrong around the ledger, over the engine's own code.

- `model` is what the ledger should answer,
- `requests` draws what is asked of it,
- `faults` lets connections and processes die at any exchange with the server,
- `books` are empty books in a schema of their own, so that nothing real is touched,
- `run` delivers, and compares every answer, every entry and every balance.

The same seed, steps and workers give the same run, to the last answer.
"""

from ledger.simulation.run import Difference, Report, simulate

__all__ = ["Difference", "Report", "simulate"]
