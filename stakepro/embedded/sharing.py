"""One owner and many users of one server, agreed by kernel locks.

- `owner.lock`: held alone by `manage.py up` for its life; holds its process id.
- `users.lock`: shared by every process that uses the server, the owner too.
- `start.lock`: held for the moment of a start, a stop, or a change of the other two.

The last user out stops the server, unless it has an owner. A start that finds the server of an owner that died adopts
it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from stakepro.embedded import server
from stakepro.embedded.errors import EmbeddedError
from stakepro.embedded.layout import Layout, find_layout, make_folders
from stakepro.embedded.locks import FileLock

LOCK_SECONDS = server.START_SECONDS + 3 * server.STOP_SECONDS


@contextmanager
def use(home: Path, *, durable: bool = True) -> Iterator[None]:
    """Use the server of this home, started if need be; the last user stops it, unless it has an owner."""
    layout = _prepared(home)
    users = FileLock(layout.folder / "users.lock")
    try:
        with _starting(layout):
            _share(users)
            server.ensure_running(layout, durable=durable)
        try:
            yield
        finally:
            with _starting(layout):
                # Our shared lock becomes an exclusive one only if nobody else shares it.
                if users.try_exclusive() and not _has_owner(layout):
                    server.stop(layout)
    finally:
        users.close()


@contextmanager
def own(home: Path, *, durable: bool = True) -> Iterator[Callable[[], None]]:
    """Own the server of this home: start or adopt it, and stop it at the end, whoever else uses it.

    Gives a function that starts the server again should it have died; cheap enough to call each second.
    """
    layout = _prepared(home)
    owner, users = FileLock(layout.folder / "owner.lock"), FileLock(layout.folder / "users.lock")
    try:
        with _starting(layout):
            if not owner.try_exclusive():
                raise _owned(layout, owner)
            owner.note_pid()
            _share(users)
            server.ensure_running(layout, durable=durable)
        try:
            yield partial(_keep_running, layout, durable=durable)
        finally:
            with _starting(layout):
                server.stop(layout)
    finally:
        users.close()
        owner.close()


def check_not_owned(home: Path) -> None:
    """Refuse where another `up` has this home, before anything is started or made."""
    layout = find_layout(home)
    if not (layout.folder / "owner.lock").exists():
        return
    with _starting(layout):
        if _has_owner(layout):
            probe = FileLock(layout.folder / "owner.lock")
            try:
                raise _owned(layout, probe)
            finally:
                probe.close()


def _keep_running(layout: Layout, *, durable: bool) -> None:
    if not server.is_running(layout):
        with _starting(layout):
            server.ensure_running(layout, durable=durable)


def _owned(layout: Layout, owner: FileLock) -> EmbeddedError:
    return EmbeddedError(f"StakePro is already running with {layout.home} (process {owner.noted_pid()}).")


def _prepared(home: Path) -> Layout:
    try:
        layout = find_layout(home)
        make_folders(layout)
        FileLock(layout.folder / "start.lock").close()
    except OSError as error:
        raise EmbeddedError(f"StakePro cannot write to {error.filename or home}: {error.strerror}.") from error
    return layout


@contextmanager
def _starting(layout: Layout) -> Iterator[None]:
    lock = FileLock(layout.folder / "start.lock")
    try:
        lock.wait_exclusive(seconds=LOCK_SECONDS)
        yield
    except OSError as error:
        raise EmbeddedError(f"StakePro cannot use {error.filename or layout.folder}: {error.strerror}.") from error
    finally:
        lock.close()


def _share(users: FileLock) -> None:
    # Exclusive holders hold the start lock too, and that is ours now.
    if not users.try_shared():
        raise EmbeddedError(f"Another program holds {users.path}.")


def _has_owner(layout: Layout) -> bool:
    probe = FileLock(layout.folder / "owner.lock")
    try:
        return not probe.try_shared()
    finally:
        probe.close()
