"""Reading the text of GraphQL, as much of it as the venue's clients use. Pure.

Operations with variables, aliases, arguments, fragments (named and inline). Directives and subscriptions are no part
of it. What a document may ask, and what it is answered, is in `selecting`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

DOCUMENT_MAX: Final = 100_000  # characters
DEPTH_MAX: Final = 25
STEPS_MAX: Final = 50_000  # fields and fragments looked at, for all rows of an answer together
_TOKEN: Final = re.compile(
    r"""(?:[\s,\ufeff]|\#[^\n]*)*(?:
        (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>-?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,4})?)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<mark>\.\.\.|[!$():=@\[\]{}|&])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)


class QueryRefused(Exception):
    """The document cannot be answered; the message is the one that servers of GraphQL give."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A place in a document where a variable's value goes."""

    name: str


class Word(str):
    """A bare word as a value: one of an enumeration."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is asked for, under its own name or another."""

    name: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    selections: tuple["Selection", ...] = ()


@dataclass(frozen=True, slots=True)
class Inline:
    """Fields that are asked for only of one type (None: of any)."""

    on: str | None
    selections: tuple["Selection", ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """A named fragment."""

    name: str


Selection = Field | Inline | Spread


@dataclass(frozen=True, slots=True)
class Operation:
    """One query or mutation of a document."""

    kind: str
    name: str | None
    variables: Mapping[str, tuple[str, Any]]  # name → declared type, default (None: none)
    selections: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """All operations and fragments of a text."""

    operations: tuple[Operation, ...]
    fragments: Mapping[str, Inline]
    _spent: list[int] = field(default_factory=lambda: [0], repr=False, compare=False)

    def spend(self) -> None:
        """Count a step. Fragments that name each other twice would multiply without end. Raises `QueryRefused`."""
        self._spent[0] += 1
        if self._spent[0] > STEPS_MAX:
            raise QueryRefused("Syntax Error: the document asks for too much.")

    def operation(self, name: str | None) -> Operation:
        """The operation that is meant. Raises `QueryRefused`."""
        if name is None and len(self.operations) == 1:
            return self.operations[0]
        found = next((one for one in self.operations if one.name == name and name is not None), None)
        if found is None:
            raise QueryRefused("Must provide operation name if query contains multiple operations.")
        return found


# --- Parsing --------------------------------------------------------------------------------------


def parse(text: str) -> Document:
    """A document from its text. Raises `QueryRefused`."""
    if len(text) > DOCUMENT_MAX:
        raise QueryRefused("Syntax Error: the document is too long.")
    return _Parser(_tokens(text)).document()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while True:
        found = _TOKEN.match(text, at)
        if found is None:
            raise QueryRefused(f"Syntax Error: Unexpected character at {at}.")
        at = found.end()
        kind = found.lastgroup or "end"
        yield kind, found.group(kind)
        if kind == "end":
            return


class _Parser:
    def __init__(self, tokens: Iterator[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._kind, self._text = next(tokens)

    def _step(self) -> str:
        text = self._text
        if self._kind != "end":
            self._kind, self._text = next(self._tokens)
        return text

    def _fail(self) -> QueryRefused:
        shown = self._text[:40] if self._kind != "end" else "<EOF>"
        return QueryRefused(f'Syntax Error: Unexpected "{shown}".')

    def _take(self, mark: str) -> None:
        if not self._skip(mark):
            raise self._fail()

    def _skip(self, mark: str) -> bool:
        if self._kind == "mark" and self._text == mark:
            self._step()
            return True
        return False

    def _name(self) -> str:
        if self._kind != "name":
            raise self._fail()
        return self._step()

    def document(self) -> Document:
        operations: list[Operation] = []
        fragments: dict[str, Inline] = {}
        while self._kind != "end":
            if self._kind == "name" and self._text == "fragment":
                self._step()
                name = self._name()
                fragments[name] = Inline(self._type_condition(), self._selections(1))
            else:
                operations.append(self._operation())
        if not operations:
            raise self._fail()
        return Document(tuple(operations), fragments)

    def _operation(self) -> Operation:
        if self._kind == "mark" and self._text == "{":
            return Operation("query", None, {}, self._selections(1))
        kind = self._name()
        if kind not in ("query", "mutation"):
            raise QueryRefused(f'Syntax Error: Unexpected Name "{kind[:40]}".')
        name = self._name() if self._kind == "name" else None
        return Operation(kind, name, self._variables(), self._selections(1))

    def _type_condition(self) -> str:
        if self._name() != "on":
            raise self._fail()
        return self._name()

    def _variables(self) -> dict[str, tuple[str, Any]]:
        declared: dict[str, tuple[str, Any]] = {}
        if self._skip("("):
            while not self._skip(")"):
                self._take("$")
                name = self._name()
                self._take(":")
                kind = self._type(1)
                declared[name] = (kind, self._value(1) if self._skip("=") else None)
        return declared

    def _type(self, depth: int) -> str:
        check_depth(depth)
        if self._skip("["):
            text = f"[{self._type(depth + 1)}]"
            self._take("]")
        else:
            text = self._name()
        return text + "!" if self._skip("!") else text

    def _selections(self, depth: int) -> tuple[Selection, ...]:
        check_depth(depth)
        self._take("{")
        found: list[Selection] = []
        while not self._skip("}"):
            found.append(self._selection(depth))
        if not found:
            raise self._fail()
        return tuple(found)

    def _selection(self, depth: int) -> Selection:
        if self._skip("..."):
            if self._kind == "name" and self._text != "on":
                return Spread(self._name())
            on = self._type_condition() if self._kind == "name" else None
            return Inline(on, self._selections(depth + 1))
        key = name = self._name()
        if self._skip(":"):
            name = self._name()
        arguments: dict[str, Any] = {}
        if self._skip("("):
            while not self._skip(")"):
                argument = self._name()
                self._take(":")
                arguments[argument] = self._value(depth + 1)
        has_fields = self._kind == "mark" and self._text == "{"
        return Field(name, key, arguments, self._selections(depth + 1) if has_fields else ())

    def _value(self, depth: int) -> Any:
        check_depth(depth)
        if self._skip("$"):
            return Variable(self._name())
        if self._skip("["):
            items = []
            while not self._skip("]"):
                items.append(self._value(depth + 1))
            return items
        if self._skip("{"):
            found: dict[str, Any] = {}
            while not self._skip("}"):
                name = self._name()
                self._take(":")
                found[name] = self._value(depth + 1)
            return found
        if self._kind == "number":
            text = self._step()
            return int(text) if text.lstrip("-").isdigit() else Decimal(text)
        if self._kind == "string":
            # Escapes are left as they are: no text that the venue takes has any.
            return self._step()[1:-1]
        word = self._name()
        return {"true": True, "false": False, "null": None}.get(word, Word(word))


def check_depth(depth: int) -> None:
    """Refuse what is nested too deep. Raises `QueryRefused`."""
    if depth > DEPTH_MAX:
        raise QueryRefused("Syntax Error: the document is too deep.")
