"""The recorded example: true rounds, a steady rate, patience with a server that restarts, and no token left behind."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from accounts.models import Token
from streams import exactjson, example, wire
from streams.management.commands import feed_example
from streams.models import Bet, Stream

AT = datetime(2026, 8, 8, 19, 15, 29, tzinfo=UTC)


class Server:
    """Answers with what it is given in turn, then like StakePro; keeps what was posted."""

    def __init__(self, *answers: httpx.Response | type[httpx.TransportError]) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.ids: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, httpx.Response):
                return answer
            raise answer("on purpose")
        posted = json.loads(request.content)["id"]
        accepted = posted not in self.ids
        self.ids.add(posted)
        return httpx.Response(200, json={"streamId": "s", "accepted": accepted})

    @property
    def nonces(self) -> list[int]:
        return [json.loads(request.content)["nonce"] for request in self.requests]


class Clock:
    """Time that passes only by sleeping, and a little with each request."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


def feed(server: Server, clock: Clock, reports: list[example.Progress] | None = None) -> example.Feed:
    """A feed to this server, in this time."""
    http = example.client("http://127.0.0.1:8000", token="sp_test", transport=httpx.MockTransport(server))
    report = [] if reports is None else reports
    return example.Feed(
        http,
        now=lambda: AT + timedelta(seconds=clock()),
        clock=clock,
        sleep=clock.sleep,
        report=report.append,
    )


def test_it_works() -> None:
    server, clock = Server(), Clock()
    done = feed(server, clock).run(range(5600, 5700), rate=20)
    assert done == example.Progress(nonce=5699, accepted=100, known=0)
    assert server.nonces == list(range(5600, 5700))
    assert clock.seconds == pytest.approx(99 / 20)
    request = server.requests[63]
    assert (request.method, request.url) == ("POST", "http://127.0.0.1:8000/live/ingest")
    assert request.headers["X-Ingest-Token"] == "sp_test"
    assert exactjson.loads(request.content) == {
        "type": "bet",
        "id": "example:5663",
        "dateTime": "2026-08-08T19:15:32.150000Z",
        "nonce": 5663,
        "amount": 0,
        "payout": 0,
        "game": "pump",
        "difficulty": "expert",
        "roundResult": Decimal("11200.65"),
        "clientSeed": "zXv1upuFns",
        "serverSeedHashed": example.SERVER_SEED_HASHED,
        "recomputed": True,
    }


def test_the_server_would_take_its_messages() -> None:
    sent = exactjson.loads(exactjson.dumps(example.message(5663, at=AT)))
    read = wire.parse_message(sent)
    assert isinstance(read, wire.BetMessage)
    assert (read.cell, read.currency, read.placed_at) == (12, None, AT)
    assert read.extra == {"recomputed": True}


def test_the_server_seed_is_not_sent_but_its_hash() -> None:
    assert example.SERVER_SEED not in exactjson.dumps(example.message(1, at=AT))
    assert example.SERVER_SEED_HASHED == "f6ce15af76cf2a667778932a2c899b80f6153e8c056f1b07b3d0ee8926f916c3"


def test_a_second_run_adds_nothing() -> None:
    server, clock = Server(), Clock()
    feed(server, clock).run(range(10), rate=20)
    assert feed(server, clock).run(range(10), rate=20) == example.Progress(nonce=9, accepted=0, known=10)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError,
        httpx.ReadTimeout,
        httpx.RemoteProtocolError,
        httpx.Response(500),
        httpx.Response(503, headers={"Retry-After": "1"}),
        httpx.Response(429, headers={"Retry-After": "30"}),
    ],
    ids=str,
)
def test_it_waits_for_a_server_that_restarts(answer: httpx.Response | type[httpx.TransportError]) -> None:
    server, clock, reports = Server(answer, answer, answer), Clock(), []
    done = feed(server, clock, reports).run(range(1, 4), rate=20)
    assert done.accepted == 3
    assert server.nonces == [1, 1, 1, 1, 2, 3]
    assert [report.waiting_for is not None for report in reports] == [True, True, True, False, False, False]


def test_it_waits_as_long_as_it_is_asked_to_and_then_keeps_the_rate() -> None:
    server, clock = Server(httpx.Response(429, headers={"Retry-After": "30"})), Clock()
    feed(server, clock).run(range(1, 4), rate=20)
    assert clock.slept == pytest.approx([0, 30, 0, 0.05])


def test_it_backs_off_up_to_ten_seconds() -> None:
    server, clock = Server(*[httpx.ConnectError] * 8), Clock()
    feed(server, clock).run([1], rate=20)
    for failures, slept in enumerate(clock.slept[1:9]):
        most = min(10, 0.5 * 2**failures)
        assert most / 2 <= slept <= most


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(401, json={"error": {"message": "Unknown."}}), "The server does not know this token."),
        (httpx.Response(403, json={"error": {"message": "This needs the scope “ingest”."}}), "scope “ingest”"),
        (httpx.Response(422, json={"error": {"message": "nonce is required."}}), "422: nonce is required."),
        (httpx.Response(404, text="nothing"), "answers 404, which is not how StakePro answers"),
        (httpx.Response(302, headers={"Location": "/login"}), "answers 302"),
        (httpx.Response(200, text="<!doctype html>"), "is not StakePro"),
        (httpx.Response(200, json=["ok"]), "is not StakePro"),
    ],
)
def test_it_ends_with_a_reason_where_waiting_would_not_help(answer: httpx.Response, said: str) -> None:
    with pytest.raises(example.FeedRefused) as refused:
        feed(Server(answer), Clock()).run([1], rate=20)
    assert said in str(refused.value)
    assert "sp_test" not in str(refused.value)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:port", ""])
def test_it_refuses_what_is_no_web_address(url: str) -> None:
    with pytest.raises(example.FeedRefused, match="not a web address"):
        example.client(url, token="sp_test")


@pytest.mark.parametrize("token", ["sp_ü", "sp_\n"])
def test_it_refuses_what_is_no_token_without_repeating_it(token: str) -> None:
    with pytest.raises(example.FeedRefused) as refused:
        example.client("http://127.0.0.1:8000", token=token)
    assert token not in str(refused.value)


class Screen(StringIO):
    """A command's output, as `ProgressLine` writes to it."""

    def write(self, msg: str = "", *, ending: str | None = None) -> int:
        return super().write(msg + (ending or ""))


@pytest.mark.parametrize(
    ("is_terminal", "shown"),
    [
        (False, "nonce 1, 1 accepted, 0 already known\nnonce 5, 5 accepted, 0 already known\n"),
        (True, "\r\x1b[Knonce 1, 1 accepted, 0 already known\r\x1b[Knonce 5, 5 accepted, 0 already known"),
    ],
)
def test_progress_is_one_line_a_second(is_terminal: bool, shown: str) -> None:
    screen, clock = Screen(), Clock()
    line = example.ProgressLine(screen, is_terminal=is_terminal, clock=clock)
    for nonce in range(1, 9):
        line(example.Progress(nonce=nonce, accepted=nonce))
        clock.sleep(0.25)
    assert screen.getvalue() == shown
    assert str(line.last) == "nonce 8, 8 accepted, 0 already known"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Callable[[Server], None]:
    """Let the command talk to a server in this process, and sleep no time."""
    real = example.client

    def serve(server: Server) -> None:
        transport = httpx.MockTransport(server)
        monkeypatch.setattr(example, "client", lambda url, *, token: real(url, token=token, transport=transport))

    monkeypatch.setattr(feed_example.time, "sleep", lambda _: None)
    monkeypatch.delenv("STAKEPRO_FEED_TOKEN", raising=False)
    return serve


@pytest.mark.django_db(transaction=True)
def test_the_command_makes_a_token_and_revokes_it(served: Callable[[Server], None]) -> None:
    server, output = Server(), StringIO()
    served(server)
    call_command("feed_example", "--from", "5660", "--count", "5", stdout=output)
    assert server.nonces == [5660, 5661, 5662, 5663, 5664]
    assert output.getvalue().endswith("Done: nonce 5664, 5 accepted, 0 already known.\n")
    token = Token.objects.get()
    assert (token.label, token.scopes) == ("example feed", ["ingest"])
    assert token.revoked_at is not None
    sent = server.requests[0].headers["X-Ingest-Token"]
    assert sent not in output.getvalue()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("answer", "raised"), [(KeyboardInterrupt, None), (httpx.Response(401), CommandError), (RuntimeError, RuntimeError)]
)
def test_the_command_revokes_its_token_however_it_ends(
    served: Callable[[Server], None], answer: Any, raised: type[Exception] | None
) -> None:
    output = StringIO()
    served(Server(answer))
    if raised is None:
        call_command("feed_example", stdout=output)
        assert output.getvalue() == "Stopped: no round yet, 0 accepted, 0 already known.\n"
    else:
        with pytest.raises(raised):
            call_command("feed_example", stdout=output)
    assert Token.objects.get().revoked_at is not None


@pytest.mark.django_db(transaction=True)
def test_the_example_arrives_once_through_real_ingest(live_server: Any) -> None:
    for _ in range(2):
        call_command(
            "feed_example", "--url", live_server.url, "--rate=1000", "--from=5660", "--count=4", stdout=StringIO()
        )
    stream = Stream.objects.get()
    assert (stream.server_seed_hashed, stream.client_seed) == (example.SERVER_SEED_HASHED, example.CLIENT_SEED)
    bets = Bet.objects.filter(stream=stream).order_by("nonce")
    assert [(bet.nonce, bet.provider_bet_id) for bet in bets] == [(n, f"example:{n}") for n in range(5660, 5664)]
    paid = bets.get(nonce=5663)
    assert (paid.round_result, paid.cell, paid.amount, paid.payout, paid.currency) == (
        Decimal("11200.65"),
        12,
        0,
        0,
        None,
    )
    assert paid.extra == {"recomputed": True}
    assert (stream.bets, stream.conflicts) == (4, 0)


@pytest.mark.parametrize("by", ["option", "environment"])
def test_the_command_uses_the_token_it_is_given(
    served: Callable[[Server], None], monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    server = Server()
    served(server)
    if by == "environment":
        monkeypatch.setenv("STAKEPRO_FEED_TOKEN", "sp_given")
    options = ["--token", "sp_given"] if by == "option" else []
    # No database is allowed here, so none is used.
    call_command("feed_example", "--count", "2", *options, stdout=StringIO())
    assert {request.headers["X-Ingest-Token"] for request in server.requests} == {"sp_given"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--rate", "0"),
        ("--rate", "nan"),
        ("--rate", "1001"),
        ("--from", "-1"),
        ("--from", str(2**53)),
        ("--count", "-1"),
    ],
)
def test_the_command_names_a_wrong_option(option: str, value: str) -> None:
    with pytest.raises(CommandError, match=f"^{option} must"):
        call_command("feed_example", f"{option}={value}")


def test_the_command_stops_at_the_last_nonce(served: Callable[[Server], None]) -> None:
    server = Server()
    served(server)
    call_command("feed_example", "--from", str(2**53 - 2), "--count", "0", "--token", "sp_given", stdout=StringIO())
    assert server.nonces == [2**53 - 2, 2**53 - 1]
