"""Where the simulator of an installation lives: its folder, its address, and how it is asked to start.

`address.json` is written by the simulator when it listens, and taken away at its end. Whoever wants it running puts the
file `wanted` beside it; `manage.py up` looks for that once a second.
"""

import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

FOLDER: Final = "simulator"
ADDRESS: Final = "address.json"
WANTED: Final = "wanted"
CONNECT_SECONDS: Final = 1.0


def folder(home: Path) -> Path:
    """The simulator's folder of this installation, made on first use."""
    path = home / FOLDER
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(home: Path, *, port: int, started_at: str) -> None:
    """Say where the simulator listens; whole or not at all, for the owner's eyes."""
    path = folder(home) / ADDRESS
    temporary = path.with_name(f".{ADDRESS}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"port": port, "pid": os.getpid(), "started_at": started_at}, file)
    temporary.replace(path)


def remove(home: Path) -> None:
    """The simulator has ended."""
    (home / FOLDER / ADDRESS).unlink(missing_ok=True)


def registered_port(home: Path) -> int | None:
    """The port that the simulator said it listens on; None where none has."""
    try:
        port = json.loads((home / FOLDER / ADDRESS).read_text())["port"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return port if isinstance(port, int) and 0 < port < 65536 else None


def is_listening(home: Path) -> bool:
    """Whether something answers where the simulator said it listens."""
    port = registered_port(home)
    if port is None:
        return False
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=CONNECT_SECONDS):
        return True
    return False


def ask_for_it(home: Path) -> None:
    """Have `manage.py up` start the simulator, now and at later starts."""
    (folder(home) / WANTED).touch(mode=0o600)


def is_wanted(home: Path) -> bool:
    """Whether somebody asked for it."""
    return (home / FOLDER / WANTED).exists()
