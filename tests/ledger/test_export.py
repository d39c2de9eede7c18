"""An exported journal is found right offline, and wrong where anything of it was changed."""

import gzip
import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from ledger import seals, signing
from ledger.operations import Kind, Op
from ledger.poster import Poster
from tests.ledger.conftest import AT

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "verify_journal.py"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_journal", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = _script()
Lines = list[dict[str, Any]]


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.STAKEPRO_HOME = tmp_path
    return tmp_path


@pytest.fixture
def history(wallet: Callable[..., int], poster: Poster, home: Path) -> int:
    """Six journals, one of them a refusal alone, and a seal; the wallet of ann."""
    ann, ben, tom = wallet("ann"), wallet("ben"), wallet("tom", "BTC")
    bet = Op(Kind.PLACE, ann, uuid4(), 10, ref_type="round", ref_id="ü 7", reason='"because"')
    poster.post([Op(Kind.DEPOSIT, ann, uuid4(), 100), Op(Kind.DEPOSIT, tom, uuid4(), 10**15)], at=AT)
    poster.post([bet, Op(Kind.TRANSFER, ann, uuid4(), 5, other_wallet_id=ben)], at=AT)
    poster.post([Op(Kind.PLACE, ben, uuid4(), 6)], at=AT)
    poster.post([Op(Kind.WIN, ann, uuid4(), 25, hold=bet.client_id)], at=AT)
    seals.seal(at=AT)
    poster.post([Op(Kind.DEPOSIT, ben, uuid4(), 1), Op(Kind.DEPOSIT, ann, uuid4(), 3)], at=AT)
    poster.post([Op(Kind.WITHDRAW, ann, uuid4(), 4)], at=AT)
    return ann


def exported(home: Path, *words: str, name: str = "journal.jsonl") -> Path:
    call_command("export_journal", str(home / name), *words)
    return home / name


def said(path: Path, capsys: pytest.CaptureFixture[str], key: str | None = None) -> tuple[int, str]:
    capsys.readouterr()
    arguments = [str(path)] if key is None else [str(path), "--public-key", key]
    return script.main(arguments), capsys.readouterr().out


def test_it_works(history: int, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = signing.public_key().hex()
    plain, packed = exported(home), exported(home, name="journal.jsonl.gz")
    assert f"--public-key {key}" in capsys.readouterr().out
    code, text = said(plain, capsys, key)
    assert (code, text.splitlines()[-1]) == (0, "Signed by the key given.")
    assert "6 journals, 13 entries, 1 seals" in text
    with connection.cursor() as cursor:
        cursor.execute("SELECT hash FROM events_head")
        assert bytes(cursor.fetchone()[0]).hex() in text
    assert said(packed, capsys, key)[0] == 0
    code, text = said(plain, capsys)
    assert (code, text.splitlines()[-1].endswith("give --public-key.")) == (3, True)
    later = exported(home, "--from", "3", "--to", "5", name="part.jsonl")
    assert said(later, capsys, key) == (0, said(later, capsys, key)[1])
    _altered(plain, key, capsys)
    _without_cryptography(plain, key)
    _consistent_forgeries(home, key, capsys)


def _without_cryptography(plain: Path, key: str) -> None:
    """In an interpreter that has nothing but its standard library."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), str(plain), "--public-key", key],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout.splitlines()[0].startswith("Right: 6 journals")
    assert "were NOT checked" in done.stdout


def _altered(plain: Path, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Any byte changed, any line gone or moved, and a file that is cut."""
    whole = plain.read_bytes()
    lines = whole.splitlines(keepends=True)
    target = plain.with_name("altered")

    def is_found(content: bytes) -> bool:
        target.write_bytes(content)
        return said(target, capsys, key)[0] == 1

    last = len(whole) - len(lines[-1])
    places = [*range(0, last, 13), *range(last, len(whole))]
    assert [at for at in places if not is_found(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])] == []
    assert [at for at in places[::7] if not is_found(whole[:at])] == []
    assert [n for n in range(len(lines)) if not is_found(b"".join(lines[:n] + lines[n + 1 :]))] == []
    swapped = ([*lines[:n], lines[n + 1], lines[n], *lines[n + 2 :]] for n in range(len(lines) - 1))
    assert [n for n, each in enumerate(swapped) if not is_found(b"".join(each))] == []
    assert is_found(whole + b"\n")
    assert is_found(whole + lines[-1])
    assert is_found(b"")
    packed = gzip.compress(whole)
    assert is_found(packed[:-20])
    assert is_found(packed[:100] + bytes([packed[100] ^ 1]) + packed[101:])


def _amount(lines: Lines) -> None:
    lines[1]["entries"][0][3] = "101"


def _amount_both_sides(lines: Lines) -> None:
    """As a forger would: the change and the balance, in two entries that still add up."""
    first, second = (entry for entry in lines[2]["entries"] if entry[2] == 9)
    for entry, by in ((first, 1), (second, -1)):
        entry[3], entry[5] = str(int(entry[3]) + by), str(int(entry[5]) + by)


def _entries_swapped(lines: Lines) -> None:
    entries = lines[2]["entries"]
    entries[0], entries[1] = entries[1], entries[0]


def _entry_missing(lines: Lines) -> None:
    del lines[1]["entries"][0]


def _journal_missing(lines: Lines) -> None:
    del lines[3]


def _journals_missing_at_the_end(lines: Lines) -> None:
    del lines[6]


def _fewer_announced(lines: Lines) -> None:
    lines[0]["from"] = 2
    del lines[1]


def _currency(lines: Lines) -> None:
    next(entry for entry in lines[1]["entries"] if entry[11] == "BTC")[11] = "PTS"


def _version(lines: Lines) -> None:
    lines[4]["entries"][-1][1] += 1


def _client(lines: Lines) -> None:
    lines[1]["entries"][1][7] = str(uuid4())


def _sealed_hash(lines: Lines) -> None:
    seal = lines[7]
    seal["statement"] = seal["statement"].replace('"journal_no":4', '"journal_no":5')


def _sealed_sum(lines: Lines) -> None:
    seal = lines[7]
    seal["statement"] = seal["statement"].replace('"locked":"0"', '"locked":"1"')


def _number_as_text(lines: Lines) -> None:
    lines[1]["entries"][0][0] = str(lines[1]["entries"][0][0])


def _fraction(lines: Lines) -> None:
    lines[1]["entries"][0][3] = "1e2"


# What was changed by somebody who also made the last line anew, with a key of their own: what is said of it when the
# installation's key is not known, so that the signature cannot tell.
FORGERIES: list[tuple[Callable[[Lines], None], str]] = [
    (_amount, "line 2: journal 1: wallet"),
    (_amount_both_sides, "line 3: journal 2 has other entries than it was sealed with"),
    (_entries_swapped, "line 3: journal 2: "),
    (_entry_missing, "line 2: journal 1 adds up to"),
    (_journal_missing, "line 4: journal 3 is missing; 4 comes instead"),
    (_journals_missing_at_the_end, "line 8: journal 6 is missing"),
    (_fewer_announced, "line 2: journal 2 does not follow from the one before it"),
    (_currency, "line 2: journal 1 adds up to"),
    (_version, "line 5: journal 4: wallet"),
    (_client, "line 2: journal 1 has other entries than it was sealed with"),
    (_sealed_hash, "line 8: the seal of 2026-11-21 does not have the hash of journal 5"),
    (_sealed_sum, "line 8: the seal of 2026-11-21 is not signed by the key it names"),
    (_number_as_text, "line 2"),
    (_fraction, "line 2 cannot be read"),
]


def _consistent_forgeries(home: Path, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    forger = Ed25519PrivateKey.generate()
    target = home / "forged.jsonl"
    for forge, expected in FORGERIES:
        lines = [json.loads(line) for line in (home / "journal.jsonl").read_text().splitlines()]
        forge(lines)
        written = _signed_by(forger, lines)
        target.write_bytes(written)
        code, text = said(target, capsys)
        assert (code, text.startswith(f"BROKEN: {expected}")) == (1, True), (forge.__name__, text)
    # Nothing changed but who signed it: right by itself, and told apart by the key.
    lines = [json.loads(line) for line in (home / "journal.jsonl").read_text().splitlines()]
    target.write_bytes(_signed_by(forger, lines))
    assert said(target, capsys)[0] == 3
    assert said(target, capsys, key) == (
        1,
        f"BROKEN: line 1: it is signed by another key: {forger.public_key().public_bytes_raw().hex()}\n",
    )
    with pytest.raises(SystemExit) as ended:
        script.main([str(target), "--public-key", "12"])
    assert ended.value.code == 2
    assert script.main([str(home / "nothing")]) == 2


def _signed_by(key: Ed25519PrivateKey, lines: Lines) -> bytes:
    public = key.public_key().public_bytes_raw().hex()
    lines[0]["public_key"] = public
    body = b"".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for line in lines[:-1])
    digest = hashlib.sha256(body)
    end = {"sha256": digest.hexdigest(), "signature": key.sign(digest.digest()).hex(), "public_key": public}
    return body + json.dumps(end, separators=(",", ":")).encode() + b"\n"


def test_damage_in_the_database_shows_in_the_file(history: int, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
            cursor.execute("UPDATE ledger_entry SET reason = '' WHERE reason <> ''")
            assert cursor.rowcount == 1
        path = exported(home)
        transaction.set_rollback(True)
    code, text = said(path, capsys, signing.public_key().hex())
    assert (code, text) == (1, "BROKEN: line 3: journal 2 has other entries than it was sealed with\n")
    _refused(home)


def _refused(home: Path) -> None:
    for words, text in (
        (["--from", "0"], "There are no journals from 0 to 6."),
        (["--from", "7"], "There are no journals from 7 to 6."),
        (["--to", "7"], "There are 6 journals."),
        (["--from", "4", "--to", "3"], "There are no journals from 4 to 3."),
    ):
        with pytest.raises(CommandError, match=text):
            exported(home, *words, name="refused")
    with pytest.raises(CommandError, match=r"^refused cannot be written: No such file or directory\.$"):
        exported(home / "nowhere", name="refused")
    assert [each.name for each in home.iterdir() if "refused" in each.name] == []
