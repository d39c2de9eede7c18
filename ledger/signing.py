"""The installation's signature: an Ed25519 key in a file of its home, and what it signs and checks.

The private key never leaves `ledger.key` (one line, readable by its user alone, made at the first use); the public key
is for everybody. Whoever keeps a copy of the public key elsewhere can tell that a seal or an export was signed here,
and was not changed since, even by somebody who owns the database.
"""

from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from accounts.vault import material

FILE_NAME = "ledger.key"


class NoSigningKey(Exception):
    """The key's file cannot be used; the message says why."""


def sign(content: bytes) -> bytes:
    """The signature of these bytes, 64 bytes. Raises `NoSigningKey`."""
    return _private_key().sign(content)


def public_key() -> bytes:
    """The 32 bytes that signatures are checked with; the key is made where there is none. Raises `NoSigningKey`."""
    return _private_key().public_key().public_bytes_raw()


def is_signed(content: bytes, *, signature: bytes, by: bytes) -> bool:
    """Whether the owner of this public key signed these bytes."""
    try:
        Ed25519PublicKey.from_public_bytes(by).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private_key() -> Ed25519PrivateKey:
    path = Path(settings.STAKEPRO_HOME) / FILE_NAME
    try:
        # Safe when several processes are first at once: the file appears whole or not at all.
        material.make_file(path)
        texts = material.read_file(path)
    except (OSError, material.KeyRefused) as error:
        raise NoSigningKey(f"{FILE_NAME} cannot be used: {error}") from error
    if len(texts) != 1:
        raise NoSigningKey(f"{FILE_NAME} must hold one key, and holds {len(texts)}.")
    return _key_of(texts[0])


@lru_cache(maxsize=4)
def _key_of(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(material.key_bytes(text, name="The key")[: material.KEY_BYTES_MIN])
