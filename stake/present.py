"""How sessions, bets that were asked for, rotations and balances look on the wire. No secret is among them."""

from collections.abc import Iterable
from typing import Any

from stake.queries import (
    BalanceRow,
    DepositRow,
    IntentRow,
    LimitRow,
    PauseRow,
    RotationRow,
    SessionRow,
)
from stake.values import VenueBet


def session(row: SessionRow) -> dict[str, Any]:
    """A session; of its secrets only that they are there, and how they end."""
    return {
        "id": row.id,
        "label": row.label,
        "host": row.host,
        "simulated": row.simulated,
        "live": row.live,
        "currency": row.currency,
        "account": {"id": row.account_ref, "name": row.account_name} if row.account_ref else None,
        "token": {"hint": row.token_hint or None, "unreadable": row.token_unreadable},
        "clearance": {
            "set": row.has_clearance,
            "hint": row.clearance_hint or None,
            "expires_at": row.clearance_expires_at,
            "state": row.clearance_state or None,
        },
        "user_agent": row.user_agent or None,
        "created_at": row.created_at,
        "created_by": row.created_by,
        "last_verified_at": row.last_verified_at,
        "trouble": None
        if row.trouble is None
        else {
            "kind": row.trouble.kind,
            "message": row.trouble.title,
            "next_step": row.trouble.next_step,
            "at": row.trouble.at,
        },
        "pair": {
            "server_seed_hashed": row.pair_hash,
            "client_seed": row.pair_client_seed,
            "next_server_seed_hashed": row.pair_next_hash or None,
            "nonce": row.pair_nonce,
            "read_at": row.pair_read_at,
        }
        if row.pair_hash
        else None,
    }


def intent(row: IntentRow) -> dict[str, Any]:
    """A bet that was asked for, and what is known of it."""
    return {
        "id": row.id,
        "session": row.session_id,
        "simulated": row.simulated,
        "client_ref": row.client_ref,
        "state": row.state.value,
        "game": row.game,
        "amount": row.amount,
        "currency": row.currency,
        "options": row.options,
        "expected_loss": row.expected_loss,
        "asked_at": row.asked_at,
        "asked_by": row.asked_by,
        "decided_at": row.decided_at,
        "error": {"code": row.error_kind, "message": row.error} if row.error_kind else None,
        "provider_bet_id": row.provider_bet_id,
        "iid": row.iid or None,
        "nonce": row.nonce,
        "payout": row.payout,
        "stream_id": row.stream_id,
        "bet_id": row.bet_seq,
        "checks": row.checks,
        "checked_at": row.checked_at,
        "candidates": list(row.candidates),
    }


def rotation(row: RotationRow) -> dict[str, Any]:
    """A rotation: the pair before and after, what was promised, what was revealed."""
    return {
        "id": row.id,
        "session": row.session_id,
        "state": row.state.value,
        "asked_at": row.asked_at,
        "asked_by": row.asked_by,
        "rotated_at": row.rotated_at,
        "error": row.error or None,
        "previous": {
            "server_seed_hashed": row.old_hash,
            "client_seed": row.old_client_seed,
            "nonce": row.old_nonce,
            "stream_id": row.old_stream_id,
            "server_seed": row.server_seed or None,
            "revealed_at": row.revealed_at,
        },
        "announced_server_seed_hashed": row.announced_hash or None,
        "promise_kept": row.promise_kept,
        "next": {
            "server_seed_hashed": row.new_hash,
            "client_seed": row.new_client_seed,
            "stream_id": row.new_stream_id,
        }
        if row.new_hash
        else None,
    }


def balances(rows: Iterable[BalanceRow]) -> list[dict[str, Any]]:
    """What an account has, a currency each."""
    return [
        {
            "currency": row.currency,
            "available": row.available,
            "vault": row.vault,
            "captured_at": row.captured_at,
        }
        for row in rows
    ]


def deposit(row: DepositRow) -> dict[str, Any]:
    """A move into the vault."""
    return {
        "id": row.id,
        "session": row.session_id,
        "state": row.state.value,
        "currency": row.currency,
        "amount": row.amount,
        "asked_at": row.asked_at,
        "asked_by": row.asked_by,
        "decided_at": row.decided_at,
        "error": row.error or None,
    }


def limit(row: LimitRow) -> dict[str, Any]:
    """The limits of one currency; null is no such limit, and `session` null is for all accounts together."""
    return {
        "session": row.session_id,
        "currency": row.currency,
        "max_wager": row.max_wager,
        "daily_loss": row.daily_loss,
        "stop_loss": row.stop_loss,
        "take_profit": row.take_profit,
        "bets_per_minute": row.bets_per_minute,
        "confirm_above": row.confirm_above,
        "counted_from": row.counted_from,
        "changed_at": row.changed_at,
        "changed_by": row.changed_by,
    }


def pause(row: PauseRow) -> dict[str, Any]:
    """A time without bets."""
    return {
        "id": row.id,
        "session": row.session_id,
        "kind": row.kind,
        "begins_at": row.begins_at,
        "ends_at": row.ends_at,
        "created_by": row.created_by,
    }


def venue_bet(bet: VenueBet) -> dict[str, Any]:
    """A bet as the venue tells it. `server_seed` is null until the venue has retired it."""
    return {
        "provider_bet_id": bet.id,
        "iid": bet.iid,
        "game": bet.game,
        "nonce": bet.nonce,
        "amount": bet.amount,
        "payout": bet.payout,
        "payout_multiplier": bet.multiplier,
        "currency": bet.currency,
        "active": bet.active,
        "placed_at": bet.placed_at,
        "client_seed": bet.client_seed,
        "server_seed_hashed": bet.server_seed_hash,
        "server_seed": bet.server_seed,
        "state": bet.state,
    }
