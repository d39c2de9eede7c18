-- Audit rows are told once. Row triggers on purpose, none on TRUNCATE: emptying a whole database (a test's flush, a
-- rebuilt installation) is not what they guard against, changing or removing single rows is.
CREATE FUNCTION accounts_audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'Audit rows are never changed.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.at > now() - interval '730 days' THEN
        RAISE EXCEPTION 'Audit rows are kept for 730 days.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER accounts_audit_is_kept BEFORE UPDATE OR DELETE ON accounts_auditrow
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_is_kept();
