"""Verifying a stored round: four different answers, and what counts as the same."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from fairness.draws import NONCE_MAX, floats
from fairness.games import chicken, limbo, pump
from fairness.rounds import Link, Seeds, play
from fairness.verify import Cannot, Match, Mismatch, NotYet, Stored, Verifier, cell_of, find_game, verify

# The recorded pair, whose nonce 5663 paid 11200.65 at expert (12 safe pumps).
SERVER, CLIENT = "564e967b90f03d0153fdcb2d2d1cc5a5057e0df78163611fe3801d6498e681ca", "zXv1upuFns"
EXPERT = {"difficulty": "expert"}


def seeds(nonce: Any = 5663) -> Seeds:
    return Seeds(SERVER, CLIENT, nonce)


def stored(result: str | None = None, **others: str) -> Stored:
    return Stored(
        None if result is None else Decimal(result), **{name: Decimal(value) for name, value in others.items()}
    )


def test_it_works() -> None:
    assert verify("pump", seeds(), EXPERT, stored("11200.65")) == Match(("result",))


def test_a_mismatch_has_both_values_and_every_step() -> None:
    answer = verify("pump", seeds(), EXPERT, stored("3200.18"))
    assert isinstance(answer, Mismatch)
    [difference] = answer.differences
    assert (difference.what, difference.stored, difference.recomputed) == (
        "result",
        Decimal("3200.18"),
        Decimal("11200.65"),
    )
    assert answer.explained is not None
    assert len(answer.explained.picks) == 10
    assert answer.explained.played.answers["pop_point"] == 13


@pytest.mark.parametrize("game", ["pump", "limbo", "no such game"])
def test_a_hidden_seed_is_not_yet(game: str) -> None:
    assert verify(game, None, {}, stored("1")) == NotYet()


CANNOT = {
    "a missing option": ("pump", seeds(), {}, stored("1"), "difficulty", "difficulty is missing"),
    "a wrong option": ("pump", seeds(), {"difficulty": "insane"}, stored("1"), "difficulty", "must be one of"),
    "an unknown game": ("poker", seeds(), {}, stored("1"), "game", "'poker' is not known"),
    "a long unknown game": ("p" * 10**6, seeds(), {}, stored("1"), "game", "is not known"),
    "no nonce": ("pump", seeds(None), EXPERT, stored("1"), "nonce", "must be a whole number"),
    "a nonce below 0": ("pump", seeds(-1), EXPERT, stored("1"), "nonce", "must be from 0"),
    "an absurd nonce": ("pump", seeds(NONCE_MAX + 1), EXPERT, stored("1"), "nonce", "must be from 0"),
    "no server seed": ("pump", Seeds("", CLIENT, 1), EXPERT, stored("1"), "server_seed", "is empty"),
    "no client seed": ("pump", Seeds(SERVER, "", 1), EXPERT, stored("1"), "client_seed", "is empty"),
    "a line break": ("pump", Seeds(SERVER, "a\nb", 1), EXPERT, stored("1"), "client_seed", "line break"),
    "10 MB of text": ("pump", Seeds("a" * 10**7, CLIENT, 1), EXPERT, stored("1"), "server_seed", "is longer than"),
    "nothing stored": ("pump", seeds(), EXPERT, stored(), "result", "No result was stored"),
    "a bet of nothing": ("pump", seeds(), EXPERT, stored(amount="0", payout="0"), "result", "No result was stored"),
    "a chain's game by seeds": ("crash", seeds(), {}, stored("1"), "game_hash", "is missing"),
    "a pair's game by a hash": ("pump", Link("a" * 64, "x"), EXPERT, stored("1"), "server_seed", "is missing"),
    "a result that the picks decide": ("mines", seeds(), {"mines": 3}, stored("1.1"), "picks", "picks is missing"),
    "a game without a result": ("blackjack", seeds(), {}, stored("2"), "result", "."),
}


@pytest.mark.parametrize(("game", "source", "options", "what", "field", "words"), CANNOT.values(), ids=CANNOT)
def test_what_cannot_be_checked_says_why(
    game: str, source: Any, options: dict[str, object], what: Stored, field: str, words: str
) -> None:
    answer = verify(game, source, options, what)
    assert isinstance(answer, Cannot)
    assert answer.field == field
    assert words in answer.reason
    assert len(answer.reason) < 400


def test_the_four_answers_are_told_apart_by_their_status() -> None:
    statuses = [Match(()).status, Mismatch(()).status, NotYet().status, Cannot("", "").status]
    assert statuses == ["match", "mismatch", "not_yet", "cannot"]


# --- Pump and Chicken -----------------------------------------------------------------------------

# At nonce 5663: 12 safe pumps of expert (11200.65), and 15 of easy (2.45).
AS_SHOWN = [
    ("expert", "11200.65", Match),
    ("expert", "11200.66", Match),
    ("expert", "11200.64", Match),
    ("expert", "11200.67", Mismatch),
    ("expert", "12", Match),
    ("expert", "13", Mismatch),
    ("expert", "1", Mismatch),
    ("expert", "0", Mismatch),
    ("expert", "12.5", Mismatch),
    ("easy", "2.45", Match),
    ("easy", "2.23", Mismatch),
    ("easy", "15", Match),
]


@pytest.mark.parametrize(("difficulty", "result", "kind"), AS_SHOWN)
def test_pump_compares_cells_and_allows_a_cent(difficulty: str, result: str, kind: type) -> None:
    assert isinstance(verify("pump", seeds(), {"difficulty": difficulty}, stored(result)), kind)


# A bet that aimed at a result: wager 2; the exact multiplier of 400.02 is 0.98 × C(25,10) / C(16,10).
BETS = [
    ("400.02", "800.04", Match),  # the listed multiplier
    ("400.02", "800.0357", Match),  # close to the exact one
    ("400.02", "799", Mismatch),
    ("400.02", "0", Mismatch),  # it was won
    ("9", "800.04", Match),  # the same target as a count of pumps
    ("11200.65", "22401.3", Match),
    ("48536.13", "0", Match),  # one pump too many
    ("48536.13", "97072.26", Mismatch),
    ("500", "1000", Match),  # between two cells: won or lost is all that can be told
    ("500", "0", Mismatch),
    ("20000", "0", Match),
    ("20000", "40000", Mismatch),
]


@pytest.mark.parametrize(("target", "payout", "kind"), BETS)
def test_pump_wins_and_loses_by_its_target(target: str, payout: str, kind: type) -> None:
    what = stored("11200.65", target=target, amount="2", payout=payout)
    answer = verify("pump", seeds(), EXPERT, what)
    assert isinstance(answer, kind)
    if isinstance(answer, Match):
        assert answer.compared == ("result", "payout")
    if isinstance(answer, Mismatch):
        assert [each.what for each in answer.differences] == ["payout"]


def test_a_payout_is_rounded_to_the_smallest_unit() -> None:
    """Dust: the coin's last digit is more than a cent of the multiplier."""
    what = stored("11200.65", target="1.63", amount="0.00000012", payout="0.0000002")
    assert isinstance(verify("pump", seeds(), EXPERT, what), Match)


def test_without_a_target_only_the_result_is_compared() -> None:
    assert verify("pump", seeds(), EXPERT, stored("11200.65", amount="2", payout="5")) == Match(("result",))


@pytest.mark.parametrize("table", [*pump.PAYOUTS.values(), *chicken.PAYOUTS.values()])
def test_every_listed_multiplier_is_its_own_cell(table: tuple[Decimal, ...]) -> None:
    assert [cell_of(table, shown) for shown in table] == list(range(len(table)))


def test_chicken_is_compared_like_pump() -> None:
    shown = play(chicken.GAME, seeds(1), EXPERT).result
    assert shown is not None
    assert verify("chicken", seeds(1), EXPERT, Stored(shown + Decimal("0.01"))) == Match(("result",))
    assert isinstance(verify("chicken", seeds(1), EXPERT, Stored(shown + Decimal("0.02"))), Mismatch)


# --- Limbo ----------------------------------------------------------------------------------------


def limbo_round(nonce: int) -> limbo.LimboRound:
    played = play(limbo.GAME, seeds(nonce), {}).outcome
    assert isinstance(played, limbo.LimboRound)
    return played


def test_limbo_agrees_once_floored() -> None:
    played = limbo_round(1)
    for shown in (played.multiplier, Decimal(repr(played.unrounded))):
        assert verify("limbo", seeds(1), {}, Stored(shown)) == Match(("result",))
    assert isinstance(verify("limbo", seeds(1), {}, Stored(played.multiplier + Decimal("0.01"))), Mismatch)


def test_limbo_says_where_only_the_pages_form_agrees() -> None:
    nonce = next(n for n in range(10_000) if limbo_round(n).page_form != limbo_round(n).multiplier)
    page_form = limbo_round(nonce).page_form
    assert verify("limbo", seeds(nonce), {}, Stored(page_form)) == Match(("result",), form="page")


def test_limbo_pays_its_target() -> None:
    result = limbo_round(1).multiplier
    won = Stored(result, Decimal(3), 3 * result, target=result)
    lost = Stored(result, Decimal(3), Decimal(0), target=result + 1)
    assert verify("limbo", seeds(1), {}, won) == verify("limbo", seeds(1), {}, lost) == Match(("result", "payout"))
    assert isinstance(verify("limbo", seeds(1), {}, Stored(result, Decimal(3), Decimal(0), target=result)), Mismatch)


def test_an_option_of_the_bet_that_cannot_be_read_leaves_the_round() -> None:
    result = limbo_round(1).multiplier
    assert verify("limbo", seeds(1), {"target": "much"}, Stored(result)) == Match(("result",))


def test_more_digits_of_a_roll_are_the_roll() -> None:
    from fairness.games import dice

    roll = play(dice.GAME, seeds(7), {}).result
    assert roll is not None
    assert isinstance(verify("dice", seeds(7), {}, Stored(roll + Decimal("0.0034"))), Match)
    assert isinstance(verify("dice", seeds(7), {}, Stored(roll + Decimal("0.01"))), Mismatch)


# --- Many rounds ----------------------------------------------------------------------------------

SHOWN = st.sampled_from([None, *map(Decimal, ["0", "1", "1.63", "2.80", "4.95", "12", "11200.65", "1.02"])])
BET = st.builds(
    Stored,
    result=SHOWN,
    amount=st.sampled_from([None, Decimal(0), Decimal(2)]),
    payout=st.sampled_from([None, Decimal(0), Decimal("3.26")]),
    target=SHOWN,
)


@for_all(
    st.sampled_from(["pump", "chicken", "limbo", "crash", "poker"]),
    st.integers(-1, 3000),
    st.sampled_from([{}, EXPERT, {"difficulty": "easy"}, {"difficulty": "no"}]),
    BET,
)
def test_many_rounds_are_judged_as_one(game: str, nonce: int, options: dict[str, object], what: Stored) -> None:
    alone = verify(game, seeds(nonce), options, what)
    together = Verifier(SERVER, CLIENT)
    for _ in range(2):  # The second time from what it remembers.
        found = together.verify(game, nonce, options, what, key=(game, str(options), what.target))
        if isinstance(alone, Mismatch):
            assert isinstance(found, Mismatch)
            assert found.differences == alone.differences
        elif isinstance(alone, Cannot):
            assert (found.status, found.field) == (alone.status, alone.field)  # type: ignore[union-attr]
        else:
            assert found == alone


@for_all(st.text("0123456789abcdef", min_size=1, max_size=64), st.integers(0, NONCE_MAX), st.integers(1, 60))
def test_its_floats_are_those_of_draws(server_seed: str, nonce: int, needed: int) -> None:
    wanted = floats(server_seed=server_seed, client_seed="ä:1", nonce=nonce)
    assert Verifier(server_seed, "ä:1")._floats(nonce, needed) == [next(wanted) for _ in range(needed)]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("pump", "pump"),
        ("dragonTower", "dragon_tower"),
        ("dragon-tower", "dragon_tower"),
        ("tower", "dragon_tower"),
        ("videoPoker", "video_poker"),
        ("slots", "scarab_spin"),
        ("slotsSamurai", "blue_samurai"),
        ("rock-paper-scissors", "rock_paper_scissors"),
        ("primediceX", "primedice"),
    ],
)
def test_a_game_is_found_by_its_other_names(name: str, slug: str) -> None:
    assert find_game(name).name == slug
