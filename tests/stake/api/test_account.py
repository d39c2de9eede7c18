"""The account: rotations, balances, the vault, limits, pauses, and the stop of all betting."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import AuditRow
from stake.models import BalanceSnapshot, CoolOff, Limit, SeedRotation, VaultDeposit
from stake.services import venues
from streams.models import SeedAlias
from streams.verification_models import StreamVerification
from tests.stake.api.conftest import bet, truth
from tests.stake.conftest import START, somebody, somebody_bets_limbo

# --- Rotating ---------------------------------------------------------------------------------------


def rotate(api, session, **body):
    return api.post("/stake/rotate-seed", {"session": str(session.pk), **body})


def test_rotating_keeps_the_promise_and_reveals(api, session, account, played, django_capture_on_commit_callbacks):
    old, announced = account.pair, hashlib.sha256(account.next_server_seed.encode()).hexdigest()
    with django_capture_on_commit_callbacks(execute=True):
        answer = rotate(api, session, client_seed="my own seed")
    assert answer.status == 201, answer.text
    body = answer.body
    assert (body["state"], body["promise_kept"], body["error"]) == ("done", True, None)
    assert body["announced_server_seed_hashed"] == body["next"]["server_seed_hashed"] == announced
    assert (body["next"]["client_seed"], body["next"]["stream_id"]) == ("my own seed", None)
    assert body["previous"] == {
        "server_seed_hashed": old.server_seed_hash,
        "client_seed": old.client_seed,
        "nonce": 1,
        "stream_id": played["stake"]["stream_id"],
        "server_seed": old.server_seed,
        "revealed_at": "2026-11-21T12:00:00Z",
    }
    assert SeedAlias.objects.get().server_seed == old.server_seed
    assert StreamVerification.objects.get().stream.public_id.hex == UUID(played["id"]).hex
    assert ProcrastinateJob.objects.filter(task_name__contains="verif").exists()
    # The next bet begins the new stream, and the rotation leads to it.
    new = bet(api, session, "after the rotation").body
    assert (new["client_seed"], new["last_nonce"]) == ("my own seed", 1)
    (listed,) = api.get("/stake/rotations").body["rotations"]
    assert listed == {**body, "next": {**body["next"], "stream_id": new["stake"]["stream_id"]}}


def test_without_a_client_seed_one_is_made(api, session):
    made = {rotate(api, session).body["next"]["client_seed"] for _ in range(2)}
    assert len(made) == 2
    assert all(len(seed) == 20 for seed in made)


def test_a_broken_promise_is_reported(api, session, simulator, account, monkeypatch, caplog):
    keep = simulator.world.rotate

    def another_seed(account_id, client_seed):
        account.next_server_seed = "ab" * 32
        return keep(account_id, client_seed)

    monkeypatch.setattr(simulator.world, "rotate", another_seed)
    body = rotate(api, session).body
    assert (body["state"], body["promise_kept"]) == ("done", False)
    assert body["announced_server_seed_hashed"] != body["next"]["server_seed_hashed"]
    assert AuditRow.objects.get(action="stake.rotation.done").data["promise_kept"] is False
    assert "not the one it announced" in caplog.text


def test_it_names_the_open_rounds(api, session, simulator, account):
    somebody(simulator, account, do="open_mines", amount=0.01, currency="btc", mines_count=3)
    answer = rotate(api, session)
    assert (answer.status, answer.code) == (409, "rounds_open")
    assert "mines" in answer.body["error"]["message"]
    assert not SeedRotation.objects.exists()


@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_a_rotation_without_an_answer_is_202_and_found_out(api, session, simulator, account, clock, fault):
    old = account.pair
    simulator.faults.add(fault, "rotateSeedPair")
    answer = rotate(api, session)
    assert (answer.status, answer.body["state"], answer.body["promise_kept"]) == (202, "unknown", None)
    held_up = rotate(api, session)
    assert (held_up.status, held_up.code) == (409, "session_busy")
    assert bet(api, session, "held up").code == "session_busy"
    clock.pass_(seconds=31)
    first = api.post("/stake/reconcile", {"session": str(session.pk)}).body
    clock.pass_(seconds=31)
    second = api.post("/stake/reconcile", {"session": str(session.pk)}).body
    (row,) = api.get("/stake/rotations", session=session.pk).body["rotations"]
    if fault == "drop_after":
        assert (first["done"], first["rotations"]) == (True, [])
        assert (row["state"], row["promise_kept"], row["previous"]["server_seed"]) == ("done", True, old.server_seed)
    else:
        assert (first["done"], [each["id"] for each in first["rotations"]]) == (False, [row["id"]])
        assert (second["done"], row["state"], row["next"]) == (True, "not_done", None)
    assert account.pair is old or fault == "drop_after"


def test_a_rotation_that_was_refused_is_the_venue_s_refusal(api, session, simulator):
    simulator.faults.add("cloudflare", "rotateSeedPair")
    answer = rotate(api, session)
    assert (answer.status, answer.code) == (409, "cloudflare_blocked")
    assert "Open the venue in your browser" in answer.body["error"]["message"]
    assert SeedRotation.objects.get().state == "not_done"


@pytest.mark.parametrize("seed", ["", " ", " x", "x ", "x" * 65, "new\nline", "nul\0", "ümlaut", 7, ["x"], "\ud800"])
def test_a_client_seed_that_no_venue_takes(api, session, account, seed):
    answer = rotate(api, session, client_seed=seed)
    assert (answer.status, answer.fields) == (422, {"client_seed"})
    assert not SeedRotation.objects.exists()
    assert not account.retired


# --- Balances and the vault -------------------------------------------------------------------------


def test_balances_are_asked_for_and_kept(api, session, simulator, account, clock):
    simulator.world.give(account.id, "btc", Decimal("0.5"))
    clock.pass_(seconds=5)
    answer = api.get("/stake/balance", session=session.pk).body
    assert answer["session"] == str(session.pk)
    assert answer["balances"] == [
        {"currency": "btc", "available": Decimal("10.5"), "vault": 0, "captured_at": "2026-11-21T12:00:05Z"},
        {"currency": "usdt", "available": 1000, "vault": 0, "captured_at": "2026-11-21T12:00:05Z"},
    ]
    kept = BalanceSnapshot.objects.order_by("captured_at", "currency").values_list("currency", "available")
    assert list(kept) == [("btc", Decimal("10.5")), ("usdt", Decimal(1000))]


def test_balances_that_were_kept_are_told_without_asking(api, session, simulator, account):
    before = api.get("/stake/balance", session=session.pk).body
    simulator.world.expire_token(account.id)
    assert api.get("/stake/balance", session=session.pk, refresh="false").body == before
    refused = api.get("/stake/balance", session=session.pk)
    assert (refused.status, refused.code) == (409, "invalid_session")


@pytest.mark.parametrize(
    ("query", "status", "fields"),
    [
        ({}, 422, {"session"}),
        ({"session": "nonsense"}, 422, {"session"}),
        ({"session": str(uuid4())}, 404, {"session"}),
        ({"session": str(uuid4()), "refresh": "false"}, 404, set()),
        ({"session": str(uuid4()), "refresh": "maybe"}, 422, {"refresh"}),
    ],
)
def test_balances_of_nothing(api, session, query, status, fields):
    answer = api.get("/stake/balance", **query)
    assert (answer.status, answer.fields) == (status, fields)


def move(api, session, ref="one", **changes):
    body = {"session": str(session.pk), "currency": "btc", "amount": "2.5", "client_ref": ref, **changes}
    return api.post("/stake/vault", body)


def test_money_moves_into_the_vault_once(api, session, account):
    first = move(api, session)
    assert (first.status, first.body["state"], first.body["amount"]) == (201, "done", Decimal("2.5"))
    again = move(api, session)
    assert (again.status, again.body) == (201, first.body)
    assert (account.available["btc"], account.vault["btc"]) == (Decimal("7.5"), Decimal("2.5"))
    other = move(api, session, amount="3")
    assert (other.status, other.code) == (409, "client_ref_reused")
    balances = api.get("/stake/balance", session=session.pk).body["balances"]
    assert (balances[0]["available"], balances[0]["vault"]) == (Decimal("7.5"), Decimal("2.5"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "10.5"}, "amount"),
        ({"currency": "eth"}, "amount"),
        ({"currency": "not a word"}, "currency"),
        ({"ref": ""}, "client_ref"),
        ({"ref": "new\nline"}, "client_ref"),
    ],
)
def test_a_move_that_cannot_be(api, session, account, changes, field):
    answer = move(api, session, **changes)
    assert (answer.status, answer.fields) == (422, {field})
    assert not VaultDeposit.objects.exists()
    assert account.vault["btc"] == 0


def test_a_move_without_an_answer_is_decided_by_the_vault(api, session, simulator, account, clock):
    simulator.faults.add("drop_after", "createVaultDeposit")
    answer = move(api, session)
    assert (answer.status, answer.body["state"]) == (202, "unknown")
    clock.pass_(seconds=31)
    assert api.post("/stake/reconcile", {"session": str(session.pk)}).body["done"] is True
    assert move(api, session).body["state"] == "done"
    assert account.vault["btc"] == Decimal("2.5")


@pytest.mark.parametrize("done", [True, False])
def test_a_person_says_what_became_of_a_move(api, session, simulator, account, clock, done):
    simulator.faults.add("drop_before", "createVaultDeposit")
    deposit = move(api, session).body["id"]
    undecided = api.post("/stake/reconcile", {"deposit": deposit})
    assert (undecided.status, undecided.fields) == (422, {"done"})
    (pending,) = api.post("/stake/reconcile", {"session": str(session.pk)}).body["deposits"]
    assert pending["id"] == deposit
    answer = api.post("/stake/reconcile", {"deposit": deposit, "done": done})
    assert answer.body["state"] == ("done" if done else "not_done")
    again = api.post("/stake/reconcile", {"deposit": deposit, "done": done})
    assert (again.status, again.code) == (409, "session_busy")
    repeated = move(api, session)
    assert (repeated.status, repeated.body.get("state")) == (201, "done") if done else (409, None)


def test_a_move_or_bet_that_is_not_there_cannot_be_decided(api, session):
    assert api.post("/stake/reconcile", {"deposit": str(uuid4()), "done": True}).status == 404
    assert api.post("/stake/reconcile", {"intent": str(uuid4()), "not_placed": True}).status == 404


def test_a_move_that_was_refused_is_the_venue_s_refusal(api, session, simulator):
    simulator.faults.add("rate_limit", "createVaultDeposit")
    answer = move(api, session)
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert VaultDeposit.objects.get().state == "not_done"


# --- Limits and pauses ------------------------------------------------------------------------------


def test_limits_are_set_and_shown(api, session):
    body = {
        "session": str(session.pk),
        "currency": "BTC",
        "max_wager": "0.5",
        "daily_loss": 1,
        "stop_loss": "2.25",
        "take_profit": "3",
        "bets_per_minute": 60,
        "confirm_above": "0",
    }
    answer = api.put("/stake/limits", body)
    assert answer.status == 200, answer.text
    (limit,) = answer.body["limits"]
    assert {**body, "currency": "btc"}.items() <= {
        **limit,
        **{name: str(limit[name]) for name in ("max_wager", "stop_loss", "take_profit", "confirm_above")},
    }.items()
    assert api.get("/stake/limits", session=session.pk).body == answer.body
    # What is left out is no limit any more.
    (limit,) = api.put("/stake/limits", {"session": str(session.pk), "currency": "btc"}).body["limits"]
    assert (limit["max_wager"], limit["bets_per_minute"], limit["confirm_above"]) == (None, None, None)


def test_limits_of_all_accounts_have_no_session(api, session):
    answer = api.put("/stake/limits", {"currency": "usdt", "daily_loss": "5"}).body
    assert (answer["session"], [row["currency"] for row in answer["limits"]]) == (None, ["usdt"])
    assert api.get("/stake/limits").body["limits"] == answer["limits"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_wager", "0"),
        ("daily_loss", -1),
        ("stop_loss", "NaN"),
        ("take_profit", "1e999"),
        ("confirm_above", [1]),
        ("bets_per_minute", 0),
        ("bets_per_minute", 1.5),
        ("bets_per_minute", 100_001),
        ("currency", "btc!"),
        ("currency", None),
        ("session", "nonsense"),
        ("count_anew", "yes"),
    ],
)
def test_a_limit_that_is_none(api, session, field, value):
    answer = api.put("/stake/limits", {"session": str(session.pk), "currency": "btc", field: value})
    assert (answer.status, answer.fields) == (422, {field})
    assert Limit.objects.get().max_wager == 1


def test_limits_of_an_unknown_session(api, session):
    assert api.get("/stake/limits", session=uuid4()).status == 404
    assert api.put("/stake/limits", {"session": str(uuid4()), "currency": "btc"}).status == 404


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("kind", ["cool_off", "self_exclusion"])
def test_a_pause_stops_betting_until_it_ends(api, session, simulator, account, clock, kind, whole):
    ends = START + timedelta(hours=1)
    body = {"kind": kind, "ends_at": ends.isoformat(), **({} if whole else {"session": str(session.pk)})}
    answer = api.post("/stake/pauses", body).body
    (pause,) = answer["pauses"]
    assert (pause["kind"], pause["ends_at"]) == (kind, "2026-11-21T13:00:00Z")
    refused = bet(api, session, "in the pause")
    assert (refused.status, refused.code) == (409, "cooling_off")
    assert not truth(simulator, account)
    clock.pass_(hours=1)
    assert bet(api, session, "after the pause").status == 201


def test_a_shorter_pause_does_not_end_a_longer_one(api, session, clock):
    for hours in (2, 1):
        api.post("/stake/pauses", {"kind": "cool_off", "ends_at": (START + timedelta(hours=hours)).isoformat()})
    clock.pass_(minutes=90)
    assert bet(api, session, "still paused").code == "cooling_off"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "nap"}, "kind"),
        ({"kind": None}, "kind"),
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": "tomorrow"}, "ends_at"),
        ({"ends_at": 12}, "ends_at"),
        ({"ends_at": "2026-11-21T12:00:30Z"}, "ends_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "9999-12-31T23:59:59Z"}, "ends_at"),
        ({"ends_at": "0001-01-01T00:00:00+14:00"}, "ends_at"),
        ({"session": "nonsense"}, "session"),
    ],
)
def test_a_pause_that_is_none(api, session, changes, field):
    answer = api.post("/stake/pauses", {"kind": "cool_off", "ends_at": "2026-11-21T14:00:00Z", **changes})
    assert (answer.status, answer.fields) == (422, {field})
    assert not CoolOff.objects.exists()


# --- The stop ---------------------------------------------------------------------------------------


def test_the_stop_stops_every_bet(api, session, simulator, account):
    assert api.get("/stake/stop").body == {"stopped": False}
    assert api.put("/stake/stop").body == {"stopped": True}
    assert api.get("/stake/stop").body == {"stopped": True}
    refused = bet(api, session, "stopped")
    assert (refused.status, refused.code) == (409, "betting_stopped")
    assert not truth(simulator, account)
    assert api.delete("/stake/stop").body == {"stopped": False}
    assert bet(api, session, "again").status == 201


# --- The simulator away -----------------------------------------------------------------------------


def test_with_the_venue_away_every_address_says_so(api, session, simulator):
    simulator.stop()
    asked = {"session": str(session.pk)}
    for method, path, body in (
        ("POST", f"/stake/session/{session.pk}/verify", None),
        ("GET", f"/stake/balance?session={session.pk}", None),
        ("POST", "/stake/rotate-seed", asked),
        ("POST", "/stake/vault", {**asked, "currency": "btc", "amount": 1, "client_ref": "x"}),
        ("POST", "/stake/import-history", asked),
        ("GET", "/stake/bets/house:1", None),
    ):
        venues.BREAKERS.forget(session.pk)
        answer = api.request(method, path, body)
        assert (answer.status, answer.code) == (503, "not_connected"), (path, answer.text)
    venues.BREAKERS.forget(session.pk)
    answer = bet(api, session, "away")
    assert (answer.status, answer.code) == (503, "not_connected")


def test_after_repeated_failures_it_waits(api, session, simulator):
    simulator.stop()
    for _ in range(6):
        answer = api.get("/stake/balance", session=session.pk)
    assert (answer.status, answer.code) == (503, "circuit_open")
    assert int(answer.headers["Retry-After"]) >= 1


def test_somebody_else_s_bets_are_the_account_s(api, session, simulator, account):
    somebody_bets_limbo(simulator, account)
    assert bet(api, session, "second").body["stake"]["nonce"] == 2


def test_a_seed_that_cannot_be_kept_is_no_error_of_ours(api, session, simulator, account):
    somebody(simulator, account, do="rotate", client_seed="x" * 300)
    somebody_bets_limbo(simulator, account)
    for method, path, body in (
        ("POST", f"/stake/session/{session.pk}/verify", None),
        ("POST", "/stake/rotate-seed", {"session": str(session.pk)}),
    ):
        answer = api.request(method, path, body)
        assert (answer.status, answer.code) == (502, "schema_changed"), (path, answer.text)
    imported = api.post("/stake/import-history", {"session": str(session.pk)})
    assert (imported.status, imported.body["seen"], imported.body["new"]) == (200, imported.body["left_out"], 0)
