"""What the addresses answer, by example: the recorded pair whose nonce 5663 paid 11200.65. Pure data.

A test holds every example to its schema.
"""

from typing import Any

HASH = "f6ce15af76cf2a667778932a2c899b80f6153e8c056f1b07b3d0ee8926f916c3"
CLIENT_SEED = "zXv1upuFns"
STREAM_ID = "0b9a4a52-6f0e-4c58-9d0e-3a7c1f0f7a11"

BET_MESSAGE: dict[str, Any] = {
    "type": "bet",
    "id": "4d2c7a51-8a33-4c4b-9c70-1f7d3c7a1b11",
    "dateTime": "2026-11-20T12:00:00.123Z",
    "nonce": 5663,
    "amount": 0.002,
    "payout": 22.4013,
    "currency": "usdt",
    "difficulty": "expert",
    "roundTarget": 11200.65,
    "roundResult": 11200.65,
    "clientSeed": CLIENT_SEED,
    "serverSeedHashed": HASH,
}
HEARTBEAT_MESSAGE: dict[str, Any] = {
    "type": "heartbeat",
    "nonce": 5664,
    "roundResult": 1,
    "clientSeed": CLIENT_SEED,
    "serverSeedHashed": HASH,
}
OUTCOME = {"streamId": STREAM_ID, "accepted": True, "type": "bet"}
BATCH = {
    "results": [
        OUTCOME,
        {**OUTCOME, "type": "heartbeat"},
        {
            "error": {
                "code": "invalid",
                "message": "nonce: is required.",
                "fields": {"nonce": "is required."},
            }
        },
    ],
    "accepted": 2,
    "total": 3,
}
BET: dict[str, Any] = {
    "id": 1,
    "antebot_bet_id": BET_MESSAGE["id"],
    "received_at": "2026-11-20T12:00:00.345678Z",
    "date_time": "2026-11-20T12:00:00.123000Z",
    "nonce": 5663,
    "amount": 0.002,
    "payout": 22.4013,
    "difficulty": "expert",
    "round_target": 11200.65,
    "round_result": 11200.65,
    "distance_prev_opt": None,
    "distance_prev_tier": None,
    "game": "pump",
    "currency": "usdt",
    "cell": 12,
    "provider": "antebot",
    "bookmark_id": None,
    "extra": {},
}
STREAM: dict[str, Any] = {
    "id": STREAM_ID,
    "server_seed_hashed": HASH,
    "client_seed": CLIENT_SEED,
    "created_at": "2026-11-20T12:00:00.345678Z",
    "last_seen_at": "2026-11-20T12:00:01.456789Z",
    "total_bets": 1,
    "highest_multiplier": 11200.65,
    "notes": None,
    "total_rounds": 2,
    "total_conflicts": 0,
    "provider": "antebot",
    "simulated": False,
    "games": ["pump"],
    "first_nonce": 5663,
    "last_nonce": 5664,
    "last_id": 1,
    "last_heartbeat_at": "2026-11-20T12:00:01.456789Z",
    "archived_at": None,
    "money": [{"currency": "usdt", "bets": 1, "wagered": 0.002, "returned": 22.4013, "profit": 22.3993}],
}
STREAM_DETAIL = {
    **STREAM,
    "lowest_multiplier": 1,
    "average_multiplier": 5600.825,
    "notes_version": 1,
    "missing_rounds": 0,
    "coverage": 1,
    "recent_bets": [BET],
}
STREAMS = {"streams": [STREAM], "total": 1, "limit": 50, "offset": 0}
BETS = {
    "bets": [BET],
    "total": 1,
    "limit": 100,
    "offset": 0,
    "stream_id": STREAM_ID,
    "next_after": None,
    "has_more": False,
}
TAIL = {"bets": [BET], "last_id": 1, "has_more": False}
HOLES = {
    "holes": [{"first": 5120, "last": 5133, "nonces": 14}],
    "missing_rounds": 14,
    "has_heartbeats": True,
    "coverage": 0.9975,
}
CONFLICTS = {
    "conflicts": [
        {
            "id": 7,
            "reason": "nonce",
            "nonce": 5663,
            "antebot_bet_id": "another id",
            "bet_id": 1,
            "message": {"nonce": 5663, "amount": 0.004, "payout": 0},
            "times": 1,
            "first_at": "2026-11-20T12:00:02Z",
            "last_at": "2026-11-20T12:00:02Z",
        }
    ],
    "total": 1,
}
HIT = {
    "nonce": 5663,
    "bucket": 11200.65,
    "distance_prev": None,
    "id": 1,
    "date_time": "2026-11-20T12:00:00.123000Z",
}
HITS = {"hits": [HIT], "prev_nonce_before_range": None, "total_in_range": 1, "has_more": False}
GAP_STATS = {"count": 3, "gaps": 2, "median": 10.0, "mean": 10.0, "min": 9, "max": 11, "method": "exact"}
HIT_STATS = {"stats_by_range": [{"range": "0-10000", "stats": GAP_STATS}]}
GLOBAL_STATS = {"global_stats": GAP_STATS, "theoretical_eta": 14858, "confidence_interval": [3.6, 31.2]}
HIT_BATCH = {"hits_by_bucket": {"11200.65": [HIT]}, "stats_by_bucket": {"11200.65": GAP_STATS}}
METRICS = {
    "stream_id": STREAM_ID,
    "total_bets": 1,
    "highest_multiplier": 11200.65,
    "hit_rate": 12.5,
    "multiplier_stats": [
        {
            "multiplier": 11200.65,
            "count": 1,
            "last_nonce": 5663,
            "mean_gap": None,
            "std_gap": None,
            "p90_gap": None,
            "max_gap": None,
            "eta_theoretical": 14858,
            "eta_observed": None,
        }
    ],
    "density_buckets": {"5": 1},
    "top_peaks": [{"multiplier": 11200.65, "nonce": 5663, "timestamp": "2026-11-20T12:00:00.123000Z", "id": 1}],
}
NEW_BOOKMARK = {"nonce": 5663, "multiplier": 11200.65, "note": "the big one"}
BOOKMARK = {
    "id": 3,
    "stream_id": STREAM_ID,
    "nonce": 5663,
    "multiplier": 11200.65,
    "note": "the big one",
    "created_at": "2026-11-20T12:01:00Z",
    "bet_id": 1,
}
NEW_SNAPSHOT = {"name": "before the rotation", "filter_state": {"min_multiplier": 34.68}, "last_id_checkpoint": 1}
SNAPSHOT = {**NEW_SNAPSHOT, "id": 4, "stream_id": STREAM_ID, "created_at": "2026-11-20T12:01:00Z"}
REPLAY = {"snapshot": SNAPSHOT, "bets": [BET], "total": 1, "next_after": None, "has_more": False}
VERIFIED = {"max_pumps": 12, "max_multiplier": 11200.65, "pop_point": 13}
