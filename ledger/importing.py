"""Bringing existing balances in: a CSV of owners and amounts becomes wallets and deposits, once.

Each line is a deposit whose client id follows from the name of the source and the owner alone, so that importing the
same source again adds nothing, whatever became of the run before. The file is read twice: first to refuse it whole if
anything in it is wrong, then to post it. Amounts are exact decimals; no number is ever a float.
"""

import csv
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Final
from uuid import UUID, uuid5

from django.db import connection
from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from ledger import posting
from ledger.models import CurrencyRow, Result, WalletKind, WalletRow
from ledger.money import BadAmount, Currency, parse, show
from ledger.operations import REF_MAX, Code, Done, Kind, Op, Refused

# Client ids of imports: uuid5 of this, the source and the owner.
NAMESPACE: Final = UUID("5b1a3a4e-6f0c-5a55-9d0e-6f2a0b8f6c11")
KINDS: Final = (WalletKind.USER.value, WalletKind.AGENT.value)
OWNER_MAX: Final = 100
PROBLEMS_MAX: Final = 20
CHUNK: Final = 1_000
BUSY_SECONDS: Final = 30.0
_SOURCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,59}", re.ASCII)
_TEXT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]*")


class BadFile(Exception):
    """The file is refused, and nothing of it was posted. `problems` are the first lines that are wrong, `count` says
    how many there are."""

    def __init__(self, problems: Sequence[str], count: int) -> None:
        super().__init__("; ".join(problems))
        self.problems, self.count = list(problems), count


class Stopped(Exception):
    """It ended early, with some of it posted; the same import again goes on. The message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One owner's balance, in minor units; 0 opens the wallet alone."""

    number: int
    owner: str
    amount: int
    reference: str


@dataclass(slots=True)
class Totals:
    """What an import does, in minor units: `before` and `after` are what all wallets of the kind have."""

    owners: int = 0
    amount: int = 0
    there: int = 0  # owners whose balance was brought in from this source before
    there_amount: int = 0
    before: int = 0
    after: int = 0

    @property
    def added_amount(self) -> int:
        """What this import brings in."""
        return self.amount - self.there_amount


@dataclass(slots=True)
class Import:
    """An import of one file into wallets of one currency and kind."""

    path: Path
    currency: str
    source: str
    kind: str = WalletKind.USER.value
    _money: Currency = field(init=False)
    _problems: list[str] = field(init=False, default_factory=list)
    _problem_count: int = field(init=False, default=0)

    def run(self, *, at: datetime, dry_run: bool, told: Callable[[str, int], None] = lambda what, line: None) -> Totals:
        """Check the file, and unless `dry_run` post it; `told` hears what is being done and up to which line.

        Raises `BadFile`, `Stopped` and `OSError`.
        """
        self._prepare()
        with self.path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
            totals = self._check(file, told)
            if self._problem_count:
                raise BadFile(self._problems, self._problem_count)
            totals.before = self._sum()
            totals.after = totals.before + totals.added_amount
            if not dry_run:
                file.seek(0)
                self._post(file, totals, at=at, told=told)
                totals.after = self._sum()
        return totals

    def money(self) -> Currency:
        """The currency, to show amounts with."""
        return self._money

    # --- Reading --------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        row = CurrencyRow.objects.filter(code=self.currency).first()
        if row is None:
            known = ", ".join(CurrencyRow.objects.order_by("code").values_list("code", flat=True)) or "none"
            raise BadFile([f"There is no currency {self.currency[:20]}; there are: {known}."], 1)
        self._money = Currency(row.code, row.scale, row.least, row.most)
        if self.kind not in KINDS:
            raise BadFile([f"Balances are brought into wallets of kind {' or '.join(KINDS)}."], 1)
        if not _SOURCE.fullmatch(self.source):
            raise BadFile(["A source's name has up to 60 letters, digits, spaces, dots, dashes and underscores."], 1)
        self._problems, self._problem_count = [], 0

    def _problem(self, number: int, text: str) -> None:
        self._problem_count += 1
        if len(self._problems) < PROBLEMS_MAX:
            self._problems.append(f"line {number}: {text}")

    def _lines(self, file: IO[str]) -> Iterator[Line]:
        """The lines that can be read; the others become problems."""
        reader = csv.reader(file, strict=True)
        try:
            for row in reader:
                if row and not (reader.line_num == 1 and _is_heading(row)):
                    line = self._line(reader.line_num, row)
                    if line is not None:
                        yield line
        except csv.Error as error:
            self._problem(reader.line_num, f"this is no CSV ({error})")

    def _line(self, number: int, row: list[str]) -> Line | None:
        if len(row) not in (2, 3):
            self._problem(number, f"it has {len(row)} columns; expected are owner, amount and perhaps a reference")
            return None
        owner, text, reference = row[0], row[1].strip(), row[2].strip() if len(row) == 3 else ""
        wrong = _wrong_words(owner, reference)
        if wrong:
            self._problem(number, wrong)
            return None
        try:
            amount = parse(text, self._money)
        except BadAmount as error:
            self._problem(number, f"the amount {text[:40]!r} {str(error).rstrip('.')}")
            return None
        least, most = self._money.least, self._money.most
        if amount and amount < least or most and amount > most:
            limits = f"{show(least, self._money)} to {show(most, self._money)}" if most else show(least, self._money)
            self._problem(
                number, f"the amount {text[:40]} is not within the currency's limits for one operation, {limits}"
            )
            return None
        return Line(number, owner, amount, reference)

    def _check(self, file: IO[str], told: Callable[[str, int], None]) -> Totals:
        totals = Totals()
        first_lines: dict[str, int] = {}
        lines = self._lines(file)
        while chunk := list(islice(lines, CHUNK)):
            fresh = []
            for line in chunk:
                earlier = first_lines.setdefault(line.owner, line.number)
                if earlier == line.number:
                    fresh.append(line)
                else:
                    self._problem(line.number, f"{line.owner} is on line {earlier} already")
            totals.owners += len(fresh)
            totals.amount += sum(line.amount for line in fresh)
            self._count_those_there(fresh, totals)
            told("checked", chunk[-1].number)
        return totals

    def _count_those_there(self, lines: Sequence[Line], totals: Totals) -> None:
        wallets = self._wallets(lines)
        ops = {line.number: self._op(line, wallets[line.owner]) for line in lines if line.owner in wallets}
        remembered = {
            (wallet_id, client_id): (bytes(fingerprint), version)
            for wallet_id, client_id, fingerprint, version in Result.objects.filter(
                wallet_id__in=wallets.values(), client_id__in=[op.client_id for op in ops.values()]
            ).values_list("wallet_id", "client_id", "fingerprint", "version")
        }
        for line in lines:
            op = ops.get(line.number)
            known = remembered.get((op.wallet_id, op.client_id)) if op is not None else None
            if known is None:
                # Nothing is deposited of nothing: the wallet is all there is to it.
                totals.there += line.amount == 0 and op is not None
                continue
            if op is None or line.amount == 0 or known[0] != op.fingerprint():
                self._problem(
                    line.number, f"{line.owner} was imported from this source before, with another amount or reference"
                )
            elif known[1] is None:
                self._problem(line.number, f"{line.owner} was refused when this source was imported before")
            else:
                totals.there += 1
                totals.there_amount += line.amount

    # --- Posting --------------------------------------------------------------------------------------

    def _post(self, file: IO[str], totals: Totals, *, at: datetime, told: Callable[[str, int], None]) -> None:
        lines = self._lines(file)
        owners = amount = 0
        while chunk := list(islice(lines, CHUNK)):
            self._open(chunk, at=at)
            wallets = self._wallets(chunk)
            deposits = [line for line in chunk if line.amount]
            if deposits:
                self._submit(deposits, [self._op(line, wallets[line.owner]) for line in deposits])
            owners, amount = owners + len(chunk), amount + sum(line.amount for line in chunk)
            told("posted", chunk[-1].number)
        if self._problem_count or (owners, amount) != (totals.owners, totals.amount):
            raise Stopped("The file was changed while it was read.")

    def _submit(self, lines: Sequence[Line], ops: Sequence[Op]) -> None:
        until = time.monotonic() + BUSY_SECONDS
        answers = posting.post(ops)
        while any(isinstance(each, Refused) and each.code is Code.BUSY for each in answers):
            if time.monotonic() > until:
                raise Stopped(f"The ledger is too busy for line {lines[0].number} and on.")
            time.sleep(0.1)
            answers = posting.post(ops)
        for line, answer in zip(lines, answers, strict=True):
            if isinstance(answer, Done):
                continue
            if answer.code is Code.UNAVAILABLE and answer.which:
                raise Stopped(f"{answer.which} are paused; nothing was posted from line {line.number} on.")
            raise Stopped(f"Line {line.number} ({line.owner}) was not posted: {answer.code}.")

    def _op(self, line: Line, wallet_id: int) -> Op:
        return Op(
            Kind.DEPOSIT,
            wallet_id,
            uuid5(NAMESPACE, f"{self.source}\n{line.owner}"),
            line.amount,
            ref_type="import",
            ref_id=line.reference,
            reason=f"balance brought in from {self.source}",
        )

    def _wallets(self, lines: Sequence[Line]) -> dict[str, int]:
        """The wallets that there are, by owner."""
        found = WalletRow.objects.filter(
            owner__in=[line.owner for line in lines], currency=self.currency, kind=self.kind, shard=0
        )
        return dict(found.values_list("owner", "pk"))

    def _open(self, lines: Sequence[Line], *, at: datetime) -> None:
        rows = [
            WalletRow(owner=line.owner, currency_id=self.currency, kind=self.kind, shard=0, opened_at=at)
            for line in lines
        ]
        WalletRow.objects.bulk_create(rows, ignore_conflicts=True)

    def _sum(self) -> int:
        connection.ensure_connection()
        total: int = WalletRow.objects.filter(currency=self.currency, kind=self.kind).aggregate(
            total=Coalesce(Sum(F("available") + F("locked")), 0)
        )["total"]
        return int(total)


def _is_heading(row: list[str]) -> bool:
    return len(row) > 1 and row[1].strip().lower() == "amount"


def _wrong_words(owner: str, reference: str) -> str:
    """What is wrong with an owner's name or a reference, or nothing."""
    if not 0 < len(owner) <= OWNER_MAX or owner != owner.strip():
        return f"an owner has 1 to {OWNER_MAX} characters, with no space around them"
    if not _TEXT.fullmatch(owner):
        return "the owner has characters that are no text"
    if len(reference) > REF_MAX or not _TEXT.fullmatch(reference):
        return f"a reference is text of up to {REF_MAX} characters"
    return ""
