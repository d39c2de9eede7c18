"""The ring of keys: the first one seals, every one opens.

A sealed value is a version byte, the 8-byte fingerprint of its key, and a token of django-cryptography's `FernetBytes`
(AES-256-CBC, then HMAC-SHA256 over all of it). Both halves of a key are derived from its text alone, so SECRET_KEY may
change freely. Upstream would sign with SECRET_KEY and pickle; here it is given a signer and bytes.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django_cryptography.core.signing import BadSignature, FernetSigner
from django_cryptography.utils.crypto import FernetBytes, InvalidToken

from accounts.vault import material

VERSION = b"\x01"
FINGERPRINT_BYTES = 8
PREFIX_BYTES = len(VERSION) + FINGERPRINT_BYTES


class CannotOpen(Exception):
    """No key at hand opens this value: its key is lost, or it is not as it was written."""


class NoKey(Exception):
    """There is no key to seal with."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """One key. Its fingerprint says which key a value needs, and tells nothing about the key."""

    fingerprint: bytes
    _fernet: FernetBytes = field(repr=False)

    @property
    def prefix(self) -> bytes:
        """What every value sealed with this key begins with."""
        return VERSION + self.fingerprint

    def seal(self, plain_secret: bytes) -> bytes:
        """Encrypt and sign."""
        return self.prefix + self._fernet.encrypt(plain_secret)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; CannotOpen where a byte of it changed."""
        try:
            return bytes(self._fernet.decrypt(sealed[PREFIX_BYTES:]))
        except (BadSignature, InvalidToken, ValueError) as error:
            raise CannotOpen("The value is not as it was written.") from error


@lru_cache(maxsize=64)
def sealing_key(secret_key: str) -> SealingKey:
    """The key of this text."""
    raw = material.key_bytes(secret_key, name="A key")

    def derive(purpose: bytes, length: int) -> bytes:
        return HKDF(algorithm=hashes.SHA256(), length=length, salt=None, info=b"stakepro vault " + purpose).derive(raw)

    fernet = FernetBytes(derive(b"encrypt", 32), FernetSigner(derive(b"sign", 32)))
    return SealingKey(fingerprint=derive(b"fingerprint", FINGERPRINT_BYTES), _fernet=fernet)


def fingerprint_of(sealed: bytes) -> bytes | None:
    """The fingerprint of the key that a value needs; None where it is no sealed value."""
    if len(sealed) <= PREFIX_BYTES or not sealed.startswith(VERSION):
        return None
    return sealed[len(VERSION) : PREFIX_BYTES]


class KeyRing:
    """The keys of settings.VAULT_KEYS or, where that is empty, of the file settings.VAULT_KEYS_FILE.

    The file is read again when it changed, and when a value names a key that is not known: another process may have
    put a new key in front. Safe for use by many threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stamp: object = None
        self._keys: tuple[SealingKey, ...] = ()

    def keys(self) -> tuple[SealingKey, ...]:
        """All keys, newest first; none where no file was made yet."""
        if settings.VAULT_KEYS:
            return self._read_when_changed(tuple(settings.VAULT_KEYS), lambda: settings.VAULT_KEYS)
        path = settings.VAULT_KEYS_FILE
        return self._read_when_changed(_file_stamp(path), lambda: material.read_file(path))

    def newest(self) -> SealingKey:
        """The key that seals; the file is made at the first use."""
        keys = self.keys()
        if not keys and not settings.VAULT_KEYS:
            material.make_file(settings.VAULT_KEYS_FILE)
            keys = self.keys()
        if not keys:
            raise NoKey("There is no key to encrypt with; vault.keys is empty.")
        return keys[0]

    def seal(self, plain_secret: bytes) -> bytes:
        """Encrypt with the newest key."""
        return self.newest().seal(plain_secret)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt with the key that the value names; CannotOpen where that does not work."""
        wanted = fingerprint_of(sealed)
        try:
            key = self._find(wanted)
            if key is None:
                self.forget()
                key = self._find(wanted)
        except (material.KeyRefused, OSError) as error:
            raise CannotOpen("The keys themselves cannot be read.") from error
        if key is None:
            raise CannotOpen("The key of this value is not at hand.")
        return key.open(sealed)

    def forget(self) -> None:
        """Read the keys anew at the next use."""
        with self._lock:
            self._stamp = None

    def _find(self, wanted: bytes | None) -> SealingKey | None:
        return next((key for key in self.keys() if key.fingerprint == wanted), None)

    def _read_when_changed(self, stamp: object, read: Callable[[], Sequence[str]]) -> tuple[SealingKey, ...]:
        with self._lock:
            if stamp is None:
                return ()
            if stamp != self._stamp:
                # The stamp was taken before the file is read: a change in between is read again next time.
                self._keys = tuple(sealing_key(text) for text in read())
                self._stamp = stamp
            return self._keys


def _file_stamp(path: Path) -> tuple[int, int, int, str] | None:
    """Differs after each replacement of the file; None where there is none."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size, str(path)


ring = KeyRing()
