"""`python -m benchmarks [NAME…]`: measure, and print one JSON line a figure. Without a name, all of them."""

import argparse
import json
import os
from collections.abc import Sequence

import django

# What is measured in this process is imported as Django's apps are.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stakepro.settings")
django.setup()

from benchmarks import markets, scan, yardstick  # noqa: E402
from benchmarks.figures import FIGURES  # noqa: E402
from benchmarks.recordings import Absent  # noqa: E402
from benchmarks.scan import SCANS  # noqa: E402
from benchmarks.served import served  # noqa: E402

# Figures of the engine alone: each has its yardstick beside it.
REPLAYS = {
    "markets-month": (markets.replay_month, "at most 3 s"),
    "markets-season": (markets.replay_season, "at most 9 s"),
}


def main(arguments: Sequence[str] | None = None) -> None:
    everything = [*FIGURES, *SCANS, *REPLAYS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(everything)}")
    names = parser.parse_args(arguments).names or everything
    for unknown in [name for name in names if name not in everything]:
        parser.error(f"there is no benchmark {unknown}; there are {', '.join(everything)}")
    # In our own order: a yardstick of the last ones leaves books that no check would pass.
    measure_server([name for name in FIGURES if name in names])
    measure_scans([name for name in names if name in SCANS])
    measure_replays([name for name in names if name in REPLAYS])


def measure_server(names: Sequence[str]) -> None:
    """The figures that need a server, on one of our own."""
    if not names:
        return
    with served() as server:
        for name in names:
            measure, bar = FIGURES[name]
            try:
                line = {"name": name, **measure(server), "bar": bar, "limits": "off"}
            except Absent as why:
                print(json.dumps({"name": name, "skipped": str(why)}), flush=True)
                continue
            line["yardstick"] = {
                "what": "raw durable inserts/s on the same database, 1 and 8 connections",
                "raw_insert_1": yardstick.raw_inserts(server.database(), connections=1),
                "raw_insert_8": yardstick.raw_inserts(server.database(), connections=8),
            }
            line["machine"] = yardstick.machine()
            print(json.dumps(line), flush=True)


def measure_scans(names: Sequence[str]) -> None:
    """The figures that need only the library."""
    for name in names:
        measure, bar = SCANS[name]
        line = {"name": name, **measure(), "bar": bar, "yardstick": scan.yardstick(), "machine": yardstick.machine()}
        print(json.dumps(line), flush=True)


def measure_replays(names: Sequence[str]) -> None:
    """The figures that need the engine of the markets, and recordings."""
    for name in names:
        measure, bar = REPLAYS[name]
        try:
            line = {"name": name, **measure(), "bar": bar, "machine": yardstick.machine()}
        except Absent as why:
            line = {"name": name, "skipped": str(why)}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
