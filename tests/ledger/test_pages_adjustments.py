"""Adjustments on the pages: asked for by one, decided by another, and the buttons say who may."""

import re
from collections.abc import Sequence
from concurrent.futures import Future
from uuid import UUID, uuid4

import pytest
from django.test import Client

from accounts.audit import By
from accounts.models import AuditRow
from ledger import adjustments, posting, queries
from ledger.adjustments import Caller
from ledger.operations import Answer, Op
from tests.ledger.conftest import AT
from tests.ledger.page_world import HOSTILE, currencies, deposit, person, post, said, text, wallet

pytestmark = pytest.mark.django_db
PATH = "/ledger/adjustments/"
ID = "7b1f7a52-1111-4222-8333-123456789abc"


@pytest.fixture
def asker() -> Client:
    """Who may ask, and decide too: but not about what they asked for."""
    return person("admin", name="asker")


@pytest.fixture
def second() -> Client:
    return person("admin", name="second")


@pytest.fixture
def ann(monkeypatch) -> int:
    """A wallet with 10.00; what is posted is posted on the test's own connection."""

    def submit(ops: Sequence[Op]) -> "Future[list[Answer]]":
        answered: Future[list[Answer]] = Future()
        answered.set_result(post(ops))
        return answered

    monkeypatch.setattr(posting, "submit", submit)
    currencies()
    made = wallet(HOSTILE)
    deposit(made, 1_000)
    return made


def ask(client: Client, wallet_id: object, **changes: str):
    form = {"wallet": str(wallet_id), "amount": "-2.50", "reason": "Paid twice", "client_id": ID}
    return client.post(PATH, {**form, **changes})


def test_one_asks_and_another_approves(ann, asker, second):
    assert ask(asker, ann)["Location"] == PATH
    assert "Approve and post" not in text(asker.get(PATH))
    assert "You asked for this; somebody else decides." in text(asker.get(PATH))
    assert "Approve and post" in text(second.get(PATH))
    assert queries.find_wallet(ann).available == 1_000
    page = asker.post(f"{PATH}{ID}/approve", follow=True)
    assert said(page) == ["Who asked for an adjustment does not decide about it; it takes a second person."]
    assert queries.find_wallet(ann).available == 1_000
    page = second.post(f"{PATH}{ID}/approve", follow=True)
    assert said(page) == ["Approved and posted."]
    assert queries.find_wallet(ann).available == 750
    words = text(page)
    assert "Approve and post" not in words
    assert re.search(r"approved −2\.50 PTS Paid twice .* by asker .* by second", words)
    assert AuditRow.objects.filter(action="ledger.adjustment.approved", actor_name="second").exists()
    assert "<script>alert" not in page.content.decode()


def test_it_is_refused_and_stays_so(ann, asker, second):
    ask(asker, ann)
    assert said(second.post(f"{PATH}{ID}/refuse", follow=True)) == ["Refused. It will not be posted."]
    page = second.post(f"{PATH}{ID}/approve", follow=True)
    assert said(page) == ["It was refused by second already."]
    assert queries.find_wallet(ann).available == 1_000


def test_what_the_ledger_refuses_still_waits(ann, asker, second):
    ask(asker, ann, amount="-10.01")
    page = second.post(f"{PATH}{ID}/approve", follow=True)
    assert said(page)[0].startswith("It is not posted, and still waits.")
    assert "Approve and post" in text(page)


def test_pressing_twice_asks_once(ann, asker):
    ask(asker, ann)
    ask(asker, ann)
    assert len(queries.adjustments().adjustments) == 1
    page = ask(asker, ann, amount="1")
    assert page.status_code == 422
    assert "This client id was used before" in text(page)


# What cannot be asked, and what is said of it.
REFUSED = [
    ({"wallet": ""}, "Wallet is missing."),
    ({"wallet": "ann"}, "Wallet must be a number."),
    ({"wallet": "0"}, "Wallet must be a number above 0."),
    ({"wallet": str(10**30)}, "There is no such wallet."),
    ({"wallet": "999999999"}, "There is no wallet 999999999."),
    ({"amount": ""}, "Amount is missing."),
    ({"amount": "0"}, "Amount must be above or below 0."),
    ({"amount": "-0.00"}, "Amount must be above or below 0."),
    ({"amount": "1.001"}, "Amount may have 2 decimals in PTS."),
    ({"amount": "NaN"}, "Amount must be a decimal"),
    ({"amount": "1e999"}, "Amount must be a decimal"),
    ({"amount": "--1"}, "Amount must be a decimal"),
    ({"amount": "9" * 19}, "Amount is larger than one operation may move."),
    ({"amount": "9" * 5_000}, "Amount may have 40 characters."),
    ({"reason": " "}, "Reason is missing."),
    ({"reason": "x" * 501}, "Reason may have 500 characters."),
    ({"reason": "a\x1bb"}, "Reason must be one line of text."),
    ({"client_id": "1"}, "client_id must be a UUID."),
    ({"client_id": ""}, "client_id is missing."),
]


def test_what_cannot_be_asked_is_refused_by_the_fields_name(ann, asker):
    for changes, told in REFUSED:
        page = ask(asker, ann, **changes)
        assert (page.status_code, told in text(page)) == (422, True), changes
        # What was typed is still there.
        assert "reason" in changes or 'value="Paid twice"' in page.content.decode(), changes
    assert not queries.adjustments().adjustments


def test_the_house_has_none(ann, asker):
    house = queries.wallets(owner="house", currency="PTS").wallets[0]
    page = ask(asker, house.id)
    assert page.status_code == 422
    assert "A wallet of the house has no adjustments" in text(page)


def test_who_may_what(ann, asker):
    ask(asker, ann)
    reader, mover = person("read"), person("read", "ledger", name="mover")
    assert "Approve" not in text(reader.get(PATH))
    assert "Ask for it" not in text(reader.get(PATH))
    assert "Ask for it" in text(mover.get(PATH))
    assert "Approve and post" not in text(mover.get(PATH))
    assert ask(reader, ann, client_id=str(uuid4())).status_code == 403
    assert ask(mover, ann, client_id=str(uuid4())).status_code == 302
    for act in ("approve", "refuse"):
        assert mover.post(f"{PATH}{ID}/{act}").status_code == 403
        assert asker.get(f"{PATH}{ID}/{act}").status_code == 405
        for name in (uuid4(), "nonsense"):
            assert asker.post(f"{PATH}{name}/{act}").status_code == 404
    assert person("ledger", name="blind").get(PATH).status_code == 403


def test_a_wallets_page_leads_to_the_form(ann, asker):
    assert f'href="{PATH}?wallet={ann}#ask"' in asker.get(f"/ledger/wallets/{ann}/").content.decode()
    assert f'value="{ann}"' in asker.get(f"{PATH}?wallet={ann}").content.decode()
    assert "onload" not in asker.get(f'{PATH}?wallet="onload=x').content.decode()


def test_the_list_goes_on_without_loss(ann, asker, django_assert_max_num_queries):
    asked = [UUID(int=number, version=4) for number in range(1, 121)]
    for each in asked:
        adjustments.ask(client_id=each, wallet_id=ann, amount=1, reason="x", caller=Caller(By.worker()), at=AT)
    seen, query = [], "?"
    while query:
        with django_assert_max_num_queries(14):
            page = asker.get(PATH + query)
        seen += [row.id for row in page.context["adjustments"]]
        query = page.context["older_query"]
    assert seen == asked[::-1]
    assert "after: There is no adjustment" in text(asker.get(f"{PATH}?after={ID}"))
    assert "after: Enter a valid UUID." in text(asker.get(f"{PATH}?after=1"))
