"""The overview, the wallets and their statements: who may see them, what they say, and how their lists go on."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from ledger.operations import Kind, Op
from tests.ledger.conftest import AT
from tests.ledger.page_world import HOSTILE, currencies, deposit, person, post, text, wallet

pytestmark = pytest.mark.django_db
PAGES = ["/ledger/", "/ledger/journal/", "/ledger/switches/", "/ledger/currencies/"]


@pytest.fixture
def reader() -> Client:
    return person("read")


@pytest.fixture
def ann() -> int:
    """A wallet with 10.00 of which 2.50 is held, and 3 entries."""
    currencies()
    made = wallet("ann")
    deposit(made, 400, 600, ref_type="bank", ref_id="in 1")
    post([Op(Kind.PLACE, made, uuid4(), 250, ref_type="crash", ref_id="round 7")])
    return made


def versions(response) -> list[int]:
    return [int(each) for each in re.findall(r'data-version="(\d+)"', response.content.decode())]


def test_they_read_with_the_scope_read_alone(ann, reader):
    nobody = person("ingest", "ledger")
    for path in [*PAGES, f"/ledger/wallets/{ann}/", f"/ledger/wallets/{ann}/older", "/ledger/journal/1/"]:
        assert reader.get(path).status_code == 200, path
        assert nobody.get(path).status_code == 403, path
        assert Client().get(path)["Location"].startswith("/login"), path
        assert reader.put(path).status_code == 405, path
    assert reader.get("/ledger")["Location"] == "/ledger/"


NOWHERE = [
    "/ledger/wallets/999999999/",
    "/ledger/wallets/0/",
    f"/ledger/wallets/{10**30}/",
    "/ledger/wallets/nonsense/",
    "/ledger/wallets/999999999/older",
    "/ledger/wallets/999999999/new?since=0",
    "/ledger/journal/999999999/",
    f"/ledger/journal/{10**30}/",
    "/ledger/nonsense",
]


def test_what_is_not_there_is_not_found(reader):
    for path in NOWHERE:
        assert reader.get(path).status_code == 404, path


def test_an_empty_ledger_says_what_to_do(reader):
    page = text(reader.get("/ledger/"))
    assert "No currency yet" in page
    assert "manage.py try_double_spend" in page
    assert "manage.py import_balances FILE --dry-run" in page
    assert "Add a currency" not in page
    assert "Add a currency" in text(person("admin").get("/ledger/"))
    currencies()
    page = text(reader.get("/ledger/"))
    assert "Nobody has a wallet yet" in page
    assert "POST /api/v1/wallets" in page


def test_the_overview_adds_up_by_currency_and_kind(ann, reader, django_assert_max_num_queries):
    reader.get("/ledger/")
    with django_assert_max_num_queries(14):
        page = text(reader.get("/ledger/"))
    assert "PTS adds up to zero Wallets Available Locked Together User 1 7.50 2.50 10.00" in page
    assert "House 16 0.00 0.00 0.00 World 1 −10.00 0.00 −10.00" in page
    assert "Nobody has a wallet yet" not in page
    # Parts of the house that never moved are not listed, unless they are asked for.
    assert page.count("house part") == 2
    assert text(reader.get("/ledger/?kind=house")).count("house part") == 32


def test_names_of_owners_are_text(ann, reader):
    made = wallet(HOSTILE)
    deposit(made, 100, ref_type="<i>", ref_id="<b>", reason="<u>why</u>")
    for path in ("/ledger/", f"/ledger/?owner={HOSTILE}", f"/ledger/wallets/{made}/", "/ledger/journal/3/"):
        body = reader.get(path).content.decode()
        assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;sons&quot;" in body, path
        assert "<script>alert" not in body, path
        assert "<u>why" not in body, path


def test_wallets_are_found_by_owner_currency_and_kind(ann, reader):
    wallet("Annette", "BTC")
    wallet("bob", "BTC", "agent")
    wallet("100%")

    def owners(query: str) -> list[str]:
        return [row.owner for row in reader.get(f"/ledger/{query}").context["wallets"]]

    assert owners("?owner=ANN") == ["Annette", "ann"]
    assert owners("?owner=%25") == ["100%"]
    assert owners("?currency=BTC&kind=agent") == ["bob"]
    assert owners("?owner=nobody") == []
    assert "No wallet matches" in text(reader.get("/ledger/?owner=nobody"))


# Filters that cannot be read, and what is said of them.
WRONG_FILTERS = [
    ("owner=%00", "Owner: Null characters are not allowed."),
    (f"owner={'x' * 101}", "Owner: Ensure this value has at most 100 characters"),
    ("currency=EUR", "Currency: Select a valid choice."),
    ("kind=king", "Kind: Select a valid choice."),
    ("before=NaN", "before: Enter a whole number."),
    (f"before={10**19}", "before: Ensure this value is less than or equal to"),
]


def test_a_filter_that_is_wrong_narrows_nothing_and_is_named(ann, reader):
    for query, told in WRONG_FILTERS:
        page = reader.get(f"/ledger/?{query}")
        assert (page.status_code, told in text(page)) == (200, True), query
        assert len(page.context["wallets"]) == 5, query


def test_no_wallet_is_lost_or_shown_twice_between_pages(ann, reader):
    made = {wallet(f"owner {number}") for number in range(120)}
    seen: list[int] = []
    query = "?owner=owner"
    while query:
        page = reader.get(f"/ledger/{query}")
        seen += [row.id for row in page.context["wallets"]]
        query = page.context["older_query"]
        wallet(f"owner, later than {len(seen)}")
    assert seen == sorted(made, reverse=True)


# --- One wallet -------------------------------------------------------------------------------------


def test_a_wallet_shows_its_balance_its_holds_and_each_entry(ann, reader):
    page = reader.get(f"/ledger/wallets/{ann}/")
    words = text(page)
    assert "Available 7.50 PTS Locked 2.50 in open holds Version 3" in words
    assert versions(page) == [3, 2, 1]
    assert re.search(r"Wager crash round 7 −2\.50 \+2\.50 7\.50 2\.50 3", words)
    assert re.search(r"Deposit bank in 1 \+6\.00 – 10\.00 0\.00 2", words)
    assert re.search(r"Open holds .* Wager crash round 7 2\.50 PTS 3", words)
    hold = page.context["holds"].rows[0]
    assert (hold.at, hold.amount) == (AT, 250)


def test_a_statement_can_be_of_one_kind(ann, reader):
    assert versions(reader.get(f"/ledger/wallets/{ann}/?kind={Kind.DEPOSIT.value}")) == [2, 1]
    page = reader.get(f"/ledger/wallets/{ann}/?kind={Kind.TRANSFER.value}")
    assert versions(page) == []
    assert "No entry of this kind" in text(page)
    page = reader.get(f"/ledger/wallets/{ann}/?kind=99")
    assert "What: Select a valid choice" in text(page)
    assert versions(page) == [3, 2, 1]


def test_a_wallet_that_never_moved_says_how_to_move_it(ann, reader):
    made = wallet("bob", "BTC")
    words = text(reader.get(f"/ledger/wallets/{made}/"))
    assert "Available 0.00000000 BTC" in words
    assert f"POST /api/v1/wallets/{made}/deposits" in words
    assert "Open holds" not in words


def test_a_long_statement_is_read_by_page_in_few_queries(reader, django_assert_max_num_queries):
    currencies()
    made = wallet("busy")
    for _ in range(2):
        post([Op(Kind.DEPOSIT, made, uuid4(), 1) for _ in range(5_000)])
    with django_assert_max_num_queries(12):
        page = reader.get(f"/ledger/wallets/{made}/")
    assert versions(page) == list(range(10_000, 9_950, -1))
    with django_assert_max_num_queries(8):
        deep = reader.get(f"/ledger/wallets/{made}/older?before=120")
    assert versions(deep) == list(range(119, 69, -1))
    # Each page names the next, until the first entry.
    seen, path = versions(deep), deep.context["older_rows_href"]
    while path:
        deep = reader.get(path)
        seen += versions(deep)
        path = deep.context["older_rows_href"]
    assert seen == list(range(119, 0, -1))
    with django_assert_max_num_queries(12):
        assert "1,234" in text(reader.get(f"/ledger/wallets/{made}/?version=1234"))


def test_a_poll_brings_what_is_new_and_the_balance(ann, reader):
    tail = reader.get(f"/ledger/wallets/{ann}/").context["tail_href"]
    assert tail == f"/ledger/wallets/{ann}/new?since=3"
    assert reader.get(tail).status_code == 204
    deposit(ann, 100, 200)
    answer = reader.get(tail)
    assert versions(answer) == [5, 4]
    assert answer.context["tail_href"] == f"/ledger/wallets/{ann}/new?since=5"
    assert "Available 10.50 PTS" in text(answer)
    assert 'hx-swap-oob="true"' in answer.content.decode()
    # Entries of other kinds count as seen, and the balance comes all the same.
    answer = reader.get(f"/ledger/wallets/{ann}/new?since=3&kind={Kind.PLACE.value}")
    assert (versions(answer), answer.context["tail_href"].endswith(f"kind={Kind.PLACE.value}&since=5")) == ([], True)
    assert reader.get(f"/ledger/wallets/{ann}/new?since=nonsense").status_code == 204


def test_more_than_one_poll_brings_is_brought_by_the_next(ann, reader):
    deposit(ann, *[1] * 250)
    first = reader.get(f"/ledger/wallets/{ann}/new?since=3")
    assert "data-more" in first.content.decode()
    second = reader.get(first.context["tail_href"])
    assert "data-more" not in second.content.decode()
    assert versions(first) == list(range(203, 3, -1))
    assert versions(second) == list(range(253, 203, -1))


# When it is asked for, and what is told.
THEN = [
    ("version=2", "After version 2 , 2026-11-21 12:00:00 UTC , it had 10.00 PTS available and 0.00 locked"),
    ("version=0", "After version 0 , before anything moved, it had 0.00 PTS available"),
    ("at=2026-11-21T12:00:01", "After version 3"),
    ("at=2026-11-21T11:59:59", "After version 0"),
    ("version=4", "At version: The wallet is at version 3."),
    ("version=-1", "At version: Ensure this value is greater than or equal to 0."),
    ("version=NaN", "At version: Enter a whole number."),
    (f"version={10**19}", "At version: Ensure this value is less than or equal to"),
    ("at=yesterday", "or at a time (UTC): The time must be a date and a time"),
    ("at=2026-02-30T00:00", "or at a time (UTC): The time must be"),
    ("version=1&at=2026-11-21T12:00", "At version: Give a version or a time, not both."),
]


def test_what_it_had_then(ann, reader):
    for query, told in THEN:
        page = reader.get(f"/ledger/wallets/{ann}/?{query}")
        assert (page.status_code, told in text(page)) == (200, True), query


def test_far_moments_are_no_error(ann, reader):
    for at in ("0001-01-01T00:00", "9999-12-31T23:59:59"):
        assert "it had" in text(reader.get(f"/ledger/wallets/{ann}/?at={at}"))


# --- The chain ---------------------------------------------------------------------------------------


def test_the_chain_goes_on_by_number(ann, reader):
    for _ in range(60):
        deposit(ann, 1)
    page = reader.get("/ledger/journal/")
    assert [row.no for row in page.context["journals"]] == list(range(62, 12, -1))
    page = reader.get("/ledger/journal/" + page.context["older_query"])
    assert [row.no for row in page.context["journals"]] == list(range(12, 0, -1))
    assert page.context["older_query"] == ""
    assert "before: Enter a whole number." in text(reader.get("/ledger/journal/?before=1e999"))


def test_a_journal_shows_its_entries_and_that_its_link_holds(ann, reader):
    words = text(reader.get("/ledger/journal/1/"))
    assert "The link holds" in words
    assert "PTS adds up to zero over 3 entries" in words
    assert re.search(r"ann \d+ 1 Deposit \+4\.00 0\.00 4\.00 0\.00 PTS bank in 1", words)
    assert "Other side" in words
    part = reader.get("/ledger/journal/1/", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("ledger_entry", "reason = 'altered'", "the stored entries give another digest"),
        ("ledger_journal", "hash = sha256('other')", "the digest and the hash before do not give this hash"),
        ("ledger_journal", "hash_before = sha256('other')", "the hash before is not that of the journal before"),
    ],
)
def test_a_link_that_was_tampered_with_is_told(ann, reader, table, change, told):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        where = "journal_id = (SELECT id FROM ledger_journal WHERE no = 2)" if table == "ledger_entry" else "no = 2"
        cursor.execute(f"UPDATE {table} SET {change} WHERE {where}")
    words = text(reader.get("/ledger/journal/2/"))
    assert "The link is broken" in words
    assert told in words


def test_entries_of_a_large_journal_are_read_by_page(ann, reader, django_assert_max_num_queries):
    post([Op(Kind.DEPOSIT, wallet(f"owner {number}"), uuid4(), 1) for number in range(120)])
    seen, query = [], "?"
    while query:
        with django_assert_max_num_queries(12):
            page = reader.get(f"/ledger/journal/3/{query}")
        seen += [(each.entry.wallet_id, each.entry.version) for each in page.context["entries"]]
        query = page.context["more_query"]
    assert len(seen) == len(set(seen)) == 121
    assert seen == sorted(seen)
    assert "after: Enter a valid value." in text(reader.get("/ledger/journal/3/?after=1-2-3"))
