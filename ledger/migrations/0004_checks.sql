-- A seal is given once; what it says stays as it was signed.
CREATE TRIGGER ledger_seal_is_kept BEFORE UPDATE OR DELETE ON ledger_seal
    FOR EACH ROW EXECUTE FUNCTION ledger_is_kept();
