"""Client ids are remembered for ever: behind any number of others, whatever the clock says, by whoever is asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from events import retention
from ledger import checks
from ledger.models import EntryRow, WalletRow
from ledger.operations import Code, Done, Kind, Op, Refused
from ledger.poster import Poster
from tests.ledger.conftest import AT, connect

Opener = Callable[..., int]
BATCHES, SIZE = 10, 1_000  # of wagers, and of their ends


def test_what_was_answered_is_answered_again_after_twenty_thousand_others(wallet: Opener, poster: Poster) -> None:
    ann, ben = wallet("ann"), wallet("ben")
    bet, open_bet = (Op(Kind.PLACE, ann, uuid4(), 10, expected_version=version) for version in (1, 2))
    gift = Op(Kind.TRANSFER, ann, uuid4(), 5, other_wallet_id=ben)
    old = [
        Op(Kind.DEPOSIT, ann, uuid4(), 1_000),
        bet,
        open_bet,
        Op(Kind.PLACE, ben, uuid4(), 500),  # more than there is
        Op(Kind.PLACE, ann, uuid4(), 10, expected_version=0),  # too late
        Op(Kind.WIN, ann, uuid4(), 25, hold=bet.client_id),
        Op(Kind.LOSE, ann, uuid4(), hold=bet.client_id),  # of what is closed
        gift,
        Op(Kind.REVERSE, ann, uuid4(), undone=gift.client_id),
        Op(Kind.VOID, ann, uuid4(), hold=UUID(int=7)),  # of nothing
    ]
    first = poster.post(old, at=AT)
    assert [getattr(answer, "code", "done") for answer in first] == [
        *("done", "done", "done", Code.INSUFFICIENT_FUNDS, Code.VERSION_CONFLICT),
        *("done", Code.HOLD_CLOSED, "done", "done", Code.NOT_FOUND),
    ]
    before = WalletRow.objects.get(pk=ann)
    for _ in range(BATCHES):
        bets = [Op(Kind.PLACE, ann, uuid4(), 1) for _ in range(SIZE - 100)] + [
            Op(Kind.DEPOSIT, ben, uuid4(), 1) for _ in range(100)
        ]
        poster.post(bets[: SIZE // 2] + bets[SIZE - 100 :], at=AT)
        poster.post([Op(Kind.VOID, ann, uuid4(), hold=each.client_id) for each in bets[: SIZE // 2]], at=AT)
        poster.post(bets[SIZE // 2 : SIZE - 100], at=AT)
        poster.post([Op(Kind.VOID, ann, uuid4(), hold=each.client_id) for each in bets[SIZE // 2 : SIZE - 100]], at=AT)
    assert EntryRow.objects.count() > BATCHES * 2 * (SIZE - 100)
    # Years later, when no event of then is kept; a clock that was set back, too; and by a process that knows nothing.
    years_later, before_it_all = AT + timedelta(days=4_000), AT - timedelta(days=4_000)
    retention.prune(at=years_later)
    for at in (years_later, before_it_all):
        fresh = Poster(connect)
        again = fresh.post(old, at=at)
        other = fresh.post([replace(bet, amount=11), replace(old[0], reason="another")], at=at)
        fresh.close()
        assert again == [replace(answer, replayed=True) for answer in first]
        assert [answer.code for answer in other if isinstance(answer, Refused)] == [Code.IDEMPOTENCY_MISMATCH] * 2
    after = WalletRow.objects.get(pk=ann)
    assert (after.available, after.locked) == (before.available, before.locked)
    # And what was left open then can be ended now, once.
    won = Op(Kind.WIN, ann, uuid4(), 30, hold=open_bet.client_id)
    ended, twice = poster.post([won, replace(won, client_id=uuid4())], at=years_later)
    assert isinstance(ended, Done)
    assert (ended.available, ended.locked) == (before.available + 30, 0)
    assert isinstance(twice, Refused)
    assert checks.check() == []
