"""Balances come in once, exactly, or not at all."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts import switches
from accounts.audit import By
from ledger import checks, importing, posting, services
from ledger.models import EntryRow, WalletRow
from ledger.money import Currency
from ledger.operations import Kind, Op
from tests.ledger.conftest import AT

pytestmark = pytest.mark.usefixtures("ledger")


@pytest.fixture
def balances(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes the file."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "balances.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def run(path: Path, *words: str, source: str = "old-site", currency: str = "BTC") -> None:
    call_command("import_balances", str(path), "--currency", currency, "--source", source, *words)


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def held() -> dict[str, int]:
    found = WalletRow.objects.filter(currency="BTC", kind="user").values_list("owner", "available")
    return dict(found)


def test_it_works_and_works_once(balances: Callable[[str | bytes], Path], capsys: pytest.CaptureFixture[str]) -> None:
    ann = services.open_wallet(owner="ann", currency="BTC", at=AT)
    posting.post([Op(Kind.DEPOSIT, ann, uuid4(), 5)])
    path = balances(
        '\ufeffOwner,Amount,Reference\r\nann,0.1,no. 7\r\n\r\n"o\'neil, zoë",92233720.36854775\r\nnil,0.00\r\n'
    )
    expected = [
        "before, in user wallets 0.00000005 BTC",
        "in the file 92233720.46854775 BTC of 3 owners",
        "there already from old-site 0.00000000 BTC of 0 owners",
        "to be added 92233720.46854775 BTC of 3 owners",
        "after, in user wallets 92233720.46854780 BTC",
    ]
    run(path, "--dry-run")
    assert told(capsys) == [*expected, "This was a dry run: nothing was posted."]
    assert held() == {"ann": 5}
    run(path)
    assert told(capsys) == [line.replace("to be added", "added") for line in expected]
    now = {"ann": 10_000_005, "o'neil, zoë": 9_223_372_036_854_775, "nil": 0}
    assert held() == now
    entry = EntryRow.objects.get(wallet_id=ann, version=2)
    assert (entry.ref_type, entry.ref_id, entry.reason) == ("import", "no. 7", "balance brought in from old-site")
    for words in (["--dry-run"], []):
        run(path, *words)
        assert told(capsys)[2:4] == [
            "there already from old-site 92233720.46854775 BTC of 3 owners",
            f"{'to be added' if words else 'added'} 0.00000000 BTC of 0 owners",
        ]
    assert held() == now
    # What another site kept is another balance; so is an agent's wallet.
    run(balances("ann,0.00000001\n"), source="other-site")
    run(balances("ann,0.00000002\n"), "--kind", "agent")
    assert held()["ann"] == 10_000_006
    assert WalletRow.objects.get(owner="ann", kind="agent").available == 2
    # The same source cannot say something else later; what is new in it comes in.
    capsys.readouterr()
    with pytest.raises(CommandError, match="nothing was posted; 2 wrong"):
        run(balances("bob,1\nann,0.2,no. 7\nann,0.1\n"))
    run(balances("ann,0.1,no. 7\nbob,1\n"))
    assert told(capsys)[-2] == "added 1.00000000 BTC of 1 owners"
    assert held() == {**now, "ann": 10_000_006, "bob": 10**8}
    assert checks.check() == []


LONG = "x" * 101
# What a line says, and what is said of it.
BAD_LINES: list[tuple[str | bytes, str]] = [
    ("ann", "it has 1 columns"),
    ("ann,1,a,b", "it has 4 columns"),
    (",1", "an owner has 1 to 100 characters"),
    (f"{LONG},1", "an owner has 1 to 100 characters"),
    (" ann,1", "with no space around"),
    ("a\x00nn,1", "the owner has characters that are no text"),
    (b"a\xff,1", "the owner has characters that are no text"),
    ("ann,1,\x07", "a reference is text"),
    (f"ann,1,{LONG}", "a reference is text"),
    ("ann,", "the amount '' must be a decimal"),
    ("ann,-1", "the amount '-1' must be a decimal"),
    ("ann,+1", "must be a decimal"),
    ("ann,1.123456789", "the amount '1.123456789' may have 8 decimals in BTC"),
    ("ann,NaN", "must be a decimal"),
    ("ann,Infinity", "must be a decimal"),
    ("ann,1e999", "must be a decimal"),
    ("ann,1e2", "must be a decimal"),
    ('ann,"1,000"', "must be a decimal"),
    ("ann,0x10", "must be a decimal"),
    ("ann,١", "must be a decimal"),
    ("ann," + "9" * 5000, "must be a decimal"),
    ("ann,9999999999.0", "is larger than one operation may move"),
    ("first,2", "first is on line 1 already"),
    ('"ann,1', "this is no CSV"),
    ('"ann"x,1', "this is no CSV"),
    ("ann," + "1" * 200_000, "this is no CSV"),
]


def test_it_refuses_the_whole_file_for_one_line(
    balances: Callable[[str | bytes], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = EntryRow.objects.count()
    for content, expected in BAD_LINES:
        line = content if isinstance(content, bytes) else content.encode()
        with pytest.raises(CommandError, match=r"^balances\.csv: nothing was posted; 1 wrong\.$"):
            run(balances(b"first,1\n" + line + b"\n"))
        printed = capsys.readouterr().err
        assert printed.startswith("line 2: "), content
        assert expected in printed, content
        assert len(printed) < 300
    many = "".join(f"owner {number},-1\n" for number in range(30))
    with pytest.raises(CommandError, match="30 wrong, 10 not shown"):
        run(balances(many))
    assert len(capsys.readouterr().err.splitlines()) == 20
    assert (EntryRow.objects.count(), held()) == (before, {})


def test_it_keeps_to_the_currency(balances: Callable[[str | bytes], Path], tmp_path: Path) -> None:
    services.add_currency(Currency("FEW", 2, least=100, most=500), by=By.command_line(), at=AT)
    table = [
        ("ann,0.99\n", "FEW", "old", "1 wrong"),
        ("ann,5.01\n", "FEW", "old", "1 wrong"),
        ("ann,1\n", "NOT", "old", "1 wrong"),
        ("ann,1\n", "BTC", "ö", "1 wrong"),
        ("ann,1\n", "BTC", "", "1 wrong"),
    ]
    for content, currency, source, expected in table:
        with pytest.raises(CommandError, match=expected):
            run(balances(content), currency=currency, source=source)
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(tmp_path / "nothing.csv")
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        run(tmp_path)
    run(balances("ann,5.00\nben,0\n"), currency="FEW")
    assert sorted(WalletRow.objects.filter(currency="FEW", kind="user").values_list("owner", "available")) == [
        ("ann", 500),
        ("ben", 0),
    ]


def test_it_goes_on_where_it_stopped(
    balances: Callable[[str | bytes], Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    path = balances("".join(f"owner {number},1\n" for number in range(5)))
    sent: list[int] = []

    def fail_at_the_second(ops: list[Op]) -> list[object]:
        sent.append(len(ops))
        if len(sent) == 2:
            raise KeyboardInterrupt
        return posting_post(ops)

    posting_post = posting.post
    monkeypatch.setattr(posting, "post", fail_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        run(path)
    monkeypatch.setattr(posting, "post", posting_post)
    run(path)
    assert told(capsys)[2:4] == [
        "there already from old-site 2.00000000 BTC of 2 owners",
        "added 3.00000000 BTC of 3 owners",
    ]
    assert set(held().values()) == {10**8}
    assert len(held()) == 5


def test_it_stops_while_deposits_are_paused(balances: Callable[[str | bytes], Path]) -> None:
    switches.turn(switches.DEPOSITS_PAUSED, on=True, by=By("ops", "user"), reason="closing", at=AT)
    with pytest.raises(CommandError, match=r"^Deposits are paused; nothing was posted from line 1 on\. The same"):
        run(balances("ann,1\n"))
    assert held() == {"ann": 0}
