"""Which commands need a database, and how a refusal looks."""

import pytest

from stakepro import command_line
from stakepro.refusals import Refused


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        ([], False),
        (["help"], False),
        (["--version"], False),
        (["migrate", "--help"], False),
        (["check"], False),
        (["check", "--deploy"], False),
        (["check", "--database", "default"], True),
        (["collectstatic", "--noinput"], False),
        (["makemigrations", "--check"], False),
        (["up"], False),
        (["migrate"], True),
        (["create_token", "bot"], True),
        (["worker"], True),
        (["serve"], True),
    ],
)
def test_which_commands_need_a_database(words: list[str], needed: bool) -> None:
    assert command_line.needs_database(["manage.py", *words]) is needed


def test_a_refusal_is_one_line_and_code_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(argv: list[str]) -> None:
        raise Refused("The port is taken.")

    monkeypatch.setattr(command_line, "_run_django", refuse)
    assert command_line.main(["manage.py", "up"]) == 2
    assert capsys.readouterr().err == "The port is taken.\n"
