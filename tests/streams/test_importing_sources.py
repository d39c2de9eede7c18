"""What a file is, and its rows in flat memory; no database."""

import gzip
import io
import json
import tracemalloc

import pytest

from streams.importing import sources
from streams.importing.columns import Table, parse_mapping
from streams.importing.rows import Defaults, Reader
from streams.importing.sources import BadRow, Document, Lines, Refused, detect, open_source

ROWS = [{"nonce": nonce, "note": '{[é]}\\",' * (nonce % 5)} for nonce in range(1, 400)]


def text_of(rows, indent=None):
    return json.dumps(rows, ensure_ascii=False, indent=indent)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text_of(ROWS), id="list"),
        pytest.param(text_of(ROWS, indent=2), id="indented list"),
        pytest.param(text_of({"meta": {"page": 1}, "data": ROWS, "next": None}), id="wrapped"),
        pytest.param(text_of({"data": {"user": {"id": "u", "houseBetList": ROWS}}}, indent=1), id="deep"),
        pytest.param("".join(text_of(part) + "\n" for part in (ROWS[:100], ROWS[100:])), id="several lists"),
    ],
)
@pytest.mark.parametrize("too_large", [sources.ROW_BYTES_MAX, 300])
@pytest.mark.parametrize("read_bytes", [sources._READ_BYTES, 7])
def test_documents_give_their_rows_however_they_are_cut(monkeypatch, text, too_large, read_bytes):
    monkeypatch.setattr(sources, "ROW_BYTES_MAX", too_large)
    monkeypatch.setattr(sources, "_READ_BYTES", read_bytes)
    rows = list(Document(io.BytesIO(text.encode())))
    assert [row.value for row in rows] == ROWS
    assert [row.place for row in rows] == list(range(1, len(ROWS) + 1))


@pytest.mark.parametrize("text", [text_of(ROWS), text_of({"data": {"user": {"list": ROWS}}, "page": 3})])
def test_reading_goes_on_behind_any_row_of_a_document(monkeypatch, text):
    monkeypatch.setattr(sources, "ROW_BYTES_MAX", 300)
    monkeypatch.setattr(sources, "_READ_BYTES", 100)
    data = text.encode()
    rows = list(Document(io.BytesIO(data)))
    for row in rows[::37]:
        stream = io.BytesIO(data)
        stream.seek(row.resume)
        rest = list(Document(stream, offset=row.resume, place=row.place))
        assert rest == rows[row.place :]


def test_reading_goes_on_only_behind_values_that_stand_alone():
    rows = list(Lines(io.BytesIO(b'[{"nonce": 1}, {"nonce": 2}]\n{"nonce": 3}\n')))
    assert [(row.place, row.resume) for row in rows] == [(1, None), (1, 29), (2, 42)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"nonce": 1}, {"nonce": 2', "ends in the middle"),
        ('[{"nonce": 1}, {"nonce" 2}, ' + '{"nonce": 3}, ' * 30 + "]", "broken at about byte 15"),
    ],
)
def test_broken_json_ends_a_document_after_what_was_good(text, reason):
    rows = iter(Document(io.BytesIO(text.encode())))
    assert next(rows).value == {"nonce": 1}
    with pytest.raises(Refused, match=reason):
        list(rows)


def test_a_broken_line_costs_only_itself():
    rows = list(Lines(io.BytesIO(b'{"nonce": 1}\n{"nonce": \n\n\xff\n{"nonce": 4}')))
    assert [(row.place, type(row.value)) for row in rows] == [(1, dict), (2, BadRow), (4, BadRow), (5, dict)]


def test_a_line_longer_than_any_bet_is_passed_over(monkeypatch):
    monkeypatch.setattr(sources, "ROW_BYTES_MAX", 50)
    long = b'{"nonce": 1, "x": "' + b"x" * 200 + b'"}\n'
    rows = list(Lines(io.BytesIO(long + b'{"nonce": 2}\n')))
    assert [row.place for row in rows] == [1, 2]
    assert isinstance(rows[0].value, BadRow)
    assert rows[1] == (2, {"nonce": 2}, len(long) + 13)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"nonce": 1}\n{"nonce": 2}\n', "lines"),
        (b'\xef\xbb\xbf\n{"nonce": 1}', "lines"),
        (b'{"nonce": 1]}\n{"nonce": 2}\n', "lines"),
        (b'[{"nonce": 1}]', "lines"),
        (b'[\n{"nonce": 1}\n]', "document"),
        (b'{"data": [\n{"nonce": 1}\n]}', "document"),
        (b"nonce,amount\n1,2\n", "table"),
        (b"1;2.5\n", "table"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_shapes_are_told_by_their_beginning(tmp_path, data, kind, pack):
    path = tmp_path / "file"
    path.write_bytes(pack(data))
    source = open_source(path)
    assert detect(source, "file") == kind
    assert source.stream.read() == data
    source.close()


@pytest.mark.parametrize(("data", "reason"), [(b"", "is empty"), (b"  \n\n", "is empty"), (b"\xff\xfe[\0", "UTF-16")])
def test_it_refuses_files_without_text(tmp_path, data, reason):
    path = tmp_path / "file"
    path.write_bytes(data)
    source = open_source(path)
    with pytest.raises(Refused, match=reason):
        detect(source, "file")
    source.close()


def test_it_refuses_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Refused, match="gone cannot be read"):
        open_source(tmp_path / "gone")


@pytest.mark.parametrize("opens", ['{"data": [', "["])
def test_a_long_list_is_read_in_flat_memory(monkeypatch, opens):
    monkeypatch.setattr(sources, "ROW_BYTES_MAX", 100_000)
    monkeypatch.setattr(sources, "_READ_BYTES", 50_000)
    row = b'{"nonce": 1, "x": "' + b"x" * 200 + b'"}'
    stream = io.BytesIO(opens.encode() + b",".join([row] * 40_000) + b"]")
    tracemalloc.start()
    assert sum(1 for _ in Document(stream)) == 40_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The list is nine megabytes of text, and several times that as objects.
    assert peak < 6_000_000


# --- Tables -----------------------------------------------------------------------------------------


def table(text, *, delimiter=None, mapping=()):
    made = Table(io.BytesIO(text.encode()), delimiter=delimiter, mapping=parse_mapping(list(mapping)))
    reader = Reader(Defaults(server_seed_hash="ab" * 32))
    return [made.columns.read(row.value, reader) for row in made]


OLD = "nonce,antebot_bet_id,date_time,received_at,amount,payout,difficulty,round_target,round_result"


@pytest.mark.parametrize(
    ("text", "mapping"),
    [
        pytest.param(f"{OLD}\n5,b5,2026-01-01T00:00:00,2026-01-01T00:00:01,0.2,0.0,expert,400.02,1.63\n", [], id="SBA"),
        pytest.param(
            "id,nonce,date_time,amount,payout,difficulty,round_target,round_result\n"
            "b5,5,2026-01-01T00:00:00Z,0.20000000,0.00000000,expert,400.02,1.63\n",
            [],
            id="GO",
        ),
        pytest.param(
            "\ufeffBet ID;Nonce;Created At;Bet Size;Payout;Difficulty;Round Target;Outcome\r\n"
            "b5;5;1767225600000;0.2;0;expert;400.02;1.63\r\n",
            ["result=Outcome"],
            id="semicolons and headings of its own",
        ),
        pytest.param(
            "5|b5|2026-01-01|0.2|0|expert|400.02|1.63\n",
            ["nonce=1", "id=2", "time=3", "amount=4", "payout=5", "difficulty=6", "target=7", "result=8"],
            id="no heading, by numbers",
        ),
    ],
)
def test_tables_are_read_by_their_headings_or_a_mapping(text, mapping):
    [bet] = table(text, mapping=mapping)
    assert (bet.provider, bet.provider_bet_id, bet.nonce) == ("import", "b5", 5)
    assert (str(bet.amount), str(bet.payout)) in [("0.2", "0"), ("0.20000000", "0")]
    assert (bet.difficulty, str(bet.round_target), str(bet.round_result), bet.cell) == ("expert", "400.02", "1.63", 1)
    assert bet.placed_at.isoformat() == "2026-01-01T00:00:00+00:00"
    assert bet.extra == {}


def test_a_log_of_nonces_and_multipliers_needs_no_heading():
    first, second = table("7;0\n8;2.5\n")
    assert (first.nonce, first.amount, first.payout, first.extra) == (7, 0, 0, {"payoutMultiplier": "0"})
    assert (second.nonce, second.round_result, second.extra) == (8, None, {"payoutMultiplier": "2.5"})


def test_columns_without_a_name_of_ours_are_kept():
    [bet] = table("nonce,mood,amount,payout\n1,good,1,0,surplus\n")
    assert bet.extra == {"mood": "good", "column 5": "surplus"}


def test_the_arrival_is_kept_where_the_time_of_the_bet_is_missing():
    [bet] = table(f"{OLD}\n5,b5,,2026-01-01T00:00:01,0,0,expert,,1\n")
    assert bet.extra == {"received_at": "2026-01-01T00:00:01"}


def test_quoted_cells_may_hold_line_breaks_and_lines_are_counted():
    data = b'nonce,note\n1,"two\nlines"\n2,x\n'
    rows = list(Table(io.BytesIO(data), delimiter=None, mapping={}))
    assert [(row.place, row.value[0]) for row in rows] == [(2, "1"), (4, "2")]
    resumed = Table(io.BytesIO(data), delimiter=None, mapping={}, offset=rows[0].resume, place=3)
    assert list(resumed) == rows[1:]


@pytest.mark.parametrize(
    ("text", "mapping", "reason"),
    [
        ("a,b,c\n1,2,3\n", [], "no column heading that is known"),
        ("a,b\n1,2\n", ["nonce=z"], "there is no column z"),
        ("a,b\n1,2\n", ["nonce=3"], "there is no column 3"),
        ("a,b\n1,2\n", ["mood=a"], "write field=column"),
        ("a,b\n1,2\n", ["nonce"], "write field=column"),
        ("a,b\n1,2\n", ["nonce=a", "nonce=b"], "given twice"),
    ],
)
def test_it_refuses_tables_and_mappings_it_cannot_read(text, mapping, reason):
    with pytest.raises(Refused, match=reason):
        table(text, mapping=mapping)
