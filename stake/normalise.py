"""A bet of the venue as `streams` takes it, in the form in which bots send theirs, so that both are one row. Pure.

Target and result are what Antebot's script sends: for Pump and Chicken the multiplier of the steps aimed at; for Limbo
and Dice the number aimed at and the one drawn; elsewhere no target, and as the result what one unit returned.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

from fairness.games import chicken, pump
from stake.games import options_of_state
from stake.values import Order, VenueBet
from streams import wire

PROVIDER: Final = "stake"

_STEPS: Final[Mapping[str, tuple[str, Mapping[str, tuple[Decimal, ...]]]]] = {
    "pump": ("pumps", pump.PAYOUTS),
    "chicken": ("lanes", chicken.PAYOUTS),
}
# Where a bet's multiplier is no result: the venue tells the number drawn, or what the round allowed is not told at all.
# (Pump's `_popPoint` and Chicken's `_deathPoint` are kept as sent: whether they count from 0 or 1 is not known.)
_RESULTS: Final[Mapping[str, str | None]] = {
    "limbo": "result",
    "dice": "result",
    "roulette": "result",
    "drill": None,
    "pump": None,
    "chicken": None,
}
# Options that have a column of their own.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {"limbo": ("target",), "pump": ("pumps",), "chicken": ("lanes",)}
# These may be left out of a bet that is too large to be kept whole; the rest says what was bet.
_SPARED: Final = "state"

_DECIMALS: Final = Decimal(1).scaleb(-wire.DECIMALS_MAX)
_DIGITS: Final = Context(prec=60)


def message_of(bet: VenueBet, order: Order | None = None) -> wire.BetMessage:
    """The bet as a message; `order` is what we asked for, where it was ours, and says what the venue does not.

    Raises `streams.wire.InvalidMessage` naming what is missing: the seeds, or a field that cannot be kept.
    """
    told = options_of_state(bet.game, bet.state)
    options = {**told, **(order.options if order is not None else {})}
    fields: dict[str, Any] = {
        "type": "bet",
        "id": bet.id,
        "serverSeedHashed": bet.server_seed_hash,
        "clientSeed": bet.client_seed,
        "nonce": bet.nonce,
        "game": bet.game,
        "amount": _kept(bet.amount),
        "payout": _kept(bet.payout),
        "currency": bet.currency,
        "difficulty": options.pop("difficulty", None),
        "roundResult": _kept(_result(bet, options)),
    }
    fields["roundTarget"] = _kept(_target(bet.game, fields["difficulty"], options))
    message = wire.parse_message({**fields, **_extra(bet, options)}, provider=PROVIDER)
    assert isinstance(message, wire.BetMessage)
    return message._replace(placed_at=bet.placed_at)


def _kept(value: Decimal | None) -> Decimal | None:
    """A number with the decimals that are kept; what comes through a double has more, and no meaning in them."""
    if value is None or int(value.as_tuple().exponent) >= -wire.DECIMALS_MAX:
        return value
    return value.quantize(_DECIMALS, rounding=ROUND_HALF_EVEN, context=_DIGITS)


def _target(game: str, difficulty: str | None, options: Mapping[str, Any]) -> Decimal | None:
    if game in ("limbo", "dice"):
        return options.get("target")
    if game not in _STEPS or difficulty is None:
        return None
    option, tables = _STEPS[game]
    steps, table = options.get(option), tables.get(difficulty, ())
    return table[steps] if isinstance(steps, int) and 0 < steps < len(table) else None


def _result(bet: VenueBet, options: Mapping[str, Any]) -> Decimal | None:
    if bet.active:
        return None
    if bet.game == "drill":
        return _drilled(bet.state, options.get("pick"))
    if bet.game in _RESULTS:
        name = _RESULTS[bet.game]
        return None if name is None else _number(bet.state.get(name))
    # A bet of nothing returns nothing, and says nothing of its round.
    return bet.multiplier if bet.amount or bet.multiplier else None


def _drilled(state: Mapping[str, Any], pick: object) -> Decimal | None:
    """What the picked drill reached."""
    drills = state.get("drillResults")
    if not isinstance(drills, list) or not isinstance(pick, int) or not 1 <= pick <= len(drills):
        return None
    drill = drills[pick - 1]
    return _number(drill.get("multiplier")) if isinstance(drill, Mapping) else None


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return number if number.is_finite() and 0 <= number < 10**wire.INTEGER_DIGITS_MAX else None


def _extra(bet: VenueBet, options: Mapping[str, Any]) -> dict[str, Any]:
    """What has no column: the options under our names, where verification looks first, and the venue's own words."""
    known = {name: value for name, value in options.items() if name not in _COLUMNS.get(bet.game, ())}
    extra = {**known, "payoutMultiplier": bet.multiplier}
    if bet.iid is not None:
        extra["iid"] = bet.iid
    if bet.active:
        extra["active"] = True
    whole = {**extra, _SPARED: dict(bet.state)} if bet.state else extra
    return {**extra, "stateOmitted": True} if wire.check_extra(whole) else whole
