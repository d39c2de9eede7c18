"""The run pages as a browser without scripts gets them."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from streams.models import Run
from streams.runs import services
from tests.streams.runs.bodies import CLIENT_SEED, HASH, SERVER_SEED, finished_run, make_run, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(client):
    client.force_login(User.objects.create_superuser("olga"))
    return client


@pytest.fixture
def reader(client):
    user = User.objects.create_user("rita")
    from django.contrib.auth.models import Group

    user.groups.add(Group.objects.get(name="viewer"))
    client.force_login(user)
    return client


def text_of(response):
    return response.content.decode()


FORM = {
    "game": "pump",
    "server_seed": SERVER_SEED,
    "client_seed": CLIENT_SEED,
    "option_difficulty": "expert",
    "start": "1",
    "end": "6,000",
    "targets": "1066.73\n>= 34.68",
}


# --- The list -------------------------------------------------------------------------------------


def test_before_the_first_run_the_list_says_how(person):
    assert "No run yet" in text_of(person.get("/replay"))


def test_the_list_shows_runs_without_seeds(person):
    run_id = finished_run()
    shown = text_of(person.get("/replay"))
    assert reverse("run", args=[run_id]) in shown
    assert "Pump, expert" in shown
    assert "11,200.65" in shown
    assert SERVER_SEED not in shown


def test_the_list_is_searched_and_filtered(person):
    hard, limbo = make_run(difficulty="hard", client_seed="another"), make_run(game="limbo", difficulty=None)
    for query, expected in {
        "q=anoth": [hard],
        f"q={HASH[:8]}": [limbo, hard],
        "game=limbo": [limbo],
        "difficulty=hard": [hard],
        "status=queued": [limbo, hard],
        "status=finished": [],
    }.items():
        response = person.get(f"/replay?{query}")
        assert [each.row.id for each in response.context["runs"]] == expected, query
    assert "No run matches" in text_of(person.get("/replay?status=finished"))


def test_wrong_filters_are_named_and_narrow_nothing(person):
    make_run()
    response = person.get("/replay?status=lost&after=")
    assert "Status: Select a valid choice" in text_of(response)
    assert len(response.context["runs"]) == 1
    assert person.get("/replay?after=nonsense").status_code == 302


def test_older_runs_are_a_link_away(person, monkeypatch):
    monkeypatch.setattr("streams.run_views.RUNS_PER_PAGE", 2)
    made = [make_run(end=end) for end in (10, 11, 12)]
    first = person.get("/replay")
    assert [each.row.id for each in first.context["runs"]] == made[:0:-1]
    second = person.get("/replay" + first.context["older_query"])
    assert [each.row.id for each in second.context["runs"]] == made[:1]
    assert "Back to the newest" in text_of(second)


# --- A new run ------------------------------------------------------------------------------------


def test_it_starts_a_run(person):
    response = person.post("/replay/new", FORM)
    run = Run.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/replay/{run.public_id}")
    assert (run.nonce_start, run.nonce_end, run.difficulty, run.created_by.username) == (1, 6000, "expert", "olga")
    assert [target["op"] for target in run.targets] == ["eq", "ge"]


def test_the_form_asks_for_the_options_of_the_game(person):
    shown = text_of(person.get("/replay/new?game=plinko"))
    assert 'name="option_rows"' in shown
    assert 'name="option_risk"' in shown
    assert 'name="option_difficulty"' in text_of(person.get("/replay/new?game=tetris"))
    assert "Crash" not in text_of(person.get("/replay/new"))


def test_another_game(person):
    form = {**FORM, "game": "plinko", "option_rows": "16", "option_risk": "high", "targets": ""}
    person.post("/replay/new", form)
    assert Run.objects.get().params == {"rows": "16", "risk": "high"}
    work()
    assert Run.objects.get().status == "finished"


def test_every_result_may_be_a_target(person):
    person.post("/replay/new", {**FORM, "targets": "", "every_result": "on"})
    assert len(Run.objects.get().targets) == 16


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"server_seed": ""}, "server_seed", "Server seed is empty."),
        ({"server_seed": "a b"}, "server_seed", "whitespace"),
        ({"client_seed": ""}, "client_seed", "Client seed is empty."),
        ({"client_seed": "x" * 10_000_000}, "client_seed", "longer than"),
        ({"option_difficulty": "insane"}, "option_difficulty", "must be one of"),
        ({"start": "-1"}, "start", "First nonce must be"),
        ({"start": "x"}, "start", "First nonce must be a whole number."),
        ({"end": "0"}, "end", "Last nonce must not be below"),
        ({"end": "1,000,000,001"}, "end", "1,000,000,001 nonces"),
        ({"end": "9" * 30}, "end", "Last nonce must be"),
        ({"targets": "> 5"}, "targets", "is no target"),
        ({"targets": "1e999"}, "targets", "is no target"),
        ({"game": "limbo", "every_result": "on"}, "targets", "too many results"),
        ({"game": "mines", "option_mines": "3"}, None, "no number"),
    ],
)
def test_it_refuses_and_names_the_field(person, changes, field, says):
    response = person.post("/replay/new", {**FORM, **changes})
    assert response.status_code == 422
    assert says in " ".join(response.context["form"].errors.get(field or "__all__", []))
    assert not Run.objects.exists()
    if field and field != "client_seed":
        # What was typed is still there.
        assert CLIENT_SEED in text_of(response)


def test_a_copy_needs_no_seed_in_page_or_address(person):
    source = finished_run(targets=[{"op": "between", "value": 2, "upper": 3}, "1066.73"])
    assert f"/replay/new?from={source}" in text_of(person.get(f"/replay/{source}"))
    page = person.get(f"/replay/new?from={source}")
    assert SERVER_SEED not in text_of(page)
    form = page.context["form"]
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    assert given["targets"] == "1066.73\n2 to 3"
    response = person.post("/replay/new", {**given, "game": form.game.name, "end": "7000"})
    assert response.status_code == 302, response.context["form"].errors
    copy, original = Run.objects.order_by("-pk")
    assert (copy.server_seed, copy.targets, copy.params) == (SERVER_SEED, original.targets, original.params)
    assert copy.nonce_end == 7000


def test_a_copy_of_a_copy_that_was_refused_keeps_its_source(person):
    source = make_run()
    response = person.post("/replay/new", {**FORM, "server_seed": "", "seed_of": source, "start": "x"})
    assert response.status_code == 422
    assert str(source) in text_of(response)
    assert SERVER_SEED not in text_of(response)


@pytest.mark.parametrize("given", ["0191d6f4-0000-7000-8000-000000000000", "x"])
def test_a_copy_of_no_run_is_not_found(person, given):
    assert person.get(f"/replay/new?from={given}").status_code == 404
    assert person.post("/replay/new", {**FORM, "server_seed": "", "seed_of": given}).status_code in (404, 422)


# --- One run --------------------------------------------------------------------------------------


def test_it_shows_what_was_found_beside_chance(person):
    run_id = finished_run(end=100_000)
    response = person.get(f"/replay/{run_id}")
    lines = {line.label: line for line in response.context["lines"]}
    assert (lines["1,066.73"].count, lines["1,066.73"].beside.mean) == (65, "61.2")
    assert (lines["11,200.65"].count, lines["11,200.65"].beside.mean) == (9, "6.7")
    assert lines["1,066.73"].beside.deviations == "+0.5"
    bars = response.context["bars"]
    assert sum(bar.count for bar in bars) == 100_000
    assert [bar.label for bar in bars][:2] == ["1", "1.63"]
    shown = text_of(response)
    assert "5,663" in shown
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", shown)


def test_an_open_run_asks_for_its_state(person):
    run_id = make_run()
    assert f'hx-get="/replay/{run_id}/state"' in text_of(person.get(f"/replay/{run_id}"))
    state = person.get(f"/replay/{run_id}/state")
    assert ("HX-Refresh" in state, "Waiting for the worker" in text_of(state)) == (False, True)
    work()
    assert person.get(f"/replay/{run_id}/state")["HX-Refresh"] == "true"
    assert "hx-get" not in text_of(person.get(f"/replay/{run_id}"))


def test_hits_are_paged_by_nonce_and_filtered(person, monkeypatch):
    monkeypatch.setattr("streams.run_pages.HITS_PER_PAGE", 7)
    run_id = finished_run(targets=["34.68", {"op": "ge", "value": "400.02"}])
    seen, address = [], f"/replay/{run_id}"
    while address:
        table = person.get(address).context["table"]
        seen += [hit.nonce for hit in table.page.rows]
        address = table.next_href.removesuffix("#hits")
    assert len(seen) == table.page.total == len(set(seen))
    assert seen == sorted(seen)
    assert table.first_href
    some = person.get(f"/replay/{run_id}?target=1&min_result=1066").context["table"].page
    assert {hit.result >= 1066 for hit in some.rows} == {True}
    wrong = person.get(f"/replay/{run_id}?target=9&min_result=x&after=-1")
    assert wrong.status_code == 200
    assert "Target: Select a valid choice" in text_of(wrong)


def test_the_seed_is_shown_to_those_who_ask_and_may_write(person):
    run_id = make_run()
    assert SERVER_SEED not in text_of(person.get(f"/replay/{run_id}"))
    assert person.get(f"/replay/{run_id}/seed").status_code == 405
    whole = person.post(f"/replay/{run_id}/seed")
    assert SERVER_SEED in text_of(whole)
    assert "no-store" in whole["Cache-Control"]
    part = person.post(f"/replay/{run_id}/seed", headers={"HX-Request": "true"})
    assert SERVER_SEED in text_of(part)
    assert "<html" not in text_of(part)


@pytest.mark.parametrize("path", ["/seed", "/cancel", "/delete"])
def test_a_reader_changes_nothing_and_sees_no_seed(reader, path):
    run_id = make_run()
    shown = text_of(reader.get(f"/replay/{run_id}"))
    assert SERVER_SEED not in shown
    assert "Duplicate" not in shown
    assert reader.post(f"/replay/{run_id}{path}").status_code == 403
    assert reader.get("/replay/new").status_code == 403
    assert Run.objects.alive().get().status == "queued"


def test_a_run_is_cancelled(person):
    run_id = make_run()
    person.post(f"/replay/{run_id}/cancel")
    assert Run.objects.get().status == "cancelled"
    finished = finished_run(end=10)
    assert "nothing left to cancel" in text_of(person.post(f"/replay/{finished}/cancel", follow=True))
    assert "Cancelled after 0 of 6,000" in text_of(person.get(f"/replay/{run_id}"))


def test_a_run_is_deleted_once_confirmed(person):
    run_id = make_run()
    assert "Delete for good" in text_of(person.get(f"/replay/{run_id}/delete"))
    assert Run.objects.alive().exists()
    assert person.post(f"/replay/{run_id}/delete")["Location"] == "/replay"
    assert not Run.objects.alive().exists()
    assert person.get(f"/replay/{run_id}").status_code == 404


def test_a_failed_run_says_why(person):
    run_id = make_run()
    Run.objects.update(game="limbo", params={"rows": 3})
    work()
    assert "The run failed: rows is not an option of this game" in text_of(person.get(f"/replay/{run_id}"))


@pytest.mark.parametrize("part", ["", "/state", "/delete"])
@pytest.mark.parametrize("name", ["0191d6f4-0000-7000-8000-000000000000", "x"])
def test_an_unknown_run_is_a_page_that_is_not_found(person, name, part):
    response = person.get(f"/replay/{name}{part}")
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", ["/replay", "/replay/new", "/replay/x"])
def test_pages_need_a_login(client, path):
    assert client.get(path)["Location"].startswith("/login")


def test_the_stream_of_the_pair_is_linked(person):
    from streams.ingest import ingest
    from tests.streams.messages import bet

    run_id = make_run()
    ingest([bet(1, serverSeedHashed=HASH, clientSeed=CLIENT_SEED)], at=timezone.now())
    assert "The bets recorded under this pair" in text_of(person.get(f"/replay/{run_id}"))


def test_a_list_costs_the_same_however_many_runs_there_are(person, django_assert_num_queries):
    for end in range(10, 30):
        make_run(end=end)
    services.cancel(run_id=make_run(), at=timezone.now())
    person.get("/replay")
    with django_assert_num_queries(2 + 5, exact=False):
        person.get("/replay")
