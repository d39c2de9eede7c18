"""`check`: recompute the records of known answers, and say which ones differ."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from fairness.commands.common import exact, find_game, read_source
from fairness.errors import InvalidInput
from fairness.rounds import play

TOLERANCE = 1e-9
# Answers that were recorded with fewer digits, by the end of their name.
ABSOLUTE = {"_12dp": 1e-11, "_3dp": 0.0005 + 1e-12}
RELATIVE = {"_unfloored": 1e-6}


@dataclass(slots=True)
class Tally:
    """What became of a game's records; a disputed one is skipped, since nobody knows what it should be."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `check`."""
    parser = commands.add_parser("check", help="check files of known answers")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.json", help="an array of records")
    parser.set_defaults(run=_run)


def _run(namespace: argparse.Namespace) -> int:
    tallies: dict[str, Tally] = {}
    for path in namespace.files:
        for number, record in enumerate(_read(path), start=1):
            _take(record, f"{path.name} record {number}", tallies)
    for name, tally in tallies.items():
        print(f"{name} passed {tally.passed} failed {tally.failed} skipped {tally.skipped}")
    passed, failed = (sum(getattr(tally, what) for tally in tallies.values()) for what in ("passed", "failed"))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def _read(path: Path) -> list[Any]:
    try:
        records = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise InvalidInput("file", f"{path.name} cannot be read: {error.strerror}") from error
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise InvalidInput("file", f"{path.name} is not JSON") from error
    if not isinstance(records, list):
        raise InvalidInput("file", f"{path.name} holds no array of records")
    return records


def _take(record: Any, place: str, tallies: dict[str, Tally]) -> None:
    slug = record.get("game") if isinstance(record, Mapping) else None
    tally = tallies.setdefault(slug if isinstance(slug, str) else "unknown", Tally())
    if isinstance(record, Mapping) and record.get("status") == "disputed":
        tally.skipped += 1
        return
    faults = list(differences(record))
    tally.failed += bool(faults)
    tally.passed += not faults
    for fault in faults:
        print(f"{place}: {fault}", file=sys.stderr)


def differences(record: Any) -> Iterable[str]:
    """What is wrong about a record, a sentence each; nothing when it is as the library computes it."""
    if not isinstance(record, Mapping):
        yield "is not an object"
        return
    expected, params = record.get("expected"), record.get("params", {})
    if not isinstance(expected, Mapping) or not expected:
        yield "names nothing expected"
        return
    if not isinstance(params, Mapping):
        yield "params must be an object"
        return
    try:
        answers = play(find_game(record.get("game") or ""), read_source(record), params).answers
    except InvalidInput as error:
        yield str(error)
        return
    for name, wanted in expected.items():
        if name not in answers:
            yield f"{name} is not an answer of this game"
        elif not agrees(name, wanted, answers[name]):
            yield f"{name} should be {exact(wanted)} and is {exact(answers[name])}"


def agrees(name: str, wanted: Any, found: Any) -> bool:
    """Whether an answer is the expected one; numbers as near as the answer of this name was recorded."""
    if isinstance(wanted, list) or isinstance(found, list | tuple):
        if not isinstance(wanted, list) or not isinstance(found, list | tuple) or len(wanted) != len(found):
            return False
        return all(agrees(name, one, other) for one, other in zip(wanted, found, strict=True))
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return wanted.keys() == found.keys() and all(agrees(name, wanted[key], found[key]) for key in wanted)
    if _is_number(wanted) and _is_number(found):
        return _near(name, float(wanted), float(found))
    return type(wanted) is type(found) and bool(wanted == found)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _near(name: str, wanted: float, found: float) -> bool:
    for ending, share in RELATIVE.items():
        if name.endswith(ending):
            return abs(wanted - found) <= share * abs(wanted)
    bound = next((bound for ending, bound in ABSOLUTE.items() if name.endswith(ending)), TOLERANCE)
    return abs(wanted - found) <= bound
