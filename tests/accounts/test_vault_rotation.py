"""Rotating the vault's keys: every secret under the new key, beside writers, and after being killed anywhere."""

import io
import os
import stat
import threading
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections, transaction

from accounts.models import RetiredKey
from accounts.vault import keys, material, rotation
from tests.accounts.conftest import NOON
from tests.accounts.vault_keys import key
from tests.vault_app.models import Locker, NumberedLocker

pytestmark = pytest.mark.django_db
DEADLINE_SECONDS = 30


@pytest.fixture
def key_file(settings, tmp_path):
    settings.VAULT_KEYS = []
    settings.VAULT_KEYS_FILE = tmp_path / "vault.keys"
    return settings.VAULT_KEYS_FILE


def fill(count=7):
    Locker.objects.bulk_create(
        Locker(label=f"{number}", token=f"token-{number}", clearance=f"clear-{number}" if number % 2 else None)
        for number in range(count)
    )
    NumberedLocker.objects.create(token="numbered")


def read_all():
    lockers = {row.label: (row.token.reveal(), row.clearance.reveal()) for row in Locker.objects.all()}
    return lockers, [row.token.reveal() for row in NumberedLocker.objects.all()]


def fingerprints():
    stored = set()
    for each in rotation.secret_fields():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {each.column} FROM {each.model._meta.db_table} WHERE {each.column} IS NOT NULL")
            stored |= {keys.fingerprint_of(bytes(row[0])) for row in cursor.fetchall()}
    return stored


def command(*words):
    out = io.StringIO()
    call_command("rotate_secrets", *words, stdout=out)
    return out.getvalue()


def test_it_works(key_file):
    fill()
    before, first = read_all(), key_file.read_text()
    said = command("--batch", "2")
    assert "A new key is in front of vault.keys" in said
    assert "Encrypted anew: 11. Opened with the newest key: 11." in said
    assert "rotate_secrets --drop-old forgets them" in said
    texts = key_file.read_text().splitlines()
    assert texts[1:] == first.splitlines()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert fingerprints() == {keys.sealing_key(texts[0]).fingerprint}
    assert read_all() == before


def test_old_keys_are_dropped_and_nothing_is_stored_under_them_any_more(key_file):
    fill()
    before = read_all()
    first = key_file.read_text().strip()
    row = Locker.objects.first()
    late = row.token.to_store()
    said = command("--drop-old")
    assert "Old keys dropped: 1." in said
    assert len(key_file.read_text().splitlines()) == 1
    assert first not in key_file.read_text()
    assert read_all() == before
    write = "UPDATE vault_app_locker SET token = accounts_sealed(%s)"
    with (
        pytest.raises(OperationalError, match="just been retired"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(write, [late])
    assert command("--drop-old").count("Old keys dropped: 1.") == 1
    assert read_all() == before


def test_no_secret_and_no_key_is_printed(key_file):
    fill()
    said = command() + command("--drop-old")
    for text in [*key_file.read_text().split(), "token-1", "clear-1"]:
        assert text not in said


@pytest.mark.parametrize("killed_at", ["after the key", "in the middle", "after retiring"])
def test_a_killed_rotation_is_taken_up(key_file, monkeypatch, killed_at):
    fill()
    before = read_all()
    with monkeypatch.context() as patch:
        if killed_at == "after the key":
            patch.setattr(rotation, "_seal_anew", _killed)
        elif killed_at == "in the middle":
            seal_rows, calls = rotation._seal_rows, []

            def seal_some(each, rows):
                calls.append(each)
                return _killed() if len(calls) == 3 else seal_rows(each, rows)

            patch.setattr(rotation, "_seal_rows", seal_some)
        else:
            patch.setattr(
                rotation, "_check_all_open", lambda places: None if not RetiredKey.objects.exists() else _killed()
            )
        with pytest.raises(KeyboardInterrupt):
            command("--drop-old", "--batch", "2")
    assert read_all() == before
    said = command("--drop-old")
    assert ("was not finished" in said) == (killed_at != "after retiring")
    assert read_all() == before
    assert len(key_file.read_text().splitlines()) == 1
    assert fingerprints() == {keys.ring.newest().fingerprint}


def _killed(*_, **__):
    raise KeyboardInterrupt


def test_an_unreadable_secret_keeps_the_old_keys(key_file):
    fill(2)
    row = Locker.objects.first()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_app_locker SET token = %s WHERE id = %s", [b"junk" * 40, row.pk])
    said = command()
    assert f"Cannot be read, and must be entered again: 1 (vault_app_locker:{row.pk}:token)" in said
    with pytest.raises(CommandError, match="No key was dropped: 1 secrets do not open"):
        command("--drop-old")
    assert len(key_file.read_text().splitlines()) == 3
    assert not RetiredKey.objects.exists()
    row.refresh_from_db()
    row.token = "entered again"
    row.save()
    assert "Old keys dropped: 3." in command("--drop-old")


def test_without_any_secret_there_is_nothing_to_do(key_file):
    assert "Encrypted anew: 0. Opened with the newest key: 0." in command("--drop-old")
    assert len(key_file.read_text().splitlines()) == 1


# --- Keys of the environment ------------------------------------------------------------------------


def test_the_environments_first_key_is_taken(settings):
    settings.VAULT_KEYS = [key(1)]
    fill()
    before = read_all()
    assert "put it in front of VAULT_KEYS" in command()
    settings.VAULT_KEYS = [key(2), key(1)]
    assert "Encrypted anew: 11." in command()
    said = command("--drop-old")
    assert "The last 1 of VAULT_KEYS can be taken out now" in said
    assert key(1) not in said
    settings.VAULT_KEYS = [key(2)]
    assert read_all() == before


def test_a_retired_key_cannot_come_back_in_front(settings):
    settings.VAULT_KEYS = [key(2), key(1)]
    fill()
    command("--drop-old")
    settings.VAULT_KEYS = [key(1), key(2)]
    with pytest.raises(CommandError, match="The first key was retired"):
        command()
    with pytest.raises(OperationalError), transaction.atomic():
        Locker.objects.create(label="late", token="x")


def test_new_key_prints_one_key_and_changes_nothing(key_file):
    said = command("--new-key").strip()
    assert material.checked([said], source="test") == [said]
    assert not key_file.exists()


@pytest.mark.parametrize("batch", ["0", "-1", "many", "10001"])
def test_a_batch_has_a_size(key_file, batch):
    with pytest.raises(CommandError, match="whole number from 1 to 10000"):
        command("--batch", batch)


# --- Beside writers ---------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_writers_and_rotations_at_once_lose_nothing(key_file):
    """Four writers, each with its rows, while keys are rotated and dropped over and over."""
    rows = [Locker.objects.create(label=f"{number}", token="start") for number in range(4)]
    written = ["start"] * 4
    errors: list[BaseException] = []
    stop = threading.Event()

    def write(number):
        try:
            turn = 0
            while not stop.is_set():
                turn += 1
                row = Locker.objects.get(pk=rows[number].pk)
                row.token = f"writer {number} turn {turn}"
                try:
                    row.save()
                except OperationalError:  # sealed with a key that was retired in between: nothing was stored
                    continue
                written[number] = f"writer {number} turn {turn}"
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(6):
            done = rotation.rotate(drop_old=True, batch=1, at=NOON)
            assert done.dropped == 1
            assert len(key_file.read_text().splitlines()) == 1
    finally:
        stop.set()
        for thread in threads:
            thread.join(DEADLINE_SECONDS)
            assert not thread.is_alive()
    assert errors == []
    assert [Locker.objects.get(pk=row.pk).token.reveal() for row in rows] == written


@pytest.mark.django_db(transaction=True)
def test_dropping_waits_for_a_writer_that_sealed_with_the_old_key(key_file):
    """The writer's row is not yet to be seen when the others are sealed anew, and must not be lost."""
    Locker.objects.create(label="first", token="first")
    wrote, may_commit = threading.Event(), threading.Event()

    def write():
        try:
            with transaction.atomic():
                Locker.objects.create(label="slow", token="slow secret")
                wrote.set()
                assert may_commit.wait(DEADLINE_SECONDS)
        finally:
            connections.close_all()

    def rotate():
        try:
            rotation.rotate(drop_old=True, batch=10, at=NOON)
        finally:
            connections.close_all()

    writer, rotator = threading.Thread(target=write), threading.Thread(target=rotate)
    writer.start()
    assert wrote.wait(DEADLINE_SECONDS)
    rotator.start()
    wait_for_lock()
    assert len(key_file.read_text().splitlines()) == 2, "the old key is still there"
    may_commit.set()
    for thread in (writer, rotator):
        thread.join(DEADLINE_SECONDS)
        assert not thread.is_alive()
    assert len(key_file.read_text().splitlines()) == 1
    assert Locker.objects.get(label="slow").token.reveal() == "slow secret"


def wait_for_lock():
    """Until some session waits for an advisory lock."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)


def test_another_process_notices_a_new_key(key_file):
    mine, other = keys.KeyRing(), keys.KeyRing()
    sealed_before = mine.seal(b"before")
    assert other.open(sealed_before) == b"before"
    material.write_file(key_file, [key(5), *material.read_file(key_file)])
    sealed_after = mine.seal(b"after")
    assert keys.fingerprint_of(sealed_after) == keys.sealing_key(key(5)).fingerprint
    assert other.open(sealed_after) == b"after"
    assert other.open(sealed_before) == b"before"


def test_an_unknown_key_is_looked_for_even_if_the_files_time_says_nothing(key_file):
    ring = keys.KeyRing()
    material.write_file(key_file, [key(1)])
    assert ring.newest().fingerprint == keys.sealing_key(key(1)).fingerprint
    status = key_file.stat()
    with key_file.open("r+") as file:  # in place, and the same length: as an editor may
        file.write(key(2))
    os.utime(key_file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert ring.open(keys.sealing_key(key(2)).seal(b"x")) == b"x"
