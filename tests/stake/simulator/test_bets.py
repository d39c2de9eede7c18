"""Every game is placed in the shapes that public clients send, and pays what its seeds say."""

import json
import re
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest

from fairness.games import registry
from fairness.rounds import Seeds, play
from fairness.seeds import is_revealed_by
from stake.simulator.facts import Account
from stake.simulator.games import BY_SLUG, settle
from tests.stake.simulator.wire import BETS, DICE, HISTORY, PREVIOUS_PAIR, PUMP, ROTATE, WITHOUT_AMOUNT, Caller

RFC_1123 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
REST_KEYS = {
    *("id", "active", "payoutMultiplier", "amountMultiplier", "amount", "payout", "updatedAt", "currency", "game"),
    *("user", "state"),
}
STATE_KEYS = {
    "limbo": {"result", "multiplierTarget"},
    "dice": {"result", "target", "condition"},
    "pump": {"difficulty", "payoutMultiplier", "round", "_popPoint"},
    "keno": {"drawnNumbers", "selectedNumbers", "risk"},
    "plinko": {"risk", "rows", "point", "path"},
    "wheel": {"result", "segments", "risk"},
    "diamonds": {"hand"},
    "chicken": {"difficulty", "payoutMultiplier", "round", "_deathPoint"},
    "drill": {"target", "pick", "drillResults"},
    "packs": {"cards", "cardsCollected"},
    "baccarat": {"playerCards", "bankerCards", "tie", "player", "banker", "result"},
    "roulette": {"result", "numbers", "colors", "parities", "ranges", "rows"},
    "dragon_tower": {"currentRound", "playedRounds", "difficulty", "rounds", "tilesSelected"},
}
ROUNDS = 200


@pytest.mark.parametrize("game", BETS)
def test_rest_answers_in_its_fixed_shape(game: str, call: Caller, account: Account) -> None:
    answer = call.place(game)

    assert answer.status_code == 200
    ((key, bet),) = answer.json().items()
    assert key == BETS[game][1]
    assert set(bet) == REST_KEYS  # neither nonce nor iid
    assert RFC_1123.fullmatch(bet["updatedAt"])
    assert bet["amount"] == 0.01
    assert bet["currency"] == "usdt"
    assert registry.slug_of(bet["game"]) == game
    assert bet["user"] == {"id": account.id, "name": "simulated-ada"}
    assert set(bet["state"]) == STATE_KEYS.get(game, set(bet["state"]))


@pytest.mark.parametrize("game", BETS)
def test_outcomes_are_those_of_the_revealed_seeds(
    game: str, call: Caller, control: Callable[..., Any], account: Account
) -> None:
    options = dict(BETS[game][2]) | ({} if game in WITHOUT_AMOUNT else {"amount": 0.01})
    control("actor", account=account.id, game=game, currency="usdt", options=options, times=ROUNDS)
    assert call.user(PREVIOUS_PAIR) == {"previousServerSeed": None, "previousClientSeed": None}
    call.graphql(ROTATE, seed="next")
    previous = call.user(PREVIOUS_PAIR)
    server_seed, client_seed = previous["previousServerSeed"]["seed"], previous["previousClientSeed"]["seed"]
    assert is_revealed_by(server_seed, previous["previousServerSeed"]["seedHash"])

    rows = [
        row["bet"]
        for offset in range(0, ROUNDS, 50)
        for row in call.user(HISTORY, limit=50, offset=offset)["houseBetList"]
    ]

    assert [bet["nonce"] for bet in rows] == list(range(ROUNDS, 0, -1))
    paid = []
    for bet in rows:
        played = play(registry.game(game), Seeds(server_seed, client_seed, bet["nonce"]), BETS[game][3])
        assert played.payout is not None
        assert bet["payoutMultiplier"] == float(played.payout)
        exact = Decimal("0.01") * played.payout.numerator / played.payout.denominator
        assert Decimal(str(bet["payout"])) == exact.quantize(Decimal("1e-8"), rounding=ROUND_DOWN)
        paid.append(bet["payout"])
    assert len(set(paid)) > 1, "a game that always pays the same would prove nothing"


@pytest.mark.parametrize(
    ("game", "told"),
    [
        ("limbo", lambda state, outcome: state["result"] == outcome.unrounded),
        ("dice", lambda state, outcome: state["result"] == float(outcome.roll)),
        ("pump", lambda state, outcome: state["_popPoint"] == outcome.safe_pumps),
        ("chicken", lambda state, outcome: state["_deathPoint"] == outcome.safe_lanes),
        ("keno", lambda state, outcome: [number + 1 for number in state["drawnNumbers"]] == list(outcome.numbers)),
        ("plinko", lambda state, outcome: state["path"] == list(outcome.path)),
        ("wheel", lambda state, outcome: state["result"] == outcome.segment),
        ("roulette", lambda state, outcome: state["result"] == outcome.pocket),
        ("diamonds", lambda state, outcome: state["hand"] == list(outcome.gems)),
        ("packs", lambda state, outcome: [card["id"] for card in state["cards"]] == list(outcome.cards)),
        ("baccarat", lambda state, outcome: state["result"] == outcome.winner),
        ("drill", lambda state, outcome: state["drillResults"][2]["multiplier"] == float(outcome.multipliers[2])),
        ("snakes", lambda state, outcome: [sum(roll["roll"]) for roll in state["rounds"]] == list(outcome.totals[:3])),
        ("dragon_tower", lambda state, outcome: state["rounds"] == [sorted(eggs) for eggs in outcome.rows]),
    ],
)
def test_states_tell_the_round(game: str, told: Callable[[Any, Any], bool], call: Caller, account: Account) -> None:
    for nonce in range(1, 21):
        (bet,) = call.place(game).json().values()
        seeds = Seeds(account.pair.server_seed, account.pair.client_seed, nonce)
        assert told(bet["state"], play(registry.game(game), seeds, BETS[game][3]).outcome)


def test_graphql_answers_what_was_selected(call: Caller, account: Account) -> None:
    answer = call.limbo()

    assert set(answer) == {"data"}
    bet = answer["data"]["limboBet"]
    assert bet["nonce"] == 1
    assert RFC_1123.fullmatch(bet["createdAt"])
    assert bet["clientSeed"]["seed"] == account.pair.client_seed
    assert bet["serverSeed"] == {
        "id": account.pair.id,
        "seed": None,
        "seedHash": account.pair.server_seed_hash,
        "nonce": 1,
    }
    assert set(bet["state"]) == {"result", "multiplierTarget"}
    assert bet["user"] == {"id": account.id, "name": "simulated-ada"}


def test_pump_has_no_pop_point_over_graphql_and_an_unrounded_multiplier(call: Caller) -> None:
    won = set()
    for _ in range(20):
        answer = call.graphql(PUMP, amount=1, difficulty="expert", currency="usdt", identifier="i", round=1)
        bet = answer["data"]["pumpBet"]
        assert set(bet["state"]) == {"difficulty", "payoutMultiplier", "round"}
        won.add((bet["payoutMultiplier"], bet["payout"]))
    assert won == {(0, 0), (1.6333333333333333, 1.63333333)}


def test_fields_may_have_other_names(call: Caller) -> None:
    bet = call.graphql(DICE, amount=0, target=50.5, condition="below", currency="btc", identifier="i")["data"][
        "diceRoll"
    ]

    assert bet["iid"] == bet["id"]


def test_a_wager_of_zero_only_looks(call: Caller, account: Account) -> None:
    before = dict(account.available)
    for _ in range(10):
        assert call.place("dice", amount=0).json()["diceRoll"]["payout"] == 0

    assert account.available == before
    assert account.pair.nonce == 10


def test_a_roulette_round_pays_all_its_chips(call: Caller, account: Account) -> None:
    chips = {
        "colors": [{"value": "colorRed", "amount": 0.1}, {"value": "colorBlack", "amount": 0.1}],
        "numbers": [{"value": "number0", "amount": 0.3}],
        "ranges": [{"value": "range0112", "amount": 0.5}],
    }
    for _ in range(30):
        bet = call.rest("roulette/bet", {**chips, "currency": "usdt", "identifier": "i"}).json()["rouletteBet"]
        pocket = bet["state"]["result"]
        paid = 0.3 * 36 if pocket == 0 else 0.2 + (0.5 * 3 if pocket <= 12 else 0)
        assert bet["amount"] == 1
        assert bet["payout"] == pytest.approx(paid)
        assert bet["payoutMultiplier"] == pytest.approx(paid)


def test_the_last_safe_step_can_be_counted_from_one() -> None:
    wager = BY_SLUG["pump"].read({"amount": Decimal(1), "round": 1, "difficulty": "easy"})
    points = {
        offset: settle(wager, Seeds("a", "b", 3), pop_point_offset=offset).state["_popPoint"] for offset in (0, 1)
    }

    assert points[1] == points[0] + 1


def test_numbers_are_the_shortest_text_of_their_doubles(call: Caller) -> None:
    text = call.place("dice", amount=0.1).text

    assert json.loads(text)["diceRoll"]["amount"] == 0.1
    assert '"amount":0.1,' in text
    assert '"amountMultiplier":1,' in text
