-- What was asked for does not change, what was decided neither, and nothing of it is removed.
CREATE FUNCTION ledger_adjustment_is_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status <> 'waiting'
        OR (NEW.id, NEW.wallet_id, NEW.amount, NEW.reason, NEW.asked_by, NEW.asked_by_kind, NEW.asked_person, NEW.asked_at)
           IS DISTINCT FROM
           (OLD.id, OLD.wallet_id, OLD.amount, OLD.reason, OLD.asked_by, OLD.asked_by_kind, OLD.asked_person, OLD.asked_at)
    THEN
        RAISE EXCEPTION 'An adjustment is decided once, and is not changed or removed.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ledger_adjustment_is_decided_once BEFORE UPDATE OR DELETE ON ledger_adjustment
    FOR EACH ROW EXECUTE FUNCTION ledger_adjustment_is_decided_once();
