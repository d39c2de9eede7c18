"""The first start makes the vault's keys, and says once that they must be backed up."""

from accounts.vault import material
from stakepro import up
from tests.accounts.vault_keys import key


def test_it_is_said_when_the_file_is_made_and_not_again(settings, tmp_path, capsys):
    settings.VAULT_KEYS, settings.VAULT_KEYS_FILE = [], tmp_path / "vault.keys"
    up._make_vault_keys()
    said = capsys.readouterr()
    assert said.out == ""
    assert f"back up {tmp_path / 'vault.keys'}" in said.err
    assert material.read_file(tmp_path / "vault.keys")[0] not in said.err
    up._make_vault_keys()
    assert capsys.readouterr().err == ""


def test_keys_of_the_environment_need_no_file(settings, tmp_path, capsys):
    settings.VAULT_KEYS, settings.VAULT_KEYS_FILE = [key(1)], tmp_path / "vault.keys"
    up._make_vault_keys()
    assert capsys.readouterr().err == ""
    assert not (tmp_path / "vault.keys").exists()
