"""What must be known before the settings can load."""

import os
from pathlib import Path

import environ

from stakepro import embedded

CHECKOUT = Path(__file__).resolve().parents[1]


def load_dotenv() -> None:
    """Read `.env` of the checkout, if there is one; what the environment has already wins."""
    if os.environ.get("STAKEPRO_IGNORE_DOTENV") != "1" and (CHECKOUT / ".env").is_file():
        environ.Env.read_env(CHECKOUT / ".env")


def embedded_home() -> Path | None:
    """STAKEPRO_HOME where the embedded server is to be used; None where DATABASE_URL names another."""
    if os.environ.get("DATABASE_URL"):
        return None
    return embedded.home_folder(os.environ.get("STAKEPRO_HOME", ""))
