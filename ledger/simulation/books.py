"""Empty books of their own: a schema beside the installation's, made by the same migrations, gone afterwards.

Rows of the ledger can never be removed, so nothing is tried out among those of an installation. While `throwaway_books`
is open, this thread's Django connection is one that sees nothing but the new schema: everything that is asked of the
ledger here happens there, by the same tables, constraints, triggers and functions. Listeners of the installation hear
none of it, since the schema has a `pg_notify` of its own that tells nobody.
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final
from uuid import uuid4

import psycopg
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from accounts.switches import make_switches
from events.head import make_head
from ledger import posting

PREFIX: Final = "ledger_simulation_"
ALIAS: Final = "default"
APPS: Final = frozenset({"accounts", "events", "ledger"})

Connect = Callable[[], "psycopg.Connection[Any]"]


@contextmanager
def throwaway_books() -> Iterator[str]:
    """Make the schema and look at nothing else until the end; gives its name."""
    real = connections[ALIAS]
    schema = PREFIX + uuid4().hex
    settings = copy.deepcopy(real.settings_dict)
    # On the connection itself, so that one that was lost and made anew sees the same.
    options = f"{settings['OPTIONS'].get('options', '')} -c search_path={schema},pg_catalog"
    settings["OPTIONS"]["options"] = options.strip()
    made = type(real)(settings, ALIAS)
    connections[ALIAS] = made
    try:
        _execute(f'CREATE SCHEMA "{schema}"')
        _fill(made)
        yield schema
    finally:
        _execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        made.close()
        connections[ALIAS] = real


def _execute(statement: str) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement)


def _fill(connection: Any) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in APPS])
    make_head(using=ALIAS)
    make_switches(using=ALIAS)
    _execute("CREATE FUNCTION pg_notify(text, text) RETURNS void LANGUAGE sql AS ''")


def connector(schema: str, *, of: "type[psycopg.Connection[Any]]" = psycopg.Connection) -> Connect:
    """What connects as the engine does, but to this schema; to be called from any thread."""
    with closing(posting.connect()) as usual:
        parameters: dict[str, Any] = usual.info.get_parameters()
        password = usual.info.password
        threshold = usual.prepare_threshold
    assert f"search_path={schema}," in parameters["options"]

    def connect() -> "psycopg.Connection[Any]":
        made = of.connect(**parameters, password=password, autocommit=True)
        made.prepare_threshold = threshold
        return made

    return connect
