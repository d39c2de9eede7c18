"""Where the provider is, and the key that lets us in. Pure.

The key leaves this module in one way: `Key.query`, which the client calls when it sends.
"""

import ipaddress
import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*", re.ASCII)
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.ASCII)


class Key:
    """The provider's key. Whoever looks at one, or at what holds it, does not see it."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        """Raises `ValueError`, never showing it, for what no key can be."""
        if text and not _KEY.fullmatch(text):
            raise ValueError("must be letters, digits, - and _ alone; copy it again")
        self.__text = text

    def __repr__(self) -> str:
        return "Key(…)" if self.__text else "Key()"

    def __bool__(self) -> bool:
        return bool(self.__text)

    def __reduce__(self) -> str:
        raise TypeError("A key is not to be copied elsewhere.")

    def query(self) -> str:
        """The key as a part of an address' query."""
        return f"apiKey={self.__text}"

    def hide_in(self, text: str) -> str:
        """The text without the key, wherever it holds it."""
        return text.replace(self.__text, "[redacted]") if self.__text else text


class Base(NamedTuple):
    """The provider's address, and whether it is a simulator on this machine."""

    url: str
    is_simulated: bool


def read_base(text: str) -> Base:
    """A checked address: https anywhere, http on this machine alone, and that is a simulator. Raises `ValueError`."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("must be an address, such as https://api.the-odds-api.com/v4") from None
    loopback = _is_loopback(host)
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not loopback):
        raise ValueError("must begin with https://, or with http:// where it is a simulator on this machine")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment or "#" in text:
        raise ValueError("must have no sign-in, query or fragment; the key is ODDS_API_KEY")
    if not (_HOST.fullmatch(host) or loopback) or not _PATH.fullmatch(parts.path.rstrip("/")):
        raise ValueError("must be an address, such as https://api.the-odds-api.com/v4")
    shown = f"[{host}]" if ":" in host else host
    where = f"{shown}:{port}" if port else shown
    return Base(f"{parts.scheme}://{where}{parts.path.rstrip('/')}", loopback)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
