"""The games that are placed in one request: how the venue's names become those of `fairness`, and back. Pure.

A wager has parts: one for most games, several for Baccarat and Roulette, whose chips lie on different places of one
round. Each part is played with the same seeds and nonce, so all have the same outcome.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from fairness.games import registry, roulette
from fairness.rounds import Played, Seeds, play
from stake.simulator import money, states
from stake.simulator.refusals import Refused, refusal

Given = Mapping[str, Any]  # arguments of a request by the venue's names, already of the declared kinds

AMOUNT: Final = {"amount": "Float!"}
COMMON: Final = {"currency": "CurrencyEnum!", "identifier": "String!"}


@dataclass(frozen=True, slots=True)
class Part:
    """One chip: what it lies on, in the names of `fairness`, and how much it is."""

    options: Mapping[str, Any]
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Wager:
    """What was bet on one round; `given` is the request's own words, for the state that repeats them."""

    game: str
    parts: tuple[Part, ...]
    given: Given

    @property
    def amount(self) -> Decimal:
        """What the round risks altogether."""
        return money.add(*(part.amount for part in self.parts))


@dataclass(frozen=True, slots=True)
class Settled:
    """A round that was played: what it pays, and what the venue tells of it."""

    multiplier: Fraction
    payout: Decimal
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OneRequestGame:
    """A game on the wire. `arguments` are names and types besides the amount and what all bets have."""

    slug: str
    name: str  # `game` on the wire
    path: str  # of REST, after /_api/casino/
    operation: str  # the field of GraphQL, and the key of a REST answer
    arguments: Mapping[str, str]
    renamed: Mapping[str, str] = field(default_factory=dict)  # our name of an option, from the venue's
    chips: Callable[[Given], tuple[Part, ...]] | None = None  # for a game without one amount

    @property
    def all_arguments(self) -> dict[str, str]:
        """Every argument that a bet takes, by name, with its type."""
        return {**({} if self.chips else AMOUNT), **self.arguments, **COMMON}

    def read(self, given: Given) -> Wager:
        """The wager that a request asks for. Raises `Refused` for an amount that is none."""
        if self.chips is not None:
            parts = self.chips(given)
            if not any(part.amount for part in parts):
                raise refusal("insignificantBet")
            return Wager(self.slug, parts, given)
        options = {self.renamed[name]: given[name] for name in self.renamed if given.get(name) is not None}
        if self.slug == "bars":
            options["tiles"] = len(given["tiles"])
        if self.slug == "keno":
            options["picks"] = [number + 1 for number in given["numbers"]]  # 0 to 39 on the wire, 1 to 40 on the screen
            options.setdefault("risk", "classic")
        return Wager(self.slug, (Part(options, amount_of(given["amount"])),), given)


def amount_of(value: Any) -> Decimal:
    """An amount of a request. Raises `Refused`."""
    amount = money.read_amount(value)
    if amount is None and _is_negative(value):
        raise Refused("numberTooSmall", "Number too small.")
    if amount is None:
        raise Refused("invalidAmount", "Maximum bet exceeded.")
    if amount == 0 and value != 0:
        raise refusal("insignificantBet")  # it was finer than eight decimals, and is no wager of zero
    return amount


def _is_negative(value: Any) -> bool:
    return isinstance(value, int | Decimal) and value == value and value < 0


def settle(wager: Wager, seeds: Seeds, *, pop_point_offset: int) -> Settled:
    """Play a wager's round. Raises `InvalidInput` for options that the game does not have."""
    game = registry.game(wager.game)
    rounds = [play(game, seeds, part.options) for part in wager.parts]
    paid = Fraction(0)
    for part, played in zip(wager.parts, rounds, strict=True):
        paid += money.times(part.amount, _payout(played))
    multiplier = _payout(rounds[0]) if len(rounds) == 1 else paid / Fraction(wager.amount)
    state = states.describe(rounds[0], wager.given, multiplier, pop_point_offset=pop_point_offset)
    return Settled(multiplier, money.cut_fraction(paid), state)


def _payout(played: Played) -> Fraction:
    assert played.payout is not None, f"{played.game} was asked without what it was bet on"
    return played.payout


# --- Games with several places to bet on ----------------------------------------------------------


def _baccarat_chips(given: Given) -> tuple[Part, ...]:
    sides = ("player", "banker", "tie")
    return tuple(Part({"on": side}, amount_of(given[side])) for side in sides if given.get(side) is not None)


# The venue's names of the outside bets. Which of its rows is which no source tells: here row 1 begins with the 1.
ROULETTE_BETS: Final[dict[str, dict[str, str]]] = {
    "colors": {"colorRed": "red", "colorBlack": "black"},
    "parities": {"parityEven": "even", "parityOdd": "odd"},
    "ranges": {
        "range0112": "dozen_1_12",
        "range1324": "dozen_13_24",
        "range2536": "dozen_25_36",
        "range0118": "half_1_18",
        "range1936": "half_19_36",
    },
    "rows": {"row1": "row_1_34", "row2": "row_2_35", "row3": "row_3_36"},
    "numbers": {f"number{pocket}": str(pocket) for pocket in range(roulette.POCKETS)},
}
CHIPS_MAX: Final = 200  # of one round


def _roulette_chips(given: Given) -> tuple[Part, ...]:
    parts: list[Part] = []
    for kind, names in ROULETTE_BETS.items():
        for chip in given.get(kind) or ():
            if chip["value"] not in names:
                raise Refused("invalidInput", f"{kind} has no such place.")
            place = names[chip["value"]]
            options = {"bet": "number", "numbers": [int(place)]} if kind == "numbers" else {"bet": place}
            parts.append(Part(options, amount_of(chip["amount"])))
            if len(parts) > CHIPS_MAX:
                raise Refused("invalidInput", "There are too many chips.")
    return tuple(parts)


# --- The table ------------------------------------------------------------------------------------

# Types of arguments where a source has them; `Enum!` stands for an enumeration whose name no source tells.
ENUM: Final = "Enum!"


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_TABLE: Final = (
    OneRequestGame(
        "limbo", "limbo", "limbo/bet", "limboBet", {"multiplierTarget": "Float!"}, {"multiplierTarget": "target"}
    ),
    OneRequestGame(
        *("dice", "dice", "dice/roll", "diceRoll"),
        {"target": "Float!", "condition": "CasinoGameDiceConditionEnum!"},
        _same("target", "condition"),
    ),
    OneRequestGame(
        *("pump", "pump", "pump/bet", "pumpBet"),
        {"round": "Int!", "difficulty": "CasinoGamePumpDifficultyEnum!"},
        {"round": "pumps", "difficulty": "difficulty"},
    ),
    OneRequestGame(
        *("keno", "keno", "keno/bet", "kenoBet"),
        {"numbers": "[Int!]!", "risk": "CasinoGameKenoRiskEnum"},
        _same("risk"),
    ),
    OneRequestGame(
        *("plinko", "plinko", "plinko/bet", "plinkoBet"),
        {"risk": "CasinoGamePlinkoRiskEnum!", "rows": "Int!"},
        _same("risk", "rows"),
    ),
    OneRequestGame(
        *("wheel", "wheel", "wheel/spin", "wheelSpin"),
        {"risk": "CasinoGameWheelRiskEnum!", "segments": "Int!"},
        _same("risk", "segments"),
    ),
    OneRequestGame("diamonds", "diamonds", "diamonds/bet", "diamondsBet", {}),
    OneRequestGame(
        "cases", "cases", "cases/bet", "casesBet", {"difficulty": "CasesDifficultyEnum!"}, _same("difficulty")
    ),
    OneRequestGame(
        *("bars", "bars", "bars/bet", "barsBet"),
        {"difficulty": ENUM, "tiles": "[Int!]!"},
        {"difficulty": "difficulty", "tiles": "picks"},
    ),
    OneRequestGame("darts", "darts", "darts/bet", "dartsBet", {"difficulty": ENUM}, _same("difficulty")),
    OneRequestGame(
        *("snakes", "snakes", "snakes/bet", "snakesBet"),
        {"difficulty": ENUM, "rollCount": "Int!"},
        {"difficulty": "difficulty", "rollCount": "rolls"},
    ),
    OneRequestGame(
        *("chicken", "chicken", "chicken/bet", "chickenBet"),
        {"difficulty": ENUM, "round": "Int!"},
        {"difficulty": "difficulty", "round": "lanes"},
    ),
    OneRequestGame("tarot", "tarot", "tarot/bet", "tarotBet", {"difficulty": ENUM}, _same("difficulty")),
    OneRequestGame(
        "drill", "drill", "drill/bet", "drillBet", {"target": "Float!", "pick": "Int!"}, _same("target", "pick")
    ),
    OneRequestGame("packs", "packs", "packs/bet", "packsBet", {}),
    OneRequestGame(
        *("baccarat", "baccarat", "baccarat/bet", "baccaratBet"),
        {"tie": "Float", "player": "Float", "banker": "Float"},
        chips=_baccarat_chips,
    ),
    OneRequestGame(
        *("roulette", "roulette", "roulette/bet", "rouletteBet"),
        dict.fromkeys(("rows", "parities", "ranges", "colors", "numbers"), "[Chip!]"),
        chips=_roulette_chips,
    ),
    OneRequestGame(
        *("dragon_tower", "dragonTower", "dragon-tower/bet", "dragonTowerBet"),
        {"difficulty": "DragonTowerDifficultyEnum!", "eggs": "[Int!]!"},
        {"difficulty": "difficulty", "eggs": "picks"},
    ),
)

BY_SLUG: Final = MappingProxyType({game.slug: game for game in _TABLE})
BY_PATH: Final = MappingProxyType({game.path: game for game in _TABLE})
BY_OPERATION: Final = MappingProxyType({game.operation: game for game in _TABLE})
