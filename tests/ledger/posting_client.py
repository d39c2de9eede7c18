"""A program that posts wagers until it is killed: `python -m tests.ledger.posting_client WALLET WALLET … FIRST LAST`.

Wager n has the client id `client_id(n)`. What was not answered is sent again until it is; each answer is a line
`n version replayed` on standard output, written once the ledger has acknowledged it. It stops behind LAST.
"""

import random
import sys
import time
from uuid import UUID

import django

AMOUNT = 1
GROUP_MAX = 40
AHEAD = 6  # groups that wait for their answers


def client_id(number: int) -> UUID:
    return UUID(int=(0xA << 76) + number)


def main(wallets: list[int], first: int, last: int) -> None:
    django.setup()
    from ledger import posting
    from ledger.operations import Kind, Op

    drawn = random.Random(first)
    number, waiting = first, []
    while number <= last or waiting:
        while number <= last and len(waiting) < AHEAD:
            size = min(drawn.randint(1, GROUP_MAX), last - number + 1)
            ops = {
                each: Op(Kind.PLACE, wallets[each % len(wallets)], client_id(each), AMOUNT)
                for each in range(number, number + size)
            }
            number += size
            waiting.append((ops, posting.submit(list(ops.values()))))
        ops, answered = waiting.pop(0)
        missing = {}
        for (each, op), answer in zip(ops.items(), answered.result(timeout=60), strict=True):
            version = getattr(answer, "version", None)
            if version is None:
                if answer.code not in ("UNAVAILABLE", "BUSY"):
                    raise SystemExit(f"wager {each} was refused: {answer}")
                missing[each] = op
            else:
                sys.stdout.write(f"{each} {version} {answer.replayed:d}\n")
        sys.stdout.flush()
        if missing:
            time.sleep(0.05)  # the database is starting again
            waiting.insert(0, (missing, posting.submit(list(missing.values()))))


if __name__ == "__main__":
    *wallets, first, last = (int(word) for word in sys.argv[1:])
    main(wallets, first, last)
