"""`import_bets` end to end: what is stored, what is rejected, twice, interrupted, and out again the same."""

import csv
import gzip
import io
import json
import random
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from streams import sql
from streams.importing import Import, run
from streams.ingest import ingest
from streams.models import Bet, Conflict, Round, Stream
from tests.streams.messages import CLIENT, HASH, bet, bet_record, heartbeat_record

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_remembered():
    sql.forget_streams()
    yield
    sql.forget_streams()


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.STAKEPRO_HOME = tmp_path / "home"
    return settings.STAKEPRO_HOME


def import_bets(*files, **options):
    out = io.StringIO()
    call_command("import_bets", *map(str, files), stdout=out, stderr=out, **options)
    return out.getvalue()


def lines_file(path: Path, records) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def list_file(path: Path, records) -> Path:
    path.write_text(json.dumps(records))
    return path


def table_file(path: Path, records) -> Path:
    rows = [f"{record.get('nonce', 'x')},{record.get('id', '')},2,0,{HASH},{CLIENT}\n" for record in records]
    path.write_text("nonce,id,amount,payout,serverSeedHash,clientSeed\n" + "".join(rows))
    return path


def rejects_of(path: Path):
    with path.with_name(path.name + ".rejects.csv").open(newline="") as file:
        return [(int(row["row"]), row["reason"]) for row in csv.DictReader(file)]


def started(path: Path, home: Path, *, chunk_rows=10) -> Import:
    return Import(path=path, rejects_path=path.with_suffix(".rejects"), home=home / "imports", chunk_rows=chunk_rows)


def test_it_works(tmp_path):
    path = lines_file(tmp_path / "bets.jsonl", [bet_record(1), heartbeat_record(2), bet_record(3, currency="btc")])
    assert "3 rows, 3 stored, 0 already known, 0 conflicts, 0 rejected." in import_bets(path)
    stream = Stream.objects.get()
    assert (stream.server_seed_hashed, stream.client_seed, stream.bets, stream.rounds) == (HASH, CLIENT, 2, 3)
    assert set(Bet.objects.values_list("provider", "nonce")) == {("import", 1), ("import", 3)}
    assert not path.with_name("bets.jsonl.rejects.csv").exists()


def test_a_stream_was_last_seen_when_its_bets_say(tmp_path):
    import_bets(lines_file(tmp_path / "old", [bet_record(1, dateTime="2020-01-01T00:00:00Z")]))
    assert Stream.objects.get().last_seen_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_importing_twice_stores_nothing_new(tmp_path):
    path = lines_file(tmp_path / "bets.jsonl", [bet_record(nonce) for nonce in range(1, 30)])
    import_bets(path)
    assert "29 rows, 0 stored, 29 already known" in import_bets(path)
    assert Bet.objects.count() == 29


def test_what_a_bot_sent_is_known_when_the_archive_brings_it(tmp_path):
    ingest([bet(5, id="uuid-5", amount=2, payout=0, currency="btc")], at=AT)
    archived = {
        "id": "uuid-5",
        "type": "casino",
        "gameName": "pump",
        "currency": "btc",
        "amount": 2,
        "payout": 0,
        "createdAt": 1770001445000,
        "serverSeedHash": HASH,
    }
    path = tmp_path / "archive.json"
    path.write_text(json.dumps([{"data": archived}, {"data": {**archived, "id": "uuid-6", "amount": 3}}]))
    assert "2 rows, 1 stored, 1 already known" in import_bets(path)
    stream = Stream.objects.get()
    assert (stream.bets, stream.rounds, stream.client_seed) == (2, 1, CLIENT)


def test_files_that_overlap_and_rows_in_any_order_give_the_same_stream(tmp_path):
    records = [bet_record(nonce, roundResult=1 + nonce % 3) for nonce in range(1, 60)]
    shuffled = records[20:] + records[:40]
    random.Random(5).shuffle(shuffled)
    import_bets(lines_file(tmp_path / "newest", records[::-1][:30]), lines_file(tmp_path / "all", shuffled))
    stream = Stream.objects.get()
    assert (stream.bets, stream.rounds, stream.first_nonce, stream.last_nonce) == (59, 59, 1, 59)
    assert stream.result_sum == sum(record["roundResult"] for record in records)


def test_conflicts_are_kept_apart_and_counted(tmp_path):
    path = lines_file(tmp_path / "bets", [bet_record(1), bet_record(1, id="other", amount=9)])
    assert "2 rows, 1 stored, 0 already known, 1 conflicts" in import_bets(path)
    assert Conflict.objects.get().provider_bet_id == "other"


def test_rejects_are_listed_with_line_and_reason(tmp_path):
    path = tmp_path / "=bets.jsonl"
    lines = [bet_record(1), bet_record(2, amount=-1), {"page": 1}, bet_record(4), {"type": "sportsbook", "amount": 1}]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "{broken\n")
    assert "6 rows, 2 stored, 0 already known, 0 conflicts, 4 rejected." in import_bets(path)
    assert rejects_of(path) == [
        (2, "amount: must not be negative."),
        (3, "The row is not recognised as a bet."),
        (5, "A row of type 'sportsbook' is no round of a seed pair."),
        (6, "The line is not valid JSON."),
    ]
    assert "'=bets.jsonl" in path.with_name(path.name + ".rejects.csv").read_text()


def test_rejects_of_an_earlier_run_do_not_stay(tmp_path):
    path = lines_file(tmp_path / "bets", [{"page": 1}])
    import_bets(path)
    lines_file(path, [bet_record(1)])
    import_bets(path)
    assert not (tmp_path / "bets.rejects.csv").exists()


def test_rows_that_name_no_hash_are_rejected_without_the_option(tmp_path):
    path = tmp_path / "bets_export.json"
    rows = [{"id": "b", "createdAt": "2026-01-01T00:00:00Z", "betSize": 1, "payout": 0, "multiplier": 0}]
    path.write_text(json.dumps(rows))
    assert "0 stored, 0 already known, 0 conflicts, 1 rejected" in import_bets(path, game="dice")
    assert "--server-seed-hash was not given" in rejects_of(path)[0][1]
    import_bets(path, game="dice", server_seed_hash=HASH, client_seed=CLIENT)
    assert Bet.objects.get().game == "dice"


def test_a_dry_run_stores_nothing(tmp_path, home):
    path = lines_file(tmp_path / "bets", [bet_record(1), {"page": 1}])
    assert "2 rows, 1 could be imported, 1 rejected. Nothing was stored." in import_bets(path, dry_run=True)
    assert not Stream.objects.exists()
    assert not home.exists()
    assert len(rejects_of(path)) == 1


def test_a_log_without_heading_is_imported_by_its_pair(tmp_path):
    path = tmp_path / "bets.csv.gz"
    path.write_bytes(gzip.compress(b"5;0\n6;1.63\n"))
    import_bets(path, server_seed_hash=HASH, client_seed=CLIENT, mapping=["result=2", "nonce=1"])
    rounds = Round.objects.order_by("nonce").values_list("nonce", "result")
    assert list(rounds) == [(5, 0), (6, Decimal("1.63"))]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"mapping": ["nonce"]}, "write field=column"),
        ({"currency": "x" * 11}, "--currency must be"),
        ({"delimiter": "ab"}, "--delimiter must be one character"),
    ],
)
def test_it_refuses_wrong_options(tmp_path, options, reason):
    with pytest.raises(CommandError, match=reason):
        import_bets(lines_file(tmp_path / "bets", [bet_record(1)]), **options)


def test_it_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        import_bets(tmp_path / "nothing")


def test_a_packed_file_that_was_cut_keeps_what_was_whole(tmp_path):
    records = "".join(
        json.dumps(bet_record(nonce, note=str(random.Random(nonce).random()))) + "\n" for nonce in range(1, 2000)
    )
    path = tmp_path / "bets.gz"
    path.write_bytes(gzip.compress(records.encode())[:-20_000])
    with pytest.raises(CommandError, match="cannot be read to its end"):
        import_bets(path)
    assert 100 < Bet.objects.count() < 1999


# --- Interrupted ------------------------------------------------------------------------------------


class Killed(BaseException):
    """As if the process had ended."""


def killed_after(chunks):
    """A report that ends the import after so many stored chunks."""
    left = iter(range(chunks - 1))

    def report(progress):
        if next(left, None) is None:
            raise Killed

    return report


@pytest.mark.parametrize(
    ("write", "skipped", "behind"),
    [
        pytest.param(lines_file, 30, 30, id="lines"),
        pytest.param(list_file, 0, 0, id="a list small enough to be one row"),
        pytest.param(table_file, 30, 31, id="table"),
    ],
)
def test_an_interrupted_import_goes_on_where_it_stopped(tmp_path, home, monkeypatch, write, skipped, behind):
    records = [bet_record(nonce) if nonce % 7 else {"page": nonce} for nonce in range(1, 56)]
    path = write(tmp_path / "bets", records)
    with pytest.raises(Killed):
        started(path, home).run(restart=False, now=lambda: AT, report=killed_after(3))
    sent = []

    def counting(messages, **options):
        sent.extend(messages)
        return ingest(messages, **options)

    monkeypatch.setattr(run, "ingest", counting)
    second = started(path, home)
    counts = second.run(restart=False, now=lambda: AT, report=lambda progress: None)
    assert Bet.objects.count() == 48
    assert (counts.rows, counts.rejected, counts.stored + counts.known) == (55, 7, 48)
    assert second.resumed_at == behind
    assert len(sent) == len([record for record in records[skipped:] if "nonce" in record])
    assert len(path.with_suffix(".rejects").read_text().splitlines()) == 1 + 7
    assert list(home.glob("imports/*")) == []


def test_a_crash_between_storing_and_noting_only_sends_rows_again(tmp_path, home, monkeypatch):
    path = lines_file(tmp_path / "bets", [bet_record(nonce) if nonce % 7 else {"page": 1} for nonce in range(1, 56)])

    def crash(*_):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(run._Note, "write", crash)
        with pytest.raises(Killed):
            started(path, home).run(restart=False, now=lambda: AT, report=lambda progress: None)
    assert 0 < Bet.objects.count() < 48
    counts = started(path, home).run(restart=False, now=lambda: AT, report=lambda progress: None)
    assert (counts.rows, counts.rejected) == (55, 7)
    assert Bet.objects.count() == 48


def test_restart_begins_again(tmp_path, home):
    path = lines_file(tmp_path / "bets", [bet_record(nonce) for nonce in range(1, 56)])
    with pytest.raises(Killed):
        started(path, home).run(restart=False, now=lambda: AT, report=killed_after(2))
    counts = started(path, home).run(restart=True, now=lambda: AT, report=lambda progress: None)
    assert (counts.rows, counts.known, counts.stored) == (55, 20, 35)


def test_a_file_that_changed_is_another_import(tmp_path, home):
    path = lines_file(tmp_path / "bets", [bet_record(nonce) for nonce in range(1, 56)])
    with pytest.raises(Killed):
        started(path, home).run(restart=False, now=lambda: AT, report=killed_after(2))
    lines_file(path, [bet_record(nonce) for nonce in range(101, 160)])
    second = started(path, home)
    second.run(restart=False, now=lambda: AT, report=lambda progress: None)
    assert second.resumed_at == 0
    assert Bet.objects.filter(nonce__gt=100).count() == 59


def test_an_unreadable_note_is_as_good_as_none(tmp_path, home):
    path = lines_file(tmp_path / "bets", [bet_record(nonce) for nonce in range(1, 56)])
    with pytest.raises(Killed):
        started(path, home).run(restart=False, now=lambda: AT, report=killed_after(2))
    [note] = (home / "imports").iterdir()
    note.write_text("{")
    counts = started(path, home).run(restart=False, now=lambda: AT, report=lambda progress: None)
    assert (counts.rows, counts.known) == (55, 20)
