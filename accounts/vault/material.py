"""The vault's keys as text and as a file. Pure but for the file: settings import this, so it knows no Django.

A key is at least 32 random bytes, written as URL-safe base64 or as hexadecimal digits. The file holds one key a line,
newest first, and is readable by its user alone.
"""

import base64
import binascii
import contextlib
import fcntl
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

KEY_BYTES_MIN = 32
# 32 random bytes hold about 30 different ones; fewer than this and somebody typed them.
DIFFERENT_BYTES_MIN = 16
MAKE_ONE = 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'

_HEXADECIMAL = re.compile(r"[0-9a-fA-F]+")
_BASE64 = re.compile(r"[A-Za-z0-9_-]+={0,2}")


class KeyRefused(Exception):
    """A key cannot be used; the message says which and why, and never holds the key."""


def new_key() -> str:
    """A key's text: 32 random bytes."""
    return secrets.token_urlsafe(KEY_BYTES_MIN)


def key_bytes(text: str, *, name: str) -> bytes:
    """The bytes that this text stands for; KeyRefused, calling the key `name`, where they are too few or not random."""
    raw = _decoded(text.strip())
    if raw is None:
        raise KeyRefused(f"{name} must be URL-safe base64 or hexadecimal; make one with: {MAKE_ONE}")
    if len(raw) < KEY_BYTES_MIN:
        raise KeyRefused(
            f"{name} has {len(raw)} bytes and needs {KEY_BYTES_MIN} random ones; make one with: {MAKE_ONE}"
        )
    if len(set(raw)) < DIFFERENT_BYTES_MIN:
        raise KeyRefused(f"{name} is not random; make one with: {MAKE_ONE}")
    return raw


def _decoded(text: str) -> bytes | None:
    if _HEXADECIMAL.fullmatch(text) and len(text) % 2 == 0:
        return bytes.fromhex(text)
    text = text.replace("+", "-").replace("/", "_")
    if not _BASE64.fullmatch(text):
        return None
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return None


def checked(texts: Sequence[str], *, source: str) -> list[str]:
    """The keys, each of them usable and no two alike; KeyRefused otherwise."""
    seen: set[bytes] = set()
    for number, text in enumerate(texts, start=1):
        raw = key_bytes(text, name=f"Key {number} of {source}")
        if raw in seen:
            raise KeyRefused(f"Key {number} of {source} is there twice.")
        seen.add(raw)
    return [text.strip() for text in texts]


def read_file(path: Path) -> list[str]:
    """The keys kept in the file, newest first; none where there is no file."""
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return []
    return checked([line for line in lines if line.strip()], source=path.name)


def make_file(path: Path) -> bool:
    """Make the file with one new key, unless it is there; whether it was made.

    Safe when several processes start at once: the file appears whole (a linked temporary file) or not at all.
    """
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _put(path, [new_key()], _link_unless_there)


def write_file(path: Path, texts: Sequence[str]) -> None:
    """Replace the file by these keys: after a crash it holds either the old ones or the new ones, never less."""
    _put(path, checked(texts, source=path.name), _replace)


@contextlib.contextmanager
def only_one_writer(path: Path) -> Iterator[None]:
    """Hold the right to change the file; a second process waits."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _put(path: Path, texts: Sequence[str], into_place: Callable[[Path, Path], bool]) -> bool:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("".join(f"{text}\n" for text in texts))
            file.flush()
            os.fsync(file.fileno())
        done = into_place(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    # The name too must survive a power cut, before any row needs the key.
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return done


def _replace(temporary: Path, path: Path) -> bool:
    os.replace(temporary, path)
    return True


def _link_unless_there(temporary: Path, path: Path) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    return True
