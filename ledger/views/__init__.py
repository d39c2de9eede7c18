"""The pages of the ledger: each view translates, asks one query or service, and renders."""
