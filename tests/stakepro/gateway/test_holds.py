"""The shortcuts of the hot path say exactly what `ledger.wire` says."""

import json
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import batch_wire
from ledger.batch_wire import Shape
from ledger.money import BALANCE_MAX, Currency
from ledger.operations import Answer, Code, Done, Kind, Refused
from ledger.wire import BadRequest, read_operation, tell
from stakepro.gateway import holds

# On a busy machine the first draws are slow; that says nothing about what is drawn.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

currencies = st.builds(Currency, st.sampled_from(["EUR", "BTC", "PTS2"]), st.integers(0, 12))
minor = st.integers(-BALANCE_MAX, BALANCE_MAX)
done = st.builds(Done, st.integers(1, 5), st.uuids(), minor, minor, st.integers(0, 2**63 - 1), st.booleans())
maybe = st.none() | minor
refused = st.builds(
    Refused,
    st.integers(1, 5),
    st.uuids(),
    st.sampled_from(Code),
    expected=maybe,
    actual=maybe,
    need=maybe,
    have=maybe,
    which=st.sampled_from(["", "least", "most", "balance", "wallet", "Wagers"]),
    allowed=maybe,
    replayed=st.booleans(),
)
answers = done | refused


@patient
@given(answers, currencies)
def test_an_answer_is_told_as_the_wire_tells_it(answer: Answer, currency: Currency) -> None:
    what = tell(answer, currency)
    assert holds.told(answer, currency) == (what.status, json.dumps(what.body).encode())


@patient
@given(refused)
def test_a_refusal_without_a_currency_too(answer: Refused) -> None:
    what = tell(answer, None)
    assert holds.told(answer, None) == (what.status, json.dumps(what.body).encode())


@patient
@given(st.lists(answers, max_size=5), currencies)
def test_a_batch_is_told_as_the_wire_tells_it(several: list[Answer], currency: Currency) -> None:
    known = dict.fromkeys(range(1, 6), currency)
    assert holds.told_all(several, known) == json.dumps(batch_wire.tell_all(several, known)).encode()


ids = st.uuids().map(str) | st.uuids().map(lambda each: str(each).upper()) | st.text(max_size=5)
amounts = st.from_regex(r"[0-9]{1,20}(\.[0-9]{0,13})?", fullmatch=True) | st.text(max_size=5) | st.integers()
others = st.dictionaries(
    st.sampled_from(["ref_type", "ref_id", "reason", "expected_version", "x"]), st.text(max_size=3)
)
bodies = st.builds(lambda a, b, c: {"client_id": a, "amount": b, **c}, ids, amounts, others)
things = bodies | st.dictionaries(st.sampled_from(["client_id", "amount", "x"]), ids | amounts | st.none())


@patient
@given(things | st.none() | st.lists(st.integers()), currencies)
def test_a_wager_is_read_as_the_wire_reads_it(body: Any, currency: Currency) -> None:
    assert _read(holds.read_hold, 7, currency, body) == _read(read_operation, Kind.PLACE, 7, currency, body)


shapes = st.sampled_from([Shape("holds", Kind.PLACE), Shape("holds", Kind.PLACE, 1), Shape("holds", Kind.PLACE, 9)])
wallets = st.integers(0, 3) | st.just("1") | st.booleans() | st.none()
plain = st.builds(lambda a, b: {"client_id": str(a), "amount": str(b)}, st.uuids(), st.integers(1, 99))
items = st.lists(plain | bodies, max_size=3)


@patient
@given(items, st.lists(wallets, min_size=3, max_size=3), shapes, currencies)
def test_a_batch_is_read_as_the_wire_reads_it(
    several: list[dict[str, Any]], named: list[Any], shape: Shape, currency: Currency
) -> None:
    for item, wallet in zip(several, named, strict=False):
        if wallet is not None:
            item["wallet_id"] = wallet
    known = {1: currency, 2: currency}
    assert _read(holds.read_batch, several, shape, known) == _read(batch_wire.read_operations, several, shape, known)


def _read(read: Any, *args: Any) -> Any:
    try:
        return read(*args)
    except BadRequest as error:
        return error.fields


def test_a_read_wager_does_not_keep_or_change_the_body() -> None:
    body = {"client_id": str(UUID(int=1)), "amount": "1"}
    holds.read_hold(7, Currency("EUR", 2), body)
    assert body == {"client_id": str(UUID(int=1)), "amount": "1"}
