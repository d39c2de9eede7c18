"""Where the embedded server's files lie, and as whom it runs.

An ordinary user keeps everything below STAKEPRO_HOME. PostgreSQL refuses to run as root, so for root the server runs
as the existing user `nobody` from a folder of our own below /var/lib/stakepro: a path that `nobody` may walk even
when the checkout lies below a folder closed to it. `postgres.json` in STAKEPRO_HOME points there.
"""

import hashlib
import json
import os
import pwd
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stakepro.embedded.binaries import MAJOR
from stakepro.embedded.errors import EmbeddedError

CHECKOUT = Path(__file__).resolve().parents[2]
ROOT_BASE = Path("/var/lib/stakepro")
# Moves ROOT_BASE, for test clusters that must leave nothing behind.
BASE_VARIABLE = "STAKEPRO_POSTGRES_BASE"
ROLE = DATABASE = "stakepro"
PORT = 5432
SOCKET_NAME = f".s.PGSQL.{PORT}"
# sockaddr_un has room for 108 bytes with the closing zero; macOS has 104.
SOCKET_PATH_BYTES_MAX = 103
# pg_ctl and initdb pass paths through a shell inside double quotes.
UNSAFE_IN_PATH = frozenset("\"'$`\\\n\r")


def home_folder(text: str) -> Path:
    """STAKEPRO_HOME as an absolute path: `.stakepro` of the checkout by default; relative ones start there too."""
    return Path(os.path.normpath(CHECKOUT / Path(text or ".stakepro").expanduser()))


@dataclass(frozen=True, slots=True)
class Account:
    """The user the server runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Every path of one embedded server."""

    home: Path
    folder: Path
    account: Account | None
    """Whom to become before running PostgreSQL; None where we are an ordinary user already."""

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.folder / "data"

    @property
    def log(self) -> Path:
        """The folder of the server's logs."""
        return self.folder / "log"

    @property
    def pointer(self) -> Path:
        """The file that says where the server is."""
        return self.home / "postgres.json"

    @property
    def password_file(self) -> Path:
        """The file with the role's password, mode 0600."""
        return self.home / "postgres_password"

    @property
    def server_uid(self) -> int:
        """Whose the server's folders are."""
        return self.account.uid if self.account else os.geteuid()


def find_layout(home: Path) -> Layout:
    """The layout for this home and the user we are; makes nothing."""
    home = home.resolve()
    if os.geteuid() != 0:
        if _pointed_folder(home) not in {None, home / "postgres"}:
            raise EmbeddedError(
                f"The database of {home} was made by root; run as root, or set STAKEPRO_HOME elsewhere."
            )
        return _checked(Layout(home=home, folder=home / "postgres", account=None))
    owner = _owner_of(home / "postgres" / "data")
    if owner not in {None, 0}:
        raise EmbeddedError(
            f"The database of {home} belongs to user number {owner}; run as that user, or set STAKEPRO_HOME elsewhere."
        )
    base = Path(os.environ.get(BASE_VARIABLE) or ROOT_BASE)
    # A home that was moved keeps its data, because the pointer moved with it.
    folder = _pointed_folder(home) or base / _short_hash(home)
    # Root writes there, so a pointer that someone else may have made must not lead just anywhere.
    if folder.parent != base or not re.fullmatch("[0-9a-f]{16}", folder.name):
        raise EmbeddedError(f"{home / 'postgres.json'} names {folder}, which is not a folder of ours in {base}.")
    return _checked(Layout(home=home, folder=folder, account=_nobody()))


def make_folders(layout: Layout) -> None:
    """Make what is missing; never change a folder that exists."""
    layout.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if layout.account is None:
        layout.folder.mkdir(mode=0o700, exist_ok=True)
    else:
        for folder in (layout.folder.parent, layout.folder):
            _make_passable(folder)
        _check_reachable(layout)
    make_private(layout.log, layout)


def make_private(folder: Path, layout: Layout) -> None:
    """A folder for the server alone (0700); one that exists must be just that, and no link."""
    if not os.path.lexists(folder):
        # Made aside and moved into place, so that another start never meets it before it is the server's.
        made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
        if layout.account is not None:
            os.chown(made, layout.account.uid, layout.account.gid)
        try:
            made.rename(folder)
        except OSError:
            made.rmdir()  # another start was faster, and its folder is in use already
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != layout.server_uid or found.st_mode & 0o077:
        raise EmbeddedError(f"{folder} exists but is not a folder of ours with mode 0700; remove it.")


def socket_folder(layout: Layout) -> Path:
    """Where the socket goes: beside the data, or in a shorter place when that path is too long for the kernel."""
    candidates = [layout.folder / "run"]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if layout.account is None and runtime and _owner_of(Path(runtime)) == os.geteuid():
        candidates.append(Path(runtime) / f"stakepro-{_short_hash(layout.folder)}")
    candidates.append(Path("/tmp") / f"stakepro-{layout.server_uid}-{_short_hash(layout.folder)}")  # noqa: S108
    for folder in candidates:
        if len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX:
            return folder
    raise EmbeddedError(f"No folder has a path short enough for PostgreSQL's socket (tried {candidates[-1]}).")


def write_pointer(layout: Layout, *, socket: Path) -> None:
    """Say in STAKEPRO_HOME where the server is; the file appears whole or not at all."""
    text = json.dumps({"folder": str(layout.folder), "socket": str(socket), "postgresql": MAJOR}, indent=1)
    temporary = layout.pointer.with_name(f".postgres.json.{secrets.token_hex(4)}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(layout.pointer)


def read_pointer(home: Path) -> dict[str, Any]:
    """What `postgres.json` says; nothing where it is missing or spoilt."""
    try:
        found = json.loads((home / "postgres.json").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def django_database(home: Path) -> dict[str, Any]:
    """Django's NAME, USER, PASSWORD, HOST and PORT of the embedded server; starts nothing.

    Before the first start there is no server to name: connecting then fails and names the socket it looked for.
    """
    pointer = read_pointer(home)
    try:
        password = (home / "postgres_password").read_text().strip()
    except OSError:
        password = ""
    return {
        "NAME": DATABASE,
        "USER": ROLE,
        "PASSWORD": password,
        "HOST": str(pointer.get("socket") or home / "postgres" / "run"),
        "PORT": str(PORT),
    }


def _checked(layout: Layout) -> Layout:
    if UNSAFE_IN_PATH & set(str(layout.folder)):
        raise EmbeddedError(
            f"The path {str(layout.folder)!r} has a quote, dollar sign, backslash or line end, which PostgreSQL's "
            "programs cannot take; set STAKEPRO_HOME to another path."
        )
    return layout


def _nobody() -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL does not run as root and this machine has no user 'nobody' to run it as; "
            "start StakePro as an ordinary user, or set DATABASE_URL."
        ) from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _pointed_folder(home: Path) -> Path | None:
    folder = read_pointer(home).get("folder")
    return Path(folder) if isinstance(folder, str) and folder else None


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def _owner_of(path: Path) -> int | None:
    try:
        return path.stat().st_uid
    except OSError:
        return None


def _make_passable(folder: Path) -> None:
    """A folder of root's that others may pass through but not list (0711)."""
    try:
        folder.mkdir(mode=0o711, parents=True)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != 0 or found.st_mode & 0o022:
            raise EmbeddedError(f"{folder} exists but is not a folder that only root may change; remove it.") from None
        return
    folder.chmod(0o711)  # mkdir's mode was cut by the umask


def _check_reachable(layout: Layout) -> None:
    for parent in layout.folder.parents:
        if not parent.stat().st_mode & 0o001:
            raise EmbeddedError(
                f"PostgreSQL would run as 'nobody', which may not pass through {parent}; "
                "start StakePro as an ordinary user, or set DATABASE_URL."
            )
