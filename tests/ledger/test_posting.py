"""The engine of a process: started by the first request, ended with everything answered, one for each process."""

import threading
from collections.abc import Callable
from uuid import uuid4

from ledger import posting
from ledger.operations import Done, Kind, Op

Opener = Callable[..., int]


def test_it_works(wallet: Opener) -> None:
    ann = wallet("ann")
    answer = posting.post_one(Op(Kind.DEPOSIT, ann, uuid4(), 100))
    assert isinstance(answer, Done)
    assert answer.available == 100


def test_closing_answers_what_was_taken_and_the_next_request_starts_another(wallet: Opener) -> None:
    ann = wallet("ann")
    taken = [posting.submit([Op(Kind.DEPOSIT, ann, uuid4(), 1)]) for _ in range(50)]
    first = posting.engine()
    posting.close()
    answers = [each.result(timeout=0) for each in taken]
    assert all(isinstance(answer, Done) for (answer,) in answers)
    assert isinstance(posting.post_one(Op(Kind.DEPOSIT, ann, uuid4(), 1)), Done)
    assert posting.engine() is not first


def test_threads_share_one(wallet: Opener) -> None:
    ann = wallet("ann")
    engines, answers = set(), []

    def send() -> None:
        engines.add(id(posting.engine()))
        answers.append(posting.post_one(Op(Kind.DEPOSIT, ann, uuid4(), 1)))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(engines) == 1
    assert sorted(answer.version for answer in answers if isinstance(answer, Done)) == list(range(1, 9))
