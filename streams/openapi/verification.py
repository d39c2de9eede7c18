"""The operations and shapes of revealing, verifying and recomputing. Pure data."""

from typing import Any

from accounts.openapi import Schema, answer, array, json_body, nullable, operation, parameter, record, ref
from streams import wire
from streams.openapi import examples
from streams.openapi import parameters as p
from streams.openapi.schemas import KEYS, MOMENT, NUMBER, TEXT, UUID, WHOLE

_STATUS = ["match", "mismatch", "not_yet", "cannot"]
_STEPS = record(
    {
        "digests": array(
            record({"message": TEXT, "sha256_hmac": TEXT, "first_float": WHOLE}),
        ),
        "floats": array(NUMBER),
        "picks": array(record({"number": NUMBER, "formula": TEXT, "meaning": TEXT})),
    },
    description="Digests of HMAC-SHA256, the numbers in them (none for a game of a hash chain), what each picked.",
)
EXPLAINED = record(
    {
        "game": TEXT,
        "title": TEXT,
        "result_name": TEXT,
        "result": nullable({**NUMBER, "description": "null for a game without a single result."}),
        "payout": nullable({**NUMBER, "description": "Of one unit; null where the options do not say what was bet."}),
        "unsourced": nullable({**TEXT, "description": "Says so where no source tells what the game pays."}),
        "answers": KEYS,
        "steps": _STEPS,
    }
)
DIFFERENCE = record({"what": {"type": "string", "enum": ["result", "payout"]}, "stored": NUMBER, "recomputed": NUMBER})
CHECKED_BET = record(
    {
        "stream_id": UUID,
        "bet_id": nullable(WHOLE),
        "nonce": nullable(WHOLE),
        "game": TEXT,
        "status": {"type": "string", "enum": _STATUS},
        "compared": array(TEXT),
        "form": nullable({**TEXT, "description": "page: the result is in the form that the venue's page prints."}),
        "differences": array(ref("Difference")),
        "reason": nullable(TEXT),
        "explained": nullable(ref("Explained")),
    }
)
VERIFICATION = record(
    {
        "stream_id": UUID,
        "server_seed_hashed": TEXT,
        "client_seed": TEXT,
        "simulated": {"type": "boolean", "description": "Whether a simulated venue dealt it."},
        "revealed": {"type": "boolean"},
        "revealed_at": nullable(MOMENT),
        "server_seed": nullable({**TEXT, "description": "Once revealed, for the scope write."}),
        "status": {
            "type": "string",
            "enum": ["not_yet", "not_asked", "queued", "running", "finished", "failed"],
            "description": "not_yet while the server seed is hidden.",
        },
        "matches": WHOLE,
        "mismatches": WHOLE,
        "cannot": {**WHOLE, "description": "Rows that cannot be checked: an option, a result or the game is missing."},
        "other_forms": {**WHOLE, "description": "Matches in the form of the venue's page."},
        "rounds_checked": WHOLE,
        "bets_checked": WHOLE,
        "unverified_rounds": {**WHOLE, "description": "That this verification has not seen."},
        "unverified_bets": WHOLE,
        "reasons": array(record({"reason": TEXT, "rows": WHOLE})),
        "version": nullable(TEXT),
        "asked_by": nullable(TEXT),
        "asked_at": nullable(MOMENT),
        "started_at": nullable(MOMENT),
        "finished_at": nullable(MOMENT),
        "error": nullable(TEXT),
        "missing_rounds": nullable({**WHOLE, "description": "null where no heartbeats report every round."}),
        "holes": array(record({"first": WHOLE, "last": WHOLE, "nonces": WHOLE})),
        "mismatch_rows": array(
            record(
                {
                    "nonce": nullable(WHOLE),
                    "bet_id": nullable(WHOLE),
                    "game": TEXT,
                    "differences": array(ref("Difference")),
                    "explained": nullable(ref("Explained")),
                }
            )
        ),
        "cannot_rows": array(
            record(
                {
                    "nonce": nullable(WHOLE),
                    "bet_id": nullable(WHOLE),
                    "game": TEXT,
                    "field": TEXT,
                    "reason": TEXT,
                }
            )
        ),
    },
    description="Counts are of rounds, each with its bet where there is one, and of bets without a nonce.",
)
_SEED_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 1000}
ROUND_TO_VERIFY = record(
    {
        "game": TEXT,
        "params": nullable({**KEYS, "description": "The game's options, such as difficulty or mines."}),
        "server_seed": nullable(_SEED_TEXT),
        "client_seed": nullable(_SEED_TEXT),
        "nonce": nullable(WHOLE),
        "game_hash": nullable({**TEXT, "description": "For crash, slide and zoo, in place of seeds and nonce."}),
        "salt": nullable(TEXT),
        "bet_id": nullable(
            {
                "anyOf": [{"type": "string", "minLength": 1, "maxLength": wire.ID_MAX + 60}, WHOLE],
                "description": "In place of all others: a stored bet, by the id it was reported under or as "
                "`stream id:number`.",
            }
        ),
    },
    optional=("game", "params", "server_seed", "client_seed", "nonce", "game_hash", "salt", "bet_id"),
)

SCHEMAS: dict[str, Schema] = {
    "Explained": EXPLAINED,
    "Difference": DIFFERENCE,
    "CheckedBet": CHECKED_BET,
    "Verification": VERIFICATION,
    "Reveal": record({"server_seed": _SEED_TEXT}),
    "RoundToVerify": ROUND_TO_VERIFY,
}

_SERVER_SEED = "564e967b90f03d0153fdcb2d2d1cc5a5057e0df78163611fe3801d6498e681ca"
_EXPLAINED: dict[str, Any] = {
    "game": "limbo",
    "title": "Limbo",
    "result_name": "multiplier",
    "result": 1.6,
    "payout": None,
    "unsourced": None,
    "answers": {"multiplier": 1.6, "unrounded": 1.6072, "page_form": 1.6},
    "steps": {
        "digests": [{"message": f"{examples.CLIENT_SEED}:5663:0", "sha256_hmac": "9daf9b19…", "first_float": 0}],
        "floats": [0.6159607826],
        "picks": [{"number": 0.6159607826, "formula": "0.99 × 2^24 / …", "meaning": "multiplier 1.60"}],
    },
}
_VERIFICATION: dict[str, Any] = {
    "stream_id": examples.STREAM_ID,
    "server_seed_hashed": examples.HASH,
    "client_seed": examples.CLIENT_SEED,
    "simulated": False,
    "revealed": True,
    "revealed_at": "2026-11-20T12:00:00Z",
    "server_seed": _SERVER_SEED,
    "status": "finished",
    "matches": 599,
    "mismatches": 1,
    "cannot": 1,
    "other_forms": 0,
    "rounds_checked": 601,
    "bets_checked": 600,
    "unverified_rounds": 0,
    "unverified_bets": 0,
    "reasons": [{"reason": "difficulty is missing.", "rows": 1}],
    "version": "0.1.0",
    "asked_by": "owner",
    "asked_at": "2026-11-20T12:00:00Z",
    "started_at": "2026-11-20T12:00:00.1Z",
    "finished_at": "2026-11-20T12:00:00.2Z",
    "error": None,
    "missing_rounds": None,
    "holes": [],
    "mismatch_rows": [
        {
            "nonce": 5663,
            "bet_id": 64,
            "game": "limbo",
            "differences": [{"what": "result", "stored": 3200.18, "recomputed": 1.6}],
            "explained": _EXPLAINED,
        }
    ],
    "cannot_rows": [
        {"nonce": 5664, "bet_id": None, "game": "pump", "field": "difficulty", "reason": "difficulty is missing."}
    ],
}
_LISTING = (
    parameter("limit", {"type": "integer", "minimum": 0, "maximum": 1000, "default": 100}, "Findings of each kind."),
    p.flag("include_steps", "Each mismatch with every step.", default=True),
)


def paths() -> dict[str, Schema]:
    """By address."""
    state = {200: answer(ref("Verification"), _VERIFICATION)}
    return {
        f"{p.STREAM}/reveal": {
            "post": operation(
                "revealServerSeed",
                tag=p.FAIRNESS,
                summary="Reveal a server seed",
                scope="write",
                description="Kept once it hashes to the stream's hash, else 422. Every stream of the hash is verified "
                "in the background; ask again for the outcome.",
                parameters=(p.STREAM_ID, *_LISTING),
                body=json_body(ref("Reveal"), {"server_seed": _SERVER_SEED}),
                answers=state,
            )
        },
        f"{p.STREAM}/verification": {
            "get": operation(
                "getVerification",
                tag=p.FAIRNESS,
                summary="What verifying a stream found",
                scope="read",
                parameters=(p.STREAM_ID, *_LISTING),
                answers=state,
            ),
            "post": operation(
                "verifyStream",
                tag=p.FAIRNESS,
                summary="Verify a stream again",
                scope="write",
                description="In the background, from the start; 409 while its server seed is hidden.",
                parameters=(p.STREAM_ID, *_LISTING),
                answers=state,
                refuses=(409,),
            ),
        },
        "/verify": {"get": _get_verify(), "post": _post_verify()},
    }


def _get_verify() -> Schema:
    return operation(
        "verify",
        tag=p.FAIRNESS,
        summary="Recompute one Pump round",
        scope="read",
        description="For old clients: the seeds are in the query string, which no log of ours keeps; a proxy's may. "
        "409 for the server seed of a stream that is not revealed yet.",
        parameters=(
            p.text("server_seed", wire.SEED_MAX, "The revealed server seed, as text.", required=True),
            p.text("client_seed", wire.SEED_MAX, "The client seed.", required=True),
            parameter("nonce", WHOLE, "The round.", required=True),
            p.choice("difficulty", ["expert", "hard", "medium", "easy"], "Of the round."),
        ),
        answers={200: answer(ref("Verified"), examples.VERIFIED)},
        refuses=(409,),
    )


def _post_verify() -> Schema:
    example = {
        "game": "pump",
        "params": {"difficulty": "expert"},
        "server_seed": _SERVER_SEED,
        "client_seed": examples.CLIENT_SEED,
        "nonce": 5663,
    }
    shape: Schema = {"anyOf": [ref("Explained"), record({"bets": array(ref("CheckedBet"))})]}
    return operation(
        "verifyRound",
        tag=p.FAIRNESS,
        summary="Recompute one round of any game, or verify a stored bet",
        scope="read",
        description="With seeds: the round and every step. With `bet_id`: what verifying that bet says; 404 where no "
        "such bet is known.",
        body=json_body(ref("RoundToVerify"), example),
        answers={200: answer(shape, _EXPLAINED)},
        refuses=(404,),
    )
