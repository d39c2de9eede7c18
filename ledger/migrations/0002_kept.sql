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

-- A wallet is never removed and never becomes another; its version only grows, with its balance.
CREATE FUNCTION ledger_wallet_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A wallet is not removed.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.owner, NEW.currency, NEW.kind, NEW.shard) IS DISTINCT FROM (OLD.owner, OLD.currency, OLD.kind, OLD.shard) THEN
        RAISE EXCEPTION 'A wallet does not become another.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.version <= OLD.version AND (NEW.available, NEW.locked) IS DISTINCT FROM (OLD.available, OLD.locked) THEN
        RAISE EXCEPTION 'A balance changes with its version.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ledger_wallet_stays BEFORE UPDATE OR DELETE ON ledger_wallet
    FOR EACH ROW EXECUTE FUNCTION ledger_wallet_stays();

-- A hold ends once.
CREATE FUNCTION ledger_hold_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status <> 'open' OR NEW.status = 'open'
        OR (NEW.wallet_id, NEW.client_id, NEW.kind, NEW.amount) IS DISTINCT FROM
           (OLD.wallet_id, OLD.client_id, OLD.kind, OLD.amount) THEN
        RAISE EXCEPTION 'A hold ends once, and is not changed or removed.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ledger_hold_ends_once BEFORE UPDATE OR DELETE ON ledger_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_hold_ends_once();

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
CREATE FUNCTION ledger_digest(p_journal bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(
        convert_to('stakepro ledger 1', 'UTF8') || int8send(j.id)
        || int8send((extract(epoch FROM j.recorded_at) * 1000000)::bigint) || int8send(j.operations)
        || COALESCE((
            SELECT string_agg(
                int8send(e.wallet_id) || int8send(e.version) || int2send(e.kind) || int8send(e.d_available)
                || int8send(e.d_locked) || int8send(e.available_after) || int8send(e.locked_after)
                || COALESCE(uuid_send(e.client_id), decode(repeat('00', 16), 'hex'))
                || ledger_text(e.ref_type) || ledger_text(e.ref_id) || ledger_text(e.reason),
                ''::bytea ORDER BY e.wallet_id, e.version)
            FROM ledger_entry e WHERE e.journal_id = j.id), ''::bytea))
    FROM ledger_journal j WHERE j.id = p_journal
$$;
