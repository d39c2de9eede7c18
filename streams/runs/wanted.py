"""What a run is to compute, read from JSON or a form and checked field by field. Pure: no database, no request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from fairness.errors import InvalidInput
from fairness.games.base import Game
from fairness.games.registry import game as find_game
from fairness.scanning.plan import OPS, TARGETS_MAX, Plan, Target
from fairness.seeds import check_client_seed, check_server_seed
from streams import exactjson, wire
from streams.runs.targets import ordered

GAME_OF_OLD_CLIENTS: Final = "pump"

Value = TypeVar("Value")


class InvalidRun(ValueError):
    """A run that cannot be computed; `fields` says for each wrong field, by its wire name, what is wrong."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {text}" for name, text in fields.items()))
        self.fields = dict(fields)


class RangeTooLarge(ValueError):
    """More nonces than one run may have."""

    def __init__(self, nonces: int, *, most: int) -> None:
        super().__init__(f"The range has {nonces:,} nonces; a run may have {most:,} at most.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A run that can be computed: every part is checked."""

    server_seed: str = field(repr=False)
    client_seed: str
    game: str
    params: dict[str, Any]
    start: int
    end: int
    targets: tuple[Target, ...]

    @property
    def nonces(self) -> int:
        return self.end - self.start + 1

    @property
    def difficulty(self) -> str | None:
        """The option of this name, where the game has one that is short text."""
        value = self.params.get("difficulty")
        return value if isinstance(value, str) and len(value) <= wire.DIFFICULTY_MAX else None


class _Reader:
    """Reads named values; what is wrong is gathered and refused all at once."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def read(self, name: str, default: Value, read: Callable[[], Value]) -> Value:
        try:
            return read()
        except InvalidInput as error:
            self.wrong[_named(name, error)] = f"{error.problem}."
        except ValueError as error:
            self.wrong[name] = str(error)
        return default

    def check(self) -> None:
        if self.wrong:
            raise InvalidRun(self.wrong)


def _named(name: str, error: InvalidInput) -> str:
    """The name in the body of what a game or a check refused: the options stand below `params`, but for one."""
    return name if name != "params" or error.field == "game" else _option(error.field)


def _option(field: str) -> str:
    return field if field == "difficulty" else f"params.{field}"


def read_body(body: Mapping[str, Any], *, most: int) -> Wanted:
    """The run that a JSON body asks for. Raises `InvalidRun`, or `RangeTooLarge` above `most` nonces.

    The body of the earlier servers is `{server_seed, client_seed, start, end, difficulty, targets: [1066.73, …]}`.
    """
    return read(
        server_seed=body.get("server_seed"),
        client_seed=body.get("client_seed"),
        game=body.get("game"),
        params=body.get("params"),
        difficulty=body.get("difficulty"),
        start=body.get("start"),
        end=body.get("end"),
        targets=body.get("targets"),
        most=most,
    )


def read(
    *,
    server_seed: object,
    client_seed: object,
    game: object,
    params: object,
    difficulty: object,
    start: object,
    end: object,
    targets: object,
    most: int,
) -> Wanted:
    """As `read_body`, from the parts."""
    reader = _Reader()
    first = reader.read("start", 0, lambda: _required(start, wire.check_whole))
    last = reader.read("end", first, lambda: _required(end, wire.check_whole))
    if not {"start", "end"} & reader.wrong.keys() and last < first:
        reader.wrong["end"] = "must not be below start."
    played = reader.read("game", None, lambda: _game(GAME_OF_OLD_CLIENTS if game is None else game))
    wanted = Wanted(
        server_seed=reader.read("server_seed", "", lambda: _seed(server_seed, check_server_seed)),
        client_seed=reader.read("client_seed", "", lambda: _seed(client_seed, check_client_seed)),
        game="" if played is None else played.name,
        params={} if played is None else reader.read("params", {}, lambda: _params(played, params, difficulty)),
        start=first,
        end=last,
        targets=_targets(reader, targets),
    )
    reader.check()
    reader.read("game", None, lambda: plan_of(wanted))
    reader.check()
    if wanted.nonces > most:
        raise RangeTooLarge(wanted.nonces, most=most)
    return wanted


def plan_of(wanted: Wanted) -> Plan:
    """What `fairness` is to scan. Raises `InvalidInput`, for a game without a number to compare."""
    return Plan.of(
        game=wanted.game,
        server_seed=wanted.server_seed,
        client_seed=wanted.client_seed,
        params=wanted.params,
        targets=wanted.targets,
    )


def _required(value: object, read: Callable[[object], Value]) -> Value:
    if value is None:
        raise ValueError("is required.")
    return read(value)


def _seed(value: object, check: Callable[[str], None]) -> str:
    if value is None:
        raise ValueError("is required.")
    if not isinstance(value, str):
        raise ValueError("must be text.")
    check(value)
    if reason := exactjson.unstorable(value):
        raise ValueError(reason)
    return value


def _game(slug: object) -> Game[Any, Any]:
    if not isinstance(slug, str):
        raise ValueError("must be the name of a game.")
    return find_game(slug)


def _params(game: Game[Any, Any], params: object, difficulty: object) -> dict[str, Any]:
    """The options as given, without those that are null, once the game accepts them."""
    if not isinstance(params, dict | None):
        raise ValueError("must be an object of options.")
    given = {name: value for name, value in (params or {}).items() if value is not None}
    # Beside the options it is what old clients send, whatever the game.
    if difficulty is not None and any(info.name == "difficulty" for info in game.option_infos):
        given.setdefault("difficulty", difficulty)
        if given["difficulty"] != difficulty:
            raise InvalidInput("difficulty", "is given twice, and differs")
    game.read_options(given)
    if reason := exactjson.unstorable(given):
        raise ValueError(reason)
    return given


def _targets(reader: _Reader, given: object) -> tuple[Target, ...]:
    """The targets in order, each once."""
    if given is None:
        return ()
    if not isinstance(given, list):
        reader.wrong["targets"] = "must be a list of numbers, or of objects with op and value."
        return ()
    if len(given) > TARGETS_MAX:
        reader.wrong["targets"] = f"may hold {TARGETS_MAX} at most."
        return ()
    found = []
    for index, item in enumerate(given):
        target = reader.read(f"targets[{index}]", None, lambda item=item: _target(item))  # type: ignore[misc]
        if target is not None:
            found.append(target)
    return ordered(found)


def _target(item: object) -> Target:
    """A number means equality, as the earlier servers had it."""
    if not isinstance(item, dict):
        return Target("eq", wire.check_number(item))
    unknown = item.keys() - {"op", "value", "upper"}
    if unknown:
        raise ValueError("may have op, value and upper only.")
    op = item.get("op", "eq")
    if not isinstance(op, str) or op not in OPS:
        raise ValueError(f"must have an op of {', '.join(OPS)}.")
    if item.get("value") is None:
        raise ValueError("must have a value.")
    value = wire.check_number(item["value"])
    if op != "between":
        if item.get("upper") is not None:
            raise ValueError("may have an upper bound only with the op between.")
        return Target(op, value)
    if item.get("upper") is None:
        raise ValueError("must have an upper bound for the op between.")
    upper = wire.check_number(item["upper"])
    if upper < value:
        raise ValueError("must have an upper bound that is not below its value.")
    return Target("between", value, upper)
