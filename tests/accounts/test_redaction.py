"""The one filter of secrets, attacked: every way we could think of for one to be written down."""

import json

import httpx
import pytest

from accounts.redaction import REDACTED, is_secret_key, redact, redact_text

SECRET = "geheim-9f8e7d6c5b4a"
SESSION = "0123456789abcdef" * 6
HASH = "0123456789abcdef" * 4
NAMES = [
    "x-access-token",
    "X-Access-Token",
    "x_access_token",
    "HTTP_X_ACCESS_TOKEN",
    "accessToken",
    "access_token",
    "accesstoken",
    "cf_clearance",
    "cfClearance",
    "clearance",
    "x-lockdown-token",
    "lockdownToken",
    "tfaToken",
    "tfa_token",
    "oauthToken",
    "VAULT_KEYS",
    "vault_key",
    "Cookie",
    "serverSeed",
]


class Thing:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Thing({self.name}={SECRET!r})"


@pytest.mark.parametrize("name", NAMES)
def test_the_names_of_secrets(name):
    assert is_secret_key(name)


@pytest.mark.parametrize(
    "name",
    ["clearance_expires_at", "token_id", "tokens_used", "has_token", "currency", "key", "keys", "session", "cf_ray"]
    + ["server_seed_hashed", "nonce", "user_agent", "access", "vault"],
)
def test_names_that_are_none(name):
    assert is_secret_key(name) == (name == "has_token")


@pytest.mark.parametrize(
    "written",
    [
        lambda name: {name: SECRET},
        lambda name: {name: [SECRET]},
        lambda name: {"headers": {name: SECRET}},
        lambda name: {"a": [{"b": ({name: SECRET},)}]},
        lambda name: {name.encode(): SECRET.encode()},
        lambda name: [(name, SECRET)],
        lambda name: ((name.encode(), SECRET.encode()),),
        lambda name: [[name, SECRET], ["accept", "json"]],
        lambda name: httpx.Headers({name: SECRET}),
        lambda name: httpx.Headers({name: SECRET}).raw,
        lambda name: f"{name}: {SECRET}",
        lambda name: f"{name}={SECRET}",
        lambda name: f"{name}={SECRET}; other=1",
        lambda name: f"https://host/path?a=1&{name}={SECRET}&b=2",
        lambda name: json.dumps({name: SECRET}),
        lambda name: json.dumps({"variables": {name: SECRET}}, indent=2),
        lambda name: json.dumps(json.dumps({name: SECRET})),
        lambda name: json.dumps(json.dumps(json.dumps({name: SECRET}))),
        lambda name: json.dumps({name: f'quo"te {SECRET}'}),
        lambda name: json.dumps({name: f'quo"te {SECRET}'}).encode(),
        lambda name: repr({name: SECRET}),
        lambda name: repr({name.encode(): SECRET.encode()}),
        lambda name: repr([(name, SECRET)]),
        lambda name: repr([(name.encode(), SECRET.encode())]),
        lambda name: f"{name}: {SECRET}".encode(),
        lambda name: memoryview(f"{name}: {SECRET}".encode()),
        lambda name: ValueError(f"{name}={SECRET}"),
        lambda name: ValueError({name: SECRET}),
        lambda name: {"error": KeyError((name, SECRET))},
        lambda name: [Thing(name)],
        lambda name: {"deep": {"deep": {"deep": {"deep": {"deep": {"deep": {"deep": SECRET}}}}}}},
        lambda name: {f"{name}={SECRET}": 1},
    ],
)
@pytest.mark.parametrize("name", ["x-access-token", "accessToken", "cf_clearance", "x-lockdown-token", "tfaToken"])
def test_no_secret_survives(written, name):
    redacted = redact(written(name))
    assert SECRET not in f"{redacted!r} {redacted!s}"
    assert json.dumps(redacted)


@pytest.mark.parametrize(
    "text",
    [SESSION, SESSION.upper(), f"session {SESSION} refused", f"/path/{SESSION}/x", f"'{SESSION}'", f"x_{SESSION}z"],
)
def test_a_venues_session_is_known_by_its_shape(text):
    assert SESSION not in redact_text(text).lower()
    assert SESSION.encode() not in json.dumps(redact([text.encode()])).lower().encode()


@pytest.mark.parametrize("text", [HASH, SESSION[:-1], SESSION + "0", HASH + HASH, f"server_seed_hashed={HASH}"])
def test_hashes_and_seeds_stay_readable(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"a cf_clearance={SECRET}; __cf_bm=x", f"a cf_clearance={REDACTED}; __cf_bm=x"),
        (f"x-access-token: {SECRET}\nHost: y", f"x-access-token: {REDACTED}\nHost: y"),
        (f'{{"accessToken": "{SECRET}", "game": "pump"}}', f'{{"accessToken": {REDACTED}, "game": "pump"}}'),
        (f"[('x-access-token', '{SECRET}'), ('a', 'b')]", f"[('x-access-token', {REDACTED}), ('a', 'b')]"),
        ("VAULT_KEYS=['abc', 'def'] next", f"VAULT_KEYS={REDACTED} next"),
        ("The clearance was refused.", "The clearance was refused."),
        ("clearance_expires_at=2026-01-02", "clearance_expires_at=2026-01-02"),
    ],
)
def test_only_the_secret_is_taken_out(text, left):
    assert redact_text(text) == left


@pytest.mark.parametrize(
    "text", [f"token={SESSION}", f"Cookie: a={SECRET}", f"Authorization: Bearer {SECRET}", f"token=sp_{'a' * 20}"]
)
def test_redacting_again_changes_nothing(text):
    once = redact_text(text)
    assert redact_text(once) == once
    assert once.endswith(REDACTED)
