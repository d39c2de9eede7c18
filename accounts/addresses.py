"""Whose request is it: the peer's address, and the client's behind proxies we were told to trust.

Forwarded headers are what the sender wants us to believe. They count only when the peer is named in
`STAKEPRO_TRUSTED_PROXIES`; nothing in them, however odd, raises.
"""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORWARDED_HEADERS = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")
# What we call a peer without an address (a request over a unix socket); nobody's, and not loopback.
UNKNOWN = "::"


def peer_address(request: HttpRequest) -> str:
    """The address at the other end of the connection."""
    address = _peer(request)
    return UNKNOWN if address is None else str(address)


def client_address(request: HttpRequest, *args: object) -> str:
    """The address of whoever sent the request first, as far as configured proxies vouch for it.

    Further arguments are ignored: django-axes calls this with the credentials too.
    """
    peer = _peer(request)
    if peer is None:
        return UNKNOWN
    return str(_behind_proxies(request, peer))


def is_loopback(request: HttpRequest) -> bool:
    """True when the request comes from this machine and nothing says that it was passed on for another."""
    peer = _peer(request)
    if peer is None:
        return False
    if not any(header in request.META for header in FORWARDED_HEADERS):
        return peer.is_loopback
    # Only X-Forwarded-For is walked; a proxy that says it in another header has not told us who the client is.
    if not _is_trusted(peer) or "HTTP_X_FORWARDED_FOR" not in request.META:
        return False
    client, complete = _walk(request, peer)
    return complete and client.is_loopback


def _peer(request: HttpRequest) -> Address | None:
    return parse_address(request.META.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=1024)
def parse_address(text: str) -> Address | None:
    """An address out of `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` or `[::1]:80`; None for anything else.

    IPv4 written as IPv6 (`::ffff:1.2.3.4`) comes out as IPv4, so that one machine has one name.
    """
    text = text.strip()
    if len(text) > 64 or "%" in text:  # A zone may hold any text, and means nothing to another machine.
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _behind_proxies(request: HttpRequest, peer: Address) -> Address:
    return _walk(request, peer)[0]


def _walk(request: HttpRequest, peer: Address) -> tuple[Address, bool]:
    """From the peer back along X-Forwarded-For to the first address that is no proxy of ours.

    The flag is False when the walk ended at something that is no address: whom the last proxy served is not known.
    """
    client = peer
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while _is_trusted(client) and hops:
        hop = hops.pop()
        if not hop.strip():
            continue
        address = parse_address(hop)
        if address is None:
            return client, False
        client = address
    return client, True


def _is_trusted(address: Address) -> bool:
    proxies = settings.TRUSTED_PROXIES
    return bool(proxies) and any(address in network for network in _networks(tuple(proxies)))


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(proxy.strip(), strict=False) for proxy in proxies)
    except ValueError as error:
        raise ImproperlyConfigured(f"STAKEPRO_TRUSTED_PROXIES must list addresses or networks: {error}.") from error
