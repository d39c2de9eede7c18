"""One request to the venue and its reply: headers, limits, and what a failure of the way there is called.

No secret leaves this module but in a request's headers: the exceptions of httpx hold the request, so none of them comes
out of here; what is raised is made anew, outside of their handling.
"""

import re
from collections.abc import Mapping
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import httpx

from stake import network
from stake.errors import NotConnected, SchemaChanged, Transient, VenueError
from stake.replies import Reply

DEADLINE: Final = 20.0  # seconds; after it, no socket of an exchange is open, so nothing of it can still arrive
TIMEOUTS: Final = httpx.Timeout(connect=6.0, read=15.0, write=6.0, pool=3.0)
ANSWER_BYTES_MAX: Final = 1_000_000
DEFAULT_USER_AGENT: Final = "StakePro/1"

# What a header's value may hold: visible ASCII, in a user agent blanks too. Anything else could end the header.
_TOKEN: Final = re.compile(r"[!-~]{1,4096}", re.ASCII)
_USER_AGENT: Final = re.compile(r"[ -~]{1,1024}", re.ASCII)
_COOKIE: Final = re.compile(r"[!#-+\--:<-\[\]-~]{1,4096}", re.ASCII)
_FITS: Final[Mapping[str, re.Pattern[str]]] = {"token": _TOKEN, "clearance": _COOKIE, "user_agent": _USER_AGENT}
_BASE: Final = re.compile(r"https://[a-z0-9.-]+|http://127\.0\.0\.1:[0-9]{1,5}", re.ASCII)


def can_be_sent(name: str, text: str) -> bool:
    """Whether this can be the `token`, `clearance` or `user_agent` of a session: what one header holds, and no more."""
    return _FITS[name].fullmatch(text) is not None


class Keys:
    """The secrets of a session. Whoever looks at one of these, or at what holds it, sees none of them."""

    __slots__ = ("__clearance", "__lockdown", "__token")

    def __init__(self, token: str, clearance: str | None, lockdown: str | None) -> None:
        """Raises `ValueError` naming what cannot be a header's value, never showing it."""
        _check("token", token, _TOKEN)
        if clearance:
            _check("clearance", clearance, _COOKIE)
        if lockdown:
            _check("lockdown token", lockdown, _TOKEN)
        self.__token, self.__clearance, self.__lockdown = token, clearance, lockdown

    def __repr__(self) -> str:
        return "Keys(…)"

    def __reduce__(self) -> str:
        raise TypeError("Keys are not to be copied elsewhere.")

    def headers(self) -> dict[str, str]:
        """The headers that let us in."""
        found = {"x-access-token": self.__token}
        if self.__clearance:
            found["Cookie"] = f"cf_clearance={self.__clearance}"
        if self.__lockdown:
            found["x-lockdown-token"] = self.__lockdown
        return found


def _check(name: str, value: str, fits: re.Pattern[str]) -> None:
    if not fits.fullmatch(value):
        raise ValueError(f"The {name} holds characters that no header can have; copy it again.")


class Line:
    """Sends requests to one host with one session's keys. Safe to use from several threads."""

    def __init__(
        self, base_url: str, keys: Keys, *, user_agent: str, transport: httpx.BaseTransport, timeouts: httpx.Timeout
    ) -> None:
        if not _BASE.fullmatch(base_url):
            raise ValueError("The venue's address must be https, or the simulator's on this machine.")
        _check("user agent", user_agent, _USER_AGENT)
        self.base_url = base_url
        self._keys = keys
        self._user_agent = user_agent
        self._transport = transport
        self._timeouts = timeouts

    def __repr__(self) -> str:
        return f"Line({urlsplit(self.base_url).netloc})"

    def post(self, path: str, body: str, *, headers: Mapping[str, str], seconds: float) -> Reply:
        """Send a JSON body, and read the reply whatever its status. Redirects are not followed, cookies not kept.

        Raises `NotConnected` where nothing was sent; `Transient` and `SchemaChanged` prove nothing.
        """
        with network.deadline(seconds):
            left = network.seconds_left()
            if left is not None and left <= 0:
                raise NotConnected("There was no time left to send this.")
            reply = self._exchange(path, body, headers)
        if isinstance(reply, VenueError):
            raise reply
        return reply

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _exchange(self, path: str, body: str, headers: Mapping[str, str]) -> Reply | VenueError:
        """The reply, or what went wrong as a value: no exception that knows the request may get any further."""
        try:
            response = self._transport.handle_request(self._request(path, body, headers))
            try:
                return _read(response)
            finally:
                response.close()
        except network.AddressRefused:
            return NotConnected("The host's name leads to no public address, so it is not called.")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
            return NotConnected()
        except httpx.TimeoutException:
            return Transient("The venue did not answer in time.")
        except httpx.TransportError:
            return Transient("The connection broke before the venue's answer was complete.")
        except Exception as error:  # whatever it is, it may hold the request
            return Transient(f"The exchange with the venue failed ({type(error).__name__}).")

    def _request(self, path: str, body: str, headers: Mapping[str, str]) -> httpx.Request:
        every = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            # Compressed, a small answer could grow without end.
            "Accept-Encoding": "identity",
            "User-Agent": self._user_agent,
            "Origin": self.base_url,
            "Referer": f"{self.base_url}/",
        }
        return httpx.Request(
            "POST",
            self.base_url + path,
            headers={**every, **headers, **self._keys.headers()},
            content=body.encode(),
            extensions={"timeout": self._timeouts.as_dict()},
        )


def _read(response: httpx.Response) -> Reply | VenueError:
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return SchemaChanged("The venue's answer is compressed, which StakePro did not ask for.")
    assert isinstance(response.stream, httpx.SyncByteStream)
    body = bytearray()
    started = monotonic()
    for chunk in response.stream:
        body += chunk
        left = network.seconds_left()
        if left is not None and left <= 0:
            return Transient(f"The venue's answer took longer than {monotonic() - started:.0f} seconds.")
        if len(body) > ANSWER_BYTES_MAX:
            return SchemaChanged("The venue's answer is larger than any that StakePro knows.")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status_code, headers, bytes(body))
