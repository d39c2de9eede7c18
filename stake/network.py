"""The sockets under the client: which addresses they may reach, and a time after which all are closed.

httpx bounds every single wait. We bound the whole exchange too, since what is decided about a bet depends on its socket
being closed: a `deadline` is looked at before and during every wait. A name is resolved once, and the connection goes
to the very address that was checked.
"""

import re
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any, Final

import httpcore
import httpx

from stake import hosts

LIMITS: Final = httpx.Limits(max_connections=20, max_keepalive_connections=8, keepalive_expiry=15.0)

_HOST: Final = re.compile(r"[A-Za-z0-9.:_-]+", re.ASCII)

_UNTIL: ContextVar[float | None] = ContextVar("stake_deadline", default=None)


class AddressRefused(httpx.ConnectError):
    """The host's name leads to no address that we may call; nothing was sent."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound all that is sent and read inside by this many seconds; inside another deadline, by the earlier one."""
    until, outer = monotonic() + seconds, _UNTIL.get()
    token = _UNTIL.set(until if outer is None else min(until, outer))
    try:
        yield
    finally:
        _UNTIL.reset(token)


def seconds_left() -> float | None:
    """What is left until the deadline, below zero after it; None where there is none."""
    until = _UNTIL.get()
    return None if until is None else until - monotonic()


def _within(timeout: float | None, error: type[Exception]) -> float | None:
    """The shorter of a wait and what is left; raises the error where nothing is."""
    left = seconds_left()
    if left is None:
        return timeout
    if left <= 0:
        raise error("The time for this exchange is over.")
    return left if timeout is None else min(timeout, left)


class _TimedStream(httpcore.NetworkStream):
    """A connection none of whose waits goes beyond the deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _within(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _within(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        try:
            wait = _within(timeout, httpcore.ConnectTimeout)
        except httpcore.ConnectTimeout:
            self.close()
            raise
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, wait))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to addresses that may be reached, and to no other, whatever the name says."""

    def __init__(self, may_reach: Callable[[str], bool]) -> None:
        self._may_reach = may_reach
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = AddressRefused(f"{host} leads to no address that may be called.")
        for address in self._addresses(host, port):
            try:
                wait = _within(timeout, httpcore.ConnectTimeout)
                return _TimedStream(self._plain.connect_tcp(address, port, wait, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise AddressRefused("Only internet addresses may be called.")

    def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("The host's name is not known.") from error
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        return [address for address in addresses if self._may_reach(address)]


# --- The transport --------------------------------------------------------------------------------


@contextmanager
def _as_httpx_errors() -> Iterator[None]:
    """httpx has a class of the same name for each error of httpcore."""
    failure: httpx.HTTPError | None = None
    try:
        yield
    except httpcore.TimeoutException as error:
        failure = _namesake(error, httpx.ReadTimeout)
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol) as error:
        failure = _namesake(error, httpx.ReadError)
    if failure is not None:
        raise failure


def _namesake(error: Exception, otherwise: type[httpx.TransportError]) -> httpx.TransportError:
    found = getattr(httpx, type(error).__name__, otherwise)
    assert issubclass(found, httpx.TransportError)
    return found(str(error))


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx_errors():
            yield from self._stream

    def close(self) -> None:
        self._stream.close()


class PoolTransport(httpx.BaseTransport):
    """httpx over a pool of connections that has a backend of ours."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _as_httpx_errors():
            answer = self._pool.handle_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer.stream))

    def close(self) -> None:
        self._pool.close()


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def guarded_transport() -> PoolTransport:
    """To public addresses alone."""
    return PoolTransport(_pool(GuardedBackend(hosts.is_public)))


def loopback_transport() -> PoolTransport:
    """To this machine alone, for the simulator; its connections are not kept."""
    backend = GuardedBackend(hosts.is_loopback)
    return PoolTransport(httpcore.ConnectionPool(max_keepalive_connections=0, network_backend=backend))


def proxied_transport(proxy: str) -> PoolTransport:
    """Through a proxy, which resolves names itself and may be anywhere. Raises `ValueError`, without its text."""
    try:
        address = httpx.Proxy(proxy)
    except (ValueError, httpx.InvalidURL):
        address = None
    if address is None or address.url.scheme not in ("http", "https") or not _HOST.fullmatch(address.url.host):
        raise ValueError("The proxy must be an http:// or https:// address.")
    return PoolTransport(
        httpcore.HTTPProxy(
            proxy_url=httpcore.URL(
                scheme=address.url.raw_scheme,
                host=address.url.raw_host,
                port=address.url.port,
                target=address.url.raw_path,
            ),
            proxy_auth=address.raw_auth,
            ssl_context=_certificates(),
            max_connections=LIMITS.max_connections,
            max_keepalive_connections=LIMITS.max_keepalive_connections,
            keepalive_expiry=LIMITS.keepalive_expiry,
            network_backend=GuardedBackend(lambda address: True),
        )
    )


def _pool(backend: httpcore.NetworkBackend) -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=_certificates(),
        max_connections=LIMITS.max_connections,
        max_keepalive_connections=LIMITS.max_keepalive_connections,
        keepalive_expiry=LIMITS.keepalive_expiry,
        network_backend=backend,
    )


_LOCK: Final = Lock()
_SHARED: Final[dict[str, PoolTransport]] = {}


def shared_transport(proxy: str | None) -> PoolTransport:
    """The transport of this process to public hosts: connections outlive the request that made them.

    They carry no secret of their own, since every request brings its headers.
    """
    with _LOCK:
        key = proxy or ""
        if key not in _SHARED:
            _SHARED[key] = proxied_transport(proxy) if proxy else guarded_transport()
        return _SHARED[key]
