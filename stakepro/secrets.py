"""Secrets that the project makes for itself and keeps in its own folder, readable by its user alone."""

import os
import secrets
from pathlib import Path


def read_or_create_secret(path: Path, *, length: int = 50) -> str:
    """The text kept in `path`; on first use a random URL-safe one of `length` bytes of entropy, mode 0600.

    Safe when several processes start at once: the file appears whole (a linked temporary file) or not at all,
    so whoever loses the race reads the winner's secret.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(length))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()
