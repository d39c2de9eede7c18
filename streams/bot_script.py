"""The bot script of `antebot/`, filled in for this server. Pure but for reading the file once."""

import json
from functools import cache
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "antebot" / "stakepro.js"
URL_PLACE = '"http://127.0.0.1:8000"'
TOKEN_PLACE = '"PASTE_TOKEN_HERE"'  # noqa: S105  the place for one


@cache
def _script() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def filled_in(*, url: str, token: str | None = None) -> str:
    """The script, pointed at this server; with its token where one is given."""
    script = _script().replace(URL_PLACE, json.dumps(url), 1)
    return script if token is None else script.replace(TOKEN_PLACE, json.dumps(token), 1)
