"""Wallets over HTTP: opened once, read now and then, their statements as pages and as a file; currencies and events.

Sums that went through a float or were cut off at a thousand rows, and owners that had to be UUIDs, were defects of
ledgers before this one.
"""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts import downloads
from events import retention
from ledger import queries
from ledger.operations import Kind, Op
from ledger.poster import Poster
from streams.exporting.csv_file import restored
from tests.ledger.client import Api
from tests.ledger.conftest import AT

Opener = Callable[..., int]
HOUR = timedelta(hours=1)


@pytest.fixture
def api(ledger: None) -> Api:
    return Api("ledger", "read")


@pytest.fixture
def ann(api: Api, wallet: Opener, poster: Poster) -> str:
    """The address of a wallet with a deposit an hour of 0.01, 0.02, 0.03, 0.04."""
    number = wallet("ann")
    for hour in range(4):
        poster.post([Op(Kind.DEPOSIT, number, uuid4(), hour + 1, reason=f"hour {hour}")], at=AT + hour * HOUR)
    return f"wallets/{number}"


# --- Opening ----------------------------------------------------------------------------------------


def test_it_is_opened_once(api: Api) -> None:
    new = {"owner": "0xC0FFEE", "currency": "PTS"}
    first, again = api.post("wallets", new), api.post("wallets", new)
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    assert (first.body["owner"], first.body["kind"], first.body["available"], first.body["version"]) == (
        "0xC0FFEE",
        "user",
        "0.00",
        0,
    )
    others = [api.post("wallets", {**new, **change}) for change in ({"currency": "BTC"}, {"kind": "agent"})]
    assert [each.status for each in others] == [201, 201]
    assert len({first.body["id"], *(each.body["id"] for each in others)}) == 3
    assert api.ask(f"wallets/{first.body['id']}/deposits", amount="1").status == 200


WRONG: dict[str, list[Any]] = {
    "owner": [None, "", "  ", 7, "a" * 101, "a\x00", "a\nb", "\ud800", ["ann"]],
    "currency": [None, "", "XXX", "pts", 7, "\x00", "\ud800", "P" * 1_000, ["PTS"]],
    "kind": [None, "house", "world", "User", 7, ["user"]],
    "shard": [3],
}


def test_what_cannot_be_opened(api: Api) -> None:
    for name, values in WRONG.items():
        for value in values:
            answer = api.post("wallets", {"owner": "ann", "currency": "PTS", name: value})
            assert (answer.status, set(answer.fields)) == (422, {name}), value
    assert set(api.post("wallets", {}).fields) == {"owner", "currency"}
    assert set(api.post("wallets", []).fields) == {"body"}
    assert api.get("wallets", owner="ann").body == {"wallets": [], "next_after": None}


# --- Reading ----------------------------------------------------------------------------------------


def test_the_list_goes_on(api: Api, wallet: Opener) -> None:
    own = [wallet(f"player {number}") for number in range(5)]
    seen, after = [], 0
    while after is not None:
        page = api.get("wallets", kind="user", currency="PTS", after=after, limit=2).body
        seen += [each["id"] for each in page["wallets"]]
        after = page["next_after"]
    assert seen == own
    assert [each["id"] for each in api.get("wallets", owner="player 3").body["wallets"]] == [own[3]]
    strange = api.post("wallets", {"owner": "Zo\u00eb\u00a0\u2028\U0001f3b2", "currency": "PTS"}).body
    assert api.get("wallets", owner=strange["owner"]).body["wallets"] == [strange]
    for bad in ({"owner": "a\x00"}, {"owner": "a" * 101}, {"currency": "P" * 11}, {"kind": "bank"}, {"after": "x"}):
        assert set(api.get("wallets", **bad).fields) == set(bad)
    assert len(api.get("wallets", kind="house", currency="PTS").body["wallets"]) == 16


def test_what_it_had(api: Api, ann: str) -> None:
    now = api.get(ann).body
    assert (now["available"], now["version"], "recorded_at" in now) == ("0.10", 4, False)
    for version, available in enumerate(("0.00", "0.01", "0.03", "0.06", "0.10")):
        then = api.get(ann, version=version).body
        assert (then["available"], then["version"]) == (available, version)
        assert then["recorded_at"] == (f"2026-11-21T{11 + version}:00:00.123456Z" if version else None)
    for at, version in (
        ("2026-11-21T12:00:00Z", 0),
        ("2026-11-21T12:00:00.123456Z", 1),
        ("2026-11-21T14:30:00", 3),
        ("2026-11-21T15:30:00+01:00", 3),
        ("2027-01-01", 4),
    ):
        assert api.get(ann, at=at).body["version"] == version, at
    assert api.get(ann, version=5).status == 404
    for bad in ({"version": "-1"}, {"version": "x"}, {"at": "yesterday"}, {"at": "0001-01-01T00:00:00+14:00"}):
        assert set(api.get(ann, **bad).fields) == set(bad)
    assert set(api.get(ann, version=1, at="2027-01-01").fields) == {"at"}
    assert api.get("wallets/999999999").status == 404
    assert set(api.get("wallets/x").fields) == {"wallet_id"}


def test_the_statement_by_page(api: Api, ann: str) -> None:
    seen, after = [], 0
    while after is not None:
        page = api.get(f"{ann}/entries", after_version=after, limit=3).body
        seen += page["entries"]
        after = page["next_after_version"]
    assert [each["version"] for each in seen] == [1, 2, 3, 4]
    assert [each["available_change"] for each in seen] == ["0.01", "0.02", "0.03", "0.04"]
    assert seen[-1] | {"client_id": ""} == {
        "version": 4,
        "kind": "deposit",
        "recorded_at": "2026-11-21T15:00:00.123456Z",
        "available_change": "0.04",
        "locked_change": "0.00",
        "available": "0.10",
        "locked": "0.00",
        "client_id": "",
        "ref_type": "",
        "ref_id": "",
        "reason": "hour 3",
        "journal": 4,
    }
    for name, bad in (("limit", "0"), ("limit", "1001"), ("after_version", "x"), ("after_version", "9" * 30)):
        assert set(api.get(f"{ann}/entries", **{name: bad}).fields) == {name}


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "'=1", "''=1", 'it\'s, "quoted"', "plain"]  # noqa: RUF001


def test_the_statement_as_a_file(api: Api, wallet: Opener, poster: Poster) -> None:
    number = wallet("ann", "BTC")
    deposits = [Op(Kind.DEPOSIT, number, uuid4(), 10**15 + n, reason=text) for n, text in enumerate(FORMULAS)]
    poster.post([*deposits, Op(Kind.PLACE, number, uuid4(), 1, ref_type="=a", ref_id="-1")], at=AT)
    headers, text = api.download(f"wallets/{number}/entries.csv")
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"] == f'attachment; filename="wallet_{number}_BTC_entries.csv"'
    rows = list(csv.DictReader(io.StringIO(text)))
    told = api.get(f"wallets/{number}/entries").body["entries"]
    same = [name for name in told[0] if name not in ("reason", "ref_type", "ref_id")]
    assert [[row[name] for name in same] for row in rows] == [[str(each[name]) for name in same] for each in told]
    assert [row["available_change"] for row in rows][-2:] == ["10000000.00000008", "-0.00000001"]
    # No cell of a caller's begins as a formula does, and what was sent can be had back.
    for column in ("reason", "ref_type", "ref_id"):
        assert not any(row[column].startswith(("=", "+", "-", "@", "＝")) for row in rows)  # noqa: RUF001
        assert [restored(row[column]) for row in rows] == [each[column] for each in told]
    _, behind = api.download(f"wallets/{number}/entries.csv", after_version=9)
    assert [row["version"] for row in csv.DictReader(io.StringIO(behind))] == ["10"]


def test_few_files_are_sent_at_once(api: Api, ann: str, settings: Any) -> None:
    settings.DOWNLOADS_PER_WORKER = 1
    wallet = queries.find_wallet(int(ann.rpartition("/")[2]))
    slow = downloads.respond(iter([b"a", b"b"]), content_type="text/csv", disposition="attachment", method="GET")
    busy = api.call("GET", f"{ann}/entries.csv")
    assert (busy.status, busy.code) == (503, "busy")
    slow.close()
    _, text = api.download(f"{ann}/entries.csv")
    assert len(text.splitlines()) == 1 + wallet.version


# --- Currencies -------------------------------------------------------------------------------------


def test_currencies(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("add_currency", "USDT", "6", least="0.01", most="1000")
    assert capsys.readouterr().out == "USDT has 6 decimals; one operation moves 0.010000 to 1000.000000 USDT.\n"
    assert api.get("currencies").body["currencies"] == [
        {"code": "BTC", "scale": 8, "least": "0.00000001", "most": None},
        {"code": "PTS", "scale": 2, "least": "0.01", "most": "10.00"},
        {"code": "USDT", "scale": 6, "least": "0.010000", "most": "1000.000000"},
    ]
    call_command("add_currency", "USDT", "6")  # no limits any more
    assert api.get("currencies").body["currencies"][-1]["most"] is None
    for refused in (
        ["USDT", "8"],
        ["usdt", "6"],
        ["DOGE", "13"],
        ["DOGE", "2", "--least=0.001"],
        ["DOGE", "2", "--most=-1"],
    ):
        with pytest.raises(CommandError):
            call_command("add_currency", *refused)
    assert len(api.get("currencies").body["currencies"]) == 3


def test_a_currency_that_is_added_later_is_there_at_once(api: Api, ann: str) -> None:
    assert api.ask(f"{ann}/deposits", amount="1").status == 200  # the engine runs
    call_command("add_currency", "USDT", "6", least="0.01")
    opened = api.post("wallets", {"owner": "ann", "currency": "USDT"}).body
    assert api.ask(f"wallets/{opened['id']}/deposits", amount="1").body["available"] == "1.000000"
    assert api.ask(f"wallets/{opened['id']}/deposits", amount="0.009").code == "LIMIT"


# --- Events -----------------------------------------------------------------------------------------


def test_events_by_polling(api: Api, ann: str, wallet: Opener) -> None:
    stream = ann.replace("wallets/", "wallet:")
    other = wallet("bob")
    api.ask(f"wallets/{other}/deposits", amount="1")
    page = api.get("events", stream=stream, limit=3).body
    assert [event["body"]["version"] for event in page["events"]] == [1, 2, 3]
    assert [event["prev"] for event in page["events"]] == [None, *(event["seq"] for event in page["events"][:2])]
    assert (page["gone"], page["events"][0]["at"]) == (False, "2026-11-21T12:00:00.123456Z")
    rest = api.get("events", stream=[stream, f"wallet:{other}"], after=page["events"][-1]["seq"]).body
    assert [event["stream"] for event in rest["events"]] == [stream, f"wallet:{other}"]
    assert rest["last_seq"] >= rest["events"][-1]["seq"]
    assert api.get("events", stream=stream, after=rest["last_seq"]).body["events"] == []
    retention.prune(at=AT + timedelta(days=365))
    assert api.get("events", stream=stream).body == {"events": [], "last_seq": rest["last_seq"], "gone": True}


def test_events_of_nothing(api: Api) -> None:
    for bad in ({}, {"stream": ""}, {"stream": "Wallet 7"}, {"stream": ["wallet:7"] * 101}, {"stream": "a" * 101}):
        assert set(api.get("events", **bad).fields) == {"stream"}
    for name, value in (("after", "x"), ("after", "9" * 40), ("limit", "501"), ("limit", "0")):
        assert set(api.get("events", stream="wallet:7", **{name: value}).fields) == {name}
