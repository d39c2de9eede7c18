"""Checks a file that `manage.py export_journal` wrote: `verify_journal.py FILE --public-key HEX`.

Needs Python 3.11 and nothing of StakePro. It recomputes the digest of every journal from its entries, the chain of
hashes, the sum of every journal in every currency, and every wallet's path from version to version; it looks at the
seals, and at the signature over the whole file. For signatures it needs the package `cryptography`; without it
everything else is still checked, and it says that the signatures were not.

Exit code 0: all of it is right, and signed by the key given. 1: something is not right. 2: it could not be asked so.
3: what could be checked is right, but not who signed it (no `cryptography`, or no --public-key).
"""

import argparse
import gzip
import hashlib
import json
import struct
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

JOURNALS = "stakepro journal 1"
SEALS = "stakepro seal 1"
MAGIC = b"stakepro ledger 1"
NUMBERS = struct.Struct(">qqhqqqq16s")
HEADER = ["format", "exported_at", "from", "to", "hash_before", "currencies", "public_key"]
JOURNAL = ["no", "id", "recorded_at", "operations", "digest", "hash_before", "hash", "entries"]
SEAL = ["seal", "statement", "signature", "public_key"]
END = ["sha256", "signature", "public_key"]
LINE_MAX = 256 * 1024 * 1024  # bytes; a journal has at most some ten thousand entries

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    Ed25519PublicKey = None  # type: ignore[assignment,misc]


class Broken(Exception):
    """The file is not as it was signed; the message says where."""


class Verifier:
    """Reads the lines in order; every wallet's last state is all that it keeps."""

    def __init__(self, public_key: str | None) -> None:
        self.expected_key = public_key
        self.running = hashlib.sha256()
        self.wallets: dict[int, tuple[int, int, int, str]] = {}  # version, available, locked, currency
        self.hashes: dict[int, str] = {}  # of journals that are sealed; by number, filled as they pass
        self.counts = {"journals": 0, "entries": 0, "seals": 0}
        self.next_no = self.last_no = 0
        self.hash_before = ""
        self.currencies: dict[str, int] = {}
        self.seal_before: tuple[str, str] | None = None
        self.is_signed = False

    def read(self, lines: Iterator[bytes]) -> None:
        """Check everything; raises `Broken`."""
        number, ended = 0, False
        for number, line in enumerate(lines, start=1):
            if ended:
                raise Broken(f"line {number}: something follows the signature")
            try:
                content = _object(line)
                ended = self._line(number, content, line)
            except Broken as error:
                raise Broken(f"line {number}: {error}") from None
            except (ValueError, KeyError, TypeError, IndexError, struct.error, RecursionError) as error:
                raise Broken(f"line {number} cannot be read ({type(error).__name__})") from None
        if not ended:
            raise Broken(f"the file ends after line {number}, without a signature")

    def _line(self, number: int, content: dict[str, Any], line: bytes) -> bool:
        if number == 1:
            self._header(content)
        elif "no" in content:
            self._journal(content)
        elif "seal" in content:
            self._seal(content)
        else:
            self._end(content)
            return True
        self.running.update(line)
        return False

    def _header(self, content: dict[str, Any]) -> None:
        _names(content, HEADER)
        if content["format"] != JOURNALS:
            raise Broken(f"this is no {JOURNALS}")
        self.next_no, self.last_no = _whole(content["from"]), _whole(content["to"])
        self.hash_before = content["hash_before"]
        self.currencies = content["currencies"]
        if self.next_no == 1 and self.hash_before != "0" * 64:
            raise Broken("the first journal of all does not begin with zeros")
        self._key(content["public_key"])

    def _key(self, named: str) -> None:
        if self.expected_key is not None and named != self.expected_key:
            raise Broken(f"it is signed by another key: {named}")

    def _journal(self, content: dict[str, Any]) -> None:
        _names(content, JOURNAL)
        if self.counts["seals"]:
            raise Broken("a journal follows the seals")
        if content["no"] != self.next_no or self.next_no > self.last_no:
            raise Broken(f"journal {self.next_no} is missing; {content['no']} comes instead")
        no = _whole(content["no"])
        for name in ("id", "recorded_at", "operations"):
            _whole(content[name], least=0)
        digest = hashlib.sha256(
            MAGIC + struct.pack(">qqq", content["id"], content["recorded_at"], content["operations"])
        )
        sums: dict[str, int] = {}
        place = (0, 0)
        for entry in content["entries"]:
            digest.update(_entry_bytes(entry))
            if (entry[0], entry[1]) <= place:
                raise Broken(f"journal {no}: the entry of wallet {entry[0]}, version {entry[1]} is out of order")
            place = (entry[0], entry[1])
            self._step(no, entry)
            sums[entry[11]] = sums.get(entry[11], 0) + int(entry[3]) + int(entry[4])
        for currency, total in sums.items():
            if total:
                raise Broken(f"journal {no} adds up to {total} {currency}")
        if digest.hexdigest() != content["digest"]:
            raise Broken(f"journal {no} has other entries than it was sealed with")
        if content["hash_before"] != self.hash_before:
            raise Broken(f"journal {no} does not follow from the one before it")
        self.hash_before = hashlib.sha256(bytes.fromhex(self.hash_before) + digest.digest()).hexdigest()
        if content["hash"] != self.hash_before:
            raise Broken(f"the hash of journal {no} is another")
        self.hashes[no] = self.hash_before
        self.counts["journals"] += 1
        self.counts["entries"] += len(content["entries"])
        self.next_no = no + 1

    def _step(self, no: int, entry: list[Any]) -> None:
        wallet, version, currency = _whole(entry[0]), _whole(entry[1]), entry[11]
        d_available, d_locked, available, locked = (_amount(text) for text in entry[3:7])
        where = f"journal {no}: wallet {wallet}, version {version}"
        if currency not in self.currencies:
            raise Broken(f"{where} is in a currency that is not named: {currency}")
        before = self.wallets.get(wallet)
        if before is None:
            # Where the file begins later, so may a wallet; from its first version on it begins with nothing.
            is_first = version == 1 or self.counts["journals"] + 1 == no
            if is_first and (version, available, locked) != (1, d_available, d_locked):
                raise Broken(f"{where} does not begin with nothing")
        elif (version, available, locked, currency) != (
            before[0] + 1,
            before[1] + d_available,
            before[2] + d_locked,
            before[3],
        ):
            raise Broken(f"{where} does not follow from version {before[0]}")
        if locked < 0:
            raise Broken(f"{where} has less than nothing locked")
        self.wallets[wallet] = (version, available, locked, currency)

    def _seal(self, content: dict[str, Any]) -> None:
        _names(content, SEAL)
        said = json.loads(content["statement"])
        where = f"the seal of {content['seal']}"
        if said["format"] != SEALS or said["day"] != content["seal"]:
            raise Broken(f"{where} is none, or of another day")
        if self.hashes.get(said["journal_no"]) != said["journal_hash"]:
            raise Broken(f"{where} does not have the hash of journal {said['journal_no']}")
        before = said["before"]
        if self.seal_before is not None and (before["day"], before["sha256"]) != self.seal_before:
            raise Broken(f"{where} does not follow from the one before it")
        self.seal_before = (content["seal"], hashlib.sha256(content["statement"].encode()).hexdigest())
        if not _is_signed(content["statement"].encode(), content["signature"], content["public_key"]):
            raise Broken(f"{where} is not signed by the key it names")
        self.counts["seals"] += 1

    def _end(self, content: dict[str, Any]) -> None:
        _names(content, END)
        if self.next_no != self.last_no + 1:
            raise Broken(f"journal {self.next_no} is missing")
        if content["sha256"] != self.running.hexdigest():
            raise Broken("a byte of the file is not as it was written")
        self._key(content["public_key"])
        if not _is_signed(self.running.digest(), content["signature"], content["public_key"]):
            raise Broken("the signature is not of this file, or not by this key")
        self.is_signed = Ed25519PublicKey is not None and self.expected_key is not None


def _object(line: bytes) -> dict[str, Any]:
    """The JSON of a line, which must be written in exactly one way: no spaces, each name once, a newline behind it."""
    content = json.loads(line)
    if not isinstance(content, dict):
        raise Broken("it is no object")
    if json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" != line:
        raise Broken("it is written otherwise than an export writes it")
    return content


def _names(content: dict[str, Any], names: list[str]) -> None:
    if list(content) != names:
        raise Broken(f"it does not have the fields {', '.join(names)}")


def _whole(value: object, *, least: int = 1) -> int:
    if type(value) is not int or value < least:
        raise Broken(f"{value!r} is no number of anything")
    return value


def _amount(text: object) -> int:
    if not isinstance(text, str) or str(int(text)) != text:
        raise Broken(f"{text!r} is no amount")
    return int(text)


def _entry_bytes(entry: list[Any]) -> bytes:
    """The canonical bytes, as docs/ledger.md gives them."""
    wallet, version, kind, *rest = entry
    if len(entry) != 12:
        raise Broken("an entry does not have 12 parts")
    _whole(kind)
    client_id = uuid.UUID(entry[7]).bytes if entry[7] is not None else bytes(16)
    words = b"".join(struct.pack(">h", len(word)) + word for word in (text.encode() for text in entry[8:11]))
    return NUMBERS.pack(wallet, version, kind, *(_amount(text) for text in rest[:4]), client_id) + words


def _is_signed(content: bytes, signature: str, public_key: str) -> bool:
    """Whether it is; where that cannot be checked, that it looks like a signature."""
    raw, key = bytes.fromhex(signature), bytes.fromhex(public_key)
    if (raw.hex(), key.hex()) != (signature, public_key) or (len(raw), len(key)) != (64, 32):
        return False
    if Ed25519PublicKey is None:
        return True
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(raw, content)
    except InvalidSignature:
        return False
    return True


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(LINE_MAX):
        yield line


def verify(path: Path, public_key: str | None) -> Verifier:
    """Check a file; raises `Broken` and `OSError`."""
    verifier = Verifier(public_key)
    with path.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file: IO[bytes] = gzip.GzipFile(fileobj=raw) if is_packed else raw  # type: ignore[assignment]
        try:
            verifier.read(_lines(file))
        except (EOFError, gzip.BadGzipFile, gzip.zlib.error) as error:  # type: ignore[attr-defined]
            raise Broken(f"the packed file is cut or damaged ({type(error).__name__})") from None
    return verifier


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--public-key", metavar="HEX", help="32 bytes as 64 digits, got from elsewhere than the file")
    options = parser.parse_args(arguments)
    key = options.public_key and options.public_key.strip().lower()
    if key is not None and (len(key) != 64 or set(key) - set("0123456789abcdef")):
        parser.error("--public-key is 64 hexadecimal digits.")
    try:
        checked = verify(options.file, key)
    except Broken as error:
        print(f"BROKEN: {error}")
        return 1
    except OSError as error:
        print(f"{options.file}: {error.strerror}", file=sys.stderr)
        return 2
    counts = ", ".join(f"{number:,} {name}" for name, number in checked.counts.items())
    print(f"Right: {counts}; digests, chain, sums and versions recomputed, the last hash is {checked.hash_before}")
    if checked.is_signed:
        print("Signed by the key given.")
        return 0
    if Ed25519PublicKey is None:
        print("The signatures were NOT checked: the Python package `cryptography` is not installed.")
    else:
        print("Signed by the key that the file names; whose that is was NOT checked: give --public-key.")
    return 3


if __name__ == "__main__":
    sys.exit(main())
