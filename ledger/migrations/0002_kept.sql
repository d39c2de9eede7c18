-- What must not be taken back, whoever tries. Row triggers, none on TRUNCATE: emptying a whole database is not what
-- they guard against.
CREATE FUNCTION ledger_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to.', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_journal_is_kept BEFORE UPDATE OR DELETE ON ledger_journal
    FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_entry_is_kept BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
CREATE TRIGGER ledger_result_is_kept BEFORE UPDATE OR DELETE ON ledger_result
    FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();

-- A wallet is never removed and never becomes another; its version only grows, with its balance; and a balance changes by
-- posting alone: whoever posts says so in the setting ledger.posting, so that a hand in psql does not change one by
-- mistake. What is to be corrected is corrected by an adjustment. The conditions are the triggers' own, so that a change
-- that is allowed, as thousands a second are, calls no function.
CREATE FUNCTION ledger_wallet_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A wallet is not removed, does not become another, and changes by posting alone.'
        USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_wallet_is_kept BEFORE DELETE ON ledger_wallet
    FOR EACH ROW EXECUTE FUNCTION ledger_wallet_stays();
CREATE TRIGGER ledger_wallet_stays BEFORE UPDATE ON ledger_wallet
    FOR EACH ROW WHEN (
        NEW.owner <> OLD.owner OR NEW.currency <> OLD.currency OR NEW.kind <> OLD.kind OR NEW.shard <> OLD.shard
        OR NEW.version <= OLD.version AND (NEW.available <> OLD.available OR NEW.locked <> OLD.locked)
        OR NEW.version <> OLD.version AND current_setting('ledger.posting', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION ledger_wallet_stays();

-- A hold ends once.
CREATE FUNCTION ledger_hold_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A hold ends once, and is not changed or removed.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_hold_is_kept BEFORE DELETE ON ledger_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_hold_ends_once();
CREATE TRIGGER ledger_hold_ends_once BEFORE UPDATE ON ledger_hold
    FOR EACH ROW WHEN (
        OLD.status <> 'open' OR NEW.status = 'open' OR NEW.wallet_id <> OLD.wallet_id OR NEW.client_id <> OLD.client_id
        OR NEW.kind <> OLD.kind OR NEW.amount <> OLD.amount OR NEW.fingerprint <> OLD.fingerprint
        OR NEW.version <> OLD.version OR NEW.ref_type <> OLD.ref_type OR NEW.ref_id <> OLD.ref_id)
    EXECUTE FUNCTION ledger_hold_ends_once();

-- Amounts hang on a currency's scale.
CREATE FUNCTION ledger_currency_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.scale <> OLD.scale OR NEW.code <> OLD.code THEN
        RAISE EXCEPTION 'A currency keeps its scale, and is not removed.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ledger_currency_stays BEFORE UPDATE OR DELETE ON ledger_currency
    FOR EACH ROW EXECUTE FUNCTION ledger_currency_stays();

-- Every batch takes one number; the rows of several processes do not need to be in one order.
CREATE SEQUENCE ledger_journal_ids;

-- Half a page free, so that a changed wallet stays on its page and no index has to be touched.
ALTER TABLE ledger_wallet SET (fillfactor = 50);
ALTER TABLE ledger_hold SET (fillfactor = 80);

-- The same bytes as ledger/content.py, from the stored rows.
CREATE FUNCTION ledger_text(p_text text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT int2send(octet_length(convert_to(p_text, 'UTF8'))::smallint) || convert_to(p_text, 'UTF8')
$$;
CREATE FUNCTION ledger_header(p_journal bigint, p_at timestamptz, p_operations integer) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
    SELECT convert_to('stakepro ledger 1', 'UTF8') || int8send(p_journal)
        || int8send((extract(epoch FROM p_at) * 1000000)::bigint) || int8send(p_operations)
$$;
CREATE FUNCTION ledger_entry_bytes(e ledger_entry) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT int8send(e.wallet_id) || int8send(e.version) || int2send(e.kind) || int8send(e.d_available)
        || int8send(e.d_locked) || int8send(e.available_after) || int8send(e.locked_after)
        || COALESCE(uuid_send(e.client_id), decode(repeat('00', 16), 'hex'))
        || ledger_text(e.ref_type) || ledger_text(e.ref_id) || ledger_text(e.reason)
$$;
CREATE FUNCTION ledger_digest(p_journal bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(ledger_header(j.id, j.recorded_at, j.operations) || COALESCE((
        SELECT string_agg(ledger_entry_bytes(e), ''::bytea ORDER BY e.wallet_id, e.version)
        FROM ledger_entry e WHERE e.journal_id = j.id), ''::bytea))
    FROM ledger_journal j WHERE j.id = p_journal
$$;

-- The events of wallets: a batch's changes of one wallet are one event, told by the last of its entries in the batch.
-- Numbers of a wallet's events grow with its versions, so the first one behind p_after is found by stepping back from
-- the newest in doubled steps, and then halving: near the end, where readers are, that is a step or two.
CREATE FUNCTION ledger_first_version_after(p_wallet bigint, p_after bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint;  -- told at or before p_after; 0 is before everything
    high bigint;  -- told after it; one above the newest version where none is known to be
    middle bigint;
    step bigint := 1;
    later boolean;
BEGIN
    SELECT w.version, w.version + 1 INTO low, high FROM ledger_wallet w WHERE w.id = p_wallet;
    LOOP
        EXIT WHEN low IS NULL OR low < 1;
        SELECT j.first_event + j.events - 1 > p_after INTO later
        FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id WHERE (e.wallet_id, e.version) = (p_wallet, low);
        EXIT WHEN NOT later;
        high := low;
        low := low - step;
        step := step * 2;
    END LOOP;
    low := GREATEST(low, 0);
    WHILE high - low > 1 LOOP
        middle := (low + high) / 2;
        SELECT j.first_event + j.events - 1 > p_after INTO later
        FROM ledger_entry e JOIN ledger_journal j ON j.id = e.journal_id
        WHERE (e.wallet_id, e.version) = (p_wallet, middle);
        IF later THEN high := middle; ELSE low := middle; END IF;
    END LOOP;
    RETURN high;
END
$$;
