"""The script of faults: in their order, as often as they say, and read from JSON with a sentence where that fails."""

from dataclasses import dataclass
from typing import Any

import pytest

from loopback.faults import Script, read_details


@dataclass(slots=True)
class Fault:
    """Fits any request, or those of its operation."""

    kind: str
    operation: str = ""
    times: int | None = 1
    skip: int = 0
    seconds: float = 0.0


def kinds_met(script: Script[Fault], operation: str = "a") -> tuple[list[str], str | None]:
    lasting, other = script.take(lambda fault: fault.operation in ("", operation))
    return [fault.kind for fault in lasting], other.kind if other else None


def test_a_request_meets_what_lasts_and_one_of_the_others() -> None:
    script: Script[Fault] = Script(Fault, frozenset({"lasting"}))
    script.add("first", "a", times=2)
    script.add("lasting", times=None)
    script.add("second")
    script.add("lasting", "b")
    assert kinds_met(script) == (["lasting"], "first")
    assert kinds_met(script, "b") == (["lasting", "lasting"], "second")
    assert kinds_met(script) == (["lasting"], "first")
    assert kinds_met(script) == (["lasting"], None)
    assert [fault.kind for fault in script.waiting()] == ["lasting"]
    script.clear()
    assert kinds_met(script) == ([], None)


def test_requests_pass_before_a_fault_that_skips() -> None:
    script: Script[Fault] = Script(Fault, frozenset())
    script.add("skips", skip=2)
    script.add("other", times=3)
    assert [kinds_met(script)[1] for _ in range(5)] == ["other", "other", "skips", "other", None]


KINDS: dict[str, type] = {"times": int, "skip": int, "seconds": float}


@pytest.mark.parametrize("given", [{"kind": "late", "seconds": 1.5, "skip": 2}, {"kind": "late", "times": None}])
def test_details_are_read(given: dict[str, Any]) -> None:
    assert read_details(Fault, given, KINDS, ValueError) == given


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "kind is missing."),
        ({"kind": "late", "x" * 300: 1}, f"{'x' * 200} is nothing that a fault has."),
        ({"kind": None}, "kind must be of the kind str."),
        ({"kind": "x" * 201}, "kind must be of the kind str."),
        ({"kind": "late", "times": True}, "times must be of the kind int."),
        ({"kind": "late", "skip": None}, "skip must be of the kind int."),
        ({"kind": "late", "seconds": "1"}, "seconds must be of the kind float."),
    ],
)
def test_details_that_are_none(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"\A{message}\Z"):
        read_details(Fault, given, KINDS, ValueError)
