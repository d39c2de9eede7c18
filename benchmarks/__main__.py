"""`python -m benchmarks [NAME…]`: measure, and print one JSON line a figure. Without a name, all of them."""

import argparse
import json
from collections.abc import Sequence

from benchmarks import yardstick
from benchmarks.figures import FIGURES
from benchmarks.served import served


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(FIGURES)}")
    names = parser.parse_args(arguments).names or list(FIGURES)
    for unknown in [name for name in names if name not in FIGURES]:
        parser.error(f"there is no benchmark {unknown}; there are {', '.join(FIGURES)}")
    with served() as server:
        for name in names:
            measure, bar = FIGURES[name]
            line = {"name": name, **measure(server), "bar": bar, "limits": "off"}
            line["yardstick"] = {
                "what": "raw durable inserts/s on the same database, 1 and 8 connections",
                "raw_insert_1": yardstick.raw_inserts(server.database(), connections=1),
                "raw_insert_8": yardstick.raw_inserts(server.database(), connections=8),
            }
            line["machine"] = yardstick.machine()
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
