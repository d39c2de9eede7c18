"""JSON that means one thing to everybody, or is refused with a sentence."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.strict_json import NOT_WHOLE, NotJson, loads

# The machine may be busy; what is generated here is small.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WITHOUT_FLOATS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@unhurried
@given(WITHOUT_FLOATS)
def test_what_is_written_is_read(value: Any) -> None:
    assert loads(json.dumps(value).encode()) == value


@unhurried
@given(st.binary(max_size=40) | st.text(alphabet='{}[]":,0123456789.eE-+tfn\\u \t', max_size=40).map(str.encode))
def test_whatever_is_sent_is_read_or_refused(body: bytes) -> None:
    says = "."
    try:
        loads(body)
    except NotJson as refused:
        says = str(refused)
    assert says.endswith(".")


@pytest.mark.parametrize(
    "text", ["1.0", "1e2", "1E400", "-0.5", "NaN", "Infinity", "-Infinity", "1e99999999999999999999"]
)
def test_a_number_that_is_not_whole_is_none_of_ours(text: str) -> None:
    assert loads(f'{{"amount": {text}}}'.encode()) == {"amount": NOT_WHOLE}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"a": 1, "b": 2, "a": 1}', "names “a” twice"),
        (b'[{"x": {"a": 1, "\\u0061": 2}}]', "names “a” twice"),
        (b'{"\\ud800": 1, "\\ud800": 2}', r"names “\?” twice"),
        (b"", "not valid JSON"),
        (b"{} {}", "not valid JSON"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": 1,}', "not valid JSON"),
        (b'"\x01"', "not valid JSON"),
        (b"\xff", "not valid UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not valid UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not valid UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"1" * 5_000, "too many digits"),
        # Looked for once, not once for each name.
        (b"{" + b",".join(b'"%d":0' % n for n in range(100_000)) + b',"7":0}', "names “7” twice"),
    ],
)
def test_what_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(NotJson, match=says):
        loads(body)


def test_a_mark_of_the_byte_order_is_no_part_of_it() -> None:
    assert loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
