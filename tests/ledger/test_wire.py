"""Requests and answers as JSON: read exactly, refused by the field's name, told with the status of their code."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import Currency
from ledger.operations import Code, Done, Kind, Op, Refused
from ledger.wire import BadRequest, read_operation, tell

POINTS = Currency("PTS", 2)
ID = UUID("0b2f6c1e-9f0d-4f4a-8a2b-6a3c2f1d0e9c")
OTHER = UUID("1b2f6c1e-9f0d-4f4a-8a2b-6a3c2f1d0e9c")


@pytest.mark.parametrize(
    ("kind", "body", "op"),
    [
        (Kind.DEPOSIT, {"amount": "1.50"}, Op(Kind.DEPOSIT, 7, ID, 150)),
        (
            Kind.PLACE,
            {"amount": "2", "ref_type": "round", "ref_id": "9", "expected_version": 0},
            Op(Kind.PLACE, 7, ID, 200, expected_version=0, ref_type="round", ref_id="9"),
        ),
        (Kind.WIN, {"payout": "0", "hold": str(OTHER)}, Op(Kind.WIN, 7, ID, 0, hold=OTHER)),
        (Kind.VOID, {"hold": str(OTHER)}, Op(Kind.VOID, 7, ID, hold=OTHER)),
        (Kind.TRANSFER, {"amount": "0.01", "to": 8}, Op(Kind.TRANSFER, 7, ID, 1, other_wallet_id=8)),
        (
            Kind.REVERSE,
            {"undone": str(OTHER), "reason": "twice"},
            Op(Kind.REVERSE, 7, ID, undone=OTHER, reason="twice"),
        ),
    ],
)
def test_a_request_is_read(kind: Kind, body: dict[str, Any], op: Op) -> None:
    assert read_operation(kind, 7, POINTS, {"client_id": str(ID), **body}) == op


def test_the_address_may_name_the_hold() -> None:
    assert read_operation(Kind.LOSE, 7, POINTS, {"client_id": str(ID)}, hold=OTHER).hold == OTHER


@pytest.mark.parametrize(
    ("kind", "change", "field"),
    [
        *((Kind.PLACE, {"amount": bad}, "amount") for bad in (None, 1, 1.5, "-1", "0", "0.00", "1.001", "1e3", "NaN")),
        *(
            (Kind.PLACE, {"amount": bad}, "amount")
            for bad in ("Infinity", "1e999", "9" * 19, "9" * 5_000, "１", "", True)
        ),
        *((Kind.PLACE, {"client_id": bad}, "client_id") for bad in (None, 7, "7", ID.hex, "{" + str(ID) + "}", "\x00")),
        *((Kind.PLACE, {"expected_version": bad}, "expected_version") for bad in (-1, 1.0, "1", True, 2**63, 10**400)),
        *((Kind.PLACE, {"ref_id": bad}, "ref_id") for bad in (7, "a\x00", "a\nb", "\ud800", "a" * 101)),
        *((Kind.TRANSFER, {"to": bad}, "to") for bad in (None, "8", -8, 2**63)),
        (Kind.WIN, {"payout": "-0.01"}, "payout"),
        (Kind.WIN, {"hold": None}, "hold"),
        (Kind.REVERSE, {"undone": "x"}, "undone"),
        (Kind.LOSE, {"payout": "1"}, "payout"),
        (Kind.PLACE, {"stake": "1"}, "stake"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(kind: Kind, change: dict[str, Any], field: str) -> None:
    good: dict[str, Any] = {"client_id": str(ID)}
    if kind in (Kind.PLACE, Kind.TRANSFER):
        good["amount"] = "1"
    if kind == Kind.TRANSFER:
        good["to"] = 8
    if kind == Kind.WIN:
        good |= {"payout": "1", "hold": str(OTHER)}
    if kind == Kind.LOSE:
        good["hold"] = str(OTHER)
    if kind == Kind.REVERSE:
        good["undone"] = str(OTHER)
    read_operation(kind, 7, POINTS, dict(good))
    with pytest.raises(BadRequest) as refused:
        read_operation(kind, 7, POINTS, {**good, **change})
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("body", [None, [], "x", 1, [{"client_id": str(ID)}]])
def test_a_body_is_an_object(body: object) -> None:
    with pytest.raises(BadRequest):
        read_operation(Kind.PLACE, 7, POINTS, body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("client_id", "amount", "payout", "hold", "to", "undone", "expected_version", "ref_type", "ref_id", "reason")


@given(st.sampled_from(list(Kind)), st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6))
def test_whatever_is_sent_is_read_or_refused(kind: Kind, body: dict[str, Any]) -> None:
    try:
        op = read_operation(kind, 7, POINTS, body)
    except BadRequest as refused:
        named = refused.fields
    else:
        named = {"none": ""}
        assert op.amount >= 0
    assert named


def test_what_was_done_is_told_in_the_currency() -> None:
    told = tell(Done(7, ID, 150, 5, 3), POINTS)
    assert told.status == 200
    assert told.body == {
        **{"wallet_id": 7, "client_id": str(ID), "currency": "PTS"},
        **{"available": "1.50", "locked": "0.05", "version": 3, "replayed": False},
    }


@pytest.mark.parametrize(
    ("refused", "status", "details", "words"),
    [
        (
            Refused(7, ID, Code.INSUFFICIENT_FUNDS, need=1000, have=250),
            *(402, {"need": "10.00", "have": "2.50"}, "This needs 10.00 PTS; 2.50 PTS is available."),
        ),
        (
            Refused(7, ID, Code.VERSION_CONFLICT, expected=3, actual=4),
            *(409, {"expected": 3, "actual": 4}, "The wallet is at version 4, not 3."),
        ),
        (
            Refused(7, ID, Code.LIMIT, which="most", allowed=500),
            *(422, {"which": "most", "allowed": "5.00"}, "The most that one operation moves is 5.00 PTS."),
        ),
        (
            Refused(7, ID, Code.NOT_FOUND, which="other_wallet"),
            404,
            {"which": "other_wallet"},
            "There is no such other wallet.",
        ),
        (Refused(7, ID, Code.HOLD_CLOSED, which="hold"), 409, {"which": "hold"}, "It has been ended already."),
        (
            Refused(7, ID, Code.UNAVAILABLE, which="Wagers"),
            *(503, {"which": "Wagers"}, "Wagers are paused just now; nothing was done."),
        ),
    ],
)
def test_a_refusal_is_told(refused: Refused, status: int, details: dict[str, Any], words: str) -> None:
    told = tell(refused, POINTS)
    assert told.status == status
    assert told.body["error"] == {"code": refused.code.value, "message": words, "fields": {}, **details}


@pytest.mark.parametrize("code", list(Code))
def test_every_code_is_told_even_without_a_wallet(code: Code) -> None:
    told = tell(Refused(7, ID, code), None)
    assert 400 <= told.status < 600
    assert told.body["detail"] == told.body["error"]["message"]
