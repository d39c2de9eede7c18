"""Many nonces of one seed pair at once: `scan(Plan.of(...), 1, 1_000_000)`. How it is done: see `fairness.scanning`."""

from fairness.scanning.cluster import scan_cluster
from fairness.scanning.counting import BACK_ENDS, back_ends
from fairness.scanning.engine import HITS_MAX, JOBS_MAX, scan
from fairness.scanning.plan import OPS, TARGETS_MAX, Op, Plan, Target
from fairness.scanning.result import DISTINCT_MAX, EDGES, HIGHEST_NONCES, Hit, Result, between_edges

__all__ = [
    "BACK_ENDS",
    "DISTINCT_MAX",
    "EDGES",
    "HIGHEST_NONCES",
    "HITS_MAX",
    "JOBS_MAX",
    "OPS",
    "TARGETS_MAX",
    "Hit",
    "Op",
    "Plan",
    "Result",
    "Target",
    "back_ends",
    "between_edges",
    "scan",
    "scan_cluster",
]
