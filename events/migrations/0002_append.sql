-- The one way into the log. It takes the head's lock, so it has to be the last statement of its transaction: whoever
-- appends next waits until that ends. With p_digest the commit is sealed too: it gets the next journal number, and the
-- head's hash becomes SHA-256(the hash before || digest). p_reserved numbers behind those of the events are taken for
-- events that are not stored here, because rows of this commit tell them already (see events/sources.py).
CREATE FUNCTION events_append(
    p_streams text[], p_types text[], p_bodies jsonb[], p_at timestamptz, p_digest bytea DEFAULT NULL,
    p_reserved bigint DEFAULT 0
) RETURNS TABLE (first_seq bigint, last_seq bigint, journal_no bigint, hash_before bytea, hash_after bytea)
LANGUAGE plpgsql AS $$
DECLARE
    told CONSTANT bigint := cardinality(p_streams);
    head events_head;
    before bytea;
BEGIN
    SELECT h.hash INTO STRICT before FROM events_head h WHERE h.id = 1 FOR UPDATE;
    UPDATE events_head h SET
        event_seq = h.event_seq + told + p_reserved,
        journal_no = h.journal_no + CASE WHEN p_digest IS NULL THEN 0 ELSE 1 END,
        hash = CASE WHEN p_digest IS NULL THEN h.hash ELSE sha256(h.hash || p_digest) END
    WHERE h.id = 1 RETURNING h.* INTO head;
    IF told > 0 THEN
        INSERT INTO events_event (seq, stream, type, body, at)
        SELECT head.event_seq - p_reserved - told + e.place, e.stream, e.type, e.body, p_at
        FROM unnest(p_streams, p_types, p_bodies) WITH ORDINALITY AS e (stream, type, body, place);
    END IF;
    IF told + p_reserved > 0 THEN
        -- Whoever listens looks from where it stands; the number only says how far it can look.
        PERFORM pg_notify('events', head.event_seq::text);
    END IF;
    RETURN QUERY SELECT head.event_seq - p_reserved - told + 1, head.event_seq, head.journal_no, before, head.hash;
END
$$;

-- Events are told once. Old ones go by retention, which moves the head's `first_seq` on before it removes any.
CREATE FUNCTION events_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'Events are never changed.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.seq >= (SELECT h.first_seq FROM events_head h WHERE h.id = 1) THEN
        RAISE EXCEPTION 'Event % is still kept.', OLD.seq USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE ON events_event
    FOR EACH ROW EXECUTE FUNCTION events_are_kept();
