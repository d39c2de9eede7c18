"""One stream: what it shows, its notes, putting it away, deleting it."""

import re

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from streams import services
from streams.models import Bet, Stream
from streams.tasks import remove_deleted
from tests.streams.api.test_streams import SUMMARY
from tests.streams.messages import bet_record, heartbeat_record

DETAIL = SUMMARY | {"lowest_multiplier", "average_multiplier", "recent_bets"}


def test_it_works(api):
    path = api.send_results(*["1.63"] * 10, "4.95", None)
    answer = api.get(path)
    assert answer.status == 200
    assert set(answer.body) > DETAIL
    assert path.endswith(answer.body["id"])
    assert answer.body["total_bets"] == 12
    # Twelve bets, eleven results: (10 × 1.63 + 4.95) ÷ 11.
    assert [str(answer.body[f"{which}_multiplier"]) for which in ("lowest", "highest")] == ["1.63", "4.95"]
    assert str(answer.body["average_multiplier"]).startswith("1.93181818181818")
    assert [bet["nonce"] for bet in answer.body["recent_bets"]] == list(range(12, 2, -1))
    assert answer.body["notes_version"] == 1
    assert (answer.body["missing_rounds"], answer.body["coverage"]) == (None, 1)


def test_rounds_that_never_arrived(api):
    path = api.send(*(heartbeat_record(nonce) for nonce in (1, 2, 6, 10)))
    body = api.get(path).body
    assert (body["missing_rounds"], str(body["coverage"]), body["total_rounds"]) == (6, "0.4", 4)


def test_money_a_currency(api):
    path = api.send(
        bet_record(1, amount="0.1", payout="0.3", currency="btc"),
        bet_record(2, amount="0.2", payout=0, currency="btc"),
        bet_record(3, amount=5, payout=7),
    )
    answer = api.get(path)
    lines = {line["currency"]: line for line in answer.body["money"]}
    assert set(lines) == {"btc", None}
    assert [str(lines["btc"][name]) for name in ("bets", "wagered", "returned", "profit")] == ["2", "0.3", "0.3", "0"]
    assert [str(lines[None][name]) for name in ("bets", "wagered", "returned", "profit")] == ["1", "5", "7", "2"]


def test_it_costs_the_same_however_many_bets(api, django_assert_num_queries):
    path = api.send_results(*["1.63"] * 50)
    with django_assert_num_queries(3):  # the stream, its money, the recent bets
        api.get(path)


# --- Notes ----------------------------------------------------------------------------------------


def test_notes_are_stripped_kept_and_cleared(api):
    path = api.send(bet_record(1))
    assert api.put(path, {"notes": "  two\n lines 🎲 "}).body["notes"] == "two\n lines 🎲"
    for change_nothing in ({"notes": None}, {}, {"other": 1}):
        assert api.put(path, change_nothing).body["notes"] == "two\n lines 🎲"
    assert api.put(path, {"notes": "   "}).body["notes"] is None
    assert api.put(path, {"notes": "x" * 1000}).body["notes"] == "x" * 1000


@pytest.mark.parametrize("notes", ["x" * 1001, "a\0b", "\ud800", 5, True, ["x"], {"a": 1}])
def test_notes_are_refused_by_name(api, notes):
    path = api.send(bet_record(1))
    answer = api.put(path, {"notes": notes})
    assert (answer.status, answer.fields) == (422, {"notes"})
    assert Stream.objects.get().notes == ""


def test_an_edit_of_an_older_version_gets_both_texts(api):
    path = api.send(bet_record(1))
    version = api.get(path).body["notes_version"]
    assert api.put(path, {"notes": "first"}, HTTP_IF_MATCH=str(version)).status == 200
    answer = api.put(path, {"notes": "second"}, HTTP_IF_MATCH=f'"{version}"')
    assert (answer.status, answer.code, answer.fields) == (409, "conflict", {"notes"})
    assert (answer.body["current"], answer.body["yours"]) == ("first", "second")
    assert answer.body["current_version"] == version + 1
    again = api.put(path, {"notes": "both"}, HTTP_IF_MATCH=f'W/"{answer.body["current_version"]}"')
    assert (again.status, again.body["notes"], again.body["notes_version"]) == (200, "both", version + 2)


def test_without_a_version_the_last_edit_wins(api):
    path = api.send(bet_record(1))
    for header in ({}, {"HTTP_IF_MATCH": "*"}, {"HTTP_IF_MATCH": ""}):
        assert api.put(path, {"notes": str(header)}, **header).body["notes"] == str(header)


@pytest.mark.parametrize("version", ["x", "1.5", "-1", "9" * 12, '"1", "2"', "١"])
def test_a_strange_version_is_refused(api, version):
    path = api.send(bet_record(1))
    answer = api.put(path, {"notes": "x"}, HTTP_IF_MATCH=version)
    assert (answer.status, answer.fields) == (422, {"If-Match"})


@pytest.mark.parametrize("body", ["", "[]", "x", '"notes"'])
def test_a_body_that_is_no_object_is_refused(api, body):
    assert api.put(api.send(bet_record(1)), body).fields == {"body"}


# --- Archiving ------------------------------------------------------------------------------------


def test_archiving_takes_it_out_of_the_list_and_a_live_bet_brings_it_back(api):
    path = api.send(bet_record(1))
    assert api.put(f"{path}/archive").body["archived_at"].endswith("Z")
    assert api.get("/live/streams").body["total"] == 0
    assert api.get("/live/streams", archived="true").body["total"] == 1
    assert api.get(path).status == 200
    api.send(bet_record(2))
    assert api.get(path).body["archived_at"] is None
    api.put(f"{path}/archive")
    assert api.delete(f"{path}/archive").body["archived_at"] is None
    assert api.get("/live/streams").body["total"] == 1


# --- Deleting -------------------------------------------------------------------------------------


def test_a_deleted_stream_is_gone_at_once_and_its_rows_soon(api):
    path = api.send_results("1.63", "4.95", "1.63")
    bookmark = api.post(f"{path}/bookmarks", {"nonce": 2, "multiplier": 4.95}).body["id"]
    snapshot = api.post(f"{path}/snapshots", {"name": "x", "last_id_checkpoint": 2}).body["id"]
    other = api.send(bet_record(1, clientSeed="other"))
    answer = api.delete(path)
    assert answer.body == {"deleted": True, "stream_id": path.rpartition("/")[2], "bets_deleted": 3}
    for gone in (path, f"{path}/bets", f"{path}/tail?since_id=0", f"{path}/bookmarks", f"{path}/metrics"):
        assert api.get(gone).status == 404
    assert api.delete(path).status == 404
    assert api.put(f"/live/bookmarks/{bookmark}", {"note": "x"}).status == 404
    assert api.delete(f"/live/bookmarks/{bookmark}").status == 404
    assert api.delete(f"/live/snapshots/{snapshot}").status == 404
    assert [stream["client_seed"] for stream in api.get("/live/streams").body["streams"]] == ["other"]
    assert ProcrastinateJob.objects.get().task_name == remove_deleted.name
    # The rows of the stream, of its totals and of what people kept: 3 bets, 3 rounds, 1 line of money, 2 kept, itself.
    assert services.remove_deleted(chunk=2) == 10
    assert services.remove_deleted() == 0
    assert Bet.objects.count() == 1
    assert api.get(other).body["total_bets"] == 1


def test_deleting_frees_the_seed_pair(api):
    deleted = api.send(bet_record(1))
    api.delete(deleted)
    again = api.send(bet_record(1))
    assert again != deleted
    assert api.get(again).body["total_bets"] == 1


def test_times_are_utc_and_say_so(api):
    answer = api.get(api.send(bet_record(1, dateTime="2026-01-02T03:04:05+05:00")))
    assert answer.body["recent_bets"][0]["date_time"] == "2026-01-01T22:04:05Z"
    times = re.findall(r'"[a-z_]+_(?:at|time)":"([^"]*)"', answer.text)
    assert len(times) >= 4
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", time) for time in times)
