"""Several engines at once, in threads and processes, over few wallets: one order, nothing twice, no deadlock."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from ledger import checks
from ledger.engine import Engine
from ledger.models import EntryRow, HoldRow, Journal, WalletRow
from ledger.operations import Answer, Done, Kind, Op
from tests.ledger.conftest import AT, connect
from tests.ledger.processes import PROCESSES, Processes, processes

Opener = Callable[..., int]
Share = list[list[Op]]
SECONDS = 90
FUNDS = 5_000
GROUPS = 12


@pytest.fixture
def hot(wallet: Opener) -> list[int]:
    """Three wallets with money."""
    wallets = [wallet(f"hot {number}") for number in range(3)]
    made = Engine(connect, now=lambda: AT)
    for _ in range(FUNDS // 1_000):
        made.submit([Op(Kind.DEPOSIT, each, uuid4(), 1_000) for each in wallets]).result(timeout=SECONDS)
    made.close()
    return wallets


def share(number: int, wallets: Sequence[int], common: Sequence[Op]) -> Share:
    """What one of them sends: transfers this way and that, wagers and their ends, and what all of them send."""
    drawn = random.Random(number)
    groups: Share = []
    for turn in range(GROUPS):
        one, two = (wallets[0], wallets[1]) if (number + turn) % 2 else (wallets[1], wallets[0])
        moves = [Op(Kind.TRANSFER, one, uuid4(), drawn.randint(1, 20), other_wallet_id=two) for _ in range(3)]
        bets = [Op(Kind.PLACE, drawn.choice(wallets), uuid4(), drawn.randint(1, 20)) for _ in range(3)]
        ends = [
            Op(drawn.choice([Kind.LOSE, Kind.VOID]), bet.wallet_id, uuid4(), hold=bet.client_id) for bet in bets[:2]
        ]
        won = Op(Kind.WIN, bets[2].wallet_id, uuid4(), drawn.randint(0, 60), hold=bets[2].client_id)
        groups += [[*moves, *bets, common[turn % len(common)]], [*ends, won, common[(turn + 1) % len(common)]]]
    return groups


def common_to_all(wallets: Sequence[int]) -> list[Op]:
    """Requests under client ids that everybody sends."""
    bet = Op(Kind.PLACE, wallets[2], UUID(int=1), 7)
    return [
        bet,
        Op(Kind.DEPOSIT, wallets[0], UUID(int=2), 9),
        Op(Kind.TRANSFER, wallets[1], UUID(int=3), 5, other_wallet_id=wallets[2]),
        Op(Kind.WITHDRAW, wallets[0], UUID(int=4), 10**9),  # more than one operation moves: refused, for all
    ]


def in_threads(shares: Sequence[Share]) -> list[list[list[Answer]]]:
    """Each share through an engine of its own, all at once."""
    engines = [Engine(connect, now=lambda: AT, shard=number) for number in range(len(shares))]
    found: dict[int, list[list[Answer]]] = {}
    gate = threading.Barrier(len(shares))

    def send(number: int) -> None:
        gate.wait(SECONDS)
        found[number] = [engines[number].submit(group).result(timeout=SECONDS) for group in shares[number]]

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(shares))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    for made in engines:
        made.close()
    return [found[number] for number in range(len(shares))]


@pytest.fixture(scope="module")
def pool(django_db_setup: None) -> Iterator[Processes]:
    """Processes for all tests of this file: starting them takes longer than what they do."""
    with processes() as started:
        yield started


@pytest.fixture(params=["threads", "processes"])
def at_once(request: pytest.FixtureRequest) -> Callable[[Sequence[Share]], list[list[list[Answer]]]]:
    """Sends shares, each through an engine of its own, all at once."""
    if request.param == "threads":
        return in_threads
    posting: Processes = request.getfixturevalue("pool")
    return posting.post


def test_writers_that_cross_each_other(hot: list[int], at_once: Callable[..., list[list[list[Answer]]]]) -> None:
    common = common_to_all(hot)
    shares = [share(number, hot, common) for number in range(PROCESSES)]
    answers = at_once(shares)
    told: dict[Op, list[Answer]] = {}
    for sent, got in zip(shares, answers, strict=True):
        for ops, each in zip(sent, got, strict=True):
            for op, answer in zip(ops, each, strict=True):
                told.setdefault(op, []).append(answer)
    # Whoever asked under a common client id, and when: it was done once, and all were told the same.
    for op in common:
        assert Counter(answer.replayed for answer in told[op])[False] == 1
        assert len({replace(answer, replayed=False) for answer in told[op]}) == 1
    assert [isinstance(told[op][0], Done) for op in common] == [True, True, True, False]
    own = {op: each for op, each in told.items() if op not in common}
    assert all(len(each) == 1 and isinstance(each[0], Done) for each in own.values())
    # Each of them has its one entry, at the version it was told.
    done = {(op.wallet_id, op.client_id): each[0].version for op, each in told.items() if isinstance(each[0], Done)}
    for wallet, client_id, version in EntryRow.objects.filter(wallet__in=hot).values_list(
        "wallet_id", "client_id", "version"
    ):
        assert done.pop((wallet, client_id), version) == version
    assert done == {}
    assert not HoldRow.objects.filter(status="open").exclude(client_id=UUID(int=1)).exists()
    assert_one_order()


def assert_one_order() -> None:
    """Chain order is commit order: along every wallet's versions the numbers of the journals only grow."""
    assert checks.check() == []
    numbers = dict(Journal.objects.values_list("pk", "no"))
    assert sorted(numbers.values()) == list(range(1, len(numbers) + 1))
    last: dict[int, tuple[int, int]] = {}
    rows = EntryRow.objects.order_by("wallet_id", "version").values_list("wallet_id", "version", "journal_id")
    for wallet, version, journal in rows:
        before, no = last.get(wallet, (0, 0))
        assert version == before + 1
        assert numbers[journal] >= no
        last[wallet] = version, numbers[journal]
    written = set(WalletRow.objects.filter(kind="house", version__gt=0).values_list("shard", flat=True))
    assert len(written) > 1, "every writer was given the same shard"


def answers_of(got: Sequence[Sequence[Sequence[Answer]]]) -> Counter[str]:
    each = (answer for share in got for group in share for answer in group)
    return Counter("done" if isinstance(answer, Done) else answer.code.value for answer in each)


def split(ops: Sequence[Op]) -> list[Share]:
    """Requests dealt out, each in a group of its own."""
    return [[[op] for op in ops[number::PROCESSES]] for number in range(PROCESSES)]


@pytest.mark.parametrize(
    ("funds", "wager", "times", "version", "refusal"),
    [
        (10, 10, 5, None, "INSUFFICIENT_FUNDS"),
        (10, 10, 5, 1, "VERSION_CONFLICT"),
        (150, 100, 50, None, "INSUFFICIENT_FUNDS"),
    ],
    ids=["five of 10 on 10", "five of 10 on 10, on the same version", "fifty of 100 on 150"],
)
def test_the_same_money_is_wagered_once(
    wallet: Opener,
    at_once: Callable[..., list[list[list[Answer]]]],
    funds: int,
    wager: int,
    times: int,
    version: int | None,
    refusal: str,
) -> None:
    ann = wallet("ann")
    in_threads([[[Op(Kind.DEPOSIT, ann, uuid4(), funds)]]])
    bets = [Op(Kind.PLACE, ann, uuid4(), wager, expected_version=version) for _ in range(times)]
    assert answers_of(at_once(split(bets))) == {"done": 1, refusal: times - 1}
    row = WalletRow.objects.get(pk=ann)
    assert (row.available, row.locked, row.version) == (funds - wager, wager, 2)
    assert HoldRow.objects.filter(wallet=ann).count() == 1
    assert checks.check() == []
