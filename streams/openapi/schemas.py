"""The shapes of what goes in and out of the JSON addresses of streams. Pure data."""

from accounts.openapi import ERROR, Schema, array, nullable, record, ref
from streams import wire
from streams.wire import GAMES_WITH_DIFFICULTY

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer", "minimum": 0, "maximum": wire.NONCE_MAX}
NUMBER: Schema = {"type": "number"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
UUID: Schema = {"type": "string", "format": "uuid"}
KEYS: Schema = {"type": "object"}


def _text(longest: int, shortest: int = 1) -> Schema:
    return {"type": "string", "minLength": shortest, "maxLength": longest}


# Exact: at most 20 digits before the point and 18 after it. JSON readers that use floats lose some.
MONEY: Schema = {
    "anyOf": [
        {"type": "number", "minimum": 0, "exclusiveMaximum": 10**wire.INTEGER_DIGITS_MAX},
        {"type": "string", "pattern": r"^[0-9]{1,20}(\.[0-9]{1,18})?$"},
    ]
}
NONCE: Schema = {"anyOf": [WHOLE, {"type": "string", "pattern": "^[0-9]{1,15}$"}]}
DIFFICULTY: Schema = {"type": "string", "enum": list(GAMES_WITH_DIFFICULTY["pump"])}

# --- In -------------------------------------------------------------------------------------------

_SEEDS: dict[str, Schema] = {
    "serverSeedHashed": {**_text(wire.SEED_MAX), "description": "SHA-256 of the server seed, as the venue shows it."},
    "clientSeed": {**_text(wire.SEED_MAX), "description": "Taken as it is; spaces are part of it."},
    "nonce": {**NONCE, "description": "0 to 2⁵³−1."},
    "game": nullable({**_text(wire.GAME_MAX), "description": "pump where it is not given."}),
    "difficulty": nullable(
        {**_text(wire.DIFFICULTY_MAX), "description": "For pump and chicken one of easy, medium, hard, expert."}
    ),
    "roundResult": {**nullable(MONEY), "description": "The multiplier that the round allowed."},
}

BET_MESSAGE = record(
    {
        "type": {"type": ["string", "null"], "enum": ["bet", None]},
        "id": {"anyOf": [_text(wire.ID_MAX), {"type": "integer", "minimum": 0}]},
        "dateTime": {
            "type": ["string", "null"],
            "description": "ISO 8601, UTC where no zone is given. What cannot be read is kept and costs no bet.",
        },
        "amount": {**MONEY, "description": "What was wagered; text keeps its digits where numbers are floats."},
        "payout": {**MONEY, "description": "What came back, the wager included."},
        "currency": nullable({**_text(wire.CURRENCY_MAX), "description": "Never assumed where it is not given."}),
        "roundTarget": {**nullable(MONEY), "description": "The multiplier that was aimed at; above 0."},
        **_SEEDS,
    },
    description="A bet. Keys that are not listed are kept with it, up to 8 KiB. `difficulty` is needed for pump and "
    "chicken; `roundTarget` is above 0.",
    optional=("type", "dateTime", "currency", "roundTarget", "game", "difficulty", "roundResult"),
)
HEARTBEAT_MESSAGE = record(
    {"type": {"type": "string", "enum": ["heartbeat"]}, **_SEEDS},
    description="A round that was played, whether or not its bet is reported.",
    optional=("game", "difficulty", "roundResult"),
)
MESSAGE: Schema = {"anyOf": [ref("BetMessage"), ref("HeartbeatMessage")]}

NOTES_CHANGE = record(
    {
        "notes": nullable(
            {**_text(wire.NOTES_MAX, 0), "description": 'Stripped. null or absent changes nothing, "" clears.'}
        )
    },
    optional=("notes",),
)
NEW_BOOKMARK = record(
    {"nonce": NONCE, "multiplier": MONEY, "note": nullable(_text(wire.NOTES_MAX, 0))}, optional=("note",)
)
BOOKMARK_CHANGE = record({"note": nullable(_text(wire.NOTES_MAX, 0))}, optional=("note",))
FILTER_STATE = record(
    {"min_multiplier": nullable(MONEY), "difficulty": nullable(_text(wire.DIFFICULTY_MAX))},
    description="What a view showed; further keys are kept for the client that saved it.",
    optional=("min_multiplier", "difficulty"),
)
NEW_SNAPSHOT = record(
    {"name": _text(200), "filter_state": nullable(ref("FilterState")), "last_id_checkpoint": NONCE},
    optional=("filter_state",),
)

# --- Out ------------------------------------------------------------------------------------------

_OUTCOME: dict[str, Schema] = {
    "streamId": UUID,
    "accepted": {"type": "boolean", "description": "false for what was known already."},
    "type": {"type": "string", "enum": ["bet", "heartbeat"]},
    "conflict": {"type": "boolean", "description": "Present and true when it contradicts what was known."},
}
OUTCOME = record(_OUTCOME, optional=("conflict",))
BATCH_RESULT = record(
    {**_OUTCOME, "error": record({"code": TEXT, "message": TEXT, "fields": KEYS})},
    description="An outcome, or the error of a message that was refused alone.",
    optional=("streamId", "accepted", "type", "conflict", "error"),
)
BATCH = record({"results": array(ref("BatchResult")), "accepted": WHOLE, "total": WHOLE})

BET = record(
    {
        "id": {**WHOLE, "description": "The bet's number in its stream, from 1, without gaps."},
        "antebot_bet_id": TEXT,
        "received_at": MOMENT,
        "date_time": nullable(MOMENT),
        "nonce": nullable(WHOLE),
        "amount": NUMBER,
        "payout": NUMBER,
        "difficulty": nullable(TEXT),
        "round_target": nullable(NUMBER),
        "round_result": nullable(NUMBER),
        "distance_prev_opt": nullable(
            {**WHOLE, "description": "Nonces back to the previous bet of the same result, game and difficulty."}
        ),
        "distance_prev_tier": nullable({**WHOLE, "description": "Nonces back to the previous hit of the tier."}),
        "game": TEXT,
        "currency": nullable(TEXT),
        "cell": nullable({**WHOLE, "description": "Safe pumps, for Pump."}),
        "provider": {"type": "string", "enum": ["antebot", "stake", "import"]},
        "bookmark_id": nullable(WHOLE),
        "extra": KEYS,
    }
)
MONEY_LINE = record(
    {"currency": nullable(TEXT), "bets": WHOLE, "wagered": NUMBER, "returned": NUMBER, "profit": NUMBER},
    description="One currency; null for bets that named none.",
)
_STREAM: dict[str, Schema] = {
    "id": UUID,
    "server_seed_hashed": TEXT,
    "client_seed": TEXT,
    "created_at": MOMENT,
    "last_seen_at": MOMENT,
    "total_bets": WHOLE,
    "highest_multiplier": nullable(NUMBER),
    "notes": nullable(TEXT),
    "total_rounds": WHOLE,
    "total_conflicts": WHOLE,
    "provider": TEXT,
    "simulated": {"type": "boolean", "description": "Whether a simulated venue dealt it; no money was wagered."},
    "games": array(TEXT),
    "first_nonce": nullable(WHOLE),
    "last_nonce": nullable(WHOLE),
    "last_id": {**WHOLE, "description": "The number of the newest bet, where a tail goes on."},
    "last_heartbeat_at": nullable(MOMENT),
    "archived_at": nullable(MOMENT),
    "money": array(ref("MoneyLine")),
}
STREAM = record(_STREAM)
STREAM_DETAIL = record(
    {
        **_STREAM,
        "lowest_multiplier": nullable(NUMBER),
        "average_multiplier": nullable(NUMBER),
        "notes_version": {**WHOLE, "description": "Send it as If-Match to edit without overwriting."},
        "missing_rounds": nullable({**WHOLE, "description": "null where no heartbeats report every round."}),
        "coverage": nullable({**NUMBER, "description": "The share of the nonces between first and last that came."}),
        "recent_bets": array(ref("Bet"), maxItems=10),
    }
)
STREAMS = record({"streams": array(ref("Stream")), "total": WHOLE, "limit": WHOLE, "offset": WHOLE})
NOTES_CONFLICT = record(
    {
        "error": ERROR["properties"]["error"],
        "detail": TEXT,
        "current": {**TEXT, "description": "What the notes say now."},
        "current_version": WHOLE,
        "yours": {**TEXT, "description": "What you sent."},
    }
)
_PAGE: dict[str, Schema] = {
    "next_after": nullable({**TEXT, "description": "Send it as `after` for the next page; null on the last."}),
    "has_more": {"type": "boolean"},
}
BETS = record({"bets": array(ref("Bet")), "total": WHOLE, "limit": WHOLE, "offset": WHOLE, "stream_id": UUID, **_PAGE})
TAIL = record(
    {
        "bets": array(ref("Bet"), maxItems=1000),
        "last_id": {"type": "integer", "minimum": 0, "description": "Send it as the next `since_id`."},
        "has_more": {"type": "boolean"},
    }
)
HOLES = record(
    {
        "holes": array(record({"first": WHOLE, "last": WHOLE, "nonces": WHOLE})),
        "missing_rounds": nullable(WHOLE),
        "has_heartbeats": {"type": "boolean"},
        "coverage": nullable(NUMBER),
    }
)
CONFLICT = record(
    {
        "id": WHOLE,
        "reason": {"type": "string", "enum": ["nonce", "id", "result"]},
        "nonce": nullable(WHOLE),
        "antebot_bet_id": nullable(TEXT),
        "bet_id": nullable({**WHOLE, "description": "The number of the bet it contradicts."}),
        "message": KEYS,
        "times": WHOLE,
        "first_at": MOMENT,
        "last_at": MOMENT,
    }
)
CONFLICTS = record({"conflicts": array(ref("Conflict")), "total": WHOLE})
HIT = record({"nonce": WHOLE, "bucket": NUMBER, "distance_prev": nullable(WHOLE), "id": WHOLE, "date_time": MOMENT})
HITS = record(
    {
        "hits": array(ref("Hit")),
        "prev_nonce_before_range": nullable(WHOLE),
        "total_in_range": WHOLE,
        "has_more": {"type": "boolean"},
    }
)
GAP_STATS = record(
    {
        "count": {**WHOLE, "description": "Of hits."},
        "gaps": {**WHOLE, "description": "Of gaps that led to them: one less where the first hit is among them."},
        "median": nullable(NUMBER),
        "mean": nullable(NUMBER),
        "min": nullable(WHOLE),
        "max": nullable(WHOLE),
        "method": {"type": "string", "enum": ["exact"]},
    }
)
HIT_STATS = record({"stats_by_range": array(record({"range": TEXT, "stats": ref("GapStats")}))})
GLOBAL_STATS = record(
    {
        "global_stats": ref("GapStats"),
        "theoretical_eta": nullable({**NUMBER, "description": "Mean gap by the game's odds, where they are known."}),
        "confidence_interval": nullable(
            {
                **array(NUMBER, minItems=2, maxItems=2),
                "description": "95 % for the mean gap; null unless every round of the span arrived.",
            }
        ),
    }
)
HIT_BATCH = record(
    {
        "hits_by_bucket": {"type": "object", "additionalProperties": array(ref("Hit"))},
        "stats_by_bucket": {"type": "object", "additionalProperties": ref("GapStats")},
    }
)
MULTIPLIER_STATS = record(
    {
        "multiplier": NUMBER,
        "count": WHOLE,
        "last_nonce": nullable(WHOLE),
        "mean_gap": nullable(NUMBER),
        "std_gap": nullable({**NUMBER, "description": "Of the population."}),
        "p90_gap": nullable({**WHOLE, "description": "Nearest rank."}),
        "max_gap": nullable(WHOLE),
        "eta_theoretical": nullable(NUMBER),
        "eta_observed": nullable(
            {**NUMBER, "description": "Last nonce plus mean gap. Rounds are independent: no forecast."}
        ),
    }
)
METRICS = record(
    {
        "stream_id": UUID,
        "total_bets": WHOLE,
        "highest_multiplier": nullable(NUMBER),
        "hit_rate": nullable({**NUMBER, "description": "Bets a minute."}),
        "multiplier_stats": array(ref("MultiplierStats")),
        "density_buckets": {"type": "object", "additionalProperties": WHOLE},
        "top_peaks": array(record({"multiplier": NUMBER, "nonce": nullable(WHOLE), "timestamp": MOMENT, "id": WHOLE})),
    }
)
BOOKMARK = record(
    {
        "id": WHOLE,
        "stream_id": UUID,
        "nonce": nullable(WHOLE),
        "multiplier": nullable(NUMBER),
        "note": nullable(TEXT),
        "created_at": MOMENT,
        "bet_id": WHOLE,
    }
)
SNAPSHOT = record(
    {
        "id": WHOLE,
        "stream_id": UUID,
        "name": TEXT,
        "filter_state": KEYS,
        "last_id_checkpoint": WHOLE,
        "created_at": MOMENT,
    }
)
REPLAY = record({"snapshot": ref("Snapshot"), "bets": array(ref("Bet")), "total": WHOLE, **_PAGE})
VERIFIED = record({"max_pumps": WHOLE, "max_multiplier": NUMBER, "pop_point": WHOLE})

SCHEMAS: dict[str, Schema] = {
    "BetMessage": BET_MESSAGE,
    "HeartbeatMessage": HEARTBEAT_MESSAGE,
    "NotesChange": NOTES_CHANGE,
    "NewBookmark": NEW_BOOKMARK,
    "BookmarkChange": BOOKMARK_CHANGE,
    "FilterState": FILTER_STATE,
    "NewSnapshot": NEW_SNAPSHOT,
    "Outcome": OUTCOME,
    "BatchResult": BATCH_RESULT,
    "Batch": BATCH,
    "Bet": BET,
    "MoneyLine": MONEY_LINE,
    "Stream": STREAM,
    "StreamDetail": STREAM_DETAIL,
    "Streams": STREAMS,
    "NotesConflict": NOTES_CONFLICT,
    "Bets": BETS,
    "Tail": TAIL,
    "Holes": HOLES,
    "Conflict": CONFLICT,
    "Conflicts": CONFLICTS,
    "Hit": HIT,
    "Hits": HITS,
    "GapStats": GAP_STATS,
    "HitStats": HIT_STATS,
    "GlobalStats": GLOBAL_STATS,
    "HitBatch": HIT_BATCH,
    "MultiplierStats": MULTIPLIER_STATS,
    "Metrics": METRICS,
    "Bookmark": BOOKMARK,
    "Snapshot": SNAPSHOT,
    "Replay": REPLAY,
    "Verified": VERIFIED,
}
