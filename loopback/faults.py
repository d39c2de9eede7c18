"""A script of what goes wrong: faults in a row, each waiting for the requests that it is for.

Which faults there are, and which requests they fit, every simulator says itself.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Final, Generic, Protocol, TypeVar

TEXT_MAX: Final = 200  # characters


class Scripted(Protocol):
    """What a script has to know of a fault."""

    kind: str
    times: int | None  # how many requests are left that it is for; None: all that come
    skip: int  # how many fitting requests pass before


Fault = TypeVar("Fault", bound=Scripted)


class Script(Generic[Fault]):
    """Faults in their order. Safe for threads.

    `make` builds a fault of its kind, operation and details. Faults of a `lasting` kind come together with one of the
    others.
    """

    def __init__(self, make: Callable[..., Fault], lasting: frozenset[str]) -> None:
        self._make = make
        self._lasting = lasting
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, kind: str, operation: str = "", **details: Any) -> Fault:
        """Script a fault after those that are there. Raises what making the fault raises."""
        return self.put(self._make(kind, operation, **details))

    def put(self, fault: Fault) -> Fault:
        """As `add`, for a fault that is made already."""
        with self._lock:
            self._waiting.append(fault)
        return fault

    def waiting(self) -> list[Fault]:
        """What has not happened yet."""
        with self._lock:
            return list(self._waiting)

    def clear(self) -> None:
        """Nothing more goes wrong."""
        with self._lock:
            self._waiting.clear()

    def take(self, fits: Callable[[Fault], bool]) -> tuple[list[Fault], Fault | None]:
        """What a request meets: all lasting faults that fit, and the first of the others."""
        lasting: list[Fault] = []
        other: Fault | None = None
        with self._lock:
            for fault in [fault for fault in self._waiting if fits(fault)]:
                if fault.kind not in self._lasting and other is not None:
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.kind in self._lasting:
                    lasting.append(fault)
                else:
                    other = fault
                if fault.times is not None:
                    fault.times -= 1
            self._waiting = [fault for fault in self._waiting if fault.times is None or fault.times > 0]
        return lasting, other


def read_details(
    fault: type[Any], given: Mapping[str, Any], kinds: Mapping[str, type], refused: Callable[[str], Exception]
) -> dict[str, Any]:
    """The details of a fault, a dataclass, from JSON: each of its kind in `kinds`, or else text.

    Raises what `refused` makes of a sentence that names what is wrong.
    """
    known = {one.name for one in fields(fault)}
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise refused(f"{name[:TEXT_MAX]} is nothing that a fault has.")
        wanted = kinds.get(name, str)
        if name == "times" and value is None:
            found[name] = None
        elif type(value) is not wanted or (isinstance(value, str) and len(value) > TEXT_MAX):
            raise refused(f"{name} must be of the kind {wanted.__name__}.")
        else:
            found[name] = value
    if "kind" not in found:
        raise refused("kind is missing.")
    return found
