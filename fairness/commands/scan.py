"""`scan`: count, over many nonces of a seed pair, the results that reach what is looked for."""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from fairness.commands.common import exact, read_params, whole
from fairness.errors import InvalidInput
from fairness.scan import BACK_ENDS, HITS_MAX, Plan, Result, Target, scan, scan_cluster
from fairness.scanning.plan import check_range

HITS_USUALLY = 1_000_000  # per target


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `scan`."""
    parser = commands.add_parser("scan", help="count results over many nonces", description=__doc__)
    parser.add_argument("--game", required=True, help="for example pump, limbo, dragon_tower")
    parser.add_argument("--param", action="append", default=[], metavar="NAME=VALUE", help="an option of the game")
    parser.add_argument("--server-seed", required=True, help="the revealed server seed")
    parser.add_argument("--client-seed", required=True)
    parser.add_argument("--from", dest="start", required=True, metavar="NONCE", help="the first nonce")
    parser.add_argument("--to", dest="end", required=True, metavar="NONCE", help="the last nonce")
    for op, meaning in (("eq", "equal to X"), ("ge", "at least X"), ("le", "at most X")):
        parser.add_argument(f"--{op}", action=_AddTarget, metavar="X", help=f"count results {meaning}; repeatable")
    parser.add_argument(
        "--between", action=_AddTarget, nargs=2, metavar=("X", "Y"), help="count results from X to Y; repeatable"
    )
    parser.add_argument("--jobs", metavar="N", help="threads or processes (usually one per processor)")
    parser.add_argument("--back-end", choices=BACK_ENDS, help="usually the fastest that is installed")
    parser.add_argument(
        "--dask",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="scan on a Dask cluster, tcp://host:port; in this process without an address",
    )
    parser.add_argument("--hits", choices=("none", "csv", "json"), default="none", help="list the rounds that count")
    parser.add_argument("--hits-max", metavar="N", help=f"list so many of each target (usually {HITS_USUALLY})")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to list them; without it, standard output")
    parser.set_defaults(run=_run, targets=[])


class _AddTarget(argparse.Action):
    """Keeps all targets in the order they are given, whatever their kind."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        given = [values] if isinstance(values, str) else list(values or ())
        namespace.targets = [*namespace.targets, (self.dest, *given)]


def _run(namespace: argparse.Namespace) -> int:
    plan = Plan.of(
        game=namespace.game,
        params=read_params(namespace.param),
        server_seed=namespace.server_seed,
        client_seed=namespace.client_seed,
        targets=[Target.read(*words) for words in namespace.targets],
    )
    start, end = _range(namespace)
    if namespace.out is not None and namespace.hits == "none":
        raise InvalidInput("out", "needs --hits csv or --hits json")
    with _opened(namespace.out) as file:
        result = _scan(namespace, plan, start, end)
        if namespace.hits == "csv":
            _write_csv(file, plan, result)
        elif namespace.hits == "json":
            _write_json(file, plan, result)
    for target, is_short in zip(plan.targets, result.hits_truncated, strict=True):
        if is_short and namespace.hits != "none":
            print(f"{target.label()}: only the first {result.hits_max} are listed", file=sys.stderr)
    for target, count in zip(plan.targets, result.counts, strict=True):
        print(f"{target.label()}: {count}")
    rate = result.nonces / max(result.seconds, 1e-9)
    print(
        f"{result.nonces} nonces in {result.seconds:.3f} s, {rate:.0f}/s, back-end {result.back_end}, "
        f"set-up {result.setup_seconds:.3f} s"
    )
    return 0


def _range(namespace: argparse.Namespace) -> tuple[int, int]:
    start, end = whole(namespace.start, "from"), whole(namespace.end, "to")
    try:
        check_range(start, end)
    except InvalidInput as refused:
        raise InvalidInput({"start": "from", "end": "to"}[refused.field], refused.problem) from None
    return start, end


def _scan(namespace: argparse.Namespace, plan: Plan, start: int, end: int) -> Result:
    hits_max = 0
    if namespace.hits != "none":
        hits_max = HITS_USUALLY if namespace.hits_max is None else whole(namespace.hits_max, "hits-max")
        if hits_max > HITS_MAX:
            raise InvalidInput("hits-max", f"must be {HITS_MAX} at most")
    elif namespace.hits_max is not None:
        raise InvalidInput("hits-max", "needs --hits csv or --hits json")
    total = end - start + 1

    def progress(done: int) -> None:
        print(f"\r{done} of {total} nonces", end="\n" if done == total else "", file=sys.stderr, flush=True)

    shown = progress if sys.stderr.isatty() else None
    if namespace.dask is not None:
        if namespace.jobs is not None:
            raise InvalidInput("jobs", "is for scans on this machine; a cluster has its own workers")
        address = namespace.dask or None
        return scan_cluster(plan, start, end, address, back_end=namespace.back_end, hits_max=hits_max, progress=shown)
    jobs = (os.cpu_count() or 1) if namespace.jobs is None else whole(namespace.jobs, "jobs")
    return scan(plan, start, end, back_end=namespace.back_end, jobs=jobs, hits_max=hits_max, progress=shown)


@contextmanager
def _opened(path: Path | None) -> Iterator[IO[str]]:
    """The file to list hits in, opened before the work begins; standard output without one."""
    if path is None:
        yield sys.stdout
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise InvalidInput("out", f"cannot be written: {error.strerror}") from error
    with file:
        yield file


def _write_csv(file: IO[str], plan: Plan, result: Result) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("target", "nonce", "result"))
    for target, hits in zip(plan.targets, result.hits, strict=True):
        writer.writerows((target.label(), nonce, format(value, "f")) for nonce, value in hits)


def _write_json(file: IO[str], plan: Plan, result: Result) -> None:
    listed = [
        {
            "target": target.label(),
            "count": count,
            "hits": [{"nonce": nonce, "result": exact(value)} for nonce, value in hits],
        }
        for target, count, hits in zip(plan.targets, result.counts, result.hits, strict=True)
    ]
    json.dump({"targets": listed}, file)
    file.write("\n")
