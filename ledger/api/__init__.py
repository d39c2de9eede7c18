"""The ledger's JSON addresses: they read, ask the services and queries once, and tell the answer."""
