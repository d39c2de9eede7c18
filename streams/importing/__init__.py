"""Bets from files: what a file is (`sources`), what a row says (`rows`, `columns`), and getting it in (`run`).

Every row ends as a message of `streams.wire`, stored through `streams.ingest` like any other, so importing a file
twice, or two files that overlap, stores each bet once.
"""

from streams.importing.columns import FIELDS
from streams.importing.rows import Defaults, Rejected
from streams.importing.run import Counts, Import, Progress
from streams.importing.sources import Refused

__all__ = ["FIELDS", "Counts", "Defaults", "Import", "Progress", "Refused", "Rejected"]
