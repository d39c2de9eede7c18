"""The shapes of what goes in and out of the addresses below /stake. Pure data."""

from accounts.openapi import Schema, array, nullable, record, ref
from stake import games, queries
from streams.openapi import SCHEMAS as STREAM_SCHEMAS
from streams.openapi.schemas import KEYS, MOMENT, MONEY, NUMBER, TEXT, UUID, WHOLE

FLAG: Schema = {"type": "boolean"}
LIMIT: Schema = {**nullable(MONEY), "description": "Above 0; null or left out is no such limit."}
_INTENT_STATES = list(queries.IntentState.values)
_REQUEST_STATES = list(queries.RequestState.values)


def _text(longest: int, shortest: int = 1) -> Schema:
    return {"type": "string", "minLength": shortest, "maxLength": longest}


CURRENCY: Schema = {"type": "string", "pattern": "^[A-Za-z0-9]{1,10}$", "description": "As the venue names it: btc."}
CLIENT_REF: Schema = {
    **_text(100),
    "description": "Your own name of this request, visible characters. The same name again is the same request.",
}

# --- In -------------------------------------------------------------------------------------------

NEW_SESSION = record(
    {
        "label": {**_text(100), "description": "What you call it."},
        "host": {**_text(253), "description": "One of STAKE_ALLOWED_HOSTS, or `simulator`."},
        "currency": CURRENCY,
        "token": {
            **nullable(_text(500)),
            "description": "The session's x-access-token. Needed for a new session and for another host; left out, the "
            "stored one stays. Never told again.",
        },
        "clearance": {
            **nullable(_text(4000, shortest=0)),
            "description": "The cookie cf_clearance. Left out, the stored one stays; empty, it is taken away.",
        },
        "user_agent": {
            **nullable(_text(500, shortest=0)),
            "description": "Of the browser that earned the clearance, to the letter; needed with one.",
        },
        "clearance_expires_at": nullable(MOMENT),
    },
    optional=("token", "clearance", "user_agent", "clearance_expires_at"),
)
NEW_BET = record(
    {
        "session": UUID,
        "game": {"type": "string", "enum": list(games.GAMES)},
        "amount": {**MONEY, "description": "The wager, in units of the currency; 0 is a bet too."},
        "currency": CURRENCY,
        "options": {**KEYS, "description": "What the game is told, by the names that `fairness` gives: see the guide."},
        "client_ref": CLIENT_REF,
        "confirmed": {**FLAG, "default": False, "description": "For a wager above `confirm_above`."},
    },
    optional=("options", "confirmed"),
)
RECONCILE = record(
    {
        "session": {**UUID, "description": "Look into everything of this session that is not decided."},
        "intent": {**UUID, "description": "Or say what became of this bet, with `bet_id` or `not_placed`."},
        "bet_id": {**_text(500), "description": "The bet that it was: its UUID, its number, or the venue's link."},
        "not_placed": {**FLAG, "description": "You looked at the venue, and it has no such bet."},
        "deposit": {**UUID, "description": "Or say whether this move into the vault was made, with `done`."},
        "done": FLAG,
    },
    optional=("session", "intent", "bet_id", "not_placed", "deposit", "done"),
)
IMPORT = record(
    {"session": UUID, "pages": {"type": "integer", "minimum": 1, "maximum": 200, "default": 4}}, optional=("pages",)
)
ROTATE = record(
    {
        "session": UUID,
        "client_seed": {
            "type": "string",
            "pattern": "^[!-~]([ -~]{0,62}[!-~])?$",
            "description": "Of the new pair; a random one where it is left out.",
        },
    },
    optional=("client_seed",),
)
TO_VAULT = record({"session": UUID, "currency": CURRENCY, "amount": MONEY, "client_ref": CLIENT_REF})
_LIMITS: dict[str, Schema] = {
    "max_wager": LIMIT,
    "daily_loss": LIMIT,
    "stop_loss": LIMIT,
    "take_profit": LIMIT,
    "bets_per_minute": {"type": ["integer", "null"], "minimum": 1, "maximum": 100_000},
    "confirm_above": {**nullable(MONEY), "description": "A wager above it has to be confirmed; may be 0."},
}
NEW_LIMITS = record(
    {
        "session": {**nullable(UUID), "description": "null or left out: all real accounts together."},
        "currency": CURRENCY,
        **_LIMITS,
        "count_anew": {**FLAG, "default": False, "description": "Count stop-loss and take-profit from now on."},
    },
    optional=("session", *_LIMITS, "count_anew"),
)
NEW_PAUSE = record(
    {
        "session": {**nullable(UUID), "description": "null or left out: all betting."},
        "kind": {"type": "string", "enum": ["cool_off", "self_exclusion"]},
        "ends_at": {**MOMENT, "description": "A minute to five years from now."},
    },
    optional=("session",),
)

# --- Out ------------------------------------------------------------------------------------------

_PAIR = record(
    {
        "server_seed_hashed": TEXT,
        "client_seed": TEXT,
        "next_server_seed_hashed": nullable(TEXT),
        "nonce": {**nullable(WHOLE), "description": "Of the last round that is known of."},
        "read_at": nullable(MOMENT),
    }
)
_SESSION: dict[str, Schema] = {
    "id": UUID,
    "label": TEXT,
    "host": TEXT,
    "simulated": FLAG,
    "live": {**FLAG, "description": "Whether bets are sent; otherwise they are dry runs."},
    "currency": TEXT,
    "account": nullable(record({"id": TEXT, "name": TEXT})),
    "token": record(
        {"hint": {**nullable(TEXT), "description": "Its last four characters."}, "unreadable": FLAG},
        description="Unreadable: no key at hand opens it; enter it again.",
    ),
    "clearance": record(
        {
            "set": FLAG,
            "hint": nullable(TEXT),
            "expires_at": nullable(MOMENT),
            "state": {"type": ["string", "null"], "enum": ["soon", "expired", None]},
        }
    ),
    "user_agent": nullable(TEXT),
    "created_at": MOMENT,
    "created_by": TEXT,
    "last_verified_at": nullable(MOMENT),
    "trouble": {
        **nullable(record({"kind": TEXT, "message": TEXT, "next_step": TEXT, "at": MOMENT})),
        "description": "What went wrong last; null once the venue answered again.",
    },
    "pair": {**nullable(_PAIR), "description": "The seed pair in use, as it was last read."},
}
SESSION = record(_SESSION)
BALANCE = record({"currency": TEXT, "available": NUMBER, "vault": NUMBER, "captured_at": MOMENT})
LIMITS_ROW = record(
    {
        "session": nullable(UUID),
        "currency": TEXT,
        **{name: nullable(NUMBER) for name in _LIMITS if name != "bets_per_minute"},
        "bets_per_minute": nullable(WHOLE),
        "counted_from": MOMENT,
        "changed_at": MOMENT,
        "changed_by": TEXT,
    }
)
SESSION_DETAIL = record(
    {**_SESSION, "balances": array(ref("StakeBalance")), "currencies": array(TEXT), "limits": array(ref("StakeLimit"))}
)
INTENT = record(
    {
        "id": UUID,
        "session": UUID,
        "simulated": FLAG,
        "client_ref": TEXT,
        "state": {"type": "string", "enum": _INTENT_STATES},
        "game": TEXT,
        "amount": NUMBER,
        "currency": TEXT,
        "options": KEYS,
        "expected_loss": {**nullable(NUMBER), "description": "null where no source tells what the game returns."},
        "asked_at": MOMENT,
        "asked_by": TEXT,
        "decided_at": nullable(MOMENT),
        "error": nullable(record({"code": TEXT, "message": TEXT})),
        "provider_bet_id": nullable(TEXT),
        "iid": nullable(TEXT),
        "nonce": nullable(WHOLE),
        "payout": nullable(NUMBER),
        "stream_id": nullable(UUID),
        "bet_id": {**nullable(WHOLE), "description": "The bet's `id` in its stream."},
        "checks": {**WHOLE, "description": "How often it was looked for."},
        "checked_at": nullable(MOMENT),
        "candidates": {**array(TEXT), "description": "Bets that it may be, where several fit."},
    },
    description="A bet that was asked for, and what is known of it.",
)
_DETAIL = STREAM_SCHEMAS["StreamDetail"]
PLACED = record(
    {**_DETAIL["properties"], "stake": ref("StakeIntent")},
    description="The stream that the bet is in, as GET /live/streams/{stream_id} answers it, and `stake` beside it. "
    "`stake` alone where the bet is in no stream: a dry run, or not known yet.",
    optional=tuple(_DETAIL["properties"]),
)
_BEFORE = record(
    {
        "server_seed_hashed": TEXT,
        "client_seed": TEXT,
        "nonce": WHOLE,
        "stream_id": nullable(UUID),
        "server_seed": {**nullable(TEXT), "description": "Revealed; it hashes to `server_seed_hashed`."},
        "revealed_at": nullable(MOMENT),
    }
)
ROTATION = record(
    {
        "id": UUID,
        "session": UUID,
        "state": {"type": "string", "enum": _REQUEST_STATES},
        "asked_at": MOMENT,
        "asked_by": TEXT,
        "rotated_at": nullable(MOMENT),
        "error": nullable(TEXT),
        "previous": _BEFORE,
        "announced_server_seed_hashed": nullable(TEXT),
        "promise_kept": {
            **nullable(FLAG),
            "description": "Whether the new hash is the one announced before; null where that cannot be told.",
        },
        "next": nullable(record({"server_seed_hashed": TEXT, "client_seed": TEXT, "stream_id": nullable(UUID)})),
    }
)
DEPOSIT = record(
    {
        "id": UUID,
        "session": UUID,
        "state": {"type": "string", "enum": _REQUEST_STATES},
        "currency": TEXT,
        "amount": NUMBER,
        "asked_at": MOMENT,
        "asked_by": TEXT,
        "decided_at": nullable(MOMENT),
        "error": nullable(TEXT),
    },
    description="A move into the venue's vault.",
)
PAUSE = record(
    {
        "id": UUID,
        "session": nullable(UUID),
        "kind": TEXT,
        "begins_at": MOMENT,
        "ends_at": MOMENT,
        "created_by": TEXT,
    }
)
VENUE_BET = record(
    {
        "provider_bet_id": TEXT,
        "iid": nullable(TEXT),
        "game": TEXT,
        "nonce": nullable(WHOLE),
        "amount": NUMBER,
        "payout": NUMBER,
        "payout_multiplier": NUMBER,
        "currency": TEXT,
        "active": FLAG,
        "placed_at": nullable(MOMENT),
        "client_seed": nullable(TEXT),
        "server_seed_hashed": nullable(TEXT),
        "server_seed": {**nullable(TEXT), "description": "null until the venue has retired it."},
        "state": KEYS,
        "stream_id": {**nullable(UUID), "description": "Our stream of its pair, where there is one."},
        "asked_at": MOMENT,
    },
    description="A bet as the venue tells it; what it does not say is null.",
)
RECONCILED = record(
    {
        "session": UUID,
        "done": {**FLAG, "description": "Whether nothing is left open."},
        "pending": array(ref("StakeIntent")),
        "rotations": array(ref("StakeRotation")),
        "deposits": array(ref("StakeDeposit")),
    }
)
IMPORTED = record(
    {
        **dict.fromkeys(("seen", "new", "known", "conflicts"), WHOLE),
        "left_out": {**WHOLE, "description": "Rounds that are not over, or of games without seeds."},
        "whole": {**FLAG, "description": "Whether everything that was missing is here now, as far as can be told."},
        "streams": array(UUID),
    }
)
LIMITS = record({"session": nullable(UUID), "limits": array(ref("StakeLimit")), "pauses": array(ref("StakePause"))})

SCHEMAS: dict[str, Schema] = {
    "NewStakeSession": NEW_SESSION,
    "NewStakeBet": NEW_BET,
    "StakeReconcile": RECONCILE,
    "StakeImport": IMPORT,
    "StakeRotate": ROTATE,
    "NewStakeDeposit": TO_VAULT,
    "NewStakeLimit": NEW_LIMITS,
    "NewStakePause": NEW_PAUSE,
    "StakeSession": SESSION,
    "StakeSessionDetail": SESSION_DETAIL,
    "StakeBalance": BALANCE,
    "StakeLimit": LIMITS_ROW,
    "StakeLimits": LIMITS,
    "StakePause": PAUSE,
    "StakeIntent": INTENT,
    "StakePlaced": PLACED,
    "StakeRotation": ROTATION,
    "StakeDeposit": DEPOSIT,
    "StakeBet": VENUE_BET,
    "StakeReconciled": RECONCILED,
    "StakeImported": IMPORTED,
}
# What clients send: it may hold more than is listed.
SENT = (
    *("NewStakeSession", "NewStakeBet", "StakeReconcile", "StakeImport", "StakeRotate"),
    *("NewStakeDeposit", "NewStakeLimit", "NewStakePause"),
)
