"""The hot path: holds of the ledger and the live log of events, in a process of its own (docs/gateway.md).

A raw ASGI application beside Django's views. It reads the same requests with the same modules, lets in the same
callers, posts through the same kind of engine and gives the same answers; it only spends less on each. Nothing depends
on it: whatever it answers, a Django view answers too, at a lower rate.

- `app` finds the route and answers; `server` starts it, `asgi` is what granian loads.
- `identity` finds out who calls, `holds` reads and tells wagers, `relay` stands between the event loop and the engine.
- `hub` reads the log once for all who listen, `feed` is one listener's answer, `reading` what it may ask for.
- `threads` and `lookups` keep whatever waits for the database off the event loop.
"""
