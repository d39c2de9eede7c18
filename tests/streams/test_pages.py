"""The stream pages over HTTP: who may see and change what, what is refused, and how many queries a page takes."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Token, User
from streams import services
from streams.ingest import ingest
from streams.models import Bookmark, Stream
from tests.streams.messages import HASH, bet, heartbeat

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def person(client, *groups):
    user = User.objects.create_user("-".join(["person", *groups]))
    user.groups.add(*Group.objects.filter(name__in=groups))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


@pytest.fixture
def operator(client):
    return person(client, "operator")


@pytest.fixture
def viewer(client):
    return person(client, "viewer")


@pytest.fixture
def stream():
    ingest([bet(1), bet(2, roundResult="400.02"), bet(3, roundResult="1066.73")], at=timezone.now())
    return Stream.objects.get()


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode()))


PAGES = ["/live", "/live/rows", "/live/setup", "/live/{id}", "/live/{id}/rows?since=0", "/live/{id}/older"]
PAGES += ["/live/{id}/bets/1", "/live/{id}/missing", "/live/{id}/conflicts"]
WRITES = ["/live/{id}/notes", "/live/{id}/delete"]
POSTS = ["/live/{id}/archive", "/live/{id}/bets/1/bookmark", *WRITES]


@pytest.mark.parametrize("path", PAGES)
def test_it_works(client, viewer, stream, path):
    assert client.get(path.format(id=stream.public_id)).status_code == 200


def test_the_front_door_leads_to_the_streams(client, viewer):
    assert client.get("/")["Location"] == "/live"


@pytest.mark.parametrize("path", ["/", *PAGES, *WRITES])
def test_it_requires_a_login(client, stream, path):
    response = client.get(path.format(id=stream.public_id))
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/login")


@pytest.mark.parametrize("path", ["/", *PAGES, *WRITES])
def test_it_requires_the_read_scope(client, stream, path):
    person(client)
    assert client.get(path.format(id=stream.public_id)).status_code == 403


@pytest.mark.parametrize("path", POSTS)
def test_a_viewer_may_not_change(client, viewer, stream, path):
    assert client.post(path.format(id=stream.public_id), {"marked": "1"}).status_code == 403
    stream.refresh_from_db()
    assert (stream.archived_at, stream.deleted_at, stream.notes) == (None, None, "")


def test_a_viewer_is_offered_nothing_to_change(client, viewer, stream):
    page = client.get(f"/live/{stream.public_id}").content.decode()
    assert "/notes" not in page
    assert "/delete" not in page
    assert "star-button" not in page


def test_a_viewer_may_not_make_a_token(client, viewer):
    assert "Make a token and fill it in" not in client.get("/live/setup").content.decode()
    assert client.post("/live/setup").status_code == 403
    assert not Token.objects.exists()


@pytest.mark.parametrize("name", ["no-such-thing", "6ec0bde3-30be-4a2b-a1a5-21c545382709", "%00", "rows2", "0" * 300])
@pytest.mark.parametrize(
    "rest", ["", "/rows?since=0", "/older", "/bets/1", "/missing", "/conflicts", "/notes", "/delete"]
)
def test_it_handles_an_unknown_stream(client, operator, name, rest):
    response = client.get(f"/live/{name}{rest}")
    assert response.status_code == 404
    assert "Back to the streams" in response.content.decode()


def test_it_handles_an_unknown_bet(client, operator, stream):
    for seq in (0, 4, 2**63, 10**40):
        assert client.get(f"/live/{stream.public_id}/bets/{seq}").status_code == 404


def test_a_deleted_stream_is_gone_at_once(client, operator, stream):
    services.delete(stream_id=stream.public_id, at=AT)
    assert client.get(f"/live/{stream.public_id}").status_code == 404
    assert b"No bets yet" in client.get("/live").content


def test_the_example_is_started_once_in_the_worker(client, operator):
    for _ in range(2):
        assert client.post("/live/example")["Location"] == "/live"
    assert [job.task_name for job in ProcrastinateJob.objects.all()] == ["streams.feed_example"]
    assert "The example is starting" in text_of(client.get("/live"))


def test_a_viewer_may_not_start_the_example(client, viewer):
    assert client.post("/live/example").status_code == 403
    assert "Start the example" not in text_of(client.get("/live"))
    assert not ProcrastinateJob.objects.exists()


# --- The list -------------------------------------------------------------------------------------


def test_the_empty_list_explains_how_to_begin(client, operator):
    page = client.get("/live").content.decode()
    assert "No bets yet" in page
    assert "feed_example" in page
    assert "engine" in page, "the bot script is shown"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"client-1", "client-2"}),
        ("q=client-2", {"client-2"}),
        ("q=CDCD", {"client-2"}),
        ("q=rainy", {"client-1"}),
        ("game=limbo", {"client-2"}),
        ("activity=live", {"client-1"}),
        ("activity=idle", {"client-2"}),
        ("archived=1", set()),
        ("q=%00", {"client-1", "client-2"}),
        ("activity=asleep", {"client-1", "client-2"}),
        ("sort=nonsense", {"client-1", "client-2"}),
    ],
)
def test_the_list_is_searched_and_filtered(client, viewer, stream, query, found):
    services.set_notes(stream_id=stream.public_id, notes="rainy night")
    other = {"clientSeed": "client-2", "serverSeedHashed": "cd" * 32, "game": "limbo", "difficulty": None}
    ingest([bet(1, **other)], at=timezone.now() - timedelta(days=1))
    page = text_of(client.get(f"/live?{query}"))
    assert {seed for seed in ("client-1", "client-2") if seed in page} == found


def test_wrong_filters_are_named(client, viewer, stream):
    page = text_of(client.get("/live?activity=asleep"))
    assert "Activity: Select a valid choice." in page


def test_money_is_shown_by_currency_and_never_assumed(client, viewer):
    ingest([bet(1, amount="0.1", payout="0.25", currency="btc"), bet(2, amount=3, currency=None)], at=AT)
    page = text_of(client.get("/live/rows"))
    assert "0.1 btc" in page
    assert "3 units" in page


# --- The stream -----------------------------------------------------------------------------------


def test_totals_and_bets_are_shown_exactly(client, viewer):
    ingest([bet(7, amount="0.000000000000000001", payout="12345678901234567890.5", currency="btc")], at=AT)
    page = text_of(client.get(f"/live/{Stream.objects.get().public_id}"))
    assert "0.000000000000000001" in page
    assert "12,345,678,901,234,567,890.5" in page
    assert "+12,345,678,901,234,567,890.499999999999999999" in page


def test_hostile_text_is_shown_as_text(client, operator):
    evil = '"><script>alert(1)</script>'
    ingest([bet(1, clientSeed=evil, id=evil, extra=evil, currency='"><b>', game=evil[:40], difficulty=None)], at=AT)
    stream = Stream.objects.get()
    services.set_notes(stream_id=stream.public_id, notes=evil)
    for path in ("", "/bets/1", "/notes", "/delete"):
        page = client.get(f"/live/{stream.public_id}{path}").content.decode()
        assert "<script>alert" not in page
        assert "<b>" not in page
    assert "<script>alert" not in client.get("/live").content.decode()


def test_a_stream_without_heartbeats_loses_nothing(client, viewer):
    ingest([bet(1), bet(4)], at=AT)
    stream = Stream.objects.get()
    page = text_of(client.get(f"/live/{stream.public_id}"))
    assert "50 %" in page
    assert "filtered by the bot" in page
    assert "missing" not in page
    assert "not lost" in text_of(client.get(f"/live/{stream.public_id}/missing"))


def test_missing_rounds_are_named(client, viewer):
    ingest([heartbeat(5119), bet(5134), heartbeat(5136)], at=AT)
    stream = Stream.objects.get()
    assert "15 missing" in text_of(client.get(f"/live/{stream.public_id}"))
    holes = text_of(client.get(f"/live/{stream.public_id}/missing", headers={"HX-Request": "true"}))
    assert "5,120–5,133 never arrived" in holes
    assert "5,135 never arrived" in holes


def test_conflicts_are_listed(client, viewer):
    ingest([bet(1), bet(1, id="other", amount=9)], at=AT)
    stream = Stream.objects.get()
    assert "What contradicts" in text_of(client.get(f"/live/{stream.public_id}"))
    page = text_of(client.get(f"/live/{stream.public_id}/conflicts"))
    assert "Another bet has this nonce" in page
    assert "other" in page


@pytest.mark.parametrize(
    "query",
    [
        "min_result=NaN",
        "min_result=1e999",
        "min_result=-1",
        "nonce_from=x",
        "received_from=yesterday",
        "at=-5",
        "sort=x",
    ],
)
def test_wrong_input_is_a_sentence_and_never_an_error(client, viewer, stream, query):
    response = client.get(f"/live/{stream.public_id}?{query}")
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()


def test_going_to_a_nonce_sorts_by_nonce_and_starts_there(client, viewer, stream):
    page = client.get(f"/live/{stream.public_id}?at=2&sort=result_asc")
    assert seqs_of(page) == [2, 1]
    assert "From nonce 2 on." in text_of(page)


@pytest.mark.parametrize("after", ["x", "1~2~3", "NaN~1", "1e999~1", "\x00", "9" * 100])
def test_a_wrong_cursor_leads_to_the_top(client, viewer, stream, after):
    response = client.get(f"/live/{stream.public_id}", {"after": after})
    assert (response.status_code, response["Location"]) == (302, f"/live/{stream.public_id}")
    assert client.get(f"/live/{stream.public_id}/older", {"after": after}).status_code == 400


def test_the_chosen_order_is_remembered(client, viewer, stream):
    client.get(f"/live/{stream.public_id}?sort=result_asc")
    assert 'data-order="result_asc"' in client.get(f"/live/{stream.public_id}").content.decode()
    client.cookies["stakepro_bets_sort"] = "nonsense"
    assert 'data-order="id_desc"' in client.get(f"/live/{stream.public_id}").content.decode()


# --- Polling --------------------------------------------------------------------------------------


def tail_of(response):
    return re.search(r'id="tail".*?hx-get="([^"]+)"', response.content.decode()).group(1).replace("&amp;", "&")


def seqs_of(response):
    return [int(seq) for seq in re.findall(r'data-seq="(\d+)"', response.content.decode())]


def test_polling_from_the_page_brings_each_bet_once(client, viewer, stream):
    page = client.get(f"/live/{stream.public_id}")
    assert seqs_of(page) == [3, 2, 1]
    assert client.get(tail_of(page)).status_code == 204
    ingest([bet(9), bet(5)], at=timezone.now())
    answer = client.get(tail_of(page))
    assert seqs_of(answer) == [5, 4]
    assert client.get(tail_of(answer)).status_code == 204


def test_polling_with_a_filter_passes_over_what_it_drops(client, viewer, stream):
    page = client.get(f"/live/{stream.public_id}?min_result=1000")
    ingest([bet(9), bet(10, roundResult=2000)], at=timezone.now())
    answer = client.get(tail_of(page))
    assert seqs_of(answer) == [5]
    assert "since=5" in tail_of(answer)


def test_polling_goes_in_bounded_steps(client, viewer):
    ingest([bet(nonce) for nonce in range(1, 1202)], at=timezone.now())
    stream = Stream.objects.get()
    path, steps = f"/live/{stream.public_id}/rows?since=0", []
    for _ in range(3):
        answer = client.get(path)
        steps.append((len(seqs_of(answer)), "data-more" in answer.content.decode()))
        path = tail_of(answer)
    assert steps == [(500, True), (500, True), (201, False)]


def test_a_heartbeat_changes_the_figures(client, viewer, stream):
    page = client.get(f"/live/{stream.public_id}")
    ingest([heartbeat(8)], at=timezone.now())
    answer = client.get(tail_of(page))
    assert seqs_of(answer) == []
    assert "4 missing" in text_of(answer)


def test_an_idle_stream_tells_of_a_newer_one(client, viewer, stream):
    path = tail_of(client.get(f"/live/{stream.public_id}"))
    ingest([bet(1, clientSeed="client-2")], at=timezone.now() + timedelta(seconds=1))
    answer = client.get(path)
    assert f'data-newest="{Stream.objects.get(client_seed="client-2").public_id}"' in answer.content.decode()


@pytest.mark.parametrize("query", ["", "since=", "since=x", "since=-1", f"since={2**63}"])
def test_polling_refuses_a_wrong_since(client, viewer, stream, query):
    response = client.get(f"/live/{stream.public_id}/rows?{query}")
    assert response.status_code == 400
    assert response.content.startswith(b"since: ")


def test_an_idle_poll_takes_few_queries(client, viewer, stream, django_assert_max_num_queries):
    path = tail_of(client.get(f"/live/{stream.public_id}"))
    # Session, person, the person's permissions (two), the stream, its money, the newest stream.
    with django_assert_max_num_queries(7):
        client.get(path)


def test_a_page_takes_as_many_queries_for_one_bet_as_for_many(client, viewer, stream, django_assert_max_num_queries):
    ingest([bet(nonce) for nonce in range(4, 90)], at=timezone.now())
    # Beside those of a poll: bets, their distances, and whether the seed is revealed.
    with django_assert_max_num_queries(10):
        assert len(seqs_of(client.get(f"/live/{stream.public_id}"))) == 89


# --- Changes --------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_never_cached(client, operator):
    response = client.post("/live/setup")
    [token] = Token.objects.all()
    assert token.scopes == ["ingest"]
    assert token.created_by == operator
    assert response.content.decode().count(token.hint) >= 2
    assert "no-store" in response["Cache-Control"]
    assert "PASTE_TOKEN_HERE" not in response.content.decode()
    assert "PASTE_TOKEN_HERE" in client.get("/live/setup").content.decode()


def test_notes_are_kept_and_cleared(client, operator, stream):
    path = f"/live/{stream.public_id}/notes"
    assert client.post(path, {"notes": "  one ", "version": 1}).status_code == 302
    stream.refresh_from_db()
    assert (stream.notes, stream.notes_version) == ("one", 2)
    assert client.post(path, {"notes": "", "version": 2}).status_code == 302
    stream.refresh_from_db()
    assert stream.notes == ""


def test_notes_edited_meanwhile_show_both_texts(client, operator, stream):
    services.set_notes(stream_id=stream.public_id, notes="theirs")
    response = client.post(f"/live/{stream.public_id}/notes", {"notes": "mine", "version": 1})
    assert response.status_code == 409
    assert "mine" in response.content.decode()
    assert "theirs" in response.content.decode()
    stream.refresh_from_db()
    assert stream.notes == "theirs"


@pytest.mark.parametrize(
    "sent", [{"notes": "x" * 1001, "version": 1}, {"notes": "x"}, {"notes": "a\x00", "version": 1}]
)
def test_it_rejects_wrong_notes(client, operator, stream, sent):
    assert client.post(f"/live/{stream.public_id}/notes", sent).status_code == 422
    stream.refresh_from_db()
    assert stream.notes == ""


def test_archiving_and_back(client, operator, stream):
    path = f"/live/{stream.public_id}/archive"
    client.post(path, {"archived": "1"})
    assert "client-1" not in text_of(client.get("/live/rows"))
    assert "client-1" in text_of(client.get("/live/rows?archived=1"))
    client.post(path, {"archived": "0"})
    assert "client-1" in text_of(client.get("/live/rows"))
    assert client.post(path, {"archived": "maybe"}).status_code == 400


@pytest.mark.parametrize("typed", ["", "abababa", HASH, HASH[:9], "cdcdcdcd"])
def test_deleting_needs_the_start_of_the_hash(client, operator, stream, typed):
    response = client.post(f"/live/{stream.public_id}/delete", {"confirm": typed})
    assert response.status_code == 422
    assert Stream.objects.alive().exists()


def test_deleting(client, operator, stream):
    response = client.post(f"/live/{stream.public_id}/delete", {"confirm": HASH[:8]})
    assert response["Location"] == "/live"
    assert not Stream.objects.alive().exists()


def test_a_bookmark_is_set_noted_and_removed(client, operator, stream):
    path = f"/live/{stream.public_id}/bets/2/bookmark"
    assert client.post(path, {"marked": "1"})["Location"] == f"/live/{stream.public_id}/bets/2"
    client.post(path, {"marked": "1", "note": "look"})
    client.post(path, {"marked": "1"})
    assert [(mark.bet.seq, mark.note) for mark in Bookmark.objects.all()] == [(2, "look")]
    assert seqs_of(client.get(f"/live/{stream.public_id}?bookmarked=1")) == [2]
    star = client.post(path, {"marked": "0"}, headers={"HX-Request": "true"})
    assert 'aria-pressed="false"' in star.content.decode()
    assert not Bookmark.objects.exists()
    assert client.post(path, {"marked": "perhaps"}).status_code == 400


def test_a_page_and_its_fragment_are_cached_apart(client, viewer, stream):
    path = f"/live/{stream.public_id}/bets/1"
    whole, part = client.get(path), client.get(path, headers={"HX-Request": "true"})
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()
    assert "HX-Request" in whole["Vary"]
