"""Values and requests made to break things: refused with the field named, nothing stored, everything still answers."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.models import Bet, Conflict, Round, Run, Stream
from tests.streams.api.routes import READS, ROUTES, WITH_BODY, name
from tests.streams.messages import bet_record, heartbeat_record
from tests.streams.runs.bodies import make_run

# JSON texts that no numeric field may take, as they stand in the body.
NO_NUMBERS = [
    "1e999",
    "-1e999",
    "1e99999999999999999999",
    "NaN",
    "Infinity",
    "-Infinity",
    "-1",
    "-0.000000000000000001",
    "0.1234567890123456789",
    "1e-19",
    "123456789012345678901",
    "1e20",
    "1" * 400,
    "true",
    "false",
    "[]",
    "[1]",
    "{}",
    '""',
    '" 1"',
    '"1 "',
    '"１"',
    '"1e999"',
    '"NaN"',
    '"Infinity"',
    '"-1"',
    '"1_000"',
    '"1,000"',
    '"0x1"',
    '"=1+1"',
    '"\\u0000"',
    '"' + "9" * 100_000 + '"',
]
NO_TEXTS = [
    "1.5",
    "true",
    "[]",
    "{}",
    '""',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"' + "x" * 300 + '"',
    "NaN",
    "1e999",
]
NUMERIC = ["amount", "payout", "nonce", "roundTarget", "roundResult"]
TEXTUAL = ["id", "clientSeed", "serverSeedHashed", "game", "currency", "difficulty"]


def with_literal(record, field, literal):
    """The record as JSON with a field's value written as it is."""
    rest = {name: value for name, value in record.items() if name != field}
    return json.dumps(rest)[:-1] + f', "{field}": {literal}}}'


def stored():
    return (Stream.objects.count(), Bet.objects.count(), Round.objects.count(), Conflict.objects.count())


@pytest.fixture
def quiet(api):
    """A stream with one bet; at the end of the test nothing was added to it, and every address still answers."""
    path = api.send(bet_record(1, clientSeed="quiet"))
    before = stored()
    yield path
    assert stored() == before
    for route in READS:
        if "/snapshots/1/" not in route.path:
            assert api.get(route.address(path.rpartition("/")[2])).status == 200, route


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("field", NUMERIC)
def test_what_is_no_number_is_refused_by_name(api, field):
    for literal in NO_NUMBERS:
        answer = api.post("/live/ingest", with_literal(bet_record(2), field, literal))
        assert (answer.status, answer.fields) == (422, {field}), literal[:50]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("field", TEXTUAL)
def test_what_is_no_text_is_refused_by_name(api, field):
    for literal in NO_TEXTS:
        answer = api.post("/live/ingest", with_literal(bet_record(2), field, literal))
        assert (answer.status, answer.fields) == (422, {field}), literal[:50]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "literal",
    ["NaN", "[1e999]", '{"a":{"b":[Infinity]}}', "1e500", "1e-500", '"\\u0000"', '{"\\u0000":1}', '"\\ud800"']
    + [
        "[" * 40 + "]" * 40,
        '{"a":' * 40 + "1" + "}" * 40,
        '"' + "x" * 8192 + '"',
        "1" * 4200 + "," + '"y":' + "1" * 4200,
    ],
)
def test_unknown_keys_that_cannot_be_kept_are_refused(api, literal):
    answer = api.post("/live/ingest", with_literal(bet_record(2), "unknown", literal))
    assert (answer.status, answer.fields) == (422, {"extra"})


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff\xfe\x00\x00",
        json.dumps(bet_record(2)).encode("utf-16"),
        json.dumps(bet_record(2)).encode("utf-32"),
        b'{"id": "\xff"}',
        b'{"id": "\xed\xa0\x80"}',
        b"[" * 900_000,
        b'{"a":' * 150_000,
        b"1" * 5000,
        b"-",
        b"{'id': 1}",
        b"{} {}",
        b"id=1&nonce=2",
        b"<bet/>",
    ],
    ids=lambda body: repr(body[:12]),
)
def test_bodies_that_are_no_message(api, body):
    for path in ("/live/ingest", "/live/ingest/batch"):
        answer = api.post(path, body)
        assert (answer.status, answer.fields) == (422, {"body"})


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("route", WITH_BODY, ids=name)
def test_a_body_of_20_mb_is_413(api, route):
    answer = api.request(route.method, route.address(), b" " * 20_000_000)
    assert (answer.status, answer.code) == (413, "too_large")


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("route", WITH_BODY, ids=name)
def test_the_length_has_to_be_told_and_true(api, route, quiet):
    address = route.address(quiet.rpartition("/")[2])
    chunked = api.request(route.method, address, b"", HTTP_TRANSFER_ENCODING="chunked")
    assert (chunked.status, chunked.code) == (411, "length_required")
    for length in ("x", "-1", "1.5", "٣", "9" * 30):
        answer = api.request(route.method, address, b"", CONTENT_LENGTH=length)
        assert (answer.status, answer.fields) == (400, {"Content-Length"}), length
    assert api.request(route.method, address, b"", CONTENT_LENGTH="99999999999").status == 413


def test_of_a_name_that_comes_twice_the_last_counts(api):
    body = with_literal(bet_record(2), "amount", '1e999, "amount": 5')
    assert api.post("/live/ingest", body).body["accepted"] is True
    assert Bet.objects.get().amount == 5
    refused = api.post("/live/ingest", with_literal(bet_record(3), "amount", '5, "amount": 1e999'))
    assert refused.fields == {"amount"}


SEEDS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "種子 🎲 Üñï",
    "\u202eevil",
    "'; DROP TABLE streams_stream; --",
    "../../etc/passwd",
    "a\r\nSet-Cookie: x=1",
    '"><script>alert(1)</script>',
    "%s %(x)s {0} \\N \\x00",
    "NULL",
    "{1,2}",
    "\ufeff",
    " ",
    "𝟙𝟚𝟛",
    "x" * 256,
]


@pytest.mark.parametrize("seed", SEEDS)
def test_odd_text_is_kept_as_it_is_and_shown_everywhere(api, seed):
    record = bet_record(1, clientSeed=seed, serverSeedHashed=seed, id=seed[:200], game=seed[:40], currency=seed[:10])
    path = api.send({**record, "memo": seed, seed: [seed]})
    stream = Stream.objects.get()
    assert (stream.server_seed_hashed, stream.client_seed, stream.games) == (seed, seed, [seed[:40]])
    [row] = api.get(f"{path}/bets", game=seed[:40]).body["bets"]
    assert (row["antebot_bet_id"], row["currency"]) == (seed[:200], seed[:10])
    assert row["extra"]["memo"] == seed
    if "\0" not in seed:
        assert api.get("/live/streams", search=seed).body["total"] == 1
    for route in READS:
        if "/snapshots/1/" not in route.path:
            assert api.get(route.address(path.rpartition("/")[2])).status == 200, route
    # The same again, by another id: what was stored is found by its content.
    assert api.post("/live/ingest", record).body["accepted"] is False


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize(
    "path",
    [
        "/live/streams/../../admin",
        "/live/streams/%2e%2e%2f%2e%2e%2fadmin",
        "/live/streams/%00",
        "/live/streams/%c0%ae%c0%ae",
        "/live/streams/%ff",
        "/live/streams//bets",
        "/live/streams/x/bets/../tail",
        "/live/streams/" + "a" * 5000,
        "/live/streams/x;y/bets",
        "/live/ingest/",
        "/live/ingest/batch/x",
        "/live/bookmarks/-1",
        "/live/bookmarks/1.5",
        "/live/bookmarks/" + "9" * 5000,
        "/live/snapshots/abc",
        "/verify/x",
    ],
)
def test_odd_paths_get_json_refusals(api, path):
    answer = api.get(path)
    assert answer.status in (404, 405, 422)
    assert "streams_" not in answer.text


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("route", READS, ids=name)
def test_odd_query_strings_never_fail(api, route, quiet):
    address = route.path.format(id=quiet.rpartition("/")[2])
    values = ["", "%00", "%ff", "%ED%A0%80", "1e99", "-1", "nan", "inf", "9" * 50, "1" * 5000, "%F0%9F%8E%B2", "null"]
    names = ["limit", "offset", "since_id", "after", "before", "order", "bucket", "buckets", "ranges", "multipliers"]
    names += [
        "min_multiplier",
        "tolerance",
        "nonce",
        "cell",
        "received_from",
        "search",
        "server_seed",
        "archived",
        "%00",
    ]
    for parameter in names:
        for value in values:
            answer = api.get(f"{address}?{parameter}={value}")
            assert answer.status in (200, 400, 404, 422), (parameter, value)
    assert api.get(f"{address}?" + "&".join(["x=1"] * 2000)).status in (200, 400, 404, 422)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "REMOTE_ADDR"])
def test_odd_addresses_never_fail(api, header):
    for value in (
        "",
        ",",
        "x",
        "127.0.0.1, 10.0.0.1",
        "[::1",
        "::1%lo",
        "9" * 1000,
        'for="[::1]"',
        "\x00",
        "999.1.1.1",
    ):
        assert api.post("/live/ingest", {}, **{header: value}).status == 422
        assert api.get("/live/streams", **{header: value} if header == "REMOTE_ADDR" else {}).status in (200, 400)


# --- Anything at all ------------------------------------------------------------------------------

texts = st.text(max_size=20)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
never_too_slow = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@never_too_slow
@given(
    kind=st.sampled_from([bet_record, heartbeat_record]),
    changes=st.dictionaries(
        st.sampled_from([*NUMERIC, *TEXTUAL, "type", "dateTime", "memo"]), anything, min_size=1, max_size=3
    ),
)
def test_any_value_in_any_field(api, kind, changes):
    before = stored()
    answer = api.post("/live/ingest", {**kind(7), **changes})
    if answer.status != 200:
        assert answer.status == 422
        # A heartbeat that is made a bet lacks what a bet needs.
        assert answer.fields <= {*changes, "extra"} or "type" in changes
        assert stored() == before
    assert api.get("/live/streams").status == 200


@never_too_slow
@given(body=anything)
def test_any_json_to_any_address(api, body):
    for route in WITH_BODY:
        answer = api.request(route.method, route.address(), json.dumps(body))
        assert answer.status in (200, 404, 422), (route, body)


@never_too_slow
@given(body=st.binary(max_size=60))
def test_any_bytes_to_any_address(api, body):
    for route in WITH_BODY:
        assert api.request(route.method, route.address(), body).status in (200, 404, 422), route


@never_too_slow
@given(
    query=st.dictionaries(
        st.sampled_from(
            [
                "limit",
                "offset",
                "order",
                "after",
                "min_multiplier",
                "since_id",
                "cell",
                "bucket",
                "ranges",
                "buckets",
                "multipliers",
                "received_from",
                "nonce_from",
                "search",
                "distance_tier",
                "include_distance",
                "status",
                "target",
            ]
        ),
        st.text(st.characters(codec="utf-8"), max_size=20) | st.integers().map(str) | st.floats().map(str),
        max_size=4,
    )
)
def test_any_query_to_any_address(api, query):
    if not Stream.objects.exists():
        api.send(bet_record(1))
        make_run()
    stream_id = str(Stream.objects.values_list("public_id", flat=True)[0])
    run_id = str(Run.objects.values_list("public_id", flat=True)[0])
    for route in ROUTES:
        if route.method == "GET" and not route.query:
            assert api.get(route.path.format(id=stream_id, run=run_id), **query).status in (200, 400, 404, 422), route
