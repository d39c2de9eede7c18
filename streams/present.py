"""How what queries return looks on the wire: the earlier servers' names, with new fields beside them."""

from decimal import Decimal
from typing import Any

from streams.hits import GapStats, Hit, MultiplierStats
from streams.queries import BetRow, BookmarkRow, ConflictRow, Hole, SnapshotRow, StreamSummary


def number(value: float | None) -> Decimal | None:
    """A computed figure as the shortest digits that mean it."""
    return None if value is None else Decimal(repr(value))


def bet(row: BetRow) -> dict[str, Any]:
    """A bet; its `id` is the number in its stream."""
    return {
        "id": row.seq,
        "antebot_bet_id": row.provider_bet_id,
        "received_at": row.received_at,
        "date_time": row.placed_at,
        "nonce": row.nonce,
        "amount": row.amount,
        "payout": row.payout,
        "difficulty": row.difficulty,
        "round_target": row.round_target,
        "round_result": row.round_result,
        "distance_prev_opt": row.distance,
        "distance_prev_tier": row.tier_distance,
        "game": row.game,
        "currency": row.currency,
        "cell": row.cell,
        "provider": row.provider,
        "bookmark_id": row.bookmark_id,
        "extra": row.extra,
    }


def stream(row: StreamSummary) -> dict[str, Any]:
    """A stream as lists show it."""
    return {
        "id": row.id,
        "server_seed_hashed": row.server_seed_hashed,
        "client_seed": row.client_seed,
        "created_at": row.created_at,
        "last_seen_at": row.last_seen_at,
        "total_bets": row.bets,
        "highest_multiplier": row.highest_result,
        "notes": row.notes or None,
        "total_rounds": row.rounds,
        "total_conflicts": row.conflicts,
        "provider": row.provider,
        "simulated": row.simulated,
        "games": row.games,
        "first_nonce": row.first_nonce,
        "last_nonce": row.last_nonce,
        "last_id": row.last_seq,
        "last_heartbeat_at": row.last_heartbeat_at,
        "archived_at": row.archived_at,
        "money": [
            {
                "currency": line.currency,
                "bets": line.bets,
                "wagered": line.wagered,
                "returned": line.returned,
                "profit": line.profit,
            }
            for line in row.money
        ],
    }


def stream_detail(row: StreamSummary, recent: tuple[BetRow, ...]) -> dict[str, Any]:
    """A stream as its own address shows it."""
    return {
        **stream(row),
        "lowest_multiplier": row.lowest_result,
        "average_multiplier": row.average_result,
        "notes_version": row.notes_version,
        "missing_rounds": row.missing if row.has_heartbeats else None,
        "coverage": row.coverage,
        "recent_bets": [bet(each) for each in recent],
    }


def hole(row: Hole) -> dict[str, Any]:
    return {"first": row.first, "last": row.last, "nonces": row.nonces}


def hit(row: Hit, bucket: Decimal) -> dict[str, Any]:
    return {
        "nonce": row.nonce,
        "bucket": bucket,
        "distance_prev": row.distance,
        "id": row.seq,
        "date_time": row.placed_at or row.received_at,
    }


def gap_stats(row: GapStats) -> dict[str, Any]:
    return {
        "count": row.count,
        "gaps": row.gaps,
        "median": number(row.median),
        "mean": number(row.mean),
        "min": row.min,
        "max": row.max,
        "method": "exact",
    }


def multiplier_stats(row: MultiplierStats) -> dict[str, Any]:
    return {
        "multiplier": row.multiplier,
        "count": row.count,
        "last_nonce": row.last_nonce,
        "mean_gap": number(row.mean),
        "std_gap": number(row.deviation),
        "p90_gap": row.p90,
        "max_gap": row.max,
        "eta_theoretical": row.expected,
        "eta_observed": number(row.last_nonce + row.mean if row.mean is not None and row.last_nonce else None),
    }


def bookmark(row: BookmarkRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "stream_id": row.stream_id,
        "nonce": row.nonce,
        "multiplier": row.result,
        "note": row.note or None,
        "created_at": row.created_at,
        "bet_id": row.seq,
    }


def snapshot(row: SnapshotRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "stream_id": row.stream_id,
        "name": row.name,
        "filter_state": row.filter_state,
        "last_id_checkpoint": row.last_seq,
        "created_at": row.created_at,
    }


def conflict(row: ConflictRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "reason": row.reason,
        "nonce": row.nonce,
        "antebot_bet_id": row.provider_bet_id or None,
        "bet_id": row.seq,
        "message": row.message,
        "times": row.times,
        "first_at": row.first_at,
        "last_at": row.last_at,
    }
