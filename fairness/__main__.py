"""`python -m fairness`: recompute a round, explain it, check known answers, search millions, walk a chain."""

import argparse
import os
import sys
from collections.abc import Sequence

from fairness.commands import chain, check, rounds, scan
from fairness.errors import InvalidInput

OK, FAILED, REFUSED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 when something was found wrong, 2 for what cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m fairness", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (rounds, check, scan, chain):
        command.add_parser(commands)
    namespace = parser.parse_args(arguments)
    try:
        code: int = namespace.run(namespace)
        sys.stdout.flush()
    except InvalidInput as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        # Whoever read our output has seen enough; without this Python would complain once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
