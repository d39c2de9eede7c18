"""The command that measures book weights: what it writes can be used, and what it lacks it says."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from markets import configured, queries
from tests.markets.recordings import moment, needs_recordings, polls_of_csv

WNBA = "basketball_wnba"


@pytest.mark.django_db
def test_without_polls_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No polls of basketball_wnba"):
        call_command("fit_book_weights", WNBA, out=str(tmp_path / "out.json"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", ""])
def test_a_day_is_a_date(text: str) -> None:
    with pytest.raises(CommandError, match="is not a date"):
        call_command("fit_book_weights", WNBA, f"--before={text}")


@needs_recordings
def test_what_it_writes_can_be_used_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(queries, "polls_of", lambda *_, **__: iter(polls_of_csv("wnba_2026")))
    out = tmp_path / f"{WNBA}.json"
    call_command("fit_book_weights", WNBA, "--before=2026-08-05", f"--out={out}")
    with pytest.raises(CommandError, match="is there already"):
        call_command("fit_book_weights", WNBA, "--before=2026-08-05", f"--out={out}")
    capsys.readouterr()
    call_command("fit_book_weights", WNBA, "--before=2026-08-05", "--out=-")
    assert capsys.readouterr().out == out.read_text()
    settings.MARKETS_WEIGHTS = tmp_path
    found = configured.book_weights(WNBA, before=moment("2026-08-05T00:00:00Z"))
    assert "bovada" in found.families
    assert "stored polls" in found.provenance
    monkeypatch.setattr(queries, "polls_of", lambda *_, **__: iter(polls_of_csv("wnba_2026")[:50]))
    with pytest.raises(CommandError, match="No family has 20 games"):
        call_command("fit_book_weights", WNBA, out="-")
