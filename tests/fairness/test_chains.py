"""Hash chains: walks that arrive, stop and are cancelled, the games on the way, and the venue's own chain."""

import hashlib
from typing import Any

import pytest

from fairness import chains
from fairness.chains import (
    KNOWN_CHAINS,
    STEPS_MAX,
    Walk,
    Walked,
    chains_of,
    games_back,
    hash_before,
    make_chain,
    walk,
)
from fairness.errors import InvalidInput
from fairness.games import crash, slide, zoo
from fairness.rounds import Link, play
from tests.fairness.shared import needs_vectors, records

SECRET = hashlib.sha256(b"a secret of the tests").hexdigest()
CHAIN = make_chain(SECRET, 200)
STRANGER = hashlib.sha256(b"no game of this chain").hexdigest()

CRASH_CHAIN = chains_of("crash")[0]

# Games known under the salt of Crash, and how far each is from the announced hash: counted once by a loop of three
# lines. (The first two stand in a test of Slide's formula, with the hashes and the salt of Crash.)
STEPS_OF_KNOWN_GAMES = {
    "ca9b74c095c615cdf961892e54b35d42b6b8d3612266ff158547020fab514cf7": 2_011_653,
    "3e473405bd819ed4171854194bae75a2b117739fc1ab2e1c4cd263e1904dae6f": 2_011_654,
    "b4e7b335045da0a2666145980d03ed440a2e150e5369c72c7e6e24aeeb95f791": 2_011_655,
    "d8276461230081da5d9e251397b511bbf792725786c3d9c79b386c665cbba63f": 6_987_785,
    "f5f701298a1d235ab65ce7337d744c43a4b5afd32386a83e9268af8590bdea6c": 6_987_802,
}


def test_the_game_before_is_the_sha_256_of_the_text() -> None:
    assert hash_before(SECRET) == hashlib.sha256(SECRET.encode()).hexdigest()
    assert hash_before(SECRET) != hashlib.sha256(bytes.fromhex(SECRET)).hexdigest()


def test_a_chain_is_made_in_the_order_it_is_played() -> None:
    assert len(CHAIN) == 200
    assert CHAIN[-1] == SECRET
    assert all(hash_before(later) == earlier for earlier, later in zip(CHAIN, CHAIN[1:], strict=False))


@pytest.mark.parametrize("game", [0, 1, 63, 199])
def test_every_game_leads_to_the_terminating_hash(game: int) -> None:
    assert walk(CHAIN[game], CHAIN[0]) == Walk(Walked.REACHED, game, CHAIN[0])


@pytest.mark.parametrize(
    ("steps_max", "ended", "steps"),
    [(198, Walked.NOT_REACHED, 198), (199, Walked.REACHED, 199), (200, Walked.REACHED, 199)],
)
def test_it_walks_no_further_than_allowed(steps_max: int, ended: Walked, steps: int) -> None:
    assert walk(CHAIN[199], CHAIN[0], steps_max=steps_max) == Walk(ended, steps, CHAIN[199 - steps])


def test_a_stranger_does_not_arrive() -> None:
    assert walk(STRANGER, CHAIN[0], steps_max=10_000).ended is Walked.NOT_REACHED


def test_a_later_game_is_not_reached_from_an_earlier_one() -> None:
    assert walk(CHAIN[10], CHAIN[11], steps_max=1_000).ended is Walked.NOT_REACHED


def test_it_tells_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_CHUNK", 64)
    told: list[int] = []
    walk(CHAIN[199], CHAIN[0], progress=told.append)
    assert told == [64, 128, 192, 199]


def test_it_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_CHUNK", 64)
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(len(asked) == 2)
        return asked[-1]

    assert walk(CHAIN[199], CHAIN[0], cancelled=cancelled) == Walk(Walked.CANCELLED, 128, CHAIN[199 - 128])


def test_a_walk_already_there_asks_nobody() -> None:
    def never() -> bool:
        raise AssertionError

    assert walk(CHAIN[0], CHAIN[0], cancelled=never) == Walk(Walked.REACHED, 0, CHAIN[0])


@pytest.mark.parametrize("game", [crash.GAME, slide.GAME, zoo.GAME], ids=lambda game: game.name)
def test_it_lists_the_games_on_the_way(game: Any) -> None:
    listed = list(games_back(game, Link(CHAIN[9], "salt"), count=10))
    assert [found.steps for found in listed] == list(range(10))
    assert [found.game_hash for found in listed] == list(reversed(CHAIN[:10]))
    assert [found.played for found in listed] == [
        play(game, Link(game_hash, "salt"), {}) for game_hash in reversed(CHAIN[:10])
    ]


def test_it_knows_the_salts_of_the_venue() -> None:
    assert [(chain.game, chain.salt[-8:]) for chain in KNOWN_CHAINS] == [
        ("crash", "dd0075c4"),
        ("slide", "1d068944"),
        ("slide", "b5d7b9dc"),
    ]
    assert all(len(chain.salt) == 64 and chain.source for chain in KNOWN_CHAINS)
    assert chains_of("zoo") == ()
    # A terminating hash is given only with where it is from.
    assert all((chain.terminating_hash is None) == (not chain.terminating_source) for chain in KNOWN_CHAINS)


def test_games_of_one_chain_are_as_far_apart_as_their_steps() -> None:
    (first, near), (second, far) = list(STEPS_OF_KNOWN_GAMES.items())[-2:]
    assert walk(second, first, steps_max=100) == Walk(Walked.REACHED, far - near, first)
    third, second_last, last = list(STEPS_OF_KNOWN_GAMES)[:3]
    assert hash_before(last) == second_last
    assert hash_before(second_last) == third


@pytest.mark.slow
@pytest.mark.parametrize("game_hash", STEPS_OF_KNOWN_GAMES)
def test_known_games_lead_to_the_announced_hash_of_crash(game_hash: str) -> None:
    assert CRASH_CHAIN.terminating_hash is not None
    found = walk(game_hash, CRASH_CHAIN.terminating_hash)
    assert (found.ended, found.steps) == (Walked.REACHED, STEPS_OF_KNOWN_GAMES[game_hash])


def test_the_nearest_known_game_leads_to_the_announced_hash_of_crash() -> None:
    game_hash, steps = next(iter(STEPS_OF_KNOWN_GAMES.items()))
    assert CRASH_CHAIN.terminating_hash is not None
    assert walk(game_hash, CRASH_CHAIN.terminating_hash) == Walk(Walked.REACHED, steps, CRASH_CHAIN.terminating_hash)


@needs_vectors
def test_the_known_games_are_the_shared_vectors_of_that_salt() -> None:
    shown = [record for record in (*records("crash"), *records("slide")) if record["salt"] == CRASH_CHAIN.salt]
    assert {record["game_hash"] for record in shown} <= set(STEPS_OF_KNOWN_GAMES)
    assert shown


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("game_hash", lambda: walk("abc", CHAIN[0])),
        ("game_hash", lambda: walk(CHAIN[0].upper(), CHAIN[0])),
        ("terminating_hash", lambda: walk(CHAIN[0], "")),
        ("steps_max", lambda: walk(CHAIN[1], CHAIN[0], steps_max=0)),
        ("steps_max", lambda: walk(CHAIN[1], CHAIN[0], steps_max=STEPS_MAX + 1)),
        ("steps_max", lambda: walk(CHAIN[1], CHAIN[0], steps_max=True)),
        ("count", lambda: games_back(crash.GAME, Link(CHAIN[1], "salt"), count=0)),
        ("salt", lambda: games_back(crash.GAME, Link(CHAIN[1], ""), count=1)),
        ("game_hash", lambda: hash_before("")),
        ("game_hash", lambda: make_chain("secret", 3)),
        ("length", lambda: make_chain(SECRET, 0)),
        ("length", lambda: make_chain(SECRET, 1_000_001)),
    ],
)
def test_it_refuses_by_naming_the_field(field: str, call: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        call()
    assert refused.value.field == field
