"""Games that are placed in one request: options, wire bodies, states read back, prospects, and rows of streams."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from fairness.errors import InvalidInput
from fairness.games import dice, limbo, registry
from stake import games
from stake.operations import HISTORY, LOOK_UP, Selection
from stake.values import Order
from tests.stake.playing import OPTIONS, order_of, played_bet

TYPED: dict[str, dict[str, Any]] = {
    "limbo": {"target": Decimal("2.5")},
    "dice": {"target": Decimal("50.5"), "condition": "above"},
    "pump": {"difficulty": "medium", "pumps": 3},
    "keno": {"picks": [1, 7, 21, 40], "risk": "low"},
    "plinko": {"risk": "high", "rows": 8},
    "wheel": {"risk": "medium", "segments": 30},
    "bars": {"difficulty": "hard", "tiles": 3, "picks": [0, 29, 4]},
    "roulette": {"bet": "number", "numbers": [0, 17, 32, 5]},
    "dragon_tower": {"difficulty": "easy", "picks": [0, 3, 3]},
}


@pytest.mark.parametrize("game", games.GAMES)
def test_options_come_out_typed_and_stay_so(game: str) -> None:
    checked = games.check_options(game, OPTIONS[game])
    assert checked == TYPED.get(game, checked)
    assert games.check_options(game, checked) == checked
    assert {field.name for field in games.placed_game(game).fields} >= set(OPTIONS[game])


@pytest.mark.parametrize(
    ("game", "name"), [(game, field.name) for game in games.GAMES for field in games.GAMES[game].fields]
)
def test_it_rejects_a_bet_that_leaves_an_option_out(game: str, name: str) -> None:
    left = {option: value for option, value in OPTIONS[game].items() if option != name}
    for options in (left, {**left, name: ""}, {**left, name: None}):
        with pytest.raises(InvalidInput) as refusal:
            games.check_options(game, options)
        assert refusal.value.field == name


@pytest.mark.parametrize(
    ("game", "options", "field"),
    [
        ("mines", {}, "game"),
        ("nonsense", {}, "game"),
        ("limbo", {"target": "NaN"}, "target"),
        ("limbo", {"target": "0.5"}, "target"),
        ("limbo", {"target": "2", "targets": "3"}, "targets"),
        ("dice", {"target": "100", "condition": "above"}, "target"),
        ("dice", {"target": "50", "condition": "within"}, "condition"),
        ("pump", {"difficulty": "expert", "pumps": 16}, "pumps"),
        ("keno", {"picks": [0], "risk": "low"}, "picks"),
        ("keno", {"picks": [], "risk": "low"}, "picks"),
        ("bars", {"difficulty": "easy", "picks": []}, "picks"),
        ("bars", {"difficulty": "easy", "picks": [1, 1]}, "picks"),
        ("roulette", {"bet": "row_1_34"}, "bet"),
        ("roulette", {"bet": "red", "numbers": [1]}, "numbers"),
        ("wheel", {"risk": "low", "segments": 15}, "segments"),
        ("diamonds", {"risk": "low"}, "risk"),
    ],
)
def test_it_rejects_by_field(game: str, options: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        games.check_options(game, options)
    assert refusal.value.field == field


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "1e20", "1e-19"])
def test_it_rejects_amounts(amount: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        order_of("limbo", amount)
    assert refusal.value.field == "amount"


@pytest.mark.parametrize("currency", ["", "not a currency", "ltc\n!", "ééé", "abcdefghijk"])
def test_it_rejects_currencies(currency: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        games.check_order(Order("diamonds", Decimal(1), currency, {}))
    assert refusal.value.field == "currency"


def test_a_bet_of_nothing_is_a_bet() -> None:
    assert order_of("limbo", "0").amount == 0


# --- The wire -------------------------------------------------------------------------------------

MONEY = {"amount": Decimal("0.5"), "currency": "usdt", "identifier": "abc"}
NO_CHIPS: dict[str, list[Any]] = {"numbers": [], "colors": [], "parities": [], "ranges": [], "rows": []}
NO_AMOUNT = {"currency": "usdt", "identifier": "abc"}


@pytest.mark.parametrize(
    ("game", "options", "path", "body"),
    [
        ("limbo", {"target": "2.50"}, "limbo/bet", {**MONEY, "multiplierTarget": Decimal("2.50")}),
        ("dice", {}, "dice/roll", {**MONEY, "target": Decimal("50.5"), "condition": "above"}),
        ("pump", {}, "pump/bet", {**MONEY, "difficulty": "medium", "round": 3}),
        ("keno", {}, "keno/bet", {**MONEY, "risk": "low", "numbers": [0, 6, 20, 39]}),
        ("plinko", {}, "plinko/bet", {**MONEY, "risk": "high", "rows": 8}),
        ("wheel", {}, "wheel/spin", {**MONEY, "risk": "medium", "segments": 30}),
        ("diamonds", {}, "diamonds/bet", MONEY),
        ("cases", {}, "cases/bet", {**MONEY, "difficulty": "easy"}),
        ("bars", {}, "bars/bet", {**MONEY, "difficulty": "hard", "tiles": [0, 29, 4]}),
        ("darts", {}, "darts/bet", {**MONEY, "difficulty": "expert"}),
        ("snakes", {}, "snakes/bet", {**MONEY, "difficulty": "easy", "rollCount": 2}),
        ("chicken", {}, "chicken/bet", {**MONEY, "difficulty": "easy", "round": 4}),
        ("tarot", {}, "tarot/bet", {**MONEY, "difficulty": "hard"}),
        ("drill", {}, "drill/bet", {**MONEY, "target": Decimal("2.5"), "pick": 2}),
        ("packs", {}, "packs/bet", MONEY),
        ("baccarat", {}, "baccarat/bet", {**NO_AMOUNT, "tie": 0, "player": 0, "banker": Decimal("0.5")}),
        (
            *("roulette", {"bet": "red"}, "roulette/bet"),
            {**NO_AMOUNT, **NO_CHIPS, "colors": [{"value": "colorRed", "amount": Decimal("0.5")}]},
        ),
        (
            *("roulette", {"bet": "number", "numbers": [0, 36]}, "roulette/bet"),
            {
                **NO_AMOUNT,
                **NO_CHIPS,
                "numbers": [{"value": name, "amount": Decimal("0.25")} for name in ("number0", "number36")],
            },
        ),
        ("dragon_tower", {}, "dragon-tower/bet", {**MONEY, "difficulty": "easy", "eggs": [0, 3, 3]}),
    ],
)
def test_rest_bodies(game: str, options: dict[str, Any], path: str, body: dict[str, Any]) -> None:
    order = order_of(game, **options)
    assert games.rest_request(order, "abc") == (f"/_api/casino/{path}", body)
    request = games.graphql_request(order, "abc", Selection.FULL)
    assert request is None or request.variables == body


BY_REST_ALONE = {"bars", "darts", "snakes", "chicken", "tarot", "drill", "packs"}


@pytest.mark.parametrize("game", games.GAMES)
def test_documents_declare_and_pass_what_is_sent(game: str) -> None:
    order = order_of(game)
    full, small = (games.graphql_request(order, "abc", selection) for selection in Selection)
    assert (full is None) == (small is None) == (game in BY_REST_ALONE)
    if full is None or small is None:
        return
    for name in full.variables:
        assert f"${name}: " in full.operation.document
        assert f"{name}: ${name}" in full.operation.document
    assert full.operation.document.count("{") == full.operation.document.count("}")
    assert full.operation.field == games.rest_field(game)
    assert "seedHash" in full.operation.document
    assert "nonce" not in small.operation.document
    assert len(small.operation.document) < len(full.operation.document)


def test_smaller_questions_ask_for_less() -> None:
    for forms in (LOOK_UP, HISTORY):
        lengths = [len(form.document) for form in forms]
        assert lengths == sorted(lengths, reverse=True)
        assert len(set(lengths)) == 3
        assert all(form.document.count("{") == form.document.count("}") for form in forms)


def test_it_rejects_an_amount_that_its_chips_cannot_share() -> None:
    with pytest.raises(InvalidInput) as refusal:
        games.rest_request(order_of("roulette", "1", bet="number", numbers=[1, 2, 3]), "abc")
    assert refusal.value.field == "amount"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("dragon_tower", "dragonTower"),
        ("video_poker", "videoPoker"),
        ("rock_paper_scissors", "rockPaperScissors"),
        ("scarab_spin", "slots"),
        ("tome_of_life", "slotsTomeOfLife"),
        ("blue_samurai", "slotsSamurai"),
        ("primedice", "primedice"),
        ("limbo", "limbo"),
    ],
)
def test_slugs_go_both_ways(ours: str, theirs: str) -> None:
    assert games.venue_slug(ours) == theirs
    assert games.slug_of(theirs) == ours


def test_a_game_we_do_not_know_keeps_its_name() -> None:
    assert games.slug_of("brandNewGame") == "brandNewGame"


# --- States ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("game", games.GAMES)
def test_options_come_back_out_of_a_state(game: str) -> None:
    order = order_of(game)
    bet = played_bet(order, 1)
    assert games.options_of_state(game, bet.state) == order.options
    assert games.same_options(order, bet) is True


@pytest.mark.parametrize(
    ("game", "other"),
    [
        ("limbo", {"target": "2.51"}),
        ("dice", {"target": "50.5", "condition": "below"}),
        ("dice", {"target": "50.51", "condition": "above"}),
        ("pump", {"difficulty": "medium", "pumps": 4}),
        ("pump", {"difficulty": "hard", "pumps": 3}),
        ("keno", {"picks": [1, 7, 21, 39], "risk": "low"}),
        ("wheel", {"risk": "medium", "segments": 40}),
        ("bars", {"difficulty": "hard", "picks": [0, 29]}),
        ("baccarat", {"on": "tie"}),
        ("roulette", {"bet": "red"}),
        ("roulette", {"bet": "number", "numbers": [0, 17, 32, 6]}),
        ("dragon_tower", {"difficulty": "easy", "picks": [0, 3, 2]}),
        ("drill", {"target": "2.5", "pick": 3}),
    ],
)
def test_other_options_are_other_options(game: str, other: dict[str, Any]) -> None:
    assert games.same_options(order_of(game, **other), played_bet(order_of(game), 1)) is False


def test_order_of_picks_matters_where_it_does() -> None:
    keno = order_of("keno", picks=[40, 21, 7, 1], risk="low")
    assert games.same_options(keno, played_bet(order_of("keno"), 1)) is True
    tower = order_of("dragon_tower", difficulty="easy", picks=[3, 0, 3])
    assert games.same_options(tower, played_bet(order_of("dragon_tower"), 1)) is False


def test_a_target_is_the_same_through_a_double() -> None:
    order = order_of("limbo", target="1.0000000000000001234e3")
    told = replace(played_bet(order_of("limbo"), 1), state={"multiplierTarget": 1000})
    assert games.same_options(order, told) is True


@pytest.mark.parametrize(
    ("game", "state", "same"),
    [
        ("limbo", {}, None),
        ("limbo", {"multiplierTarget": "2.5"}, None),
        ("limbo", {"multiplierTarget": True}, None),
        ("limbo", {"multiplierTarget": Decimal("Infinity")}, None),
        ("pump", {"difficulty": "medium"}, None),
        ("pump", {"difficulty": "hard"}, False),
        ("pump", {"round": Decimal("3.5")}, None),
        ("pump", {"round": Decimal("1e900")}, None),
        ("keno", {"selectedNumbers": [0, "x"], "risk": "low"}, None),
        ("chicken", {"difficulty": "easy"}, None),
        ("dragon_tower", {"difficulty": "easy", "tilesSelected": [0, 3]}, None),
        ("dragon_tower", {"difficulty": "easy", "tilesSelected": [0, 2]}, False),
        ("roulette", {"numbers": [{"value": "number99", "amount": 1}]}, None),
        ("roulette", {"colors": [{"value": "colorRed", "amount": 1}], "numbers": [{"value": "number1"}]}, None),
        ("roulette", {"rows": [{"value": "row1", "amount": 1}]}, None),
        ("roulette", {"numbers": "x", "colors": [1]}, None),
        ("baccarat", {"tie": 1, "player": 1, "banker": 0}, None),
        ("diamonds", {}, True),
    ],
)
def test_a_state_that_says_too_little_decides_nothing(game: str, state: dict[str, Any], same: bool | None) -> None:
    bet = replace(played_bet(order_of(game), 1), state=state)
    assert games.same_options(order_of(game), bet) is same


def test_another_game_is_another_bet() -> None:
    assert games.same_options(order_of("packs"), played_bet(order_of("diamonds"), 1)) is False


# --- Prospects ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("game", "options", "chance", "multiplier", "returned"),
    [
        ("limbo", {"target": "2"}, Fraction(8304721, 2**24), "2", None),
        ("limbo", {"target": "1.00000000000001"}, Fraction(16609443, 2**24), "1.00000000000001", None),
        (
            "pump",
            {"difficulty": "expert", "pumps": 1},
            Fraction(3, 5),
            "1.633333333333333333333333333",
            Fraction(49, 50),
        ),
        ("chicken", {"difficulty": "easy", "lanes": 4}, Fraction(4, 5), "1.225", Fraction(49, 50)),
        ("dragon_tower", {"difficulty": "hard", "picks": [0]}, Fraction(1, 2), "1.96", Fraction(49, 50)),
        ("diamonds", {}, Fraction(7 + 210 + 420 + 2100 + 3150, 7**5), None, Fraction(2360, 2401)),
        ("baccarat", {"on": "tie"}, None, "9", None),
    ],
)
def test_prospects_are_exact(
    game: str, options: dict[str, Any], chance: Fraction | None, multiplier: str | None, returned: Fraction | None
) -> None:
    found = games.prospects(order_of(game, **options))
    assert chance is None or found.win_chance == chance
    assert found.payout_multiplier == (None if multiplier is None else Decimal(multiplier))
    assert returned is None or found.return_to_player == returned


@pytest.mark.parametrize("condition", dice.CONDITIONS)
@pytest.mark.parametrize("target", ["0.01", "2", "50.5", "50.505", "99.99"])
def test_dice_counts_the_rolls(condition: str, target: str) -> None:
    order = order_of("dice", target=target, condition=condition)
    options = dice.GAME.read_options(order.options)
    won = sum(
        (
            chance
            for roll, chance in dice.GAME.distribution(options).items()
            if dice.GAME.payout(dice.DiceRound(roll), options)
        ),
        Fraction(0),
    )
    assert games.prospects(order).win_chance == won


@pytest.mark.parametrize("target", ["1.01", "2", "3.33", "1000000"])
def test_limbo_agrees_with_its_own_count(target: str) -> None:
    assert games.prospects(order_of("limbo", target=target)).win_chance == limbo.chance_at_least(Decimal(target))


@pytest.mark.parametrize("game", games.GAMES)
def test_every_game_returns_nearly_all_and_never_more(game: str) -> None:
    order = order_of(game, "200")
    found = games.prospects(order)
    assert found.return_to_player is not None
    assert Fraction(97, 100) < found.return_to_player < 1
    assert found.win_chance is not None
    assert 0 < found.win_chance < 1
    loss = games.expected_loss(order)
    assert loss is not None
    assert abs(Fraction(loss) - 200 * (1 - found.return_to_player)) < Fraction(1, 10**20)


def test_what_is_disputed_is_said() -> None:
    assert "disputed" in games.prospects(order_of("packs")).reason


def test_the_average_of_many_rounds_is_what_was_promised() -> None:
    """Bars has a sum of its own: held against each single tile's list."""
    one, three = (games.prospects(order_of("bars", difficulty="hard", picks=picks)) for picks in ([4], [0, 29, 4]))
    assert one.return_to_player == three.return_to_player


def test_every_game_of_one_request_is_one_that_can_be_recomputed() -> None:
    assert set(games.GAMES) <= set(registry.SLUGS)
