-- Every sealed value passes here on its way into a row. The shared lock lasts until the writer's transaction ends:
-- whoever retires a key takes it alone, so afterwards no row sealed with that key can still be on its way.
-- The statement below the lock sees what was committed before the lock was given (READ COMMITTED, a volatile function).
CREATE FUNCTION accounts_sealed(value bytea) RETURNS bytea LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF value IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(7030002);
    IF EXISTS (SELECT FROM accounts_retired_key WHERE fingerprint = substring(value FROM 2 FOR 8)) THEN
        RAISE EXCEPTION 'The secret was encrypted with a key that has just been retired; try again.'
            USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN value;
END
$$;
