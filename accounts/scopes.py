"""What a person or a program may do, in seven words. Pure: knows neither requests nor the database."""

from collections.abc import Iterable

MEANINGS: dict[str, str] = {
    "ingest": "post bets and heartbeats",
    "read": "see streams, bets and exports",
    "write": "edit notes and bookmarks, archive and delete; includes read",
    "bet": "place bets at a venue",
    "sessions": "store and remove the sessions of venues",
    "ledger": "move money in the wallets of the ledger",
    "admin": "everything, people and tokens included",
}
SCOPES: tuple[str, ...] = tuple(MEANINGS)

IMPLIED: dict[str, frozenset[str]] = {
    "write": frozenset({"read"}),
    "admin": frozenset(SCOPES),
}


def expand(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes given, with those they imply."""
    given = frozenset(scopes)
    return given.union(*(IMPLIED.get(scope, frozenset()) for scope in given))


def unknown(scopes: Iterable[str]) -> list[str]:
    """Those of `scopes` that are no scopes of ours, sorted."""
    return sorted(set(scopes) - set(SCOPES))


def in_order(scopes: Iterable[str]) -> list[str]:
    """The scopes in the order people read them, each once."""
    given = set(scopes)
    return [scope for scope in SCOPES if scope in given]
