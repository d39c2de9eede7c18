"""Keys: what is one, the file they are kept in, and the ring."""

import base64
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from accounts.vault import keys, material
from tests.accounts.vault_keys import key

CHECKOUT = Path(__file__).resolve().parents[2]
RAW = base64.urlsafe_b64decode(key(3))


@pytest.mark.parametrize(
    "text",
    [
        key(3),
        key(3).rstrip("="),
        base64.b64encode(RAW).decode(),
        RAW.hex(),
        RAW.hex().upper(),
        f"  {key(3)}\n",
    ],
)
def test_the_forms_of_a_key_are_the_same_key(text):
    assert material.key_bytes(text, name="K") == RAW
    assert keys.sealing_key(text).fingerprint == keys.sealing_key(key(3)).fingerprint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must be URL-safe base64"),
        ("correct horse battery staple", "must be URL-safe base64"),
        ("schlüssel" * 10, "must be URL-safe base64"),
        ("password", "has 6 bytes and needs 32"),
        (RAW[:31].hex(), "has 31 bytes and needs 32"),
        (base64.urlsafe_b64encode(RAW[:31]).decode(), "has 31 bytes and needs 32"),
        ("a" * 64, "is not random"),
        ("A" * 43, "is not random"),
        ("0123456789abcdef" * 4, "is not random"),
    ],
)
def test_what_is_no_key_is_refused_without_showing_it(text, says):
    with pytest.raises(material.KeyRefused, match="Key 1 of VAULT_KEYS " + says) as refused:
        material.checked([text], source="VAULT_KEYS")
    assert not text or text not in str(refused.value)


def test_a_key_twice_is_refused():
    with pytest.raises(material.KeyRefused, match="Key 2 of VAULT_KEYS is there twice"):
        material.checked([key(3), RAW.hex()], source="VAULT_KEYS")


def test_a_new_key_is_one():
    assert len({material.key_bytes(material.new_key(), name="K") for _ in range(20)}) == 20


def test_the_file_is_made_once_and_private(tmp_path):
    path = tmp_path / "home" / "vault.keys"
    assert material.read_file(path) == []
    assert material.make_file(path) is True
    first = material.read_file(path)
    assert material.make_file(path) is False
    assert material.read_file(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["vault.keys"]


def test_of_many_first_starts_one_makes_the_file(tmp_path):
    path, made = tmp_path / "vault.keys", []
    barrier = threading.Barrier(8)

    def start():
        barrier.wait(30)
        made.append(material.make_file(path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(made) == [False] * 7 + [True]
    assert len(material.read_file(path)) == 1


def test_a_failed_write_leaves_the_old_keys(tmp_path, monkeypatch):
    path = tmp_path / "vault.keys"
    material.write_file(path, [key(1)])
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk")))
    with pytest.raises(OSError, match="disk"):
        material.write_file(path, [key(2), key(1)])
    assert material.read_file(path) == [key(1)]
    assert [each.name for each in tmp_path.iterdir()] == ["vault.keys"]


def test_the_ring_makes_the_file_to_seal_and_not_to_read(settings, tmp_path):
    settings.VAULT_KEYS, settings.VAULT_KEYS_FILE = [], tmp_path / "vault.keys"
    ring = keys.KeyRing()
    with pytest.raises(keys.CannotOpen):
        ring.open(keys.sealing_key(key(1)).seal(b"x"))
    assert not settings.VAULT_KEYS_FILE.exists()
    assert ring.open(ring.seal(b"x")) == b"x"
    assert settings.VAULT_KEYS_FILE.exists()


def test_a_broken_file_reads_as_a_lost_key(settings, tmp_path):
    settings.VAULT_KEYS, settings.VAULT_KEYS_FILE = [], tmp_path / "vault.keys"
    settings.VAULT_KEYS_FILE.write_text("not a key!\n")
    with pytest.raises(keys.CannotOpen, match="keys themselves"):
        keys.KeyRing().open(keys.sealing_key(key(1)).seal(b"x"))
    with pytest.raises(material.KeyRefused, match=r"Key 1 of vault\.keys"):
        keys.KeyRing().seal(b"x")


def test_a_key_does_not_show_itself():
    assert key(3) not in repr(keys.sealing_key(key(3)))
    assert RAW.hex() not in repr(keys.sealing_key(key(3)))


# --- Settings ---------------------------------------------------------------------------------------


def load_settings(home, **environment):
    return subprocess.run(
        [sys.executable, "-c", "from stakepro import settings; print(len(settings.VAULT_KEYS))"],
        cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"], "STAKEPRO_IGNORE_DOTENV": "1", "STAKEPRO_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"STAKEPRO_HTTPS": "1"}, "With STAKEPRO_HTTPS=1 set VAULT_KEYS"),
        ({"VAULT_KEYS": "hunter2hunter2"}, "Key 1 of VAULT_KEYS has"),
        ({"VAULT_KEYS": f"{key(1)},short"}, "Key 2 of VAULT_KEYS"),
    ],
)
def test_settings_refuse(tmp_path, environment, says):
    loaded = load_settings(tmp_path, **environment)
    assert loaded.returncode != 0
    last = loaded.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert says in last
    assert key(1) not in loaded.stderr
    assert "hunter2" not in loaded.stderr


@pytest.mark.parametrize(
    ("environment", "count"),
    [({}, "0"), ({"VAULT_KEYS": f"{key(2)},{key(1)}", "STAKEPRO_HTTPS": "1"}, "2"), ({"VAULT_KEYS": ""}, "0")],
)
def test_settings_accept(tmp_path, environment, count):
    loaded = load_settings(tmp_path, **environment)
    assert (loaded.returncode, loaded.stdout.strip()) == (0, count), loaded.stderr
    assert not (tmp_path / "vault.keys").exists()
