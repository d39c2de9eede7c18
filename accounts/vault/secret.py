"""A secret as code holds it: masked in every text, told by `reveal()` alone."""

import json
from typing import Any

from accounts.vault import keys

MASK = "••••"
# The last four characters of anything shorter would tell too much of it.
LAST4_NEEDS_CHARACTERS = 16


class Unreadable(Exception):
    """The secret cannot be read with the keys at hand, was tampered with, or was moved; it must be entered again."""


class Secret:
    """One value of a `SecretField`. Immutable.

    It is one of: not set; plain (assigned, not stored yet); sealed (read from a row); a mask (unpickled, which never
    brings the secret along). A sealed one opens only at the place it was sealed for.
    """

    __slots__ = ("_kind", "_opens_at", "_payload", "_place")

    def __init__(self, kind: str, payload: str | bytes = "", *, opens_at: str = "", place: str = "") -> None:
        self._kind = kind
        self._payload = payload
        # Where a sealed payload belongs, and where this value stands now: they differ when it was carried over.
        self._opens_at = opens_at
        self._place = place

    @classmethod
    def plain(cls, plain_secret: str) -> "Secret":
        """A secret to be stored; an empty text is no secret."""
        return cls("plain", plain_secret) if plain_secret else UNSET

    @classmethod
    def sealed(cls, sealed: bytes) -> "Secret":
        """What a column holds, its row not known yet."""
        return cls("sealed", sealed)

    @classmethod
    def masked(cls, mask: str) -> "Secret":
        """What pickling leaves."""
        return cls("mask", mask)

    def at(self, place: str) -> "Secret":
        """The same secret, standing at `place`. A sealed one whose row was not known belongs here from now on."""
        if self._kind in ("unset", "mask") or self._place == place:
            return self
        return Secret(self._kind, self._payload, opens_at=self._opens_at or place, place=place)

    @property
    def is_set(self) -> bool:
        """Whether there is a secret, readable or not."""
        return self._kind != "unset"

    def __bool__(self) -> bool:
        return self.is_set

    def reveal(self) -> str:
        """The secret in clear, or an empty text where none is set; Unreadable where it cannot be had."""
        if self._kind == "unset":
            return ""
        if self._kind == "plain" and isinstance(self._payload, str):
            return self._payload
        if isinstance(self._payload, bytes) and self._opens_at:
            return _unseal(self._payload, self._opens_at)
        raise Unreadable(_sentence(self._place))

    @property
    def unreadable(self) -> bool:
        """Whether it is set and yet cannot be read."""
        try:
            self.reveal()
        except Unreadable:
            return True
        return False

    @property
    def last4(self) -> str:
        """The last four characters of a secret of at least 16; else an empty text."""
        try:
            plain_secret = self.reveal()
        except Unreadable:
            return ""
        return plain_secret[-4:] if len(plain_secret) >= LAST4_NEEDS_CHARACTERS else ""

    def to_store(self) -> bytes | None:
        """The column's bytes, under the newest key; Unreadable where a secret that cannot be read would be moved."""
        if self._kind == "unset":
            return None
        if not self._place:
            raise Unreadable("A secret is stored through its row: assign it to the object and save that.")
        if isinstance(self._payload, bytes) and self._opens_at == self._place:
            is_newest = keys.fingerprint_of(self._payload) == keys.ring.newest().fingerprint
            if is_newest or self.unreadable:
                return self._payload  # An unreadable one stays as it is: its key may be found again.
        return seal(self.reveal(), self._place)

    def __str__(self) -> str:
        if self._kind == "mask":
            return f"{self._payload!s}"
        return f"{MASK}{self.last4}" if self.is_set else ""

    def __repr__(self) -> str:
        return f"<Secret {self}>" if self.is_set else "<Secret not set>"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        # A pickle goes to caches, queues and other processes: only the mask goes along.
        return (Secret.masked, (str(self),)) if self.is_set else (_unset, ())


def _unset() -> Secret:
    return UNSET


UNSET = Secret("unset")


def seal(plain_secret: str, place: str) -> bytes:
    """The bytes to store at `place`, `<table>:<row's uuid>:<field>`; they open nowhere else."""
    # Not escaped: two halves of a surrogate pair, entered apart, would be read as one character.
    content = json.dumps({"place": place, "value": plain_secret}, ensure_ascii=False)
    return keys.ring.seal(content.encode("utf-8", "surrogatepass"))


def _unseal(sealed: bytes, place: str) -> str:
    try:
        content = json.loads(keys.ring.open(sealed).decode("utf-8", "surrogatepass"))
        plain_secret = content["value"]
        if content["place"] == place and isinstance(plain_secret, str):
            return plain_secret
    except (keys.CannotOpen, ValueError, KeyError, TypeError):
        pass
    # Outside the `except`: the cause would carry what was found into tracebacks.
    raise Unreadable(_sentence(place))


def _sentence(place: str) -> str:
    name = place.rpartition(":")[2].replace("_", " ") or "secret"
    return f"The {name} cannot be read with the keys at hand; enter the token again."
