"""What the venue answers: JSON text to typed values, error envelopes to errors. Pure.

Unknown fields are ignored; a field that we need and do not find raises `SchemaChanged`. Whatever the bytes are, nothing
but a `VenueError` comes out of here. What proves that nothing was placed is decided in `stake.replies`.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, Final

from stake import games
from stake.errors import BetNotFound, InvalidSession, SchemaChanged
from stake.operations import ALIAS
from stake.values import Balance, Person, RetiredSeed, SeedPair, VaultMove, VenueBet
from streams.exactjson import unstorable

TEXT_MAX: Final = 256  # characters of an id, a seed, a name
INTEGER_DIGITS_MAX: Final = 20  # of an amount, before the point
SMALLEST_EXPONENT: Final = -400  # a double's smallest number has 324 decimals
WHOLE_MAX: Final = 2**53 - 1
_FIRST_YEAR: Final = 2000  # a date before it is none of a bet

Json = Mapping[str, Any]


class NotJson(ValueError):
    """The text is not JSON, or JSON that says a thing twice."""


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Which of the two counts is anybody's guess, and money hangs on it.
        raise NotJson("An object names a field twice.")
    return found


_DECODER: Final = json.JSONDecoder(parse_float=_number, parse_constant=Decimal, object_pairs_hook=_no_name_twice)


def read_json(body: bytes | str) -> Any:
    """The JSON value of a body; numbers with a point or exponent as `Decimal`. Raises `NotJson`."""
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        return _DECODER.decode(text)
    except (RecursionError, ValueError) as error:
        # Without the text: it may be a page of anything.
        raise NotJson(f"The answer is not JSON ({type(error).__name__}).") from None


# --- Fields ---------------------------------------------------------------------------------------


def _missing(name: str) -> SchemaChanged:
    return SchemaChanged(f"The venue's answer has no {name} that StakePro can read.")


def _object(holder: object, name: str) -> Json:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    if not isinstance(value, Mapping):
        raise _missing(name)
    return value


def _text_or_none(holder: Json, name: str) -> str | None:
    value = holder.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_MAX or unstorable(value):
        return None
    return value


def _text(holder: Json, name: str) -> str:
    value = _text_or_none(holder, name)
    if value is None:
        raise _missing(name)
    return value


def _amount(holder: Json, name: str) -> Decimal:
    """A number of 0 or more, as sent; a double's digits are the venue's, not ours to round."""
    value = holder.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**INTEGER_DIGITS_MAX:
        value = Decimal(value)
    if (
        not isinstance(value, Decimal)
        or not value.is_finite()
        or value < 0
        or value.adjusted() >= INTEGER_DIGITS_MAX
        or int(value.as_tuple().exponent) < SMALLEST_EXPONENT
    ):
        raise _missing(name)
    return value


def _whole_or_none(holder: Json, name: str) -> int | None:
    value = holder.get(name)
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < INTEGER_DIGITS_MAX:
        value = int(value) if value == value.to_integral_value() else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= WHOLE_MAX:
        return None
    return value


def read_moment(value: object) -> datetime | None:
    """A date as the venue and its archives write it: RFC 1123, ISO 8601, milliseconds since 1970. None if unreadable.

    In UTC; a date without a zone is UTC already.
    """
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | Decimal):
            moment = datetime.fromtimestamp(float(value) / 1000, UTC)
        elif isinstance(value, str) and len(value) <= TEXT_MAX:
            moment = datetime.fromisoformat(value) if value[:1].isdigit() else parsedate_to_datetime(value)
        else:
            return None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return moment if moment.year >= _FIRST_YEAR else None


# --- The account ----------------------------------------------------------------------------------


def read_person(user: Json) -> Person:
    """Whose token it is. Raises `SchemaChanged`."""
    return Person(_text(user, "id"), _text(user, "name"))


def read_balances(user: Json) -> tuple[Balance, ...]:
    """What the account has, one a currency, zeros included. Raises `SchemaChanged`."""
    return tuple(_balance(row) for row in _list(user, "balances"))


def _list(holder: Json, name: str) -> list[Any]:
    value = holder.get(name)
    if not isinstance(value, list):
        raise _missing(name)
    return value


def _balance(row: object) -> Balance:
    available, vault = _object(row, "available"), _object(row, "vault")
    currency = _text(available, "currency").lower()
    if _text(vault, "currency").lower() != currency:
        raise SchemaChanged("The venue told of one balance in two currencies.")
    return Balance(currency, _amount(available, "amount"), _amount(vault, "amount"))


def read_seed_pair(user: Json) -> SeedPair:
    """The pair in use. Raises `SchemaChanged`."""
    client, server = _object(user, "activeClientSeed"), _object(user, "activeServerSeed")
    nonce = _whole_or_none(server, "nonce")
    if nonce is None:
        raise _missing("nonce")
    open_bets = user.get("activeCasinoBets")
    return SeedPair(
        client_seed=_text(client, "seed"),
        server_seed_hash=_text(server, "seedHash"),
        next_server_seed_hash=_text_or_none(server, "nextSeedHash"),
        nonce=nonce,
        open_games=_open_games(open_bets if isinstance(open_bets, list) else ()),
    )


def _open_games(bets: Iterable[object]) -> tuple[str, ...]:
    names = (_text_or_none(bet, "game") for bet in bets if isinstance(bet, Mapping))
    return tuple(dict.fromkeys(games.slug_of(name) for name in names if name))


def read_rotation(answer: Json) -> SeedPair:
    """The pair that a rotation began. Raises `SchemaChanged`."""
    return read_seed_pair(_object(_object(answer, "clientSeed"), "user"))


def read_retired_seed(user: Json) -> RetiredSeed | None:
    """The pair before the one in use; None where the account has none. Raises `SchemaChanged`."""
    server = user.get("previousServerSeed")
    if server is None:
        return None
    if not isinstance(server, Mapping):
        raise _missing("previousServerSeed")
    client = user.get("previousClientSeed")
    return RetiredSeed(
        server_seed=_text(server, "seed"),
        server_seed_hash=_text(server, "seedHash"),
        client_seed=_text_or_none(client, "seed") if isinstance(client, Mapping) else None,
        nonce=_whole_or_none(server, "nonce"),
    )


def read_vault_move(answer: Json) -> VaultMove:
    """Money that was moved into the vault. Raises `SchemaChanged`."""
    return VaultMove(_text(answer, "id"), _text(answer, "currency").lower(), _amount(answer, "amount"))


def signed_in(user: object) -> Json:
    """The `user` of an answer, where a token without a session has null. Raises `InvalidSession`, `SchemaChanged`."""
    if user is None:
        raise InvalidSession
    if not isinstance(user, Mapping):
        raise _missing("user")
    return user


# --- Bets -----------------------------------------------------------------------------------------


def read_bet(answer: Json, *, iid: str | None = None) -> VenueBet:
    """A bet as CasinoBet tells it. Raises `SchemaChanged` where it lacks an id, a game or an amount."""
    client, server = answer.get("clientSeed"), answer.get("serverSeed")
    client = client if isinstance(client, Mapping) else {}
    server = server if isinstance(server, Mapping) else {}
    return VenueBet(
        id=_text(answer, "id"),
        game=games.slug_of(_text(answer, "game")),
        amount=_amount(answer, "amount"),
        payout=_amount(answer, "payout"),
        multiplier=_amount(answer, "payoutMultiplier"),
        currency=_text(answer, "currency").lower(),
        state=_state(answer.get("state")),
        active=answer.get("active") is True,
        iid=iid,
        nonce=_whole_or_none(answer, "nonce"),
        placed_at=read_moment(answer.get("createdAt")) or read_moment(answer.get("updatedAt")),
        client_seed=_text_or_none(client, "seed"),
        server_seed_hash=_text_or_none(server, "seedHash"),
        server_seed=_text_or_none(server, "seed"),
    )


def _state(value: object) -> dict[str, Any]:
    """What the round's state tells, without the aliases of our question; nothing where it could not be stored."""
    if not isinstance(value, Mapping) or unstorable(value):
        return {}
    return {_without_alias(name): item for name, item in value.items() if name != "__typename"}


def _without_alias(name: str) -> str:
    game, alias, field = name.partition(ALIAS)
    return field if alias and game in games.GAMES and field else name


def read_looked_up(answer: object) -> VenueBet:
    """The bet of a look-up. Raises `BetNotFound`, also for a bet of a game of many players, and `SchemaChanged`."""
    if answer is None:
        raise BetNotFound
    if not isinstance(answer, Mapping):
        raise _missing("bet")
    bet = answer.get("bet")
    if bet is None:
        raise BetNotFound
    if not isinstance(bet, Mapping):
        raise _missing("bet")
    if not _is_casino_bet(bet):
        raise BetNotFound("That bet is of a game of many players, or a sports bet; StakePro does not read those.")
    return _outer_bet(answer, bet)


def read_history(user: Json) -> tuple[VenueBet, ...]:
    """The bets of a page of history, in its order; those that no single player made are left out. `SchemaChanged`."""
    rows = _list(user, "houseBetList")
    found = []
    for row in rows:
        bet = row.get("bet") if isinstance(row, Mapping) else None
        if isinstance(bet, Mapping) and _is_casino_bet(bet):
            found.append(_outer_bet(row, bet))
    return tuple(found)


def _is_casino_bet(bet: Json) -> bool:
    return bet.get("__typename", "CasinoBet") == "CasinoBet"


def _outer_bet(outer: Json, bet: Json) -> VenueBet:
    """A bet inside the entry that gives it its number, house:123…"""
    if "id" not in bet and "id" in outer:
        bet = {**bet, "id": outer["id"]}
    return read_bet(bet, iid=_text_or_none(outer, "iid"))
