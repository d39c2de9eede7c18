"""No secret leaves: not in an answer, a log, an audit row or any other row, whatever goes wrong."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from stake.models import StakeSession
from stake.services import venues
from tests.stake.api.conftest import LIMBO, stored, truth
from tests.streams.api.client import Answer, Api

CLEARANCE = "cLeArAnCe-0123456789.zyxwv-FEDCBA"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Test/1.0"

# How the venue fails, each for every request that it gets.
FAILURES = [
    None,
    *("drop_before", "drop_after", "truncate", "cut", "cloudflare", "unauthorized", "rate_limit", "unavailable"),
    *("server_error", "redirect", "not_json", "null_data", "error"),
]


class Seen:
    """Everything that came out, searched for what must not."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = secrets

    def check(self, where: str, text: str) -> None:
        """Fail where a secret is in the text, whole or in a part that is worth something."""
        for secret in self.secrets:
            for part in (secret, secret[:16], secret[8:24], secret[-16:]):
                assert part not in text, f"a secret is in {where}"


@pytest.fixture
def secrets(account: Any) -> Seen:
    pair = account.pair
    return Seen(account.token, CLEARANCE, pair.server_seed, account.next_server_seed)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are asked again at once."""
    monkeypatch.setattr("stake.client.FIRST_WAIT", 0.0)


def every_request(session_id: str, account: Any, booked: Any) -> Iterator[tuple[str, str, Any]]:
    """A request of every address, those that fail of themselves among them."""
    asked = {"session": session_id}
    token = stored(account, clearance=CLEARANCE, user_agent=AGENT)
    yield "POST", "/stake/session", token
    yield "POST", "/stake/session", {**token, "host": "evil.example"}
    yield "POST", "/stake/session", {**token, "token": account.token + " \r\n x"}
    yield "POST", "/stake/session", {**token, "clearance": CLEARANCE + "; x=y"}
    yield "POST", "/stake/session", {**token, "label": 7}
    yield "GET", "/stake/session", None
    yield "GET", f"/stake/session/{session_id}", None
    yield "PUT", f"/stake/session/{session_id}", token
    yield "PUT", f"/stake/session/{session_id}", {**token, "host": "stake.com"}
    yield "POST", f"/stake/session/{session_id}/verify", None
    yield "PUT", f"/stake/session/{session_id}/live", None
    yield "POST", "/stake/bet", {**LIMBO, **asked, "client_ref": "secret 1"}
    yield "POST", "/stake/bet", {**LIMBO, **asked, "client_ref": "secret 2", "amount": "100000"}
    yield "GET", "/stake/bet", None
    yield "GET", f"/stake/bets/{booked.iid}", None
    yield "GET", f"/stake/bets/{booked.id}", None
    yield "POST", "/stake/reconcile", asked
    yield "POST", "/stake/import-history", asked
    yield "GET", f"/stake/balance?session={session_id}", None
    yield "POST", "/stake/vault", {**asked, "currency": "btc", "amount": "0.1", "client_ref": "v"}
    yield "GET", "/stake/rotations", None
    yield "GET", f"/stake/limits?session={session_id}", None
    yield "PUT", "/stake/limits", {**asked, "currency": "btc", "max_wager": "1"}
    yield "POST", "/stake/pauses", {**asked, "kind": "cool_off", "ends_at": "2026-11-21T12:00:00Z"}
    yield "PUT", "/stake/stop", None
    yield "DELETE", "/stake/stop", None


def texts_of_the_database() -> Iterator[tuple[str, str]]:
    """Every row of every table, as text, bytes as text too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN"
            " ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY', 'USER-DEFINED')"
        )
        columns = cursor.fetchall()
        assert ("stake_stakesession", "access_token", "bytea") in columns
        assert len(columns) > 100
        for table, column, kind in columns:
            text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT {text} FROM "{table}" WHERE "{column}" IS NOT NULL')
            for (value,) in cursor.fetchall():
                yield f"{table}.{column}", value


@contextmanager
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG):
        for name in ("httpx", "httpcore", "django", "stake", "accounts", "stakepro"):
            caplog.set_level(logging.DEBUG, logger=name)
        yield


def text_of(record: logging.LogRecord) -> str:
    """A log record with all that belongs to it, the exception and its causes among it."""
    found = [str(record.__dict__)]
    error = record.exc_info[1] if record.exc_info else None
    while error is not None:
        found += [repr(error), str(error), str(error.__dict__)]
        error = error.__cause__ or error.__context__
    return " ".join(found)


def printed(record: logging.LogRecord) -> str:
    """The line that goes to standard error, its traceback included."""
    handlers = [handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler]
    assert handlers
    return " ".join(handler.format(record) for handler in handlers if handler.filter(record))


def texts_of(answer: Answer) -> str:
    return f"{answer.status} {dict(answer.headers)} {answer.text}"


@pytest.mark.parametrize("failure", FAILURES)
def test_no_secret_leaves(
    api: Api,
    simulator: Any,
    account: Any,
    secrets: Seen,
    no_waiting: None,
    failure: str | None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with everything_logged(caplog):
        made = api.post("/stake/session", stored(account, clearance=CLEARANCE, user_agent=AGENT))
        assert made.status == 201, made.status
        session_id = made.body["id"]
        api.put("/stake/limits", {"session": session_id, "currency": "btc", "max_wager": "1000000"})
        api.put(f"/stake/session/{session_id}/live")
        assert api.post("/stake/bet", {**LIMBO, "session": session_id, "client_ref": "first"}).status == 201
        (booked,) = truth(simulator, account)
        if failure:
            message = f"Refused for {account.token} and {account.pair.server_seed}"
            simulator.faults.add(failure, times=None, **({"message": message} if failure == "error" else {}))
        statuses = set()
        for method, path, body in every_request(session_id, account, booked):
            for key in StakeSession.objects.values_list("pk", flat=True):
                venues.BREAKERS.forget(key)
            answer = api.request(method, path, body)
            statuses.add(answer.status)
            secrets.check(f"the answer to {method} {path}", texts_of(answer))
    assert 500 not in statuses
    assert 422 in statuses
    assert failure is None or len(statuses & {409, 429, 502, 503}) > 0
    for record in caplog.records:
        secrets.check(f"the log {record.name}", text_of(record))
        secrets.check(f"the line of {record.name}", printed(record))
    secrets.check("what was printed", "".join(capfd.readouterr()))
    for where, text in texts_of_the_database():
        secrets.check(where, text)
    assert StakeSession.objects.get(pk=session_id).access_token.reveal() == account.token


def test_a_rotated_seed_is_told_and_the_next_is_not(
    api: Api, session: StakeSession, simulator: Any, account: Any, played: dict[str, Any]
) -> None:
    old = account.pair.server_seed
    answer = api.post("/stake/rotate-seed", {"session": str(session.pk)})
    assert answer.body["previous"]["server_seed"] == old
    hidden = Seen(account.token, account.pair.server_seed, account.next_server_seed)
    (booked,) = truth(simulator, account)
    for path in ("/stake/rotations", f"/stake/session/{session.pk}", f"/stake/bets/{booked.iid}"):
        hidden.check(path, texts_of(api.get(path)))
    assert api.get(f"/stake/bets/{booked.iid}").body["server_seed"] == old
    for where, text in texts_of_the_database():
        hidden.check(where, text)


def test_an_error_of_ours_tells_no_secret(
    api: Api,
    session: StakeSession,
    account: Any,
    secrets: Seen,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The traceback goes through frames that hold the token; what is logged of it does not."""

    def fail(self: Any, *args: Any, **kwargs: Any) -> None:
        token = self._line._keys.headers()["x-access-token"]
        assert token
        raise RuntimeError("broken")

    monkeypatch.setattr("stake.client.Venue.balances", fail)
    with everything_logged(caplog):
        answer = api.get("/stake/balance", session=session.pk)
    assert (answer.status, answer.code) == (500, "internal_error")
    secrets.check("the answer", texts_of(answer))
    for record in caplog.records:
        secrets.check(f"the log {record.name}", text_of(record))
    lines = " ".join(printed(record) for record in caplog.records)
    assert "RuntimeError" in lines
    assert "broken" in lines
    secrets.check("the lines of the log", lines)


def test_the_search_would_find_a_secret(secrets: Seen, account: Any) -> None:
    with pytest.raises(AssertionError, match="a secret is in here"):
        secrets.check("here", f"…{account.token[8:24]}…")
