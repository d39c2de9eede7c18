"""The pages of verification: for whom, in which states, and with every refusal as a sentence beside its field."""

import re

import pytest
from django.test import Client

from accounts.models import User
from fairness.games import registry
from fairness.games.base import HashGame
from streams.example import CLIENT_SEED, SERVER_SEED
from streams.models import SeedAlias
from streams.verification import work
from tests.streams.api.conftest import NOON
from tests.streams.test_tasks import waiting
from tests.streams.verification.world import arrive, true_bet, true_heartbeat

pytestmark = pytest.mark.django_db
ROUND = {"server_seed": SERVER_SEED, "client_seed": CLIENT_SEED, "nonce": "5663"}


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


@pytest.fixture
def viewer(client: Client, db: None) -> Client:
    from django.contrib.auth.models import Group

    user = User.objects.create_user("viewer")
    user.groups.add(Group.objects.get(name="viewer"))
    client.force_login(user)
    return client


def text(response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def reveal_and_verify(client, stream):
    client.post(f"/live/{stream.public_id}/reveal", {"server_seed": SERVER_SEED})
    assert work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)


# --- A stream -------------------------------------------------------------------------------------


def test_a_stream_is_revealed_and_its_page_says_so(owner):
    stream = arrive(true_bet(1), true_bet(2))
    page = f"/live/{stream.public_id}"
    assert "hidden until you rotate the pair" in text(owner.get(page))
    assert "not revealed yet" in text(owner.get(f"{page}/verification"))
    response = owner.post(f"{page}/reveal", {"server_seed": SERVER_SEED})
    assert (response.status_code, response["Location"]) == (302, f"{page}/verification")
    assert waiting("streams.verify_streams") == 1
    assert "waiting for the worker" in text(owner.get(f"{page}/verification"))
    assert "verifying" in text(owner.get(page))
    assert work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)
    assert "all 2 rounds match" in text(owner.get(page))
    assert "Every round matches" in text(owner.get(f"{page}/verification"))


def test_only_the_part_that_changes_goes_to_htmx(owner):
    stream = arrive(true_bet(1))
    owner.post(f"/live/{stream.public_id}/reveal", {"server_seed": SERVER_SEED})
    address = f"/live/{stream.public_id}/verification"
    part = owner.get(address, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert b'hx-trigger="every 1s"' in part.content
    assert "HX-Request" in part["Vary"]
    assert work.advance(stream.pk, now=lambda: NOON, should_stop=lambda: False)
    assert b"hx-trigger" not in owner.get(address, headers={"HX-Request": "true"}).content


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        ("abc", "hashes to ba7816bf"),
        ("", "Server seed is empty."),
        (" " + SERVER_SEED, "Server seed contains whitespace"),
        ("a" * 10_000_000, "Server seed is longer than"),
        ("ä", "Server seed may hold ASCII"),
    ],
    ids=["another", "empty", "whitespace", "10 MB", "not ASCII"],
)
def test_a_wrong_seed_is_refused_beside_its_field(owner, seed, words):
    stream = arrive(true_bet(1))
    response = owner.post(f"/live/{stream.public_id}/reveal", {"server_seed": seed})
    assert response.status_code == 422
    assert words in text(response)
    assert len(response.content) < 100_000
    assert not SeedAlias.objects.exists()


def test_a_viewer_looks_and_changes_nothing(viewer):
    stream = arrive(true_bet(1))
    page = f"/live/{stream.public_id}"
    assert viewer.post(f"{page}/reveal", {"server_seed": SERVER_SEED}).status_code == 403
    viewer.post(f"{page}/verification")
    assert waiting("streams.verify_streams") == 0
    assert b"<form" not in viewer.get(f"{page}/verification").content.partition(b"<main")[2]


def test_findings_lead_to_their_steps_and_holes_are_named(owner):
    stream = arrive(true_bet(1), true_heartbeat(2, roundResult="48536.13"), true_heartbeat(3, difficulty=None))
    arrive(true_heartbeat(7))
    reveal_and_verify(owner, stream)
    page = owner.get(f"/live/{stream.public_id}/verification")
    assert "Not every round matches" in text(page)
    assert f'href="/live/{stream.public_id}/verification/rounds/2"'.encode() in page.content
    assert "difficulty is missing." in text(page)
    assert "4–6 never arrived" in text(page)
    steps = owner.get(f"/live/{stream.public_id}/verification/rounds/2")
    assert "does not match" in text(steps)
    assert f"{CLIENT_SEED}:2:0" in text(steps)
    assert "cannot be checked" in text(owner.get(f"/live/{stream.public_id}/verification/rounds/3"))
    assert "match" in text(owner.get(f"/live/{stream.public_id}/verification/rounds/1"))


@pytest.mark.parametrize("position", ["99", "-1", "x", "1e9", "9" * 40, "٣"])
def test_a_round_that_is_not_there_is_not_found(owner, position):
    stream = arrive(true_bet(1))
    assert owner.get(f"/live/{stream.public_id}/verification/rounds/{position}").status_code == 404


def test_a_round_of_a_hidden_stream_is_not_yet(owner):
    stream = arrive(true_bet(1))
    assert "not yet" in text(owner.get(f"/live/{stream.public_id}/verification/rounds/1"))


def test_the_report_names_what_it_stands_on(owner, settings):
    stream = arrive(true_bet(1), true_heartbeat(2, roundResult="48536.13"))
    address = f"/live/{stream.public_id}/verification/report"
    assert "not revealed yet" in text(owner.get(address))
    reveal_and_verify(owner, stream)
    said = text(owner.get(address))
    for words in (SERVER_SEED, stream.server_seed_hashed, CLIENT_SEED, f"StakePro {settings.VERSION}", "48,536.13"):
        assert words in said
    assert "2026-11-20 12:00 UTC" in said


# --- The Verify page ------------------------------------------------------------------------------


def test_a_round_is_recomputed_with_its_steps(owner):
    response = owner.post("/check", {"game": "pump", "option_difficulty": "expert", "action": "round", **ROUND})
    said = text(response)
    assert response.status_code == 200
    assert "Pump: multiplier 11,200.65" in said
    assert "The smallest number drawn is 13" in said
    assert "no-store" in response["Cache-Control"]


def test_the_example_needs_nothing_typed(owner):
    assert "11,200.65" in text(owner.post("/check", {"action": "example", "game": "limbo"}))


@pytest.mark.parametrize("game", registry.SLUGS)
def test_every_game_has_its_form_and_its_picture(owner, game):
    known = registry.game(game)
    form = owner.get("/check", {"game": game})
    assert f'<option value="{game}" selected>' in form.content.decode()
    given = {"game": game, "action": "round"}
    given |= {"game_hash": "a" * 64, "salt": "s"} if isinstance(known, HashGame) else ROUND
    for info in known.option_infos:
        assert f'name="option_{info.name}"' in form.content.decode()
        if not info.optional and info.kind != "yes":
            value = info.default if info.default is not None else info.low
            given[f"option_{info.name}"] = info.choices[0] if info.choices else str(1 if value is None else value)
    if game == "floats":
        given["option_count"] = "4"  # it wants one of its two options
    response = owner.post("/check", given)
    assert response.status_code == 200, re.findall(r'class="error.*?</', response.content.decode(), re.DOTALL)
    assert "Outcome" in text(response)


REFUSED = {
    "no server seed": ({"server_seed": ""}, "Server seed is empty."),
    "a line break": ({"client_seed": "a\nb"}, "Client seed contains a line break"),
    "blanks around": ({"client_seed": " a"}, "Client seed begins or ends with whitespace"),
    "a nonce below 0": ({"nonce": "-1"}, "Nonce must be a whole number from 0"),
    "an absurd nonce": ({"nonce": "9" * 5000}, "Nonce must be a whole number from 0"),
    "a nonce above all": ({"nonce": str(2**53)}, "Nonce must be from 0"),
    "other digits": ({"nonce": "٣"}, "Nonce must be a whole number"),
    "no nonce": ({"nonce": ""}, "Nonce must be a whole number"),
    "an option out of range": ({"option_pumps": "99"}, "Pumps must be from 1 to"),
    "an option that is none": ({"option_difficulty": "insane"}, "Difficulty must be one of"),
    "10 MB of text": ({"server_seed": "a" * 10_000_000}, "Server seed is longer than 1000"),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_it_rejects_in_a_sentence_that_names_the_field(owner, changes, words):
    given = {"game": "pump", "option_difficulty": "expert", "action": "round", **ROUND, **changes}
    response = owner.post("/check", given)
    assert response.status_code == 422
    assert words in text(response)
    assert len(response.content) < 100_000


def test_an_unknown_game_is_pump(owner):
    for name in ("poker", "x" * 10_000):
        assert b'<option value="pump" selected>' in owner.get("/check", {"game": name}).content


def test_without_scripts_a_button_brings_the_options_and_keeps_the_seeds(owner):
    response = owner.post("/check", {**ROUND, "game": "mines", "action": "options"})
    assert response.status_code == 200
    said = response.content.decode()
    assert 'name="option_mines"' in said
    assert SERVER_SEED in said
    assert 'class="errorlist"' not in said


def test_the_options_of_a_game_are_a_fragment(owner):
    said = owner.get("/check/options", {"game": "crash"}).content.decode()
    assert 'data-source="chain"' in said
    assert "<html" not in said


def test_a_stored_bet_is_found_by_its_id(owner):
    stream = arrive(true_bet(5663, id="house:77"))
    assert "not yet" in text(owner.post("/check", {"action": "bet", "bet_id": "house: 77"}))
    reveal_and_verify(owner, stream)
    said = text(owner.post("/check", {"action": "bet", "bet_id": "house: 77"}))
    assert "match" in said
    assert "The payout is right" in said
    assert "No such bet is known" in text(owner.post("/check", {"action": "bet", "bet_id": "house:78"}))


def test_a_bet_id_that_is_none_is_refused(owner):
    for bet_id, words in (("", "Bet id is empty."), ("x" * 10_000_000, "Bet id is longer than any id.")):
        response = owner.post("/check", {"action": "bet", "bet_id": bet_id})
        assert response.status_code == 422
        assert words in text(response)


def test_seeds_are_never_in_an_address(owner):
    said = owner.get("/check").content.decode().partition("<main")[2]
    assert 'method="get"' not in said.lower()
    assert owner.get("/check", ROUND).content.decode().count(SERVER_SEED) == 0


def test_pages_need_a_login(client):
    stream = arrive(true_bet(1))
    for path in ("/check", "/check/options", f"/live/{stream.public_id}/verification"):
        assert client.get(path).status_code == 302
