"""The shared vectors beside the checkout: known answers of the venue's own verifier, and no part of this project."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2].parent / "shared" / "vectors"

needs_vectors = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared vectors are not beside this checkout")


def records(game: str) -> list[dict[str, Any]]:
    """The records of a game that may be asserted (a disputed one may not)."""
    found = json.loads((FOLDER / f"{game}.json").read_text(), parse_float=Decimal)
    asserted = [record for record in found if record["status"] == "ok"]
    assert asserted
    return asserted


def source(record: dict[str, Any]) -> dict[str, Any]:
    """The seeds and nonce, or the game hash and salt, of a record."""
    names = ("server_seed", "client_seed", "nonce", "game_hash", "salt")
    return {name: record[name] for name in names if name in record}
