"""Which hosts may be asked, and which addresses they may have. Pure."""

import ipaddress
import re
from collections.abc import Collection
from typing import Final

from fairness.errors import InvalidInput

# The venue's own host and its mirrors; `STAKE_ALLOWED_HOSTS` takes the place of this list.
DEFAULT_HOSTS: Final = (
    *("stake.com", "stake.bet", "stake.games", "stake.ac", "stake.pink", "stake.us", "stake.krd", "stake.ceo"),
)
SIMULATOR: Final = "simulator"  # the one that is registered in STAKEPRO_HOME, wherever it listens

_HOST_MAX: Final = 253
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
_UNFIT: Final = "must be a host name alone, such as stake.com: no scheme, port, path or sign-in"

# Addresses that carry an IPv4 address inside, so that a private one could hide there.
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_host(text: str, allowed: Collection[str]) -> str:
    """The host in its one spelling: lower case, IDNA, without a dot at the end. Raises `InvalidInput`.

    `allowed` are the hosts of the installation; the simulator's symbolic name is always one.
    """
    host = normal_host(text)
    if host != SIMULATOR and host not in {normal_host(item) for item in allowed}:
        raise InvalidInput("host", f"must be one of {', '.join(sorted(allowed))}")
    return host


def normal_host(text: str) -> str:
    """A host name in its one spelling. Raises `InvalidInput` for anything else, an IP address among it."""
    if not isinstance(text, str) or len(text) > _HOST_MAX + 1:
        raise InvalidInput("host", _UNFIT)
    try:
        host = text.strip().lower().removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise InvalidInput("host", _UNFIT) from None
    labels = host.split(".")
    if len(host) > _HOST_MAX or not all(_LABEL.fullmatch(label) for label in labels):
        raise InvalidInput("host", _UNFIT)
    if host == SIMULATOR:
        return host
    # A last label of digits is no top-level domain, but part of an address, in one of its many spellings.
    if len(labels) < 2 or not any(letter.isalpha() for letter in labels[-1]) or labels[-1].startswith("0x"):
        raise InvalidInput("host", "must be a name with a dot in it, such as stake.com, and no IP address")
    return host


def base_url(host: str, *, simulator_port: int | None = None) -> str:
    """Where a checked host is asked: https, but for the simulator on this machine. Raises `InvalidInput`."""
    if host != SIMULATOR:
        return f"https://{normal_host(host)}"
    if simulator_port is None:
        raise InvalidInput("host", "is the simulator, which is not running")
    if not 0 < simulator_port < 2**16:
        raise InvalidInput("host", "is the simulator, whose port is not one")
    return f"http://127.0.0.1:{simulator_port}"


def is_public(address: str) -> bool:
    """Whether an address is of the public network: not of this machine, a private network, a link, or a group."""
    try:
        found: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public(found)


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_loopback(address: str) -> bool:
    """Whether an address is of this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
