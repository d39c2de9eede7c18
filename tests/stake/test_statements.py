"""How many statements a bet takes: every one is a round trip, most of them with the account's lock held."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext

from stake.models import StakeSession
from tests.stake.conftest import limbo
from tests.stake.test_betting import place

# Those that ingest sends beside Django are not among them: one, where the stream is known.
STATEMENTS_MAX = 23


def statements_of(do: Callable[[], object]) -> list[str]:
    """What `do` sends to the database, the beginning and end of transactions included."""
    with CaptureQueriesContext(connection) as captured:
        do()
    return [query["sql"] for query in captured.captured_queries]


def test_a_bet_takes_no_more_statements_however_many_came_before(session, clock):
    place(session, limbo(), "reads the pair and begins the stream", clock)
    for ref in ("second", "third", "fourth"):
        sent = statements_of(partial(place, session, limbo(), ref, clock))
        assert len(sent) <= STATEMENTS_MAX, "\n".join(sent)


def test_nothing_is_asked_twice(session, clock):
    place(session, limbo(), "reads the pair and begins the stream", clock)
    sent = Counter(statements_of(partial(place, session, limbo(), "bet", clock)))
    assert {statement: times for statement, times in sent.items() if times > 1} == {}


def test_a_dry_run_and_a_repetition_take_fewer(session, clock):
    StakeSession.objects.filter(pk=session.pk).update(live=False)
    dry = partial(place, session, limbo(), "dry", clock)
    assert len(statements_of(dry)) <= 13
    assert len(statements_of(dry)) <= 8
