"""Is the database one we can use: PostgreSQL's version, and whose migrations it has had."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader

from stakepro.refusals import Refused

POSTGRESQL_MIN = 150_000
# Any fixed number: it names the lock among this database's advisory locks.
MIGRATION_LOCK = 7_030_002


def check_server() -> None:
    """Refuse a server that does not answer, or is older than PostgreSQL 15."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        reason = " ".join(str(error).split())
        raise Refused(f"The database does not answer: {reason}") from error
    found = connection.connection.info.server_version
    if found < POSTGRESQL_MIN:
        raise Refused(f"The database is PostgreSQL {found // 10_000}; StakePro needs PostgreSQL 15 or later.")


def check_not_newer() -> None:
    """Refuse a database that a newer StakePro has migrated: this code does not know its tables."""
    ahead = unknown_migrations()
    if ahead:
        raise Refused(f"The database was migrated by a newer StakePro (it has {ahead[0]}); update StakePro.")


def unknown_migrations() -> list[str]:
    """Migrations of our own apps that the database has had and this code has not, as `app.name`."""
    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known.update(migration.replaces)
    ours = {config.label for config in apps.get_app_configs() if Path(config.path).is_relative_to(settings.BASE_DIR)}
    # A virtual environment inside the checkout holds other people's apps.
    ours -= {config.label for config in apps.get_app_configs() if "site-packages" in Path(config.path).parts}
    return sorted(
        f"{app}.{name}" for app, name in loader.applied_migrations or {} if app in ours and (app, name) not in known
    )


def migrate() -> None:
    """Bring the tables up to date; of two starts at once on one database the later waits."""
    with _migration_lock():
        check_not_newer()
        call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def _migration_lock() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
