"""Tags, parameters and refusals that operations on the venue share. Pure data."""

from accounts.openapi import Schema, parameter, refusal

SESSIONS, BETTING, ACCOUNT, GUARDS = "Stake: sessions", "Stake: bets", "Stake: account", "Stake: limits"
TAGS = [
    {"name": SESSIONS, "description": "Sign-ins at the venue, or at the simulator. Their secrets go in and never out."},
    {"name": BETTING, "description": "Bets placed from here, each sent once; what became of them; the history."},
    {"name": ACCOUNT, "description": "Seed pairs, balances and the vault."},
    {"name": GUARDS, "description": "What a person allows themselves: limits, pauses, the stop of all betting."},
]

_UUID: Schema = {"type": "string", "format": "uuid"}
SESSION_ID = parameter("session_id", _UUID, "The session.", where="path")
INTENT_ID = parameter("intent_id", _UUID, "The bet intent, `stake.id` in the answer to a bet.", where="path")
OF_SESSION = parameter("session", _UUID, "Of this session only.")

# What the venue, or the way to it, may answer with in place of what was asked for.
OF_THE_VENUE: dict[int, Schema] = {
    409: refusal(409, "Not as things are: `error.code` says why, and `error.message` what to do next."),
    429: refusal(429, "The venue asks us to slow down; `Retry-After` says for how long where it is known."),
    502: refusal(502, "The venue failed, or its answer could not be read (`transient`, `schema_changed`)."),
    503: refusal(
        503,
        "The venue could not be reached or rests after failures (`not_connected`, `circuit_open`), or "
        "our database is away.",
    ),
}
OF_OURS: dict[int, Schema] = {409: OF_THE_VENUE[409]}
NO_SUCH: Schema = refusal(404, "There is no such session, or nothing of the id that was named.")
