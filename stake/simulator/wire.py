"""The venue's wire contract in text: what is asked over GraphQL or REST, and what is answered.

`read` makes a question of a request without doing anything, so that a scripted fault can decide first; `answer` does
what is asked. Refusals come with HTTP status 200, as the venue sends them.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from stake.simulator import games, values
from stake.simulator.facts import Account, Booked
from stake.simulator.graphql import Document, Field, Operation, QueryRefused, parse
from stake.simulator.refusals import MESSAGES, Refused, not_allowed, refusal
from stake.simulator.schema import MINES_ARGUMENTS, arguments_of, schema
from stake.simulator.schema import read as read_argument
from stake.simulator.selecting import check, resolve, select
from stake.simulator.world import World

GRAPHQL_PATH: Final = "/_api/graphql"
REST_PREFIX: Final = "/_api/casino/"
MINES_PATHS: Final = {"mines/bet": "minesBet", "mines/next": "minesNext", "mines/cashout": "minesCashout"}
PLACING: Final = frozenset({*games.BY_OPERATION, "minesBet"})  # what costs money
PLACE: Final = "place"  # the name of every one of these, for faults

_IID: Final = re.compile(r"(?:house|casino):([0-9]{1,18})")
_NESTED: Final = frozenset({"user", "clientSeed"})  # fields whose parts name a question better than themselves


class BadRequest(Exception):
    """A request that is none of the venue's; `status` is of HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Question:
    """A request that was understood. `names` are what faults know it by: operations, parts of `user`, `place`."""

    names: frozenset[str]
    operation: Operation | None = None
    document: Document | None = None
    variables: Mapping[str, Any] | None = None
    problem: str = ""  # what is wrong with the document
    rest: str = ""  # the operation that a path of REST stands for
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who asks, and what is scripted for this request."""

    viewer: Account | None
    processing: Callable[[], None] | None = None  # runs while the account's other bets are refused
    refused: Callable[[str], bool] = lambda name: False  # names of fields that the schema does not have just now


def load(body: bytes) -> Any:
    """JSON with exact numbers. Raises ValueError, for NaN and what is nested too deep as well."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def read(path: str, body: bytes) -> Question:
    """What a request asks. Raises `BadRequest`."""
    if path != GRAPHQL_PATH and not path.startswith(REST_PREFIX):
        raise BadRequest(404, "Not found.")
    try:
        given = load(body)
    except ValueError:
        raise BadRequest(400, "The body is not JSON.") from None
    if not isinstance(given, dict):
        raise BadRequest(400, "The body is not an object.")
    return _read_graphql(given) if path == GRAPHQL_PATH else _read_rest(path.removeprefix(REST_PREFIX), given)


def _read_graphql(given: dict[str, Any]) -> Question:
    text, variables, name = given.get("query"), given.get("variables"), given.get("operationName")
    if not isinstance(text, str):
        raise BadRequest(400, "query is missing.")
    if not isinstance(variables, dict | None):
        raise BadRequest(400, "variables is not an object.")
    if not isinstance(name, str | None):
        raise BadRequest(400, "operationName is not text.")
    try:
        document = parse(text)
        operation = document.operation(name)
    except QueryRefused as error:
        return Question(frozenset({"graphql"}), problem=str(error))
    names = {"graphql", operation.name or ""} | set(_names(operation.selections))
    if names & PLACING:
        names.add(PLACE)
    return Question(frozenset(names - {""}), operation, document, variables or {})


def _names(selections: tuple[Any, ...], depth: int = 0) -> list[str]:
    found: list[str] = []
    for one in selections:
        if isinstance(one, Field):
            found.append(one.name)
            if depth == 0 and one.name in _NESTED:
                found += _names(one.selections, 1)
    return found


def _read_rest(path: str, given: dict[str, Any]) -> Question:
    if path in games.BY_PATH:
        operation = games.BY_PATH[path].operation
    elif path in MINES_PATHS:
        operation = MINES_PATHS[path]
    elif path.startswith("active-bet/"):
        operation = path
    else:
        raise BadRequest(404, "Not found.")
    names = {"rest", operation, path} | ({PLACE} if operation in PLACING else set())
    return Question(frozenset(names), rest=operation, body=given)


# --- Answers --------------------------------------------------------------------------------------


def error(message: str, error_type: str, path: list[str] | None = None) -> dict[str, Any]:
    """An entry of `errors`."""
    return {"message": message, "errorType": error_type, **({"path": path} if path else {})}


def errors(error_type: str, message: str = "") -> dict[str, Any]:
    """An answer of one error and nothing else."""
    return {"errors": [error(message or MESSAGES.get(error_type, "This action is not available."), error_type)]}


def answer(world: World, question: Question, asked: Circumstances) -> dict[str, Any]:
    """Do what is asked, and tell it as the venue does."""
    if question.problem:
        return errors("graphQL", question.problem)
    if question.rest:
        return _answer_rest(world, question, asked)
    assert question.document is not None
    assert question.operation is not None
    return _Graphql(world, question.document, question.operation, question.variables or {}, asked).answer()


def _answer_rest(world: World, question: Question, asked: Circumstances) -> dict[str, Any]:
    operation, body = question.rest, question.body or {}
    try:
        if asked.viewer is None:
            raise not_allowed()
        if operation.startswith("active-bet/"):
            return {"user": {"activeCasinoBet": _active_bet(asked.viewer, operation.removeprefix("active-bet/"))}}
        declared = arguments_of("Mutation", operation)
        given = {name: read_argument(name, kind, body.get(name)) for name, kind in declared.items()}
        bet = _bet(world, asked.viewer, operation, given, asked)
    except QueryRefused as problem:
        return errors("graphQL", str(problem))
    except Refused as problem:
        return {"errors": [error(problem.message, problem.error_type, [operation])]}
    return {operation: values.rest_bet(asked.viewer, bet)}


def _active_bet(viewer: Account, game: str) -> dict[str, Any] | None:
    return next((values.rest_bet(viewer, bet) for bet in viewer.open_rounds if bet.game == game), None)


def _bet(world: World, viewer: Account, operation: str, given: Mapping[str, Any], asked: Circumstances) -> Booked:
    if operation in games.BY_OPERATION:
        wager = games.BY_OPERATION[operation].read(given)
        return world.place(viewer.id, wager, given["currency"], processing=asked.processing)
    if operation == "minesBet":
        return world.open_mines(
            viewer.id,
            amount=games.amount_of(given["amount"]),
            currency=given["currency"],
            mines_count=given["minesCount"],
            fields=given["fields"] or (),
        )
    if operation == "minesNext":
        return world.next_mines(viewer.id, given["fields"])
    return world.cash_out_mines(viewer.id)


class _Graphql:
    """One operation being answered."""

    def __init__(
        self,
        world: World,
        document: Document,
        operation: Operation,
        variables: Mapping[str, Any],
        asked: Circumstances,
    ) -> None:
        self._world = world
        self._document = document
        self._operation = operation
        self._variables = variables
        self._asked = asked
        self._schema = schema(asked.refused)
        self._root = "Mutation" if operation.kind == "mutation" else "Query"

    def answer(self) -> dict[str, Any]:
        try:
            check(self._schema, self._document, self._operation)
            given = [(one, self._arguments(self._root, one)) for one in self._fields()]
        except QueryRefused as problem:
            return errors("graphQL", str(problem))
        data: dict[str, Any] = {}
        found: list[dict[str, Any]] = []
        for one, arguments in given:
            try:
                data[one.key] = self._value(one, arguments)
            except (Refused, QueryRefused) as problem:
                data[one.key] = None
                kind = problem.error_type if isinstance(problem, Refused) else "graphQL"
                found.append(error(str(problem), kind, [one.key]))
        return {"data": data, **({"errors": found} if found else {})}

    def _fields(self) -> list[Field]:
        fields = [one for one in self._operation.selections if isinstance(one, Field)]
        if len(fields) < len(self._operation.selections):
            raise QueryRefused("Fragments at the root of an operation are not supported.")
        return fields

    def _arguments(self, owner: str, one: Field) -> dict[str, Any]:
        """The arguments of a field, variables filled in; those that were not given are None."""
        return {
            name: read_argument(name, kind, resolve(one.arguments.get(name), self._operation, self._variables))
            for name, kind in arguments_of(owner, one.name).items()
        }

    def _value(self, one: Field, given: Mapping[str, Any]) -> Any:
        if one.name == "__typename":
            return self._root
        kind = self._schema.types[self._root][one.name]
        value = self._ask(one.name, given) if self._root == "Query" else self._do(one.name, given)
        with self._world.still():
            return select(self._schema, self._document, kind, value, one.selections, self._arguments)

    def _ask(self, name: str, given: Mapping[str, Any]) -> Any:
        viewer = self._asked.viewer
        if name == "bet":
            return self._look_up(given)
        account = self._world.named(given["name"]) if given["name"] is not None else viewer
        return None if account is None else values.user(self._world, account, viewer)

    def _look_up(self, given: Mapping[str, Any]) -> Any:
        found = None
        if given["iid"] is not None:
            number = _IID.fullmatch(given["iid"])
            found = self._world.bet(number=int(number[1])) if number else None
        elif given["betId"] is not None:
            found = self._world.bet(bet_id=given["betId"].lower())
        if found is None:
            raise refusal("notFound", "Bet not found.")
        account, bet = found
        return values.outer_bet(self._world, account, bet, self._asked.viewer)

    def _do(self, name: str, given: Mapping[str, Any]) -> Any:
        viewer = self._asked.viewer
        if viewer is None:
            raise not_allowed()
        if name == "rotateSeedPair":
            self._world.rotate(viewer.id, given["seed"])
            return {"clientSeed": values.client_seed(self._world, viewer)}
        if name == "createVaultDeposit":
            amount = games.amount_of(given["amount"])
            move = self._world.move_to_vault(viewer.id, given["currency"], amount)
            person = values.user(self._world, viewer, viewer)
            return {"id": move, **values.balance(amount, given["currency"]), "user": person}
        bet = _bet(self._world, viewer, name, given, self._asked)
        return values.casino_bet(self._world, viewer, bet, viewer)


assert set(MINES_PATHS.values()) == set(MINES_ARGUMENTS)
