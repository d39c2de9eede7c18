"""What the venue tells of a round, `state` on the wire, under its names. Pure.

Where a source shows a field, it has that form. Fields that are named and never shown (`rounds` of Snakes,
`playedRounds` of Dragon Tower, `point` of Plinko) have a form of the simulator's own: nothing can be learned from it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from fairness.cards import Card
from fairness.games.dragon_tower import rows_climbed
from fairness.rounds import Played
from stake.simulator.money import number

Given = Mapping[str, Any]

SUIT_LETTERS: Final = {"club": "C", "diamond": "D", "heart": "H", "spade": "S"}

# Where Plinko's picture has its middle, and how far apart its buckets are.
PLINKO_MIDDLE: Final = 400.0
PLINKO_STEP: Final = 32.0


def describe(played: Played, given: Given, multiplier: Fraction, *, pop_point_offset: int) -> dict[str, Any]:
    """The state of a round as JSON values. Names with a leading underscore are told by REST alone.

    `pop_point_offset` is added to the number of safe steps in `_popPoint` and `_deathPoint`: whether the venue counts
    the last safe step or the first deadly one is not known, so both can be simulated.
    """
    if played.game == "pump":
        return {**_steps(given, multiplier), "_popPoint": played.outcome.safe_pumps + pop_point_offset}
    if played.game == "chicken":
        return {**_steps(given, multiplier), "_deathPoint": played.outcome.safe_lanes + pop_point_offset}
    return _STATES[played.game](played, given)


def plain(value: Any) -> Any:
    """A value of a request as JSON has it: decimals as the venue writes numbers."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def _steps(given: Given, multiplier: Fraction) -> dict[str, Any]:
    return {"difficulty": given["difficulty"], "payoutMultiplier": number(multiplier), "round": given["round"]}


def _limbo(played: Played, given: Given) -> dict[str, Any]:
    return {"result": number(played.outcome.unrounded), "multiplierTarget": plain(given["multiplierTarget"])}


def _dice(played: Played, given: Given) -> dict[str, Any]:
    roll = number(played.outcome.roll)
    return {"result": roll, "target": plain(given["target"]), "condition": given["condition"]}


def _keno(played: Played, given: Given) -> dict[str, Any]:
    return {
        "drawnNumbers": [number - 1 for number in played.outcome.numbers],
        "selectedNumbers": list(given["numbers"]),
        "risk": played.options.risk,
    }


def _plinko(played: Played, given: Given) -> dict[str, Any]:
    # A place in the picture, not the bucket; the bucket is the number of R in the path.
    point = PLINKO_MIDDLE + (2 * played.outcome.bucket - played.options.rows) * PLINKO_STEP / 2 + 0.12
    return {"risk": given["risk"], "rows": given["rows"], "point": point, "path": list(played.outcome.path)}


def _wheel(played: Played, given: Given) -> dict[str, Any]:
    return {"result": played.outcome.segment, "segments": given["segments"], "risk": given["risk"]}


def _difficulty(played: Played, given: Given) -> dict[str, Any]:
    return {"difficulty": given["difficulty"]}


def _bars(played: Played, given: Given) -> dict[str, Any]:
    return {"difficulty": given["difficulty"], "tiles": list(given["tiles"])}


def _snakes(played: Played, given: Given) -> dict[str, Any]:
    taken = given["rollCount"]
    dice = played.outcome.dice
    rolls = [
        {"roll": [dice[2 * index], dice[2 * index + 1]], "payoutMultiplier": number(multiplier)}
        for index, multiplier in enumerate(played.outcome.multipliers[:taken])
    ]
    return {"difficulty": given["difficulty"], "rollCount": taken, "rounds": rolls}


def _diamonds(played: Played, given: Given) -> dict[str, Any]:
    return {"hand": list(played.outcome.gems)}


def _drill(played: Played, given: Given) -> dict[str, Any]:
    results = [{"multiplier": number(multiplier)} for multiplier in played.outcome.multipliers]
    return {"target": plain(given["target"]), "pick": given["pick"], "drillResults": results}


def _packs(played: Played, given: Given) -> dict[str, Any]:
    outcome = played.outcome
    cards = [
        {"id": card, "isNew": False, "multiplier": number(multiplier)}
        for card, multiplier in zip(outcome.cards, outcome.multipliers, strict=True)
    ]
    # A collection of cards is not kept here.
    return {"cards": cards, "cardsCollected": 0}


def _card(card: Card) -> dict[str, str]:
    return {"rank": card.rank, "suit": SUIT_LETTERS[card.suit]}


def _baccarat(played: Played, given: Given) -> dict[str, Any]:
    outcome = played.outcome
    hands = {}
    for side, cards, third in (
        ("player", outcome.player, outcome.player_third),
        ("banker", outcome.banker, outcome.banker_third),
    ):
        hands[f"{side}Cards"] = [_card(card) for card in (*cards, third) if card is not None]
    chips = {side: plain(given.get(side) or 0) for side in ("tie", "player", "banker")}
    return {**hands, **chips, "result": outcome.winner}


def _roulette(played: Played, given: Given) -> dict[str, Any]:
    kinds = ("numbers", "colors", "parities", "ranges", "rows")
    return {"result": played.outcome.pocket, **{kind: plain(given.get(kind) or []) for kind in kinds}}


def _dragon_tower(played: Played, given: Given) -> dict[str, Any]:
    picks = tuple(given["eggs"])
    climbed = rows_climbed(played.outcome, picks)
    rows = [sorted(eggs) for eggs in played.outcome.rows]
    return {
        "currentRound": climbed,
        "playedRounds": rows[: min(climbed + 1, len(picks))],
        "difficulty": given["difficulty"],
        "rounds": rows,
        "tilesSelected": list(picks),
    }


_STATES: Final[Mapping[str, Callable[[Played, Given], dict[str, Any]]]] = {
    "limbo": _limbo,
    "dice": _dice,
    "keno": _keno,
    "plinko": _plinko,
    "wheel": _wheel,
    "diamonds": _diamonds,
    "cases": _difficulty,
    "bars": _bars,
    "darts": _difficulty,
    "snakes": _snakes,
    "tarot": _difficulty,
    "drill": _drill,
    "packs": _packs,
    "baccarat": _baccarat,
    "roulette": _roulette,
    "dragon_tower": _dragon_tower,
}
