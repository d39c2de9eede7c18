"""How verification looks on the wire."""

from collections.abc import Mapping, Sequence
from typing import Any

from fairness.rounds import Explained
from fairness.verify import Answer, Match, Mismatch
from streams import present
from streams import steps as of_round
from streams.queries import Hole, StreamSummary
from streams.queries.verification import Finding, Reveal, VerificationSummary
from streams.verification.one import Checked


def verification(
    stream: StreamSummary,
    *,
    revealed: Reveal | None,
    with_seed: bool,
    verification: VerificationSummary | None,
    mismatches: Sequence[Finding],
    steps: Mapping[int, Explained],
    cannots: Sequence[Finding],
    holes: Sequence[Hole],
) -> dict[str, Any]:
    """A stream's verification; `status` is not_yet while the server seed is hidden."""
    return {
        "stream_id": stream.id,
        "server_seed_hashed": stream.server_seed_hashed,
        "client_seed": stream.client_seed,
        "simulated": stream.simulated,
        "revealed": revealed is not None,
        "revealed_at": revealed.first_seen_at if revealed else None,
        "server_seed": revealed.server_seed if revealed and with_seed else None,
        "status": "not_yet" if revealed is None else verification.status if verification else "not_asked",
        **_counts(stream, verification),
        "missing_rounds": stream.missing if stream.has_heartbeats else None,
        "holes": [present.hole(each) for each in holes],
        "mismatch_rows": [_mismatch(each, steps.get(each.position)) for each in mismatches],
        "cannot_rows": [_cannot(each) for each in cannots],
    }


def _counts(stream: StreamSummary, row: VerificationSummary | None) -> dict[str, Any]:
    return {
        "matches": row.matches if row else 0,
        "mismatches": row.mismatches if row else 0,
        "cannot": row.cannots if row else 0,
        "other_forms": row.other_forms if row else 0,
        "rounds_checked": row.rounds_checked if row else 0,
        "bets_checked": row.bets_checked if row else 0,
        "unverified_rounds": row.unverified_rounds if row else stream.rounds,
        "unverified_bets": row.unverified_bets if row else stream.bets,
        "reasons": [{"reason": reason, "rows": rows} for reason, rows in row.reasons] if row else [],
        "version": (row.version or None) if row else None,
        "asked_by": (row.asked_by or None) if row else None,
        "asked_at": row.asked_at if row else None,
        "started_at": row.started_at if row else None,
        "finished_at": row.finished_at if row else None,
        "error": (row.error or None) if row else None,
    }


def _mismatch(row: Finding, explained: Explained | None) -> dict[str, Any]:
    return {
        "nonce": row.nonce,
        "bet_id": row.seq,
        "game": row.game,
        "differences": [_difference(each) for each in row.differences],
        "explained": None if explained is None else of_round.as_json(explained),
    }


def _cannot(row: Finding) -> dict[str, Any]:
    return {"nonce": row.nonce, "bet_id": row.seq, "game": row.game, "field": row.field, "reason": row.reason}


def _difference(each: Any) -> dict[str, Any]:
    return {"what": each.what, "stored": each.stored, "recomputed": each.recomputed}


def checked_bet(checked: Checked) -> dict[str, Any]:
    """A stored bet and what verifying it says."""
    return {
        "stream_id": checked.stream.id,
        "bet_id": checked.row.seq,
        "nonce": checked.row.nonce,
        "game": checked.row.game,
        **_answer(checked.answer),
        "explained": None if checked.explained is None else of_round.as_json(checked.explained),
    }


def _answer(answer: Answer) -> dict[str, Any]:
    """The same fields for each of the four answers."""
    said: dict[str, Any] = {
        "status": answer.status,
        "compared": [],
        "form": None,
        "differences": [],
        "reason": None,
    }
    match answer:
        case Match():
            return said | {"compared": list(answer.compared), "form": answer.form or None}
        case Mismatch():
            return said | {"differences": [_difference(each) for each in answer.differences]}
        case _:
            return said | {"reason": answer.reason}
