"""Running a piece of a test as an ordinary user when the suite runs as root."""

import os
import pwd
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path


def as_ordinary_user(function: Callable[..., object], *args: object) -> None:
    """Call the function as `nobody`, in a child process; directly where we are an ordinary user already.

    A fork, not a new program: the checkout and its Python may lie where `nobody` cannot read.
    """
    if os.geteuid() != 0:
        function(*args)
        return
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child does not touch the parent's threads
        child = os.fork()
    if child == 0:
        _become_nobody_and_exit(function, args, write)
    os.close(write)
    with os.fdopen(read) as pipe:
        report = pipe.read()
    _, status = os.waitpid(child, 0)
    assert (os.waitstatus_to_exitcode(status), report) == (0, ""), report


def give_to_nobody(folder: Path) -> None:
    """Let the ordinary user of `as_ordinary_user` own a folder."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def _become_nobody_and_exit(function: Callable[..., object], args: tuple[object, ...], write: int) -> None:
    try:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        function(*args)
    except BaseException:
        os.write(write, traceback.format_exc().encode())
        os._exit(1)
    os._exit(0)
