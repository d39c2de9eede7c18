"""The recorded example: rounds of a real, revealed pair, recomputed and posted the way a bot posts them.

Nothing is invented: the pair was used at the venue and its nonce 5663 paid 11200.65. What is not known of those
rounds is not claimed: amount and payout are 0, there is no currency, and each message says `recomputed`.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import httpx
from django.db import DatabaseError, connection

from accounts import services
from fairness.games import pump
from fairness.rounds import Seeds, play
from fairness.seeds import hash_server_seed
from streams import exactjson

SERVER_SEED = "564e967b90f03d0153fdcb2d2d1cc5a5057e0df78163611fe3801d6498e681ca"
CLIENT_SEED = "zXv1upuFns"
SERVER_SEED_HASHED = hash_server_seed(SERVER_SEED)
DIFFICULTY = "expert"
FIRST_NONCE = 5600  # so that 5663 arrives within the first minute

RETRY_FIRST_SECONDS = 0.5
RETRY_MAX_SECONDS = 10.0
TIMEOUT_SECONDS = 10.0


class FeedStopped(Exception):
    """Whoever runs the feed wants it to end; raised out of the `sleep` that was passed in."""


class FeedRefused(Exception):
    """The server will not take these messages, and trying again would not help; the text says why."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the feed is. `waiting_for` is set while a message is being tried again."""

    nonce: int | None = None
    accepted: int = 0
    known: int = 0
    waiting_for: str | None = None

    def counted(self, nonce: int, *, accepted: bool) -> "Progress":
        """One more round answered."""
        return Progress(nonce=nonce, accepted=self.accepted + accepted, known=self.known + (not accepted))

    def waiting(self, reason: str) -> "Progress":
        """The same counts, and why it does not go on."""
        return Progress(nonce=self.nonce, accepted=self.accepted, known=self.known, waiting_for=reason)

    def __str__(self) -> str:
        place = "no round yet" if self.nonce is None else f"nonce {self.nonce}"
        text = f"{place}, {self.accepted} accepted, {self.known} already known"
        return text if self.waiting_for is None else f"{text}; waiting: {self.waiting_for}"


class Output(Protocol):
    """Where progress is written: a command's standard output."""

    def write(self, msg: str = "", *, ending: str | None = None) -> object: ...

    def flush(self) -> object: ...


class ProgressLine:
    """At most one line a second: written over itself on a terminal, one below the other elsewhere."""

    def __init__(self, output: Output, *, is_terminal: bool, clock: Callable[[], float]) -> None:
        self.last = Progress()
        self._output = output
        self._is_terminal = is_terminal
        self._clock = clock
        self._next = clock()

    def __call__(self, progress: Progress) -> None:
        """Note the progress, and write it if the last line is a second old."""
        self.last = progress
        if self._clock() < self._next:
            return
        self._next = self._clock() + 1
        self._output.write(f"{self.clear()}{progress}", ending="" if self._is_terminal else "\n")
        self._output.flush()

    def clear(self) -> str:
        """What takes the cursor back to the start of an empty line."""
        return "\r\x1b[K" if self._is_terminal else ""


def message(nonce: int, *, at: datetime) -> dict[str, Any]:
    """The ingest message for one recomputed round."""
    played = play(pump.GAME, Seeds(SERVER_SEED, CLIENT_SEED, nonce), {"difficulty": DIFFICULTY})
    return {
        "type": "bet",
        "id": f"example:{nonce}",
        "dateTime": exactjson.utc_text(at),
        "nonce": nonce,
        "amount": 0,
        "payout": 0,
        "game": "pump",
        "difficulty": DIFFICULTY,
        "roundResult": played.result,
        "clientSeed": CLIENT_SEED,
        "serverSeedHashed": SERVER_SEED_HASHED,
        "recomputed": True,
    }


@contextmanager
def temporary_token(*, now: Callable[[], datetime], warn: Callable[[str], object]) -> Iterator[str]:
    """A token of the feed's own, revoked at the end."""
    token, text = services.create_token(label="example feed", scopes=["ingest"], by=None, at=now())
    # The feed itself needs no database, and the server's may be restarted meanwhile.
    connection.close()
    try:
        yield text
    finally:
        try:
            services.revoke_token(token=token, by=None, at=now())
        except DatabaseError:
            warn(f"The database is away. Later run: manage.py revoke_token {token.pk}")


def client(url: str, *, token: str, transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """An HTTP client for the server at `url`; raises `FeedRefused` for what is no web address."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FeedRefused(f"The url “{url}” is not a web address.") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise FeedRefused(f"The url “{url}” is not a web address; it begins with http:// or https://.")
    if not token.isascii() or not token.isprintable():
        raise FeedRefused("The token holds characters that no token has.")
    headers = {"X-Ingest-Token": token, "Content-Type": "application/json"}
    # A proxy from the environment has no part in talking to one's own server.
    return httpx.Client(base_url=parsed, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False, transport=transport)


@dataclass(slots=True)
class Feed:
    """Posts rounds one after the other, at a steady rate, and waits for a server that restarts."""

    http: httpx.Client
    now: Callable[[], datetime]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    report: Callable[[Progress], None]
    progress: Progress = Progress()

    def run(self, nonces: Iterable[int], *, rate: float) -> Progress:
        """Post each nonce, `rate` a second; raises `FeedRefused`."""
        due = self.clock()
        for nonce in nonces:
            self.sleep(max(due - self.clock(), 0))
            # After a wait it goes on at the rate, instead of making up for it in a burst.
            due = max(due, self.clock()) + 1 / rate
            accepted = self._post(message(nonce, at=self.now()))
            self.progress = self.progress.counted(nonce, accepted=accepted)
            self.report(self.progress)
        return self.progress

    def _post(self, body: dict[str, Any]) -> bool:
        """Post until there is an answer; whether the server had not known the round."""
        content = exactjson.dumps(body)
        failures = 0
        while True:
            try:
                response = self.http.post("/live/ingest", content=content)
            except httpx.TransportError as error:
                # Perhaps it arrived all the same; the server keeps each id once.
                reason, wait = f"{type(error).__name__} from {self.http.base_url}", None
            else:
                if response.status_code == httpx.codes.OK:
                    return _accepted(response)
                if response.status_code != httpx.codes.TOO_MANY_REQUESTS and response.status_code < 500:
                    raise FeedRefused(_refusal(response))
                reason, wait = f"the server answers {response.status_code}", _retry_after(response)
            failures += 1
            self.report(self.progress.waiting(reason))
            self.sleep(_back_off(failures) if wait is None else wait)


def _accepted(response: httpx.Response) -> bool:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or "accepted" not in answer:
        raise FeedRefused(f"What answers at {response.url} is not StakePro; check the url.")
    return bool(answer["accepted"])


def _refusal(response: httpx.Response) -> str:
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return "The server does not know this token."
    try:
        said = response.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return f"{response.url} answers {response.status_code}, which is not how StakePro answers; check the url."
    return f"The server refuses with {response.status_code}: {said}"


def _retry_after(response: httpx.Response) -> float | None:
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None


def _back_off(failures: int) -> float:
    most = min(RETRY_MAX_SECONDS, RETRY_FIRST_SECONDS * 2.0 ** min(failures - 1, 10))
    return most * random.uniform(0.5, 1)  # noqa: S311 - no secret: it keeps several feeds out of step
