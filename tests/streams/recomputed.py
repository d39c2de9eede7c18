"""What the kept totals must say, counted again from the rows by plain SQL."""

from typing import Any

from django.db import connection

_STREAMS = """
SELECT s.id,
       (SELECT count(*) FROM streams_bet b WHERE b.stream_id = s.id) AS bets,
       (SELECT coalesce(max(b.seq), 0) FROM streams_bet b WHERE b.stream_id = s.id) AS last_seq,
       (SELECT count(*) FROM streams_round r WHERE r.stream_id = s.id) AS rounds,
       (SELECT count(*) FROM streams_conflict c WHERE c.stream_id = s.id) AS conflicts,
       (SELECT min(nonce) FROM streams_round r WHERE r.stream_id = s.id) AS first_nonce,
       (SELECT max(nonce) FROM streams_round r WHERE r.stream_id = s.id) AS last_nonce,
       v.results, v.result_sum, v.highest_result, v.lowest_result
FROM streams_stream s, LATERAL (
    SELECT count(*) AS results, coalesce(sum(result), 0) AS result_sum, max(result) AS highest_result,
           min(result) AS lowest_result
    FROM (SELECT result FROM streams_round r WHERE r.stream_id = s.id AND result IS NOT NULL
          UNION ALL
          SELECT round_result FROM streams_bet b
          WHERE b.stream_id = s.id AND nonce IS NULL AND round_result IS NOT NULL) AS known) AS v
ORDER BY s.id
"""
_KEPT = """
SELECT id, bets, last_seq, rounds, conflicts, first_nonce, last_nonce, results, result_sum, highest_result,
       lowest_result
FROM streams_stream ORDER BY id
"""
_MONEY = """
SELECT stream_id, currency, count(*), sum(amount), sum(payout) FROM streams_bet
GROUP BY stream_id, currency ORDER BY stream_id, currency
"""
_KEPT_MONEY = """
SELECT stream_id, currency, bets, wagered, returned FROM streams_streammoney ORDER BY stream_id, currency
"""


def rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def assert_totals_are_true() -> None:
    """The totals of every stream equal what its rows add up to, and its bets are numbered without a gap."""
    assert rows(_KEPT) == rows(_STREAMS)
    assert rows(_KEPT_MONEY) == rows(_MONEY)
    for _, bets, last_seq, *_rest in rows(_KEPT):
        # Numbers are unique by constraint, so as many as the highest are all of them.
        assert bets == last_seq
