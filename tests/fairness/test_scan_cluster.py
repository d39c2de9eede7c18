"""Scans on a Dask cluster: two local workers, and the in-process default."""

from collections.abc import Iterator
from threading import Event

import pytest

from fairness.errors import InvalidInput
from fairness.scan import Plan, Result, Target, scan, scan_cluster
from tests.fairness.test_scan import bare

distributed = pytest.importorskip("distributed", reason="Dask (the extra `cluster`) is not installed")

# Dask's own warnings are not ours to mend.
pytestmark = pytest.mark.filterwarnings("default")

PLAN = Plan.of(
    game="pump",
    params={"difficulty": "hard"},
    server_seed="a1b2c3",
    client_seed="zXv",
    targets=[Target.read("ge", "100"), Target.read("eq", "1.55")],
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The scheduler of a cluster of two worker processes."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def alone() -> Result:
    return scan(PLAN, 3, 200_000, hits_max=20)


@pytest.mark.parametrize("back_end", [None, "numpy", "hashlib"])
def test_two_workers_find_what_one_machine_finds(address: str, alone: Result, back_end: str | None) -> None:
    told: list[int] = []
    found = scan_cluster(PLAN, 3, 200_000, address, back_end=back_end, hits_max=20, progress=told.append)
    assert bare(found) == bare(alone)
    assert found.back_end == f"{back_end or alone.back_end} on 2 Dask threads"
    assert told[-1] == 199_998


def test_without_an_address_it_scans_in_this_process(alone: Result) -> None:
    assert bare(scan_cluster(PLAN, 3, 200_000, hits_max=20)) == bare(alone)


def test_it_can_be_cancelled(address: str) -> None:
    reached = Event()
    found = scan_cluster(PLAN, 1, 10**12, address, progress=lambda done: reached.set(), cancelled=reached.is_set)
    assert 0 < found.nonces < 10**12
    assert sum(found.distribution.values()) == found.nonces
    assert found.counts == scan(PLAN, 1, found.nonces).counts


@pytest.mark.parametrize("wrong", ["", "somewhere", "http://127.0.0.1:80", "tcp://127.0.0.1", "tcp://127.0.0.1:1"])
def test_it_refuses_addresses_where_no_scheduler_is(wrong: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        scan_cluster(PLAN, 1, 10, wrong)
    assert refused.value.field == "address"


def test_it_refuses_a_back_end_that_the_workers_lack(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        scan_cluster(PLAN, 1, 10, address, back_end="cuda")
    assert refused.value.field == "back_end"


def test_it_refuses_a_range_that_is_none() -> None:
    with pytest.raises(InvalidInput) as refused:
        scan_cluster(PLAN, 2, 1)
    assert refused.value.field == "end"
