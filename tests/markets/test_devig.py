"""Margin removal: published and twice computed numbers to their last digit, and what holds for any market."""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.devig import DEFAULT, DEVIG, CannotDevig, Fair, Joined, Method, Reason, blend, devig, worst_case
from markets.odds import read_american

M, A, P, S, O, Q, G = Method  # noqa: E741  (in the order of the enum: multiplicative … GOTO)
CLARKE = [1 / r for r in (0.87, 0.2, 0.1, 0.05, 0.02, 0.01)]


def american(*given_odds: int) -> list[Fraction]:
    return [read_american(odds) for odds in given_odds]


# prices | method | the probabilities that are printed, from the first | parameter
KNOWN = [
    ([4.20, 3.70, 1.95], M, ".233156 .264663 .502181", None),
    ([4.20, 3.70, 1.95], A, ".231033 .263208 .505759", None),
    ([4.20, 3.70, 1.95], P, ".231141 .263064 .505795", "1.020656"),
    ([4.20, 3.70, 1.95], S, ".231572 .263574 .504854", "0.010608"),
    ([4.20, 3.70, 1.95], O, ".232005 .263641 .504354", "1.034456"),
    ([4.20, 3.70, 1.95], G, ".230470 .262807 .506723", None),
    ([2.45, 3.70, 2.90], M, ".398885 .264126 .336989", None),
    ([2.45, 3.70, 2.90], A, ".400410 .262517 .337074", None),
    ([2.45, 3.70, 2.90], P, ".400317 .262718 .336965", "1.021662"),
    ([2.45, 3.70, 2.90], S, ".400022 .262927 .337051", "0.011635"),
    ([2.45, 3.70, 2.90], O, ".399691 .263387 .336922", "1.035814"),
    ([2.45, 3.70, 2.90], G, ".400808 .262103 .337089", None),
    ([2.05, 3.20, 3.80], M, ".458695 .293851 .247454", None),
    ([2.05, 3.20, 3.80], A, ".466651 .291346 .242004", None),
    ([2.05, 3.20, 3.80], P, ".466711 .290899 .242389", "1.061580"),
    ([2.05, 3.20, 3.80], S, ".464586 .291979 .243434", "0.031813"),
    ([2.05, 3.20, 3.80], O, ".463442 .291903 .244655", "1.102636"),
    ([2.05, 3.20, 3.80], G, ".468906 .290604 .240490", None),
    ([2.60, 2.40, 4.30], S, ".37299406 .40477941 .22222653", "0.01694251"),
    ([2.60, 2.40, 4.30], P, ".372984 .405107 .221908", "1.032137"),
    ([2.60, 2.40, 4.30], A, ".373335 .405387 .221278", None),
    ([2.70, 2.30, 4.40], M, ".358738 .421127 .220135", None),
    ([2.70, 2.30, 4.40], S, ".359344 .423244 .217412", "0.0162"),
    ([2.70, 2.30, 4.40], P, ".359171 .423731 .217098", None),
    ([1.50, 2.74], A, ".650852 .349148", None),
    ([1.50, 2.74], S, ".650852 .349148", "0.031727"),
    ([1.50, 2.74], P, ".653152", "1.050510"),
    ([1.50, 2.74], O, ".651018", None),
    ([1.50, 2.74], Q, ".650983", None),
    ([1.50, 2.74], G, ".653378", None),
    (american(-110, -110), P, ".500000 .500000", "1.071943"),
    (american(-110, -110), S, ".500000 .500000", "0.047619"),
    (american(-110, -110), O, ".500000 .500000", "1.100000"),
    (american(-120, +100), M, ".521739", None),
    (american(-120, +100), A, ".522727", None),
    (american(-120, +100), P, ".523229", None),
    (american(-120, +100), O, ".522774", None),
    (american(-120, +100), Q, ".522764", None),
    (american(-120, +100), G, ".523269", None),
    ([1.25, 4.20], M, ".770642", None),
    ([1.25, 4.20], A, ".780952", None),
    ([1.25, 4.20], P, ".786533", None),
    ([1.25, 4.20], O, ".781550", None),
    ([1.25, 4.20], G, ".787094", None),
    ([1.05, 12.0], M, ".919540", None),
    ([1.05, 12.0], A, ".934524", None),
    ([1.05, 12.0], P, ".944733", None),
    ([1.05, 12.0], O, ".936838", None),
    ([1.05, 12.0], G, ".945752", None),
    (CLARKE, A, ".828333 .158333 .058333 .008333 -.021667 -.031667", None),
    (CLARKE, P, ".825750 .109403 .042185 .016267 .004615 .001780", "1.374838"),
    (CLARKE, S, ".768786 .147486 .058968 .020021 .003766 .000971", "0.081503"),
    (CLARKE, O, ".781991 .118162 .056206 .027436 .010820 .005385", "1.865732"),
]


@pytest.mark.parametrize(("prices", "method", "printed", "parameter"), KNOWN)
def test_known_numbers_to_their_printed_digits(
    prices: list[float], method: Method, printed: str, parameter: str | None
) -> None:
    fair = devig(prices, method)
    for found, text in zip(fair.probabilities, printed.split(), strict=False):
        assert f"{found:.{len(text.split('.')[1])}f}" == text.replace(".", "0.", 1)
    if parameter is not None:
        assert fair.parameter is not None
        assert f"{fair.parameter:.{len(parameter) - 2}f}" == parameter


def test_even_prices_are_even_by_every_method() -> None:
    for method in Method:
        assert devig(american(-110, -110), method).probabilities == pytest.approx((0.5, 0.5), abs=1e-15)


def test_the_margin_is_given_with_the_answer() -> None:
    fair = devig([2.70, 2.30, 4.40])
    assert (f"{fair.margin:.4f}", f"{fair.booksum:.4f}") == ("0.0324", "1.0324")
    assert fair.method is DEFAULT is Method.MULTIPLICATIVE


@pytest.mark.parametrize(("method", "outside"), [(A, (4, 5)), (G, (4, 5)), (M, ()), (P, ()), (S, ()), (O, ()), (Q, ())])
def test_clarkes_trap_flags_additive_and_goto(method: Method, outside: tuple[int, ...]) -> None:
    fair = devig(CLARKE, method)
    assert fair.outside == outside
    assert fair.usable == (not outside)
    assert [at for at, price in enumerate(fair.prices) if price is None] == list(outside)


def test_a_published_example_of_power() -> None:
    fair = devig([1.15, 5, 10, 20, 50, 100], Method.POWER)
    ours = ["1.2116", "9.1225", "23.638", "61.251", "215.64", "558.77"]
    assert [f"{price:.{len(text.split('.')[1])}f}" for price, text in zip(fair.prices, ours, strict=True)] == ours
    # Theirs are rounded on the way: the favourite to 1.21, the tail to within 0.1 %.
    assert round(fair.prices[0] or 0, 2) == 1.21
    assert fair.prices[1:] == pytest.approx([9.12, 23.63, 61.23, 215.54, 558.47], rel=1e-3)
    assert f"{fair.parameter:.6f}" == "1.373616"


@pytest.mark.parametrize(("method", "percent"), [(M, "4.37"), (A, "4.87")])
def test_minus_125_that_closes_at_minus_150(method: Method, percent: str) -> None:
    fair = devig(american(-150, +130), method).probabilities[0]
    assert f"{(float(read_american(-125)) * fair - 1) * 100:.2f}" == percent


def test_buchdahls_formula_is_additive() -> None:
    prices = [2.05, 3.20, 3.80]
    margin, n = math.fsum(1 / price for price in prices) - 1, len(prices)
    proportional = [(n - margin * price) / (n * price) for price in prices]
    assert devig(prices, Method.ADDITIVE).probabilities == pytest.approx(proportional, abs=1e-15)


# Any market of a real margin: fair probabilities from weights, then a margin put on in one of three ways.
weights = st.lists(st.floats(0.02, 1.0), min_size=2, max_size=8)
margins = st.floats(0.0, 0.25)


def market(parts: list[float], margin: float) -> list[float]:
    """Decimal odds whose probabilities add up to 1 + margin, or less where an outcome would be certain."""
    whole = math.fsum(parts)
    return [1 / min(part / whole * (1 + margin), 0.995) for part in parts]


def priced(parts: list[float], margin: float) -> list[float]:
    prices = market(parts, margin)
    return prices if math.fsum(1 / price for price in prices) >= 1 else market([1.0] * len(parts), margin)


@settings(max_examples=40, deadline=None)
@given(weights, margins)
def test_every_method_adds_up_to_one_and_keeps_the_order(parts: list[float], margin: float) -> None:
    prices = priced(parts, margin)
    for method in Method:
        fair = devig(prices, method).probabilities
        assert abs(math.fsum(fair) - 1) < 1e-12
        ranked = [p for _, p in sorted(zip(prices, fair, strict=True))]
        assert all(a >= b - 1e-12 for a, b in zip(ranked, ranked[1:], strict=False))


@settings(max_examples=30, deadline=None)
@given(weights, margins)
def test_the_order_of_the_outcomes_does_not_matter(parts: list[float], margin: float) -> None:
    prices = priced(parts, margin)
    for method in Method:
        forwards, backwards = devig(prices, method), devig(prices[::-1], method)
        assert forwards.probabilities == pytest.approx(backwards.probabilities[::-1], abs=1e-12)


@settings(max_examples=30, deadline=None)
@given(weights)
def test_fair_prices_stay(parts: list[float]) -> None:
    prices = market(parts, 0.0)
    for method in Method:
        fair = devig(prices, method)
        assert fair.probabilities == pytest.approx([1 / price for price in prices], abs=1e-12)
        assert fair.parameter in (None, 0.0, 1.0)


@settings(max_examples=30, deadline=None)
@given(weights, st.floats(0.01, 0.2), st.floats(1.02, 1.5))
def test_a_shorter_price_is_never_less_likely(parts: list[float], margin: float, shortened: float) -> None:
    prices = priced(parts, margin)
    shorter = [max(prices[0] / shortened, 1.003), *prices[1:]]
    if shorter[0] >= prices[0]:
        return
    for method in Method:
        assert devig(shorter, method).probabilities[0] >= devig(prices, method).probabilities[0] - 1e-12


@settings(max_examples=30, deadline=None)
@given(st.floats(1.01, 50.0), st.floats(0.0, 0.2))
def test_two_outcomes_are_additive_by_shin(favourite: float, margin: float) -> None:
    other = 1 / min(max(1 + margin - 1 / favourite, 0.011), 0.99)
    if 1 / favourite + 1 / other < 1:
        return
    by_shin = devig([favourite, other], Method.SHIN)
    assert by_shin.probabilities == pytest.approx(devig([favourite, other], Method.ADDITIVE).probabilities, abs=1e-12)
    assert by_shin.parameter is not None
    assert 0 <= by_shin.parameter < 1


@settings(max_examples=30, deadline=None)
@given(weights, st.floats(0.01, 0.2))
def test_parameters_solve_the_formula_they_are_named_for(parts: list[float], margin: float) -> None:
    prices = priced(parts, margin)
    r = [1 / price for price in prices]
    book = math.fsum(r)
    k, z, c = (devig(prices, method).parameter or 0.0 for method in (Method.POWER, Method.SHIN, Method.ODDS_RATIO))
    assert k >= 1
    assert 0 <= z < 1
    assert c >= 1
    assert math.fsum(x**k for x in r) == pytest.approx(1, abs=1e-10)
    assert math.fsum(x / (c + x - c * x) for x in r) == pytest.approx(1, abs=1e-10)
    by_shin = [(math.sqrt(z * z + 4 * (1 - z) * x * x / book) - z) / (2 * (1 - z)) for x in r]
    assert math.fsum(by_shin) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    "prices",
    [
        [1.000001, 1_000_000],
        [1.000001, 1.000001],
        [1.000001] * 500,
        [500.0] * 500,
        [1.5] * 500,
        [1.000001, *[1_000_000] * 499],
        [1.01, 1.01, 1000],
    ],
)
@pytest.mark.parametrize("method", Method)
def test_the_ends_of_what_can_be_priced(method: Method, prices: list[float]) -> None:
    fair = devig(prices, method)
    assert abs(math.fsum(fair.probabilities) - 1) < 1e-12
    assert all(math.isfinite(p) for p in fair.probabilities)


@pytest.mark.parametrize("method", Method)
def test_a_market_on_the_first_two_adds_up_to_two(method: Method) -> None:
    fair = devig([1.25, 1.4, 2.1, 3.5], method, winners=2)
    assert abs(math.fsum(fair.probabilities) - 2) < 1e-12
    assert fair.margin == pytest.approx((1 / 1.25 + 1 / 1.4 + 1 / 2.1 + 1 / 3.5) / 2 - 1)
    assert all(p < 1 / price for p, price in zip(fair.probabilities, [1.25, 1.4, 2.1, 3.5], strict=True))
    assert list(fair.probabilities) == sorted(fair.probabilities, reverse=True)


@pytest.mark.parametrize("method", [method for method in Method if method is not Method.SHIN])
def test_the_best_prices_of_several_books_may_be_an_arbitrage(method: Method) -> None:
    fair = devig([1.90, 2.20], method, one_book=False)
    assert abs(math.fsum(fair.probabilities) - 1) < 1e-12
    assert fair.margin < 0
    assert fair.probabilities[0] > 1 / 1.90
    assert fair.probabilities[1] > 1 / 2.20


def test_shin_has_no_answer_without_a_margin() -> None:
    with pytest.raises(CannotDevig, match="insiders") as refused:
        devig([1.90, 2.20], Method.SHIN, one_book=False)
    assert refused.value.reason is Reason.NOT_DEFINED


@pytest.mark.parametrize("refusing", [devig, worst_case, blend])
def test_one_book_that_loses_money_is_refused(refusing: Callable[[list[float]], Fair | Joined]) -> None:
    with pytest.raises(CannotDevig, match="margin") as refused:
        refusing([1.90, 2.20])
    assert refused.value.reason is Reason.BELOW_FAIR


BAD_PRICES = [
    *(math.nan, math.inf, -math.inf, 0, 0.0, 1, 1.0, -2.0, 0.5, 1.0000001, 2e6, 10**400, -(10**400), True),
    *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E+999999"), Decimal(1), Fraction(1), None, "2.0"),
]


@pytest.mark.parametrize("bad", BAD_PRICES, ids=repr)
@pytest.mark.parametrize("method", [M, S])
def test_what_is_no_price_is_refused_and_named(method: Method, bad: float) -> None:
    with pytest.raises(CannotDevig, match=r"^must .*\.$") as refused:
        devig([2.0, bad, 3.0], method)
    assert (refused.value.reason, refused.value.outcome) == (Reason.PRICE, 1)


@pytest.mark.parametrize("count", [0, 1, 501])
def test_a_market_has_two_to_five_hundred_outcomes(count: int) -> None:
    with pytest.raises(CannotDevig, match="outcomes") as refused:
        devig([1.5] * count)
    assert refused.value.reason is Reason.OUTCOMES


@pytest.mark.parametrize("winners", [0, -1, 3, 1.0, True, None])
def test_winners_are_fewer_than_outcomes(winners: int) -> None:
    with pytest.raises(CannotDevig, match="winners") as refused:
        devig([1.5, 2.5, 4.0], winners=winners)
    assert refused.value.reason is Reason.WINNERS


def test_every_number_type_of_a_price_gives_the_same() -> None:
    expected = devig([2.5, 1.6]).probabilities
    assert devig([Decimal("2.5"), Decimal("1.6")]).probabilities == expected
    assert devig([Fraction(5, 2), Fraction(8, 5)]).probabilities == expected


def test_the_worst_case_is_the_lowest_of_all_methods() -> None:
    worst = worst_case([1.50, 2.74])
    assert [f"{p:.6f}" for p in worst.probabilities] == ["0.646226", f"{1 - 0.653378:.6f}"]  # multiplicative, GOTO
    assert tuple(fair.method for fair in worst.of) == tuple(DEVIG)
    assert worst.left_out == ()
    assert math.fsum(worst.probabilities) < 1


def test_methods_without_an_answer_are_left_out_and_named() -> None:
    assert worst_case(CLARKE).left_out == blend(CLARKE).left_out == (Method.ADDITIVE, Method.GOTO)
    assert min(worst_case(CLARKE).probabilities) > 0
    assert worst_case([1.90, 2.20], one_book=False).left_out == (Method.SHIN,)
    for refusing in (
        lambda: worst_case(CLARKE, [Method.GOTO]),
        lambda: worst_case(CLARKE, []),
        lambda: blend(CLARKE, {}),
    ):
        with pytest.raises(CannotDevig, match="name a method") as refused:
            refusing()
        assert refused.value.reason is Reason.METHODS


def test_a_blend_is_the_weighted_mean() -> None:
    prices = [2.05, 3.20, 3.80]
    by_power, by_shin = (devig(prices, method).probabilities for method in (Method.POWER, Method.SHIN))
    mean = [0.75 * a + 0.25 * b for a, b in zip(by_power, by_shin, strict=True)]
    assert blend(prices, {Method.POWER: 3, Method.SHIN: 1}).probabilities == pytest.approx(mean, abs=1e-15)
    assert blend(prices, {Method.POWER: 2}).probabilities == pytest.approx(by_power, abs=1e-15)


@pytest.mark.parametrize("weight", [0, -1, math.nan, math.inf])
def test_weights_are_above_zero(weight: float) -> None:
    with pytest.raises(CannotDevig, match="weights"):
        blend([1.5, 2.74], {Method.POWER: weight})


@settings(max_examples=25, deadline=None)
@given(weights, margins)
def test_joined_methods_stay_between_the_methods(parts: list[float], margin: float) -> None:
    prices = priced(parts, margin)
    mean, worst = blend(prices), worst_case(prices)
    assert abs(math.fsum(mean.probabilities) - 1) < 1e-12
    assert math.fsum(worst.probabilities) <= 1 + 1e-12
    for at, (low, middle) in enumerate(zip(worst.probabilities, mean.probabilities, strict=True)):
        high = max(fair.probabilities[at] for fair in mean.of)
        assert low - 1e-15 <= middle <= high + 1e-15
