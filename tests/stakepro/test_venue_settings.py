"""Settings of the venue that cannot work are refused at the start, by name."""

import os
import subprocess
import sys

import pytest

LOAD = "import django; django.setup()"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("STAKE_PROXY", "socks5://127.0.0.1:1080", "must be the address of a proxy"),
        ("STAKE_PROXY", "proxy.example", "must be the address of a proxy"),
        ("STAKE_ALLOWED_HOSTS", "https://stake.com", "must be a host name alone"),
        ("STAKE_ALLOWED_HOSTS", "stake.com,127.0.0.1", "no IP address"),
        ("STAKE_LOCKDOWN_TOKEN", "two words", "must be visible characters"),
        ("STAKE_LOCKDOWN_TOKEN", "ümlaut", "must be visible characters"),
    ],
)
def test_what_cannot_work_is_refused(tmp_path, name, value, sentence):
    kept = {key: kept for key, kept in os.environ.items() if not key.startswith(("STAKE", "DATABASE_URL"))}
    settings = {
        "DJANGO_SETTINGS_MODULE": "stakepro.settings",
        "STAKEPRO_HOME": str(tmp_path),
        "STAKEPRO_IGNORE_DOTENV": "1",
        name: value,
    }
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD], env={**kept, **settings}, capture_output=True, text=True, check=False
    )
    last = loaded.stderr.splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: ")
    assert name in last
    assert sentence in last
    assert value not in last
