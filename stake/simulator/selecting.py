"""What a document of GraphQL may ask, and which parts of a value it gets. Pure.

A `Schema` says which fields each type has; `check` names the first thing that a document asks wrongly, in the words of
common servers, and `select` answers only what was asked for.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stake.simulator.graphql import Document, Field, Operation, QueryRefused, Selection, Spread, Variable, check_depth

SCALARS: Final = frozenset({"Float", "Int", "String", "Boolean", "ID", "JSON"})


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
    check_depth(depth)
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
    check_depth(depth)
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
