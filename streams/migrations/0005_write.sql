-- All that a batch writes, in one statement: the lock of a stream is then held by the database alone, and no client
-- that waits for a processor holds up the next. Rows come as columns of arrays; see streams/sql.py, which calls it.
--
-- With p_if_new the caller knows nothing of the streams and assumes that every message is new: the streams are locked
-- in key order here, each bet's seq counts from the stream's last, and
--   'gone'  says that a stream does not exist (any more),
--   'known' that a round or id is there already, so that the rules of streams/decide.py are needed;
-- nothing is written then. Without it the caller holds the locks and has decided. 'written' says that it is done.
-- Being volatile, each statement sees what was committed when it began: what earlier holders of the lock wrote.
-- As in 0002_write.sql; only the table and column of further sources have their new names.
CREATE OR REPLACE FUNCTION streams_write(
    p_if_new boolean, p_at timestamptz, p_live boolean,
    p_bet_streams bigint[], p_seqs bigint[], p_providers text[], p_bet_ids text[], p_games text[], p_nonces bigint[],
    p_amounts numeric[], p_payouts numeric[], p_currencies text[], p_difficulties text[], p_targets numeric[],
    p_results numeric[], p_cells smallint[], p_placed timestamptz[], p_extras jsonb[],
    p_round_streams bigint[], p_round_nonces bigint[], p_round_games text[], p_round_difficulties text[],
    p_round_results numeric[], p_round_cells smallint[],
    p_streams bigint[], p_bets_added bigint[], p_rounds_added bigint[], p_conflicts_added bigint[],
    p_results_added bigint[], p_result_sums numeric[], p_highest numeric[], p_lowest numeric[],
    p_first_nonces bigint[], p_last_nonces bigint[], p_seen timestamptz[], p_heartbeats timestamptz[],
    p_new_games jsonb[],
    p_money_streams bigint[], p_money_currencies text[], p_money_bets bigint[], p_wagered numeric[],
    p_returned numeric[]
) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    locked integer;
BEGIN
    IF p_if_new THEN
        PERFORM FROM streams_stream s
        WHERE s.id = ANY (p_streams) AND s.deleted_at IS NULL ORDER BY s.id FOR NO KEY UPDATE;
        GET DIAGNOSTICS locked = ROW_COUNT;
        IF locked < cardinality(p_streams) THEN
            RETURN 'gone';
        END IF;
        -- Every bet with a nonce has its round, so the rounds tell of both.
        PERFORM FROM unnest(p_round_streams, p_round_nonces) AS k (stream_id, nonce), LATERAL (
            SELECT FROM streams_round r WHERE r.stream_id = k.stream_id AND r.nonce = k.nonce OFFSET 0) AS r;
        IF FOUND THEN
            RETURN 'known';
        END IF;
        PERFORM FROM unnest(p_bet_streams, p_bet_ids) AS k (stream_id, bet_id), LATERAL (
            SELECT FROM streams_bet b WHERE b.stream_id = k.stream_id AND b.provider_bet_id = k.bet_id
            ORDER BY b.provider LIMIT 1) AS b;
        IF FOUND THEN
            RETURN 'known';
        END IF;
        PERFORM FROM unnest(p_bet_streams, p_bet_ids) AS k (stream_id, bet_id), LATERAL (
            SELECT FROM streams_betsource a WHERE a.stream_id = k.stream_id AND a.provider_bet_id = k.bet_id
            ORDER BY a.provider LIMIT 1) AS a;
        IF FOUND THEN
            RETURN 'known';
        END IF;
    END IF;

    INSERT INTO streams_bet (stream_id, seq, provider, provider_bet_id, game, nonce, amount, payout, currency,
        difficulty, round_target, round_result, cell, placed_at, extra, received_at)
    SELECT k.stream_id, k.seq + CASE WHEN p_if_new THEN s.last_seq ELSE 0 END, k.provider, k.bet_id, k.game, k.nonce,
        k.amount, k.payout, k.currency, k.difficulty, k.target, k.result, k.cell, k.placed, k.extra, p_at
    FROM unnest(p_bet_streams, p_seqs, p_providers, p_bet_ids, p_games, p_nonces, p_amounts, p_payouts, p_currencies,
                p_difficulties, p_targets, p_results, p_cells, p_placed, p_extras)
         AS k (stream_id, seq, provider, bet_id, game, nonce, amount, payout, currency, difficulty, target, result,
               cell, placed, extra)
    JOIN streams_stream s ON s.id = k.stream_id;

    -- A round is written again only to fill what was missing of it.
    INSERT INTO streams_round AS r (stream_id, nonce, game, difficulty, result, cell, received_at)
    SELECT k.*, p_at
    FROM unnest(p_round_streams, p_round_nonces, p_round_games, p_round_difficulties, p_round_results, p_round_cells)
         AS k
    ON CONFLICT (stream_id, nonce) DO UPDATE SET
        game = EXCLUDED.game,
        difficulty = COALESCE(r.difficulty, EXCLUDED.difficulty),
        result = COALESCE(r.result, EXCLUDED.result),
        cell = COALESCE(r.cell, EXCLUDED.cell);

    UPDATE streams_stream s SET
        last_seq = s.last_seq + d.bets,
        bets = s.bets + d.bets,
        rounds = s.rounds + d.rounds,
        conflicts = s.conflicts + d.conflicts,
        results = s.results + d.results,
        result_sum = s.result_sum + d.result_sum,
        highest_result = GREATEST(s.highest_result, d.highest),
        lowest_result = LEAST(s.lowest_result, d.lowest),
        first_nonce = LEAST(s.first_nonce, d.first_nonce),
        last_nonce = GREATEST(s.last_nonce, d.last_nonce),
        last_seen_at = GREATEST(s.last_seen_at, d.seen),
        last_heartbeat_at = GREATEST(s.last_heartbeat_at, d.heartbeat),
        -- A stream that was put away and goes on is back in the list.
        archived_at = CASE WHEN p_live AND d.bets + d.rounds > 0 THEN NULL ELSE s.archived_at END,
        games = CASE WHEN d.games <@ to_jsonb(s.games) THEN s.games
                     ELSE ARRAY(SELECT g FROM unnest(s.games) AS g
                                UNION SELECT g FROM jsonb_array_elements_text(d.games) AS g ORDER BY 1) END
    FROM unnest(p_streams, p_bets_added, p_rounds_added, p_conflicts_added, p_results_added, p_result_sums, p_highest,
                p_lowest, p_first_nonces, p_last_nonces, p_seen, p_heartbeats, p_new_games)
         AS d (stream_id, bets, rounds, conflicts, results, result_sum, highest, lowest, first_nonce, last_nonce, seen,
               heartbeat, games)
    WHERE s.id = d.stream_id;

    INSERT INTO streams_streammoney AS m (stream_id, currency, bets, wagered, returned)
    SELECT * FROM unnest(p_money_streams, p_money_currencies, p_money_bets, p_wagered, p_returned)
    ON CONFLICT (stream_id, currency) DO UPDATE SET
        bets = m.bets + EXCLUDED.bets, wagered = m.wagered + EXCLUDED.wagered, returned = m.returned + EXCLUDED.returned;

    RETURN 'written';
END
$$;
