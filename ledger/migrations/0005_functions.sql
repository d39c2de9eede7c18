-- The ledger for people who script against the database: operations as functions, balances as views.
--
-- These functions are the one other path that money takes besides the engine. ledger_post decides one request as
-- ledger/decide.py does, under the same locks and with the same rows: wallets in order of their ids, then answered
-- before, paused, version, limits, funds; wallets, entries, hold, result; last of all the head with journal and events.
-- A test holds the two together, request by request and row by row.
--
-- Amounts are minor units. An answer's code is OK or the reason of a refusal, whose numbers are in details.

CREATE TYPE ledger_answer AS (
    code text, new_available bigint, new_locked bigint, new_version bigint, replayed boolean, details jsonb);

-- The same 16 bytes as Op.fingerprint.
CREATE FUNCTION ledger_fingerprint(
    p_kind smallint, p_wallet bigint, p_amount bigint, p_hold uuid, p_ref_type text, p_ref_id text
) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT substr(sha256(
        int2send(p_kind) || int8send(p_wallet) || int8send(p_amount) || int8send(0)
        || COALESCE('\x01'::bytea || uuid_send(p_hold), '\x00'::bytea) || '\x00'::bytea
        || convert_to(p_ref_type, 'UTF8') || '\x00'::bytea || convert_to(p_ref_id, 'UTF8') || '\x00'::bytea), 1, 16)
$$;

CREATE FUNCTION ledger_post(
    p_kind smallint, p_wallet bigint, p_client uuid, p_amount bigint, p_expected bigint, p_hold uuid,
    p_ref_type text, p_ref_id text
) RETURNS ledger_answer LANGUAGE plpgsql AS $$
DECLARE
    deposit CONSTANT smallint := 1;
    place CONSTANT smallint := 2;
    win CONSTANT smallint := 3;
    lose CONSTANT smallint := 4;
    counterpart CONSTANT smallint := 12;
    amount_max CONSTANT bigint := 100000000000000000;
    balance_max CONSTANT bigint := 9223372036854775807;
    fingerprint CONSTANT bytea := ledger_fingerprint(p_kind, p_wallet, p_amount, p_hold, p_ref_type, p_ref_id);
    at CONSTANT timestamptz := clock_timestamp();
    switch CONSTANT text := CASE p_kind WHEN deposit THEN 'deposits_paused' WHEN place THEN 'wagers_paused' END;
    answer ledger_answer;
    wallet ledger_wallet;
    other ledger_wallet;
    currency ledger_currency;
    known record;
    hold ledger_hold;
    other_id bigint;
    least bigint;
    most bigint;
    refused text;
    details jsonb;
    d_available bigint := 0;
    d_locked bigint := 0;
    d_other bigint := 0;
    changed integer := 0;  -- wallets, and so entries and events
    journal bigint;
    digest bytea;
    told record;
BEGIN
    IF p_client IS NULL OR p_amount IS NULL OR p_ref_type IS NULL OR p_ref_id IS NULL THEN
        RAISE EXCEPTION 'The client id, the amount and the reference are required.' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF switch IS NOT NULL THEN
        PERFORM ledger_hold_switch(switch);
    END IF;
    SELECT o.id INTO other_id FROM ledger_wallet w JOIN ledger_wallet o ON o.currency = w.currency AND o.shard = 0
        AND o.kind = CASE p_kind WHEN deposit THEN 'world' ELSE 'house' END
    WHERE w.id = p_wallet AND p_kind <> place ORDER BY o.id LIMIT 1;
    PERFORM FROM ledger_wallet w WHERE w.id IN (p_wallet, other_id) ORDER BY w.id FOR NO KEY UPDATE;
    SELECT * INTO wallet FROM ledger_wallet w WHERE w.id = p_wallet;
    SELECT * INTO other FROM ledger_wallet w WHERE w.id = other_id;
    SELECT * INTO currency FROM ledger_currency c WHERE c.code = wallet.currency;

    SELECT r.fingerprint, r.version, r.code, r.details INTO known FROM (
        SELECT r.fingerprint, r.version, r.code, r.details FROM ledger_result r
        WHERE r.wallet_id = p_wallet AND r.client_id = p_client
        UNION ALL
        SELECT h.fingerprint, h.version, '', NULL FROM ledger_hold h
        WHERE h.wallet_id = p_wallet AND h.client_id = p_client) AS r;
    IF FOUND THEN
        IF known.fingerprint <> fingerprint THEN
            RETURN ROW('IDEMPOTENCY_MISMATCH', NULL, NULL, NULL, false, '{}'::jsonb)::ledger_answer;
        ELSIF known.version IS NULL THEN
            RETURN ROW(known.code, NULL, NULL, NULL, true, known.details)::ledger_answer;
        END IF;
        SELECT 'OK', e.available_after, e.locked_after, e.version, true, '{}'::jsonb INTO answer
        FROM ledger_entry e WHERE e.wallet_id = p_wallet AND e.version = known.version;
        RETURN answer;
    END IF;
    IF wallet.id IS NULL THEN
        RETURN ROW('NOT_FOUND', NULL, NULL, NULL, false, '{"which": "wallet"}'::jsonb)::ledger_answer;
    END IF;
    IF EXISTS (SELECT FROM accounts_switch s WHERE s.name = switch AND s."on") THEN
        details := jsonb_build_object('which', CASE p_kind WHEN deposit THEN 'Deposits' ELSE 'Wagers' END);
        RETURN ROW('UNAVAILABLE', NULL, NULL, NULL, false, details)::ledger_answer;
    END IF;

    IF p_kind IN (win, lose) THEN
        SELECT * INTO hold FROM ledger_hold h WHERE h.wallet_id = p_wallet AND h.client_id = p_hold AND h.kind = place;
        least := 0;  -- a payout has no limits of its own
        most := amount_max;
    ELSE
        least := currency.least;
        most := COALESCE(NULLIF(currency.most, 0), amount_max);
    END IF;
    IF p_expected <> wallet.version THEN
        refused := 'VERSION_CONFLICT';
        details := jsonb_build_object('expected', p_expected, 'actual', wallet.version);
    ELSIF p_kind IN (win, lose) AND (hold.client_id IS NULL OR hold.status <> 'open') THEN
        refused := CASE WHEN hold.client_id IS NULL THEN 'NOT_FOUND' ELSE 'HOLD_CLOSED' END;
        details := '{"which": "hold"}';
    ELSIF p_amount < least THEN
        refused := 'LIMIT';
        details := jsonb_build_object('which', 'least', 'allowed', least);
    ELSIF p_amount > most THEN
        refused := 'LIMIT';
        details := jsonb_build_object('which', 'most', 'allowed', most);
    ELSIF p_kind = place AND wallet.available < p_amount AND wallet.kind NOT IN ('house', 'world', 'chain') THEN
        refused := 'INSUFFICIENT_FUNDS';
        details := jsonb_build_object('need', p_amount, 'have', wallet.available);
    ELSIF p_kind IN (deposit, win) AND wallet.available + wallet.locked > balance_max - p_amount
        OR abs(other.available::numeric + COALESCE(hold.amount, 0) - p_amount) > balance_max THEN
        refused := 'LIMIT';
        details := jsonb_build_object('which', 'balance', 'allowed', balance_max);
    END IF;

    SELECT nextval('ledger_journal_ids') INTO journal;
    IF refused IS NULL THEN
        CASE p_kind
            WHEN deposit THEN d_available := p_amount; d_other := -p_amount;
            WHEN place THEN d_available := -p_amount; d_locked := p_amount;
            WHEN win THEN d_available := p_amount; d_locked := -hold.amount; d_other := hold.amount - p_amount;
            WHEN lose THEN d_locked := -hold.amount; d_other := hold.amount;
        END CASE;
        -- Says that this posts (see ledger_wallet_stays), for these two statements alone.
        PERFORM set_config('ledger.posting', 'on', true);
        UPDATE ledger_wallet w SET available = w.available + d_available, locked = w.locked + d_locked,
            version = w.version + 1 WHERE w.id = p_wallet RETURNING w.* INTO wallet;
        changed := 1;
        IF d_other <> 0 THEN
            UPDATE ledger_wallet w SET available = w.available + d_other, version = w.version + 1
            WHERE w.id = other_id RETURNING w.* INTO other;
            changed := 2;
        END IF;
        PERFORM set_config('ledger.posting', 'off', true);
        INSERT INTO ledger_entry (journal_id, wallet_id, version, kind, d_available, d_locked, available_after,
            locked_after, client_id, place, ref_type, ref_id, reason)
        VALUES (journal, p_wallet, wallet.version, p_kind, d_available, d_locked, wallet.available, wallet.locked,
            p_client, CASE WHEN d_other <> 0 AND other_id < p_wallet THEN 1 ELSE 0 END, p_ref_type, p_ref_id, '');
        IF d_other <> 0 THEN
            INSERT INTO ledger_entry (journal_id, wallet_id, version, kind, d_available, d_locked, available_after,
                locked_after, client_id, place, ref_type, ref_id, reason)
            VALUES (journal, other_id, other.version, counterpart, d_other, 0, other.available, other.locked, NULL,
                CASE WHEN p_wallet < other_id THEN 1 ELSE 0 END, '', '', '');
        END IF;
    END IF;
    IF refused IS NULL AND p_kind = place THEN
        INSERT INTO ledger_hold (wallet_id, client_id, kind, amount, status, payout, fingerprint, version, ref_type, ref_id)
        VALUES (p_wallet, p_client, place, p_amount, 'open', 0, fingerprint, wallet.version, p_ref_type, p_ref_id);
    ELSE
        INSERT INTO ledger_result (wallet_id, client_id, fingerprint, version, code, details, moved, other_wallet_id)
        VALUES (p_wallet, p_client, fingerprint, CASE WHEN refused IS NULL THEN wallet.version END,
            COALESCE(refused, ''), CASE WHEN refused IS NOT NULL THEN details END,
            CASE WHEN refused IS NULL AND p_kind = deposit THEN p_amount END,
            CASE WHEN refused IS NULL AND p_kind = deposit THEN other_id END);
    END IF;
    IF refused IS NULL AND p_kind IN (win, lose) THEN
        UPDATE ledger_hold h SET status = 'settled', payout = p_amount
        WHERE h.wallet_id = p_wallet AND h.client_id = p_hold;
    END IF;

    SELECT sha256(ledger_header(journal, at, 1)
        || COALESCE(string_agg(ledger_entry_bytes(e), ''::bytea ORDER BY e.wallet_id, e.version), ''::bytea))
    INTO digest FROM ledger_entry e
    WHERE changed > 0 AND (e.wallet_id, e.version) = (p_wallet, wallet.version)
       OR changed > 1 AND (e.wallet_id, e.version) = (other_id, other.version);
    SELECT * INTO told FROM events_append('{}', '{}', '{}', at, digest, changed);
    INSERT INTO ledger_journal (id, no, recorded_at, operations, entries, first_event, events, digest, hash_before, hash)
    VALUES (journal, told.journal_no, at, 1, changed, told.last_seq - changed + 1, changed, digest, told.hash_before,
        told.hash_after);
    IF refused IS NOT NULL THEN
        RETURN ROW(refused, NULL, NULL, NULL, false, details)::ledger_answer;
    END IF;
    RETURN ROW('OK', wallet.available, wallet.locked, wallet.version, false, '{}'::jsonb)::ledger_answer;
END
$$;

-- A switch stays as it is until this transaction ends; the numbers are those of accounts/switches.py.
CREATE FUNCTION ledger_hold_switch(p_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(
        7030003, CASE p_name WHEN 'wagers_paused' THEN 1799445488 WHEN 'deposits_paused' THEN -1869536166 END);
END
$$;

CREATE FUNCTION rpc_place_bet(
    p_wallet bigint, p_amount bigint, p_client uuid, p_expected_version bigint DEFAULT NULL,
    p_ref_type text DEFAULT '', p_ref_id text DEFAULT ''
) RETURNS ledger_answer LANGUAGE sql AS $$
    SELECT ledger_post(2::smallint, p_wallet, p_client, p_amount, p_expected_version, NULL, p_ref_type, p_ref_id)
$$;
-- p_hold is the client id of the wager. It is settled once, for what it held; nobody states what that was.
CREATE FUNCTION rpc_process_win(p_wallet bigint, p_hold uuid, p_payout bigint, p_client uuid)
RETURNS ledger_answer LANGUAGE sql AS $$
    SELECT ledger_post(3::smallint, p_wallet, p_client, p_payout, NULL, p_hold, '', '')
$$;
CREATE FUNCTION rpc_process_loss(p_wallet bigint, p_hold uuid, p_client uuid)
RETURNS ledger_answer LANGUAGE sql AS $$
    SELECT ledger_post(4::smallint, p_wallet, p_client, 0::bigint, NULL, p_hold, '', '')
$$;
-- A deposit of a chain has its client id from what it is, so that it is credited once however often it is seen.
CREATE FUNCTION ledger_deposit_id(p_chain text, p_tx text, p_idx integer, p_block_hash text) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(substr(sha256(convert_to(
        'deposit' || chr(10) || p_chain || chr(10) || p_tx || chr(10) || p_idx || chr(10) || p_block_hash, 'UTF8')), 1, 16),
        'hex')::uuid
$$;
CREATE FUNCTION rpc_record_deposit(
    p_chain text, p_tx text, p_idx integer, p_block_hash text, p_wallet bigint, p_amount bigint
) RETURNS ledger_answer LANGUAGE sql AS $$
    SELECT ledger_post(1::smallint, p_wallet, ledger_deposit_id(p_chain, p_tx, p_idx, p_block_hash), p_amount, NULL, NULL,
        p_chain, p_tx)
$$;
CREATE FUNCTION rpc_get_balance(p_wallet bigint) RETURNS TABLE (available bigint, locked bigint, version bigint)
LANGUAGE sql STABLE AS $$
    SELECT w.available, w.locked, w.version FROM ledger_wallet w WHERE w.id = p_wallet
$$;

-- Where whoever reads a chain goes on. It may go back: a chain can change its mind about its newest blocks.
CREATE FUNCTION get_indexer_checkpoint(p_chain text DEFAULT 'main') RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT COALESCE((SELECT c.last_processed_block FROM ledger_checkpoint c WHERE c.chain = p_chain), 0)
$$;
CREATE FUNCTION set_indexer_checkpoint(p_block bigint, p_chain text DEFAULT 'main') RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_checkpoint (chain, last_processed_block, last_updated) VALUES (p_chain, p_block, clock_timestamp())
    ON CONFLICT (chain) DO UPDATE SET
        last_processed_block = EXCLUDED.last_processed_block, last_updated = EXCLUDED.last_updated
$$;

-- Each wallet's balance three ways: as it stands, as its last entry left it, and as all its entries add up; and what is
-- locked as its open holds say. A wallet is in order where all agree, after any history.
CREATE VIEW balance_reconciliation AS
SELECT w.id AS wallet_id, w.owner, w.currency, w.kind, w.available, w.locked, w.version,
    COALESCE(last.available_after, 0) AS available_last, COALESCE(last.locked_after, 0) AS locked_last,
    COALESCE(sums.available, 0) AS available_sum, COALESCE(sums.locked, 0) AS locked_sum,
    COALESCE(holds.amount, 0) AS locked_holds, COALESCE(sums.entries, 0) AS entries,
    (w.available, w.locked, w.version) = (COALESCE(last.available_after, 0), COALESCE(last.locked_after, 0),
        COALESCE(sums.entries, 0))
    AND (w.available, w.locked) = (COALESCE(sums.available, 0), COALESCE(sums.locked, 0))
    AND w.locked = COALESCE(holds.amount, 0) AS in_order
FROM ledger_wallet w
LEFT JOIN ledger_entry last ON last.wallet_id = w.id AND last.version = w.version
LEFT JOIN (
    SELECT e.wallet_id, sum(e.d_available) AS available, sum(e.d_locked) AS locked, count(*) AS entries
    FROM ledger_entry e GROUP BY e.wallet_id) AS sums ON sums.wallet_id = w.id
LEFT JOIN (
    SELECT h.wallet_id, sum(h.amount) AS amount FROM ledger_hold h WHERE h.status = 'open' GROUP BY h.wallet_id
) AS holds ON holds.wallet_id = w.id;

-- The newest thousand entries, the newest first.
CREATE VIEW recent_activity AS
SELECT j.no AS journal_no, j.recorded_at, e.wallet_id, w.owner, w.currency, e.version,
    CASE e.kind WHEN 1 THEN 'deposit' WHEN 2 THEN 'bet_lock' WHEN 3 THEN 'bet_win' WHEN 4 THEN 'bet_lose'
        WHEN 5 THEN 'bet_void' WHEN 6 THEN 'withdrawal' WHEN 7 THEN 'withdrawal_settled'
        WHEN 8 THEN 'withdrawal_rejected' WHEN 9 THEN 'transfer' WHEN 10 THEN 'adjustment' WHEN 11 THEN 'reversal'
        WHEN 12 THEN 'counterpart' END AS op_type,
    e.d_available, e.d_locked, e.available_after, e.locked_after, e.client_id, e.ref_type, e.ref_id
FROM ledger_journal j JOIN ledger_entry e ON e.journal_id = j.id JOIN ledger_wallet w ON w.id = e.wallet_id
ORDER BY j.no DESC, e.wallet_id, e.version DESC LIMIT 1000;
