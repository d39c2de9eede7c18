"""Commands of the venue: what they say, and what they refuse."""

import pytest
from django.core.management import CommandError, call_command

from tests.stake.conftest import limbo, somebody_bets_limbo
from tests.stake.test_betting import place


def imported(capsys, *words: str) -> str:
    call_command("import_history", *words)
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize("name", ["id", "label"])
def test_history_is_imported_and_counted(session, simulator, account, clock, capsys, name):
    place(session, limbo(), "ours", clock)
    somebody_bets_limbo(simulator, account, times=3)
    wanted = str(session.pk) if name == "id" else session.label
    assert imported(capsys, wanted) == ("4 bets seen: 3 new, 1 known, 0 conflicts, 0 left out; the end was reached.")
    assert imported(capsys, wanted, "--pages", "1").startswith("4 bets seen: 0 new, 4 known")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nobody"], "No session has the label"),
        (["00000000-0000-4000-8000-000000000000"], "There is no such session."),
        (["Simulator", "--pages", "0"], "pages must be from 1"),
    ],
)
def test_it_says_what_is_wrong(session, words, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("import_history", *words)


def test_trouble_at_the_venue_is_told(session, simulator):
    simulator.faults.add("cloudflare", "houseBetList", times=None)
    with pytest.raises(CommandError, match="clearance"):
        call_command("import_history", "Simulator")
