"""Tags and parameters that operations on streams share. Pure data."""

from accounts.openapi import Schema, parameter
from streams import wire
from streams.openapi.schemas import WHOLE

INGEST, STREAMS, BETS, FIGURES, KEPT, FAIRNESS = (
    "Posting bets",
    "Streams",
    "Bets",
    "Figures",
    "Bookmarks and snapshots",
    "Checking a round",
)
TAGS = [
    {"name": INGEST, "description": "How a bot's bets get in: idempotent, durable before they are answered."},
    {"name": STREAMS, "description": "A stream is a seed pair and all that happened under it."},
    {"name": BETS, "description": "Pages, the tail for polling, files, what is missing, what contradicts."},
    {"name": FIGURES, "description": "Hits of one result, the gaps between them, metrics. They describe the past."},
    {"name": KEPT, "description": "What people mark and save."},
    {"name": FAIRNESS, "description": "Recompute what a seed pair gives."},
]


STREAM = "/live/streams/{stream_id}"
STREAM_ID = parameter("stream_id", {"type": "string", "format": "uuid"}, "The stream's public name.", where="path")


def limit(default: int, most: int, name: str = "limit") -> Schema:
    """How many rows at most."""
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return parameter(name, schema, "How many at most.")


def flag(name: str, description: str, *, default: bool = False) -> Schema:
    """true or false."""
    return parameter(name, {"type": "boolean", "default": default}, description)


def number(name: str, description: str, *, required: bool = False) -> Schema:
    """A number of 0 or more."""
    schema = {"type": "number", "minimum": 0, "exclusiveMaximum": 10**wire.INTEGER_DIGITS_MAX}
    return parameter(name, schema, description, required=required)


def whole(name: str, description: str) -> Schema:
    """A whole number of 0 or more."""
    return parameter(name, WHOLE, description)


def choice(name: str, choices: list[str], description: str) -> Schema:
    """One of a few words, the first by default."""
    return parameter(name, {"type": "string", "enum": choices, "default": choices[0]}, description)


def text(name: str, longest: int, description: str, *, required: bool = False) -> Schema:
    """Text up to a length."""
    schema = {"type": "string", "minLength": 1, "maxLength": longest}
    return parameter(name, schema, description, required=required)


OFFSET = whole("offset", "How many to skip; slow far into a long stream, where `after` is not.")
AFTER = text("after", 120, "`next_after` of the page before, in the same order.")
MOMENT: Schema = {"type": "string", "format": "date-time"}
BET_FILTER = (
    number("min_multiplier", "Results from this up."),
    number("max_multiplier", "Results up to this."),
    whole("nonce_from", "Nonces from this up."),
    whole("nonce_to", "Nonces up to this."),
    parameter("received_from", MOMENT, "Arrived at this time or later."),
    parameter("received_to", MOMENT, "Arrived at this time or before."),
    text("game", wire.GAME_MAX, "Of this game."),
    text("difficulty", wire.DIFFICULTY_MAX, "Of this difficulty."),
    parameter("cell", {"type": "integer", "minimum": 0, "maximum": 32_767}, "Of this cell (safe pumps, for Pump)."),
    flag("bookmarked", "Bookmarked ones only."),
)
BUCKET = number("bucket", "The result, rounded to two decimals.", required=True)
RANGE = (
    whole("after_nonce", "From this nonce on."),
    whole("before_nonce", "Below this nonce; default: to the newest."),
)
