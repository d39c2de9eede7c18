"""Giving every secret a new key, beside running writers, and so that being killed anywhere loses nothing.

1. With a key file a new key goes in front of it, unless an earlier rotation was not finished. From then on every
   process seals with it: each looks at the file before it seals.
2. Rows under other keys are sealed anew, some at a time; each batch is a transaction that holds its rows.
3. To drop the old keys they are first retired in the database. `accounts_sealed` (migrations/0002_vault.sql), through
   which every secret is written, refuses them from then on; the lock it shares makes us wait for writers that passed
   before. So step 2, repeated, finds the last row under an old key.
4. Every row is opened with the newest key. Only then do the old keys leave the file.

The environment cannot be written: with VAULT_KEYS set, whoever runs this puts a new key in front and takes the old
ones out, and steps 2 to 4 say when.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from accounts.models import RetiredKey
from accounts.vault import keys, material
from accounts.vault.field import SecretField
from accounts.vault.secret import Secret, Unreadable, seal

# The lock that migrations/0002_vault.sql shares.
WRITERS_LOCK = 7_030_002
UNREADABLE_LISTED_MAX = 20


class RotationRefused(Exception):
    """Keys cannot be rotated or dropped; the message is for people."""


@dataclass(slots=True)
class Rotated:
    """What a rotation did."""

    sealed_anew: int = 0
    verified: int = 0
    dropped: int = 0
    key_made: bool = False
    resumed: bool = False
    under_old: int = 0
    unreadable: list[str] = field(default_factory=list)


def rotate(*, drop_old: bool, batch: int, at: datetime) -> Rotated:
    """Seal every secret with the newest key, a new one where we keep the file; `batch` rows a transaction.

    RotationRefused where old keys should be dropped and some secret cannot be read, or VAULT_KEYS begins with a
    retired key.
    """
    if settings.VAULT_KEYS:
        return _rotate(Rotated(), drop_old=drop_old, batch=batch, at=at)
    with material.only_one_writer(settings.VAULT_KEYS_FILE):
        done = Rotated()
        _put_new_key_in_front(done)
        return _rotate(done, drop_old=drop_old, batch=batch, at=at)


def _put_new_key_in_front(done: Rotated) -> None:
    path = settings.VAULT_KEYS_FILE
    texts = material.read_file(path)
    if len(texts) > 1 and _any_under_old_keys():
        done.resumed = True
        return
    material.write_file(path, [material.new_key(), *texts])
    done.key_made = True


def _rotate(done: Rotated, *, drop_old: bool, batch: int, at: datetime) -> Rotated:
    keys.ring.forget()
    newest, *old = keys.ring.keys()
    if RetiredKey.objects.filter(fingerprint=newest.fingerprint).exists():
        raise RotationRefused("The first key was retired earlier; put a new one in front: rotate_secrets --new-key.")
    _seal_anew(done, batch=batch)
    if drop_old and old:
        _check_all_open(_verify(batch=batch).unreadable)
        _retire([key.fingerprint for key in old], at=at)
        _seal_anew(done, batch=batch)
    verified = _verify(batch=batch)
    done.verified, done.unreadable, done.under_old = verified.opened, verified.unreadable, len(verified.under_old)
    if drop_old and old:
        _check_all_open(verified.unreadable + verified.under_old)
        if not settings.VAULT_KEYS:
            material.write_file(settings.VAULT_KEYS_FILE, material.read_file(settings.VAULT_KEYS_FILE)[:1])
        done.dropped = len(old)
    return done


def secret_fields() -> Iterator[SecretField]:
    """Every SecretField of every installed model that has a table of its own."""
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.proxy:
            yield from (each for each in model._meta.local_concrete_fields if isinstance(each, SecretField))


def _retire(fingerprints: list[bytes], *, at: datetime) -> None:
    """From now on nothing is stored under these keys; whoever was storing has finished."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WRITERS_LOCK])
        rows = [RetiredKey(fingerprint=fingerprint, retired_at=at) for fingerprint in fingerprints]
        RetiredKey.objects.bulk_create(rows, ignore_conflicts=True)


def _any_under_old_keys() -> bool:
    """Whether a rotation was not finished; secrets of keys that are lost do not count, they never will be."""
    keys.ring.forget()
    old = [key.prefix for key in keys.ring.keys()[1:]]
    with connection.cursor() as cursor:
        for each in secret_fields():
            known = "SELECT EXISTS (SELECT FROM {table} WHERE substring({column} FROM 1 FOR %s) = ANY(%s))"
            cursor.execute(_statement(known, each), [keys.PREFIX_BYTES, old])
            if cursor.fetchone()[0]:
                return True
    return False


def _seal_anew(done: Rotated, *, batch: int) -> None:
    for each in secret_fields():
        after: UUID | None = None
        while True:
            with transaction.atomic():
                rows = _page(each, after=after, limit=batch, others_only=True, lock=True)
                done.sealed_anew += _seal_rows(each, rows)
            if not rows:
                break
            after = rows[-1].row


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's UUID, and one of its columns."""

    row: UUID
    sealed: bytes


def _seal_rows(each: SecretField, rows: list[_Row]) -> int:
    update = _statement("UPDATE {table} SET {column} = accounts_sealed(%s) WHERE {row} = %s", each)
    sealed = []
    for row in rows:
        place = each.place(row.row)
        try:
            sealed.append((seal(Secret.sealed(row.sealed).at(place).reveal(), place), row.row))
        except Unreadable:
            continue  # It stays as it is, for a key that may be found again; the verification names it.
    if sealed:
        with connection.cursor() as cursor:
            cursor.executemany(update, sealed)
    return len(sealed)


@dataclass(slots=True)
class _Verified:
    """How many open with the newest key, and the places of the others."""

    opened: int = 0
    under_old: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def _verify(*, batch: int) -> _Verified:
    """Open every secret."""
    found = _Verified()
    newest = keys.ring.newest()
    for each in secret_fields():
        after: UUID | None = None
        while rows := _page(each, after=after, limit=batch):
            for row in rows:
                place = each.place(row.row)
                if Secret.sealed(row.sealed).at(place).unreadable:
                    found.unreadable.append(place)
                elif row.sealed.startswith(newest.prefix):
                    found.opened += 1
                else:  # stored meanwhile by a process that had looked at the keys before
                    found.under_old.append(place)
            after = rows[-1].row
    return found


def _check_all_open(places: list[str]) -> None:
    if not places:
        return
    listed = ", ".join(places[:UNREADABLE_LISTED_MAX])
    raise RotationRefused(
        f"No key was dropped: {len(places)} secrets do not open with the newest key ({listed}). "
        "Enter them again or remove them, then run this again."
    )


def _page(
    each: SecretField, *, after: UUID | None, limit: int, others_only: bool = False, lock: bool = False
) -> list[_Row]:
    """The next rows by UUID that hold a secret; `others_only`: one that is not under the newest key."""
    conditions = [sql.SQL("{column} IS NOT NULL")]
    parameters: list[Any] = []
    if others_only:
        prefix = keys.ring.newest().prefix
        conditions.append(sql.SQL("substring({column} FROM 1 FOR %s) <> %s"))
        parameters += [keys.PREFIX_BYTES, prefix]
    if after is not None:
        conditions.append(sql.SQL("{row} > %s"))
        parameters.append(after)
    query = _statement("SELECT {row}, {column} FROM {table}", each)
    query += sql.SQL(" WHERE ") + sql.SQL(" AND ").join(_formatted(each, part) for part in conditions)
    query += _formatted(each, sql.SQL(" ORDER BY {row} LIMIT %s")) + sql.SQL(" FOR UPDATE" if lock else "")
    with connection.cursor() as cursor:
        cursor.execute(query, [*parameters, limit])
        return [_Row(row=row, sealed=bytes(sealed)) for row, sealed in cursor.fetchall()]


def _statement(text: str, each: SecretField) -> sql.Composed:
    return _formatted(each, sql.SQL(text))


def _formatted(each: SecretField, part: sql.SQL) -> sql.Composed:
    return part.format(
        table=sql.Identifier(each.model._meta.db_table),
        column=sql.Identifier(each.column or ""),
        row=sql.Identifier(each.row_field().column or ""),
    )
