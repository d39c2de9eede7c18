"""What the pages show, made of what the queries and the games tell: figures beside a bet, a small chart, a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from typing import Final

from fairness.errors import InvalidInput
from stake import games
from stake.games import GAMES, PlacedGame
from stake.operations import Selection
from stake.queries import BalanceRow, IntentRow
from stake.services import betting
from stake.values import Order
from streams.exactjson import dumps, plain

FIRST_GAMES: Final = ("pump", "limbo", "dice")
OTHER_GAMES: Final = tuple(sorted(GAMES.keys() - set(FIRST_GAMES), key=lambda slug: GAMES[slug].title))

_SHORT: Final = Context(prec=4)
_LONG: Final = Context(prec=8)
_EIGHT_DECIMALS: Final = Decimal("1e-8")
_SPARK_WIDTH: Final = 240
_SPARK_HEIGHT: Final = 40
_SPARK_EDGE: Final = 3  # so that a thick line stays inside
_SPARK_POINTS_MAX: Final = 60


def first_games() -> tuple[PlacedGame, ...]:
    """The games that the bet card offers first."""
    return tuple(GAMES[slug] for slug in FIRST_GAMES)


def other_games() -> tuple[PlacedGame, ...]:
    """The other games that can be placed, by title."""
    return tuple(GAMES[slug] for slug in OTHER_GAMES)


def title_of(slug: str) -> str:
    """A game's title; its slug where we cannot place it."""
    return GAMES[slug].title if slug in GAMES else slug


# --- Figures ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """What a bet promises, in words and digits. Texts are empty where no source tells."""

    win_chance: str
    multiplier: str
    payout: str
    edge: str
    expected_loss: str
    currency: str
    reason: str


def figures(order: Order) -> Figures:
    """The figures of a checked order, rounded for reading: chances to four digits, amounts to eight decimals."""
    promised = games.prospects(order)
    lost = betting.expected_loss(order)
    multiplier = promised.payout_multiplier
    returned = promised.return_to_player
    return Figures(
        win_chance="" if promised.win_chance is None else share(promised.win_chance),
        multiplier="" if multiplier is None else rounded(multiplier, _LONG),
        payout="" if multiplier is None else _amount(order.amount * multiplier),
        edge="" if returned is None else share(1 - returned),
        expected_loss="" if lost is None else rounded(lost, _SHORT),
        currency=order.currency,
        reason=promised.reason,
    )


def share(value: Fraction) -> str:
    """A share of one in percent, to four digits; never 100 for less than all."""
    percent = _SHORT.divide(Decimal(value.numerator * 100), Decimal(value.denominator))
    if percent == 100 and value < 1:
        return "over 99.99"
    return plain(percent)


def rounded(value: Decimal, context: Context = _SHORT) -> str:
    """A number to as many digits as the context has."""
    return plain(context.plus(value))


def _amount(value: Decimal) -> str:
    """An amount as venues pay it: cut after eight decimals."""
    if value >= _EIGHT_DECIMALS:
        value = value.quantize(_EIGHT_DECIMALS, rounding=ROUND_DOWN, context=Context(prec=60))
    return plain(value)


def outcome_sentence(row: IntentRow) -> str:
    """What a placed bet came to."""
    returned = "" if row.payout is None else f" returned {plain(row.payout)} {row.currency}"
    nonce = "" if row.nonce is None else f", nonce {row.nonce:,}"
    return f"{title_of(row.game)}, {plain(row.amount)} {row.currency}{nonce}:{returned}."


# --- The request of a bet ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent to the venue for a bet."""

    name: str  # the operation, or the path
    body: str  # JSON


def request_of(row: IntentRow) -> Request | None:
    """The request of a bet that was asked for, as it would be sent; None where the bet cannot be sent as it is."""
    identifier = "drawn anew for each bet"
    try:
        order = games.check_order(Order(row.game, row.amount, row.currency, row.options))
        asked = games.graphql_request(order, identifier, Selection.FULL)
        path, body = games.rest_request(order, identifier)
    except InvalidInput:
        return None
    if asked is not None:
        return Request(asked.operation.document, dumps(asked.variables))
    return Request(f"POST {path}", dumps(body))


# --- A small chart ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spark:
    """What an account had over time, as the points of a line."""

    points: str
    width: int
    height: int
    lowest: Decimal
    highest: Decimal
    count: int


def spark(history: Sequence[BalanceRow]) -> Spark | None:
    """The line of the newest snapshots, available and vault together; None for fewer than two."""
    rows = history[-_SPARK_POINTS_MAX:]
    if len(rows) < 2:
        return None
    values = [row.available + row.vault for row in rows]
    lowest, highest = min(values), max(values)
    span = highest - lowest
    step = Decimal(_SPARK_WIDTH - 2 * _SPARK_EDGE) / (len(values) - 1)
    inner = _SPARK_HEIGHT - 2 * _SPARK_EDGE
    points = []
    for index, value in enumerate(values):
        above = (value - lowest) / span if span else Decimal("0.5")
        points.append(f"{_SPARK_EDGE + index * step:.1f},{_SPARK_EDGE + (1 - above) * inner:.1f}")
    return Spark(" ".join(points), _SPARK_WIDTH, _SPARK_HEIGHT, lowest, highest, len(values))
