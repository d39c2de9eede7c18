"""Pytest plugin (`-p tests.cluster`): a PostgreSQL of the test run's own, in a temporary folder, gone afterwards.

STAKEPRO_TEST_DATABASE_URL names another server instead. Either way the run sees no setting of the developer's own.
The folder is removed by a second process that waits for this one to end, so an interrupted or killed run leaves
nothing behind.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
OTHER_SERVER = "STAKEPRO_TEST_DATABASE_URL"
MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30  # bytes; a run takes about one
CLEARED = (
    "DATABASE_URL",
    "SECRET_KEY",
    "DEBUG",
    "HOST",
    "PORT",
    "GATEWAY_PORT",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "ODDS_API_KEY",
    "ODDS_API_BASE_URL",
    "ODDS_API_SPORT_KEYS",
    "POLL_INTERVAL_SECONDS",
)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Before pytest-django loads the settings."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        _clear_environment()
        _let_bytecode_be_kept()
        top = _temporary_folder()
        if os.environ.get(OTHER_SERVER):
            os.environ["DATABASE_URL"] = os.environ[OTHER_SERVER]
            os.environ["STAKEPRO_HOME"] = str(top / "home")
        else:
            _start_cluster(top / "home")
    return (yield)


def pytest_unconfigure() -> None:
    """Stop the server and wait until everything is gone; a killed run leaves both to the keeper."""
    while _owners:
        _owners.pop().__exit__(None, None, None)
    while _keepers:
        keeper = _keepers.pop()
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait(timeout=60)


_owners: list[contextlib.AbstractContextManager[object]] = []
_keepers: list[subprocess.Popen[bytes]] = []


def _clear_environment() -> None:
    for name in [*os.environ]:
        if name in CLEARED or (name.startswith("STAKEPRO_") and name != OTHER_SERVER):
            del os.environ[name]
    os.environ["STAKEPRO_IGNORE_DOTENV"] = "1"
    os.environ["STAKEPRO_LOG_LEVEL"] = "WARNING"


def _let_bytecode_be_kept() -> None:
    """Where Python was told to write no bytecode, keep it beside what pytest keeps.

    Each process that a test starts would otherwise compile Django and all else anew, which takes longer than its work.
    """
    if not sys.dont_write_bytecode:
        return
    folder = CHECKOUT / ".pytest_cache" / "bytecode"
    sys.dont_write_bytecode, sys.pycache_prefix = False, str(folder)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)


def _temporary_folder() -> Path:
    """A folder that a second process removes when this one has ended."""
    parent = passable_parent()
    top = Path(tempfile.mkdtemp(prefix="stakepro-test-", dir=parent))
    if os.geteuid() == 0:
        top.chmod(0o711)  # root's server runs as nobody, who must reach its data below
    _keepers.append(
        subprocess.Popen(
            [sys.executable, "-m", "tests.cluster", str(top)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for pytest alone
        )
    )
    return top


def passable_parent() -> Path:
    """In memory where there is room, for a server starts there in a third of the time; else on the disk.

    On the disk it is the usual temporary folder, unless we are root and nobody could not walk to it.
    """
    if _has_room(MEMORY):
        return MEMORY
    usual = Path(tempfile.gettempdir()).resolve()
    if os.geteuid() == 0 and not all(p.stat().st_mode & 0o001 for p in [usual, *usual.parents]):
        return Path("/tmp")
    return usual


def _has_room(folder: Path) -> bool:
    """Whether servers can live in it: as a container sets it up it may be tiny, or let no program run."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC


def _start_cluster(home: Path) -> None:
    from stakepro import embedded

    os.environ["STAKEPRO_HOME"] = str(home)
    os.environ["STAKEPRO_POSTGRES_BASE"] = str(home.parent / "base")
    owner = embedded.own(home, durable=False)
    owner.__enter__()
    _owners.append(owner)


def _keep(top: Path) -> None:
    """Wait for the end of the test run, then stop its server and remove its folder."""
    sys.stdin.buffer.read()
    from stakepro.embedded import layout, server

    home = top / "home"
    os.environ["STAKEPRO_POSTGRES_BASE"] = str(top / "base")
    try:
        if (home / "postgres.json").exists():
            server.stop(layout.find_layout(home))
    finally:
        shutil.rmtree(top)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
