"""Bookmarks: of a bet, by its nonce and result; under both addresses."""

import threading
from decimal import Decimal

import pytest
from django.db import connection

from streams.ingest import ingest
from streams.models import Bookmark
from tests.streams.api.client import archived
from tests.streams.api.conftest import NOON
from tests.streams.messages import bet, bet_record

BOOKMARK = {"id", "stream_id", "nonce", "multiplier", "note", "created_at"}


def test_it_works(api):
    path = api.send_results("1.63", "11200.65")
    answer = api.post(f"{path}/bookmarks", {"nonce": 2, "multiplier": 11200.65, "note": "the big one"})
    assert answer.status == 200
    assert set(answer.body) > BOOKMARK
    assert path.endswith(answer.body["stream_id"])
    assert (answer.body["nonce"], answer.body["multiplier"], answer.body["note"]) == (
        2,
        Decimal("11200.65"),
        "the big one",
    )
    assert answer.body["created_at"].endswith("Z")
    assert api.get(f"{path}/bookmarks").body == [answer.body]
    [row] = api.get(f"{path}/bets", bookmarked="true").body["bets"]
    assert row["bookmark_id"] == answer.body["id"]


def test_they_are_listed_newest_first(api):
    path = api.send_results("1", "2", "3")
    for nonce in (2, 1, 3):
        api.post(f"{path}/bookmarks", {"nonce": nonce, "multiplier": nonce})
    assert [row["nonce"] for row in api.get(f"{path}/bookmarks").body] == [3, 1, 2]
    assert [row["note"] for row in api.get(f"{path}/bookmarks").body] == [None] * 3


@pytest.mark.parametrize("body", [{"nonce": 2, "multiplier": 1}, {"nonce": 1, "multiplier": 1.01}])
def test_there_has_to_be_such_a_bet(api, body):
    answer = api.post(f"{api.send_results('1')}/bookmarks", body)
    assert (answer.status, answer.code) == (404, "not_found")


def test_a_bet_has_one_bookmark(api):
    path = api.send_results("1")
    api.post(f"{path}/bookmarks", {"nonce": 1, "multiplier": 1})
    answer = api.post(f"{path}/bookmarks", {"nonce": 1, "multiplier": 1.00})
    assert (answer.status, answer.code) == (409, "exists")
    assert Bookmark.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        *(({"nonce": value}, "nonce") for value in (None, -1, 1.5, "x", True, 2**53)),
        *(({"multiplier": value}, "multiplier") for value in (None, -1, "x", True, 1e30, [])),
        *(({"note": value}, "note") for value in (5, "x" * 1001, "a\0b", "\ud800", ["x"])),
    ],
)
def test_it_rejects_and_names_the_field(api, changes, field):
    answer = api.post(f"{api.send_results('1')}/bookmarks", {"nonce": 1, "multiplier": 1, **changes})
    assert (answer.status, answer.fields) == (422, {field})
    assert not Bookmark.objects.exists()


@pytest.mark.parametrize("prefix", ["/live/bookmarks", "/live/live/bookmarks"])
def test_both_addresses_edit_and_delete(api, prefix):
    path = api.send_results("1")
    kept = api.post(f"{path}/bookmarks", {"nonce": 1, "multiplier": 1, "note": "x"}).body
    address = f"{prefix}/{kept['id']}"
    assert api.put(address, {"note": "y"}).body == {**kept, "note": "y"}
    assert api.put(address, {"note": None}).body["note"] is None
    assert api.put(address, {"note": "x" * 1001}).fields == {"note"}
    assert api.put(address, "[]").fields == {"body"}
    assert api.delete(address).body == {"deleted": True, "bookmark_id": kept["id"]}
    for again in (api.delete(address), api.put(address, {"note": "x"})):
        assert (again.status, again.code) == (404, "not_found")
    assert api.get(f"{path}/bookmarks").body == []


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 40])
def test_an_unknown_number_is_404(api, number):
    assert api.put(f"/live/bookmarks/{number}", {"note": "x"}).status == 404
    assert api.delete(f"/live/bookmarks/{number}").status == 404
    assert api.delete(f"/live/snapshots/{number}").status == 404


def test_an_import_without_a_result_cannot_be_named_by_one(api):
    path = api.send(bet_record(1, roundResult=None))
    ingest([archived(bet(2), nonce=None)], at=NOON)
    assert api.post(f"{path}/bookmarks", {"nonce": 1, "multiplier": 1}).status == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_is_kept(with_scopes):
    api = with_scopes("ingest", "write")
    path = api.send_results(*["1"] * 10)
    for nonce in range(1, 11):
        statuses = []
        barrier = threading.Barrier(2)

        def mark(nonce=nonce, statuses=statuses, barrier=barrier):
            barrier.wait()
            try:
                statuses.append(api.post(f"{path}/bookmarks", {"nonce": nonce, "multiplier": 1}).status)
            finally:
                connection.close()

        threads = [threading.Thread(target=mark) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(statuses) == [200, 409]
    assert Bookmark.objects.count() == 10
