"""Moving money over HTTP, one request at a time.

Designs of ledgers before this one had these defects; each is held here at the door where it would come in:
- amounts as doubles, so that 0.3 - 0.1 left 0.19999999999999998: `test_amounts_are_exact`;
- a negative amount that credits instead of taking: `test_what_is_no_amount_is_refused`;
- an outage that looks like "insufficient", or a refusal that looks like success, because the reply's shape says too
  little: `test_each_refusal_has_its_own_code`, `test_a_full_queue_says_busy`, `test_a_pause_is_not_a_lack_of_funds`;
- no client id, or one that is forgotten after a day, so that a retry is done again: `test_a_retry_is_answered_again…`;
- the version is looked at before the client id, so that a retry of what succeeded is told "conflict":
  `test_a_retry_of_what_succeeded_is_no_conflict`;
- a refused request whose late duplicate succeeds: `test_a_late_duplicate_of_a_refusal_is_refused`;
- a win that names its own wager, without a bet, and pays again with each new id: `test_a_hold_ends_once`;
- a wager that is taken away and never locked, so that open rounds cannot be reconciled: `test_a_wager_is_locked`;
- a win for an account that does not exist, written down and credited to nobody: `test_no_such_wallet`;
- client ids that are times or words, cast to a UUID in the database: `test_what_cannot_be_read_is_refused_by_name`;
- a loss that vanishes, since nobody is on the other side: `test_what_is_lost_the_house_has`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts import switches
from accounts.audit import By
from ledger import checks, posting, queries
from ledger.operations import Kind, Op
from ledger.poster import Poster
from tests.ledger.client import Api
from tests.ledger.conftest import AT

Opener = Callable[..., int]


@pytest.fixture
def api(ledger: None) -> Api:
    return Api("ledger", "read")


@pytest.fixture
def ann(api: Api, wallet: Opener) -> str:
    """The address of a wallet with 5.00."""
    path = f"wallets/{wallet('ann')}"
    assert api.ask(f"{path}/deposits", amount="5.00").status == 200
    return path


def balance(api: Api, path: str) -> tuple[str, str, int]:
    body = api.get(path).body
    return body["available"], body["locked"], body["version"]


def test_it_works(api: Api, wallet: Opener) -> None:
    number = wallet("ann")
    client_id = str(uuid4())
    answer = api.ask(f"wallets/{number}/deposits", client_id=client_id, amount="2.5", ref_type="bank", ref_id="17")
    assert (answer.status, answer.body) == (
        200,
        {
            "wallet_id": number,
            "client_id": client_id,
            "currency": "PTS",
            "available": "2.50",
            "locked": "0.00",
            "version": 1,
            "replayed": False,
        },
    )


def test_every_kind_of_request(api: Api, ann: str, wallet: Opener) -> None:
    def ids() -> str:
        return str(uuid4())

    bob = wallet("bob")
    won, lost, void, left, stayed, moved = (ids() for _ in range(6))
    steps: list[tuple[str, dict[str, Any], tuple[str, str]]] = [
        ("holds", {"client_id": won, "amount": "1"}, ("4.00", "1.00")),
        (f"holds/{won}/win", {"payout": "2.50"}, ("6.50", "0.00")),
        ("holds", {"client_id": lost, "amount": "1"}, ("5.50", "1.00")),
        (f"holds/{lost}/lose", {}, ("5.50", "0.00")),
        ("holds", {"client_id": void, "amount": "1"}, ("4.50", "1.00")),
        (f"holds/{void}/void", {"reason": "called off"}, ("5.50", "0.00")),
        ("withdrawals", {"client_id": left, "amount": "1"}, ("4.50", "1.00")),
        (f"withdrawals/{left}/settle", {}, ("4.50", "0.00")),
        ("withdrawals", {"client_id": stayed, "amount": "1"}, ("3.50", "1.00")),
        (f"withdrawals/{stayed}/reject", {}, ("4.50", "0.00")),
        ("transfers", {"client_id": moved, "to": bob, "amount": "0.25"}, ("4.25", "0.00")),
        ("reversals", {"undone": moved, "reason": "to the wrong one"}, ("4.50", "0.00")),
    ]
    for path, fields, (available, locked) in steps:
        answer = api.ask(f"{ann}/{path}", **fields)
        assert (answer.status, answer.body["available"], answer.body["locked"]) == (200, available, locked), path
    assert balance(api, f"wallets/{bob}") == ("0.00", "0.00", 2)
    assert checks.check() == []


def test_a_wager_is_locked(api: Api, ann: str) -> None:
    assert api.ask(f"{ann}/holds", amount="2").status == 200
    assert balance(api, ann) == ("3.00", "2.00", 2)


def test_what_is_lost_the_house_has(api: Api, ann: str) -> None:
    hold = str(uuid4())
    api.ask(f"{ann}/holds", client_id=hold, amount="2")
    api.ask(f"{ann}/holds/{hold}/lose")
    house = queries.wallets(kind="house", currency="PTS").wallets
    assert sum(each.available for each in house) == 200
    everything = queries.wallets(currency="PTS").wallets
    assert sum(each.available + each.locked for each in everything) == 0


def test_amounts_are_exact(api: Api, wallet: Opener) -> None:
    path = f"wallets/{wallet('ann', 'BTC')}"
    api.ask(f"{path}/deposits", amount="0.30000000")
    assert api.ask(f"{path}/holds", amount="0.1").body["available"] == "0.20000000"
    assert api.ask(f"{path}/deposits", amount="123456789.12345678").body["available"] == "123456789.32345678"
    for _ in range(10):
        last = api.ask(f"{path}/deposits", amount="0.00000001").body["available"]
    assert last == "123456789.32345688"


# --- Replay -----------------------------------------------------------------------------------------


def test_a_retry_is_answered_again_however_late(api: Api, wallet: Opener, poster: Poster) -> None:
    number, client_id = wallet("ann"), uuid4()
    poster.post([Op(Kind.DEPOSIT, number, client_id, 250)], at=AT - timedelta(days=400))
    for _ in range(3):
        api.ask(f"wallets/{number}/deposits", amount="1")
    posting.close()  # as after a restart
    again = api.ask(f"wallets/{number}/deposits", client_id=str(client_id), amount="2.50")
    assert (again.status, again.body["replayed"], again.body["version"], again.body["available"]) == (
        200,
        True,
        1,
        "2.50",
    )
    assert balance(api, f"wallets/{number}") == ("5.50", "0.00", 4)


def test_retries_out_of_order_are_each_answered_as_the_first_time(api: Api, ann: str) -> None:
    requests = [
        ("deposits", {"client_id": str(uuid4()), "amount": "1"}),
        ("holds", {"client_id": str(uuid4()), "amount": "6"}),
        ("holds", {"client_id": str(uuid4()), "amount": "6"}),
        ("withdrawals", {"client_id": str(uuid4()), "amount": "1"}),
    ]
    first = {path: [api.post(f"{ann}/{p}", body) for p, body in requests if p == path] for path, _ in requests}
    before = balance(api, ann)
    for path, body in reversed(requests):
        again = api.post(f"{ann}/{path}", body)
        then = next(each for each in first[path] if each.body["client_id"] == body["client_id"])
        assert (again.status, again.body) == (then.status, {**then.body, "replayed": True})
    assert balance(api, ann) == before


def test_a_retry_of_what_succeeded_is_no_conflict(api: Api, ann: str) -> None:
    body = {"client_id": str(uuid4()), "amount": "1", "expected_version": 1}
    assert api.post(f"{ann}/holds", body).status == 200
    again = api.post(f"{ann}/holds", body)
    assert (again.status, again.body["replayed"]) == (200, True)
    late = api.ask(f"{ann}/holds", amount="1", expected_version=1)
    assert (late.status, late.code) == (409, "VERSION_CONFLICT")
    assert (late.body["error"]["expected"], late.body["error"]["actual"]) == (1, 2)
    assert balance(api, ann) == ("4.00", "1.00", 2)


def test_a_late_duplicate_of_a_refusal_is_refused(api: Api, ann: str) -> None:
    body = {"client_id": str(uuid4()), "amount": "9"}
    assert api.post(f"{ann}/holds", body).status == 402
    api.ask(f"{ann}/deposits", amount="10")
    again = api.post(f"{ann}/holds", body)
    assert (again.status, again.code, again.body["replayed"]) == (402, "INSUFFICIENT_FUNDS", True)
    assert (again.body["error"]["need"], again.body["error"]["have"]) == ("9.00", "5.00")
    assert balance(api, ann) == ("15.00", "0.00", 2)


def test_a_client_id_is_one_request(api: Api, ann: str) -> None:
    body = {"client_id": str(uuid4()), "amount": "1"}
    api.post(f"{ann}/holds", body)
    others: list[tuple[str, dict[str, Any]]] = [("deposits", {}), ("holds", {"amount": "1.01"})]
    others += [("holds", {"ref_id": "other"}), ("holds", {"reason": "other"})]
    for path, change in others:
        other = api.post(f"{ann}/{path}", {**body, **change})
        assert (other.status, other.code) == (409, "IDEMPOTENCY_MISMATCH")
    assert balance(api, ann) == ("4.00", "1.00", 2)


def test_a_hold_ends_once(api: Api, ann: str) -> None:
    hold = str(uuid4())
    # A win that overtakes its wager is told so, and stays refused.
    early = {"client_id": str(uuid4()), "payout": "2"}
    assert api.post(f"{ann}/holds/{hold}/win", early).status == 404
    api.ask(f"{ann}/holds", client_id=hold, amount="1")
    assert api.post(f"{ann}/holds/{hold}/win", early).body["replayed"]
    assert api.ask(f"{ann}/holds/{hold}/win", payout="2").status == 200
    for path, fields in (("win", {"payout": "2"}), ("lose", {}), ("void", {})):
        again = api.ask(f"{ann}/holds/{hold}/{path}", **fields)
        assert (again.status, again.code) == (409, "HOLD_CLOSED")
    assert balance(api, ann) == ("6.00", "0.00", 3)


# --- Refused ----------------------------------------------------------------------------------------


def test_each_refusal_has_its_own_code(api: Api, ann: str) -> None:
    other = str(uuid4())
    asked = {
        "short": api.ask(f"{ann}/holds", amount="5.01"),
        "above": api.ask(f"{ann}/deposits", amount="10.01"),
        "hold": api.ask(f"{ann}/holds/{other}/void"),
        "undone": api.ask(f"{ann}/reversals", undone=other),
        "other": api.ask(f"{ann}/transfers", to=10**15, amount="1"),
    }
    assert {name: (answer.status, answer.code) for name, answer in asked.items()} == {
        "short": (402, "INSUFFICIENT_FUNDS"),
        "above": (422, "LIMIT"),
        "hold": (404, "NOT_FOUND"),
        "undone": (404, "NOT_FOUND"),
        "other": (404, "NOT_FOUND"),
    }
    assert (asked["above"].body["error"]["which"], asked["above"].body["error"]["allowed"]) == ("most", "10.00")
    assert balance(api, ann) == ("5.00", "0.00", 1)


def test_no_such_wallet(api: Api) -> None:
    for number in (0, 10**15, 2**63 - 1):
        answer = api.ask(f"wallets/{number}/deposits", amount="1.123456")
        assert (answer.status, answer.code, answer.body["error"]["which"]) == (404, "NOT_FOUND", "wallet")
        assert answer.body["wallet_id"] == number
    for word in ("x", "-1", "1.0", "٣", "9" * 30, "1e3"):
        assert set(api.ask(f"wallets/{word}/deposits", amount="1").fields) == {"wallet_id"}


TEXTS = ["-1", "-0.01", "0", "0.00", "-0", "1.001", "1e2", "1e999", "NaN", "Infinity", "-Infinity", "0x1", "1,5", ""]
TEXTS += [" 1", "1 ", "1.", ".5", "+1", "１", "9" * 19, "9" * 4_000, "1\x00", "\ud800", "99999999999999999999"]
NO_TEXTS: list[Any] = [1, 1.5, 0, -1, True, None, [], {}, ["1"], 10**400]
NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999", "1e99999999999999999999", "-0.0", "1" + "0" * 4_000]


def test_what_is_no_amount_is_refused(api: Api, ann: str) -> None:
    for amount in [*TEXTS, *NO_TEXTS]:
        answer = api.ask(f"{ann}/holds", amount=amount)
        assert (answer.status, set(answer.fields)) == (422, {"amount"}), amount
    for number in NUMBERS:
        answer = api.post(f"{ann}/holds", f'{{"client_id": "{uuid4()}", "amount": {number}}}'.encode())
        assert (answer.status, set(answer.fields)) == (422, {"amount"}), number
    for path in ("deposits", "withdrawals"):
        assert set(api.ask(f"{ann}/{path}", amount="-1").fields) == {"amount"}
    assert balance(api, ann) == ("5.00", "0.00", 1)


UNREADABLE: dict[str, list[Any]] = {
    "client_id": [None, 7, "1763719200_x", "7", "{}", "g" * 36, "\x00" * 36],
    "expected_version": [-1, "1", 1.0, True, 2**63],
    "reason": [7, "a\x00", "a\nb", "\ud800", "a" * 501],
    "stake": ["1"],
    "hold": [str(uuid4())],
}


def test_what_cannot_be_read_is_refused_by_name(api: Api, ann: str) -> None:
    for name, values in UNREADABLE.items():
        for value in values:
            answer = api.ask(f"{ann}/holds", **{"amount": "1", name: value})
            assert (answer.status, set(answer.fields)) == (422, {name}), value


NO_REQUESTS: list[tuple[bytes, int]] = [
    (b"", 422),
    (b"[]", 422),
    (b"null", 422),
    (b'"amount"', 422),
    (b"{", 422),
    (b'{"amount": "1"} {}', 422),
    (b'{"amount": "1", "amount": "2"}', 422),
    (b'{"reason": {"a": 1, "a": 1}}', 422),
    (b"\xff\xfe{\x00}\x00", 422),
    (b'{"amount": "\xed\xa0\x80"}', 422),
    (b'{"a":' * 10_000, 422),
    (b'{"amount": ' + b"1" * 5_000 + b"}", 422),
    (b"[" * 100_000, 413),
    (b" " * 10_000_000, 413),
]


def test_a_body_that_is_no_request(api: Api, ann: str) -> None:
    for body, status in NO_REQUESTS:
        answer = api.post(f"{ann}/holds", body)
        assert (answer.status, answer.code) == (status, "invalid" if status == 422 else "too_large"), body[:50]


def test_it_needs_the_scope(ledger: None, wallet: Opener) -> None:
    reader = Api("read", "write", "bet", label="reader")
    answer = reader.ask(f"wallets/{wallet('ann')}/deposits", amount="1")
    assert (answer.status, answer.code) == (403, "scope_missing")
    stranger = Api("ledger", label="stranger")
    assert (stranger.get("wallets").status, stranger.get("currencies").status) == (403, 403)


def test_a_full_queue_says_busy(api: Api, ann: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"client_id": str(uuid4()), "amount": "1"}
    with monkeypatch.context() as patched:
        patched.setattr("ledger.engine.QUEUE_MAX", 0)
        busy = api.post(f"{ann}/holds", body)
    assert (busy.status, busy.code, busy.headers["Retry-After"]) == (503, "BUSY", "1")
    # Nothing was decided, so the same request is done now.
    assert api.post(f"{ann}/holds", body).body["replayed"] is False


def test_a_pause_is_not_a_lack_of_funds(api: Api, ann: str) -> None:
    switches.turn(switches.WAGERS_PAUSED, True, by=By("olga", "user"), at=AT)
    body = {"client_id": str(uuid4()), "amount": "1"}
    paused = api.post(f"{ann}/holds", body)
    assert (paused.status, paused.code, paused.body["error"]["which"]) == (503, "UNAVAILABLE", "Wagers")
    switches.turn(switches.WAGERS_PAUSED, False, by=By("olga", "user"), at=AT)
    assert api.post(f"{ann}/holds", body).status == 200
