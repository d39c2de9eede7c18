-- What must not be taken back, whoever tries: held by the database itself. Row triggers, none on TRUNCATE: emptying a
-- whole database is not what they guard against.

-- A pause that has begun can be made longer, never shorter, and is not removed before it is over.
CREATE FUNCTION stake_pause_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.ends_at > now() THEN
            RAISE EXCEPTION 'A pause cannot be removed before it is over.' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF NEW.ends_at < OLD.ends_at OR NEW.begins_at > OLD.begins_at OR NEW.kind <> OLD.kind
        OR NEW.session_id IS DISTINCT FROM OLD.session_id THEN
        RAISE EXCEPTION 'A pause cannot be shortened or changed.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER stake_pause_is_kept BEFORE UPDATE OR DELETE ON stake_cooloff
    FOR EACH ROW EXECUTE FUNCTION stake_pause_is_kept();

-- Play money stays play money.
CREATE FUNCTION stake_session_stays_what_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.simulated <> OLD.simulated THEN
        RAISE EXCEPTION 'A session does not change between simulated and real.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.account_ref <> '' AND NEW.account_ref <> OLD.account_ref THEN
        RAISE EXCEPTION 'A session does not change its account.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER stake_session_stays_what_it_is BEFORE UPDATE ON stake_stakesession
    FOR EACH ROW EXECUTE FUNCTION stake_session_stays_what_it_is();

-- What was asked of the venue is never changed or removed, and what the venue has is never unlearned.
CREATE FUNCTION stake_intent_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'What was asked of the venue is not removed.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.session_id, NEW.account_key, NEW.client_ref, NEW.fingerprint, NEW.identifier, NEW.game, NEW.amount,
        NEW.currency, NEW.options, NEW.asked_at, NEW.asked_by, NEW.nonce_before, NEW.pair_hash)
        IS DISTINCT FROM
       (OLD.session_id, OLD.account_key, OLD.client_ref, OLD.fingerprint, OLD.identifier, OLD.game, OLD.amount,
        OLD.currency, OLD.options, OLD.asked_at, OLD.asked_by, OLD.nonce_before, OLD.pair_hash) THEN
        RAISE EXCEPTION 'What was asked of the venue is not changed.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.provider_bet_id IS NOT NULL AND NEW.provider_bet_id IS DISTINCT FROM OLD.provider_bet_id THEN
        RAISE EXCEPTION 'What the venue has is not unlearned.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER stake_intent_is_kept BEFORE UPDATE OR DELETE ON stake_betintent
    FOR EACH ROW EXECUTE FUNCTION stake_intent_is_kept();

CREATE FUNCTION stake_history_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What was asked of the venue is not removed.' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER stake_rotation_is_kept BEFORE DELETE ON stake_seedrotation
    FOR EACH ROW EXECUTE FUNCTION stake_history_is_kept();
CREATE TRIGGER stake_deposit_is_kept BEFORE DELETE ON stake_vaultdeposit
    FOR EACH ROW EXECUTE FUNCTION stake_history_is_kept();
CREATE TRIGGER stake_balance_is_kept BEFORE UPDATE OR DELETE ON stake_balancesnapshot
    FOR EACH ROW EXECUTE FUNCTION stake_history_is_kept();
