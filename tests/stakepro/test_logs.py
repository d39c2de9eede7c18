"""Logs: one format for all, and no secret in any of it."""

import io
import json
import logging
import sys

import pytest
import structlog
from django.test import RequestFactory

from stakepro import logs

TOKEN = "sp_" + "Ab1_-" * 8 + "xyz"
SECRET = "hunter2-is-secret"


@pytest.fixture
def lines(monkeypatch):
    """What the process writes to standard error, with the format given; the old configuration comes back."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)

    def configure(*, json=False, level="DEBUG"):
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        logs.logging_config(level=level, json=json)
        return stream

    yield configure
    root.handlers[:], root.level = before


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"token {TOKEN} refused", "token [redacted] refused"),
        ("Authorization: Bearer abc.def", "Authorization: [redacted]"),
        ("sent bearer abc.def to us", "sent bearer [redacted] to us"),
        ("GET /login/link?token=abc&next=/live", "GET /login/link?token=[redacted]&next=/live"),
        ("{'password': 'a b c', 'user': 'vera'}", "{'password': [redacted], 'user': 'vera'}"),
        (
            '{"server_seed": "abc", "server_seed_hashed": "def"}',
            '{"server_seed": [redacted], "server_seed_hashed": "def"}',
        ),
        ("serverSeed=abc serverSeedHashed=def", "serverSeed=[redacted] serverSeedHashed=def"),
        ("X-Ingest-Token: abc", "X-Ingest-Token: [redacted]"),
        ("Cookie: stakepro_session=abc; other=def\nHost: x", "Cookie: [redacted]\nHost: x"),
        ("postgres://stakepro:geheim@host/db", "postgres://stakepro:[redacted]@host/db"),
        ("api_key=abc, apikey: def", "api_key=[redacted], apikey: [redacted]"),
        ("The token is unknown or revoked.", "The token is unknown or revoked."),
        ("token_id=3 nonce=5", "token_id=3 nonce=5"),
    ],
)
def test_text_loses_its_secrets_and_nothing_else(text, left):
    assert logs.redact_text(text) == left


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "ingest_token",
        "X-Ingest-Token",
        "password",
        "new_password1",
        "SECRET_KEY",
        "Authorization",
        "Set-Cookie",
    ]
    + ["server_seed", "serverSeed", "apiKey", "api_key", "client_secret", "cookies", "HTTP_COOKIE"],
)
def test_secret_keys(key):
    assert logs.is_secret_key(key)


@pytest.mark.parametrize(
    "key",
    ["token_id", "token_hash", "server_seed_hashed", "serverSeedHashed", "client_seed", "nonce", "tokenizer", "path"],
)
def test_harmless_keys(key):
    assert not logs.is_secret_key(key)


class Odd:
    def __str__(self):
        return f"Odd(token={SECRET})"


def log_secrets_everywhere():
    """Every way we could think of for a secret to get into a log."""
    log, structured = logging.getLogger("streams.ingest"), structlog.get_logger("streams.ingest")
    log.info("Token %s refused", TOKEN)
    log.info("Header %s", f"Bearer {SECRET}")
    log.info("Address %s", f"/login/link?token={SECRET}&x=1")
    log.info("Fields", extra={"token": SECRET, "authorization": SECRET, "body": {"password": SECRET, "list": [TOKEN]}})
    log.info(
        "Object", extra={"thing": Odd(), "error": ValueError(f"token={SECRET}"), "raw": f"token={SECRET}".encode()}
    )
    log.info("Mapping %(password)s", {"password": f"password={SECRET}"})
    log.info("Request", extra={"request": RequestFactory().get("/x", {"token": SECRET, "q": SECRET})})
    structured.info("Fields", server_seed=SECRET, nested={"deep": {"api_key": SECRET}}, cookie=SECRET)
    structured.info("Bound", url=f"https://user:{SECRET}@host/")
    logging.getLogger("django.server").info('"%s" %s %s', f"GET /login/link?token=x&q={SECRET} HTTP/1.1", "200", "1")
    secret_local = f"Bearer {SECRET}"
    try:
        try:
            raise KeyError(secret_local)
        except KeyError as error:
            raise ValueError({"password": SECRET, "token": TOKEN}) from error
    except ValueError:
        log.exception("Failed")
        structured.exception("Failed")


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_is_found_in_the_log(lines, as_json):
    stream = lines(json=as_json)
    log_secrets_everywhere()
    written = stream.getvalue()
    assert SECRET not in written
    assert TOKEN not in written
    assert written.count("Traceback") >= 2
    assert "GET /login/link HTTP/1.1" in written
    assert "[redacted]" in written


def test_json_lines_carry_data_as_fields(lines):
    stream = lines(json=True)
    logging.getLogger("streams").info("Stream deleted", extra={"stream": "abc", "bets": 3})
    structlog.get_logger("streams").info("Stream deleted", stream="abc", bets=3)
    first, second = map(json.loads, stream.getvalue().splitlines())
    for line in (first, second):
        assert line.pop("timestamp").endswith("Z")
        assert line == {"event": "Stream deleted", "stream": "abc", "bets": 3, "level": "info", "logger": "streams"}


@pytest.mark.parametrize("as_json", [True, False])
def test_a_line_cannot_be_forged(lines, as_json):
    stream = lines(json=as_json)
    logging.getLogger("x").info("Path %s\nFAKE LINE", "/a\r\nFAKE", extra={"path": "/b\nFAKE"})
    assert len(stream.getvalue().splitlines()) == 1


def test_the_request_is_named(lines):
    stream = lines(json=True)
    context = logs.request_id.set("abc-1")
    try:
        logging.getLogger("x").info("Inside")
    finally:
        logs.request_id.reset(context)
    logging.getLogger("x").info("Outside")
    inside, outside = map(json.loads, stream.getvalue().splitlines())
    assert inside["request_id"] == "abc-1"
    assert "request_id" not in outside


def test_configuring_twice_writes_each_line_once(lines):
    lines()
    stream = lines(json=True, level="INFO")
    logging.getLogger("x").info("Once")
    logging.getLogger("x").debug("Never")
    assert stream.getvalue().count("Once") == 1
    assert "Never" not in stream.getvalue()
    assert json.loads(stream.getvalue())["event"] == "Once"


def test_a_mistyped_level_is_named():
    with pytest.raises(ValueError, match="STAKEPRO_LOG_LEVEL must be one of"):
        logs.logging_config(level="LOUD", json=False)
