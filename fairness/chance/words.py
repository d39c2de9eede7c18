"""What a figure of chance says, for people: numbers that can be read, and the same caution beside each."""

from typing import Final

CAN: Final = "This tells whether the sample is unusual."
CANNOT: Final = "It cannot tell what comes next: every round is independent of those before it."

# By convention only: nothing changes at these values.
_UNUSUAL: Final = 0.05
_VERY_UNUSUAL: Final = 0.001

_SHOWN_MIN: Final = 1e-5  # smaller chances are not told apart


def percent(chance: float) -> str:
    """A chance in percent, three digits, never rounded to nothing or to certainty."""
    if 0 < chance < _SHOWN_MIN:
        return f"less than {100 * _SHOWN_MIN:.3f} %"
    text = f"{100 * chance:.3g}"
    return "more than 99.9 %" if text == "100" and chance < 1 else f"{text} %"


def figure(number: float) -> str:
    """A number with its thousands set apart, and decimals only where they matter."""
    if abs(number) >= 1e15:
        return f"{number:.3g}"
    return f"{number:,.0f}" if abs(number) >= 1000 or number == int(number) else f"{number:,.4g}"


def plural(number: int, one: str) -> str:
    """A number of things."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def reading(p_value: float, *, bound: bool = False) -> str:
    """What the probability of a sample at least this unlikely means; `bound` says it is no more than that."""
    often = f"at most {percent(p_value)}" if bound else percent(p_value)
    share = f"A fair game gives a sample at least this unlikely in {often} of all cases"
    if p_value >= _UNUSUAL:
        return f"{share}: not unusual."
    if p_value >= _VERY_UNUSUAL:
        return f"{share}: unusual, yet of many samples looked at, some will be."
    return f"{share}: very unusual. First see whether every round arrived and the hit chance is the right one."
