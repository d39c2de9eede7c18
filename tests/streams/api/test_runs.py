"""/runs and what is below it: the contract of old clients, what was added, and every refusal."""

import threading
import time
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.utils import timezone

from accounts.models import User
from streams.models import Run, RunHit
from streams.runs import services, waiting
from tests.streams.api.client import read_answer
from tests.streams.runs.bodies import (
    CLIENT_SEED,
    HASH,
    KNOWN_COUNTS,
    SERVER_SEED,
    body,
    finished_run,
    make_run,
    work,
)

OLD_ROW = {
    "id",
    "created_at",
    "server_seed_sha256",
    "client_seed",
    "difficulty",
    "nonce_start",
    "nonce_end",
    "duration_ms",
    "engine_version",
    "targets",
    "counts_by_target",
}
OLD_DETAIL = (OLD_ROW - {"counts_by_target"}) | {"server_seed", "summary"}
SUMMARY = {
    "count",
    "duration_ms",
    "difficulty",
    "start",
    "end",
    "targets",
    "max_multiplier",
    "median_multiplier",
    "counts_by_target",
    "top_max",
}


def waits(task):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'", [task])
        return cursor.fetchone()[0]


# --- Asking for one -------------------------------------------------------------------------------


def test_it_works(api):
    answer = api.post("/runs", body())
    assert answer.status == 201
    assert set(answer.body) >= OLD_DETAIL
    assert (answer.body["status"], answer.body["nonces_done"], answer.body["engine_version"]) == ("queued", 0, "")
    assert answer.body["targets"] == [Decimal("1066.73"), Decimal("3200.18"), Decimal("11200.65")]
    assert waits("streams.work_off_runs") == 1
    work()
    found = api.get(f"/runs/{answer.body['id']}").body
    assert set(found) >= OLD_DETAIL
    assert set(found["summary"]) == SUMMARY
    assert (found["server_seed"], found["server_seed_sha256"], found["client_seed"]) == (SERVER_SEED, HASH, CLIENT_SEED)
    assert (found["status"], found["difficulty"], found["game"]) == ("finished", "expert", "pump")
    assert (found["nonce_start"], found["nonce_end"]) == (1, 6000)
    summary = found["summary"]
    assert (summary["count"], summary["start"], summary["end"]) == (6000, 1, 6000)
    assert (summary["max_multiplier"], summary["top_max"]) == (Decimal("11200.65"), [5663])
    assert summary["median_multiplier"] == Decimal("1.63")
    assert summary["counts_by_target"]["11200.65"] == 1


def test_the_counts_are_the_known_ones(api):
    run_id = api.post("/runs", body(end=100_000)).body["id"]
    work()
    assert api.get(f"/runs/{run_id}").body["summary"]["counts_by_target"] == KNOWN_COUNTS


def test_every_kind_of_target_has_a_name(api):
    targets = [
        {"op": "ge", "value": 34.68},
        {"op": "le", "value": 1},
        {"op": "between", "value": 2, "upper": "3"},
        {"op": "eq", "value": 1.63},
    ]
    answer = api.post("/runs", body(targets=targets)).body
    assert answer["targets"] == [
        Decimal("1.63"),
        {"op": "ge", "value": Decimal("34.68"), "upper": None},
        {"op": "le", "value": 1, "upper": None},
        {"op": "between", "value": 2, "upper": 3},
    ]
    assert list(answer["summary"]["counts_by_target"]) == ["1.63", "ge 34.68", "le 1", "between 2 3"]


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_the_worker(with_scopes, settings):
    settings.RUN_WAIT_SECONDS = 20.0
    api = with_scopes("write")

    def worker():
        deadline = time.monotonic() + 10
        while not Run.objects.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        work()
        connections.close_all()

    thread = threading.Thread(target=worker)
    thread.start()
    answer = api.post("/runs", body())
    thread.join()
    assert (answer.status, answer.body["status"]) == (201, "finished")
    assert answer.body["summary"]["counts_by_target"]["11200.65"] == 1


def test_it_waits_so_long_and_no_longer(api, settings):
    settings.RUN_WAIT_SECONDS = 0.3
    began = time.monotonic()
    answer = api.post("/runs", body())
    assert 0.3 <= time.monotonic() - began < 5
    assert (answer.status, answer.body["status"]) == (201, "queued")
    assert waiting.places.taken == 0


def test_when_too_many_wait_it_answers_at_once(api, settings):
    settings.RUN_WAIT_SECONDS, settings.RUN_WAITERS_PER_WORKER = 60.0, 0
    assert api.post("/runs", body()).body["status"] == "queued"


def test_a_person_is_named(db, client):
    user = User.objects.create_superuser("olga")
    client.force_login(user)
    answer = read_answer(client.post("/runs", body(), content_type="application/json"))
    assert (answer.status, answer.body["created_by"]) == (201, "olga")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"server_seed": None}, "server_seed"),
        ({"client_seed": "a\nb"}, "client_seed"),
        ({"client_seed": "x" * 10_000_000}, "client_seed"),
        ({"game": "tetris"}, "game"),
        ({"difficulty": "insane"}, "difficulty"),
        ({"start": -1}, "start"),
        ({"end": 0}, "end"),
        ({"end": 2**53}, "end"),
        ({"targets": ["1e999"]}, "targets[0]"),
        ({"params": {"rows": 3}}, "params.rows"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_it_refuses_and_names_the_field(api, changes, field):
    answer = api.post("/runs", body(**changes))
    assert (answer.status, answer.code, answer.fields) == (422, "invalid", {field})
    assert answer.body["error"]["message"].startswith(field)
    assert answer.body["detail"][0]["loc"] == ["body", field]
    assert len(answer.text) < 2000
    assert SERVER_SEED not in answer.text
    assert not Run.objects.exists()


@pytest.mark.parametrize("text", ["", "x", "[]", "5", '{"server_seed"', b"\xff\xfe"])
def test_it_refuses_what_is_no_object(api, text):
    answer = api.post("/runs", text)
    assert (answer.status, answer.fields) == (422, {"body"})


@pytest.mark.parametrize("number", ["NaN", "1e999", "-Infinity"])
def test_it_refuses_numbers_that_are_none(api, number):
    answer = api.post("/runs", f'{{"start": {number}, "targets": [{number}]}}')
    assert answer.status == 422
    assert {"start", "targets[0]"} <= answer.fields


def test_it_refuses_more_nonces_than_a_run_may_have(api, settings):
    settings.MAX_NONCES = 1000
    answer = api.post("/runs", body(start=1, end=1001))
    assert (answer.status, answer.code, answer.fields) == (413, "RANGE_TOO_LARGE", {"end"})
    assert answer.body["detail"] == "The range has 1,001 nonces; a run may have 1,000 at most."
    assert api.post("/runs", body(start=1, end=1000)).status == 201


def test_it_refuses_a_body_beyond_the_limit(api, settings):
    settings.BATCH_BODY_BYTES_MAX = 1000
    answer = api.post("/runs", body(client_seed="x" * 1000))
    assert (answer.status, answer.code) == (413, "too_large")


# --- Reading --------------------------------------------------------------------------------------


@pytest.fixture
def run_id(db):
    return finished_run(targets=[{"op": "ge", "value": "34.68"}, "1066.73", "11200.65"])


@pytest.fixture
def run(run_id):
    return f"/runs/{run_id}"


def test_the_seed_is_for_those_who_may_write(with_scopes, run):
    assert "server_seed" not in with_scopes("read").get(run).body
    assert with_scopes("write").get(run).body["server_seed"] == SERVER_SEED


def test_lists_never_hold_the_seed(api, run):
    answer = api.get("/runs")
    assert answer.body["total"] == 1
    assert set(answer.body["runs"][0]) >= OLD_ROW
    assert SERVER_SEED not in answer.text
    assert "summary" not in answer.body["runs"][0]
    assert answer.body["runs"][0]["counts_by_target"]["11200.65"] == 1


def test_lists_are_narrowed(api, db):
    hard = make_run(difficulty="hard", client_seed="another", targets=[])
    limbo = make_run(game="limbo", difficulty=None, targets=[])
    services.cancel(run_id=limbo, at=timezone.now())
    for query, expected in {
        "": [limbo, hard],
        "search=other": [hard],
        "search=OTHER": [],
        "search=zXv": [limbo],
        f"search={HASH[:12].upper()}": [limbo, hard],
        "search=%25": [],
        "difficulty=hard": [hard],
        "game=limbo": [limbo],
        "status=cancelled": [limbo],
        "status=queued&game=limbo": [],
        "limit=1": [limbo],
        "offset=1": [hard],
    }.items():
        found = api.get(f"/runs?{query}").body
        assert [row["id"] for row in found["runs"]] == [str(each) for each in expected], query


def test_lists_are_paged_by_cursor(api, db):
    made = [make_run(end=end, targets=[]) for end in range(10, 15)]
    seen, after = [], {}
    while after is not None:
        page = api.get("/runs", limit=2, **after).body
        assert page["total"] == 5
        seen += [row["id"] for row in page["runs"]]
        after = {"after": page["next_after"]} if page["next_after"] else None
    assert seen == [str(each) for each in reversed(made)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("offset=-1", "offset"),
        ("after=x", "after"),
        ("after=99999999999999999999-1", "after"),
        ("status=lost", "status"),
        ("search=%00", "search"),
        (f"difficulty={'x' * 21}", "difficulty"),
    ],
)
def test_lists_refuse_and_name_the_parameter(api, query, field):
    answer = api.get(f"/runs?{query}")
    assert (answer.status, answer.fields) == (422, {field})


PARTS = ["", "/hits", "/distances?multiplier=2", "/distances.csv?multiplier=2", "/export/hits.csv", "/export/full.csv"]


@pytest.mark.parametrize("part", PARTS)
def test_an_unknown_run_is_not_found(api, part):
    answer = api.get(f"/runs/0191d6f4-0000-7000-8000-000000000000{part}")
    assert (answer.status, answer.code, answer.body["detail"]) == (404, "not_found", "There is no such run.")
    answer = api.get(f"/runs/x{part}")
    assert (answer.status, answer.fields) == (422, {"run_id"})


@pytest.mark.parametrize("method", ["delete", "cancel"])
def test_an_unknown_run_cannot_be_changed(api, method):
    path = "/runs/0191d6f4-0000-7000-8000-000000000000"
    answer = api.delete(path) if method == "delete" else api.post(f"{path}/cancel")
    assert (answer.status, answer.body["detail"]) == (404, "There is no such run.")


# --- Hits -----------------------------------------------------------------------------------------


def hits_stored(run_id, **changes):
    rows = RunHit.objects.filter(run__public_id=run_id, **changes).order_by("nonce")
    return list(rows.values_list("nonce", "result").distinct())


def test_hits_are_listed_once_each(api, run, run_id):
    stored = hits_stored(run_id)
    found = api.get(f"{run}/hits", limit=10_000).body
    assert found["total"] == len(stored)
    assert [(row["nonce"], row["max_multiplier"]) for row in found["rows"]] == stored
    assert all(row["distance_prev"] is None for row in found["rows"])
    assert (found["next_after"], found["hits_truncated"]) == (None, False)
    big = api.get(f"{run}/hits", min_multiplier="1066.73").body
    assert [row["nonce"] for row in big["rows"]] == [nonce for nonce, result in stored if result >= 1066]
    aimed = api.get(f"{run}/hits", target=0).body
    assert {row["max_multiplier"] for row in aimed["rows"]} == {Decimal("1066.73")}


@pytest.mark.parametrize("distance", ["per_multiplier", "filtered"])
def test_distances_look_back_beyond_the_page(api, run, distance):
    query = {"include_distance": distance, "tol": "1e-9", "min_multiplier": "73"}
    whole = api.get(f"{run}/hits", limit=10_000, **query).body["rows"]
    last, expected = {}, []
    for row in whole:
        of = row["max_multiplier"] if distance == "per_multiplier" else None
        expected.append(row["nonce"] - last[of] if of in last else None)
        last[of] = row["nonce"]
    assert [row["distance_prev"] for row in whole] == expected
    assert sum(gap is None for gap in expected) < len(expected)
    by_offset = [
        row
        for start in range(0, len(whole), 7)
        for row in api.get(f"{run}/hits", limit=7, offset=start, **query).body["rows"]
    ]
    assert by_offset == whole
    by_cursor, after = [], {}
    while after is not None:
        page = api.get(f"{run}/hits", limit=7, **after, **query).body
        by_cursor += page["rows"]
        after = {"after": page["next_after"]} if page["next_after"] is not None else None
    assert by_cursor == whole


def test_distances_of_one_result(api, run, run_id):
    nonces = [nonce for nonce, _ in hits_stored(run_id, result=Decimal("34.68"))]
    found = api.get(f"{run}/distances", multiplier="34.68").body
    gaps = [later - earlier for earlier, later in zip(nonces, nonces[1:], strict=False)]
    assert (found["multiplier"], found["tol"]) == (Decimal("34.68"), Decimal("0.000000001"))
    assert (found["count"], found["nonces"], found["distances"]) == (len(nonces), nonces, gaps)
    stats, ordered = found["stats"], sorted(gaps)
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert (stats["min"], stats["max"]) == (ordered[0], ordered[-1])
    assert stats["p90"] == ordered[-(-len(gaps) * 9 // 10) - 1]
    assert float(stats["mean"]) == pytest.approx(mean)
    assert float(stats["stddev"]) == pytest.approx(deviation)
    assert float(stats["cv"]) == pytest.approx(deviation / mean)
    assert stats["median"] == pytest.approx((ordered[(len(gaps) - 1) // 2] + ordered[len(gaps) // 2]) / 2)


def test_one_hit_or_none_has_no_distances(api, run):
    one = api.get(f"{run}/distances", multiplier="11200.65").body
    assert (one["count"], one["nonces"], one["distances"], one["stats"]) == (1, [5663], [], {})
    assert api.get(f"{run}/distances", multiplier="5").body["count"] == 0
    near = api.get(f"{run}/distances", multiplier="11200.7", tol="0.1").body
    assert (near["nonces"], near["tol"]) == ([5663], Decimal("0.1"))


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ("/hits?limit=0", "limit"),
        ("/hits?limit=10001", "limit"),
        ("/hits?min_multiplier=nan", "min_multiplier"),
        ("/hits?min_multiplier=-1", "min_multiplier"),
        ("/hits?include_distance=all", "include_distance"),
        ("/hits?target=x", "target"),
        ("/hits?after=-1", "after"),
        *(
            (f"/{name}{query}", field)
            for name in ("distances", "distances.csv")
            for query, field in (
                ("", "multiplier"),
                ("?multiplier=1e999", "multiplier"),
                ("?multiplier=1&tol=-1", "tol"),
            )
        ),
    ],
)
def test_it_refuses_and_names_the_parameter(api, run, part, field):
    answer = api.get(run + part)
    assert (answer.status, answer.fields) == (422, {field})


# --- Cancelling and deleting ----------------------------------------------------------------------


def test_it_cancels_what_waits(api):
    run_id = make_run()
    for _ in range(2):
        answer = api.post(f"/runs/{run_id}/cancel")
        assert (answer.status, answer.body["status"]) == (200, "cancelled")
        assert answer.body["cancel_requested_at"] is not None


def test_it_asks_the_worker_to_cancel_what_runs(api):
    run_id = make_run()
    Run.objects.filter(public_id=run_id).update(status="running", started_at=timezone.now())
    answer = api.post(f"/runs/{run_id}/cancel")
    assert (answer.status, answer.body["status"]) == (200, "running")
    assert answer.body["cancel_requested_at"] is not None
    work()
    assert api.get(f"/runs/{run_id}").body["status"] == "cancelled"


def test_it_does_not_cancel_what_has_ended(api, run):
    answer = api.post(f"{run}/cancel")
    assert (answer.status, answer.code, answer.body["detail"]) == (
        409,
        "run_ended",
        "The run is finished; there is nothing left to cancel.",
    )


def test_it_deletes(api, run, run_id):
    assert api.delete(run).body == {"deleted": True, "run_id": str(run_id)}
    assert waits("streams.remove_deleted_runs") == 1
    assert api.get(run).status == 404
    assert api.delete(run).status == 404
    assert api.get("/runs").body["total"] == 0
