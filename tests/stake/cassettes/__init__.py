"""Replies of the venue, written by hand."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load(name: str) -> Any:
    """What a file of this folder holds."""
    return json.loads((FOLDER / f"{name}.json").read_text())
