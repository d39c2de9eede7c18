"""What one row says: a record of any of the shapes that we know, to a message. Pure.

Files name the same thing differently; `ALIASES` lists the names, best first. What has no name here is kept among the
bet's extra keys.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

from fairness.games import pump
from streams import exactjson, wire
from streams.exporting.ndjson_file import MARK, VERSION
from streams.wire import BetMessage, InvalidMessage, Message

PROVIDERS = ("antebot", "stake", "import")
ID_PREFIX = "import:"

# Field → the names it goes by, letters and digits only; the first that a row has wins, the others stay extra keys.
ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("antebotbetid", "providerbetid", "betid", "id", "iid"),
    "server_seed_hash": ("serverseedhashed", "serverseedhash"),
    "client_seed": ("clientseed",),
    "nonce": ("nonce",),
    "amount": ("amount", "betsize", "wager", "betamount"),
    "payout": ("payout",),
    "currency": ("currency",),
    "game": ("gameslug", "game", "gamename"),
    "difficulty": ("difficulty",),
    "target": ("roundtarget",),
    "result": ("roundresult",),
    "time": ("createdat", "datetime", "placedat", "timestamp", "updatedat"),
}
FIELDS = tuple(ALIASES)
_FIELD_OF = {alias: (name, rank) for name, aliases in ALIASES.items() for rank, alias in enumerate(aliases)}

# Rows of these have no seed pair of their own, so no stream they could belong to.
_MULTIPLAYER = ("MultiplayerCrashBet", "MultiplayerSlideBet")
_GAMES = (
    "limbo pump dice mines keno plinko wheel roulette baccarat diamonds dragonTower hilo blackjack videoPoker slots "
    "slotsTomeOfLife slotsSamurai cases packs bars darts snakes moles chicken tarot drill rockPaperScissors flip "
    "primedice"
)
_SLUGS = {slug.lower(): slug for slug in _GAMES.split()}

# What a record needs to be a bet, rather than something around bets.
_ROW_KEYS = frozenset({MARK, "amount", "betSize", "payout", "nonce", "bet", "createdAt", "created_at", "dateTime"}) | {
    "serverSeedHash",
    "serverSeedHashed",
}
_INGEST_KEYS = frozenset({"id", "nonce", "amount", "payout", "clientSeed", "serverSeedHashed"})
_DEPTH_MAX = 8


class Rejected(ValueError):
    """A row that is no bet we can keep; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What the rows of a file are, where they do not say it themselves."""

    server_seed_hash: str | None = None
    client_seed: str | None = None
    currency: str | None = None
    game: str | None = None

    def __post_init__(self) -> None:
        """Refuse with `Rejected` what no row could hold."""
        limits = {"server_seed_hash": wire.SEED_MAX, "client_seed": wire.SEED_MAX}
        limits |= {"currency": wire.CURRENCY_MAX, "game": wire.GAME_MAX}
        for name, longest in limits.items():
            value = getattr(self, name)
            try:
                if value is not None:
                    wire.check_text(value, longest=longest)
            except ValueError as error:
                raise Rejected(f"--{name.replace('_', '-')} {error}") from error

    def on_the_wire(self) -> dict[str, str]:
        named = {
            "serverSeedHashed": self.server_seed_hash,
            "clientSeed": self.client_seed,
            "currency": self.currency,
            "game": self.game,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(slots=True)
class Reader:
    """Reads the records of one file."""

    defaults: Defaults = Defaults()
    _wire_defaults: dict[str, str] = field(init=False)
    # The seed pairs whose rows say that they were simulated; added to before the row's message is handed on.
    simulated: set[tuple[str, str]] = field(default_factory=set)
    # Rows with neither an id nor a nonce can be told apart by their order alone.
    _seen: Counter[bytes] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._wire_defaults = self.defaults.on_the_wire()

    @property
    def counted(self) -> bool:
        """Whether some ids stand on how often the same row came before: then only the whole file gives them."""
        return bool(self._seen)

    def json(self, record: object) -> Message:
        """The message of a JSON record of any shape; raises `Rejected`."""
        if not isinstance(record, dict):
            raise Rejected("The row is not a JSON object.")
        if MARK in record:
            message = _own(record)
            if record.get("simulated") is True:
                self.simulated.add((message.server_seed_hashed, message.client_seed))
            return message
        kind = record.get("type")
        if kind == "heartbeat" or (record.keys() >= _INGEST_KEYS and "state" not in record):
            message = self._sent(record)
            if not isinstance(message, BetMessage) or "dateTime" not in message.extra:
                return message
        return self.fields(*_named(_flat(record)), needs_game="serverSeedHashed" not in record)

    def _sent(self, record: dict[str, Any]) -> Message:
        """A message as bots send it."""
        if self._wire_defaults:
            record = {**self._wire_defaults, **{name: value for name, value in record.items() if value is not None}}
        try:
            return wire.parse_message(record, provider="import")
        except InvalidMessage as error:
            raise Rejected(str(error)) from error

    def fields(
        self,
        fields: Mapping[str, Any],
        extra: dict[str, Any],
        *,
        provider: str = "import",
        needs_game: bool = False,
        as_is: bool = False,
    ) -> BetMessage:
        """The bet that these fields (of FIELDS, absent where unknown) describe; raises `Rejected`.

        With `needs_game` a row that names none is rejected; else it is of Pump, as it is for bots. A game's name is
        written as the venue writes it, unless the row is `as_is`.
        """
        state = extra.get("state")
        if isinstance(state, dict):
            fields = {**_of_state(state), **fields}
        read = _Fields(fields, extra)
        game = read.text("game", wire.GAME_MAX) or self.defaults.game
        if game is None and needs_game:
            raise Rejected("game is required: the row names none, and --game was not given.")
        game = game or "pump"
        if not as_is:
            game = _SLUGS.get(game.lower(), game)
        difficulty = read.text("difficulty", wire.DIFFICULTY_MAX)
        result = read.number("result")
        message = BetMessage(
            server_seed_hashed=self._hash(read),
            client_seed=read.text("client_seed", wire.SEED_MAX) or self.defaults.client_seed or "",
            provider=provider,
            provider_bet_id="",
            game=game,
            nonce=read.whole("nonce"),
            currency=read.text("currency", wire.CURRENCY_MAX) or self.defaults.currency,
            difficulty=_difficulty(game, difficulty),
            round_target=read.number("target") or None,
            round_result=result,
            cell=wire.cell_of(game, difficulty, result),
            placed_at=read.moment("time"),
            extra=extra,
            **read.money(),
        )
        if wrong := _check_extra(extra):
            raise Rejected(wrong)
        bet_id = read.text("id", wire.ID_MAX)
        return message._replace(provider_bet_id=bet_id or self._id_of(message))

    def _hash(self, read: "_Fields") -> str:
        hashed = read.text("server_seed_hash", wire.SEED_MAX) or self.defaults.server_seed_hash
        if not hashed:
            raise Rejected("The row names no server seed hash, and --server-seed-hash was not given.")
        return hashed

    def _id_of(self, message: BetMessage) -> str:
        """An id from what the row says, so that the same row in another file is the same bet."""
        content = exactjson.dumps(list(message._replace(extra={}, provider="import")))
        digest = hashlib.sha256(content.encode()).digest()
        if message.nonce is not None:
            return ID_PREFIX + digest.hex()[:40]
        self._seen[digest[:12]] += 1
        return f"{ID_PREFIX}{digest.hex()[:40]}:{self._seen[digest[:12]]}"


# --- Records ----------------------------------------------------------------------------------------


def is_row(value: object) -> bool:
    """Whether this is a bet (or what was meant to be one), rather than something around bets."""
    return isinstance(value, dict) and not value.keys().isdisjoint(_ROW_KEYS)


def rows_of(value: object, *, depth: int = _DEPTH_MAX) -> Iterator[object]:
    """The rows in a JSON value: itself, or those in the lists and answers that it wraps them in."""
    if isinstance(value, list) and depth:
        for item in value:
            yield from rows_of(item, depth=depth - 1)
    elif isinstance(value, dict) and depth and not is_row(value):
        inner = [item for name, item in value.items() if name != "errors" and (is_row(item) or holds_more(item))]
        if not inner:
            yield value
        for item in inner:
            yield from rows_of(item, depth=depth - 1)
    else:
        yield value


def holds_more(value: object) -> bool:
    """Whether rows may be in a value. What is beside them, such as {"page": 1}, is flat."""
    if isinstance(value, dict):
        return any(isinstance(item, dict | list) for item in value.values())
    return isinstance(value, list) and bool(value)


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """A wrapped row as a plain one. Raises `Rejected` for what is no finished round of a seed pair."""
    for wrapper in ("data", "bet"):
        if wrapper in record:
            inner = record[wrapper]
            if not isinstance(inner, dict):
                raise Rejected(f"The row has no {wrapper}.")
            outer = {name: value for name, value in record.items() if name != wrapper}
            # What the bet says of itself stands first, and so goes before what its wrapper says, such as another id.
            record = {**inner, **{name: value for name, value in outer.items() if name not in inner or name == "type"}}
    if not is_row(record):
        raise Rejected("The row is not recognised as a bet.")
    kind = record.get("type")
    if kind not in (None, "casino", "bet") or record.get("__typename") in _MULTIPLAYER:
        shown = record.get("__typename") if kind in (None, "casino", "bet") else kind
        raise Rejected(f"A row of type {str(shown)[:40]!r} is no round of a seed pair.")
    if record.get("active") is True:
        raise Rejected("The round is not finished.")
    return record


def _named(record: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A record's values by our names, and the rest by theirs."""
    best: dict[str, tuple[int, str]] = {}
    for key, value in record.items():
        if value is not None and (found := field_of(key)) is not None:
            name, rank = found
            if name not in best or rank < best[name][0]:
                best[name] = (rank, key)
    used = {key for _, key in best.values()}
    fields = {name: record[key] for name, (_, key) in best.items()}
    for outer, inner in (("serverSeed", "seedHash"), ("clientSeed", "seed")):
        _from_seed_object(record, fields, used, outer, inner)
    if isinstance(game := fields.get("game"), dict):
        fields["game"] = game.get("slug") or game.get("name")
    ignored = used | {"active", "__typename"}
    extra = {key: value for key, value in record.items() if key not in ignored and value is not None}
    if extra.get("type") in ("casino", "bet"):
        del extra["type"]
    return fields, extra


def _from_seed_object(record: dict[str, Any], fields: dict[str, Any], used: set[str], outer: str, inner: str) -> None:
    """Seeds as the venue's look-ups give them: {"clientSeed": {"seed": …}, "serverSeed": {"seedHash": …}}."""
    value = record.get(outer)
    if isinstance(value, dict):
        used.add(outer)
        fields["client_seed" if outer == "clientSeed" else "server_seed_hash"] = value.get(inner)


@lru_cache(maxsize=1024)
def field_of(key: str) -> tuple[str, int] | None:
    """The field that a key or column heading means, and how good a name for it this is (0 is best)."""
    return _FIELD_OF.get("".join([char for char in key.lower() if char.isalnum()]))


def _of_state(state: dict[str, Any]) -> dict[str, Any]:
    """What the state of a finished round says of the game's result; pump counts become multipliers."""
    fields: dict[str, Any] = {}
    difficulty = state.get("difficulty")
    if isinstance(difficulty, str):
        fields["difficulty"] = difficulty
    table = pump.PAYOUTS.get(difficulty, ()) if isinstance(difficulty, str) else ()
    for name, count, multiplier in (
        ("target", "roundTarget", "roundTargetMultiplier"),
        ("result", "roundResult", "roundResultMultiplier"),
    ):
        pumps = state.get(count)
        if state.get(multiplier) is not None:
            fields[name] = state[multiplier]
        elif type(pumps) is int and 0 <= pumps < len(table):
            fields[name] = table[pumps]
    if "multiplierTarget" in state and "result" in state:
        fields |= {"target": state["multiplierTarget"], "result": state["result"]}
    return {name: value for name, value in fields.items() if value is not None}


def _own(record: dict[str, Any]) -> Message:
    """A line of our own NDJSON export."""
    if record[MARK] != VERSION:
        raise Rejected("The line was exported by a newer StakePro; update this one.")
    extra = record.get("extra") or {}
    provider = record.get("provider")
    if not isinstance(extra, dict) or provider not in PROVIDERS:
        raise Rejected("The line is not as StakePro exports it.")
    nonce, client_seed = record.get("nonce"), record.get("clientSeed")
    if provider != "import" and nonce is None:
        raise Rejected("nonce: is required.")
    fields = {
        "id": record.get("id"),
        "server_seed_hash": record.get("serverSeedHashed"),
        "client_seed": client_seed,
        "nonce": nonce,
        "amount": record.get("amount"),
        "payout": record.get("payout"),
        "currency": record.get("currency"),
        "difficulty": record.get("difficulty"),
        "target": record.get("roundTarget"),
        "result": record.get("roundResult"),
        "time": record.get("dateTime"),
    }
    read = _Fields({name: value for name, value in fields.items() if value is not None}, {})
    game = read.exact("game", wire.GAME_MAX, record.get("game"))
    difficulty, result = read.text("difficulty", wire.DIFFICULTY_MAX), read.number("result")
    message = BetMessage(
        server_seed_hashed=read.exact("server_seed_hash", wire.SEED_MAX, fields["server_seed_hash"]),
        client_seed=read.exact("client_seed", wire.SEED_MAX, client_seed) if client_seed else "",
        provider=str(provider),
        provider_bet_id=read.exact("id", wire.ID_MAX, fields["id"]),
        game=game,
        nonce=read.whole("nonce"),
        currency=read.text("currency", wire.CURRENCY_MAX),
        difficulty=difficulty,
        round_target=read.number("target") or None,
        round_result=result,
        cell=wire.cell_of(game, difficulty, result),
        placed_at=read.moment("time"),
        extra=extra,
        **read.money(),
    )
    if wrong := _check_extra(extra):
        raise Rejected(wrong)
    return message


# --- Fields -----------------------------------------------------------------------------------------

_DIGITS = re.compile(r"[0-9]{9,17}", re.ASCII)
_MILLISECONDS_FROM = 100_000_000_000  # As seconds this would be the year 5138.
_PLACES = Decimal(1).scaleb(-wire.DECIMALS_MAX)
_WIDE = Context(prec=60, rounding=ROUND_HALF_EVEN)
_FLOAT_DIGITS = 17


class _Fields:
    """Reads fields by name, and names the one that is wrong."""

    def __init__(self, fields: Mapping[str, Any], extra: dict[str, Any]) -> None:
        self._fields = fields
        self._extra = extra

    def _read(self, name: str, read: Callable[[Any], Any]) -> Any:
        value = self._fields.get(name)
        if value is None or value == "":
            return None
        try:
            return read(value)
        except ValueError as error:
            raise Rejected(f"{name}: {error}") from error

    def text(self, name: str, longest: int) -> str | None:
        """Text, or a number as its digits (some exports write ids so)."""
        text: str | None = self._read(name, lambda value: _text(value, longest))
        return text

    def exact(self, name: str, longest: int, value: object) -> str:
        try:
            return wire.check_text(value, longest=longest)
        except ValueError as error:
            raise Rejected(f"{name}: {error}") from error

    def whole(self, name: str) -> int | None:
        whole: int | None = self._read(name, wire.check_whole)
        return whole

    def number(self, name: str) -> Decimal | None:
        """A number; one that a program has written with more than 18 decimals is rounded, and kept as it came."""
        value = self._fields.get(name)
        if isinstance(value, Decimal) and _is_long_float(value):
            rounded = value.quantize(_PLACES, context=_WIDE)
            if rounded != value:
                self._extra[f"{name}Sent"] = value
            return rounded
        number: Decimal | None = self._read(name, wire.check_number)
        return number

    def money(self) -> dict[str, Decimal]:
        """What was risked and won. A row that says neither is a round that was only watched."""
        amount, payout = self.number("amount"), self.number("payout")
        if (amount is None) != (payout is None):
            raise Rejected(f"{'amount' if amount is None else 'payout'} is required.")
        return {"amount": amount or Decimal(0), "payout": payout or Decimal(0)}

    def moment(self, name: str) -> datetime | None:
        """A time; one that cannot be read does not lose the bet but stays among its extra keys."""
        value = self._fields.get(name)
        if value is None or value == "":
            return None
        moment = parse_time(value)
        if moment is None:
            self._extra["dateTime"] = value
        return moment


def _is_long_float(value: Decimal) -> bool:
    """Whether this is a binary float written out, such as 1.2000000000000001E-7, in our range but for its decimals."""
    _, digits, exponent = value.as_tuple()
    return (
        isinstance(exponent, int)
        and exponent < -wire.DECIMALS_MAX
        and len(digits) <= _FLOAT_DIGITS
        and 0 <= value < 10**wire.INTEGER_DIGITS_MAX
    )


def _text(value: object, longest: int) -> str:
    if type(value) is int:
        value = str(value)
    return wire.check_text(value, longest=longest)


def parse_time(value: object) -> datetime | None:
    """A time as ISO 8601, as RFC 1123 ("Mon, 02 Feb 2026 …") or as seconds or milliseconds since 1970."""
    if type(value) is str:
        text = value.strip()
        if not _DIGITS.fullmatch(text):
            return wire.parse_moment(text) or _rfc_1123(text)
        value = int(text)
    if type(value) is not int and not (isinstance(value, Decimal) and value.is_finite()):
        return None
    assert isinstance(value, int | Decimal)
    if not 0 <= value < 10**15:
        return None
    micros = int(value * (1_000 if value >= _MILLISECONDS_FROM else 1_000_000))
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _rfc_1123(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _difficulty(game: str, difficulty: str | None) -> str | None:
    known = wire.GAMES_WITH_DIFFICULTY.get(game)
    if known is not None and difficulty is not None and difficulty not in known:
        raise Rejected(f"difficulty: must be one of {', '.join(known)}.")
    return difficulty


def _check_extra(extra: dict[str, Any]) -> str:
    """What is wrong with the extra keys. The state of a long round goes first when they are too many."""
    wrong = wire.check_extra(extra)
    if wrong and "state" in extra and len(exactjson.dumps(extra["state"])) > wire.EXTRA_BYTES_MAX // 2:
        del extra["state"]
        wrong = wire.check_extra(extra)
    return "; ".join(f"{name}: {text}" for name, text in wrong.items())
