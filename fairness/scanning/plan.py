"""What a scan looks for: a game with its options, a seed pair, and targets that results are compared with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, get_args

from fairness.draws import check_nonce
from fairness.errors import InvalidInput
from fairness.games.base import SeedGame
from fairness.games.registry import game as find_game
from fairness.seeds import check_client_seed, check_server_seed

Op = Literal["eq", "ge", "le", "between"]
OPS: Final[tuple[Op, ...]] = get_args(Op)

TARGETS_MAX: Final = 100
_TEXT_MAX: Final = 100  # characters of a value


@dataclass(frozen=True, slots=True)
class Target:
    """Results to count: equal to, at least or at most `value`, or from `value` to `upper`, both inclusive."""

    op: Op
    value: Decimal
    upper: Decimal | None = None

    def __post_init__(self) -> None:
        if self.op not in OPS:
            raise InvalidInput("target", f"must be one of {', '.join(OPS)}")
        _check_number(self.value)
        if (self.op == "between") != (self.upper is not None):
            raise InvalidInput("target", "needs a second value for between, and only for it")
        if self.upper is not None:
            _check_number(self.upper)
            if self.upper < self.value:
                raise InvalidInput("target", "between must name the lower value first")

    @classmethod
    def read(cls, op: str, value: object, upper: object = None) -> "Target":
        """A target from text, as a command line or a form has it. Raises `InvalidInput`."""
        if op not in OPS:
            raise InvalidInput("target", f"must be one of {', '.join(OPS)}")
        return cls(op, _number(value), None if upper is None else _number(upper))

    @property
    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """The lowest and the highest result that counts; None where there is no such bound."""
        match self.op:
            case "eq":
                return self.value, self.value
            case "ge":
                return self.value, None
            case "le":
                return None, self.value
            case "between":
                return self.value, self.upper

    def label(self) -> str:
        """The target in plain digits: "eq 1066.73", "between 2 5"."""
        values = (self.value,) if self.upper is None else (self.value, self.upper)
        return " ".join((self.op, *(format(value, "f") for value in values)))


@dataclass(frozen=True)
class Plan:
    """What to scan, checked by `Plan.of`. Its server seed stays out of its text, and so out of logs."""

    game: str
    params: Mapping[str, Any]
    server_seed: str = field(repr=False)
    client_seed: str
    targets: tuple[Target, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        game: str,
        server_seed: str,
        client_seed: str,
        params: Mapping[str, Any] | None = None,
        targets: Iterable[Target] = (),
    ) -> "Plan":
        """A plan that can be scanned. Raises `InvalidInput` naming what cannot be used."""
        found = find_game(game)
        if not isinstance(found, SeedGame):
            raise InvalidInput("game", f"cannot be scanned: {found.title} is not played from a seed pair and a nonce")
        check_server_seed(server_seed)
        check_client_seed(client_seed)
        options = found.read_options(params or {})
        # Whether a round has a number to compare depends on the game and its options, never on its floats.
        sample = found.play([0.5] * found.floats_needed(options), options)
        if found.result(sample, options) is None:
            raise InvalidInput("game", f"cannot be scanned: a round of {found.title} with these options has no number")
        aimed = tuple(targets)
        if len(aimed) > TARGETS_MAX:
            raise InvalidInput("target", f"may be given {TARGETS_MAX} times at most")
        return cls(game, dict(params or {}), server_seed, client_seed, aimed)

    @property
    def seed_game(self) -> SeedGame[Any, Any]:
        """The game by its name."""
        found = find_game(self.game)
        assert isinstance(found, SeedGame)
        return found


def check_range(start: int, end: int) -> None:
    """Refuse nonces that are none, and a last nonce before the first."""
    for name, nonce in (("start", start), ("end", end)):
        try:
            check_nonce(nonce)
        except InvalidInput as refused:
            raise InvalidInput(name, refused.problem) from None
    if end < start:
        raise InvalidInput("end", "must not be below the first nonce")


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise InvalidInput("target", "must be compared with a number")
    text = str(value)
    try:
        if len(text) <= _TEXT_MAX:
            return Decimal(text)
    except InvalidOperation:
        pass
    raise InvalidInput("target", "must be compared with a number")


def _check_number(value: Decimal) -> None:
    # The bound on the exponent keeps the label, which is written out in plain digits, readable.
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value.adjusted()) > _TEXT_MAX:
        raise InvalidInput("target", "must be compared with a number")
