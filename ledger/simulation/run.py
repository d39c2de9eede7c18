"""One run: requests are drawn, delivered, lost, delivered again, and everything answered is held against the model."""

import hashlib
import logging
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg

from accounts import switches
from accounts.audit import By
from events import retention
from ledger import checks, services
from ledger.models import HOUSE_SHARDS, EntryRow, WalletRow
from ledger.money import Currency
from ledger.operations import Answer, Done, Kind, Op
from ledger.poster import Poster
from ledger.simulation.books import connector, throwaway_books
from ledger.simulation.faults import Died, Doom, End, Moment, Mortal
from ledger.simulation.model import Model
from ledger.simulation.requests import Requests
from ledger.sql import Books

BEGINS: Final = datetime(2026, 1, 1, tzinfo=UTC)
CURRENCIES: Final = (Currency("SIM", 2, least=2, most=5_000), Currency("COIN", 9))
WALLETS: Final = {"SIM": 5, "COIN": 2}
BATCH_SIZES: Final = (1, 8, 60)  # at most; one of them is drawn for each batch
LONG_RUN: Final = 5_000  # steps from which on batches may be larger still
LONG_RUN_BATCH_SIZES: Final = (*BATCH_SIZES, 400)
DOOMED: Final = 0.12  # of the batches
EXCHANGES: Final = 30  # of a batch, about; a doom may lie behind the last
TURNED: Final = 0.02  # switches, by batch
SWITCHES: Final = (
    (switches.WAGERS_PAUSED, Kind.PLACE, "Wagers"),
    (switches.DEPOSITS_PAUSED, Kind.DEPOSIT, "Deposits"),
    (switches.WITHDRAWALS_PAUSED, Kind.WITHDRAW, "Withdrawals"),
)
TOLD_AGAIN: Final = 2_000  # answers that are asked for once more at the end
CHUNK: Final = 500


class Difference(Exception):
    """The ledger did what it must not; the text says what, first of all."""


@dataclass(slots=True)
class Report:
    """What a run did. `digest` is equal for runs of equal seed, steps and workers."""

    seed: int
    steps: int
    workers: int
    delivered: int = 0
    batches: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    digest: str = ""

    @property
    def command(self) -> str:
        """What runs it again."""
        return f"manage.py simulate_ledger --seed {self.seed} --steps {self.steps} --workers {self.workers}"


class _Steady(Poster):
    """Reads the books once: by this machine's clock they would be read anew now and then, and no run be repeated."""

    def _read_books(self, cursor: "psycopg.Cursor[Any]") -> Books:
        if self._books is None:
            self._books = super()._read_books(cursor)
        return self._books


@dataclass(slots=True)
class _Worker:
    """A process that posts: it has a connection of its own, a shard of the house, and what it remembers."""

    connect: Any
    shard: int
    raw: Mortal | None = None
    poster: Poster | None = None
    doom: Doom | None = None

    def post(self, ops: list[Op], *, at: datetime, doom: Doom | None) -> list[Answer] | None:
        """The answers, or None where whoever asked did not get any."""
        if self.poster is None:
            self.poster = _Steady(self._connected, shard=self.shard)
        self.doom = doom
        if self.raw is not None:
            self.raw.doom = doom
        try:
            return self.poster.post(ops, at=at)
        except Died:
            self.raw = self.poster = None
        except psycopg.OperationalError:
            self.poster.close()
            self.raw = None
        except psycopg.Error as error:
            raise Difference(f"the database refused what was decided: {error}") from error
        return None

    def close(self) -> None:
        if self.poster is not None:
            self.poster.close()

    def _connected(self) -> Mortal:
        self.raw = self.connect()
        self.raw.doom = self.doom if self.doom is not None and not self.doom.met else None
        return self.raw


def simulate(*, seed: int, steps: int, workers: int = 3) -> Report:
    """Draw so many requests and see them through; raises `Difference`.

    Needs a database in which it may create a schema; nothing outside of that is read or written.
    """
    with _quiet_psycopg(), throwaway_books() as schema:
        run = _Run(schema, Report(seed, steps, workers))
        try:
            run.deliver_all()
            run.compare()
        finally:
            run.close()
    return run.report


@contextmanager
def _quiet_psycopg() -> Iterator[None]:
    """It warns of every connection that breaks in the middle, and here that is what they are for."""
    logger = logging.getLogger("psycopg")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


class _Run:
    def __init__(self, schema: str, report: Report) -> None:
        self.report = report
        self.drawn = random.Random(report.seed)  # noqa: S311  repeated by its seed, on purpose
        self.at = BEGINS
        for currency in CURRENCIES:
            services.add_currency(currency, by=By.command_line(), at=self.at)
        self.currencies = {
            services.open_wallet(owner=f"player {number}", currency=currency.code, at=self.at): currency
            for currency in CURRENCIES
            for number in range(WALLETS[currency.code])
        }
        self.wallets = list(self.currencies)
        house = WalletRow.objects.get(kind="house", currency=CURRENCIES[0].code, shard=0).pk
        self.model = Model({**self.currencies, house: CURRENCIES[0]}, endless=[house])
        self.requests = Requests(self.drawn, self.wallets, house, self.currencies, self.model)
        self.connect = connector(schema, of=Mortal)
        self.observer = self.connect()
        self.workers = [_Worker(self.connect, number % HOUSE_SHARDS) for number in range(report.workers)]
        self.sent: list[Op] = []  # everything that was ever delivered, once each
        self.unanswered: list[Op] = []
        self.content = hashlib.blake2b(digest_size=8)

    def close(self) -> None:
        for worker in self.workers:
            worker.close()
        self.observer.close()

    # --- Delivering ---------------------------------------------------------------------------------------

    def deliver_all(self) -> None:
        left = self.report.steps
        while left or self.unanswered:
            new = min(left, self._size())
            left -= new
            self._deliver(self._batch(new))
        self.report.digest = self.content.hexdigest()

    def _size(self) -> int:
        sizes = BATCH_SIZES if self.report.steps < LONG_RUN else LONG_RUN_BATCH_SIZES
        return self.drawn.randint(1, self.drawn.choice(sizes))

    def _batch(self, new: int) -> list[Op]:
        """New requests among what was not answered yet, what was answered already, and what is not what it was."""
        drawn = self.drawn
        fresh = [self.requests.draw() for _ in range(new)]
        again = [drawn.choice(self.sent) for _ in range(drawn.randint(0, 3)) if self.sent]
        if self.sent and drawn.random() < 0.2:
            fresh.append(self.requests.other_content(drawn.choice(self.sent)))
        late = self.unanswered if not new or drawn.random() < 0.5 else []
        ops = [*fresh, *again, *late]
        if drawn.random() < 0.1:
            ops += fresh[:2]  # twice in one batch
        self.sent += fresh
        if drawn.random() < 0.5:
            drawn.shuffle(ops)  # otherwise in the order they were made, so that holds come before their ends
        return ops

    def _deliver(self, ops: list[Op]) -> None:
        report, drawn = self.report, self.drawn
        self._let_time_pass()
        self._turn_switches()
        doom = self._doom() if drawn.random() < DOOMED else None
        before = self._journals()
        answers = drawn.choice(self.workers).post(ops, at=self.at, doom=doom)
        report.batches += 1
        report.delivered += len(ops)
        if doom is not None and doom.met:
            place = "commit" if doom.left is None else "statement"
            report.ends[f"{doom.end} {doom.moment} {place}"] += 1
        if answers is not None:
            if doom is not None and doom.done:
                # It was committed, the connection was lost, and the engine asked again by itself.
                self._note(ops)
            self._expect(ops, answers)
            answered = set(ops)
            self.unanswered = [op for op in self.unanswered if op not in answered]
            return
        if doom is None or not doom.met:
            raise Difference(f"batch {report.batches} was not answered, though nothing was broken")
        # Nobody got an answer; only whoever looks into the database knows whether it was done.
        if self._journals() != before:
            self._note(ops)
        self.unanswered = list(dict.fromkeys([*self.unanswered, *ops]))

    def _doom(self) -> Doom:
        drawn = self.drawn
        at_commit = drawn.random() < 0.4
        end = drawn.choice((End.PROCESS, End.CONNECTION) if at_commit else tuple(End))
        moment = Moment.BEFORE if end == End.TRANSACTION else drawn.choice(tuple(Moment))
        return Doom(end, moment, None if at_commit else drawn.randint(1, EXCHANGES))

    def _journals(self) -> int:
        """How many batches were committed, once whatever is being committed is."""
        row = self.observer.execute("SELECT journal_no FROM events_head WHERE id = 1 FOR SHARE").fetchone()
        return int(row[0]) if row else 0

    def _let_time_pass(self) -> None:
        """Mostly forwards, sometimes back, as clocks that are set do; at times for long."""
        drawn = self.drawn
        self.at += timedelta(milliseconds=drawn.choice((0, 1, 40, 1_000, -200)))
        if drawn.random() < 0.002:
            self.at += timedelta(days=drawn.randint(1, 400))
            retention.prune(at=self.at)

    def _turn_switches(self) -> None:
        """Pause a kind now and then, and go on soon."""
        name, kind, called = self.drawn.choice(SWITCHES)
        on = kind not in self.model.paused
        if self.drawn.random() > (TURNED if on else 10 * TURNED):
            return
        switches.turn(name, on, by=By.command_line(), at=self.at)
        if on:
            self.model.paused[kind] = called
        else:
            del self.model.paused[kind]

    # --- Comparing ----------------------------------------------------------------------------------------

    def _note(self, ops: Iterable[Op]) -> None:
        """What was decided without anybody having been told."""
        for op in ops:
            self.model.answer(op)

    def _expect(self, ops: Iterable[Op], answers: Iterable[Answer]) -> None:
        for op, answer in zip(ops, answers, strict=True):
            expected = self.model.answer(op)
            if answer != expected:
                raise Difference(f"in batch {self.report.batches} {op} was answered {answer}, and not {expected}")
            self.content.update(repr(answer).encode())
            name = "DONE" if isinstance(answer, Done) else answer.code.value
            self.report.answers[f"{name}, replayed" if answer.replayed else name] += 1

    def compare(self) -> None:
        """Every wallet, every entry, every invariant; and a part of the answers once more, by a new process."""
        for row in WalletRow.objects.filter(pk__in=self.wallets):
            found = row.available, row.locked, row.version
            known = self.model.free[row.pk], self.model.locked[row.pk], self.model.version[row.pk]
            if found != known:
                raise Difference(f"wallet {row.pk} has {found}, and not {known}")
        self._compare_entries()
        for breach in checks.check():
            raise Difference(f"{breach.invariant}: {breach.text}")
        again = _Worker(self.connect, 0)
        sample = self.drawn.sample(self.sent, min(TOLD_AGAIN, len(self.sent)))
        for start in range(0, len(sample), CHUNK):
            answers = again.post(sample[start : start + CHUNK], at=self.at, doom=None)
            self._expect(sample[start : start + CHUNK], answers or [])
        again.close()

    def _compare_entries(self) -> None:
        left = dict(self.model.lines)
        names = ("wallet_id", "version", "kind", "client_id", "available_after", "locked_after")
        for wallet, version, *line in EntryRow.objects.filter(wallet__in=self.wallets).values_list(*names).iterator():
            expected = left.pop((wallet, version), None)
            if expected is None or tuple(line) != expected:
                raise Difference(f"entry {version} of wallet {wallet} says {tuple(line)}, and not {expected}")
        for (wallet, version), line in left.items():
            raise Difference(f"entry {version} of wallet {wallet}, {line}, is missing")
