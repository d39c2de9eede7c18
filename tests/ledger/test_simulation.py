"""The simulator finds nothing in the ledger, finds whatever is broken in it on purpose, and touches nothing real."""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from ledger import decide
from ledger.decide import State
from ledger.models import CurrencyRow, WalletRow
from ledger.operations import Answer, Op
from ledger.poster import Poster
from ledger.simulation import Difference, simulate
from ledger.simulation.books import PREFIX

# Nothing is written to the tables of the installation, so none has to be emptied.
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_found(seed: int) -> None:
    report = simulate(seed=seed, steps=200)
    assert report.delivered >= 200
    assert report.answers["DONE"] > 20


@pytest.mark.slow
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("seed", range(100, 110))
def test_nothing_is_found_in_a_million(seed: int) -> None:
    """Ten runs of a hundred thousand requests; each is one test, so that both cores have work."""
    report = simulate(seed=seed, steps=100_000, workers=4)
    assert report.answers["DONE"] > 20_000
    assert len(report.ends) == 13  # each end, at each moment, at a statement and at the commit
    assert min(report.ends.values()) > 0


def test_the_same_seed_is_the_same_run() -> None:
    first, again = (simulate(seed=11, steps=100, workers=2) for _ in range(2))
    assert first == again


def test_nothing_else_is_touched() -> None:
    def real() -> tuple[int, int, list[Any]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname::text, %s)", [PREFIX])
            return WalletRow.objects.count(), CurrencyRow.objects.count(), cursor.fetchall()

    before = real()
    simulate(seed=1, steps=20)
    assert real() == before


# --- What is broken on purpose is found -----------------------------------------------------------------


def _lose_without_the_house(self: State, op: Op, wallet: Any) -> Answer:
    hold = self._open_hold(op, decide.Kind.PLACE)
    return hold if isinstance(hold, decide.Refused) else self._end(op, wallet, hold, "settled", available=0)


def _end_again(self: State, op: Op, wallet: Any, hold: Any, status: str, *, available: int) -> Answer:
    self.ended_holds.append(hold)
    return self._done(op, wallet, available, -hold.amount)


_transact = Poster._transact


def _answer_without_commit(self: Poster, ops: Sequence[Op], **more: Any) -> list[Answer]:
    """Tell what was decided though the commit did not come through."""
    told: list[Answer] = []
    decide_all = State.decide_all
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(State, "decide_all", lambda state, ops: told.extend(decide_all(state, ops)) or list(told))
        try:
            return _transact(self, ops, **more)
        except psycopg.OperationalError:
            self.close()
            if len(told) < len(ops):
                raise
            return told


BROKEN: list[tuple[str, object, str, Any]] = [
    ("a loss goes nowhere", decide._DECIDE, "LOSE", _lose_without_the_house),
    ("a hold can be ended twice", State, "_end", _end_again),
    ("amounts have no limits", State, "_limited", lambda self, op, wallet: None),
    ("a replay is not said to be one", decide, "_again", lambda known, op, fingerprint: known.answer),
    ("versions are not looked at", Op, "expected_version", None),
    ("answers come before the commit", Poster, "_transact", _answer_without_commit),
]


@pytest.mark.parametrize(("where", "name", "instead"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_is_broken_is_found(
    monkeypatch: pytest.MonkeyPatch, where: object, name: str, instead: Callable[..., Any] | None
) -> None:
    if isinstance(where, dict):
        monkeypatch.setitem(where, decide.Kind[name], instead)
    elif instead is None:
        monkeypatch.setattr(State, "_decide_new", lambda self, op, wallet: decide._DECIDE[op.kind](self, op, wallet))
    else:
        monkeypatch.setattr(where, name, instead)
    with pytest.raises(Difference):
        simulate(seed=3, steps=2_000)


def test_the_command_tells_how_to_run_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("simulate_ledger", seed=5, steps=60, workers=2)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("seed 5: 60 requests in ")
    assert printed[-1] == "Again: manage.py simulate_ledger --seed 5 --steps 60 --workers 2"


def test_the_command_names_the_first_difference_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(decide, "_again", lambda known, op, fingerprint: known.answer)
    with pytest.raises(SystemExit) as ended:
        call_command("simulate_ledger", seed=5, steps=300)
    assert ended.value.code == 1
    printed = capsys.readouterr().err
    assert "was answered" in printed
    assert "Again: manage.py simulate_ledger --seed 5 --steps 300 --workers 3" in printed
