"""Pages of the account: rotating, balances, the vault, the history."""

import re

import pytest

from stake.models import SeedRotation, VaultDeposit
from tests.stake.pages.asking import bet, of, said, text

pytestmark = pytest.mark.django_db


def test_a_rotation_says_whether_the_promise_was_kept(owner, played, session):
    page = text(owner.get(played["rotation"]))
    assert "The promise was kept" in page
    assert "The old stream is being verified" in page
    rotation = SeedRotation.objects.get()
    assert rotation.server_seed in page
    detail = owner.get(of(session)).content.decode()
    assert "Kept" in detail
    assert f"/live/{played['stream']}/verification" in detail
    SeedRotation.objects.update(promise_kept=False)
    assert "The promise was broken" in text(owner.get(played["rotation"]))


@pytest.mark.parametrize("seed", ["", "x" * 65, "sö", "a\nb"])
def test_a_client_seed_that_the_venue_would_not_take(owner, session, seed):
    page = owner.post(of(session, "/rotate"), {"client_seed": seed})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["client_seed"])
    assert not SeedRotation.objects.exists()


def test_the_rotation_form_says_what_happens_and_has_a_random_seed(owner, session):
    first, second = (owner.get(of(session, "/rotate")).content.decode() for _ in range(2))
    assert "its server seed becomes public" in re.sub(r"\s+", " ", first)
    value = re.compile(r'name="client_seed" value="([0-9a-f]{20})"')
    assert value.search(first)[1] != value.search(second)[1]


def test_balances_are_read_and_drawn(owner, session, simulator, account):
    owner.post(of(session, "/balances"))
    answer = owner.post(of(session, "/balances"), headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div id="balances"')
    assert "10 btc" in text(answer)
    assert "<polyline" in answer.content.decode()
    simulator.faults.add("unauthorized", "balances")
    assert "does not accept" in text(owner.post(of(session, "/balances"), headers={"HX-Request": "true"}))
    assert "10 btc" in text(owner.post(of(session, "/balances"), headers={"HX-Request": "true"}))


def test_money_is_moved_into_the_vault_once(owner, session):
    move = {"amount": "2", "currency": "btc", "client_ref": "move-1"}
    owner.post(of(session, "/deposit"), move)
    owner.post(of(session, "/deposit"), move)
    assert VaultDeposit.objects.get().state == "done"
    assert owner.post(of(session, "/deposit"), {**move, "client_ref": "m2", "amount": "0"}).status_code == 422
    page = owner.post(of(session, "/deposit"), {**move, "client_ref": "m3", "amount": "99"})
    assert (page.status_code, list(page.context["deposit_form"].errors)) == (422, ["amount"])


def test_history_is_imported(owner, session):
    bet(owner, session)
    assert "1 bets read: 0 new, 1 known" in said(owner.post(of(session, "/import"), {"pages": "1"}, follow=True))[-1]
    assert owner.post(of(session, "/import"), {"pages": "0"}).status_code == 422
