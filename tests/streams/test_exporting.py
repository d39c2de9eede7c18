"""Exports: the same digits, names and texts as are stored, streamed; and back in by import without a loss."""

import csv
import io
import json
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import pyarrow.parquet
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from streams import queries, services, sql
from streams.exporting import attachment, csv_file, export, file_name
from streams.importing import Defaults, Import
from streams.ingest import ingest
from streams.models import Bet, Stream
from streams.queries import BetFilter
from streams.wire import BetMessage
from tests.streams.messages import CLIENT, HASH, bet

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

# An export reads over a connection of its own, so what it reads has to be committed.
pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "nonce,antebot_bet_id,date_time,received_at,amount,payout,difficulty,round_target,round_result"


@pytest.fixture(autouse=True)
def _nothing_remembered():
    sql.forget_streams()
    yield
    sql.forget_streams()


def stream_of(*messages) -> queries.StreamSummary:
    ingest(messages, at=AT)
    return queries.get_stream(Stream.objects.get().public_id)


def exported(stream, file_format="csv", *, full=False, **wanted) -> bytes:
    return b"".join(export(stream, file_format=file_format, wanted=BetFilter(**wanted), full=full).chunks)


def cells(data: bytes):
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def test_csv_has_the_columns_of_the_older_servers_and_exact_numbers():
    stream = stream_of(
        bet(2, id="b2", amount="0.000000000000000001", payout="12345678901234567890.50", roundResult="1000"),
        bet(1, id="b1", dateTime=None, roundTarget=None, roundResult=None),
    )
    assert exported(stream).decode().splitlines() == [
        HEADER,
        "1,b1,,2026-11-20T12:00:00Z,2,0,expert,,",
        "2,b2,2026-01-02T03:04:05.678000Z,2026-11-20T12:00:00Z,0.000000000000000001,12345678901234567890.5,expert,400,1000",
    ]


def test_full_columns_say_the_rest():
    stream = stream_of(bet(1, currency="btc", roundResult="1.63"))
    assert cells(exported(stream, full=True)) == [
        [*HEADER.split(","), "game", "currency", "provider", "cell", "seq", "server_seed_hashed", "client_seed"],
        ["1", "bet-1", "2026-01-02T03:04:05.678000Z", "2026-11-20T12:00:00Z", "2", "0", "expert", "400", "1.63"]
        + ["pump", "btc", "antebot", "1", "1", HASH, CLIENT],
    ]


@pytest.mark.parametrize(
    ("wanted", "nonces"),
    [
        ({"min_result": Decimal(3)}, ["3", "4"]),
        ({"nonce_from": 2, "nonce_to": 3}, ["2", "3"]),
        ({"bookmarked": True}, ["2"]),
        ({"game": "limbo"}, []),
    ],
)
def test_filters_are_those_of_the_list(wanted, nonces):
    stream = stream_of(*(bet(nonce, roundResult=nonce) for nonce in (1, 2, 3, 4)))
    services.add_bookmark(stream_id=stream.id, nonce=2, result=None, note="", at=AT)
    assert [row[0] for row in cells(exported(stream, **wanted))[1:]] == nonces
    assert export(stream, file_format="csv", wanted=BetFilter(**wanted)).name.endswith(f"_{len(nonces)}_bets.csv")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("'=1", "''=1"),
        ("''@", "'''@"),
        ("'quoted'", "'quoted'"),
        ("a=b", "a=b"),
        ('say "x", y\n', 'say "x", y\n'),
    ],
)
def test_cells_that_would_run_are_neutralised_and_restored(text, cell):
    stream = stream_of(bet(1, id=text))
    assert cells(exported(stream))[1][1] == cell
    assert csv_file.restored(cell) == text


def test_ndjson_is_one_whole_bet_a_line():
    stream = stream_of(bet(1, amount="0.10", currency="btc", note={"deep": [Decimal("1.5"), "ü\n"]}), bet(2))
    first, second = exported(stream, "ndjson").decode().splitlines()
    assert '"amount" : 0.1,' in first
    assert json.loads(first) == {
        "stakepro": 1,
        "serverSeedHashed": HASH,
        "clientSeed": CLIENT,
        "provider": "antebot",
        "id": "bet-1",
        "game": "pump",
        "nonce": 1,
        "amount": 0.1,
        "payout": 0,
        "currency": "btc",
        "difficulty": "expert",
        "roundTarget": 400,
        "roundResult": 1,
        "dateTime": "2026-01-02T03:04:05.678000Z",
        "receivedAt": "2026-11-20T12:00:00Z",
        "seq": 1,
        "extra": {"note": {"deep": [1.5, "ü\n"]}},
    }
    assert json.loads(second)["nonce"] == 2


def test_parquet_keeps_types_and_digits(tmp_path):
    stream = stream_of(
        bet(1, amount="12345678901234567890.000000000000000001", note="x"), bet(2, id='a,"\n', dateTime=None)
    )
    path = tmp_path / "bets.parquet"
    path.write_bytes(exported(stream, "parquet"))
    table = pyarrow.parquet.read_table(path)
    assert str(table.schema.field("amount").type) == "decimal128(38, 18)"
    assert str(table.schema.field("date_time").type) == "timestamp[us, tz=UTC]"
    first, second = table.to_pylist()
    assert first["amount"] == Decimal("12345678901234567890.000000000000000001")
    assert first["date_time"] == datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert json.loads(first["extra"]) == {"note": "x"}
    assert (second["antebot_bet_id"], second["date_time"], second["currency"]) == ('a,"\n', None, None)
    assert (second["server_seed_hashed"], second["client_seed"]) == (HASH, CLIENT)


def test_parquet_of_nothing_can_be_read(tmp_path):
    path = tmp_path / "none.parquet"
    path.write_bytes(exported(stream_of(bet(1)), "parquet", game="limbo"))
    assert pyarrow.parquet.read_table(path).num_rows == 0


# --- There and back -----------------------------------------------------------------------------------

storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
hostile = st.builds(
    str.__add__, st.sampled_from(["", "=", "+", "-", "@", "\t", "\r\n", "'", "''=", '"', "\ufeff"]), storable
)
numbers = st.decimals(min_value=0, max_value=10**19, places=18, allow_nan=False)
bets = st.builds(
    BetMessage,
    server_seed_hashed=hostile,
    client_seed=hostile,
    provider=st.sampled_from(["antebot", "stake", "import"]),
    provider_bet_id=hostile,
    game=hostile.filter(lambda text: text != "pump"),
    nonce=st.integers(0, 2**53 - 1),
    amount=numbers,
    payout=numbers,
    currency=st.none() | storable.map(lambda text: text[:10]),
    difficulty=st.none() | storable.map(lambda text: text[:20]),
    round_target=st.none() | numbers.filter(bool),
    round_result=st.none() | numbers,
    cell=st.none(),
    placed_at=st.none() | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    extra=st.just({}),
)
FIELDS = tuple(name for name in BetMessage._fields if name not in ("server_seed_hashed", "client_seed"))


def stored():
    pair = ("stream__server_seed_hashed", "stream__client_seed")
    return sorted(Bet.objects.values_list(*pair, *FIELDS), key=repr)


def emptied():
    Stream.objects.all().delete()
    sql.forget_streams()


@pytest.mark.parametrize(("file_format", "full"), [("csv", True), ("ndjson", False)])
@hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(message=bets, extra=st.dictionaries(storable, storable | st.integers() | st.none(), max_size=3))
def test_whatever_is_stored_comes_back_from_its_export(file_format, full, message, extra):
    emptied()
    stream = stream_of(message if full else message._replace(extra=extra))
    before = stored()
    data = exported(stream, file_format, full=full)
    emptied()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        made = Import(path=path, rejects_path=Path(folder) / "rejects", home=Path(folder))
        counts = made.run(restart=False, now=lambda: AT, report=lambda progress: None)
    assert (counts.stored, counts.rejected) == (1, 0)
    assert stored() == before
    emptied()


def test_the_older_columns_come_back_with_the_pair_given(tmp_path):
    stream = stream_of(*(bet(nonce, id=f"={nonce}", amount="0.10", roundResult="1.63") for nonce in (1, 2, 3)))
    before = [row[4:] for row in stored()]
    (tmp_path / "old.csv").write_bytes(exported(stream))
    emptied()
    made = Import(
        path=tmp_path / "old.csv",
        rejects_path=tmp_path / "rejects",
        home=tmp_path,
        defaults=Defaults(server_seed_hash=HASH, client_seed=CLIENT),
    )
    made.run(restart=False, now=lambda: AT, report=lambda progress: None)
    assert [row[4:] for row in stored()] == before
    assert sorted(Bet.objects.values_list("provider_bet_id", flat=True)) == ["=1", "=2", "=3"]


# --- Names ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "plain", "whole"),
    [
        ("client-1", "stream_ababababab_client-1_1_bets.csv", None),
        ("Žluťoučký 彩", "stream_ababababab__lu_ou_k____1_bets.csv", "stream_ababababab_Žluťoučký 彩_1_bets.csv"),
        (
            'a"\r\nSet-Cookie: x',
            "stream_ababababab_a___Set-Cookie__x_1_bets.csv",
            "stream_ababababab_a___Set-Cookie_ x_1_bets.csv",
        ),
        ("../../etc/passwd", "stream_ababababab_.._.._etc_passwd_1_bets.csv", None),
        ("\u202egpj.exe", "stream_ababababab__gpj.exe_1_bets.csv", None),
    ],
)
def test_file_names_are_safe_for_any_seed(seed, plain, whole):
    stream = stream_of(bet(1, clientSeed=seed))
    header = attachment(file_name(stream, bets=1, extension="csv"))
    assert header.startswith(f'attachment; filename="{plain}"')
    assert header.isascii()
    assert header.isprintable()
    if whole is None:
        assert "filename*" not in header
    else:
        assert unquote(header.partition("filename*=UTF-8''")[2]) == whole


# --- Streaming --------------------------------------------------------------------------------------


def open_copies() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (WITH%%'")
        return cursor.fetchone()[0]


def test_the_header_comes_before_the_query():
    chunks = export(stream_of(bet(1)), file_format="csv", wanted=BetFilter()).chunks
    assert next(chunks).decode() == HEADER + "\n"
    assert open_copies() == 0
    chunks.close()


@pytest.mark.parametrize("file_format", ["csv", "ndjson", "parquet"])
def test_an_export_that_is_dropped_closes_its_connection(monkeypatch, file_format):
    monkeypatch.setattr("streams.exporting.rows.CHUNK_BYTES", 100)
    stream = stream_of(*(bet(nonce) for nonce in range(1, 6000)))
    chunks = export(stream, file_format=file_format, wanted=BetFilter()).chunks
    next(chunks)
    next(chunks)
    del chunks
    for _ in range(50):
        if open_copies() == 0:
            break
    assert open_copies() == 0


# --- The command ------------------------------------------------------------------------------------


def test_the_command_finds_a_stream_by_the_beginning_of_its_hash(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stream = stream_of(bet(1), bet(2, roundResult=5))
    out = io.StringIO()
    call_command("export_bets", "abab", min_multiplier="2", stdout=out)
    [path] = tmp_path.iterdir()
    assert path.name == "stream_ababababab_client-1_1_bets.csv"
    assert path.read_bytes() == exported(stream, min_result=Decimal(2))
    with pytest.raises(CommandError, match="give --force"):
        call_command("export_bets", str(stream.id), out=str(path), stdout=out)
    call_command("export_bets", str(stream.id), out=str(path), force=True, file_format="ndjson", stdout=out)
    assert path.read_bytes() == exported(stream, "ndjson")


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("ff", {}, "no such stream"),
        ("ab", {}, "More than one stream"),
        (HASH, {"nonce_from": "x"}, "nonce_from must be a whole number"),
    ],
)
def test_the_command_refuses(name, options, reason, tmp_path):
    ingest([bet(1), bet(1, serverSeedHashed="ab" * 16)], at=AT)
    with pytest.raises(CommandError, match=reason):
        call_command("export_bets", name, out=str(tmp_path / "x"), **options)
    assert list(tmp_path.iterdir()) == []
