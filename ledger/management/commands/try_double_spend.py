"""`manage.py try_double_spend`: five wagers of 10.00 at the same moment on a wallet that has 10.00."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.audit import By
from ledger import checks, posting, queries, services
from ledger.money import Currency, show
from ledger.operations import Answer, Code, Done, Kind, Op, Refused
from ledger.wire import sentence

PLAY = Currency("PLY", 2)
TEN = 10_00  # minor units: 10.00
WAGERS = 5


class Command(BaseCommand):
    """Try to spend the same money five times; exit with 0 only if it was spent once and the books are in order."""

    help = (
        "Put 10.00 of play money into a fresh wallet, send five wagers of 10.00 at the same moment, each from a thread "
        "of its own, send the taken one again, and recompute the invariants. Exit code 0 if exactly one was taken."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say each step with what the ledger answered."""
        try:
            services.add_currency(PLAY, by=By.command_line(), at=timezone.now())
        except services.CurrencyDiffers as error:
            raise CommandError(str(error)) from error
        wallet_id = services.open_wallet(owner=f"double-spend-{uuid4()}", currency=PLAY.code, at=timezone.now())
        deposit = posting.post_one(Op(Kind.DEPOSIT, wallet_id, uuid4(), TEN))
        if not isinstance(deposit, Done):
            raise CommandError(f"The deposit was not taken: {sentence(deposit, PLAY)}")
        self.stdout.write(f"Wallet {wallet_id} has {_amount(deposit.available)}.")
        self.stdout.write(f"{WAGERS} wagers of {_amount(TEN)} at the same moment:")
        answers = _all_at_once(wallet_id)
        for client_id, answer in answers.items():
            self.stdout.write(f"  {client_id}  {_became(answer)}")
        self._show_wallet(wallet_id)
        wrong = self._wrong(wallet_id, answers)
        for text in wrong:
            self.stderr.write(f"WRONG: {text}")
        posting.close()
        if wrong:
            sys.exit(1)
        self.stdout.write("Taken once, and the books are in order.")

    def _show_wallet(self, wallet_id: int) -> None:
        wallet = queries.find_wallet(wallet_id)
        has = f"{_amount(wallet.available)}, and {_amount(wallet.locked)} locked"
        self.stdout.write(f"Wallet {wallet_id} has {has} (version {wallet.version}).")

    def _wrong(self, wallet_id: int, answers: dict[UUID, Answer]) -> list[str]:
        """What is not as it must be, in sentences."""
        taken = [client_id for client_id, answer in answers.items() if isinstance(answer, Done)]
        short = [
            each for each in answers.values() if isinstance(each, Refused) and each.code == Code.INSUFFICIENT_FUNDS
        ]
        wrong = [] if (len(taken), len(short)) == (1, WAGERS - 1) else [f"{len(taken)} wagers were taken."]
        for client_id in taken:
            again = posting.post_one(Op(Kind.PLACE, wallet_id, client_id, TEN))
            self.stdout.write(f"The taken one sent again: {_became(again)}")
            if not (isinstance(again, Done) and again.replayed):
                wrong.append("The taken wager was not answered as the first time.")
        wallet = queries.find_wallet(wallet_id)
        if (wallet.available, wallet.locked, wallet.version) != (0, TEN, 2):
            wrong.append("The wallet does not have what one wager leaves.")
        breaches = checks.check()
        self.stdout.write(f"Invariants recomputed: {len(breaches)} broken.")
        return wrong + [f"{breach.invariant}: {breach.text}" for breach in breaches]


def _all_at_once(wallet_id: int) -> dict[UUID, Answer]:
    """What became of each wager, by its client id; the threads wait for one another before they send."""
    gate = threading.Barrier(WAGERS)

    def send(client_id: UUID) -> Answer:
        op = Op(Kind.PLACE, wallet_id, client_id, TEN)
        gate.wait()
        return posting.post_one(op)

    client_ids = [uuid4() for _ in range(WAGERS)]
    with ThreadPoolExecutor(max_workers=WAGERS) as threads:
        return dict(zip(client_ids, threads.map(send, client_ids), strict=True))


def _amount(minor: int) -> str:
    return f"{show(minor, PLAY)} {PLAY.code}"


def _became(answer: Answer) -> str:
    if isinstance(answer, Done):
        return f"taken, {_amount(answer.available)} left, replayed: {str(answer.replayed).lower()}"
    return f"{answer.code}: {sentence(answer, PLAY)}"
