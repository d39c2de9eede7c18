"""The address of a login link. Pure."""

from ipaddress import ip_address
from urllib.parse import urlencode


def login_address(token: str, *, host: str, port: int, https: bool = False) -> str:
    """Where a browser on this machine opens the link of this token, for a server that listens on `host`."""
    scheme = "https" if https else "http"
    return f"{scheme}://{_reachable(host)}:{port}/login/link?{urlencode({'token': token})}"


def _reachable(host: str) -> str:
    """A server that listens everywhere (0.0.0.0, ::) is opened by its loopback address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if address.is_unspecified:
        return "127.0.0.1" if address.version == 4 else "[::1]"
    return host if address.version == 4 else f"[{host}]"
