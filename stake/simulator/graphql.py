"""As much of GraphQL as the venue's clients use: documents are parsed whole, and refused as a server would. Pure.

Operations with variables, aliases, arguments, fragments (named and inline). Directives and subscriptions are no part
of it. A `Schema` says which fields each type has; `check` names the first thing that a document asks wrongly, and
`select` answers only what was asked for.
"""

import re
from collections.abc import Callable, Iterator, Mapping
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
SCALARS: Final = frozenset({"Float", "Int", "String", "Boolean", "ID", "JSON"})


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
        _check_depth(depth)
        if self._skip("["):
            text = f"[{self._type(depth + 1)}]"
            self._take("]")
        else:
            text = self._name()
        return text + "!" if self._skip("!") else text

    def _selections(self, depth: int) -> tuple[Selection, ...]:
        _check_depth(depth)
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
        _check_depth(depth)
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


def _check_depth(depth: int) -> None:
    if depth > DEPTH_MAX:
        raise QueryRefused("Syntax Error: the document is too deep.")


# --- Checking -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Schema:
    """Types by name: their fields, with the type of each; and which types a union may be."""

    types: Mapping[str, Mapping[str, str]]
    unions: Mapping[str, tuple[str, ...]]
    arguments: Mapping[tuple[str, str], Mapping[str, str]]  # (type, field) → argument → type
    refused: Callable[[str], bool] = lambda name: False  # names of fields that are refused for now


def base(kind: str) -> str:
    """The type's name without its lists and exclamation marks."""
    return kind.strip("[]!")


def check(schema: Schema, document: Document, operation: Operation) -> None:
    """Refuse a document that asks for what is not there, naming it. Raises `QueryRefused`."""
    root = "Mutation" if operation.kind == "mutation" else "Query"
    _check_fields(schema, document, operation, root, operation.selections, depth=1)


def _check_fields(
    schema: Schema, document: Document, operation: Operation, owner: str, given: tuple[Selection, ...], *, depth: int
) -> None:
    _check_depth(depth)
    kinds: dict[str, str] = {}
    for on, asked in _flat(document, given, owner, depth):
        if on not in schema.types and on not in schema.unions:
            raise QueryRefused(f'Unknown type "{on[:60]}".')
        if on != owner and on not in schema.unions.get(owner, ()):
            raise QueryRefused(
                f'Fragment cannot be spread here as objects of type "{owner}" can never be of type "{on}".'
            )
        if asked.name == "__typename":
            continue
        kind = schema.types.get(on, {}).get(asked.name)
        if kind is None or schema.refused(asked.name):
            raise QueryRefused(f'Cannot query field "{asked.name[:60]}" on type "{on}".')
        # Answers have one field of a name, so two types may not both have one of it and mean different things.
        if kinds.setdefault(asked.key, kind) != kind:
            raise QueryRefused(
                f'Fields "{asked.key[:60]}" conflict because they return conflicting types "{kinds[asked.key]}" and '
                f'"{kind}". Use different aliases on the fields to fetch both if this was intentional.'
            )
        _check_arguments(schema, operation, on, asked)
        inner = base(kind)
        has_fields = inner in schema.types or inner in schema.unions
        if has_fields and not asked.selections:
            raise QueryRefused(f'Field "{asked.name}" of type "{kind}" must have a selection of subfields.')
        if not has_fields and asked.selections:
            raise QueryRefused(f'Field "{asked.name}" must not have a selection since type "{kind}" has no subfields.')
        if has_fields:
            _check_fields(schema, document, operation, inner, asked.selections, depth=depth + 1)


def _flat(document: Document, given: tuple[Selection, ...], owner: str, depth: int) -> Iterator[tuple[str, Field]]:
    """The fields of a selection with the type that each is asked of, fragments opened."""
    _check_depth(depth)
    for one in given:
        document.spend()
        if isinstance(one, Field):
            yield owner, one
            continue
        if isinstance(one, Spread):
            if one.name not in document.fragments:
                raise QueryRefused(f'Unknown fragment "{one.name[:60]}".')
            one = document.fragments[one.name]
        yield from _flat(document, one.selections, one.on or owner, depth + 1)


def _check_arguments(schema: Schema, operation: Operation, owner: str, asked: Field) -> None:
    known = schema.arguments.get((owner, asked.name), {})
    for name, value in asked.arguments.items():
        if name not in known:
            raise QueryRefused(f'Unknown argument "{name[:60]}" on field "{owner}.{asked.name}".')
        if isinstance(value, Variable):
            _check_variable(operation, value, known[name])
    for name, kind in known.items():
        if kind.endswith("!") and name not in asked.arguments:
            raise QueryRefused(
                f'Field "{asked.name}" argument "{name}" of type "{kind}" is required, but it was not provided.'
            )


def _check_variable(operation: Operation, value: Variable, wanted: str) -> None:
    if value.name not in operation.variables:
        raise QueryRefused(f'Variable "${value.name[:60]}" is not defined.')
    kind, default = operation.variables[value.name]
    fits = kind.strip("!") == wanted.strip("!") or kind.replace("!", "") == wanted.replace("!", "")
    if base(wanted) == "Enum":
        fits = base(kind).endswith("Enum") and base(kind) not in SCALARS
    elif base(wanted) == "Chip":
        fits = base(kind) not in SCALARS and kind.startswith("[")
    if not fits or (wanted.endswith("!") and not kind.endswith("!") and default is None):
        raise QueryRefused(
            f'Variable "${value.name}" of type "{kind[:60]}" used in position expecting type "{wanted}".'
        )


# --- Answering ------------------------------------------------------------------------------------


def select(
    schema: Schema,
    document: Document,
    kind: str,
    value: Any,
    given: tuple[Selection, ...],
    arguments_of: Callable[[str, Field], Mapping[str, Any]],
) -> Any:
    """What was asked for of a value. A value that is a function is called with its arguments, only when asked for."""
    if isinstance(value, list):
        return [select(schema, document, kind, item, given, arguments_of) for item in value]
    if value is None or not given:
        return value
    actual = value.get("__typename", base(kind))
    found: dict[str, Any] = {}
    for on, asked in _flat(document, given, base(kind), 1):
        if on not in (base(kind), actual):
            continue
        if asked.name == "__typename":
            found[asked.key] = actual
            continue
        item = value.get(asked.name)
        if callable(item):
            item = item(arguments_of(on, asked))
        inner = schema.types[on][asked.name]
        answer = select(schema, document, inner, item, asked.selections, arguments_of)
        # The same field asked twice with different parts is one field with all of them.
        before = found.get(asked.key)
        found[asked.key] = {**before, **answer} if isinstance(before, dict) and isinstance(answer, dict) else answer
    return found


def resolve(value: Any, operation: Operation, given: Mapping[str, Any]) -> Any:
    """A value of the document with its variables filled in."""
    if isinstance(value, Variable):
        return given.get(value.name, operation.variables[value.name][1])
    if isinstance(value, list):
        return [resolve(item, operation, given) for item in value]
    if isinstance(value, dict):
        return {name: resolve(item, operation, given) for name, item in value.items()}
    return value
