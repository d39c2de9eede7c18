"""What bots send: a message checked field by field, or a sentence for each field that is wrong. Pure; no database.

The contract is that of the earlier servers' `POST /live/ingest` (field names, `type` bet or heartbeat), held to what
their documentation promised: nothing is stored of a message that breaks a rule.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from fairness.games import pump
from streams import exactjson

ID_MAX = 200
SEED_MAX = 256
GAME_MAX = 40
CURRENCY_MAX = 10
DIFFICULTY_MAX = 20
NOTES_MAX = 1000
EXTRA_BYTES_MAX = 8 * 1024
NONCE_MAX = 2**53 - 1
INTEGER_DIGITS_MAX = 20
DECIMALS_MAX = 18

PROVIDERS = ("antebot", "stake", "import")

# Games whose difficulty decides the payout table, so that a bet without it could not be checked.
GAMES_WITH_DIFFICULTY = {"pump": pump.DIFFICULTIES, "chicken": pump.DIFFICULTIES}

_ZERO = Decimal(0)
_NUMBER = re.compile(r"[0-9]{1,60}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,20}", re.ASCII)


class InvalidMessage(ValueError):
    """A message that cannot be taken; `fields` says for each wrong field, by its wire name, what is wrong."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in fields.items()))
        self.fields = fields


class _Wrong(ValueError):
    """One field is wrong; the text completes "<field>: …"."""


class BetMessage(NamedTuple):
    """A bet as a provider reported it; amounts in units of `currency`, None where it named none."""

    server_seed_hashed: str
    client_seed: str
    provider: str
    provider_bet_id: str
    game: str
    nonce: int | None
    amount: Decimal
    payout: Decimal
    currency: str | None
    difficulty: str | None
    round_target: Decimal | None
    round_result: Decimal | None
    cell: int | None
    placed_at: datetime | None
    extra: dict[str, Any]


class HeartbeatMessage(NamedTuple):
    """A round that was played, whether or not its bet is reported."""

    server_seed_hashed: str
    client_seed: str
    game: str
    nonce: int
    difficulty: str | None
    round_result: Decimal | None
    cell: int | None


Message = BetMessage | HeartbeatMessage


def check_text(value: object, *, longest: int, shortest: int = 1) -> str:
    """The text itself, within its length and storable; raises with the rule it breaks."""
    if type(value) is not str:
        raise _Wrong("must be text.")
    if not shortest <= len(value) <= longest:
        raise _Wrong(f"must be {shortest} to {longest} characters long.")
    if value.isascii() and "\0" not in value:
        return value
    if reason := exactjson.unstorable(value):
        raise _Wrong(reason)
    return value


def check_number(value: object) -> Decimal:
    """A number of 0 or more, exact, within 20 digits before the point and 18 after it."""
    # `type() is` and not isinstance: a bool is an int too, and no number here.
    if type(value) is Decimal:
        number = value
    elif type(value) is int:
        number = Decimal(value)
    elif type(value) is str and _NUMBER.fullmatch(value):
        try:
            number = Decimal(value)
        except InvalidOperation as error:
            raise _Wrong("must be a number.") from error
    else:
        raise _Wrong("must be a number.")
    if not number.is_finite():
        raise _Wrong("must be a finite number.")
    if number < 0:
        raise _Wrong("must not be negative.")
    if not number:
        return _ZERO
    if number.adjusted() >= INTEGER_DIGITS_MAX:
        raise _Wrong(f"must have at most {INTEGER_DIGITS_MAX} digits before the point.")
    exponent = number.as_tuple().exponent
    # Zeros at the end are no digits: 0.50000000000000000000 is one decimal written long.
    if exponent < -DECIMALS_MAX:  # type: ignore[operator]
        return _without_zeros(number)
    return number


def _without_zeros(number: Decimal) -> Decimal:
    if number.adjusted() >= -DECIMALS_MAX:
        digits = exactjson.plain(number)
        if len(digits.partition(".")[2]) <= DECIMALS_MAX:
            return Decimal(digits)
    raise _Wrong(f"must have at most {DECIMALS_MAX} decimals.")


def check_whole(value: object) -> int:
    """A whole number of 0 or more; text of digits and 12.0 count as one, true and 1.5 do not."""
    if type(value) is int:
        number = value
    elif (
        type(value) is str
        and _WHOLE.fullmatch(value)
        or (
            type(value) is Decimal
            and value.is_finite()
            and abs(value.adjusted()) < INTEGER_DIGITS_MAX
            and value == int(value)
        )
    ):
        number = int(value)
    else:
        raise _Wrong("must be a whole number.")
    if not 0 <= number <= NONCE_MAX:
        raise _Wrong(f"must be from 0 to {NONCE_MAX}.")
    return number


def _identifier(value: object) -> str:
    if type(value) is int:
        value = str(value)
    return check_text(value, longest=ID_MAX)


def _seed(value: object) -> str:
    return check_text(value, longest=SEED_MAX)


def _target(value: object) -> Decimal:
    number = check_number(value)
    if not number:
        raise _Wrong("must be above 0.")
    return number


def _game(value: object) -> str:
    return check_text(value, longest=GAME_MAX)


def _currency(value: object) -> str:
    return check_text(value, longest=CURRENCY_MAX)


def _difficulty(value: object) -> str:
    return check_text(value, longest=DIFFICULTY_MAX)


# Wire name → how its value is read. What is not named here is kept among the extra keys.
_REQUIRED: dict[str, Callable[[object], Any]] = {"serverSeedHashed": _seed, "clientSeed": _seed, "nonce": check_whole}
_OPTIONAL: dict[str, Callable[[object], Any]] = {
    "game": _game,
    "difficulty": _difficulty,
    "roundResult": check_number,
}
_BET_REQUIRED = {**_REQUIRED, "id": _identifier, "amount": check_number, "payout": check_number}
_BET_OPTIONAL = {**_OPTIONAL, "currency": _currency, "roundTarget": _target}
_BET_KNOWN = frozenset({*_BET_REQUIRED, *_BET_OPTIONAL, "type", "dateTime"})


def parse_message(record: object, *, provider: str = "antebot") -> Message:
    """One message of the ingest contract, as `exactjson.loads` read it; raises `InvalidMessage`."""
    if type(record) is not dict:
        raise InvalidMessage({"body": "must be a JSON object."})
    kind = record.get("type", "bet")
    if kind == "bet" or kind is None:
        return _parse_bet(record, provider)
    if kind == "heartbeat":
        return _parse_heartbeat(record)
    raise InvalidMessage({"type": "must be bet or heartbeat."})


def _read(
    record: dict[str, Any], required: dict[str, Callable[[object], Any]], optional: dict[str, Callable[[object], Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    try:
        # Nothing is wrong with nearly every message, and then this is all.
        values = {name: read(record[name]) for name, read in required.items()}
        for name, read in optional.items():
            value = record.get(name)
            values[name] = None if value is None else read(value)
        return values, {}
    except (KeyError, _Wrong):
        return _read_one_by_one(record, required, optional)


def _read_one_by_one(
    record: dict[str, Any], required: dict[str, Callable[[object], Any]], optional: dict[str, Callable[[object], Any]]
) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, read in required.items():
        value = record.get(name)
        if value is None:
            wrong[name] = "is required."
            continue
        try:
            values[name] = read(value)
        except _Wrong as error:
            wrong[name] = str(error)
    for name, read in optional.items():
        value = record.get(name)
        if value is None:
            values[name] = None
            continue
        try:
            values[name] = read(value)
        except _Wrong as error:
            wrong[name] = str(error)
    return values, wrong


def _check_difficulty(values: dict[str, Any], wrong: dict[str, str], *, required: bool) -> None:
    known = GAMES_WITH_DIFFICULTY.get(values.get("game") or "pump")
    difficulty = values.get("difficulty")
    if known is None or "difficulty" in wrong or difficulty in known or (difficulty is None and not required):
        return
    wrong["difficulty"] = f"must be one of {', '.join(known)}."


def cell_of(game: str, difficulty: str | None, result: Decimal | None) -> int | None:
    """The small integer that stands for a result, where the game has cells and the result is one of them."""
    if game != "pump" or difficulty is None or result is None:
        return None
    return pump.cell_of(difficulty, result)


def parse_moment(value: object) -> datetime | None:
    """An ISO 8601 time in UTC (one without a zone is UTC already), or None where it cannot be read."""
    if type(value) is not str:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is UTC:
            return moment
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def check_extra(extra: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the keys we keep without reading them: their size, or text that cannot be stored."""
    reason = exactjson.unstorable(extra)
    if reason:
        return {"extra": reason}
    if len(exactjson.dumps(extra)) > EXTRA_BYTES_MAX:
        return {"extra": f"unknown keys may hold at most {EXTRA_BYTES_MAX} bytes of JSON together."}
    return {}


def _parse_bet(record: dict[str, Any], provider: str) -> BetMessage:
    values, wrong = _read(record, _BET_REQUIRED, _BET_OPTIONAL)
    _check_difficulty(values, wrong, required=True)
    extra = {} if record.keys() <= _BET_KNOWN else {key: item for key, item in record.items() if key not in _BET_KNOWN}
    placed_at = None
    if (sent := record.get("dateTime")) is not None:
        placed_at = parse_moment(sent)
        if placed_at is None:
            extra["dateTime"] = sent
    if extra:
        wrong.update(check_extra(extra))
    if wrong:
        raise InvalidMessage(wrong)
    game = values["game"] or "pump"
    return BetMessage(
        server_seed_hashed=values["serverSeedHashed"],
        client_seed=values["clientSeed"],
        provider=provider,
        provider_bet_id=values["id"],
        game=game,
        nonce=values["nonce"],
        amount=values["amount"],
        payout=values["payout"],
        currency=values["currency"],
        difficulty=values["difficulty"],
        round_target=values["roundTarget"],
        round_result=values["roundResult"],
        cell=cell_of(game, values["difficulty"], values["roundResult"]),
        placed_at=placed_at,
        extra=extra,
    )


def _parse_heartbeat(record: dict[str, Any]) -> HeartbeatMessage:
    values, wrong = _read(record, _REQUIRED, _OPTIONAL)
    _check_difficulty(values, wrong, required=False)
    if wrong:
        raise InvalidMessage(wrong)
    game = values["game"] or "pump"
    return HeartbeatMessage(
        server_seed_hashed=values["serverSeedHashed"],
        client_seed=values["clientSeed"],
        game=game,
        nonce=values["nonce"],
        difficulty=values["difficulty"],
        round_result=values["roundResult"],
        cell=cell_of(game, values["difficulty"], values["roundResult"]),
    )
