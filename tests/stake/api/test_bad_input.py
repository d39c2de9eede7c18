"""What cannot be taken is refused by the name of its field, and leaves nothing behind."""

import json
from typing import Any

import pytest

from accounts.models import AuditRow
from stake.models import BetIntent, CoolOff, Limit, SeedRotation, StakeSession, VaultDeposit
from tests.stake.api.conftest import LIMBO, stored, truth

GAMES: dict[str, dict[str, Any]] = {
    "limbo": {"target": "2"},
    "dice": {"target": "50.5", "condition": "above"},
    "pump": {"difficulty": "easy", "pumps": 1},
    "keno": {"picks": [1, 7, 21], "risk": "low"},
    "plinko": {"risk": "high", "rows": 8},
    "wheel": {"risk": "medium", "segments": 30},
    "roulette": {"bet": "number", "numbers": [0, 17]},
    "dragon_tower": {"difficulty": "easy", "picks": [0, 3]},
}


@pytest.fixture
def unchanged(session, simulator, account):
    """Afterwards nothing more is stored than before, and the venue was asked to do nothing."""
    tables = (StakeSession, BetIntent, SeedRotation, VaultDeposit, CoolOff, Limit, AuditRow)
    before = [table.objects.count() for table in tables]
    yield
    assert [table.objects.count() for table in tables] == before
    assert not truth(simulator, account)
    assert not account.retired


def bet_body(session, /, **changes):
    return {"session": str(session.pk), "client_ref": "bad", **LIMBO, **changes}


MISSING: Any = type("Missing", (), {"__repr__": lambda self: "missing"})()
NUMBERS = [MISSING, None, True, [], {}, "", "much", "0x10", -1, "-0.01", "1e999", "NaN", "Infinity", "١", "1" * 21]
NUMBERS += ["0." + "0" * 18 + "1"]
TEXTS = [MISSING, None, 7, True, [], {}, "", "nul\0", "\ud800", "\udfff x"]
FIELDS = [
    *(("amount", value) for value in NUMBERS),
    *(("session", value) for value in [*TEXTS, "nonsense", "0191d6f4-0000-4000-8000-00000000000", "x" * 5000]),
    *(("client_ref", value) for value in [*TEXTS, "x" * 101, "x" * 5000, "a\nb", "a\rb", "\u202e"]),
    *(("currency", value) for value in [*TEXTS, "btc;", "a" * 11, "b t c", "₿"]),
    *(("game", value) for value in [*TEXTS, "mines", "Limbo", "poker", "x" * 41, "../limbo"]),
    *(("options", value) for value in [7, True, [], "target", [1]]),
    *(("confirmed", value) for value in [7, "true", [], None]),
]


@pytest.mark.parametrize(("field", "value"), FIELDS, ids=lambda value: ascii(value)[:30])
def test_a_bet_names_the_field(api, session, unchanged, field, value):
    body = bet_body(session, **{field: value})
    if value is MISSING:
        del body[field]
    answer = api.post("/stake/bet", body)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", {field}), answer.text


OPTIONS = [
    *(
        ("limbo", "target", value)
        for value in [MISSING, None, "", "1", "0", -1, "1000001", "NaN", "1e999", True, [], {}, "two", "2.001" * 50]
    ),
    *(("dice", "target", value) for value in [MISSING, "101", "-1", "NaN", []]),
    *(("dice", "condition", value) for value in [MISSING, "beside", 7, [], "ABOVE\n"]),
    *(("pump", "pumps", value) for value in [MISSING, 0, 25, 1.5, "1.5", "one", True, [], 10**30]),
    *(("pump", "difficulty", value) for value in [MISSING, "extreme", 7, [], "\ud800"]),
    *(("keno", "picks", value) for value in [MISSING, [], [0], [41], [1, 1], list(range(1, 12)), "a", [True], [[1]]]),
    *(("plinko", "rows", value) for value in [MISSING, 7, 17, "8.5", []]),
    *(("wheel", "segments", value) for value in [MISSING, 11, 0, []]),
    *(("roulette", "numbers", value) for value in [[37], [-1], [0, 0], "x", [None]]),
    *(("roulette", "bet", value) for value in [MISSING, "row_1", "green", []]),
    *(("dragon_tower", "picks", value) for value in [MISSING, [4], [-1], [0] * 10, "x"]),
    ("limbo", "targets", "2"),
    ("limbo", "nul\0", "2"),
    ("limbo", "x" * 5000, "2"),
]


@pytest.mark.parametrize(("game", "option", "value"), OPTIONS, ids=lambda value: ascii(value)[:30])
def test_an_option_is_named_too(api, session, unchanged, game, option, value):
    options = {**GAMES[game], option: value}
    if value is MISSING:
        del options[option]
    answer = api.post("/stake/bet", bet_body(session, game=game, options=options))
    assert (answer.status, answer.code) == (422, "invalid"), answer.text
    assert len(answer.fields) == 1
    assert option in answer.fields or len(option) > 40 or option in ("nul\0", "targets")
    assert len(answer.text) < 2_000


SESSIONS = [
    *(("label", value) for value in [*TEXTS, " ", "x" * 101, "a\nb", "a\r\nX-Evil: 1", "a\u2028b"]),
    *(("host", value) for value in [*TEXTS, "evil.example", "https://stake.com", "stake.com:443", "stake.com/x"]),
    *(("host", value) for value in ["127.0.0.1", "localhost", "0x7f.1", "me@stake.com", "x" * 301]),
    *(("currency", value) for value in [*TEXTS, "btc;", "a" * 11]),
    *(("token", value) for value in [MISSING, None, 7, [], "", " ", "a b", "a\r\nX-Evil: 1", "é", "x" * 501, "nul\0"]),
    *(("clearance", value) for value in [7, "a; b=c", "a b", 'a"b', "a\nb", "é", "x" * 4001, "nul\0"]),
    *(("user_agent", value) for value in [7, "a\r\nX-Evil: 1", "é", "x" * 501, "nul\0", "\ud800"]),
    *(("clearance_expires_at", value) for value in ["soon", 7, "2026-13-01T00:00:00Z", [], ""]),
]


@pytest.mark.parametrize(("field", "value"), SESSIONS, ids=lambda value: ascii(value)[:30])
def test_a_session_names_the_field(api, session, account, unchanged, field, value):
    body = stored(account, user_agent="Agent/1", **({"clearance": "c"} if field == "clearance" else {}))
    body[field] = value
    if value is MISSING:
        del body[field]
    answer = api.post("/stake/session", body)
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", {field}), answer.text
    if value not in (MISSING, None, 7, "", " ") and field in ("token", "clearance") and isinstance(value, str):
        assert value not in answer.text


def test_a_clearance_needs_its_user_agent(api, session, account, unchanged):
    answer = api.post("/stake/session", stored(account, clearance="c"))
    assert (answer.status, answer.fields) == (422, {"user_agent"})


BODIES = [
    (b"", 422),
    (b"{", 422),
    (b"[]", 422),
    (b'"x"', 422),
    (b"null", 422),
    (b"\xff\xfe", 422),
    (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 422),
    (b"[" * 500_000, 422),
    (b'{"amount": ' + b"9" * 5_000 + b"}", 422),
    (b'{"x":"' + b"a" * 10_000_000 + b'"}', 413),
]
WRITING = [
    ("POST", "/stake/session"),
    ("PUT", "/stake/session/{session}"),
    ("POST", "/stake/bet"),
    ("POST", "/stake/reconcile"),
    ("POST", "/stake/import-history"),
    ("POST", "/stake/rotate-seed"),
    ("POST", "/stake/vault"),
    ("PUT", "/stake/limits"),
    ("POST", "/stake/pauses"),
]


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_a_body_that_is_none(api, session, unchanged, method, path):
    for body, status in BODIES:
        answer = api.request(method, path.format(session=session.pk), body)
        assert answer.status == status, (body[:20], answer.text)


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_a_body_of_another_kind(api, session, unchanged, method, path):
    for body in ({}, {"session": {}}, {"session": "nul\0"}, {"intent": []}, {"deposit": 7}, {"session": None}):
        answer = api.request(method, path.format(session=session.pk), body)
        assert answer.status == 422, (body, answer.text)
        assert answer.fields


def test_an_infinite_number_in_the_json_itself(api, session, unchanged):
    for number in ("NaN", "Infinity", "-Infinity", "1e999", "1e999999999999999999999", "-0.1"):
        text = json.dumps(bet_body(session, amount="@")).replace('"@"', number)
        answer = api.post("/stake/bet", text)
        assert (answer.status, answer.fields) == (422, {"amount"}), number
        text = json.dumps(bet_body(session, options={"target": "@"})).replace('"@"', number)
        answer = api.post("/stake/bet", text)
        assert (answer.status, answer.fields) == (422, {"target"}), number


@pytest.mark.parametrize("name", ["nonsense", "0", "..", "%00", "x" * 3000, "%F0%9F%92%A9"])
def test_an_address_with_a_name_that_is_none(api, session, unchanged, name):
    for method, path in (
        ("GET", "/stake/session/{}"),
        ("DELETE", "/stake/session/{}"),
        ("POST", "/stake/session/{}/verify"),
        ("PUT", "/stake/session/{}/live"),
        ("GET", "/stake/bet/{}"),
    ):
        answer = api.request(method, path.format(name))
        assert answer.status == 422, (path, answer.text)
        assert answer.fields <= {"session", "intent"}


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/stake/bet", {"limit": "0"}, "limit"),
        ("/stake/bet", {"limit": "201"}, "limit"),
        ("/stake/bet", {"limit": "ten"}, "limit"),
        ("/stake/bet", {"offset": "-1"}, "offset"),
        ("/stake/bet", {"offset": "9" * 30}, "offset"),
        ("/stake/bet", {"pending": "maybe"}, "pending"),
        ("/stake/bet", {"session": "nonsense"}, "session"),
        ("/stake/bet", {"session": "x" * 50}, "session"),
        ("/stake/rotations", {"limit": "201"}, "limit"),
        ("/stake/rotations", {"session": "\0"}, "session"),
        ("/stake/limits", {"session": "nonsense"}, "session"),
        ("/stake/balance", {"session": "nonsense"}, "session"),
        ("/stake/bets/house:1", {"session": "nonsense"}, "session"),
    ],
)
def test_a_parameter_is_named(api, session, unchanged, path, query, field):
    answer = api.get(path, **query)
    assert (answer.status, answer.fields) == (422, {field}), answer.text
