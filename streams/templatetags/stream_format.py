"""How figures of a stream are written on a page: exact digits, result tiers, activity."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from functools import cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from fairness.games import registry
from streams import exactjson
from streams.queries import StreamSummary

register = template.Library()

# Half a decade each; the results that Pump players watch (34.68, 164.72, 400.02, 1066.73, 3200.18, 11200.65) fall
# into one each, and other games read on the same scale.
TIERS = (Decimal(30), Decimal(100), Decimal(300), Decimal(1_000), Decimal(3_000), Decimal(10_000))

# Of a result; Limbo's are told with all the digits of a float, and shown by the venue with two.
DECIMALS_SHOWN = 4
HUNDREDTH = Decimal("0.01")


@register.filter
def exact(value: Decimal | int | None) -> str:
    """All digits, thousands apart, no trailing zeros and no exponent; a dash for nothing."""
    if value is None:
        return "–"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@register.simple_tag
def times(value: Decimal | None, games: str | Sequence[str] = "") -> str:
    """A result or target of a round of `games` (one, or several): a multiplier, unless a game draws something else."""
    return "–" if value is None else _sign(as_shown(value), games)


@register.simple_tag
def average(value: Decimal, games: str | Sequence[str] = "") -> str:
    """The mean of results, to two decimals: further digits would claim a precision that is not there."""
    return _sign(rounded(value), games)


def as_shown(value: Decimal) -> str:
    """A result as a venue shows it: digits behind the hundredths are cut off where there are many of them."""
    if int(value.as_tuple().exponent) >= -DECIMALS_SHOWN:
        return exact(value)
    return exact(value.quantize(HUNDREDTH, rounding=ROUND_DOWN)) if value >= 1 else exact(value)


def _sign(text: str, games: str | Sequence[str]) -> str:
    named = (games,) if isinstance(games, str) else games
    return f"{text}×" if all(_draws_a_multiplier(game) for game in named) else text


@cache
def _draws_a_multiplier(game: str) -> bool:
    """Whether the game's result is a multiplier, as it is taken for where nothing is known of the game."""
    slug = registry.slug_of(game)
    return slug is None or registry.game(slug).result_name == "multiplier"


@register.filter
def compact_json(value: object) -> str:
    """A stored value as the bot wrote it."""
    return exactjson.dumps(value)


@register.filter
def rounded(value: Decimal | None) -> str:
    """Two decimals, for averages: further digits would claim a precision that is not there."""
    return "–" if value is None else f"{value:,.2f}"


@register.filter
def signed(value: Decimal | None) -> str:
    """As `exact`, with its sign in front; the minus is the typographic one, as wide as a plus."""
    if value is None:
        return "–"
    return ("+" if value > 0 else "−" if value < 0 else "") + exact(value.copy_abs())


@register.filter
def percent(share: float | Decimal | None) -> str:
    """A share of one as a percentage; a share short of all never reads 100 %."""
    if share is None:
        return "–"
    shown = f"{share * 100:.1f}"
    return "99.9" if shown == "100.0" and share < 1 else shown.removesuffix(".0")


@register.filter
def tier(result: Decimal | None) -> int:
    """The tier of a result, 0 (below 30×) to 6 (10,000× and over)."""
    return 0 if result is None else sum(result >= threshold for threshold in TIERS)


@register.simple_tag
def result_badge(result: Decimal | None, games: str | Sequence[str] = "") -> SafeString:
    """A multiplier with as many bars as its tier, so that it reads without colour too; another result as a number."""
    level = tier(result)
    if result is None:
        return format_html('<span class="tier tier-0">{}</span>', "–")
    shown = _sign(as_shown(result), games)
    if not shown.endswith("×"):
        return format_html('<span class="tier tier-0" title="{}">{}</span>', exact(result), shown)
    meaning = f"tier {level} of 6: {TIERS[level - 1]:,}× and over" if level else "below 30×"
    if as_shown(result) != exact(result):
        meaning = f"{exact(result)}×, {meaning}"
    return format_html(
        '<span class="tier tier-{}" title="{}"><span class="pips" aria-hidden="true"></span>{}</span>',
        level,
        meaning,
        shown,
    )


@register.simple_tag
def activity_mark(stream: StreamSummary, now: datetime) -> SafeString:
    """Live, recent or idle: a word beside the shape."""
    word = stream.activity(now)
    return format_html('<span class="activity activity-{}">{}</span>', word, word)


@register.simple_tag
def row_version(stream: StreamSummary, now: datetime) -> str:
    """What a row of the list shows; scripts touch a row only when this changed."""
    return (
        f"{stream.bets} {stream.rounds} {stream.last_seen_at.timestamp()} {stream.activity(now)} {stream.archived_at}"
    )


@register.simple_tag
def when(moment: datetime | None, style: str = "") -> SafeString:
    """A moment as UTC text that scripts turn into the reader's zone: relative, or in `clock` or `full` style."""
    if moment is None:
        return format_html('<span class="muted">{}</span>', "–")
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{moment.microsecond // 1000:03d}Z"
    text = moment.strftime("%Y-%m-%d %H:%M:%S UTC")
    return format_html('<time datetime="{}" data-style="{}">{}</time>', stamp, style, text)
